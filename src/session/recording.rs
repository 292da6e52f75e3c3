//! The systems that change what the user steers and how fast one flies, so that it can be undone.

use std::time::Duration;

use bevy::prelude::*;

use super::flight::{FlightSpeed, SetFlightSpeed};
use super::history::History;
use super::steering::{Steer, Steering};
use super::systems::SessionSystems;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Steer>()
        .add_message::<SetFlightSpeed>()
        .init_resource::<Steering>()
        .init_resource::<FlightSpeed>()
        .add_systems(Update, (steer, change_speed).in_set(SessionSystems::Steer));
}

/// The system that applies what panels ask for.
pub(super) fn steer(
    mut changes: MessageReader<Steer>,
    mut steering: ResMut<Steering>,
    mut history: ResMut<History>,
    time: Res<Time<Real>>,
) {
    for change in changes.read() {
        apply_and_record(&mut steering, &mut history, change, time.elapsed());
    }
}

/// Applies a change so that it can be undone.
pub(super) fn apply_and_record(steering: &mut Steering, history: &mut History, change: &Steer, now: Duration) {
    let before = steering.state();
    steering.apply(change);
    history.record(change.into(), before, &steering.state(), now);
}

/// The system that applies what the explorer asks for.
pub(super) fn change_speed(
    mut asked: MessageReader<SetFlightSpeed>,
    mut flight: ResMut<FlightSpeed>,
    mut history: ResMut<History>,
    time: Res<Time<Real>>,
) {
    for SetFlightSpeed(speed) in asked.read() {
        set_and_record(&mut flight, &mut history, *speed, time.elapsed());
    }
}

/// Changes the speed so that it can be undone.
pub(super) fn set_and_record(flight: &mut FlightSpeed, history: &mut History, speed: f32, now: Duration) {
    let before = *flight;
    flight.set(speed);
    history.record_speed(before, *flight, now);
}

//! Undo and redo, as the user asks for them.

use bevy::prelude::*;

use super::flight::FlightSpeed;
use super::history::History;
use super::model::ModelOpened;
use super::recording::{change_speed, steer};
use super::steering::Steering;
use super::systems::SessionSystems;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Undo>().add_message::<Redo>().init_resource::<History>().add_systems(
        Update,
        (forget_other_model.before(steer).before(change_speed), (undo_and_redo, notice_release).chain().after(steer).after(change_speed))
            .in_set(SessionSystems::Steer),
    );
}

/// Asks to take back the last step.
#[derive(Clone, Copy, Debug, Message)]
pub struct Undo;

/// Asks to do again what was undone last.
#[derive(Clone, Copy, Debug, Message)]
pub struct Redo;

fn forget_other_model(mut opened: MessageReader<ModelOpened>, mut history: ResMut<History>) {
    if opened.read().last().is_some() {
        *history = History::default();
    }
}

fn undo_and_redo(
    mut undos: MessageReader<Undo>,
    mut redos: MessageReader<Redo>,
    mut history: ResMut<History>,
    mut steering: ResMut<Steering>,
    mut flight: ResMut<FlightSpeed>,
) {
    for Undo in undos.read() {
        history.undo(&mut steering, &mut flight);
    }
    for Redo in redos.read() {
        history.redo(&mut steering, &mut flight);
    }
}

/// Runs after the changes of the last frame were applied: they still belong to the drag.
fn notice_release(buttons: Res<ButtonInput<MouseButton>>, mut history: ResMut<History>) {
    if !buttons.pressed(MouseButton::Left) {
        history.release();
    }
}

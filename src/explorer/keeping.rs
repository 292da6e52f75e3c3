//! What of the explorer outlives the program: the camera, its speed, and the selected cell.
//!
//! Owns putting them into the record of the session and taking them out at the start; where the record is kept is the session's
//! business.

use bevy::prelude::*;

use super::{ExplorerSystems, FlyCamera, Select, Selection, rotation};
use crate::latent::CellCoord;
use crate::session::{CurrentModel, FlightSpeed, ModelOpened, SavedCamera, SessionRecord, SessionSystems};

pub(super) fn plugin(app: &mut App) {
    let is_kept = resource_exists::<SessionRecord>;
    app.add_systems(Startup, restore_camera.after(ExplorerSystems::Setup).run_if(is_kept))
        .add_systems(Update, restore_selection.after(SessionSystems::Receive).before(ExplorerSystems::Pick).run_if(is_kept))
        .add_systems(Last, record.in_set(SessionSystems::Record));
}

fn restore_camera(record: Res<SessionRecord>, mut camera: Query<(&mut Transform, &mut FlyCamera)>, mut flight: ResMut<FlightSpeed>) {
    let Some(saved) = &record.saved.camera else { return };
    flight.set(saved.speed);
    for (mut transform, mut camera) in &mut camera {
        (camera.yaw, camera.pitch) = (saved.yaw, saved.pitch.clamp(-1.5, 1.5));
        *transform = Transform::from_translation(Vec3::from(saved.position)).with_rotation(rotation(camera.yaw, camera.pitch));
    }
}

/// A cell can be selected once the first model is open: opening one selects nothing.
fn restore_selection(
    mut opened: MessageReader<ModelOpened>,
    record: Res<SessionRecord>,
    mut is_restored: Local<bool>,
    mut select: MessageWriter<Select>,
) {
    if opened.read().last().is_none() || *is_restored {
        return;
    }
    *is_restored = true;
    if let Some([i, j, k]) = record.saved.selected {
        select.write(Select(Some(CellCoord::new(i, j, k))));
    }
}

fn record(
    mut record: ResMut<SessionRecord>,
    camera: Query<(&Transform, &FlyCamera)>,
    flight: Res<FlightSpeed>,
    selection: Res<Selection>,
    model: Res<CurrentModel>,
) {
    if let Ok((transform, camera)) = camera.single() {
        let position = transform.translation.to_array();
        record.saved.camera = Some(SavedCamera { position, yaw: camera.yaw, pitch: camera.pitch, speed: flight.get() });
    }
    if model.stored.is_some() {
        record.saved.selected = selection.0.map(|cell| [cell.i, cell.j, cell.k]);
    }
}

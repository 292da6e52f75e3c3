//! What in the lattice keeps frames coming: a camera that moves and tiles that fade.

use bevy::prelude::*;
use bevy::window::{CursorGrabMode, CursorOptions, PrimaryWindow};

use super::{ExplorerSystems, FlyCamera, TileStore};
use crate::session::{Activity, Cause};

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, stir.after(ExplorerSystems::Compose));
}

fn stir(
    camera: Query<&FlyCamera>,
    cursor: Query<&CursorOptions, With<PrimaryWindow>>,
    store: Res<TileStore>,
    mut activity: ResMut<Activity>,
) {
    // The mouse is only listened to outside the window while it turns the camera.
    let looks = cursor.iter().any(|cursor| cursor.grab_mode == CursorGrabMode::Locked);
    if looks || camera.iter().any(FlyCamera::is_moving) {
        activity.because(Cause::Moves);
    }
    if store.fades() {
        activity.because(Cause::Fades);
    }
}

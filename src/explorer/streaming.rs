//! Tiles come and go around the camera.
//!
//! Owns when the decoder is asked and for what: nearest first, whatever is out of date, the newest wish only. What a training learns
//! while nobody moves is asked for where it is in view.

use std::time::{Duration, Instant};

use bevy::prelude::*;

use super::tiles::wanted_cells;
use super::{ExplorerSystems, FlyCamera, LatticeView, TileStore};
use crate::engine::TileRequest;
use crate::latent::CellCoord;
use crate::session::{Activity, CurrentModel, DecoderLink, ModelOpened, ModelRefreshed, Steering, TilesDecoded};

/// The order of a request is renewed this often while the camera moves, in seconds.
const RENEW_SECONDS: f32 = 0.1;
/// Over so many seconds the rate of faces is measured.
const RATE_SECONDS: f32 = 0.5;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<StreamingStats>()
        .init_resource::<LastWish>()
        .insert_resource(TileStore::new(super::MAX_TILES, false))
        .add_systems(Update, (forget_other_model, receive_tiles, request_tiles, measure).chain().in_set(ExplorerSystems::Stream));
}

/// What the status bar tells about streaming.
#[derive(Clone, Copy, Debug, Default, Resource)]
pub struct StreamingStats {
    /// Faces that arrived per second, over the last half second.
    pub faces_per_second: f32,
    /// Tiles around the camera that have pixels.
    pub loaded: usize,
    /// Cells that still wait for pixels of the current lattice.
    pub waiting: usize,
}

#[derive(Default, Resource)]
struct LastWish {
    cells: Vec<CellCoord>,
    cell: Option<CellCoord>,
    forward: Vec3,
    version: u64,
    age: f32,
    /// Nobody moves: what is not in view was not asked for.
    is_of_view: bool,
}

fn forget_other_model(mut opened: MessageReader<ModelOpened>, mut store: ResMut<TileStore>, mut wish: ResMut<LastWish>) {
    if opened.read().last().is_some() {
        store.clear();
        *wish = LastWish::default();
    }
}

fn receive_tiles(mut decoded: MessageReader<TilesDecoded>, mut store: ResMut<TileStore>, time: Res<Time>) {
    store.advance(time.delta_secs());
    for TilesDecoded { version, tiles } in decoded.read() {
        for (cell, pixels) in tiles {
            store.insert(*cell, *version, pixels.clone());
        }
    }
}

fn request_tiles(
    camera: Query<(&Transform, &Projection), With<FlyCamera>>,
    mut refreshed: MessageReader<ModelRefreshed>,
    activity: Res<Activity>,
    model: Res<CurrentModel>,
    steering: Res<Steering>,
    link: Res<DecoderLink>,
    mut store: ResMut<TileStore>,
    mut wish: ResMut<LastWish>,
    mut stats: ResMut<StreamingStats>,
    time: Res<Time>,
) {
    let is_of_view = refreshed.read().last().is_some() && activity.is_still(Instant::now());
    let Ok((camera, projection)) = camera.single() else { return };
    // While another model is being opened the one before is still there, and goes on if that is refused.
    if model.stored.is_none() {
        return;
    }
    let (eye, forward) = (camera.translation, *camera.forward());
    let cell = CellCoord::nearest(eye.to_array());
    wish.age += time.delta_secs();
    let moved = wish.cell != Some(cell) || wish.version != steering.version();
    let goes_on = wish.is_of_view && !activity.is_still(Instant::now());
    let turned = wish.forward.dot(forward) < 0.995 && stats.waiting > 0;
    if !(moved || goes_on || turned && wish.age > RENEW_SECONDS) {
        return;
    }
    store.drop_far(eye);
    let mut cells = wanted_cells(eye, forward);
    cells.retain(|cell| store.is_stale(*cell, steering.version()));
    if is_of_view {
        let view = LatticeView::new(camera, projection);
        cells.retain(|cell| view.shows(Vec3::from(cell.centre())));
    }
    *wish = LastWish { cells: cells.clone(), cell: Some(cell), forward, version: steering.version(), age: 0.0, is_of_view };
    stats.waiting = cells.len();
    if !cells.is_empty() {
        link.0.request_tiles(model.generation(), TileRequest { version: steering.version(), lattice: steering.lattice.clone(), cells });
    }
}

fn measure(
    store: Res<TileStore>,
    wish: Res<LastWish>,
    mut stats: ResMut<StreamingStats>,
    time: Res<Time<Real>>,
    mut activity: ResMut<Activity>,
    mut window: Local<(f32, u64)>,
) {
    stats.loaded = store.len();
    if stats.waiting > 0 {
        stats.waiting = wish.cells.iter().filter(|cell| store.is_stale(**cell, wish.version)).count();
    }
    window.0 += time.delta_secs();
    if window.0 >= RATE_SECONDS {
        stats.faces_per_second = (store.arrived() - window.1) as f32 / window.0;
        *window = (0.0, store.arrived());
    }
    // Before everything rests, the rate falls to nothing.
    if stats.faces_per_second > 0.0 || store.arrived() > window.1 {
        activity.by(Instant::now() + Duration::from_secs_f32(RATE_SECONDS));
    }
}

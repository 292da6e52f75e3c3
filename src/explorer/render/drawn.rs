//! What passes from the app to the render world, and back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bevy::prelude::Resource;

use crate::explorer::scene::LatticeScene;
use crate::explorer::tiles::TileUpload;

/// How many tiles the textures are made for: all within sight, and some that cross-fade.
pub const MAX_TILES: u32 = 6144;

/// What draws the lattice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawing {
    /// The graphics driver, also a software one.
    Driver,
    /// The processor in place of a software driver, the driver otherwise.
    Fastest,
}

/// True once the pipelines are compiled; before that a frame shows no lattice.
#[derive(Clone, Debug, Default, Resource)]
pub struct ReadyPipelines(Arc<AtomicBool>);

impl ReadyPipelines {
    /// Says so.
    pub fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// True once the pipelines are compiled.
    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// What the render world draws.
#[derive(Default, Resource)]
pub struct DrawnScene {
    /// As it was composed.
    pub scene: LatticeScene,
    /// Pixels of tiles that the textures do not hold yet.
    pub uploads: Vec<TileUpload>,
    /// Counts changes of what is seen: a picture of the same version stays as it is.
    pub version: u64,
}

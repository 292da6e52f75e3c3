//! Pictures of the lattice for a recording: one for each call, the same on every machine.
//!
//! Owns the tiles that the pictures show, and drawing them; what is in them is decided by the caller.

use crate::explorer::{LatticeRaster, LatticeScene, LatticeView, MAX_TILES, PickingMarks, TileStore};
use crate::video::FrameSize;

/// Draws lattice pictures of one size.
pub struct Painter {
    store: TileStore,
    raster: LatticeRaster,
    size: FrameSize,
}

impl Painter {
    /// Of pictures of this size.
    pub fn new(size: FrameSize) -> Self {
        Self { store: TileStore::new(MAX_TILES, true), raster: LatticeRaster::default(), size }
    }

    /// Draws one picture: `fill` puts the tiles that it needs into the store. Returns RGB8 rows.
    pub fn draw(&mut self, view: LatticeView, fill: impl FnOnce(&mut TileStore)) -> Vec<u8> {
        fill(&mut self.store);
        let scene = LatticeScene::compose(&self.store, view, &PickingMarks::default());
        self.raster.take(self.store.take_uploads());
        let rgba = self.raster.draw(&scene, (self.size.width, self.size.height));
        let mut rgb = vec![0; self.size.bytes()];
        for (rgb, rgba) in rgb.chunks_exact_mut(3).zip(rgba.chunks_exact(4)) {
            rgb.copy_from_slice(&rgba[..3]);
        }
        rgb
    }
}

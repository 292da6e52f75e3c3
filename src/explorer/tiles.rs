//! Which tiles exist, which texture slot each shows, and how far each has faded in.
//!
//! Owns the bookkeeping between cells and texture slots; decoding, uploading and drawing are done by others.

use std::collections::HashMap;
use std::sync::Arc;

use bevy::math::Vec3;
use bevy::prelude::Resource;

use super::look;
use crate::engine::TilePixels;
use crate::latent::CellCoord;

/// Tiles are kept a little beyond sight, so that turning back shows them at once.
const KEEP_BEYOND: f32 = 0.75;

/// One tile that has pixels.
#[derive(Clone, Debug)]
pub struct Tile {
    /// The texture slot that it shows.
    pub slot: u32,
    /// The slot that it showed before, while it cross-fades.
    pub previous: Option<u32>,
    /// Which version of the lattice its pixels belong to.
    pub version: u64,
    /// From 0, just arrived, to 1, fully there.
    pub appear: f32,
    /// From 0, still the previous slot, to 1, only the new one.
    pub blend: f32,
}

/// A tile's pixels on their way to a texture slot.
#[derive(Clone, Debug)]
pub struct TileUpload {
    /// Where they go.
    pub slot: u32,
    /// What goes there.
    pub pixels: Arc<TilePixels>,
}

/// All tiles around the camera.
#[derive(Debug, Resource)]
pub struct TileStore {
    tiles: HashMap<CellCoord, Tile>,
    free: Vec<u32>,
    uploads: Vec<TileUpload>,
    /// Faces decoded so far, for the rate.
    arrived: u64,
    /// With no fading, for recordings: a tile is fully there the moment it arrives.
    instant: bool,
}

impl TileStore {
    /// A store for `capacity` texture slots. `instant`: nothing fades in, so that a frame depends on nothing before it.
    pub fn new(capacity: u32, instant: bool) -> Self {
        Self { tiles: HashMap::new(), free: (0..capacity).rev().collect(), uploads: Vec::new(), arrived: 0, instant }
    }

    /// The tile of a cell.
    pub fn get(&self, cell: CellCoord) -> Option<&Tile> {
        self.tiles.get(&cell)
    }

    /// All tiles, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&CellCoord, &Tile)> {
        self.tiles.iter()
    }

    /// How many tiles have pixels.
    pub fn len(&self) -> usize {
        self.tiles.len()
    }

    /// True while nothing has arrived.
    pub fn is_empty(&self) -> bool {
        self.tiles.is_empty()
    }

    /// How many tiles have arrived in all.
    pub fn arrived(&self) -> u64 {
        self.arrived
    }

    /// True where the cell has no pixels of this version of the lattice.
    pub fn is_stale(&self, cell: CellCoord, version: u64) -> bool {
        self.tiles.get(&cell).is_none_or(|tile| tile.version < version)
    }

    /// Forgets everything, as another model needs.
    pub fn clear(&mut self) {
        let tiles: Vec<Tile> = self.tiles.drain().map(|(_, tile)| tile).collect();
        for tile in tiles {
            self.release(&tile);
        }
        self.uploads.clear();
    }

    /// Drops the tiles that are out of sight of `eye`.
    pub fn drop_far(&mut self, eye: Vec3) {
        let reach = look::FAR_END + KEEP_BEYOND;
        let far: Vec<CellCoord> = self.tiles.keys().copied().filter(|cell| cell.distance(eye.to_array()) > reach).collect();
        for cell in far {
            if let Some(tile) = self.tiles.remove(&cell) {
                self.release(&tile);
            }
        }
    }

    /// Takes in decoded pixels. Pixels older than what the cell shows are ignored; so is a tile for which there is no room, even where
    /// others stop fading.
    pub fn insert(&mut self, cell: CellCoord, version: u64, pixels: Arc<TilePixels>) {
        self.arrived += 1;
        if self.free.is_empty() && !self.tiles.contains_key(&cell) {
            self.stop_a_fade();
        }
        let upload_to = match self.tiles.get_mut(&cell) {
            Some(tile) if tile.version > version => return,
            // Mid-fade, or nothing to fade: the pixels change in place.
            Some(tile) if self.instant || tile.previous.is_some() => {
                tile.version = version;
                tile.slot
            }
            Some(tile) => {
                tile.version = version;
                if let Some(slot) = self.free.pop() {
                    tile.previous = Some(tile.slot);
                    tile.blend = 0.0;
                    tile.slot = slot;
                }
                tile.slot
            }
            None => {
                let Some(slot) = self.free.pop() else { return };
                let appear = if self.instant { 1.0 } else { 0.0 };
                self.tiles.insert(cell, Tile { slot, previous: None, version, appear, blend: 1.0 });
                slot
            }
        };
        self.uploads.push(TileUpload { slot: upload_to, pixels });
    }

    /// Lets `seconds` pass for everything that fades.
    pub fn advance(&mut self, seconds: f32) {
        let step = seconds / look::FADE_SECONDS;
        for tile in self.tiles.values_mut() {
            tile.appear = (tile.appear + step).min(1.0);
            if let Some(previous) = tile.previous {
                tile.blend = (tile.blend + step).min(1.0);
                if tile.blend >= 1.0 {
                    tile.previous = None;
                    self.free.push(previous);
                }
            }
        }
    }

    /// Whether anything fades.
    pub fn fades(&self) -> bool {
        self.tiles.values().any(|tile| tile.appear < 1.0 || tile.previous.is_some())
    }

    /// The pixels that wait to be uploaded.
    pub fn take_uploads(&mut self) -> Vec<TileUpload> {
        std::mem::take(&mut self.uploads)
    }

    /// Shows the tile that has faded furthest as it becomes: a face that is missing would be missed more.
    fn stop_a_fade(&mut self) {
        let fading = self.tiles.values_mut().filter(|tile| tile.previous.is_some());
        if let Some(tile) = fading.max_by(|a, b| a.blend.total_cmp(&b.blend)) {
            tile.blend = 1.0;
            self.free.extend(tile.previous.take());
        }
    }

    fn release(&mut self, tile: &Tile) {
        self.free.push(tile.slot);
        self.free.extend(tile.previous);
    }
}

/// The cells that should have tiles around `eye`, most urgent first: nearest first, and what is in front of the camera
/// before what is behind it.
pub fn wanted_cells(eye: Vec3, forward: Vec3) -> Vec<CellCoord> {
    let mut cells: Vec<(f32, CellCoord)> = CellCoord::within(eye.to_array(), look::FAR_END)
        .into_iter()
        .filter(|cell| cell.distance(eye.to_array()) > look::NEAR_END * 0.5)
        .map(|cell| {
            let offset = Vec3::from(cell.centre()) - eye;
            let distance = offset.length();
            let ahead = forward.dot(offset) / distance.max(1e-3);
            (if ahead > 0.55 { distance } else { distance + look::FAR_END }, cell)
        })
        .collect();
    cells.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    cells.into_iter().map(|(_, cell)| cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(value: u8) -> Arc<TilePixels> {
        Arc::new(TilePixels::from_face(8, &[value; 8 * 8 * 3]))
    }

    #[test]
    fn a_tile_fades_in_and_a_changed_one_cross_fades() {
        let mut store = TileStore::new(4, false);
        let cell = CellCoord::new(1, 2, 3);
        assert!(store.is_stale(cell, 1));
        store.insert(cell, 1, pixels(1));
        assert!(!store.is_stale(cell, 1) && store.is_stale(cell, 2));
        assert_eq!(store.get(cell).unwrap().appear, 0.0);
        store.advance(look::FADE_SECONDS * 1.01);
        assert_eq!(store.get(cell).unwrap().appear, 1.0);

        let before = store.get(cell).unwrap().slot;
        store.insert(cell, 2, pixels(2));
        let tile = store.get(cell).unwrap().clone();
        assert_eq!((tile.previous, tile.blend), (Some(before), 0.0));
        store.insert(cell, 1, pixels(9));
        assert_eq!(store.get(cell).unwrap().version, 2, "older pixels are ignored");
        store.advance(look::FADE_SECONDS);
        assert_eq!(store.get(cell).unwrap().previous, None);
        assert_eq!(store.take_uploads().len(), 2);
    }

    #[test]
    fn no_layer_is_lost_or_given_twice() {
        let mut store = TileStore::new(64, false);
        for round in 0_u64..50 {
            let eye = Vec3::new(round as f32 * 3.0, 0.0, 0.0);
            for cell in wanted_cells(eye, Vec3::X).into_iter().take(40) {
                store.insert(cell, round, pixels(1));
            }
            store.advance(0.06);
            store.drop_far(eye);
            let mut slots: Vec<u32> = store.free.clone();
            slots.extend(store.iter().flat_map(|(_, tile)| std::iter::once(tile.slot).chain(tile.previous)));
            slots.sort_unstable();
            assert_eq!(slots, (0..64).collect::<Vec<_>>(), "round {round}");
        }
        store.clear();
        assert_eq!(store.free.len(), 64);
    }

    #[test]
    fn a_face_that_is_new_comes_though_fades_take_all_the_room() {
        let mut store = TileStore::new(4, false);
        let cells = [0, 1, 2].map(|k| CellCoord::new(0, 0, k));
        store.insert(cells[0], 1, pixels(1));
        store.insert(cells[1], 1, pixels(1));
        store.insert(cells[0], 2, pixels(2));
        store.advance(look::FADE_SECONDS * 0.5);
        store.insert(cells[1], 2, pixels(2));
        store.insert(cells[2], 2, pixels(2));
        assert!(cells.iter().all(|cell| !store.is_stale(*cell, 2)));
        let fades = cells.map(|cell| store.get(cell).unwrap().previous.is_some());
        assert_eq!(fades, [false, true, false], "the fade that was further is over");
        store.insert(CellCoord::new(0, 0, 3), 2, pixels(2));
        store.insert(CellCoord::new(0, 0, 4), 2, pixels(2));
        assert_eq!(store.len(), 4, "where nothing fades there is no more room");
    }

    #[test]
    fn what_is_ahead_comes_first_and_nothing_near_is_missing() {
        let cells = wanted_cells(Vec3::new(0.5, 0.5, 0.5), Vec3::NEG_Z);
        assert!(cells.len() >= 729, "{} cells", cells.len());
        assert!(cells[..100].iter().all(|cell| cell.k <= 0), "the first hundred lie ahead");
        assert!(cells.iter().any(|cell| cell.k > 8), "what is behind follows");
    }
}

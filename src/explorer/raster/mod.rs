//! The lattice drawn on the processor: what the shader draws, without a graphics driver.
//!
//! Tiles are parallel to the screen, so each is a square of the picture that is enlarged along rows and columns apart: that takes a
//! tenth of what a software driver needs for the same fragments. Journeys are drawn like this everywhere, and the explorer where the
//! driver is a software one. Owns the picture and how it is shared among threads; what is drawn is composed in the scene.

mod background;
mod band;
mod filter;
mod lanczos;
mod outline;
mod placement;
mod tile;

use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};

use background::Background;
use band::Band;
use placement::{Placement, Square};
use tile::Scratch;

use super::scene::LatticeScene;
use super::tiles::TileUpload;
use crate::engine::TilePixels;

/// Rows that a thread draws before it takes the next ones. Less would filter rows of faces twice, more would leave threads idle.
const BAND: usize = 64;
/// How many nearest faces may hide others: those farther away hide next to nothing.
const MOST_SOLID: usize = 48;

/// Draws pictures of the lattice.
#[derive(Default)]
pub struct LatticeRaster {
    /// The pixels in each texture slot.
    slots: Vec<Option<Arc<TilePixels>>>,
    background: Background,
    /// RGBA8 rows, gamma-encoded.
    picture: Vec<u8>,
    /// One for each thread.
    scratches: Vec<Scratch>,
}

/// A tile that is drawn: where, and its pixels.
struct Drawn<'a> {
    placement: Placement,
    pixels: &'a TilePixels,
}

impl LatticeRaster {
    /// Takes in pixels for the slots that they belong to.
    pub fn take(&mut self, uploads: impl IntoIterator<Item = TileUpload>) {
        for TileUpload { slot, pixels } in uploads {
            let slot = slot as usize;
            if self.slots.len() <= slot {
                self.slots.resize(slot + 1, None);
            }
            self.slots[slot] = Some(pixels);
        }
    }

    /// Draws the scene `width` x `height` pixels large. Returns opaque RGBA8 rows, gamma-encoded, the same for the same scene however many
    /// threads there are.
    pub fn draw(&mut self, scene: &LatticeScene, (width, height): (u32, u32)) -> &[u8] {
        let Self { slots, background, picture, scratches } = self;
        let rows = background.of_size(width, height);
        picture.resize(rows.len(), 0);
        let drawn = visible(scene, slots, (width, height));
        let stride = width as usize * 4;
        let bands = Mutex::new(picture.chunks_mut(stride * BAND).zip(rows.chunks(stride * BAND)).enumerate());
        let work = |scratch: &mut Scratch| {
            loop {
                let next = bands.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some((index, (pixels, behind))) = next else { return };
                pixels.copy_from_slice(behind);
                let mut band = Band::new((index * BAND) as u32, width, pixels);
                for Drawn { placement, pixels } in &drawn {
                    tile::draw(&mut band, placement, pixels, scratch);
                    outline::draw(&mut band, placement);
                }
            }
        };
        scratches.resize_with(threads(), Scratch::default);
        let Some((own, others)) = scratches.split_first_mut() else { return picture };
        std::thread::scope(|scope| {
            for scratch in others {
                scope.spawn(|| work(scratch));
            }
            work(own);
        });
        picture
    }
}

/// As many as the machine has: a picture is wanted before anything else.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get).min(16)
}

/// The tiles of a scene, farthest first, less those that nearer ones hide completely.
fn visible<'a>(scene: &LatticeScene, slots: &'a [Option<Arc<TilePixels>>], size: (u32, u32)) -> Vec<Drawn<'a>> {
    let mut solid: Vec<Square> = Vec::new();
    let mut drawn = Vec::with_capacity(scene.instances.len());
    for instance in scene.instances.iter().rev() {
        let Some(pixels) = slots.get(instance.slot as usize).and_then(Option::as_deref) else { continue };
        let placement = Placement::of(instance, &scene.view, size);
        let bounds = placement.bounds();
        if placement.outline == 0.0 && solid.iter().any(|square| square.holds(&bounds)) {
            continue;
        }
        if solid.len() < MOST_SOLID {
            solid.extend(placement.solid());
        }
        drawn.push(Drawn { placement, pixels });
    }
    drawn.reverse();
    drawn
}

#[cfg(test)]
mod tests {
    use bevy::math::Vec3;
    use bevy::prelude::Transform;

    use super::super::{LatticeView, PickingMarks, TileStore, projection_of_aspect};
    use super::*;
    use crate::latent::CellCoord;

    const SIZE: (u32, u32) = (320, 180);

    fn scene(store: &TileStore, distance: f32) -> LatticeScene {
        let projection = projection_of_aspect(SIZE.0 as f32 / SIZE.1 as f32);
        let view = LatticeView::new(&Transform::from_translation(Vec3::Z * distance), &projection);
        LatticeScene::compose(store, view, &PickingMarks::default())
    }

    fn face(colour: [u8; 3]) -> Arc<TilePixels> {
        Arc::new(TilePixels::from_face(16, &colour.repeat(16 * 16)))
    }

    #[test]
    fn a_face_that_is_fully_there_has_its_own_colours_less_the_fog() {
        let (mut store, mut raster) = (TileStore::new(8, true), LatticeRaster::default());
        store.insert(CellCoord::default(), 1, face([250, 10, 130]));
        raster.take(store.take_uploads());
        let picture = raster.draw(&scene(&store, 2.0), SIZE);
        let at = ((SIZE.1 / 2 * SIZE.0 + SIZE.0 / 2) * 4) as usize;
        let [r, g, b, a] = [picture[at], picture[at + 1], picture[at + 2], picture[at + 3]];
        assert!(r > 220 && g < 20 && (110..130).contains(&b) && a == 255, "{r} {g} {b} {a}");
    }

    #[test]
    fn what_a_nearer_face_hides_is_not_drawn_and_the_picture_is_the_same() {
        let mut store = TileStore::new(8, true);
        let mut raster = LatticeRaster::default();
        store.insert(CellCoord::new(0, 0, 0), 1, face([200, 100, 50]));
        raster.take(store.take_uploads());
        let alone = raster.draw(&scene(&store, 2.0), SIZE).to_vec();
        store.insert(CellCoord::new(0, 0, -1), 1, face([0, 255, 0]));
        raster.take(store.take_uploads());
        let both = scene(&store, 2.0);
        assert_eq!((both.instances.len(), visible(&both, &raster.slots, SIZE).len()), (2, 1));
        assert!(raster.draw(&both, SIZE) == alone);
        let seen = scene(&store, 1.4);
        assert_eq!(visible(&seen, &raster.slots, SIZE).len(), 2, "what is fading hides nothing");
    }
}

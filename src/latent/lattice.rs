//! The endless lattice: cells of 3D space mapped to latents.
//!
//! Owns which latent a cell shows and which cells lie around a point; drawing them is the explorer's business.

use super::{Latent, Zone, ZonedLatent, Zones};

/// A cell of the lattice. Space is measured in cells: the centre of (i, j, k) lies at (i, j, k).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellCoord {
    /// Steps along the axis shown as x.
    pub i: i32,
    /// Steps along the axis shown as y.
    pub j: i32,
    /// Steps along the axis shown as z.
    pub k: i32,
}

impl CellCoord {
    /// The cell (i, j, k).
    pub const fn new(i: i32, j: i32, k: i32) -> Self {
        Self { i, j, k }
    }

    /// The cell whose centre is nearest to a position in cells.
    pub fn nearest(position: [f32; 3]) -> Self {
        let [i, j, k] = position.map(|x| x.round() as i32);
        Self { i, j, k }
    }

    /// Centre of the cell, in cells.
    pub fn centre(self) -> [f32; 3] {
        [self.i as f32, self.j as f32, self.k as f32]
    }

    /// Distance from the centre of the cell to a position, in cells.
    pub fn distance(self, position: [f32; 3]) -> f32 {
        let centre = self.centre();
        (0..3).map(|n| (centre[n] - position[n]).powi(2)).sum::<f32>().sqrt()
    }

    /// All cells whose centres lie within `radius` of `position`, nearest first; equal distances in order of the cells.
    pub fn within(position: [f32; 3], radius: f32) -> Vec<Self> {
        let range = |x: f32| (x - radius).ceil() as i32..=(x + radius).floor() as i32;
        let mut cells: Vec<(f32, Self)> = Vec::new();
        for i in range(position[0]) {
            for j in range(position[1]) {
                for k in range(position[2]) {
                    let cell = Self { i, j, k };
                    let distance = cell.distance(position);
                    if distance <= radius {
                        cells.push((distance, cell));
                    }
                }
            }
        }
        cells.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        cells.into_iter().map(|(_, cell)| cell).collect()
    }
}

/// Maps cells to latents: three axes span the lattice around a base point, the others stay as the base has them.
#[derive(Clone, Debug, PartialEq)]
pub struct Lattice {
    /// The latent of the cell (0, 0, 0).
    pub base: Latent,
    /// The axes shown as x, y and z, counted from 0. Axes that the base lacks do not move.
    pub axes: [usize; 3],
    /// Sigma units from one cell to the next.
    pub step: f32,
    /// Where axes act, in networks that have zones: those of the base as well as those of the lattice.
    pub zones: Zones,
}

impl Lattice {
    /// One step between neighbours by default, in sigma units.
    pub const DEFAULT_STEP: f32 = 0.6;

    /// The latent that a cell shows.
    pub fn latent_at(&self, cell: CellCoord) -> Latent {
        let mut latent = self.base.clone();
        for (axis, steps) in self.axes.into_iter().zip([cell.i, cell.j, cell.k]) {
            latent.shift(axis, steps as f32 * self.step);
        }
        latent
    }
}

/// A lattice whose latents differ from zone to zone.
#[derive(Clone, Debug, PartialEq)]
pub struct ZonedLattice {
    /// The latents of the cell (0, 0, 0).
    pub base: ZonedLatent,
    /// The axes shown as x, y and z, counted from 0, and where each acts.
    pub axes: [(usize, Zone); 3],
    /// Sigma units from one cell to the next.
    pub step: f32,
}

impl ZonedLattice {
    /// The latents that a cell shows.
    pub fn latents_at(&self, cell: CellCoord) -> ZonedLatent {
        let mut latents = self.base.clone();
        for ((axis, zone), steps) in self.axes.into_iter().zip([cell.i, cell.j, cell.k]) {
            latents.shift(axis, steps as f32 * self.step, zone);
        }
        latents
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lattice() -> Lattice {
        Lattice { base: Latent(vec![0.1, -0.2, 0.3, 0.4, -0.5]), axes: [0, 2, 4], step: 0.6, zones: Zones::default() }
    }

    #[test]
    fn the_base_is_the_middle_and_other_axes_stay() {
        assert_eq!(lattice().latent_at(CellCoord::default()), lattice().base);
        let moved = lattice().latent_at(CellCoord::new(2, -1, 3));
        for (found, wanted) in moved.0.iter().zip([0.1 + 1.2, -0.2, 0.3 - 0.6, 0.4, -0.5 + 1.8]) {
            assert!((found - wanted).abs() < 1e-6);
        }
    }

    #[test]
    fn steps_add_up() {
        let (a, b) = (CellCoord::new(3, -2, 5), CellCoord::new(-1, 4, 2));
        let sum = CellCoord::new(a.i + b.i, a.j + b.j, a.k + b.k);
        let from_a = Lattice { base: lattice().latent_at(a), ..lattice() };
        for (x, y) in from_a.latent_at(b).0.iter().zip(lattice().latent_at(sum).0) {
            assert!((x - y).abs() < 1e-5, "walking a then b is walking a + b");
        }
    }

    #[test]
    fn axes_that_a_model_lacks_do_not_move() {
        let small = Lattice { base: Latent(vec![0.0, 0.0]), axes: [0, 1, 2], step: 1.0, zones: Zones::default() };
        assert_eq!(small.latent_at(CellCoord::new(1, 1, 7)), Latent(vec![1.0, 1.0]));
    }

    #[test]
    fn zoned_cells_are_those_of_the_lattice_as_each_zone_sees_them() {
        let mut lattice = lattice();
        lattice.zones = [(2, Zone::Fine), (1, Zone::Coarse)].into_iter().collect();
        let axes = lattice.axes.map(|axis| (axis, lattice.zones.of(axis)));
        let zoned = ZonedLattice { base: ZonedLatent::of(&lattice.base, &lattice.zones), axes, step: lattice.step };
        for cell in [CellCoord::default(), CellCoord::new(2, -1, 3)] {
            assert_eq!(zoned.latents_at(cell), ZonedLatent::of(&lattice.latent_at(cell), &lattice.zones));
        }
        let [coarse, _, fine] = zoned.latents_at(CellCoord::new(0, 4, 0)).parts().clone();
        assert_eq!((coarse.0[2], fine.0[2]), (0.0, lattice.latent_at(CellCoord::new(0, 4, 0)).0[2]));
    }

    #[test]
    fn cells_come_nearest_first_and_none_is_missed() {
        let position = [0.3, -7.6, 120.4];
        let cells = CellCoord::within(position, 3.5);
        assert!(cells.windows(2).all(|pair| pair[0].distance(position) <= pair[1].distance(position)));
        let mut brute = 0;
        for i in -10..10 {
            for j in -20..5 {
                for k in 110..130 {
                    brute += usize::from(CellCoord::new(i, j, k).distance(position) <= 3.5);
                }
            }
        }
        assert_eq!(cells.len(), brute);
        assert_eq!(cells[0], CellCoord::nearest(position));
    }
}

//! One tile: its face enlarged, with round corners, blended over what is behind it.
//!
//! Owns which filter that takes: Lanczos' where a face is enlarged by much, a straight line between two pixels elsewhere.

use std::ops::Range;

use super::band::Band;
use super::filter::{self, Between, CHANNELS, Column, Fog, blend, blend_pixel, share};
use super::lanczos::{self, Around};
use super::placement::Placement;
use crate::engine::TilePixels;
use crate::explorer::look;

/// Enlarged rows that are kept: a power of two, no less than what a row of the picture is made of.
const KEPT: usize = 8;

/// Memory that is used again for every tile.
#[derive(Default)]
pub struct Scratch {
    linear: Vec<Column>,
    sharp: Vec<Around>,
    /// Enlarged rows of the face, by the last bits of their number, and which they are.
    rows: [(Option<usize>, Vec<u8>); KEPT],
    /// A row of the picture.
    line: Vec<u8>,
    memory: lanczos::Memory,
}

/// Draws what lies in this band.
pub fn draw(band: &mut Band, placement: &Placement, face: &TilePixels, scratch: &mut Scratch) {
    let (columns, rows) = band.within(placement.middle, placement.half + 0.5);
    if columns.is_empty() || rows.is_empty() || placement.opacity <= 0.0 {
        return;
    }
    let level = Level::of(placement, face);
    let (x, y) = placement.middle;
    let along = |pixel: i32, middle: f32| 0.5 + 0.5 * (pixel as f32 + 0.5 - middle) / placement.half;
    scratch.begin(&level, columns.clone().map(|column| along(column, x)));
    let fog = Fog::new(look::FOG, placement.fog);
    for row in rows {
        scratch.fill_line(&level, along(row, y), &fog);
        let line = |part: &Range<i32>| &scratch.line[(part.start - columns.start) as usize * CHANNELS..][..part.len() * CHANNELS];
        let from_middle = row as f32 + 0.5 - y;
        let (reach, coverage) = even_part(placement, from_middle);
        let even = within(reach, x, &columns);
        for column in (columns.start..even.start).chain(even.end..columns.end) {
            let coverage = (0.5 - placement.outside(column as f32 + 0.5 - x, from_middle)).clamp(0.0, 1.0);
            let pixel = column..column + 1;
            blend_pixel(band.row(row, pixel.clone()), line(&pixel), share(coverage * placement.opacity));
        }
        if !even.is_empty() {
            blend(band.row(row, even.clone()), line(&even), share(coverage * placement.opacity));
        }
    }
}

impl Scratch {
    /// For a tile whose columns lie at these positions of its face.
    fn begin(&mut self, level: &Level, columns: impl ExactSizeIterator<Item = f32>) {
        let bytes = columns.len() * CHANNELS;
        self.linear.clear();
        self.sharp.clear();
        if level.is_sharp() {
            self.sharp.extend(columns.map(|position| Around::of(position, level.side, level.sharpness)));
        } else {
            self.linear.extend(columns.map(|position| Column::from(level.between(position))));
        }
        self.line.resize(bytes, 0);
        for (kept, row) in &mut self.rows {
            *kept = None;
            row.resize(bytes, 0);
        }
    }

    /// Fills the line with what lies at a position along the columns of a face.
    fn fill_line(&mut self, level: &Level, position: f32, fog: &Fog) {
        if level.is_sharp() {
            let around = Around::of(position, level.side, level.sharpness);
            for wanted in around.taps {
                let (kept, row) = &mut self.rows[wanted % KEPT];
                if kept.replace(wanted) != Some(wanted) {
                    lanczos::enlarge(level.row(wanted), &self.sharp, fog, &mut self.memory, row);
                }
            }
            let rows = around.taps.map(|tap| &self.rows[tap % KEPT].1[..]);
            lanczos::among(rows, &around, &mut self.memory, &mut self.line);
        } else {
            let between = level.between(position);
            for wanted in [between.first, between.second] {
                let (kept, row) = &mut self.rows[wanted % KEPT];
                if kept.replace(wanted) != Some(wanted) {
                    filter::enlarge(level.row(wanted), &self.linear, fog, row);
                }
            }
            let rows = [between.first, between.second].map(|row| &self.rows[row % KEPT].1[..]);
            filter::between(rows, share(between.share), &mut self.line);
        }
    }
}

/// How far to both sides of the middle a row, `y` from the middle, is covered evenly, and how much: all but a pixel at each end where the
/// sides are straight.
fn even_part(placement: &Placement, y: f32) -> (f32, f32) {
    let Placement { half, radius, .. } = *placement;
    let into_corner = y.abs() - (half - radius);
    if into_corner <= 0.0 {
        return (half - 0.5, 1.0);
    }
    let coverage = (0.5 - (into_corner - radius)).clamp(0.0, 1.0);
    let round = if coverage < 1.0 { 0.0 } else { ((radius - 0.5).powi(2) - into_corner.powi(2)).max(0.0).sqrt() };
    (half - radius + round, coverage)
}

/// The columns whose middles lie within `reach` of `middle`.
fn within(reach: f32, middle: f32, columns: &Range<i32>) -> Range<i32> {
    let start = ((middle - reach - 0.5).ceil() as i32).clamp(columns.start, columns.end);
    let end = ((middle + reach - 0.5).floor() as i32 + 1).clamp(start, columns.end);
    start..end
}

/// The mip level that a tile is drawn from: that nearest to its size.
struct Level<'a> {
    side: usize,
    bytes: &'a [u8],
    /// How much of Lanczos' filter there is, from 0, a straight line between two pixels, to 1.
    sharpness: f32,
    /// How far from the rim of a face that is made smaller nothing is read, as a share of it: as on the texture pages, where neighbours lie
    /// there.
    inset: f32,
}

impl<'a> Level<'a> {
    fn of(placement: &Placement, face: &'a TilePixels) -> Self {
        let size = face.size() as f32;
        let level = (size / (2.0 * placement.half)).log2();
        let (side, bytes) = face.level((level.max(0.0) + 0.5) as usize);
        Self { side, bytes, sharpness: look::sharpness(2.0 * placement.half / size), inset: (0.5 * level.ceil().exp2() / size).min(0.5) }
    }

    fn is_sharp(&self) -> bool {
        self.sharpness > 0.0
    }

    fn between(&self, position: f32) -> Between {
        Between::of(position, self.inset, self.side)
    }

    fn row(&self, row: usize) -> &'a [u8] {
        &self.bytes[row * self.side * CHANNELS..][..self.side * CHANNELS]
    }
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_even_part_of_a_row_is_covered_evenly_and_the_rest_is_not() {
        let placement = Placement { middle: (30.3, 31.7), half: 20.25, radius: 4.5, opacity: 1.0, fog: 0.0, outline: 0.0 };
        for row in 8..56 {
            let y = row as f32 + 0.5 - placement.middle.1;
            let covered = |column: i32| (0.5 - placement.outside(column as f32 + 0.5 - placement.middle.0, y)).clamp(0.0, 1.0);
            let (reach, coverage) = even_part(&placement, y);
            let even = within(reach, placement.middle.0, &(0..64));
            assert!(even.clone().all(|column| (covered(column) - coverage).abs() < 1e-4), "row {row}");
            assert!((0..even.start).chain(even.end..64).filter(|column| covered(*column) > 0.0).count() <= 12, "row {row}");
        }
    }
}

//! One tile: its face enlarged, with round corners, blended over what is behind it.

use std::ops::Range;

use super::band::Band;
use super::filter::{Between, CHANNELS, Column, Fog, blend, blend_pixel, enlarge, share};
use super::placement::Placement;
use crate::engine::TilePixels;
use crate::explorer::look;

/// Memory that is used again for every tile.
#[derive(Default)]
pub struct Scratch {
    columns: Vec<Column>,
    /// Enlarged rows of the face, by the parity of their number, and which they are.
    rows: [(Option<usize>, Vec<u8>); 2],
}

/// Draws what lies in this band.
pub fn draw(band: &mut Band, placement: &Placement, face: &TilePixels, scratch: &mut Scratch) {
    let (columns, rows) = band.within(placement.middle, placement.half + 0.5);
    if columns.is_empty() || rows.is_empty() || placement.opacity <= 0.0 {
        return;
    }
    let level = Level::of(placement, face);
    let (x, y) = placement.middle;
    let along = |pixel: i32, middle: f32| level.between(0.5 + 0.5 * (pixel as f32 + 0.5 - middle) / placement.half);
    scratch.columns.clear();
    scratch.columns.extend(columns.clone().map(|column| Column::from(along(column, x))));
    for (kept, bytes) in &mut scratch.rows {
        *kept = None;
        bytes.resize(columns.len() * CHANNELS, 0);
    }
    let fog = Fog::new(look::FOG, placement.fog);
    for row in rows {
        let between = along(row, y);
        for wanted in [between.first, between.second] {
            let (kept, bytes) = &mut scratch.rows[wanted % 2];
            if *kept != Some(wanted) {
                enlarge(level.row(wanted), &scratch.columns, &fog, bytes);
                *kept = Some(wanted);
            }
        }
        let enlarged = [&scratch.rows[between.first % 2].1[..], &scratch.rows[between.second % 2].1[..]];
        let towards = share(between.share);
        let part = |columns_of: &Range<i32>| {
            let start = (columns_of.start - columns.start) as usize * CHANNELS;
            enlarged.map(|row| &row[start..start + columns_of.len() * CHANNELS])
        };
        let from_middle = row as f32 + 0.5 - y;
        let (reach, coverage) = even_part(placement, from_middle);
        let even = within(reach, x, &columns);
        for column in (columns.start..even.start).chain(even.end..columns.end) {
            let coverage = (0.5 - placement.outside(column as f32 + 0.5 - x, from_middle)).clamp(0.0, 1.0);
            let pixel = column..column + 1;
            blend_pixel(band.row(row, pixel.clone()), part(&pixel), towards, share(coverage * placement.opacity));
        }
        if !even.is_empty() {
            blend(band.row(row, even.clone()), part(&even), towards, share(coverage * placement.opacity));
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
    /// How far from the rim of the face nothing is read, as a share of it: as on the texture pages, where neighbours lie there.
    inset: f32,
}

impl<'a> Level<'a> {
    fn of(placement: &Placement, face: &'a TilePixels) -> Self {
        let size = face.size() as f32;
        let level = (size / (2.0 * placement.half)).log2().max(0.0);
        let (side, bytes) = face.level((level + 0.5) as usize);
        Self { side, bytes, inset: (0.5 * level.ceil().exp2() / size).min(0.5) }
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

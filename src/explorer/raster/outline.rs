//! Line and glow around a highlighted tile.

use super::band::Band;
use super::placement::Placement;
use crate::explorer::look;

/// How far the glow reaches beyond the tile, as a share of half its width.
const ROOM: f32 = 0.3;

/// Draws what lies in this band.
pub fn draw(band: &mut Band, placement: &Placement) {
    if placement.outline <= 0.0 {
        return;
    }
    let strength = placement.outline * (placement.opacity * 1.5).min(1.0);
    let accent = look::OUTLINE.map(f32::from);
    let (columns, rows) = band.within(placement.middle, placement.half * (1.0 + ROOM) + 1.0);
    for row in rows {
        let y = row as f32 + 0.5 - placement.middle.1;
        for (pixel, column) in band.row(row, columns.clone()).chunks_exact_mut(4).zip(columns.clone()) {
            let share = cover(placement, column as f32 + 0.5 - placement.middle.0, y) * strength;
            for (byte, accent) in pixel.iter_mut().zip(accent) {
                *byte = (f32::from(*byte) + (accent - f32::from(*byte)) * share + 0.5) as u8;
            }
        }
    }
}

/// How much of a point, given from the middle, line or glow cover.
fn cover(placement: &Placement, x: f32, y: f32) -> f32 {
    let distance = placement.outside(x, y);
    let width = (0.014 * placement.half).max(1.25);
    let line = (width + 0.5 - (distance - width).abs()).clamp(0.0, 1.0);
    if distance <= 0.0 {
        return line;
    }
    let glow = 0.4 * (-distance / (0.07 * placement.half + 1.0)).exp() * distance.min(1.0);
    line.max(glow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outline_lies_around_its_tile_and_leaves_the_face_alone() {
        let placement = Placement { middle: (32.0, 32.0), half: 16.0, radius: 3.5, opacity: 1.0, fog: 0.0, outline: 1.0 };
        let drawn = |placement: &Placement| {
            let mut pixels = vec![0; 64 * 64 * 4];
            draw(&mut Band::new(0, 64, &mut pixels), placement);
            pixels
        };
        let pixels = drawn(&placement);
        let red = |x: usize| pixels[(32 * 64 + x) * 4];
        assert!(red(32) == 0 && red(49) > 200 && (1..120).contains(&red(53)) && red(60) == 0, "{} {} {}", red(32), red(49), red(53));
        assert!(drawn(&Placement { outline: 0.0, ..placement }).iter().all(|byte| *byte == 0));
    }
}

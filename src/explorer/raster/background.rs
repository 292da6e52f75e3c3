//! The gradient behind the tiles, kept for as long as the picture has the same size.

use bevy::math::{Vec2, Vec3};

use crate::explorer::look;

/// RGBA8 rows of one size.
#[derive(Default)]
pub struct Background {
    size: (u32, u32),
    rows: Vec<u8>,
}

impl Background {
    /// The rows for a picture of this size.
    pub fn of_size(&mut self, width: u32, height: u32) -> &[u8] {
        if self.size != (width, height) {
            self.size = (width, height);
            self.rows =
                (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y, Vec2::new(width as f32, height as f32)))).collect();
        }
        &self.rows
    }
}

/// As in the shader, the dither of one byte included.
fn pixel(x: u32, y: u32, size: Vec2) -> [u8; 4] {
    let position = Vec2::new(x as f32, y as f32) + 0.5;
    let offset = (position / size - Vec2::new(0.5, 0.46)) * Vec2::new(1.25, 1.45);
    let t = (offset.dot(offset) * 1.5).clamp(0.0, 1.0);
    let colour = look::unit(look::BACKGROUND_MIDDLE).lerp(look::unit(look::BACKGROUND_RIM), t * (2.0 - t));
    let fract = |value: f32| value - value.floor();
    let noise = fract(52.982_918 * fract(position.dot(Vec2::new(0.067_110_56, 0.005_837_15)))) - 0.5;
    let bytes = (colour * 255.0 + noise).clamp(Vec3::ZERO, Vec3::splat(255.0));
    [(bytes.x + 0.5) as u8, (bytes.y + 0.5) as u8, (bytes.z + 0.5) as u8, 255]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_lighter_than_the_rim_and_another_size_is_drawn_anew() {
        let mut background = Background::default();
        let rows = background.of_size(64, 36).to_vec();
        assert_eq!(rows.len(), 64 * 36 * 4);
        let blue = |x: usize, y: usize| rows[(y * 64 + x) * 4 + 2];
        assert!(blue(32, 16) >= 40 && blue(0, 35) <= 20);
        assert_eq!(background.of_size(32, 18).len(), 32 * 18 * 4);
    }
}

//! Some rows of the picture, which one thread draws.

use std::ops::Range;

/// Rows of the picture from `top` on, RGBA8.
pub struct Band<'a> {
    top: i32,
    width: i32,
    pixels: &'a mut [u8],
}

impl<'a> Band<'a> {
    /// The rows that `pixels` holds, `width` pixels each; the first is row `top` of the picture.
    pub fn new(top: u32, width: u32, pixels: &'a mut [u8]) -> Self {
        Self { top: top as i32, width: width as i32, pixels }
    }

    /// The pixels along x, and the rows of this band, whose middles lie within `reach` of a point of the picture.
    pub fn within(&self, (x, y): (f32, f32), reach: f32) -> (Range<i32>, Range<i32>) {
        let height = self.pixels.len() as i32 / (4 * self.width);
        let range = |middle: f32, least: i32, most: i32| {
            (((middle - reach - 0.5).ceil() as i32).max(least))..(((middle + reach - 0.5).floor() as i32 + 1).min(most))
        };
        (range(x, 0, self.width), range(y, self.top, self.top + height))
    }

    /// Some pixels of row `y` of the picture.
    pub fn row(&mut self, y: i32, x: Range<i32>) -> &mut [u8] {
        let start = (y - self.top) * self.width;
        &mut self.pixels[(start + x.start) as usize * 4..(start + x.end) as usize * 4]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_knows_its_own_rows_only() {
        let mut pixels = vec![0; 8 * 4 * 4];
        let mut band = Band::new(16, 8, &mut pixels);
        assert_eq!(band.within((4.0, 18.0), 2.0), (2..6, 16..20));
        assert_eq!(band.within((0.0, 21.0), 2.0), (0..2, 19..20));
        assert!(band.within((4.0, 9.0), 2.0).1.is_empty());
        band.row(17, 1..3).fill(9);
        assert_eq!(pixels.iter().filter(|byte| **byte == 9).count(), 8);
        assert_eq!(pixels[(8 + 1) * 4], 9);
    }
}

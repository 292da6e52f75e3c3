//! The picture that a list shows of a model or run: some faces of its preview, made small.
//!
//! Owns which part of a preview that is. How previews are made is the business of those who write models.

use std::fs;
use std::path::Path;

use image::imageops::{FilterType, crop_imm, resize};
use image::{ImageFormat, RgbImage};

/// Width over height, at most: three of six faces in a row of a preview.
const ASPECT: f32 = 1.55;
/// Larger pictures are made so high, in pixels.
const HEIGHT: u32 = 96;
/// A larger file is no preview.
const LARGEST: u64 = 32 << 20;

/// Faces of a model, RGB8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShelfFace {
    /// Pixels in a row.
    pub width: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Row after row, three bytes each.
    pub pixels: Vec<u8>,
}

impl ShelfFace {
    /// The picture of a PNG file; `None` where it is none.
    pub(super) fn read(file: &Path) -> Option<Self> {
        let length = fs::metadata(file).ok()?.len();
        if length > LARGEST { None } else { Self::of_png(&fs::read(file).ok()?) }
    }

    /// The picture of a PNG file's bytes; `None` where they are none.
    pub(super) fn of_png(bytes: &[u8]) -> Option<Self> {
        let sheet = image::load_from_memory_with_format(bytes, ImageFormat::Png).ok()?.into_rgb8();
        let (width, height) = sheet.dimensions();
        // Whole quarters of a sheet part no face.
        let quarters = (4.0 * ASPECT * height as f32 / width as f32).floor().clamp(1.0, 4.0);
        // A single row of many faces is cut wherever that is.
        let width = ((width as f32 * quarters / 4.0) as u32).min((ASPECT * height as f32) as u32);
        let part = crop_imm(&sheet, 0, 0, width, height).to_image();
        Some(Self::of_picture(small(part)))
    }

    fn of_picture(picture: RgbImage) -> Self {
        let (width, height) = picture.dimensions();
        Self { width: width as usize, height: height as usize, pixels: picture.into_raw() }
    }
}

fn small(picture: RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    if height <= HEIGHT {
        return picture;
    }
    let width = (width as f32 * HEIGHT as f32 / height as f32).round() as u32;
    resize(&picture, width.max(1), HEIGHT, FilterType::Triangle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Faces, contact_sheet, png_bytes};

    #[test]
    fn half_the_faces_of_a_preview_are_shown_and_large_ones_made_small() {
        let sheet = |size: usize| {
            let pixels = (0..12_u8).flat_map(|face| vec![face * 20; size * size * 3]).collect();
            ShelfFace::of_png(&contact_sheet(&Faces::new(size, pixels), 6).to_png()).unwrap()
        };
        let (little, large) = (sheet(16), sheet(256));
        let shape = little.width as f32 / little.height as f32;
        assert!((1.4..ASPECT).contains(&shape) && little.height < 48, "{} x {}", little.width, little.height);
        assert_eq!((large.height, large.pixels.len()), (96, large.width * 96 * 3));
        let brightest = little.pixels.iter().max().copied().unwrap();
        assert_eq!(brightest, 8 * 20, "the third of the second row is the last that is seen");
    }

    #[test]
    fn however_wide_a_picture_is_a_small_part_is_shown() {
        let wide = ShelfFace::of_png(&png_bytes(60_000, 3, &[7; 60_000 * 3 * 3])).unwrap();
        assert_eq!((wide.width, wide.height), (4, 3));
        let tall = ShelfFace::of_png(&png_bytes(3, 6000, &[7; 3 * 6000 * 3])).unwrap();
        assert_eq!((tall.width, tall.height), (1, 96));
    }

    #[test]
    fn what_is_no_picture_is_none() {
        assert_eq!(ShelfFace::of_png(b""), None);
        assert_eq!(ShelfFace::read(Path::new("nowhere/preview.png")), None);
    }
}

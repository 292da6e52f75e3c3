//! Which part of a picture becomes the face, and at what size.
//!
//! Owns the crops and the antialiased resize; decoding and files are others' business.

use std::fmt;
use std::str::FromStr;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::decode::Picture;

/// The name of the resize filter, as the cache records it.
pub const FILTER: &str = "lanczos3";
/// Size of CelebA's aligned pictures.
const CELEBA: (usize, usize) = (178, 218);

/// Which part of a picture is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Crop {
    /// `Celeba` for pictures of 178x218, `Square` for others.
    #[default]
    Auto,
    /// The centre 140x140 of 178x218, as in the WAE and RAE papers.
    Celeba,
    /// The largest centred square.
    Square,
    /// Everything, squeezed to a square.
    Full,
    /// A rectangle: left, top, width, height in pixels.
    Rectangle(usize, usize, usize, usize),
}

impl fmt::Display for Crop {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Celeba => f.write_str("celeba"),
            Self::Square => f.write_str("square"),
            Self::Full => f.write_str("full"),
            Self::Rectangle(x, y, w, h) => write!(f, "{x},{y},{w},{h}"),
        }
    }
}

impl FromStr for Crop {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "celeba" => Ok(Self::Celeba),
            "square" => Ok(Self::Square),
            "full" => Ok(Self::Full),
            _ => match text.split(',').map(|part| part.trim().parse::<usize>()).collect::<Result<Vec<_>, _>>().as_deref() {
                Ok([x, y, w, h]) if *w > 0 && *h > 0 => Ok(Self::Rectangle(*x, *y, *w, *h)),
                _ => Err("a crop is auto, celeba, square, full, or X,Y,W,H in pixels".into()),
            },
        }
    }
}

impl Crop {
    /// How many rows from the top are looked at of a picture of this size.
    pub fn rows(self, width: usize, height: usize) -> usize {
        self.part(width, height).map_or(height, |[_, top, _, height]| top + height)
    }

    /// Left, top, width and height of the part that is taken.
    ///
    /// # Errors
    /// A short reason where the picture is too small for it.
    fn part(self, width: usize, height: usize) -> Result<[usize; 4], String> {
        match self {
            Self::Auto if (width, height) == CELEBA => Self::Celeba.part(width, height),
            Self::Auto => Self::Square.part(width, height),
            Self::Celeba if (width, height) == CELEBA => Ok([19, 39, 140, 140]),
            Self::Celeba => Err(format!("it is {width}x{height}; the celeba crop needs 178x218")),
            Self::Square => {
                let side = width.min(height);
                Ok([(width - side) / 2, (height - side) / 2, side, side])
            }
            Self::Full => Ok([0, 0, width, height]),
            Self::Rectangle(x, y, w, h) if within(x, w, width) && within(y, h, height) => Ok([x, y, w, h]),
            Self::Rectangle(..) => Err(format!("it is {width}x{height}, smaller than the crop {self}")),
        }
    }
}

/// True where `len` pixels from `start` lie within `whole`, however large the numbers are.
fn within(start: usize, len: usize, whole: usize) -> bool {
    start.checked_add(len).is_some_and(|end| end <= whole)
}

/// Crops a picture and resizes it to `size` x `size`: RGB8 bytes, HWC. `resizer` is kept between calls for its scratch.
///
/// # Errors
/// A short reason where the picture is too small for the crop.
pub fn crop_and_resize(resizer: &mut Resizer, picture: &Picture, crop: Crop, size: usize) -> Result<Vec<u8>, String> {
    let [left, top, width, height] = crop.part(picture.width, picture.height)?;
    let mut part = Vec::with_capacity(width * height * 3);
    for row in picture.rgb.chunks_exact(picture.width * 3).skip(top).take(height) {
        part.extend_from_slice(&row[left * 3..(left + width) * 3]);
    }
    if (width, height) == (size, size) {
        return Ok(part);
    }
    let source = ImageRef::new(width as u32, height as u32, &part, PixelType::U8x3).map_err(|error| error.to_string())?;
    let mut target = Image::new(size as u32, size as u32, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    resizer.resize(&source, &mut target, &options).map_err(|error| error.to_string())?;
    Ok(target.into_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crops_read_as_they_are_written() {
        for text in ["auto", "celeba", "square", "full", "1,2,30,40"] {
            assert_eq!(text.parse::<Crop>().unwrap().to_string(), text);
        }
        for text in ["", "round", "1,2,3", "1,2,0,4", "-1,0,5,5", "1,2,3,4,5"] {
            assert!(text.parse::<Crop>().is_err(), "{text}");
        }
    }

    #[test]
    fn auto_follows_the_size() {
        assert_eq!(Crop::Auto.part(178, 218), Ok([19, 39, 140, 140]));
        assert_eq!(Crop::Auto.part(100, 60), Ok([20, 0, 60, 60]));
        assert!(Crop::Celeba.part(64, 64).is_err());
        assert!(Crop::Rectangle(10, 10, 60, 60).part(64, 64).is_err());
        assert!(Crop::Rectangle(usize::MAX, 0, 4, 4).part(64, 64).is_err());
    }

    #[test]
    fn a_flat_picture_stays_flat_and_a_face_of_the_size_is_untouched() {
        let mut resizer = Resizer::new();
        let flat = Picture { width: 178, height: 218, rgb: vec![77; 178 * 218 * 3] };
        assert!(crop_and_resize(&mut resizer, &flat, Crop::Auto, 64).unwrap().iter().all(|byte| *byte == 77));
        let small = Picture { width: 8, height: 8, rgb: (0..192).map(|i| i as u8).collect() };
        assert_eq!(crop_and_resize(&mut resizer, &small, Crop::Auto, 8).unwrap(), small.rgb);
    }
}

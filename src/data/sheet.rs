//! A contact sheet: faces in a grid with small dark gaps.
//!
//! Owns the drawing; which faces, and where the picture goes, is its callers' business.

use image::RgbImage;
use image::codecs::png::PngEncoder;

use super::Faces;
use crate::files::{FileKind, FolderKind, is_marked_png, marked_png};

/// A picture that facefield wrote.
pub const PICTURE: FileKind = FileKind { name: "a picture", is_own: is_marked_png };
/// A folder of nothing but pictures that facefield wrote.
pub const PICTURES: FolderKind =
    FolderKind { name: "a folder of pictures", foreign: |folder| FolderKind::first_that_is_not(folder, is_marked_png) };

/// Pixels between faces and around them.
const GAP: usize = 2;
/// The colour between faces: #0E1119.
const BACKGROUND: [u8; 3] = [0x0E, 0x11, 0x19];

/// An RGB8 picture of faces side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet(pub RgbImage);

impl Sheet {
    /// The bytes of a PNG file; the same picture gives the same bytes.
    pub fn to_png(&self) -> Vec<u8> {
        png_bytes(self.0.width(), self.0.height(), self.0.as_raw())
    }
}

/// Lays faces out in rows of `columns`, the first at the top left.
///
/// # Panics
/// Where there are no faces or no columns.
pub fn contact_sheet(faces: &Faces, columns: usize) -> Sheet {
    assert!(columns > 0 && faces.count() > 0, "a sheet shows something");
    let columns = columns.min(faces.count());
    let rows = faces.count().div_ceil(columns);
    let side = |cells: usize| cells * (faces.size() + GAP) + GAP;
    let mut sheet = RgbImage::from_pixel(side(columns) as u32, side(rows) as u32, BACKGROUND.into());
    let pixels = &mut *sheet;
    for (index, face) in faces.iter().enumerate() {
        let (left, top) = (GAP + index % columns * (faces.size() + GAP), GAP + index / columns * (faces.size() + GAP));
        for (y, row) in face.chunks_exact(faces.size() * 3).enumerate() {
            let start = ((top + y) * side(columns) + left) * 3;
            pixels[start..start + row.len()].copy_from_slice(row);
        }
    }
    Sheet(sheet)
}

/// The bytes of a PNG file of one square RGB8 face.
///
/// # Panics
/// Where the bytes are not those of a face of `size` x `size`.
pub fn face_png(size: usize, pixels: &[u8]) -> Vec<u8> {
    png_bytes(size as u32, size as u32, pixels)
}

/// The bytes of a PNG file of any size, RGB8, with facefield's mark.
///
/// # Panics
/// Where the bytes are not width x height pixels.
pub fn png_bytes(width: u32, height: u32, pixels: &[u8]) -> Vec<u8> {
    use image::ImageEncoder;
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(pixels, width, height, image::ExtendedColorType::Rgb8)
        .expect("writing RGB8 to memory cannot fail");
    marked_png(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faces_lie_in_rows_with_gaps() {
        let faces = Faces::new(4, (0..3).flat_map(|face| vec![100 + face; 48]).collect());
        let Sheet(sheet) = contact_sheet(&faces, 2);
        assert_eq!((sheet.width(), sheet.height()), (14, 14));
        for (x, y, value) in [(2, 2, 100), (8, 5, 101), (5, 11, 102)] {
            assert_eq!(sheet.get_pixel(x, y).0, [value; 3], "at {x}, {y}");
        }
        for (x, y) in [(0, 0), (6, 3), (9, 9)] {
            assert_eq!(sheet.get_pixel(x, y).0, BACKGROUND, "at {x}, {y}");
        }
    }

    #[test]
    fn a_png_can_be_read_again() {
        let pixels: Vec<u8> = (0..48).collect();
        let read = image::load_from_memory(&face_png(4, &pixels)).unwrap().into_rgb8();
        assert_eq!(read.into_raw(), pixels);
    }
}

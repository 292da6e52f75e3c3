//! Faces in memory: square RGB8 pictures, one after another.
//!
//! Owns the type and the one conversion between bytes and numbers; files are the cache's business.

/// Square RGB8 faces of one size, NHWC: `pixels` holds N * size * size * 3 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faces {
    size: usize,
    pixels: Vec<u8>,
}

impl Faces {
    /// Faces of `size` x `size` from NHWC bytes.
    ///
    /// # Panics
    /// Where the bytes are not a whole number of faces.
    pub fn new(size: usize, pixels: Vec<u8>) -> Self {
        assert!(size > 0 && pixels.len().is_multiple_of(size * size * 3), "pixels hold whole faces");
        Self { size, pixels }
    }

    /// From numbers in [0, 1], NHWC, rounded to the nearest byte; what lies outside is clipped, NaN becomes 0.
    pub fn from_unit(size: usize, values: &[f32]) -> Self {
        let mut pixels = vec![0; values.len()];
        Self::write_unit(values, &mut pixels);
        Self::new(size, pixels)
    }

    /// The same conversion into memory that is already there, for callers that do it in parallel.
    pub fn write_unit(values: &[f32], pixels: &mut [u8]) {
        for (pixel, value) in pixels.iter_mut().zip(values) {
            *pixel = (value * 255.0 + 0.5) as u8;
        }
    }

    /// Numbers in [0, 1], NHWC.
    pub fn to_unit(&self) -> Vec<f32> {
        self.pixels.iter().map(|byte| f32::from(*byte) / 255.0).collect()
    }

    /// Height and width in pixels.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Bytes of one face: size * size * 3.
    pub fn face_len(&self) -> usize {
        self.size * self.size * 3
    }

    /// How many faces there are.
    pub fn count(&self) -> usize {
        if self.size == 0 { 0 } else { self.pixels.len() / self.face_len() }
    }

    /// The bytes of one face, HWC.
    ///
    /// # Panics
    /// Where there is no such face.
    pub fn face(&self, index: usize) -> &[u8] {
        &self.pixels[index * self.face_len()..][..self.face_len()]
    }

    /// The faces at a size that divides theirs: every pixel is the mean of those in its place, rounded.
    ///
    /// # Panics
    /// Where it does not divide theirs.
    #[must_use]
    pub fn pooled(&self, size: usize) -> Self {
        assert_eq!(self.size % size, 0, "pixels are pooled in whole blocks");
        let (side, block) = (self.size, self.size / size);
        let count = (block * block) as u32;
        let mean = |face: &[u8], at: usize| {
            let (y, x, colour) = (at / 3 / size * block, at / 3 % size * block, at % 3);
            let rows = (y..y + block).map(|y| (x..x + block).map(|x| u32::from(face[(y * side + x) * 3 + colour])).sum::<u32>());
            ((rows.sum::<u32>() + count / 2) / count) as u8
        };
        let pixels = self.iter().flat_map(|face| (0..size * size * 3).map(move |at| mean(face, at))).collect();
        Self::new(size, pixels)
    }

    /// The faces at another size, by Lanczos with antialiasing.
    pub fn resized(&self, size: usize) -> Self {
        use fast_image_resize::images::{Image, ImageRef};
        use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
        let mut resizer = Resizer::new();
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
        let mut pixels = Vec::with_capacity(self.count() * size * size * 3);
        for face in self.iter() {
            let mut target = Image::new(size as u32, size as u32, PixelType::U8x3);
            let source =
                ImageRef::new(self.size as u32, self.size as u32, face, PixelType::U8x3).expect("a face has size x size x 3 bytes");
            resizer.resize(&source, &mut target, &options).expect("source and target are both RGB8");
            pixels.extend_from_slice(target.buffer());
        }
        Self::new(size, pixels)
    }

    /// All bytes, NHWC.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// All bytes, NHWC.
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// The faces one by one.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.pixels.chunks_exact(self.face_len().max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_the_round_trip() {
        let bytes: Vec<u8> = (0..=255).cycle().take(2 * 16 * 16 * 3).collect();
        let faces = Faces::new(16, bytes);
        assert_eq!(Faces::from_unit(16, &faces.to_unit()), faces);
        assert_eq!((faces.count(), faces.face(1).len(), faces.iter().count()), (2, 768, 2));
    }

    #[test]
    fn numbers_outside_are_clipped() {
        let faces = Faces::from_unit(1, &[-0.5, 1.5, f32::NAN]);
        assert_eq!(faces.pixels(), [0, 255, 0]);
    }
}

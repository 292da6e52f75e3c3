//! The Laplacian pyramid of a face: what each scale holds beyond the next coarser one.
//!
//! Owns the filter, the borders and the sizes of the levels; what is measured on them is the business of others. After Burt and Adelson
//! 1983, "The Laplacian Pyramid as a Compact Image Code", as Karras et al. 2018 (PGGAN) use it: 5 x 5 binomial weights, borders mirrored
//! without repeating the edge, pixels two apart going down, and going up zeros in between and four times the weights. Values are those of
//! bytes, 0 to 255, HWC.

/// Numbers of a pixel.
pub(super) const CHANNELS: usize = 3;
/// The coarsest level has at least as many pixels along a side.
const SMALLEST: usize = 16;
/// The filter along one axis.
const BINOMIAL: [f32; 5] = [0.0625, 0.25, 0.375, 0.25, 0.0625];
/// Pixels that the filter reaches to either side.
const REACH: usize = 2;

/// The sizes of the levels of faces of `size` x `size` pixels, such as 64, 32, 16. Faces of less than 16 pixels have none.
pub fn level_sizes(size: usize) -> Vec<usize> {
    let half = |size: &usize| (size.is_multiple_of(2) && size / 2 >= SMALLEST).then_some(size / 2);
    std::iter::successors((size >= SMALLEST).then_some(size), half).collect()
}

/// The matrix [size / 2, size], row-major, that takes a line of `size` samples to half as many: through the filter, every second one. A
/// picture goes through it along its columns and along its rows.
///
/// # Panics
/// Where `size` is odd or less than 4.
pub fn halving(size: usize) -> Vec<f32> {
    assert!(size >= 4 && size.is_multiple_of(2), "there is a half of {size} samples that the filter fits");
    let mut matrix = vec![0.0; size / 2 * size];
    for (place, row) in matrix.chunks_exact_mut(size).enumerate() {
        for (at, weight) in BINOMIAL.iter().enumerate() {
            row[mirrored(2 * place + at, size)] += weight;
        }
    }
    matrix
}

/// The matrix [2 * size, size], row-major, that takes a line of `size` samples to twice as many: zeros in between, then the filter.
///
/// # Panics
/// Where `size` is less than 2.
pub fn doubling(size: usize) -> Vec<f32> {
    assert!(size >= 2, "the filter fits twice {size} samples");
    let mut matrix = vec![0.0; 2 * size * size];
    for (place, row) in matrix.chunks_exact_mut(size).enumerate() {
        for (at, weight) in BINOMIAL.iter().enumerate() {
            let source = mirrored(place + at, 2 * size);
            if source.is_multiple_of(2) {
                // One sample in two holds something: twice as much along each axis keeps the brightness.
                row[source / 2] += 2.0 * weight;
            }
        }
    }
    matrix
}

/// One level of a face, [size, size, 3]: the band between two sizes, or at the last level the low-pass picture itself.
///
/// # Panics
/// Where the face has no such level.
pub(super) fn band(face: &[u8], size: usize, level: usize) -> Vec<f32> {
    let levels = level_sizes(size).len();
    assert!(level < levels, "there is such a level");
    let mut picture = Picture::new(size, face.iter().map(|byte| f32::from(*byte)).collect());
    for _ in 0..level {
        picture = picture.halved();
    }
    if level + 1 < levels {
        let coarse = picture.halved().doubled();
        picture.values.iter_mut().zip(&coarse.values).for_each(|(value, coarse)| *value -= coarse);
    }
    picture.values
}

/// The levels of numbers [size, size, 3] down to a picture of `coarsest` pixels, which is the last: what others compute on tensors is held
/// against them.
#[cfg(test)]
pub fn levels_down_to(coarsest: usize, size: usize, values: Vec<f32>) -> Vec<Vec<f32>> {
    let mut picture = Picture::new(size, values);
    let mut levels = Vec::new();
    while picture.size > coarsest {
        let half = picture.halved();
        let coarse = half.doubled();
        levels.push(picture.values.iter().zip(&coarse.values).map(|(value, coarse)| value - coarse).collect());
        picture = half;
    }
    levels.push(picture.values);
    levels
}

/// Numbers [size, size, 3].
pub(super) struct Picture {
    size: usize,
    /// The numbers.
    pub(super) values: Vec<f32>,
}

impl Picture {
    /// # Panics
    /// Where the numbers are not those of a picture.
    pub(super) fn new(size: usize, values: Vec<f32>) -> Self {
        assert_eq!(values.len(), size * size * CHANNELS, "a picture has size x size pixels");
        Self { size, values }
    }

    /// Through the filter, along columns and then along rows.
    pub(super) fn blurred(&self) -> Self {
        let row = self.size * CHANNELS;
        let mut columns = vec![0.0; self.values.len()];
        for (y, sum) in columns.chunks_exact_mut(row).enumerate() {
            for (at, weight) in BINOMIAL.iter().enumerate() {
                let line = &self.values[mirrored(y + at, self.size) * row..][..row];
                add_weighted(sum, line, *weight);
            }
        }
        let mut values = vec![0.0; self.values.len()];
        let mut wide = vec![0.0; row + 2 * REACH * CHANNELS];
        for (sum, line) in values.chunks_exact_mut(row).zip(columns.chunks_exact(row)) {
            for (x, pixel) in wide.chunks_exact_mut(CHANNELS).enumerate() {
                pixel.copy_from_slice(&line[mirrored(x, self.size) * CHANNELS..][..CHANNELS]);
            }
            for (at, weight) in BINOMIAL.iter().enumerate() {
                add_weighted(sum, &wide[at * CHANNELS..][..row], *weight);
            }
        }
        Self { size: self.size, values }
    }

    /// At half the size.
    fn halved(&self) -> Self {
        let blurred = self.blurred();
        let size = self.size / 2;
        let mut values = Vec::with_capacity(size * size * CHANNELS);
        for line in blurred.values.chunks_exact(self.size * CHANNELS).step_by(2) {
            for pixels in line.chunks_exact(2 * CHANNELS) {
                values.extend_from_slice(&pixels[..CHANNELS]);
            }
        }
        Self::new(size, values)
    }

    /// At twice the size.
    fn doubled(&self) -> Self {
        let size = 2 * self.size;
        let mut spread = vec![0.0; size * size * CHANNELS];
        let lines = spread.chunks_exact_mut(size * CHANNELS).step_by(2);
        for (line, source) in lines.zip(self.values.chunks_exact(self.size * CHANNELS)) {
            for (pixels, pixel) in line.chunks_exact_mut(2 * CHANNELS).zip(source.chunks_exact(CHANNELS)) {
                // One pixel in four holds something: four times as much keeps the brightness.
                pixels.iter_mut().zip(pixel).for_each(|(to, from)| *to = 4.0 * from);
            }
        }
        Self::new(size, spread).blurred()
    }
}

fn add_weighted(sum: &mut [f32], line: &[f32], weight: f32) {
    sum.iter_mut().zip(line).for_each(|(sum, value)| *sum += weight * value);
}

/// The place on a line of `size` samples of sample `at` - `REACH`; beyond an end the line goes back from there.
fn mirrored(at: usize, size: usize) -> usize {
    let place = at.abs_diff(REACH);
    if place < size { place } else { 2 * (size - 1) - place }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::formula::pictures;

    #[test]
    fn levels_end_at_sixteen_pixels() {
        assert_eq!(level_sizes(64), [64, 32, 16]);
        assert_eq!(level_sizes(48), [48, 24]);
        assert_eq!((level_sizes(66), level_sizes(16), level_sizes(8)), (vec![66, 33], vec![16], vec![]));
    }

    #[test]
    fn borders_are_mirrored_about_the_centre_of_their_pixels() {
        let places: Vec<usize> = (0..9).map(|at| mirrored(at, 5)).collect();
        assert_eq!(places, [2, 1, 0, 1, 2, 3, 4, 3, 2]);
    }

    #[test]
    fn levels_agree_with_another_implementation() {
        let face = pictures(3, 1, 64);
        let wanted = [
            [-23.408_935_5, -15.507_568_4, -21.597_656_2, 46.859_375, -2.968_017_58],
            [-38.760_057_4, 23.214_421_3, -19.030_414_6, 34.943_1, 0.270_616_531],
            [107.825_073, 127.893_692, 117.195_236, 132.197_525, 151.976_791],
        ];
        for (level, (size, wanted)) in level_sizes(64).into_iter().zip(wanted).enumerate() {
            let band = band(face.face(0), 64, level);
            let places = [(0, 0, 0), (1, 2, 1), (7, 5, 2), (size - 1, size - 1, 0), (size - 2, 9, 1)];
            for ((y, x, c), wanted) in places.into_iter().zip(wanted) {
                let found = f64::from(band[(y * size + x) * CHANNELS + c]);
                assert!((found - wanted).abs() < 1e-3, "level {size} at {y}, {x}, {c}: {found} instead of {wanted}");
            }
        }
    }

    #[test]
    fn the_matrices_are_the_filter() {
        let face = pictures(3, 1, 16);
        let picture = Picture::new(16, face.face(0).iter().map(|byte| f32::from(*byte)).collect());
        // Along rows of pixels, then along columns.
        let through = |values: &[f32], size: usize, matrix: &[f32]| -> Vec<f32> {
            let out = matrix.len() / size;
            let at = |values: &[f32], width: usize, y: usize, x: usize, c: usize| values[(y * width + x) * CHANNELS + c];
            let mut rows = Vec::new();
            for (y, x, c) in (0..size * out * CHANNELS).map(|n| (n / CHANNELS / out, n / CHANNELS % out, n % CHANNELS)) {
                rows.push((0..size).map(|from| matrix[x * size + from] * at(values, size, y, from, c)).sum());
            }
            let mut all = Vec::new();
            for (y, x, c) in (0..out * out * CHANNELS).map(|n| (n / CHANNELS / out, n / CHANNELS % out, n % CHANNELS)) {
                all.push((0..size).map(|from| matrix[y * size + from] * at(&rows, out, from, x, c)).sum());
            }
            all
        };
        for (found, wanted) in [
            (through(&picture.values, 16, &halving(16)), picture.halved().values),
            (through(&picture.values, 16, &doubling(16)), picture.doubled().values),
        ] {
            assert_eq!(found.len(), wanted.len());
            assert!(found.iter().zip(&wanted).all(|(found, wanted)| (found - wanted).abs() < 1e-3));
        }
    }

    #[test]
    fn a_flat_picture_is_all_in_the_last_level() {
        let face = [99; 32 * 32 * CHANNELS];
        assert!(band(&face, 32, 0).iter().all(|value| *value == 0.0));
        assert!(band(&face, 32, 1).iter().all(|value| *value == 99.0));
    }
}

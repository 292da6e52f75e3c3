//! Between bytes and what networks compute with: RGB8 NHWC and f32 NCHW in [-1, 1].

use rayon::prelude::*;

/// NHWC bytes to NCHW numbers in [-1, 1].
///
/// # Panics
/// Where the bytes are not whole faces of `size` x `size` pixels.
pub fn to_network(size: usize, pixels: &[u8]) -> Vec<f32> {
    let plane = size * size;
    assert!(plane > 0 && pixels.len().is_multiple_of(3 * plane), "pixels hold whole faces");
    let mut values = vec![0.0; pixels.len()];
    values.par_chunks_mut(3 * plane).zip(pixels.par_chunks(3 * plane)).for_each(|(values, face)| write_face(face, values));
    values
}

/// One face, HWC, to CHW numbers in [-1, 1].
pub fn write_face(face: &[u8], values: &mut [f32]) {
    let plane = values.len() / 3;
    for (at, pixel) in face.chunks_exact(3).enumerate() {
        for (channel, byte) in pixel.iter().enumerate() {
            values[channel * plane + at] = f32::from(*byte) / 127.5 - 1.0;
        }
    }
}

/// NCHW numbers in [-1, 1] to NHWC bytes, rounded; what lies outside is clipped, NaN becomes 0.
///
/// # Panics
/// Where the numbers are not whole faces of `size` x `size` pixels.
pub fn from_network(size: usize, values: &[f32]) -> Vec<u8> {
    let plane = size * size;
    assert!(plane > 0 && values.len().is_multiple_of(3 * plane), "numbers hold whole faces");
    let mut pixels = vec![0; values.len()];
    pixels.par_chunks_mut(3 * plane).zip(values.par_chunks(3 * plane)).for_each(|(face, values)| {
        for (at, pixel) in face.chunks_exact_mut(3).enumerate() {
            for (channel, byte) in pixel.iter_mut().enumerate() {
                *byte = (values[channel * plane + at] * 127.5 + 128.0) as u8;
            }
        }
    });
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_survives_the_round_trip() {
        let bytes: Vec<u8> = (0..=255).cycle().take(2 * 3 * 64).collect();
        assert_eq!(from_network(8, &to_network(8, &bytes)), bytes);
    }

    #[test]
    fn channels_become_planes_and_numbers_outside_are_clipped() {
        assert_eq!(to_network(1, &[0, 255, 0]), [-1.0, 1.0, -1.0]);
        assert_eq!(to_network(2, &[255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0])[..4], [1.0, -1.0, -1.0, -1.0]);
        assert_eq!(from_network(1, &[-3.0, 3.0, f32::NAN]), [0, 255, 0]);
    }
}

//! Band energy: how strongly a set of faces varies at each scale, next to real faces.
//!
//! Owns our own definition: the standard deviation of a level of the Laplacian pyramid over all pixels, channels and faces of a set, that
//! of the samples divided by that of the real faces. Below 1 is blur, above 1 noise. It ignores where the energy stands.

use rayon::prelude::*;

use super::pyramid::{band, level_sizes};
use crate::data::Faces;

/// The spread of a level over a set of faces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BandDeviation {
    /// The level: height and width in pixels.
    pub size: usize,
    /// Standard deviation over all pixels, channels and faces, in units of a byte.
    pub deviation: f64,
}

/// The spread at each level, from the finest one on; faces of less than 16 pixels have none.
pub fn band_deviations(faces: &Faces) -> Vec<BandDeviation> {
    level_sizes(faces.size())
        .into_iter()
        .enumerate()
        .map(|(level, size)| BandDeviation { size, deviation: deviation(faces, level) })
        .collect()
}

/// The ratio of two sets' spreads at each level, with the level's size; `None` where the real faces are flat.
pub fn band_energy(real: &[BandDeviation], other: &[BandDeviation]) -> Vec<(usize, Option<f64>)> {
    let ratio = |real: &BandDeviation, other: &BandDeviation| (real.deviation > 0.0).then(|| other.deviation / real.deviation);
    real.iter().zip(other).map(|(real, other)| (real.size, ratio(real, other))).collect()
}

fn deviation(faces: &Faces, level: usize) -> f64 {
    // Sums of every face by itself, added up in order: the result does not depend on threads.
    let sums: Vec<[f64; 3]> = (0..faces.count()).into_par_iter().map(|index| sums(&band(faces.face(index), faces.size(), level))).collect();
    let [count, sum, squares] = [0, 1, 2].map(|which| sums.iter().map(|sums| sums[which]).sum::<f64>());
    let mean = sum / count;
    (squares / count - mean * mean).max(0.0).sqrt()
}

/// Number, sum and sum of squares.
fn sums(values: &[f32]) -> [f64; 3] {
    let add = |[count, sum, squares]: [f64; 3], value: &f32| {
        let value = f64::from(*value);
        [count + 1.0, sum + value, squares + value * value]
    };
    values.iter().fold([0.0; 3], add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::formula::{mixed, pictures, synthetic};
    use crate::metrics::pyramid::Picture;

    #[test]
    fn deviations_agree_with_another_implementation() {
        let real = pictures(0, 20, 64);
        let deviations = band_deviations(&real);
        let energy = band_energy(&deviations, &band_deviations(&mixed(&real, &pictures(50, 20, 64))));
        let wanted = [(64, 37.187_057_4, 0.790_314_658), (32, 23.045_807_8, 0.773_807_75), (16, 22.833_194_9, 0.749_491_946)];
        for ((deviation, energy), (size, wanted_deviation, wanted_energy)) in deviations.iter().zip(energy).zip(wanted) {
            assert_eq!((deviation.size, energy.0), (size, size));
            assert!((deviation.deviation - wanted_deviation).abs() < 1e-4, "level {size}: {}", deviation.deviation);
            assert!((energy.1.unwrap() - wanted_energy).abs() < 1e-4, "level {size}: {energy:?}");
        }
    }

    #[test]
    fn blur_lowers_it_most_at_the_finest_level_and_noise_raises_it() {
        let real = synthetic(1, 40, 32);
        let deviations = band_deviations(&real);
        let changed = |change: &dyn Fn(usize, f32) -> f32| {
            let pixels = real.pixels().iter().enumerate().map(|(at, byte)| change(at, f32::from(*byte)) as u8).collect();
            band_energy(&deviations, &band_deviations(&Faces::new(32, pixels)))
        };
        let same = changed(&|_, value| value);
        assert!(same.iter().all(|(_, ratio)| *ratio == Some(1.0)), "{same:?}");
        let noisy = changed(&|at, value| value + if at % 2 == 0 { 20.0 } else { -20.0 });
        assert!(noisy[0].1.unwrap() > 1.2, "{noisy:?}");
        let blurred = real.iter().flat_map(|face| Picture::new(32, face.iter().map(|byte| f32::from(*byte)).collect()).blurred().values);
        let blurred = Faces::new(32, blurred.map(|value| (value + 0.5) as u8).collect());
        let blurred = band_energy(&deviations, &band_deviations(&blurred));
        assert!(blurred[0].1.unwrap() < 0.6 && blurred[1].1.unwrap() > 0.85, "{blurred:?}");
    }

    #[test]
    fn flat_faces_have_no_ratio() {
        let flat = band_deviations(&Faces::new(16, vec![7; 2 * 768]));
        assert_eq!(band_energy(&flat, &flat), [(16, None)]);
    }
}

//! How well models do: likelihoods, errors of reconstructions, distances between sets of faces, copies of training faces.
//!
//! Owns the definitions; which faces are compared, and what is said about the numbers, is the engine's business. All work is done on 8-bit
//! pictures in memory, on all cores; the same input gives the same numbers with any number of threads. `scripts/metrics-reference` computes
//! what the tests compare with by independent implementations.
//!
//! | figure | unit, best value | definition |
//! |---|---|---|
//! | MSE, PSNR, SSIM | [0, 1] units, 0; dB; 1 | `reconstruction`: Wang et al. 2004, with the settings of their code |
//! | bits per dimension | of 8-bit pictures, less | `likelihood`: Tipping and Bishop 1999, uniformly dequantised |
//! | SWD | x 1000, its floor | `wasserstein`: Karras et al. 2018, on the levels of `pyramid` |
//! | SWD-R | x 1000, its floor | the same, both sets normalised by the real one: blur and faint contrast count |
//! | band energy | ratio, 1 | `band_energy`: below 1 is blur, above it noise |
//! | precision, recall, density, coverage | shares; density is 1 on average for equal sets | `precision_recall`: Naeem et al. 2020, k = 5 |
//! | neighbour ratio | ratio, 1 | `neighbours`: far below 1 is copying |
//!
//! The last two rows live in the space of `feature_space`. No figure reaches its best value on faces that are merely as good as real ones:
//! beside each belongs its floor, what as many other real faces reach.

mod band_energy;
mod feature_space;
mod figures;
mod likelihood;
mod neighbours;
mod precision_recall;
mod pyramid;
mod reconstruction;
mod sort;
mod wasserstein;

pub use band_energy::{BandDeviation, band_deviations, band_energy};
pub use feature_space::{FeatureSpace, Features, kth_nearest, squared_distance};
pub use figures::{Evaluation, LevelFigures, LikelihoodFigures, ReconstructionFigures, SampleFigures, SetFigures, WayBackFigures};
pub use likelihood::{
    CurvePoint, Likelihood, LikelihoodCurve, LikelihoodError, MOST_AXES, ProbabilisticPca, bits_per_dim_of, hold_out, likelihood_curve,
};
pub use neighbours::{TrainingNeighbours, median};
pub use precision_recall::{NEAREST, PrecisionRecall, precision_recall};
#[cfg(test)]
pub use pyramid::levels_down_to;
pub use pyramid::{doubling, halving, level_sizes};
pub use reconstruction::{FaceError, WINDOW, face_errors, mean_error};
pub use wasserstein::{Distances, LevelDistances, PATCH_LEN, Patches, distances, sliced_wasserstein};

/// What the tests measure: the same integer formulas as in `scripts/metrics-reference`, and synthetic faces.
#[cfg(test)]
mod formula {
    use super::Features;
    use crate::data::Faces;
    use crate::data::synth::FaceFactors;

    /// One byte for each picture, row, column and channel.
    fn faces(first: usize, count: usize, size: usize, byte: impl Fn(usize, usize, usize, usize) -> usize) -> Faces {
        let mut pixels = Vec::with_capacity(count * size * size * 3);
        for at in 0..count * size * size * 3 {
            let (n, y, x, c) = (first + at / (size * size * 3), at / (size * 3) % size, at / 3 % size, at % 3);
            pixels.push(u8::try_from(byte(n, y, x, c)).unwrap());
        }
        Faces::new(size, pixels)
    }

    /// Stripes of their own for each picture, and a texture over them.
    pub fn pictures(first: usize, count: usize, size: usize) -> Faces {
        faces(first, count, size, |n, y, x, c| {
            let stripes = (y * (n % 7 + 1) * 3 + x * 5 + c * 40 + n * 11) % 160;
            let texture = (n * n * 79 + (y * 31 + x * 17 + c * 11) * (n + 3) + x * y * (n + 5)) % 97;
            stripes + texture
        })
    }

    /// Three parts of the first, one of the second, rounded down.
    pub fn mixed(originals: &Faces, others: &Faces) -> Faces {
        let pairs = originals.pixels().iter().zip(others.pixels());
        Faces::new(originals.size(), pairs.map(|(a, b)| ((3 * u32::from(*a) + u32::from(*b)) / 4) as u8).collect())
    }

    /// Points with coordinates in [0, 1).
    pub fn points(seed: usize, count: usize, dim: usize) -> Features {
        let number = |i: usize, j: usize| (i * i * 83 + j * j * 57 + i * j * 29 + i * 131 + j * 17 + seed * 977) % 9973;
        Features::new(dim, (0..count * dim).map(|at| number(at / dim, at % dim) as f32 / 9973.0).collect())
    }

    /// Synthetic faces of a seed.
    pub fn synthetic(seed: u64, count: u64, size: usize) -> Faces {
        Faces::new(size, (0..count).flat_map(|index| FaceFactors::random(seed, index).draw(size)).collect())
    }
}

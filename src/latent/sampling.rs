//! Seeded samples of the standard normal in sigma units.
//!
//! Owns the random numbers of sampling: ChaCha, so that a seed means the same face on every machine.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::Latent;

/// Draws latents one after another from a seed; the n-th draw depends on the seed and n only.
pub struct LatentSampler {
    random: ChaCha8Rng,
    truncation: f32,
}

impl LatentSampler {
    /// `truncation` multiplies sigma: 1 is the model's Gaussian, 0 the mean.
    pub fn new(seed: u64, truncation: f32) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(seed), truncation }
    }

    /// The next latent, with `dim` axes.
    pub fn sample(&mut self, dim: usize) -> Latent {
        let mut normal = || -> f32 { StandardNormal.sample(&mut self.random) };
        Latent((0..dim).map(|_| normal() * self.truncation).collect())
    }
}

/// The distance from the mean, in sigma units, around which the standard normal in `dim` dimensions lies: E|z|.
///
/// From the mean of the chi distribution, sqrt(2) Gamma((k+1)/2) / Gamma(k/2), by its expansion
/// sqrt(k) (1 - 1/4k + 1/32k^2), which is right to 2 % for one axis and far better beyond.
pub fn typical_radius(dim: usize) -> f32 {
    let k = dim as f64;
    if dim == 0 { 0.0 } else { (k.sqrt() * (1.0 - 1.0 / (4.0 * k) + 1.0 / (32.0 * k * k))) as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_means_the_same_latents() {
        let draw = |seed| LatentSampler::new(seed, 1.0).sample(16);
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        let mut sampler = LatentSampler::new(7, 1.0);
        assert_ne!(sampler.sample(16), sampler.sample(16), "successive draws differ");
    }

    #[test]
    fn truncation_multiplies() {
        let (full, half) = (LatentSampler::new(3, 1.0).sample(8), LatentSampler::new(3, 0.5).sample(8));
        assert_eq!(full.scaled(0.5), half);
    }

    #[test]
    fn samples_lie_around_the_typical_radius() {
        for dim in [1, 2, 16, 128] {
            let mut sampler = LatentSampler::new(1, 1.0);
            let mean = (0..4000).map(|_| f64::from(sampler.sample(dim).radius())).sum::<f64>() / 4000.0;
            assert!((mean / f64::from(typical_radius(dim)) - 1.0).abs() < 0.04, "{dim} axes: {mean}");
        }
    }
}

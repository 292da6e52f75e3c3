//! Whatever draws codes that a model makes faces of: its own Gaussian, a mixture of its codes, or what comes.

use super::{LatentFrame, LatentSampler};

/// Draws codes one after another; the n-th draw depends on the seed and n only.
pub trait CodeSampler {
    /// The next code, `[D]`.
    fn code(&mut self) -> Vec<f32>;

    /// The next `count` codes, row-major [N, D].
    fn codes(&mut self, count: usize) -> Vec<f32> {
        (0..count).flat_map(|_| self.code()).collect()
    }
}

/// Draws codes from a model's Gaussian: a standard normal along its axes.
pub struct GaussianSampler<'a> {
    frame: &'a LatentFrame,
    latents: LatentSampler,
}

impl<'a> GaussianSampler<'a> {
    /// `truncation` multiplies sigma: 1 is the model's Gaussian, 0 the mean.
    pub fn new(frame: &'a LatentFrame, seed: u64, truncation: f32) -> Self {
        Self { frame, latents: LatentSampler::new(seed, truncation) }
    }
}

impl CodeSampler for GaussianSampler<'_> {
    fn code(&mut self) -> Vec<f32> {
        self.frame.to_code(&self.latents.sample(self.frame.dim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latent::{GaussianMixture, MixtureSampler};

    #[test]
    fn codes_are_drawn_in_order_whatever_draws_them() {
        let frame = LatentFrame::diagonal(vec![2.0, 1.0], vec![0.5, 0.5]).unwrap();
        let mixture = GaussianMixture::from_parts(&[1.0], &[1.0, -2.0], &[2.0, 0.0, 0.5, 1.0]).unwrap();
        let gaussian = || GaussianSampler::new(&frame, 3, 1.0);
        let of_mixture = || MixtureSampler::new(&mixture, 3, 1.0);
        let pairs: [[Box<dyn CodeSampler + '_>; 2]; 2] =
            [[Box::new(gaussian()), Box::new(gaussian())], [Box::new(of_mixture()), Box::new(of_mixture())]];
        for [mut at_once, mut one_by_one] in pairs {
            let codes = at_once.codes(3);
            assert_eq!(codes, (0..3).flat_map(|_| one_by_one.code()).collect::<Vec<f32>>());
            assert_ne!(codes[..2], codes[2..4], "successive draws differ");
        }
        let latent = LatentSampler::new(3, 1.0).sample(2);
        assert_eq!(gaussian().code(), frame.to_code(&latent), "as latents are drawn from the same seed");
    }
}

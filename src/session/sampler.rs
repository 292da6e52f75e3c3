//! What random faces are drawn from: the Gaussian of the axes, or the mixture of Gaussians that an autoencoder may have.
//!
//! Owns the choice, and the mixture of a model in the frame of its sliders. Seed and truncation are the steering's business.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::latent::{CodeSampler, GaussianMixture, Latent, LatentFrame, MixtureSampler};
use crate::models::{MixtureWeights, StoredModel};

/// What random faces are drawn from.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub enum SamplerChoice {
    /// One normal distribution, along every axis.
    #[default]
    Gaussian,
    /// The mixture of Gaussians that the open model has of its codes; the Gaussian where it has none.
    Mixture,
}

/// The mixture of a model, and the frame that its codes become latents by.
#[derive(Clone, Debug)]
pub(super) struct LatentMixture {
    mixture: Arc<GaussianMixture>,
    frame: LatentFrame,
}

impl LatentMixture {
    /// The mixture among the weights of a model; `None` where there is none, or none that could be drawn from.
    pub(super) fn of(stored: &StoredModel) -> Option<Self> {
        let mixture = stored.weights.mixture(stored.frame.code_dim()).ok()??;
        Some(Self { mixture: Arc::new(mixture), frame: stored.frame.clone() })
    }

    /// The face that `facefield sample --sampler mixture` draws first for this seed and truncation.
    pub(super) fn first_sample(&self, seed: u64, truncation: f32) -> Latent {
        self.frame.to_latent(&MixtureSampler::new(&self.mixture, seed, truncation).code())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::models::Weights;

    /// Two Gaussians of codes with two numbers.
    fn gaussians() -> GaussianMixture {
        let factors = [1.0, 0.0, 0.5, 0.25, 2.0, 0.0, -0.5, 0.5];
        GaussianMixture::from_parts(&[0.25, 0.75], &[4.0, 0.0, -2.0, -1.0], &factors).unwrap()
    }

    /// A model with that mixture, and a frame that turns, stretches and moves.
    fn model() -> StoredModel {
        let axes = vec![0.6, 0.8, -0.8, 0.6];
        let frame = LatentFrame::rotated(vec![1.0, -2.0], axes, vec![3.0, 0.5], vec![0.9, 0.1]).unwrap();
        let mut weights = Weights::default();
        weights.insert_mixture(&gaussians());
        StoredModel { frame, weights: Arc::new(weights), ..StoredModel::embedded().unwrap() }
    }

    /// A mixture for two axes.
    pub(in crate::session) fn mixture() -> LatentMixture {
        LatentMixture::of(&model()).unwrap()
    }

    #[test]
    fn a_sample_is_the_face_that_the_command_line_draws_first_whatever_the_axes() {
        let turned = model();
        let raw = StoredModel { frame: turned.frame.unrotated(), ..turned.clone() };
        for (seed, truncation) in [(1, 1.0), (7, 0.5), (11, 0.0)] {
            let code = MixtureSampler::new(&gaussians(), seed, truncation).code();
            for stored in [&turned, &raw] {
                let latent = LatentMixture::of(stored).unwrap().first_sample(seed, truncation);
                let back = stored.frame.to_code(&latent);
                assert!(back.iter().zip(&code).all(|(a, b)| (a - b).abs() < 1e-5), "seed {seed}: {back:?} instead of {code:?}");
            }
        }
    }

    #[test]
    fn a_model_without_a_mixture_or_with_a_broken_one_has_none() {
        assert!(LatentMixture::of(&StoredModel::embedded().unwrap()).is_none());
        let mut other = model();
        other.frame = LatentFrame::diagonal(vec![1.0; 3], vec![0.3; 3]).unwrap();
        assert!(LatentMixture::of(&other).is_none(), "a mixture for codes of another length");
    }
}

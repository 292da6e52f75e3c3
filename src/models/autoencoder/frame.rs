//! The latent frame of an autoencoder, as it stands in weights.

use crate::latent::{FrameError, LatentFrame};
use crate::models::weights::WeightError;
use crate::models::{FrameWeights, ModelHeader, Weights};

/// Reads the frame of an autoencoder from its weights.
///
/// # Errors
/// [`WeightError`] where a tensor is missing or has another shape; inside, [`FrameError`] where a sigma is not positive.
pub fn frame(header: &ModelHeader, weights: &Weights) -> Result<Result<LatentFrame, FrameError>, WeightError> {
    weights.frame(header.latent_dim, header.latent_dim)
}

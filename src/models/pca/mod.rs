//! Principal component analysis: a Gaussian with a linear decoder.
//!
//! Owns the model and its fit. Pixels are in [0, 1] here, and so are errors and variances.

mod fit;
mod model;

use super::weights::WeightError;
use super::{ModelHeader, ModelKind, Weights};
use crate::latent::{FrameError, LatentFrame};

pub use fit::{FitError, PcaFit, fit};
pub use model::PcaModel;

/// Reads the frame of a PCA from its weights: diagonal, as its codes are the coordinates along its axes.
///
/// # Errors
/// [`WeightError`] where a tensor is missing or has another shape; inside, [`FrameError`] where a sigma is not positive.
pub fn frame(header: &ModelHeader, weights: &Weights) -> Result<Result<LatentFrame, FrameError>, WeightError> {
    let dim = header.latent_dim;
    weights.get("mean", &[header.size, header.size, 3])?;
    weights.get("axes", &[dim, header.size, header.size, 3])?;
    let sigma = weights.get("sigma", &[dim])?.to_vec();
    let ratio = weights.get("explained_variance_ratio", &[dim])?.to_vec();
    Ok(LatentFrame::diagonal(sigma, ratio))
}

/// The header of a PCA of faces of `size` x `size` pixels, as it was fitted.
pub fn header(name: String, size: usize, fitted: &PcaFit, origin: String, licence: String) -> ModelHeader {
    let (latent_dim, faces) = (fitted.variances.len(), fitted.faces);
    let noise_variance = Some(fitted.noise_variance);
    ModelHeader { name, kind: ModelKind::Pca, size, latent_dim, faces, origin, licence, noise_variance, network: None, training: None }
}

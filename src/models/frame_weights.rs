//! How a rotated frame stands among a model's weights: `latent.mean`, `latent.axes`, `latent.sigma`,
//! `latent.explained_variance_ratio`.
//!
//! Always in single precision: it is small, and everything on screen is measured in it.

use super::weights::{Precision, WeightError, Weights};
use crate::latent::{FrameError, LatentFrame};

const MEAN: &str = "latent.mean";
const AXES: &str = "latent.axes";
const SIGMA: &str = "latent.sigma";
const RATIO: &str = "latent.explained_variance_ratio";

/// A frame among weights.
pub trait FrameWeights {
    /// Adds the frame.
    fn insert_frame(&mut self, frame: &LatentFrame);

    /// Reads a frame of `dim` axes K for codes of `code_dim` numbers D.
    ///
    /// # Errors
    /// [`WeightError`] where a tensor is missing or has another shape; inside, [`FrameError`] where a sigma is not positive.
    fn frame(&self, dim: usize, code_dim: usize) -> Result<Result<LatentFrame, FrameError>, WeightError>;
}

impl FrameWeights for Weights {
    fn insert_frame(&mut self, frame: &LatentFrame) {
        let (dim, code_dim) = (frame.dim(), frame.code_dim());
        let axes = (0..dim).flat_map(|axis| frame.axis(axis)).collect();
        self.insert(MEAN, &[code_dim], frame.mean().to_vec(), Precision::Single);
        self.insert(AXES, &[dim, code_dim], axes, Precision::Single);
        self.insert(SIGMA, &[dim], frame.sigma().to_vec(), Precision::Single);
        self.insert(RATIO, &[dim], frame.explained_variance_ratio().to_vec(), Precision::Single);
    }

    fn frame(&self, dim: usize, code_dim: usize) -> Result<Result<LatentFrame, FrameError>, WeightError> {
        let (mean, axes) = (self.get(MEAN, &[code_dim])?, self.get(AXES, &[dim, code_dim])?);
        let (sigma, ratio) = (self.get(SIGMA, &[dim])?, self.get(RATIO, &[dim])?);
        Ok(LatentFrame::rotated(mean.to_vec(), axes.to_vec(), sigma.to_vec(), ratio.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_survives_the_round_trip() {
        let frame = LatentFrame::rotated(vec![1.0, -2.0], vec![0.6, 0.8, -0.8, 0.6], vec![3.0, 0.5], vec![0.9, 0.1]).unwrap();
        let mut weights = Weights::default();
        weights.insert_frame(&frame);
        let read = Weights::from_safetensors(&weights.to_safetensors()).unwrap();
        assert_eq!(read.frame(2, 2).unwrap().unwrap(), frame);
        assert!(read.frame(3, 2).is_err(), "another shape is refused");
    }
}

//! How a Gaussian mixture of the codes stands among a model's weights: `mixture.weights` `[M]`, `mixture.means` [M, D],
//! `mixture.factors` [M, D, D] (lower Cholesky factors of the covariances).
//!
//! Always in single precision, as the frame is. Models may lack one: those that were written before there were mixtures, and
//! those whose codes nobody has fitted one to.

use super::weights::{Precision, WeightError, Weights};
use crate::latent::{GaussianMixture, MixtureError};

const WEIGHTS: &str = "mixture.weights";
const MEANS: &str = "mixture.means";
const FACTORS: &str = "mixture.factors";

/// Why the mixture among weights cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MixtureWeightError {
    /// A tensor is missing or has another shape.
    #[error(transparent)]
    Weight(#[from] WeightError),
    /// Its numbers make no mixture.
    #[error(transparent)]
    Mixture(#[from] MixtureError),
}

/// A mixture among weights.
pub trait MixtureWeights {
    /// Adds the mixture.
    fn insert_mixture(&mut self, mixture: &GaussianMixture);

    /// Reads the mixture for codes of `code_dim` numbers D; `None` where there is none.
    ///
    /// # Errors
    /// [`MixtureWeightError`] where only a part of it is there, or where it has another shape or makes no mixture.
    fn mixture(&self, code_dim: usize) -> Result<Option<GaussianMixture>, MixtureWeightError>;

    /// Whether all but the mixture is the same: a mixture of one is one of the other as well.
    fn agree_beside_mixture(&self, other: &Self) -> bool;
}

impl MixtureWeights for Weights {
    fn insert_mixture(&mut self, mixture: &GaussianMixture) {
        let (components, dim) = (mixture.components(), mixture.dim());
        self.insert(WEIGHTS, &[components], mixture.weights(), Precision::Single);
        self.insert(MEANS, &[components, dim], mixture.means(), Precision::Single);
        self.insert(FACTORS, &[components, dim, dim], mixture.factors(), Precision::Single);
    }

    fn mixture(&self, code_dim: usize) -> Result<Option<GaussianMixture>, MixtureWeightError> {
        if [WEIGHTS, MEANS, FACTORS].iter().all(|name| self.shape(name).is_none()) {
            return Ok(None);
        }
        let components = self.values(WEIGHTS).len();
        let weights = self.get(WEIGHTS, &[components])?;
        let means = self.get(MEANS, &[components, code_dim])?;
        let factors = self.get(FACTORS, &[components, code_dim, code_dim])?;
        Ok(Some(GaussianMixture::from_parts(weights, means, factors)?))
    }

    fn agree_beside_mixture(&self, other: &Self) -> bool {
        let is_other = |name: &&str| ![WEIGHTS, MEANS, FACTORS].contains(name);
        let same = |name: &str| self.shape(name) == other.shape(name) && self.values(name) == other.values(name);
        self.names().filter(is_other).eq(other.names().filter(is_other)) && self.names().filter(is_other).all(same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixture() -> GaussianMixture {
        let factors = [2.0, 0.0, 0.5, 1.0, 0.25, 0.0, -1.0, 3.0];
        GaussianMixture::from_parts(&[0.25, 0.75], &[1.0, -2.0, 8.0, 4.0], &factors).unwrap()
    }

    #[test]
    fn a_mixture_survives_the_round_trip() {
        let mut weights = Weights::default();
        assert!(weights.mixture(2).unwrap().is_none(), "older models have none");
        weights.insert_mixture(&mixture());
        let read = Weights::from_safetensors(&weights.to_safetensors()).unwrap().mixture(2).unwrap().unwrap();
        assert_eq!(read.weights(), mixture().weights());
        assert_eq!((read.means(), read.factors()), (mixture().means(), mixture().factors()));
        assert_eq!(read.log_density(&[1.5, 0.5]), mixture().log_density(&[1.5, 0.5]));
    }

    #[test]
    fn weights_agree_beside_their_mixtures() {
        let mut plain = Weights::default();
        plain.insert("decoder", &[2], vec![1.0, 2.0], Precision::Single);
        let mut fitted = plain.clone();
        fitted.insert_mixture(&mixture());
        assert!(plain != fitted && plain.agree_beside_mixture(&fitted) && fitted.agree_beside_mixture(&plain));
        let mut other = fitted.clone();
        other.insert("decoder", &[2], vec![1.0, 2.5], Precision::Single);
        assert!(!plain.agree_beside_mixture(&other));
        fitted.insert("more", &[1], vec![0.0], Precision::Single);
        assert!(!plain.agree_beside_mixture(&fitted) && !fitted.agree_beside_mixture(&plain));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let mut weights = Weights::default();
        weights.insert_mixture(&mixture());
        let message = weights.mixture(3).unwrap_err().to_string();
        assert!(message.contains("`mixture.means`") && message.contains("[2, 3]"), "{message}");
        let mut part = Weights::default();
        part.insert(MEANS, &[2, 2], vec![0.0; 4], Precision::Single);
        assert!(part.mixture(2).unwrap_err().to_string().contains("`mixture.weights`"), "a part of it is no mixture");
        weights.insert(FACTORS, &[2, 2, 2], vec![0.0; 8], Precision::Single);
        assert!(matches!(weights.mixture(2), Err(MixtureWeightError::Mixture(_))));
    }
}

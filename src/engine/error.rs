//! Why the engine could not do what it was asked.

use super::evaluate::EvaluateError;
use super::inverter_fit_error::InverterFitError;
use super::mixture_fit_error::MixtureFitError;
use crate::backend::DeviceError;
use crate::data::DataError;
use crate::metrics::LikelihoodError;
use crate::models::pca::FitError;
use crate::models::{ModelError, WeightError};
use crate::progress::Cancelled;
use crate::training::{AverageError, TrainingError};
use crate::video::VideoError;

/// Why the engine could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The device that was asked for is not there.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A model cannot be opened or stored.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Faces or pictures cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// PCA cannot be fitted.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// Models cannot be judged by these faces.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// A model cannot have a mixture of its codes, or not of these faces.
    #[error(transparent)]
    Mixture(#[from] MixtureFitError),
    /// No encoder can be trained beside a model, or not measured with these faces.
    #[error(transparent)]
    Inverter(#[from] InverterFitError),
    /// A model finds no codes of pictures.
    #[error("{model} has no encoder")]
    NoWayBack {
        /// The model.
        model: String,
    },
    /// There is no likelihood of faces.
    #[error(transparent)]
    Likelihood(LikelihoodError),
    /// A training cannot begin or go on.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// A run has no such average.
    #[error(transparent)]
    Average(#[from] AverageError),
    /// A video cannot be written.
    #[error(transparent)]
    Video(#[from] VideoError),
    /// The device's memory does not hold a training step.
    #[error("a batch of {batch} needs about {needed_mib} MiB, and {device} has {available_mib} MiB. {advice}")]
    Memory {
        /// Pictures in the batch.
        batch: usize,
        /// What it needs.
        needed_mib: u64,
        /// What there is.
        available_mib: u64,
        /// The device.
        device: String,
        /// What would fit.
        advice: String,
    },
    /// The same at one of the sizes that a network grows through.
    #[error("at {size} x {size} pixels {source}")]
    MemoryOfStage {
        /// The size that needs most.
        size: usize,
        /// What it needs.
        source: Box<Self>,
    },
    /// The program, or a driver that it asked, broke off.
    #[error("a fault of the program, or of a driver that it asked ({0})")]
    Fault(String),
    /// The user asked to stop.
    #[error("{0}")]
    Cancelled(#[from] Cancelled),
    /// A model in memory lacks weights that its kind needs.
    #[error("the model {name} cannot be used: {source}")]
    Weights {
        /// The model's name.
        name: String,
        /// What is wrong with them.
        source: WeightError,
    },
}

impl From<LikelihoodError> for EngineError {
    fn from(error: LikelihoodError) -> Self {
        match error {
            // A cancelled fit is known by its own error.
            LikelihoodError::Fit(error) => Self::Fit(error),
            error => Self::Likelihood(error),
        }
    }
}

//! What is asked of the job that judges models, and why it may be refused.

use std::path::PathBuf;

use crate::data::SplitChoice;
use crate::engine::OtherSize;
use crate::models::PlacedModel;

/// Faces whose way back is measured, where nothing else is asked for.
pub const INVERTED: usize = 32;

/// Judges models.
#[derive(Clone, Debug)]
pub struct Evaluate {
    /// The models, in the order of the results.
    pub models: Vec<PlacedModel>,
    /// The face cache with the faces to judge by.
    pub data: PathBuf,
    /// Which of them; by default those marked for validation where there are any, else those for testing, else all.
    pub split: Option<SplitChoice>,
    /// The face cache with the faces that the models were trained on; by default the training faces of `data`.
    pub train: Option<PathBuf>,
    /// Of the samples, and of the patches and directions that they are compared along.
    pub seed: u64,
    /// Whether models of smaller faces are judged by the faces resized to theirs. They are refused otherwise, and larger ones always are.
    pub resize: bool,
    /// Whether figures that a model's folder keeps for exactly this job are taken from there. Those that are computed are kept either way.
    pub reuse: bool,
    /// So many faces go there and back through every model: through its encoder, or by inversion of its generator; 0 leaves that out.
    pub invert: usize,
}

/// Why models cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// A model makes faces of another size.
    #[error(transparent)]
    Size(#[from] OtherSize),
    /// The training faces have another size than those to judge by.
    #[error("the training faces in {train} have {train_size} pixels, and those in {data} have {size}. Import both at one size",
        train = .train.display(), data = .data.display())]
    TrainingSize {
        /// The face cache with the training faces.
        train: PathBuf,
        /// Their size.
        train_size: usize,
        /// The face cache with the faces to judge by.
        data: PathBuf,
        /// The size of the faces there.
        size: usize,
    },
}

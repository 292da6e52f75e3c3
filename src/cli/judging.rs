//! The options of whatever judges models: which models, and beside which faces.

use std::path::PathBuf;

use clap::Args;

use crate::engine::INVERTED;
use crate::models::{ModelError, PlacedModel, catalog};

/// Which models are judged, and beside which faces.
#[derive(Debug, Args)]
pub struct JudgingArgs {
    /// The models: folders, or names such as pca-celeba64.
    #[arg(required = true, value_name = "MODEL")]
    models: Vec<String>,
    /// The face cache with faces that the models were not trained on.
    #[arg(long, value_name = "FACES.safetensors")]
    pub data: PathBuf,
    /// The face cache with the faces that the models were trained on, for floor, neighbours and feature space [default: the training
    /// faces of --data].
    #[arg(long, value_name = "FACES.safetensors")]
    pub train: Option<PathBuf>,
    /// Seed of the samples, and of the patches and directions that they are compared along.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// How many faces go there and back.
#[derive(Clone, Copy, Debug, Args)]
pub struct InvertArgs {
    /// So many of the faces, the first ones, go there and back through every model: through its encoder, or, for a GAN, by a search for
    /// the place of each; 0 leaves that out.
    #[arg(long, default_value_t = INVERTED, value_name = "N")]
    pub invert: usize,
}

impl JudgingArgs {
    /// The models, in the order given.
    ///
    /// # Errors
    /// [`ModelError`] of the first that does not open.
    pub fn places(&self) -> Result<Vec<PlacedModel>, ModelError> {
        self.models.iter().map(|model| catalog::place(model)).collect()
    }
}

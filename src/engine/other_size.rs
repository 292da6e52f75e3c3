//! Faces that do not have the size of a model's.

use std::path::PathBuf;

use crate::words::Advice;

/// A model makes faces of another size than those that it is to be held beside.
#[derive(Debug, thiserror::Error)]
#[error(
    "the model {model} makes faces of {model_size} pixels, and those in {data} have {size}. Import the pictures {at}, or name another {other}",
    data = data.display(), at = Advice::AtSize(*model_size)
)]
pub struct OtherSize {
    /// The model.
    pub model: String,
    /// The size of its faces.
    pub model_size: usize,
    /// The face cache.
    pub data: PathBuf,
    /// The size of the faces there.
    pub size: usize,
    /// What else could be named instead: "model".
    pub other: &'static str,
}

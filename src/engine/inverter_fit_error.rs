//! Why no encoder can be trained beside a model.

use std::path::PathBuf;

use super::other_size::OtherSize;

/// Why no encoder can be trained beside a model.
#[derive(Debug, thiserror::Error)]
pub enum InverterFitError {
    /// It is no generator.
    #[error("{model} is a {kind}: it finds codes of faces by itself. Name the folder of a GAN")]
    NotInverted {
        /// The model.
        model: String,
        /// Its kind.
        kind: &'static str,
    },
    /// The model is being trained.
    #[error("{path} is being trained, and its generator changes all the time. Wait for it, or stop it first", path = .path.display())]
    Busy {
        /// The run folder.
        path: PathBuf,
    },
    /// Something of others stands where it would go.
    #[error("{path} is no encoder that facefield wrote, so it is left as it is. Move it away first", path = .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Neither the model nor the user has a folder to write to.
    #[error("{model} is part of the program, and this user has no folder for a cache. Name the folder of a GAN")]
    NoPlace {
        /// The model.
        model: String,
    },
    /// The faces have another size than those of the model.
    #[error(transparent)]
    Size(#[from] OtherSize),
}

//! Why a model cannot have a mixture of its codes.

use std::path::PathBuf;

use super::other_size::OtherSize;

/// Why a model cannot have a mixture.
#[derive(Debug, thiserror::Error)]
pub enum MixtureFitError {
    /// The codes are a mixture of one.
    #[error("{model} is a {kind}: it is one Gaussian already. Sample it as it is, or name the folder of an autoencoder")]
    OneGaussian {
        /// The model.
        model: String,
        /// Its kind.
        kind: &'static str,
    },
    /// There are no codes of faces.
    #[error("{model} is a {kind}: it has no encoder, so there are no codes to fit a mixture to. Name the folder of an autoencoder")]
    NoEncoder {
        /// The model.
        model: String,
        /// Its kind.
        kind: &'static str,
    },
    /// The model is being trained.
    #[error("{path} is being trained, and has a mixture when that ends. Wait for it, or stop it first", path = .path.display())]
    Busy {
        /// The run folder.
        path: PathBuf,
    },
    /// Something else has written the model meanwhile.
    #[error("{path} has changed while its faces were encoded; it is left as it is. Start again", path = .path.display())]
    Changed {
        /// The model's folder.
        path: PathBuf,
    },
    /// The faces have another size than those of the model.
    #[error(transparent)]
    Size(#[from] OtherSize),
    /// The codes make no mixture.
    #[error(
        "the codes of the training faces in {data} make no mixture: {faces} are too few for {dim} numbers each, or they are all alike. \
         Name the face cache that {model} was trained on",
        data = .data.display()
    )]
    Codes {
        /// The model.
        model: String,
        /// The length of its codes.
        dim: usize,
        /// The face cache.
        data: PathBuf,
        /// How many faces were encoded.
        faces: usize,
    },
}

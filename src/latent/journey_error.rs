//! Why a journey cannot be used.

use std::path::PathBuf;

/// Why a journey cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JourneyError {
    /// The file cannot be read.
    #[error("cannot read the journey {path}: {source}. Check the spelling and the permissions", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// There is no such file, and no sample of this name.
    #[error("there is no journey {path}; {advice}", path = .path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// What may have been meant, and what there is.
        advice: String,
    },
    /// The file makes no sense.
    #[error("the journey {path}: {reason}", path = .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, where, and what would be right.
        reason: String,
    },
}

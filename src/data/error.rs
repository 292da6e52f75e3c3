//! What can go wrong between pictures and the face cache.
//!
//! Owns the messages: each says what, where, and what to do.

use std::path::{Path, PathBuf};

use crate::files::FileError;

/// Why data cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A path cannot be read.
    #[error("cannot read {path}: {source}. Check the spelling and the permissions", path = .path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// An archive is none.
    #[error("{path} {reason}", path = .path.display())]
    Archive {
        /// The path.
        path: PathBuf,
        /// What it is instead, and what to do.
        reason: String,
    },
    /// What is to be written is what is read.
    #[error("{path} is both the source and the output; name another file as --out", path = .path.display())]
    OutputIsSource {
        /// The path.
        path: PathBuf,
    },
    /// There is nothing to import.
    #[error("there are no pictures (.jpg, .jpeg, .png) in {path}. Name CelebA's img_align_celeba.zip, or a folder or zip of pictures", path = .path.display())]
    NoPictures {
        /// The path.
        path: PathBuf,
    },
    /// Every picture was damaged.
    #[error("none of the {count} pictures could be read; the first: {file}: {reason}")]
    AllDamaged {
        /// How many there are.
        count: usize,
        /// The first of them.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An annotation file makes no sense.
    #[error("{file}, line {line}: {reason}. Fetch the file anew, or move it away to import without it")]
    Annotations {
        /// The file.
        file: String,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A picture cannot be used.
    #[error("{file}: {reason}")]
    Picture {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A face cache cannot be used.
    #[error("{path} is no face cache: {reason}. Make one with `facefield import` or `facefield synth`", path = .path.display())]
    Cache {
        /// The path.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file changed while it was read.
    #[error("{path} was changed by another program while it was read: {how}. Leave it as it is until this is done, and start again", path = .path.display())]
    Changed {
        /// The path.
        path: PathBuf,
        /// What tells so.
        how: String,
    },
    /// A face cache holds no faces of the split that was asked for.
    #[error("{path} holds no faces of the split `{split}`; it has {found}", path = .path.display())]
    EmptySplit {
        /// The path.
        path: PathBuf,
        /// What was asked for.
        split: &'static str,
        /// What there is.
        found: String,
    },
    /// Something cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The user asked to stop.
    #[error("stopped; nothing was written")]
    Cancelled,
}

impl DataError {
    /// For `map_err`: names what could not be read.
    pub fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Read { path, source }
    }
}

//! What can go wrong between pictures and the face cache.
//!
//! Owns the messages: each says what, where, and what to do.

use std::path::{Path, PathBuf};

use crate::files::FileError;
use crate::progress::Cancelled;
use crate::words::Advice;

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
    #[error("{path} is both the source and the output; {}", Advice::AnotherFile, path = .path.display())]
    OutputIsSource {
        /// The path.
        path: PathBuf,
    },
    /// There is nothing to import.
    #[error("there are no pictures that can be read in {path}{there}. {advice}", path = .path.display(), there = only(.instead), advice = advice(.instead))]
    NoPictures {
        /// The path.
        path: PathBuf,
        /// What there is instead, in words; empty where there is nothing.
        instead: String,
    },
    /// Pictures lie deeper than they are looked for.
    #[error("{path} holds no pictures itself, but its sub-folders do. Name one of them, such as {deeper}", path = .path.display(), deeper = .deeper.display())]
    PicturesDeeper {
        /// The folder.
        path: PathBuf,
        /// A folder below with pictures in it.
        deeper: PathBuf,
    },
    /// An archive stands where single pictures are wanted.
    #[error("{path} is an archive. Unpack it and name its pictures or their folder; only `facefield import` reads archives", path = .path.display())]
    ArchiveOfPictures {
        /// The archive.
        path: PathBuf,
    },
    /// A text is a web page.
    #[error(
        "{file} is a saved web page (HTML), not the text itself: the download was answered by a notice, often of a quota or a login. Open it in a browser to see why and fetch the file again, or move it away to import without it"
    )]
    SavedWebPage {
        /// The file.
        file: String,
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
    #[error("{0}")]
    Cancelled(#[from] Cancelled),
}

impl DataError {
    /// For `map_err`: names what could not be read.
    pub fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Read { path, source }
    }
}

fn only(instead: &str) -> String {
    if instead.is_empty() { String::new() } else { format!(": only {instead}") }
}

/// What to do where there are no pictures.
fn advice(instead: &str) -> &'static str {
    if instead.contains("behind a password") {
        "Unpack the archive with its password and name the folder"
    } else if instead.contains("packed with") {
        "Unpack the archive with another program and name the folder"
    } else if instead.contains("AVIF") || instead.contains("HEIC") || instead.contains("JPEG XL") || instead.contains("raw picture") {
        "Save the pictures as JPEG or PNG first"
    } else {
        "Name CelebA's img_align_celeba.zip, or a folder, zip or tar of pictures (JPEG, PNG, WebP, BMP, TIFF, GIF, PNM)"
    }
}

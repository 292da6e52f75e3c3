//! What is found in a source: files, where their bytes are, and the pictures among them.
//!
//! Owns names and places; finding and reading are the business of each kind of place.

use std::path::PathBuf;

/// A picture file larger than this is not read into memory.
pub const MAX_FILE_BYTES: u64 = 256 << 20;

/// A file that was found.
pub struct Found {
    /// Its path below the source, with `/` between the parts.
    pub location: String,
    /// Where its bytes are.
    pub at: At,
}

/// Where the bytes of a file are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    File(PathBuf),
    Zip {
        container: usize,
        index: usize,
    },
    Part {
        container: usize,
        start: u64,
        len: u64,
    },
    /// They were not kept, since nobody reads them.
    Nowhere,
}

/// A picture of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its file name; with its folder where the file name alone is not unique.
    pub name: String,
    /// Its path below the source.
    pub location: String,
    /// Where its bytes are.
    pub at: At,
}

impl Entry {
    /// The picture in a file, under its file name.
    pub fn new(found: Found) -> Self {
        Self { name: base_name(&found.location).to_owned(), location: found.location, at: found.at }
    }
}

/// The file name at the end of a location.
pub fn base_name(location: &str) -> &str {
    location.rsplit('/').next().unwrap_or(location)
}

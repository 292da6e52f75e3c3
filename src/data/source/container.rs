//! Files that hold other files, as a source keeps them open.
//!
//! Owns which kinds there are; what lies inside is the business of `zip`, `tar` and `parquet`.

use super::shared_file::SharedFile;
use super::zip;

/// What holds more than one file.
pub enum Container {
    Zip(zip::Archive),
    /// Files one after another, which others know the places of.
    Parts(SharedFile),
}

//! What tells that a file was written anew, without reading it.

use std::path::Path;
use std::time::SystemTime;

use crate::models::{HEADER, WEIGHTS};

/// Length in bytes, and when it was written last.
pub(super) type Stamp = (u64, SystemTime);

/// That of a file; `None` where there is none.
pub(super) fn stamp(file: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.len(), metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH)))
}

/// That of the model in a folder. Where its files come one after the other, the first of them alone is no model yet.
pub(super) fn model_stamp(folder: &Path) -> Option<[Stamp; 2]> {
    Some([stamp(&folder.join(HEADER))?, stamp(&folder.join(WEIGHTS))?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_there_once_both_of_its_files_are() {
        let place = tempfile::tempdir().unwrap();
        assert_eq!(model_stamp(place.path()), None);
        std::fs::write(place.path().join(WEIGHTS), "weights").unwrap();
        assert_eq!(model_stamp(place.path()), None);
        std::fs::write(place.path().join(HEADER), "header").unwrap();
        let before = model_stamp(place.path()).unwrap();
        assert_eq!(before.map(|(length, _)| length), [6, 7]);
        std::fs::write(place.path().join(WEIGHTS), "other weights").unwrap();
        assert_ne!(model_stamp(place.path()), Some(before));
    }
}

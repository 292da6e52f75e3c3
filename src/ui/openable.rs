//! What file dialogs take for something to open: a folder with a model or a run in it counts as one thing, every other folder as a way on.
//!
//! Owns that `Open` is off until something fits. A dialog refuses folders only where it picks files, so those that fit are shown to it as
//! files; all that is asked of the disk beside that goes there as it is.

use std::io::Result;
use std::path::{Path, PathBuf};

use egui_file_dialog::{Disks, FileSystem, Metadata, NativeFileSystem, UserDirectories};

/// Whether a folder looks like a model or a run; whether it can be opened is found out as it is.
pub fn is_openable(path: &Path) -> bool {
    ["model.ron", "run.ron"].iter().any(|header| path.join(header).is_file())
}

/// The files of this machine, on which folders that can be opened are files.
pub struct OpenableFolders;

impl FileSystem for OpenableFolders {
    fn metadata(&self, path: &Path) -> Result<Metadata> {
        NativeFileSystem.metadata(path)
    }

    fn is_dir(&self, path: &Path) -> bool {
        NativeFileSystem.is_dir(path) && !is_openable(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        NativeFileSystem.is_file(path) || is_openable(path)
    }

    fn read_dir(&self, path: &Path) -> Result<Vec<PathBuf>> {
        NativeFileSystem.read_dir(path)
    }

    fn get_disks(&self, canonicalize_paths: bool) -> Disks {
        NativeFileSystem.get_disks(canonicalize_paths)
    }

    fn is_path_hidden(&self, path: &Path) -> bool {
        NativeFileSystem.is_path_hidden(path)
    }

    fn create_dir(&self, path: &Path) -> Result<()> {
        NativeFileSystem.create_dir(path)
    }

    fn user_dirs(&self, canonicalize_paths: bool) -> Option<UserDirectories> {
        NativeFileSystem.user_dirs(canonicalize_paths)
    }

    fn current_dir(&self) -> Result<PathBuf> {
        NativeFileSystem.current_dir()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_can_be_opened_are_picked_and_all_others_lead_on() {
        let place = tempfile::tempdir().unwrap();
        for (folder, file) in [("run", "run.ron"), ("model", "model.ron"), ("other", "notes.txt")] {
            std::fs::create_dir(place.path().join(folder)).unwrap();
            std::fs::write(place.path().join(folder).join(file), "").unwrap();
        }
        let of = |name: &str| {
            let path = place.path().join(name);
            (OpenableFolders.is_file(&path), OpenableFolders.is_dir(&path))
        };
        assert_eq!(["run", "model", "other", "nowhere"].map(of), [(true, false), (true, false), (false, true), (false, false)]);
        assert_eq!(of("other/notes.txt"), (true, false));
        assert!(!is_openable(&place.path().join("other/notes.txt")), "a file is not offered where folders are opened");
        assert!(!is_openable(&place.path().join("other")));
    }
}

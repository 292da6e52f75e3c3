//! The files of a folder and its sub-folders.
//!
//! Owns links (a linked folder is entered once, and none leads back above where it stands), folders that may not be entered, and
//! files that are none.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::entry::{At, Found};
use super::left_out::LeftOuts;
use crate::data::DataError;

/// Lists the files of a folder.
///
/// # Errors
/// [`DataError::Read`] where the folder itself cannot be read.
pub fn list(folder: &Path, left_out: &mut LeftOuts) -> Result<Vec<Found>, DataError> {
    let whole = fs::canonicalize(folder).map_err(DataError::read(folder))?;
    let entries = fs::read_dir(folder).map_err(DataError::read(folder))?;
    let mut listing = Listing { found: Vec::new(), entered: HashSet::from([whole.clone()]), links: Vec::new(), left_out };
    listing.take(entries, "");
    // Links come last, so that what is there by itself keeps its own names.
    while let Some((path, location)) = listing.links.pop() {
        let Ok(target) = fs::canonicalize(&path) else { continue };
        if whole.starts_with(&target) {
            listing.left_out.add("link to a folder above", &location);
        } else if !listing.enter(&path, &location, target) {
            listing.left_out.add("link to a folder that was read already", &location);
        }
    }
    Ok(listing.found)
}

struct Listing<'a> {
    found: Vec<Found>,
    /// Folders that were entered, by their own path.
    entered: HashSet<PathBuf>,
    /// Linked folders that are still to be entered, with their locations.
    links: Vec<(PathBuf, String)>,
    left_out: &'a mut LeftOuts,
}

impl Listing<'_> {
    /// Enters a folder that is known as `target`; false where it was entered before.
    fn enter(&mut self, path: &Path, location: &str, target: PathBuf) -> bool {
        if !self.entered.insert(target) {
            return false;
        }
        match fs::read_dir(path) {
            Ok(entries) => self.take(entries, &format!("{location}/")),
            Err(error) => {
                let reason = match error.kind() {
                    std::io::ErrorKind::PermissionDenied => "folder that may not be entered",
                    _ => "folder that cannot be read",
                };
                self.left_out.add(reason, location);
            }
        }
        true
    }

    fn take(&mut self, entries: fs::ReadDir, prefix: &str) {
        for entry in entries {
            let Ok(entry) = entry else {
                self.left_out.add("folder that cannot be read to its end", prefix.trim_end_matches('/'));
                return;
            };
            // A name that is no Unicode is shown as well as can be; the file is read by its own name.
            let location = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                match fs::canonicalize(&path) {
                    Ok(target) => _ = self.enter(&path, &location, target),
                    Err(_) => self.left_out.add("folder that may not be entered", &location),
                }
            } else if kind.is_file() {
                self.found.push(Found { location, at: At::File(path) });
            } else if kind.is_symlink() {
                match fs::metadata(&path) {
                    Ok(target) if target.is_dir() => self.links.push((path, location)),
                    Ok(target) if target.is_file() => self.found.push(Found { location, at: At::File(path) }),
                    Ok(_) => self.left_out.add("device, pipe or socket", &location),
                    Err(_) => self.left_out.add("link that leads nowhere", &location),
                }
            } else {
                self.left_out.add("device, pipe or socket", &location);
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn linked_folders_are_entered_once_and_loops_end() {
        use std::os::unix::fs::symlink;
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        for folder in ["named/own", "elsewhere"] {
            fs::create_dir_all(path(folder)).unwrap();
            fs::write(path(folder).join("1.jpg"), "").unwrap();
        }
        for (target, link) in [
            ("..", "named/above"),
            ("own", "named/again"),
            ("../elsewhere", "named/x"),
            ("../elsewhere", "named/y"),
            ("none", "named/no.jpg"),
        ] {
            symlink(target, path(link)).unwrap();
        }
        symlink("../named", path("elsewhere/back")).unwrap();
        symlink("../named/own/1.jpg", path("elsewhere/2.jpg")).unwrap();
        let mut left_out = LeftOuts::default();
        let mut names: Vec<String> = list(&path("named"), &mut left_out).unwrap().into_iter().map(|found| found.location).collect();
        names.sort();
        let linked = if names.contains(&"x/1.jpg".to_owned()) { "x" } else { "y" };
        assert_eq!(names, ["own/1.jpg".to_owned(), format!("{linked}/1.jpg"), format!("{linked}/2.jpg")]);
        let counts: Vec<(&str, usize)> = left_out.0.iter().map(|known| (known.reason.as_str(), known.count)).collect();
        assert!(counts.contains(&("link that leads nowhere", 1)), "{counts:?}");
        assert_eq!(counts.iter().map(|(_, count)| count).sum::<usize>(), 5, "{counts:?}");
    }
}

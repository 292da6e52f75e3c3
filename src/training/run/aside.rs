//! What cannot be read is set aside: it keeps its content under another name beside it, where nothing lists, prunes or replaces it.

use std::path::{Path, PathBuf};

use crate::files::FileError;

/// Stands at the end of the stem of what was set aside.
const MARK: &str = "-unreadable";

/// Renames a file or folder so that it is kept and no longer taken for what its name said: `000000200-unreadable`,
/// `curves-unreadable.csv`, with a number behind it where that is taken. Returns where it stands now.
///
/// # Errors
/// [`FileError`] where the folder cannot be written; it stays where it was then.
pub fn set_aside(path: &Path) -> Result<PathBuf, FileError> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().map(|ending| format!(".{}", ending.to_string_lossy())).unwrap_or_default();
    let names = (1..).map(|n| if n == 1 { format!("{stem}{MARK}{ending}") } else { format!("{stem}{MARK}-{n}{ending}") });
    let to = names.map(|name| path.with_file_name(name)).find(|to| !taken(to)).expect("there is always another number");
    std::fs::rename(path, &to).map_err(FileError::io("set aside", path))?;
    Ok(to)
}

fn taken(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// Whether a name is one that [`set_aside`] gives.
pub fn is_set_aside(name: &std::ffi::OsStr) -> bool {
    name.to_str().is_some_and(|name| name.contains(MARK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_aside_is_kept_each_time() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("curves.csv");
        for (content, name) in [("first", "curves-unreadable.csv"), ("second", "curves-unreadable-2.csv")] {
            std::fs::write(&path, content).unwrap();
            let to = set_aside(&path).unwrap();
            assert_eq!((to.file_name().unwrap().to_str(), std::fs::read_to_string(&to).unwrap().as_str()), (Some(name), content));
            assert!(!path.exists() && is_set_aside(to.file_name().unwrap()));
        }
        assert!(!is_set_aside("curves.csv".as_ref()));
    }
}

//! Temporary neighbours: how they are named, locked while their process lives, and removed once it is gone.
//!
//! A name says what it is a part of: `.facefield-TARGET-XXXXXX.partial`. The lock goes with the process, however it ends.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile, TempDir};

use super::mark::fnv;
use super::parent_folder;

/// How the names of temporary neighbours begin.
const PREFIX: &str = ".facefield-";
/// How they end.
const SUFFIX: &str = ".partial";
/// How the name of something ends that is moved aside for a moment.
const ASIDE: &str = ".replaced";
/// File systems hold 255 bytes; longer names are cut and told apart by a digest.
const LONGEST: usize = 128;
/// So often another process may take a temporary neighbour for left behind before it is locked.
const TRIES: usize = 5;

/// Whether a file or folder is a temporary neighbour: its process writes it, or was killed.
pub fn is_partial(name: &OsStr) -> bool {
    let bytes = name.as_encoded_bytes();
    bytes.starts_with(PREFIX.as_bytes()) && bytes.ends_with(SUFFIX.as_bytes())
}

/// How the temporary neighbours of a target begin.
fn prefix_of(target: &Path) -> OsString {
    let name = target.file_name().unwrap_or_default();
    let mut prefix = OsString::from(PREFIX);
    if name.len() <= LONGEST {
        prefix.push(name);
    } else {
        prefix.push(format!("{:016x}", fnv(name.as_encoded_bytes())));
    }
    prefix.push("-");
    prefix
}

/// Where what stands at a target waits while it is replaced on file systems that cannot exchange two folders in one step.
pub(super) fn aside(target: &Path) -> PathBuf {
    let mut name = prefix_of(target);
    name.push(ASIDE);
    parent_folder(target).join(name)
}

/// A temporary file beside `target`, in `folder`; the lock lasts as long as the file is open.
pub(super) fn temporary_file(target: &Path, folder: &Path) -> io::Result<NamedTempFile> {
    clear(target, folder);
    for _ in 0..TRIES {
        let file = builder(&prefix_of(target), 0o666).tempfile_in(folder)?;
        if hold(file.as_file()) && !file.path().exists() {
            continue;
        }
        return Ok(file);
    }
    Err(io::Error::other("another process removes its temporary files"))
}

/// A temporary folder for `target`, in `folder`, with what holds its lock.
pub(super) fn temporary_folder(target: &Path, folder: &Path) -> io::Result<(TempDir, Option<File>)> {
    clear(target, folder);
    for _ in 0..TRIES {
        let made = builder(&prefix_of(target), 0o777).tempdir_in(folder)?;
        // Where folders cannot be opened, they cannot be locked, and nobody removes them either.
        let lock = File::open(made.path()).ok();
        if lock.as_ref().is_some_and(hold) && !made.path().exists() {
            continue;
        }
        return Ok((made, lock));
    }
    Err(io::Error::other("another process removes its temporary folders"))
}

#[cfg_attr(not(unix), expect(unused_variables, reason = "other systems have no mode"))]
fn builder(prefix: &OsStr, mode: u32) -> Builder<'_, 'static> {
    let mut builder = Builder::new();
    builder.prefix(prefix).suffix(SUFFIX);
    #[cfg(unix)]
    builder.permissions(super::unmasked(mode));
    builder
}

/// Locks what was just made; true where that is possible.
fn hold(file: &File) -> bool {
    file.lock().is_ok()
}

/// Removes what killed writes to `target` have left in `folder`. What another process still writes is locked, and stays.
pub(super) fn clear(target: &Path, folder: &Path) {
    let prefix = prefix_of(target);
    clear_those(folder, |name| is_partial(name) && name.as_encoded_bytes().starts_with(prefix.as_encoded_bytes()));
}

/// Removes what killed writes have left in a folder, whatever it was for. What another process still writes is locked, and stays.
pub fn clear_partials(folder: &Path) {
    clear_those(folder, is_partial);
}

/// Whether a process that lives writes a temporary neighbour.
pub(super) fn is_alive(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)))
}

fn clear_those(folder: &Path, is_its: impl Fn(&OsStr) -> bool) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.filter(|entry| is_its(&entry.file_name())).map(|entry| entry.path()) {
        let Ok(file) = File::open(&path) else { continue };
        if file.try_lock().is_ok() {
            // What cannot be removed is only in the way.
            if path.is_dir() {
                fs::remove_dir_all(&path).ok()
            } else {
                fs::remove_file(&path).ok()
            };
        }
    }
}

/// Puts back what a process that was killed between two renames has left aside.
pub(super) fn restore_aside(target: &Path) {
    let aside = aside(target);
    if fs::symlink_metadata(&aside).is_err() {
        return;
    }
    if fs::symlink_metadata(target).is_err() {
        fs::rename(&aside, target).ok();
    } else {
        fs::remove_dir_all(&aside).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_killed_leave_goes_and_what_the_living_write_stays() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("a.mp4");
        let living = temporary_file(&target, place.path()).unwrap();
        let (folder, lock) = temporary_folder(&target, place.path()).unwrap();
        let name = |random: &str| {
            let mut name = prefix_of(&target);
            name.push(random);
            name.push(SUFFIX);
            place.path().join(name)
        };
        fs::write(name("killed"), "half").unwrap();
        fs::create_dir(name("folder")).unwrap();
        fs::write(name("folder").join("000000.png"), "half").unwrap();
        let older = place.path().join(".facefield-Ab12Cd.partial");
        fs::write(&older, "of a version without locks").unwrap();
        assert!(is_partial(name("killed").file_name().unwrap()) && is_partial(older.file_name().unwrap()));
        clear(&target, place.path());
        assert!(living.path().exists() && folder.path().exists(), "they are being written");
        assert!(!name("killed").exists() && !name("folder").exists(), "their process is gone");
        assert!(older.exists(), "nobody knows whether its process lives");
        clear(&place.path().join("b.mp4"), place.path());
        assert!(living.path().exists());
        drop(lock);
        clear(&target, place.path());
        assert!(!folder.path().exists());
    }

    #[test]
    fn long_names_have_temporary_neighbours_too() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("n".repeat(255));
        assert!(temporary_file(&target, place.path()).is_ok());
    }
}

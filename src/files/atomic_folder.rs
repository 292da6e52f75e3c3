//! A folder that carries its final name only once it is whole: a temporary neighbour, fsync, and an exchange in one step.
//!
//! Where the place cannot be renamed, being a disk of its own (a mount point) or the folder that one works in, the parts are moved in one by
//! one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::atomic_file::NewFolders;
use super::partial::{aside, restore_aside, temporary_folder};
use super::rule::contents;
use super::{FileError, FolderKind, follow, parent_folder, same_file, sync_folder};

/// A folder under construction. A link at its place is followed.
pub struct AtomicFolder {
    temporary: TempDir,
    /// Held while the folder is written: who finds it locked leaves it alone.
    lock: Option<File>,
    /// As it was asked for.
    target: PathBuf,
    /// Behind all links.
    place: PathBuf,
    rule: Option<FolderKind>,
    /// Whether the place itself stays, and its parts are exchanged.
    inside: bool,
    // Dropped after the temporary folder, so that the folders above are empty by then.
    folders: NewFolders,
}

impl AtomicFolder {
    /// Makes a temporary neighbour of `target`, creating missing folders above it. For folders whose place is facefield's own.
    ///
    /// # Errors
    /// [`FileError::Io`] where the folder above cannot be written.
    pub fn create(target: &Path) -> Result<Self, FileError> {
        let place = named(follow(target));
        let parent = parent_folder(&place);
        let folders = NewFolders::create(&parent).map_err(FileError::io("create", &parent))?;
        restore_aside(&place);
        let inside = is_disk(&place, &parent) || same_file(&place, Path::new("."));
        let above = if inside { &place } else { &parent };
        let (temporary, lock) = temporary_folder(&place, above).map_err(FileError::io("write in", above))?;
        Ok(Self { temporary, lock, target: target.to_path_buf(), place, rule: None, inside, folders })
    }

    /// The same for an output that the user names: only what may be replaced is, both now and when it is whole.
    ///
    /// # Errors
    /// [`FileError::Taken`] where something stands there that is not to be replaced, [`FileError::Io`].
    pub fn create_output(target: &Path, kind: FolderKind) -> Result<Self, FileError> {
        kind.ensure_replaceable(target)?;
        Ok(Self { rule: Some(kind), ..Self::create(target)? })
    }

    /// The temporary folder, to be filled.
    pub fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// Writes and syncs one file inside.
    ///
    /// # Errors
    /// [`FileError::Io`] naming the final path.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        let final_path = self.target.join(name);
        let mut file = File::create(self.path().join(name)).map_err(FileError::io("write", &final_path))?;
        file.write_all(bytes).map_err(FileError::io("write", &final_path))?;
        file.sync_all().map_err(FileError::io("write", &final_path))
    }

    /// Gives the folder its final name. What stood there is swapped out in one step (Linux) and then removed.
    ///
    /// # Errors
    /// [`FileError`]; the temporary folder is removed then and what stood there stays.
    pub fn commit(self) -> Result<(), FileError> {
        let Self { temporary, lock, target, place, rule, inside, folders } = self;
        sync_folder(temporary.path());
        // Inside its place the temporary folder is no longer one that is being written.
        let lock = lock.filter(|_| !inside);
        if let Some(kind) = &rule {
            kind.ensure_replaceable(&target)?;
        }
        if inside {
            move_in(temporary.path(), &place).map_err(FileError::io("write", &target))?;
        } else if let Ok(before) = fs::symlink_metadata(&place) {
            // What was private stays private; a file system without permissions has none to keep.
            fs::set_permissions(temporary.path(), before.permissions()).ok();
            exchange(temporary.path(), &place).map_err(FileError::io("replace", &target))?;
            // What stood there now stands at the temporary path and goes with it; unless it was changed at the last moment.
            if let Some(error) = rule.and_then(|kind| kind.ensure_replaceable(temporary.path()).err()) {
                exchange(temporary.path(), &place).map_err(FileError::io("replace", &target))?;
                return Err(error);
            }
        } else {
            fs::rename(temporary.path(), &place).map_err(FileError::io("write", &target))?;
            drop(temporary.keep());
        }
        drop(lock);
        folders.keep();
        sync_folder(&parent_folder(&place));
        Ok(())
    }
}

/// A place with a name of its own: `.` and `..` have none that could be renamed.
fn named(place: PathBuf) -> PathBuf {
    if place.file_name().is_some() { place } else { fs::canonicalize(&place).unwrap_or(place) }
}

/// Whether a folder is a disk of its own.
#[cfg(unix)]
fn is_disk(place: &Path, parent: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    matches!((fs::metadata(place), fs::metadata(parent)), (Ok(place), Ok(parent)) if place.is_dir() && place.dev() != parent.dev())
}

#[cfg(not(unix))]
fn is_disk(_place: &Path, _parent: &Path) -> bool {
    false
}

/// Moves the parts of a whole folder into one that stays, in place of what is there.
fn move_in(new: &Path, place: &Path) -> io::Result<()> {
    let old = contents(place)?;
    let mut kept = Vec::new();
    // The new first, each over its predecessor: a process that is killed in between leaves parts of both, and never nothing.
    for entry in fs::read_dir(new)? {
        let name = entry?.file_name();
        let (from, to) = (new.join(&name), place.join(&name));
        if to.is_dir() {
            fs::remove_dir_all(&to)?;
        }
        fs::rename(from, to)?;
        kept.push(name);
    }
    for name in old.into_iter().filter(|name| !kept.contains(name)) {
        let path = place.join(name);
        if path.is_dir() { fs::remove_dir_all(&path)? } else { fs::remove_file(&path)? }
    }
    sync_folder(place);
    Ok(())
}

#[cfg(target_os = "linux")]
fn exchange(new: &Path, old: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, new, CWD, old, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(()),
        // File systems without the exchange flag (some network and FUSE mounts).
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => exchange_in_steps(new, old),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn exchange(new: &Path, old: &Path) -> io::Result<()> {
    exchange_in_steps(new, old)
}

/// A process that is killed in between leaves the old folder aside, from where the next write to the place puts it back.
fn exchange_in_steps(new: &Path, old: &Path) -> io::Result<()> {
    let aside = aside(old);
    fs::rename(old, &aside)?;
    if let Err(error) = fs::rename(new, old) {
        fs::rename(&aside, old)?;
        return Err(error);
    }
    fs::rename(&aside, new)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTES: FolderKind = FolderKind {
        name: "a folder of notes",
        foreign: |folder| FolderKind::first_that_is_not(folder, |path| super::super::starts_with(path, b"note")),
    };

    fn write(path: &Path, name: &str) -> Result<(), FileError> {
        let folder = AtomicFolder::create_output(path, NOTES)?;
        folder.write(name, b"note")?;
        folder.commit()
    }

    fn names(path: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_replaces_its_predecessor() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("model");
        for content in ["first", "second"] {
            let folder = AtomicFolder::create(&path).unwrap();
            folder.write("a.txt", content.as_bytes()).unwrap();
            folder.write(&format!("{content}.txt"), b"").unwrap();
            folder.commit().unwrap();
        }
        assert_eq!(fs::read(path.join("a.txt")).unwrap(), b"second");
        assert!(!path.join("first.txt").exists());
        assert_eq!(names(parent.path()), ["model"], "nothing temporary is left");
    }

    #[test]
    fn what_comes_at_the_last_moment_stays() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("notes");
        write(&path, "1.txt").unwrap();
        let late = AtomicFolder::create_output(&path, NOTES).unwrap();
        fs::write(path.join("thesis.tex"), "three years").unwrap();
        assert!(late.commit().is_err());
        assert_eq!(names(&path), ["1.txt", "thesis.tex"]);
        assert_eq!(names(parent.path()), ["notes"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_private_folders_stay_what_they_are() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let parent = tempfile::tempdir().unwrap();
        let path = |name: &str| parent.path().join(name);
        fs::create_dir(path("disk")).unwrap();
        fs::set_permissions(path("disk"), fs::Permissions::from_mode(0o700)).unwrap();
        symlink("disk", path("frames")).unwrap();
        symlink("far/new", path("later")).unwrap();
        for name in ["1.txt", "2.txt"] {
            for link in ["frames", "later"] {
                write(&path(link), name).unwrap();
                assert!(path(link).is_symlink());
                assert_eq!(names(&path(link)), [name]);
            }
        }
        assert_eq!(fs::metadata(path("disk")).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(names(parent.path()), ["disk", "far", "frames", "later"]);
    }

    #[test]
    fn parts_are_exchanged_where_the_folder_must_stay() {
        let parent = tempfile::tempdir().unwrap();
        let (new, place) = (parent.path().join("new"), parent.path().join("place"));
        for folder in [&new, &place] {
            fs::create_dir(folder).unwrap();
        }
        fs::write(place.join("old.txt"), "note").unwrap();
        fs::write(place.join(".DS_Store"), "of the system").unwrap();
        fs::write(new.join("new.txt"), "note").unwrap();
        move_in(&new, &place).unwrap();
        assert_eq!(names(&place), [".DS_Store", "new.txt"]);
    }

    #[test]
    fn an_exchange_that_was_cut_short_is_undone() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("notes");
        write(&path, "1.txt").unwrap();
        fs::rename(&path, aside(&path)).unwrap();
        drop(AtomicFolder::create(&path).unwrap());
        assert_eq!(names(&path), ["1.txt"], "the old folder is back");
        let second = parent.path().join("second");
        fs::create_dir(&second).unwrap();
        exchange_in_steps(&second, &path).unwrap();
        assert_eq!((names(&path).len(), names(&second)), (0, vec!["1.txt".to_owned()]));
    }
}

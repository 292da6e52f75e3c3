//! Writing files and folders so that nothing is ever half there: a temporary neighbour, fsync, rename.
//!
//! Knows nothing of what is written; callers say which existing thing counts as the same kind.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

/// How the names of temporary neighbours begin.
const PREFIX: &str = ".facefield-";
/// How they end.
const SUFFIX: &str = ".partial";

/// Why a file or folder could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The operating system refused; the message names the path.
    #[error("cannot {action} {path}: {source}{hint}", path = path.display(), hint = disk_hint(source))]
    Io {
        /// What was tried: "write", "create".
        action: &'static str,
        /// The path it was tried on.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Something else already stands there, and replacing it could lose work.
    #[error("{path} already exists and is not {wanted}; it is left as it is. Name another --out, or remove it first", path = path.display())]
    OtherKind {
        /// The path that is taken.
        path: PathBuf,
        /// What would have been replaced without asking: "a face cache".
        wanted: &'static str,
    },
}

impl FileError {
    /// For `map_err`: names what was tried and where.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}

fn disk_hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ". Free some space or write to another disk; nothing was left behind",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => ". Choose a folder that you may write to",
        io::ErrorKind::NotFound => ". Check the spelling, and that its folder exists",
        // Only folders are ever made where something may stand already, or looked for above a path.
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => ". That is a file and no folder; choose another path",
        _ => "",
    }
}

/// Whether a file or folder was left by a process that was killed while it wrote.
pub fn is_partial(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
}

/// Refuses to replace anything at `path` that is not of the same kind.
///
/// # Errors
/// [`FileError::OtherKind`] where `path` exists and `is_same_kind` denies it.
pub fn ensure_replaceable(path: &Path, wanted: &'static str, is_same_kind: impl FnOnce(&Path) -> bool) -> Result<(), FileError> {
    match fs::symlink_metadata(path) {
        Ok(_) if !is_same_kind(path) => Err(FileError::OtherKind { path: path.to_path_buf(), wanted }),
        // What is to contain it is a file.
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Err(FileError::io("write", path)(error)),
        _ => Ok(()),
    }
}

/// A file that carries its final name only once it is whole.
pub struct AtomicFile {
    temporary: NamedTempFile,
    target: PathBuf,
    // Dropped after the temporary file, so that the folders are empty by then.
    folders: NewFolders,
}

impl AtomicFile {
    /// Opens a temporary neighbour of `target`, creating missing folders above it.
    ///
    /// # Errors
    /// [`FileError::Io`] where the folder cannot be written.
    pub fn create(target: &Path) -> Result<Self, FileError> {
        let folder = parent_folder(target);
        let folders = NewFolders::create(&folder).map_err(FileError::io("create", &folder))?;
        let temporary =
            tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(&folder).map_err(FileError::io("write in", &folder))?;
        Ok(Self { temporary, target: target.to_path_buf(), folders })
    }

    /// The open temporary file.
    pub fn file(&self) -> &File {
        self.temporary.as_file()
    }

    /// The final name.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Gives the file its final name, replacing what stood there.
    ///
    /// # Errors
    /// [`FileError::Io`]; the temporary file is removed then.
    pub fn commit(self) -> Result<(), FileError> {
        let Self { temporary, target, folders } = self;
        temporary.as_file().sync_all().map_err(FileError::io("write", &target))?;
        make_readable(temporary.path()).map_err(FileError::io("write", &target))?;
        temporary.persist(&target).map_err(|error| FileError::io("write", &target)(error.error))?;
        folders.keep();
        sync_folder(&parent_folder(&target));
        Ok(())
    }
}

/// Writes a whole file at once.
///
/// # Errors
/// [`FileError::Io`]; nothing is left behind then.
pub fn write_atomically(target: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let file = AtomicFile::create(target)?;
    file.file().write_all(bytes).map_err(FileError::io("write", target))?;
    file.commit()
}

/// A folder that carries its final name only once it is whole.
pub struct AtomicFolder {
    temporary: TempDir,
    target: PathBuf,
    // Dropped after the temporary folder, so that the folders above are empty by then.
    folders: NewFolders,
}

impl AtomicFolder {
    /// Makes a temporary neighbour of `target`, creating missing folders above it.
    ///
    /// # Errors
    /// [`FileError::Io`] where the folder above cannot be written.
    pub fn create(target: &Path) -> Result<Self, FileError> {
        let parent = parent_folder(target);
        let folders = NewFolders::create(&parent).map_err(FileError::io("create", &parent))?;
        let temporary =
            tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempdir_in(&parent).map_err(FileError::io("write in", &parent))?;
        Ok(Self { temporary, target: target.to_path_buf(), folders })
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
    /// [`FileError::Io`]; the temporary folder is removed then and what stood there stays.
    pub fn commit(self) -> Result<(), FileError> {
        let Self { temporary, target, folders } = self;
        make_enterable(temporary.path()).map_err(FileError::io("write", &target))?;
        sync_folder(temporary.path());
        if fs::symlink_metadata(&target).is_ok() {
            // What stood at the target now stands at the temporary path and goes with it.
            exchange(temporary.path(), &target).map_err(FileError::io("replace", &target))?;
        } else {
            fs::rename(temporary.path(), &target).map_err(FileError::io("write", &target))?;
            drop(temporary.keep());
        }
        folders.keep();
        sync_folder(&parent_folder(&target));
        Ok(())
    }
}

/// Folders that were made for a target; those that stay empty go again, unless they are kept.
struct NewFolders(Vec<PathBuf>);

impl NewFolders {
    fn create(folder: &Path) -> io::Result<Self> {
        let missing: Vec<PathBuf> = folder.ancestors().take_while(|path| !path.exists()).map(Path::to_path_buf).collect();
        let missing = Self(missing.into_iter().filter(|path| !path.as_os_str().is_empty()).collect());
        fs::create_dir_all(folder)?;
        Ok(missing)
    }

    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for NewFolders {
    fn drop(&mut self) {
        for folder in &self.0 {
            fs::remove_dir(folder).ok();
        }
    }
}

fn parent_folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    }
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

fn exchange_in_steps(new: &Path, old: &Path) -> io::Result<()> {
    let aside = new.with_extension("replaced");
    fs::rename(old, &aside)?;
    if let Err(error) = fs::rename(new, old) {
        fs::rename(&aside, old)?;
        return Err(error);
    }
    fs::rename(&aside, new)
}

#[cfg(unix)]
fn make_readable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn make_enterable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_enterable(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// A rename is only as durable as the folder that holds it; file systems that cannot sync folders are left to their own ways.
fn sync_folder(path: &Path) {
    if let Ok(folder) = File::open(path) {
        folder.sync_all().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/file.txt");
        let unfinished = AtomicFile::create(&path).unwrap();
        unfinished.file().write_all(b"half").unwrap();
        drop(unfinished);
        assert!(!path.exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "the temporary file is gone too, and so are its folders");
        write_atomically(&path, b"whole").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
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
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1, "nothing temporary is left");
    }

    #[test]
    fn another_kind_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        fs::write(&path, "mine").unwrap();
        let error = ensure_replaceable(&path, "a face cache", |_| false).unwrap_err();
        assert!(error.to_string().contains("is not a face cache"));
        ensure_replaceable(&path, "a text", |_| true).unwrap();
        ensure_replaceable(&folder.path().join("new"), "a face cache", |_| false).unwrap();
        let below = path.join("below.txt");
        for error in [write_atomically(&below, b"").unwrap_err(), ensure_replaceable(&below, "a text", |_| true).unwrap_err()] {
            let message = error.to_string();
            assert!(message.contains("notes.txt") && message.contains("is a file and no folder"), "{message}");
        }
    }
}

//! A file that carries its final name only once it is whole: a temporary neighbour, fsync, rename.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::partial::temporary_file;
use super::{FileError, FileKind, OutputFile, Replace, follow, parent_folder, sync_folder};

/// A file under construction. A link at its place is followed.
pub struct AtomicFile {
    temporary: NamedTempFile,
    /// As it was asked for.
    target: PathBuf,
    /// Behind all links.
    place: PathBuf,
    rule: Option<(FileKind, Replace)>,
    // Dropped after the temporary file, so that the folders are empty by then.
    folders: NewFolders,
}

impl AtomicFile {
    /// Opens a temporary neighbour of `target`, creating missing folders above it. For files whose place is facefield's own.
    ///
    /// # Errors
    /// [`FileError::Io`] where the folder cannot be written.
    pub fn create(target: &Path) -> Result<Self, FileError> {
        let place = follow(target);
        let folder = parent_folder(&place);
        let folders = NewFolders::create(&folder).map_err(FileError::io("create", &folder))?;
        let temporary = temporary_file(&place, &folder).map_err(FileError::io("write in", &folder))?;
        Ok(Self { temporary, target: target.to_path_buf(), place, rule: None, folders })
    }

    /// The same for an output that the user names: only what may be replaced is, both now and when it is whole.
    ///
    /// # Errors
    /// [`FileError::Taken`] where something stands there that is not to be replaced, [`FileError::Io`].
    pub fn create_output<'a>(output: impl Into<OutputFile<'a>>, kind: FileKind) -> Result<Self, FileError> {
        let output = output.into();
        kind.ensure_replaceable(output)?;
        Ok(Self { rule: Some((kind, output.replace)), ..Self::create(output.path)? })
    }

    /// The open temporary file.
    pub fn file(&self) -> &File {
        self.temporary.as_file()
    }

    /// The folder of the place behind all links: what waits beside the file belongs there.
    pub fn folder(&self) -> PathBuf {
        parent_folder(&self.place)
    }

    /// The final name.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Gives the file its final name, replacing what stood there.
    ///
    /// # Errors
    /// [`FileError`]; the temporary file is removed then.
    pub fn commit(self) -> Result<(), FileError> {
        let Self { temporary, target, place, rule, folders } = self;
        let failed = || FileError::io("write", &target);
        temporary.as_file().sync_all().map_err(failed())?;
        if let Ok(before) = fs::metadata(&place) {
            // What was private stays private; a file system without permissions has none to keep.
            fs::set_permissions(temporary.path(), writable(before.permissions())).ok();
        }
        match rule {
            Some((kind, replace)) => {
                kind.ensure_replaceable(OutputFile { path: &target, replace })?;
                persist_output(temporary, &place, replace == Replace::Nothing).map_err(failed())?;
            }
            None => drop(temporary.persist(&place).map_err(|error| failed()(error.error))?),
        }
        folders.keep();
        sync_folder(&parent_folder(&place));
        Ok(())
    }
}

/// Where nothing stands, or `is_to_be_free`, nothing that comes at the last moment is replaced either.
fn persist_output(temporary: NamedTempFile, place: &Path, is_to_be_free: bool) -> io::Result<()> {
    let temporary = if !is_to_be_free && place.exists() {
        temporary
    } else {
        match temporary.persist_noclobber(place) {
            Ok(_) => return Ok(()),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => return Err(error.error),
            // File systems without links and without that flag.
            Err(error) => error.file,
        }
    };
    temporary.persist(place).map(drop).map_err(|error| error.error)
}

/// A protection against writing was taken away by whoever had this replaced.
#[cfg(unix)]
fn writable(permissions: fs::Permissions) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    super::unmasked(permissions.mode() & 0o777 | 0o200)
}

#[cfg(not(unix))]
fn writable(mut permissions: fs::Permissions) -> fs::Permissions {
    permissions.set_readonly(false);
    permissions
}

/// Writes a whole file at once at a place that is facefield's own.
///
/// # Errors
/// [`FileError::Io`]; nothing is left behind then.
pub fn write_atomically(target: &Path, bytes: &[u8]) -> Result<(), FileError> {
    write(AtomicFile::create(target)?, bytes)
}

/// Writes a whole file at once at a place that the user names.
///
/// # Errors
/// [`FileError::Taken`] where something stands there that is not to be replaced, [`FileError::Io`]; nothing is left behind then.
pub fn write_output<'a>(output: impl Into<OutputFile<'a>>, kind: FileKind, bytes: &[u8]) -> Result<(), FileError> {
    write(AtomicFile::create_output(output, kind)?, bytes)
}

fn write(file: AtomicFile, bytes: &[u8]) -> Result<(), FileError> {
    file.file().write_all(bytes).map_err(FileError::io("write", file.target()))?;
    file.commit()
}

/// Folders that were made for a target; those that stay empty go again, unless they are kept.
pub(super) struct NewFolders(Vec<PathBuf>);

impl NewFolders {
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        let missing: Vec<PathBuf> = folder.ancestors().take_while(|path| !path.exists()).map(Path::to_path_buf).collect();
        let missing = Self(missing.into_iter().filter(|path| !path.as_os_str().is_empty()).collect());
        fs::create_dir_all(folder)?;
        Ok(missing)
    }

    pub(super) fn keep(mut self) {
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: FileKind = FileKind { name: "a note", is_own: |path| super::super::starts_with(path, b"note") };

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
        let message = write_atomically(&path.join("below.txt"), b"").unwrap_err().to_string();
        assert!(message.contains("file.txt") && message.contains("is a file and no folder"), "{message}");
    }

    #[test]
    fn what_comes_at_the_last_moment_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.txt");
        write_output(&path, NOTE, b"note 1").unwrap();
        let late = AtomicFile::create_output(&path, NOTE).unwrap();
        fs::write(&path, "thesis").unwrap();
        assert!(late.commit().is_err());
        assert_eq!(fs::read(&path).unwrap(), b"thesis");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        write_output(OutputFile { path: &path, replace: Replace::Any }, NOTE, b"note 2").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"note 2");
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_and_so_does_privacy() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        symlink("disk/new.txt", path("link")).unwrap();
        for content in [b"note 1", b"note 2"] {
            write_output(&path("link"), NOTE, content).unwrap();
            assert!(path("link").is_symlink());
            assert_eq!(fs::read(path("disk/new.txt")).unwrap(), content);
            fs::set_permissions(path("disk/new.txt"), fs::Permissions::from_mode(0o600)).unwrap();
        }
        write_atomically(&path("disk/new.txt"), b"note 3").unwrap();
        assert_eq!(fs::metadata(path("disk/new.txt")).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

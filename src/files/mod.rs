//! Writing files and folders so that nothing is ever half there, and so that only what facefield wrote itself is ever replaced.
//!
//! Owns the one rule of every output ([`FileKind`], [`FolderKind`]), the marks that tell facefield's own files from others', temporary
//! neighbours with fsync and rename, and what killed writes leave. What is written is others' business.

mod atomic_file;
mod atomic_folder;
mod ending;
mod mark;
mod partial;
mod place;
mod rule;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::words::{Advice, capital};

pub use atomic_file::{AtomicFile, write_atomically, write_output};
pub use atomic_folder::AtomicFolder;
pub use ending::known_ending;
pub use mark::{
    MARK_BYTES, PLACE_OF_MARK, begins_with_columns, is_marked_gif, is_marked_mp4, is_marked_png, is_marked_zip, is_sealed, mark_of,
    marked_png, place_mark, sealed, starts_with,
};
pub use partial::{clear_partials, is_partial};
pub use place::{follow, same_file};
pub use rule::{FileKind, FolderKind, OutputFile, Replace, is_vacant};

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
    /// Something stands there that is not facefield's to replace.
    #[error("{path} {what}, so it is left as it is. {advice}{more}", path = path.display(), advice = capital(advice))]
    Taken {
        /// The path that is taken.
        path: PathBuf,
        /// What stands there, with its verb: "is a folder".
        what: String,
        /// What to do.
        advice: Advice,
        /// How the advice goes on; empty where it is all.
        more: &'static str,
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

fn parent_folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

/// A rename is only as durable as the folder that holds it; file systems that cannot sync folders are left to their own ways.
fn sync_folder(path: &Path) {
    if let Ok(folder) = File::open(path) {
        folder.sync_all().ok();
    }
}

/// Reads bytes at a place of a file that others may read at the same time.
///
/// # Errors
/// What the operating system says; `UnexpectedEof` where the file ends before.
pub fn read_at(file: &File, bytes: &mut [u8], position: u64) -> io::Result<()> {
    let (mut rest, mut position) = (bytes, position);
    while !rest.is_empty() {
        match read_some_at(file, rest, position) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => (rest, position) = (&mut rest[read..], position + read as u64),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The same for as many bytes as come at once; none at the end of the file.
///
/// # Errors
/// What the operating system says.
#[cfg(unix)]
pub fn read_some_at(file: &File, bytes: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, position)
}

/// The same for as many bytes as come at once; none at the end of the file.
///
/// # Errors
/// What the operating system says.
#[cfg(windows)]
pub fn read_some_at(file: &File, bytes: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, bytes, position)
}

/// Permissions that leave everything to the user's umask.
#[cfg(unix)]
fn unmasked(mode: u32) -> std::fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    std::fs::Permissions::from_mode(mode)
}

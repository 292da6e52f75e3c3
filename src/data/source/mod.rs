//! Where pictures come from: a folder, a zip, a tar or a parquet file, told by content rather than by name.
//!
//! Owns listing and reading; what the bytes mean is decided by `decode` and `annotations`. One file for each kind of place.

mod container;
mod entry;
mod folder;
mod left_out;
mod listing;
mod names;
#[cfg(feature = "parquet")]
mod parquet;
mod shared_file;
mod spool;
mod tar;
mod texts;
mod watch;
mod zip;

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use container::Container;
use entry::At;
pub use entry::{Entry, MAX_FILE_BYTES, base_name};
pub use left_out::{LeftOut, LeftOuts};
use listing::Listing;
pub use listing::counted_phrase;
pub use names::{Promise, is_picture_name};
use shared_file::SharedFile;

use super::DataError;
use crate::progress::Monitor;

/// A place with pictures, listed but not read.
pub struct Source {
    path: PathBuf,
    containers: Arc<Vec<Container>>,
    pictures: Vec<Entry>,
    texts: Vec<(Promise, Entry)>,
    left_out: LeftOuts,
    /// Length and time of change of an archive when it was opened.
    stamp: Option<(u64, Option<SystemTime>)>,
}

/// Reads the entries of one source. Each thread has its own.
pub struct Reader {
    containers: Arc<Vec<Container>>,
    /// Archives that were read from before, by number.
    archives: HashMap<usize, zip::Archive>,
}

impl Source {
    /// Lists a place with all that is in it.
    ///
    /// # Errors
    /// [`DataError`] where the path cannot be read, is something else, or holds no pictures, or where the monitor cancels: what is packed
    /// as a whole is unpacked first, which takes its time.
    pub fn open(path: &Path, monitor: &dyn Monitor) -> Result<Self, DataError> {
        let metadata = fs::metadata(path).map_err(DataError::read(path))?;
        let mut listing = Listing::new(monitor);
        if metadata.is_dir() {
            let found = folder::list(path, &mut listing.left_out)?;
            if let Some(what) = listing::folder_of_our_own(&found) {
                return Err(DataError::Archive { path: path.to_path_buf(), reason: what.to_owned() });
            }
            listing.sort_out(found, 0);
        } else if metadata.is_file() {
            let file = SharedFile::open(path).map_err(DataError::read(path))?;
            let archive_error = |reason| DataError::Archive { path: path.to_path_buf(), reason };
            let found = listing.open_archive(&file, "");
            monitor.ensure_wanted()?;
            listing.sort_out(found.map_err(archive_error)?, 0);
        } else {
            return Err(DataError::Archive {
                path: path.to_path_buf(),
                reason: "is no file or folder. Name a folder or archive of pictures".into(),
            });
        }
        monitor.ensure_wanted()?;
        if listing.pictures.is_empty() {
            return Err(DataError::NoPictures { path: path.to_path_buf(), instead: listing.instead() });
        }
        Ok(Self {
            path: path.to_path_buf(),
            containers: Arc::new(listing.containers),
            pictures: in_order(listing.pictures),
            texts: listing.texts,
            left_out: listing.left_out,
            stamp: metadata.is_file().then(|| (metadata.len(), metadata.modified().ok())),
        })
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its pictures by file name.
    pub fn pictures(&self) -> &[Entry] {
        &self.pictures
    }

    /// What it holds besides pictures that can be read.
    pub fn left_out(&self) -> &LeftOuts {
        &self.left_out
    }

    /// Keeps the pictures that `wanted` names by their place; the others are left out for `reason`.
    pub fn keep(&mut self, reason: &str, wanted: impl Fn(usize) -> bool) {
        let pictures = std::mem::take(&mut self.pictures);
        let (kept, others): (Vec<_>, Vec<_>) = pictures.into_iter().enumerate().partition(|(place, _)| wanted(*place));
        others.iter().for_each(|(_, other)| self.left_out.add(reason, &other.location));
        let renamed = kept.into_iter().map(|(_, entry)| Entry { name: base_name(&entry.location).to_owned(), ..entry });
        self.pictures = in_order(renamed.collect());
    }

    /// True for an archive that another program changed since it was opened.
    pub fn was_changed(&self) -> bool {
        let Some((len, modified)) = self.stamp else { return false };
        fs::metadata(&self.path).is_ok_and(|now| now.len() != len || now.modified().ok() != modified)
    }

    /// A reader for one thread.
    pub fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.containers))
    }
}

impl Reader {
    fn new(containers: Arc<Vec<Container>>) -> Self {
        Self { containers, archives: HashMap::new() }
    }

    /// The bytes of an entry.
    ///
    /// # Errors
    /// A short reason, as it stands in lists of damaged pictures.
    pub fn read(&mut self, entry: &Entry) -> Result<Vec<u8>, String> {
        self.read_at(&entry.at)
    }

    fn read_at(&mut self, at: &At) -> Result<Vec<u8>, String> {
        match at {
            At::File(path) => read_whole(File::open(path).map_err(unreadable)?),
            At::Part { container, start, len } => match &self.containers[*container] {
                Container::Parts(file) => read_whole(file.part(*start, *len)),
                Container::Zip(_) => Err("it cannot be read".into()),
            },
            At::Zip { container, index } => match &self.containers[*container] {
                Container::Zip(archive) => {
                    zip::read(self.archives.entry(*container).or_insert_with(|| archive.clone()), *index, MAX_FILE_BYTES)
                }
                Container::Parts(_) => Err("it cannot be read".into()),
            },
            At::Nowhere => Err("it was not unpacked".into()),
        }
    }
}

fn unreadable(error: std::io::Error) -> String {
    format!("it cannot be read ({error})")
}

fn read_whole(file: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_BYTES { Err("it is larger than 256 MiB".into()) } else { Ok(bytes) }
}

/// Sorted by file name; names that occur twice are told apart by their folders.
fn in_order(mut pictures: Vec<Entry>) -> Vec<Entry> {
    pictures.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.location.cmp(&b.location)));
    let mut counts: HashMap<String, usize> = HashMap::new();
    for picture in &pictures {
        *counts.entry(picture.name.clone()).or_default() += 1;
    }
    for picture in pictures.iter_mut().filter(|picture| counts[&picture.name] > 1) {
        picture.name.clone_from(&picture.location);
    }
    pictures
}

/// What pictures are imported from, in words.
pub const SOURCES: &str = if cfg!(feature = "parquet") {
    "folders, zips, tars, tar.gz or Hugging Face parquet files, or folders of these"
} else {
    "folders, zips, tars or tar.gz, or folders of these"
};

/// True for a file that is a whole zip archive.
pub fn is_zip(path: &Path) -> bool {
    SharedFile::open(path).is_ok_and(|file| zip::open(&file).is_ok())
}

/// True for a file that an import takes for an archive.
pub fn is_archive(path: &Path) -> bool {
    SharedFile::open(path).is_ok_and(|file| listing::is_archive(&file))
}

#[cfg(test)]
mod tests;

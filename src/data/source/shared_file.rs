//! A file that many readers share, each at its own place.
//!
//! Reads at positions instead of mapping: a file that another program cuts short meanwhile is an error here and no signal.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::SystemTime;

use crate::files::read_some_at;

/// Bytes that are read ahead: a few pictures of CelebA.
const READ_AHEAD: usize = 64 << 10;

/// A file, or a part of one, that reads by itself.
pub struct SharedFile {
    file: Arc<File>,
    /// Where the part begins in the file.
    start: u64,
    len: u64,
    place: u64,
    /// What was read ahead, and where it stands in the part.
    ahead: Vec<u8>,
    ahead_at: u64,
}

impl Clone for SharedFile {
    fn clone(&self) -> Self {
        self.part(0, self.len)
    }
}

/// Files that are open, so that one that is named a thousand times is open once.
static OPEN: Mutex<Vec<(PathBuf, u64, Option<SystemTime>, Weak<File>)>> = Mutex::new(Vec::new());

impl SharedFile {
    /// Opens a file by its path.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        let (Ok(whole), len, modified) = (path.canonicalize(), metadata.len(), metadata.modified().ok()) else { return Self::new(file) };
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(.., file)| file.strong_count() > 0);
        let same = open.iter().find(|known| (&known.0, known.1, known.2) == (&whole, len, modified)).and_then(|known| known.3.upgrade());
        let file = same.unwrap_or_else(|| {
            let file = Arc::new(file);
            open.push((whole, len, modified, Arc::downgrade(&file)));
            file
        });
        Ok(Self { file, start: 0, len, place: 0, ahead: Vec::new(), ahead_at: 0 })
    }

    /// The whole of a file.
    pub fn new(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self { file: Arc::new(file), start: 0, len, place: 0, ahead: Vec::new(), ahead_at: 0 })
    }

    /// A part of it, as far as it goes.
    pub fn part(&self, start: u64, len: u64) -> Self {
        let start = start.min(self.len);
        let len = len.min(self.len - start);
        Self { file: Arc::clone(&self.file), start: self.start + start, len, place: 0, ahead: Vec::new(), ahead_at: 0 }
    }

    /// In bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    fn read_there(&self, bytes: &mut [u8], place: u64) -> io::Result<usize> {
        let wanted = usize::try_from(self.len - place).unwrap_or(usize::MAX).min(bytes.len());
        match read_some_at(&self.file, &mut bytes[..wanted], self.start + place)? {
            0 if wanted > 0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file was cut short while it was read")),
            read => Ok(read),
        }
    }
}

impl Read for SharedFile {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.place >= self.len || bytes.is_empty() {
            return Ok(0);
        }
        let known = self.place.checked_sub(self.ahead_at).filter(|known| *known < self.ahead.len() as u64);
        let known = match known {
            Some(known) => known as usize,
            None if bytes.len() >= READ_AHEAD => {
                let read = self.read_there(bytes, self.place)?;
                self.place += read as u64;
                return Ok(read);
            }
            None => {
                let mut ahead = std::mem::take(&mut self.ahead);
                ahead.resize(READ_AHEAD, 0);
                let read = self.read_there(&mut ahead, self.place)?;
                ahead.truncate(read);
                (self.ahead, self.ahead_at) = (ahead, self.place);
                0
            }
        };
        let read = (self.ahead.len() - known).min(bytes.len());
        bytes[..read].copy_from_slice(&self.ahead[known..known + read]);
        self.place += read as u64;
        Ok(read)
    }
}

impl Seek for SharedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(offset) => self.len.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.place.checked_add_signed(offset),
        };
        self.place = place.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a place before the beginning"))?;
        Ok(self.place)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn parts_read_at_their_own_places_and_a_cut_is_an_error() {
        let mut file = tempfile::tempfile().unwrap();
        let bytes: Vec<u8> = (0..200_000_u32).map(|i| (i % 251) as u8).collect();
        file.write_all(&bytes).unwrap();
        let writer = file.try_clone().unwrap();
        let whole = SharedFile::new(file).unwrap();
        let (mut part, mut again) = (whole.part(1000, 150_000), whole.clone());
        let mut read = Vec::new();
        part.read_to_end(&mut read).unwrap();
        assert!(read == bytes[1000..151_000]);
        again.seek(SeekFrom::End(-10)).unwrap();
        read.clear();
        again.read_to_end(&mut read).unwrap();
        assert_eq!(read, bytes[199_990..]);
        assert_eq!(whole.part(199_999, 50).len(), 1);
        writer.set_len(50_000).unwrap();
        let mut cut = whole.part(40_000, 100_000);
        let error = cut.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}

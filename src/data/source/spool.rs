//! Unpacked files in one unnamed temporary file, for archives that read only from front to back.

use std::fs::File;
use std::io::{self, Read, Write};

use super::shared_file::SharedFile;

/// More is never unpacked, in bytes: an archive of a few megabytes can promise more than any disk holds.
const MOST: u64 = 64 << 30;

/// Where files are unpacked.
pub struct Spool {
    file: File,
    len: u64,
}

impl Spool {
    /// An empty one. It goes when nobody reads it any more.
    pub fn new() -> io::Result<Self> {
        Ok(Self { file: tempfile::tempfile()?, len: 0 })
    }

    /// Adds a file. Returns where it begins and how long it is.
    pub fn add(&mut self, bytes: &mut impl Read) -> io::Result<(u64, u64)> {
        let start = self.len;
        let mut strip = vec![0; 256 << 10];
        loop {
            let read = match bytes.read(&mut strip) {
                Ok(0) => return Ok((start, self.len - start)),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if self.len + read as u64 > MOST {
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it unpacks to more than 64 GiB"));
            }
            self.file.write_all(&strip[..read]).map_err(|error| match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => io::Error::new(
                    error.kind(),
                    format!("there is no space for unpacking in {}; TMPDIR names another place", std::env::temp_dir().display()),
                ),
                _ => error,
            })?;
            self.len += read as u64;
        }
    }

    /// What was unpacked.
    pub fn finish(self) -> io::Result<SharedFile> {
        SharedFile::new(self.file)
    }
}

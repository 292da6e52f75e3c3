//! Unpacking as users see it: how far it is, and that it stops when it is told to.

use std::io::{self, Read};

use super::shared_file::SharedFile;
use crate::progress::{Monitor, Progress};

/// What is counted, in bytes.
const UNIT: u64 = 1 << 20;
/// What is said where the user has asked to stop.
const STOPPED: &str = "stopped";

/// Watches over files that are read from their beginning to their end.
pub struct Watch<'a>(pub &'a dyn Monitor);

impl<'a> Watch<'a> {
    /// The file, reporting how much of it was read; an error once the user has asked to stop.
    pub fn over(&self, file: SharedFile) -> Watched<'a> {
        Watched { monitor: self.0, total: file.len(), done: 0, file }
    }

    /// Reports rows of a table that were unpacked; an error once the user has asked to stop.
    ///
    /// # Errors
    /// [`STOPPED`].
    #[cfg(feature = "parquet")]
    pub fn rows(&self, done: u64, total: u64) -> io::Result<()> {
        if self.0.cancelled() {
            return Err(io::Error::other(STOPPED));
        }
        self.0.report(Progress { stage: "unpacking", unit: "rows", done, total, part: None });
        Ok(())
    }
}

/// A file that is read to its end.
pub struct Watched<'a> {
    monitor: &'a dyn Monitor,
    file: SharedFile,
    done: u64,
    total: u64,
}

impl Read for Watched<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.monitor.cancelled() {
            return Err(io::Error::other(STOPPED));
        }
        let read = self.file.read(bytes)?;
        self.done += read as u64;
        self.monitor.report(Progress {
            stage: "unpacking",
            unit: "MiB",
            done: self.done / UNIT,
            total: self.total.div_ceil(UNIT),
            part: None,
        });
        Ok(read)
    }
}

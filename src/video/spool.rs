//! Frames set aside on disk until all are known: what changed from each to the next, in an unnamed file beside the target.
//!
//! Owns the file and its layout. A killed program leaves nothing of it.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::VideoError;
use crate::files::FileError;

/// Unchanged pixels that end a run: fewer of them take less room than a new run's header.
const GAP: usize = 4;
/// Written where a frame ends, in place of a run's start.
const END: u32 = u32::MAX;

/// Frames being set aside, each as RGB8 rows.
pub struct Spool {
    file: BufWriter<File>,
    path: PathBuf,
    previous: Vec<u8>,
    frames: u64,
}

impl Spool {
    /// An empty spool for `target`, in a folder on its disk; every frame has `bytes` bytes.
    ///
    /// # Errors
    /// [`VideoError::File`] where that disk cannot be written.
    pub fn create(target: &Path, folder: &Path, bytes: usize) -> Result<Self, VideoError> {
        let file = tempfile::tempfile_in(folder).map_err(FileError::io("write in", folder))?;
        Ok(Self { file: BufWriter::with_capacity(1 << 20, file), path: target.to_path_buf(), previous: vec![0; bytes], frames: 0 })
    }

    /// Adds a frame.
    ///
    /// # Errors
    /// [`VideoError::File`] where the disk is full.
    pub fn push(&mut self, rgb: &[u8]) -> Result<(), VideoError> {
        let runs = if self.frames == 0 { std::iter::once(0..rgb.len() / 3).collect() } else { changed(&self.previous, rgb) };
        let written = self.write(&runs, rgb);
        written.map_err(FileError::io("write", &self.path))?;
        self.previous.copy_from_slice(rgb);
        self.frames += 1;
        Ok(())
    }

    fn write(&mut self, runs: &[Range<usize>], rgb: &[u8]) -> std::io::Result<()> {
        for run in runs {
            self.file.write_all(&(run.start as u32).to_le_bytes())?;
            self.file.write_all(&(run.len() as u32).to_le_bytes())?;
            self.file.write_all(&rgb[run.start * 3..run.end * 3])?;
        }
        self.file.write_all(&END.to_le_bytes())
    }

    /// The frames from the first on.
    ///
    /// # Errors
    /// [`VideoError::File`] where the disk is full.
    pub fn into_frames(self) -> Result<SpooledFrames, VideoError> {
        let Self { file, path, mut previous, frames } = self;
        previous.fill(0);
        let rewound = file.into_inner().map_err(std::io::IntoInnerError::into_error).and_then(|mut file| {
            file.seek(SeekFrom::Start(0))?;
            Ok(file)
        });
        let file = BufReader::with_capacity(1 << 20, rewound.map_err(FileError::io("write", &path))?);
        Ok(SpooledFrames { file, path, rgb: previous, left: frames })
    }
}

/// Frames that come back in order.
pub struct SpooledFrames {
    file: BufReader<File>,
    path: PathBuf,
    rgb: Vec<u8>,
    left: u64,
}

impl SpooledFrames {
    /// The next frame, RGB8 rows, with the runs of pixels in which alone it differs from the one before; `None` after the last.
    ///
    /// # Errors
    /// [`VideoError::File`] where the disk cannot be read.
    pub fn next_frame(&mut self) -> Result<Option<(&[u8], Vec<Range<usize>>)>, VideoError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let runs = self.read().map_err(FileError::io("write", &self.path))?;
        Ok(Some((&self.rgb, runs)))
    }

    fn read(&mut self) -> std::io::Result<Vec<Range<usize>>> {
        let mut runs = Vec::new();
        loop {
            let start = self.number()?;
            if start == END {
                return Ok(runs);
            }
            let run = start as usize..start as usize + self.number()? as usize;
            self.file.read_exact(&mut self.rgb[run.start * 3..run.end * 3])?;
            runs.push(run);
        }
    }

    fn number(&mut self) -> std::io::Result<u32> {
        let mut bytes = [0; 4];
        self.file.read_exact(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }
}

/// Runs of pixels that hold every pixel that differs.
fn changed(before: &[u8], after: &[u8]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (pixel, (before, after)) in before.chunks_exact(3).zip(after.chunks_exact(3)).enumerate() {
        if before != after {
            match runs.last_mut() {
                Some(run) if pixel < run.end + GAP => run.end = pixel + 1,
                _ => runs.push(pixel..pixel + 1),
            }
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_as_they_were_with_what_changed() {
        let place = tempfile::tempdir().unwrap();
        let mut frames = vec![vec![7; 300]; 4];
        frames[1][30..33].copy_from_slice(&[1, 2, 3]);
        frames[1][297] = 9;
        frames[2] = frames[1].clone();
        let mut spool = Spool::create(&place.path().join("x.gif"), place.path(), 300).unwrap();
        frames.iter().for_each(|frame| spool.push(frame).unwrap());
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0, "it has no name");
        let mut back = spool.into_frames().unwrap();
        let whole = Range { start: 0, end: 100 };
        let wanted: [&[Range<usize>]; 4] = [std::slice::from_ref(&whole), &[10..11, 99..100], &[], &[10..11, 99..100]];
        for (frame, runs) in frames.iter().zip(wanted) {
            let (rgb, found) = back.next_frame().unwrap().unwrap();
            assert_eq!((rgb, found.as_slice()), (frame.as_slice(), runs));
        }
        assert!(back.next_frame().unwrap().is_none());
    }
}

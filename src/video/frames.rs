//! A video as a folder of PNG frames: 000000.png and on.

use std::path::Path;

use super::encoder::{Encoder, Step};
use super::{FrameSize, VideoError};
use crate::data::{PICTURES, png_bytes};
use crate::files::AtomicFolder;

/// A folder of frames under construction.
pub struct FrameFolder {
    folder: AtomicFolder,
    size: FrameSize,
    count: u64,
}

impl FrameFolder {
    /// Begins a folder.
    ///
    /// # Errors
    /// [`VideoError::File`] where the folder above cannot be written.
    pub fn create(path: &Path, size: FrameSize) -> Result<Self, VideoError> {
        Ok(Self { folder: AtomicFolder::create_output(path, PICTURES)?, size, count: 0 })
    }
}

impl Encoder for FrameFolder {
    fn push(&mut self, rgb: &[u8]) -> Result<(), VideoError> {
        self.folder.write(&format!("{:06}.png", self.count), &png_bytes(self.size.width, self.size.height, rgb))?;
        self.count += 1;
        Ok(())
    }

    fn finish(self: Box<Self>, _step: &mut Step) -> Result<(), VideoError> {
        Ok(self.folder.commit()?)
    }
}

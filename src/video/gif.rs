//! A video as an animated GIF that loops: each frame has its own 256 colours, chosen in Oklab and dithered.

use std::borrow::Cow;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use ::gif::{Encoder as GifFile, Frame, Repeat};
use quantette::deps::palette::Srgb;
use quantette::{ImageRef, Pipeline};

use super::writer::Encoder;
use super::{FrameSize, VideoError};
use crate::files::{AtomicFile, FileError};

/// GIF counts time in hundredths of a second, and players slow down what is shorter than two.
const FASTEST: u32 = 50;

/// A GIF under construction.
pub struct GifEncoder {
    file: AtomicFile,
    gif: GifFile<BufWriter<File>>,
    size: FrameSize,
    fps: u32,
    count: u64,
}

impl GifEncoder {
    /// Begins a GIF.
    ///
    /// # Errors
    /// [`VideoError`] where the rate is more than players show, or the file cannot be written.
    pub fn create(path: &Path, size: FrameSize, fps: u32) -> Result<Self, VideoError> {
        if fps > FASTEST {
            return Err(VideoError::Size(format!("a GIF shows at most {FASTEST} frames a second, and --fps is {fps}")));
        }
        let (Ok(width), Ok(height)) = (u16::try_from(size.width), u16::try_from(size.height)) else {
            return Err(VideoError::Size(format!("a GIF holds at most 65535 pixels a side, and --size is {size}")));
        };
        let file = AtomicFile::create(path)?;
        let open = file.file().try_clone().map_err(FileError::io("write", path))?;
        let mut gif = GifFile::new(BufWriter::new(open), width, height, &[]).map_err(|error| failed(path, error))?;
        gif.set_repeat(Repeat::Infinite).map_err(|error| failed(path, error))?;
        Ok(Self { file, gif, size, fps, count: 0 })
    }

    /// Hundredths of a second until frame `index` begins, rounded, so that rounding never adds up.
    fn starts_at(&self, index: u64) -> u64 {
        (index * 100 + u64::from(self.fps) / 2) / u64::from(self.fps)
    }
}

impl Encoder for GifEncoder {
    fn push(&mut self, rgb: &[u8]) -> Result<(), VideoError> {
        let pixels: Vec<Srgb<u8>> = rgb.chunks_exact(3).map(|pixel| Srgb::new(pixel[0], pixel[1], pixel[2])).collect();
        let picture = ImageRef::new(self.size.width, self.size.height, pixels.as_slice())
            .map_err(|error| VideoError::Encoder { format: "GIF", reason: error.to_string() })?;
        let (palette, indices) = Pipeline::new().input_image(picture).output_srgb8_indexed_image().into_parts();
        let frame = Frame {
            width: self.size.width as u16,
            height: self.size.height as u16,
            delay: (self.starts_at(self.count + 1) - self.starts_at(self.count)) as u16,
            palette: Some(palette.iter().flat_map(|colour| [colour.red, colour.green, colour.blue]).collect()),
            buffer: Cow::Owned(indices),
            ..Frame::default()
        };
        self.gif.write_frame(&frame).map_err(|error| failed(self.file.target(), error))?;
        self.count += 1;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), VideoError> {
        let Self { file, gif, .. } = *self;
        let writer = gif.into_inner().map_err(|error| failed(file.target(), error))?;
        writer.into_inner().map_err(|error| FileError::io("write", file.target())(error.into_error()))?;
        Ok(file.commit()?)
    }
}

fn failed(path: &Path, error: ::gif::EncodingError) -> VideoError {
    match error {
        ::gif::EncodingError::Io(error) => FileError::io("write", path)(error).into(),
        other => VideoError::Encoder { format: "GIF", reason: other.to_string() },
    }
}

//! A video as an animated GIF that loops, with one palette for the whole: what stands still in the frames stands still in it.
//!
//! The palette is known only after the last frame, so frames wait on disk until then. Each frame holds what changed, and nothing else.

use std::borrow::Cow;
use std::fs::File;
use std::io::BufWriter;
use std::ops::Range;
use std::path::Path;

use ::gif::{AnyExtension, DisposalMethod, Encoder as GifFile, Frame, Repeat};
use rayon::prelude::*;

use super::encoder::{Encoder, Note, Step};
use super::palette::{Palette, Sample};
use super::spool::Spool;
use super::target::GIF;
use super::{FrameRate, FrameSize, VideoError};
use crate::files::{AtomicFile, FileError, OutputFile, PLACE_OF_MARK, place_mark};
use crate::words::Setting;

/// GIF counts time in hundredths of a second, and players slow down what is shorter than two.
const FASTEST: u32 = 50;
/// The label of a comment.
const COMMENT: AnyExtension = AnyExtension(0xFE);
/// GIF's unit of time.
const UNITS_A_SECOND: u32 = 100;

/// A GIF under construction.
pub struct GifEncoder {
    file: AtomicFile,
    size: FrameSize,
    /// Width and height as GIF holds them.
    screen: (u16, u16),
    rate: FrameRate,
    spool: Spool,
    sample: Sample,
}

impl GifEncoder {
    /// Begins a GIF of about `frames` frames.
    ///
    /// # Errors
    /// [`VideoError`] where the rate is more than players show, or the file cannot be written.
    pub fn create(output: OutputFile<'_>, size: FrameSize, rate: FrameRate, frames: u64) -> Result<Self, VideoError> {
        if rate.per_second() > f64::from(FASTEST) {
            return Err(VideoError::Size(format!(
                "a GIF shows at most {FASTEST} frames a second (viewers slow down what is faster), and {name} is {rate}; {name} {FASTEST} fits, \
                 and an MP4 holds more",
                name = Setting::FrameRate
            )));
        }
        let (Ok(width), Ok(height)) = (u16::try_from(size.width), u16::try_from(size.height)) else {
            return Err(VideoError::Size(format!("a GIF holds at most 65535 pixels a side, and {} is {size}", Setting::FrameSize)));
        };
        let file = AtomicFile::create_output(output, GIF)?;
        let spool = Spool::create(output.path, &file.folder(), size.bytes())?;
        Ok(Self { file, size, screen: (width, height), rate, spool, sample: Sample::new(frames) })
    }
}

impl Encoder for GifEncoder {
    fn push(&mut self, rgb: &[u8]) -> Result<(), VideoError> {
        self.sample.take(rgb);
        self.spool.push(rgb)
    }

    fn finish(self: Box<Self>, step: &mut Step) -> Result<(), VideoError> {
        let Self { file, size, screen, rate, spool, sample } = *self;
        let failed = |error| failed(file.target(), error);
        let palette = sample.into_palette();
        // One place more, for pixels that stay as they are.
        let transparent = palette.colours().len() as u8;
        let table: Vec<u8> = palette.colours().iter().copied().chain([[0; 3]]).flatten().collect();
        let open = file.file().try_clone().map_err(FileError::io("write", file.target()))?;
        let mut gif = GifFile::new(BufWriter::new(open), screen.0, screen.1, &table).map_err(failed)?;
        gif.set_repeat(Repeat::Infinite).map_err(failed)?;
        gif.write_raw_extension(COMMENT, &[PLACE_OF_MARK.as_bytes()]).map_err(failed)?;
        write_frames(&mut gif, spool, &palette, transparent, (size, rate), step, &failed)?;
        let writer = gif.into_inner().map_err(failed)?;
        writer.into_inner().map_err(|error| FileError::io("write", file.target())(error.into_error()))?;
        place_mark(file.file()).map_err(FileError::io("write", file.target()))?;
        Ok(file.commit()?)
    }
}

fn write_frames(
    gif: &mut GifFile<BufWriter<File>>,
    spool: Spool,
    palette: &Palette,
    transparent: u8,
    (size, rate): (FrameSize, FrameRate),
    step: &mut Step,
    failed: &dyn Fn(::gif::EncodingError) -> VideoError,
) -> Result<(), VideoError> {
    let width = size.width as usize;
    let mut shown = Shown { width, places: vec![transparent; width * size.height as usize] };
    let mut frames = spool.into_frames()?;
    let mut index = 0;
    while let Some((rgb, runs)) = frames.next_frame()? {
        let (area, places) = shown.update(rgb, &runs, palette, transparent);
        let frame = Frame {
            left: area.left as u16,
            top: area.top as u16,
            width: area.width as u16,
            height: area.height as u16,
            delay: (rate.start_of(index + 1, UNITS_A_SECOND) - rate.start_of(index, UNITS_A_SECOND)) as u16,
            dispose: DisposalMethod::Keep,
            transparent: (index > 0).then_some(transparent),
            buffer: Cow::Owned(places),
            ..Frame::default()
        };
        gif.write_frame(&frame).map_err(failed)?;
        index += 1;
        step(Note::Frames(index))?;
    }
    Ok(())
}

/// What the viewer of a GIF sees: the place in the palette of every pixel.
struct Shown {
    width: usize,
    places: Vec<u8>,
}

/// A part of a frame, in pixels.
struct Part {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl Shown {
    /// Takes the next frame, which differs from the last one in these runs of pixels. Returns the smallest part that holds every change,
    /// one pixel where there is none, and its rows, in which what stays is transparent.
    fn update(&mut self, rgb: &[u8], runs: &[Range<usize>], palette: &Palette, transparent: u8) -> (Part, Vec<u8>) {
        let width = self.width;
        let place = |pixel: usize| palette.place([rgb[pixel * 3], rgb[pixel * 3 + 1], rgb[pixel * 3 + 2]], pixel % width, pixel / width);
        let found: Vec<Vec<u8>> = runs.par_iter().map(|run| run.clone().map(place).collect()).collect();
        let (mut columns, mut rows) = (self.width..0, self.places.len() / self.width..0);
        let mut changes = vec![transparent; self.places.len()];
        for (run, found) in runs.iter().zip(found) {
            for (pixel, place) in run.clone().zip(found) {
                if self.places[pixel] != place {
                    self.places[pixel] = place;
                    changes[pixel] = place;
                    let (x, y) = (pixel % width, pixel / width);
                    columns = columns.start.min(x)..columns.end.max(x + 1);
                    rows = rows.start.min(y)..rows.end.max(y + 1);
                }
            }
        }
        if rows.is_empty() {
            (columns, rows) = (0..1, 0..1);
        }
        let kept = rows.clone().flat_map(|y| changes[y * width + columns.start..y * width + columns.end].iter().copied()).collect();
        (Part { left: columns.start, top: rows.start, width: columns.len(), height: rows.len() }, kept)
    }
}

fn failed(path: &Path, error: ::gif::EncodingError) -> VideoError {
    match error {
        ::gif::EncodingError::Io(error) => FileError::io("write", path)(error).into(),
        other => VideoError::Encoder { format: "GIF", reason: other.to_string() },
    }
}

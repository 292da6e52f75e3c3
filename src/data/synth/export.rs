//! Writes synthetic faces: a face cache, or a zip of JPEGs in CelebA's layout with its annotation texts.

use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};
use rayon::prelude::*;
use serde::Serialize;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::factors::FaceFactors;
use crate::data::DataError;
use crate::data::annotations::{ATTRIBUTES_FILE, PARTITION_FILE};
use crate::data::cache::{CacheInfo, CacheWriter, DRAWN, FaceRecord};
use crate::data::split::seeded_split;
use crate::files::{AtomicFile, FileError, FileKind, OutputFile, PLACE_OF_MARK, is_marked_zip, place_mark};
use crate::progress::{Monitor, Progress};

/// Faces drawn between two writes: few enough that a wish to stop is heard at once.
const CHUNK: usize = 128;
/// Synthetic pictures that facefield wrote.
const ARCHIVE: FileKind = FileKind { name: "a zip", is_own: is_marked_zip };
/// As good as CelebA's own.
const JPEG_QUALITY: u8 = 92;

/// What was drawn.
#[derive(Clone, Debug, Serialize)]
pub struct SynthSummary {
    /// How many faces.
    pub faces: usize,
    /// The names of their factors.
    pub factors: Vec<String>,
    /// How long it took.
    pub seconds: f64,
    /// Faces drawn in a second.
    pub faces_per_second: f64,
    /// The file.
    pub path: PathBuf,
}

/// Draws `count` faces of `size` x `size` pixels into a face cache.
///
/// # Errors
/// [`DataError`] where `out` cannot be written or the monitor cancels; `out` is untouched then.
pub fn write_cache<'a>(
    count: usize,
    seed: u64,
    size: usize,
    output: impl Into<OutputFile<'a>>,
    monitor: &dyn Monitor,
) -> Result<SynthSummary, DataError> {
    let (start, output) = (Instant::now(), output.into());
    let info = CacheInfo {
        attribute_names: Vec::new(),
        factor_names: FaceFactors::NAMES.map(str::to_owned).to_vec(),
        crop: "none".into(),
        filter: DRAWN.into(),
        sources: vec![format!("synthetic faces, seed {seed}")],
    };
    let names: Vec<String> = (0..count).map(file_name).collect();
    let marks = seeded_split(count);
    let mut writer = CacheWriter::create(output, size, info, names.iter().map(String::as_str))?;
    for first in (0..count).step_by(CHUNK) {
        let chunk = in_progress(first, count, monitor)?;
        let factors: Vec<FaceFactors> = chunk.clone().map(|index| FaceFactors::random(seed, index as u64)).collect();
        let faces: Vec<Vec<u8>> = factors.par_iter().map(|factors| factors.draw(size)).collect();
        let records = chunk.zip(&factors).map(|(index, factors)| FaceRecord {
            name: names[index].clone(),
            split: marks[index],
            attributes: Vec::new(),
            factors: factors.values().to_vec(),
        });
        writer.push(&faces.concat(), records)?;
    }
    writer.finish()?;
    Ok(summary(count, start, output.path))
}

/// Draws `count` faces of 178x218 pixels into a zip in CelebA's layout. An attribute says on which side of 0 a factor lies.
///
/// # Errors
/// [`DataError`] where `out` cannot be written or the monitor cancels; `out` is untouched then.
pub fn write_zip<'a>(count: usize, seed: u64, output: impl Into<OutputFile<'a>>, monitor: &dyn Monitor) -> Result<SynthSummary, DataError> {
    let (start, output) = (Instant::now(), output.into());
    let out = output.path;
    let file = AtomicFile::create_output(output, ARCHIVE)?;
    let disk = |error: ZipError| match error {
        ZipError::Io(error) => FileError::io("write", out)(error),
        other => FileError::io("write", out)(other.into()),
    };
    let mut zip = ZipWriter::new(SilentAfterFailure::new(BufWriter::new(file.file())));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let texts = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for first in (0..count).step_by(CHUNK) {
        let chunk = in_progress(first, count, monitor)?;
        let pictures: Vec<Vec<u8>> = chunk.clone().into_par_iter().map(|index| jpeg(&FaceFactors::random(seed, index as u64))).collect();
        for (index, picture) in chunk.zip(pictures) {
            zip.start_file(format!("img_align_celeba/{}", file_name(index)), stored).map_err(disk)?;
            zip.write_all(&picture).map_err(FileError::io("write", out))?;
        }
    }
    for (name, text) in [(ATTRIBUTES_FILE, attributes_text(count, seed)), (PARTITION_FILE, partition_text(count))] {
        zip.start_file(name, texts).map_err(disk)?;
        zip.write_all(text.as_bytes()).map_err(FileError::io("write", out))?;
    }
    zip.set_comment(PLACE_OF_MARK).map_err(disk)?;
    let mut rest = zip.finish().map_err(disk)?;
    rest.flush().map_err(FileError::io("write", out))?;
    drop(rest);
    // The comment is the end of the file and says how long it is: who adds something makes it theirs.
    place_mark(file.file()).map_err(FileError::io("write", out))?;
    file.commit()?;
    Ok(summary(count, start, out))
}

/// Reports the first failure and accepts everything after it: an archive that is given up still writes its directory when it is
/// dropped, and would print on standard error that it cannot.
struct SilentAfterFailure<W> {
    writer: W,
    position: u64,
    failed: bool,
}

impl<W> SilentAfterFailure<W> {
    fn new(writer: W) -> Self {
        Self { writer, position: 0, failed: false }
    }

    fn attempt<T>(&mut self, otherwise: T, work: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        if self.failed {
            return Ok(otherwise);
        }
        let result = work(&mut self.writer);
        self.failed = result.is_err();
        result
    }
}

impl<W: Write> Write for SilentAfterFailure<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.attempt(bytes.len(), |writer| writer.write(bytes))?;
        self.position += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attempt((), W::flush)
    }
}

impl<W: Seek> Seek for SilentAfterFailure<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let pretended = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::Current(offset) | SeekFrom::End(offset) => self.position.saturating_add_signed(offset),
        };
        self.position = self.attempt(pretended, |writer| writer.seek(to))?;
        Ok(self.position)
    }
}

fn in_progress(first: usize, count: usize, monitor: &dyn Monitor) -> Result<std::ops::Range<usize>, DataError> {
    monitor.ensure_wanted()?;
    monitor.report(Progress { stage: "drawing", unit: "faces", done: first as u64, total: count as u64, part: None });
    Ok(first..(first + CHUNK).min(count))
}

fn summary(count: usize, start: Instant, out: &Path) -> SynthSummary {
    let seconds = start.elapsed().as_secs_f64();
    SynthSummary {
        faces: count,
        factors: FaceFactors::NAMES.map(str::to_owned).to_vec(),
        seconds,
        faces_per_second: count as f64 / seconds,
        path: out.to_path_buf(),
    }
}

/// CelebA counts from 000001.jpg.
fn file_name(index: usize) -> String {
    format!("{:06}.jpg", index + 1)
}

fn jpeg(factors: &FaceFactors) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY)
        .write_image(&factors.draw_aligned(), 178, 218, ExtendedColorType::Rgb8)
        .expect("writing RGB8 to memory cannot fail");
    bytes
}

fn attributes_text(count: usize, seed: u64) -> String {
    let mut text = format!("{count}\r\n{} \r\n", FaceFactors::NAMES.join(" "));
    for index in 0..count {
        text += &file_name(index);
        for value in FaceFactors::random(seed, index as u64).values() {
            text += if value > 0.0 { "  1" } else { " -1" };
        }
        text += "\r\n";
    }
    text
}

fn partition_text(count: usize) -> String {
    seeded_split(count).iter().enumerate().map(|(index, mark)| format!("{} {mark}\r\n", file_name(index))).collect()
}

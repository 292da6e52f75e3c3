//! From pictures to a face cache: read, decode, crop and resize in parallel, write as a stream.
//!
//! Owns the order of faces, the list of damaged pictures and the joining of annotations. Memory stays flat: a few hundred
//! pictures are in flight at a time.

use std::path::{Path, PathBuf};
use std::time::Instant;

use fast_image_resize::Resizer;
use rayon::prelude::*;
use serde::Serialize;

use super::cache::{CacheInfo, CacheWriter, FACES, FaceRecord};
use super::crop::{Crop, FILTER, crop_and_resize};
use super::decode::{Background, decode};
use super::labels::Labels;
use super::source::{Entry, LeftOut, LeftOuts, Reader, Source};
use super::{DataError, split};
use crate::files::{OutputFile, same_file};
use crate::progress::{Monitor, Noted, Progress};

/// Pictures in flight: enough to keep every core busy between two writes.
const CHUNK: usize = 512;
/// What a split is said to come from where no text knows it.
pub const RANDOM: &str = "random";

/// How pictures become faces.
#[derive(Clone, Copy, Debug)]
pub struct ImportOptions {
    /// Height and width of the faces in pixels.
    pub size: usize,
    /// Which part of a picture is taken.
    pub crop: Crop,
    /// At most this many pictures are read.
    pub limit: Option<usize>,
    /// What shows where a picture is transparent.
    pub background: Background,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self { size: 64, crop: Crop::Auto, limit: None, background: Background::default() }
    }
}

/// A picture that was skipped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DamagedPicture {
    /// Its file name.
    pub file: String,
    /// What is wrong with it.
    pub reason: String,
}

/// What an import did.
#[derive(Clone, Debug, Serialize)]
pub struct ImportSummary {
    /// How many faces the cache holds.
    pub faces: usize,
    /// The pictures that were skipped.
    pub damaged: Vec<DamagedPicture>,
    /// What the sources hold besides, and was left out.
    pub left_out: Vec<LeftOut>,
    /// How many attributes each face has.
    pub attributes: usize,
    /// How many faces have any of them.
    pub labelled: usize,
    /// The texts that the attributes come from.
    pub labels_from: Vec<String>,
    /// Which faces are for training, validation and testing, and who says so.
    pub split: SplitSummary,
    /// What the user was warned of.
    pub warnings: Vec<String>,
    /// How long it took.
    pub seconds: f64,
    /// Pictures read in a second.
    pub faces_per_second: f64,
    /// The cache.
    pub path: PathBuf,
}

/// The parts of a split.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SplitSummary {
    /// The texts that it comes from, or "random".
    pub from: String,
    /// Faces for training.
    pub train: usize,
    /// Faces for validation.
    pub valid: usize,
    /// Faces for testing.
    pub test: usize,
    /// Faces that the texts do not name.
    pub none: usize,
}

/// Imports folders and archives into one cache at `out`, in the order given and, inside a source, by file name.
///
/// # Errors
/// [`DataError`] where a source or `out` cannot be used, no picture is left, or the monitor cancels; `out` is untouched then.
pub fn import<'a>(
    sources: &[PathBuf],
    output: impl Into<OutputFile<'a>>,
    options: ImportOptions,
    monitor: &dyn Monitor,
) -> Result<ImportSummary, DataError> {
    let (start, output) = (Instant::now(), output.into());
    let out = output.path;
    ensure_sources_stay(sources, out)?;
    FACES.ensure_replaceable(output)?;
    let monitor = Noted::new(monitor);
    let mut sources = sources.iter().map(|path| Source::open(path, &monitor)).collect::<Result<Vec<_>, _>>()?;
    let labels = sources.iter_mut().map(|source| Labels::read(source, &monitor)).collect::<Result<Vec<_>, _>>()?;
    let attribute_names = all_names(&labels);
    let mut left = options.limit.unwrap_or(usize::MAX);
    let parts: Vec<Part> = sources
        .iter()
        .zip(&labels)
        .map(|(source, labels)| {
            let entries = &source.pictures()[..source.pictures().len().min(left)];
            left -= entries.len();
            let columns = attribute_names.iter().map(|name| labels.names.iter().position(|own| own == name)).collect();
            Part { source, entries, labels, columns }
        })
        .collect();
    let info = CacheInfo {
        attribute_names,
        factor_names: Vec::new(),
        crop: options.crop.to_string(),
        filter: FILTER.to_owned(),
        sources: sources.iter().map(|source| file_name(source.path())).collect(),
    };
    let names = parts.iter().flat_map(|part| part.entries).map(|entry| entry.name.as_str());
    let writer = CacheWriter::create(output, options.size, info.clone(), names)?;
    let written = write_faces(writer, &parts, options, &monitor)?;
    for source in sources.iter().filter(|source| source.was_changed()) {
        monitor.warn(format!(
            "{} was changed by another program while it was read; pictures that were no longer there count as damaged. Import it again",
            source.path().display()
        ));
    }
    let mut left_out = LeftOuts::default();
    sources.iter().for_each(|source| left_out.join(source.left_out()));
    let seconds = start.elapsed().as_secs_f64();
    let faces_per_second = (written.faces + written.damaged.len()) as f64 / seconds;
    Ok(ImportSummary {
        faces: written.faces,
        damaged: written.damaged,
        left_out: left_out.0,
        attributes: info.attribute_names.len(),
        labelled: written.labelled,
        labels_from: labels.iter().filter_map(|labels| labels.attributes_from.clone()).collect(),
        split: SplitSummary { from: split_from(&labels), ..written.split },
        warnings: monitor.into_warnings(),
        seconds,
        faces_per_second,
        path: out.to_path_buf(),
    })
}

/// The attributes of all sources, each once, those of the first source first: what a source does not say stays unknown.
fn all_names(labels: &[Labels]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in labels.iter().flat_map(|labels| &labels.names) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// The texts that a split comes from, and "random" where any source has none.
fn split_from(labels: &[Labels]) -> String {
    let mut from: Vec<&str> = labels.iter().map(|labels| labels.split_from.as_deref().unwrap_or(RANDOM)).collect();
    from.dedup();
    from.join(", ")
}

/// What is read is never replaced by what is made of it, also where any file may be.
fn ensure_sources_stay(sources: &[PathBuf], out: &Path) -> Result<(), DataError> {
    match sources.iter().find(|source| same_file(source, out)) {
        Some(source) => Err(DataError::OutputIsSource { path: source.clone() }),
        None => Ok(()),
    }
}

/// The pictures of one source that are wanted, and what is known about them.
struct Part<'a> {
    source: &'a Source,
    entries: &'a [Entry],
    labels: &'a Labels,
    /// For each attribute of the cache its place in this source.
    columns: Vec<Option<usize>>,
}

/// What was written.
#[derive(Default)]
struct Written {
    faces: usize,
    labelled: usize,
    split: SplitSummary,
    damaged: Vec<DamagedPicture>,
}

impl Written {
    fn count(&mut self, record: &FaceRecord) {
        self.faces += 1;
        self.labelled += usize::from(record.attributes.iter().any(|value| *value != 0));
        *match record.split {
            split::TRAIN => &mut self.split.train,
            split::VALID => &mut self.split.valid,
            split::TEST => &mut self.split.test,
            _ => &mut self.split.none,
        } += 1;
    }
}

fn write_faces(mut writer: CacheWriter, parts: &[Part], options: ImportOptions, monitor: &dyn Monitor) -> Result<Written, DataError> {
    let total: usize = parts.iter().map(|part| part.entries.len()).sum();
    let mut written = Written::default();
    let mut done = 0;
    for part in parts {
        for (index, chunk) in part.entries.chunks(CHUNK).enumerate() {
            monitor.ensure_wanted()?;
            let results: Vec<Result<Vec<u8>, String>> = chunk
                .par_iter()
                .map_init(|| (part.source.reader(), Resizer::new()), |(reader, resizer), entry| face(reader, resizer, entry, options))
                .collect();
            let mut pixels = Vec::with_capacity(chunk.len() * options.size * options.size * 3);
            let mut records = Vec::with_capacity(chunk.len());
            for (offset, (entry, result)) in chunk.iter().zip(results).enumerate() {
                match result {
                    Ok(face) => {
                        pixels.extend_from_slice(&face);
                        let record = part.labels.record(entry, index * CHUNK + offset, &part.columns);
                        written.count(&record);
                        records.push(record);
                    }
                    Err(reason) => written.damaged.push(DamagedPicture { file: entry.name.clone(), reason }),
                }
            }
            writer.push(&pixels, records)?;
            done += chunk.len();
            monitor.report(Progress { stage: "importing", unit: "pictures", done: done as u64, total: total as u64, part: None });
        }
    }
    if let (Some(first), true) = (written.damaged.first(), written.damaged.len() == total) {
        return Err(DataError::AllDamaged { count: total, file: first.file.clone(), reason: first.reason.clone() });
    }
    writer.finish()?;
    Ok(written)
}

fn face(reader: &mut Reader, resizer: &mut Resizer, entry: &Entry, options: ImportOptions) -> Result<Vec<u8>, String> {
    let picture = decode(&reader.read(entry)?, options.background, |width, height| options.crop.rows(width, height))?;
    crop_and_resize(resizer, &picture, options.crop, options.size)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

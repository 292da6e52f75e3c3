//! From pictures to a face cache: read, decode, crop and resize in parallel, write as a stream.
//!
//! Owns the order of faces, the list of damaged pictures and the joining of annotations. Memory stays flat: a few hundred
//! pictures are in flight at a time.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use fast_image_resize::Resizer;
use rayon::prelude::*;
use serde::Serialize;

use super::annotations::Annotations;
use super::cache::{CacheInfo, CacheWriter, FACES, FaceRecord};
use super::crop::{Crop, FILTER, crop_and_resize};
use super::decode::decode;
use super::source::{Entry, Reader, Source};
use super::{DataError, split};
use crate::files::{OutputFile, same_file};
use crate::progress::{Monitor, Progress};

/// Pictures in flight: enough to keep every core busy between two writes.
const CHUNK: usize = 512;

/// How pictures become faces.
#[derive(Clone, Copy, Debug)]
pub struct ImportOptions {
    /// Height and width of the faces in pixels.
    pub size: usize,
    /// Which part of a picture is taken.
    pub crop: Crop,
    /// At most this many pictures are read.
    pub limit: Option<usize>,
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
    /// How many attributes each face has.
    pub attributes: usize,
    /// How long it took.
    pub seconds: f64,
    /// Pictures read in a second.
    pub faces_per_second: f64,
    /// The cache.
    pub path: PathBuf,
}

/// Imports folders and zips into one cache at `out`, in the order given and, inside a source, by file name.
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
    let sources = sources.iter().map(|path| Source::open(path)).collect::<Result<Vec<_>, _>>()?;
    let annotations = sources.iter().map(|source| read_annotations(source, monitor)).collect::<Result<Vec<_>, _>>()?;
    let attribute_names = annotations.iter().map(|a| &a.attribute_names).find(|names| !names.is_empty()).cloned().unwrap_or_default();
    let mut left = options.limit.unwrap_or(usize::MAX);
    let parts: Vec<Part> = sources
        .iter()
        .zip(&annotations)
        .map(|(source, annotations)| {
            let entries = &source.pictures()[..source.pictures().len().min(left)];
            left -= entries.len();
            Part { source, entries, labels: Labels::new(annotations, &attribute_names, source.pictures()) }
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
    let (faces, damaged) = write_faces(writer, &parts, options, monitor)?;
    let seconds = start.elapsed().as_secs_f64();
    let faces_per_second = (faces + damaged.len()) as f64 / seconds;
    Ok(ImportSummary { faces, damaged, attributes: info.attribute_names.len(), seconds, faces_per_second, path: out.to_path_buf() })
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
    labels: Labels<'a>,
}

fn write_faces(
    mut writer: CacheWriter,
    parts: &[Part],
    options: ImportOptions,
    monitor: &dyn Monitor,
) -> Result<(usize, Vec<DamagedPicture>), DataError> {
    let total: usize = parts.iter().map(|part| part.entries.len()).sum();
    let mut damaged = Vec::new();
    let mut done = 0;
    for part in parts {
        for (index, chunk) in part.entries.chunks(CHUNK).enumerate() {
            if monitor.cancelled() {
                return Err(DataError::Cancelled);
            }
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
                        records.push(part.labels.record(entry, index * CHUNK + offset));
                    }
                    Err(reason) => damaged.push(DamagedPicture { file: entry.name.clone(), reason }),
                }
            }
            writer.push(&pixels, records)?;
            done += chunk.len();
            monitor.report(Progress { stage: "importing", unit: "pictures", done: done as u64, total: total as u64 });
        }
    }
    if let (Some(first), true) = (damaged.first(), damaged.len() == total) {
        return Err(DataError::AllDamaged { count: total, file: first.file.clone(), reason: first.reason.clone() });
    }
    writer.finish()?;
    Ok((total - damaged.len(), damaged))
}

fn face(reader: &mut Reader, resizer: &mut Resizer, entry: &Entry, options: ImportOptions) -> Result<Vec<u8>, String> {
    crop_and_resize(resizer, &decode(&reader.read(entry)?)?, options.crop, options.size)
}

fn read_annotations(source: &Source, monitor: &dyn Monitor) -> Result<Annotations, DataError> {
    let annotations = source.annotations()?;
    let names: HashSet<&str> = source.pictures().iter().map(|entry| entry.name.as_str()).collect();
    let missing = annotations.missing(|name| names.contains(name));
    if missing > 0 {
        monitor
            .warn(format!("the annotations of {} name {missing} pictures that are not there; they are ignored", source.path().display()));
    }
    Ok(annotations)
}

/// Attributes and split of the pictures of one source.
struct Labels<'a> {
    annotations: &'a Annotations,
    /// For each attribute of the cache its place in this source.
    columns: Vec<Option<usize>>,
    /// The source's own partition, where it says anything about its pictures.
    partition: Option<&'a HashMap<String, u8>>,
    /// Marks by place, where there is no partition.
    seeded: Vec<u8>,
}

impl<'a> Labels<'a> {
    fn new(annotations: &'a Annotations, attribute_names: &[String], pictures: &[Entry]) -> Self {
        let columns = attribute_names.iter().map(|name| annotations.attribute_names.iter().position(|own| own == name)).collect();
        // A text that lies beside the pictures by chance names none of them.
        let names_any = |partition: &&HashMap<String, u8>| pictures.iter().any(|picture| partition.contains_key(&picture.name));
        let partition = annotations.partition.as_ref().filter(names_any);
        let seeded = if partition.is_some() { Vec::new() } else { split::seeded_split(pictures.len()) };
        Self { annotations, columns, partition, seeded }
    }

    fn record(&self, entry: &Entry, place: usize) -> FaceRecord {
        let values = self.annotations.attributes.get(&entry.name);
        let value = |column: &Option<usize>| values.and_then(|values| column.map(|column| values[column])).unwrap_or(0);
        let split = match self.partition {
            Some(partition) => partition.get(&entry.name).copied().unwrap_or(split::NONE),
            None => self.seeded[place],
        };
        FaceRecord { name: entry.name.clone(), split, attributes: self.columns.iter().map(value).collect(), factors: Vec::new() }
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

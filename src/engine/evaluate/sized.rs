//! Faces at the size of a model: those of a cache, or smaller copies of them that go when they are no longer needed.
//!
//! Owns which models faces of a size can judge, and the copies. What is found out with them is the business of others.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use tempfile::TempDir;

use super::job::EvaluateError;
use crate::data::{CacheInfo, CacheWriter, DataError, FaceCache, FaceRecord, SplitChoice};
use crate::engine::EngineError;
use crate::engine::OtherSize;
use crate::files::FileError;
use crate::models::PlacedModel;
use crate::progress::{Monitor, Progress};

/// Faces resized between two writes, and by one thread at a time.
const BATCH: usize = 1024;
const CHUNK: usize = 64;

/// Refuses models that faces of a cache cannot judge, and training faces that cannot stand beside them. `resize`: models of smaller faces
/// can be judged, by faces made smaller.
///
/// # Errors
/// [`EvaluateError`] naming the first of them, or [`DataError`] where a cache cannot be read.
pub fn ensure_sizes(models: &[PlacedModel], data: &Path, train: Option<&Path>, resize: bool) -> Result<(), EngineError> {
    let size = FaceCache::open(data)?.size();
    let headers = || models.iter().map(|model| &model.stored.header);
    if let Some(header) = headers().find(|header| if resize { header.size > size } else { header.size != size }) {
        let (model, data) = (header.name.clone(), data.to_path_buf());
        return Err(EvaluateError::from(OtherSize { model, model_size: header.size, data, size, other: "model" }).into());
    }
    let Some(train) = train else { return Ok(()) };
    let train_size = FaceCache::open(train)?.size();
    let is_small = headers().any(|header| train_size < header.size);
    if is_small || (!resize && train_size != size) {
        let (train, data) = (train.to_path_buf(), data.to_path_buf());
        return Err(EvaluateError::TrainingSize { train, train_size, data, size }.into());
    }
    Ok(())
}

/// Where the models of each size stand, by rising size.
pub fn by_size(models: &[PlacedModel]) -> BTreeMap<usize, Vec<usize>> {
    let mut places: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, model) in models.iter().enumerate() {
        places.entry(model.stored.header.size).or_default().push(at);
    }
    places
}

/// Whether two paths lead to one file.
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    fs::canonicalize(a).is_ok_and(|a| fs::canonicalize(b).is_ok_and(|b| a == b))
}

/// Faces that models were trained on.
pub struct TrainingFaces {
    /// The cache that they stand in.
    pub cache: FaceCache,
    /// Which of its faces.
    pub split: SplitChoice,
    /// The same, one by one, ascending.
    pub indices: Vec<usize>,
}

/// Faces to judge by, and to learn from, at one size.
pub struct SizedFaces {
    data: PathBuf,
    train: Option<PathBuf>,
    /// Holds the copies, if there are any.
    place: Option<TempDir>,
}

impl SizedFaces {
    /// The faces of both caches at `size` pixels; a cache of that size or smaller is used as it is.
    pub fn new(data: &Path, train: Option<&Path>, size: usize, monitor: &dyn Monitor) -> Result<Self, EngineError> {
        if FaceCache::open(data)?.size() <= size {
            return Ok(Self { data: data.to_path_buf(), train: train.map(Path::to_path_buf), place: None });
        }
        let temporary = std::env::temp_dir();
        let place = tempfile::tempdir().map_err(FileError::io("write in", &temporary)).map_err(DataError::from)?;
        let small = place.path().join("data.safetensors");
        resize(data, size, &small, monitor)?;
        let train = match train {
            None => None,
            // One cache under two names stays one.
            Some(train) if is_same_file(train, data) => Some(small.clone()),
            Some(train) if FaceCache::open(train)?.size() <= size => Some(train.to_path_buf()),
            Some(train) => {
                let small = place.path().join("train.safetensors");
                resize(train, size, &small, monitor)?;
                Some(small)
            }
        };
        Ok(Self { data: small, train, place: Some(place) })
    }

    /// The cache with the faces to judge by.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The cache with the training faces, where it is another one.
    pub fn train(&self) -> Option<&Path> {
        self.train.as_deref()
    }

    /// Whether they were made smaller.
    pub fn is_resized(&self) -> bool {
        self.place.is_some()
    }

    /// The faces to learn from; none where none are marked in a cache that is judged by too.
    pub fn training(&self) -> Result<TrainingFaces, EngineError> {
        let cache = FaceCache::open(self.train().unwrap_or(&self.data))?;
        // Whoever names a cache means its faces, also where none is marked.
        let split = if self.train.is_some() { SplitChoice::default_for_fitting(cache.marks()) } else { SplitChoice::Train };
        let indices = (0..cache.count()).filter(|index| split.takes(cache.marks()[*index])).collect();
        Ok(TrainingFaces { cache, split, indices })
    }
}

/// Writes a smaller copy of a cache, without attributes and factors.
fn resize(path: &Path, size: usize, out: &Path, monitor: &dyn Monitor) -> Result<(), EngineError> {
    let cache = FaceCache::open(path)?;
    let info = CacheInfo {
        attribute_names: Vec::new(),
        factor_names: Vec::new(),
        filter: format!("{}, then Lanczos3 to {size}x{size}", cache.info().filter),
        ..cache.info().clone()
    };
    let name = |index: usize| cache.names().get(index).map_or("", String::as_str);
    let mut writer = CacheWriter::create(out, size, info, (0..cache.count()).map(name))?;
    let indices: Vec<usize> = (0..cache.count()).collect();
    for batch in indices.chunks(BATCH) {
        let resized = |chunk: &[usize]| Ok(cache.gather(chunk)?.resized(size).into_pixels());
        let parts: Vec<Vec<u8>> = batch.par_chunks(CHUNK).map(resized).collect::<Result<_, DataError>>()?;
        let record = |index: &usize| FaceRecord { name: name(*index).to_owned(), split: cache.marks()[*index], ..FaceRecord::default() };
        writer.push(&parts.concat(), batch.iter().map(record))?;
        let done = batch.last().map_or(0, |last| last + 1) as u64;
        monitor.report(Progress { stage: "resizing", unit: "faces", done, total: cache.count() as u64, part: None });
        monitor.ensure_wanted()?;
    }
    Ok(writer.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::synth;
    use crate::progress::Silent;

    #[test]
    fn copies_are_smaller_keep_their_marks_and_go() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("faces.safetensors");
        synth::write_cache(40, 1, 32, &path, &Silent).unwrap();
        let faces = SizedFaces::new(&path, Some(&path), 16, &Silent).unwrap();
        let (large, small) = (FaceCache::open(&path).unwrap(), FaceCache::open(faces.data()).unwrap());
        assert_eq!((small.size(), small.count(), small.marks()), (16, 40, large.marks()));
        assert_eq!(small.gather(&[3]).unwrap(), large.gather(&[3]).unwrap().resized(16));
        assert!(faces.is_resized() && faces.train() == Some(faces.data()));
        let copy = faces.data().to_path_buf();
        drop((faces, small));
        assert!(!copy.exists());
        let same = SizedFaces::new(&path, None, 32, &Silent).unwrap();
        assert!(!same.is_resized() && same.data() == path);
        assert_eq!(same.training().unwrap().indices.len(), 36);
    }
}

//! Which faces models of one size are judged by, and which they learned from: all that is known before anything is computed.
//!
//! Owns the choice of the split, how many samples are compared, and what is said about faces that lack.

use super::job::{Evaluate, EvaluateError};
use super::sized::{SizedFaces, TrainingFaces, is_same_file};
use crate::data::{DataError, FaceCache, SplitChoice, split};
use crate::engine::EngineError;
use crate::metrics::{NEAREST, WINDOW, level_sizes};
use crate::progress::Monitor;
use crate::words::{Advice, Setting};

/// Fewer training faces span no space.
const LEAST_TRAINING_FACES: usize = 2;

/// The faces that models of one size are judged by.
pub struct Subjects {
    /// The cache that they stand in.
    pub cache: FaceCache,
    /// Which of them.
    pub split: SplitChoice,
    /// The faces of the split.
    pub indices: Vec<usize>,
    /// So many of them, the first ones, are compared with as many samples.
    pub n: usize,
    training: TrainingFaces,
    /// Whether the training faces stand in the cache with the faces to judge by.
    is_one_cache: bool,
}

/// Tell the caches apart.
#[derive(Clone, Copy, Debug)]
pub struct Fingerprints {
    /// That of the cache with the faces to judge by.
    pub data: u64,
    /// That of the cache with the training faces.
    pub train: u64,
}

impl Subjects {
    /// The faces of a job at one size. `monitor` is told what they lack.
    ///
    /// # Errors
    /// [`EngineError`] where a cache cannot be read, holds no faces of the split, or the training faces have another size.
    pub fn new(job: &Evaluate, faces: &SizedFaces, monitor: &dyn Monitor) -> Result<Self, EngineError> {
        let cache = FaceCache::open(faces.data())?;
        let split = job.split.unwrap_or_else(|| default_split(cache.marks()));
        let indices = cache.select(split)?;
        let training = faces.training()?;
        ensure_training_size(job, &training.cache, &cache)?;
        let is_one_cache = job.train.as_deref().is_none_or(|train| is_same_file(train, &job.data));
        let mut subjects = Self { n: indices.len(), cache, split, indices, training, is_one_cache };
        subjects.n = subjects.training().map_or(subjects.n, |training| subjects.n.min(training.indices.len()));
        subjects.warn_of_training(job, monitor);
        warn_of_small(subjects.cache.size(), subjects.n, monitor);
        Ok(subjects)
    }

    /// The faces that the models learned from, where there are enough of them.
    pub fn training(&self) -> Option<&TrainingFaces> {
        Some(&self.training).filter(|training| training.indices.len() >= LEAST_TRAINING_FACES)
    }

    /// How many faces the models learned from; 0 where there are too few to compare with.
    pub fn training_faces(&self) -> usize {
        self.training().map_or(0, |training| training.indices.len())
    }

    /// Which faces of their cache are taken for training faces.
    pub fn training_split(&self) -> SplitChoice {
        self.training.split
    }

    /// Reads both caches whole, once each.
    ///
    /// # Errors
    /// [`DataError`] where another program has changed one meanwhile.
    pub fn fingerprints(&self) -> Result<Fingerprints, DataError> {
        let data = self.cache.fingerprint()?;
        Ok(Fingerprints { data, train: if self.is_one_cache { data } else { self.training.cache.fingerprint()? } })
    }

    fn warn_of_training(&self, job: &Evaluate, monitor: &dyn Monitor) {
        let Some(training) = self.training() else {
            monitor.warn(format!(
                "{} holds {} training faces, so there is no floor, no precision, recall, density and coverage, and no neighbour ratio; \
                 {}",
                job.train.as_ref().unwrap_or(&job.data).display(),
                self.training.indices.len(),
                Advice::TrainingFaces
            ));
            return;
        };
        let is_shared = |index: &&usize| self.is_one_cache && training.indices.binary_search(index).is_ok();
        let shared = self.indices.iter().filter(is_shared).count();
        if shared > 0 {
            monitor.warn(format!(
                "{shared} of the {} faces to judge by are training faces, so floor and neighbour ratio say little; choose another {}",
                self.indices.len(),
                Setting::Split
            ));
        }
    }
}

/// The faces that were held out, where any were.
pub fn default_split(marks: &[u8]) -> SplitChoice {
    match marks {
        marks if marks.contains(&split::VALID) => SplitChoice::Valid,
        marks if marks.contains(&split::TEST) => SplitChoice::Test,
        _ => SplitChoice::All,
    }
}

fn ensure_training_size(job: &Evaluate, training: &FaceCache, data: &FaceCache) -> Result<(), EvaluateError> {
    if training.size() == data.size() {
        return Ok(());
    }
    let train = job.train.as_ref().unwrap_or(&job.data).clone();
    Err(EvaluateError::TrainingSize { train, train_size: training.size(), data: job.data.clone(), size: data.size() })
}

/// Says which figures small faces and few faces do not have.
fn warn_of_small(size: usize, n: usize, monitor: &dyn Monitor) {
    if size < WINDOW {
        monitor.warn(format!("faces of {size} pixels are too small for SSIM, which needs {WINDOW}"));
    }
    if level_sizes(size).is_empty() {
        monitor.warn(format!("faces of {size} pixels have no Laplacian pyramid down to 16 pixels, so no SWD, SWD-R and band energy"));
    }
    if n <= NEAREST {
        monitor.warn(format!("{n} faces are too few for precision, recall, density and coverage, which need more than {NEAREST}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_split_to_judge_by_is_one_that_was_held_out() {
        assert_eq!(default_split(&[split::TRAIN, split::TEST, split::VALID]), SplitChoice::Valid);
        assert_eq!(default_split(&[split::TRAIN, split::TEST]), SplitChoice::Test);
        assert_eq!(default_split(&[split::TRAIN, split::NONE]), SplitChoice::All);
    }
}

//! The job that judges models: their reconstructions of held-out faces, and their samples beside them.
//!
//! Owns which figures are computed and which are taken from a model's folder. What may be asked and refused stands in `job`; the faces are
//! the business of `subjects` and `sized`, the measuring that of `yardstick`, the file in the folder that of `kept`.

mod job;
mod kept;
mod sized;
mod subjects;
#[cfg(test)]
mod tests;
mod warnings;
mod way_back;
mod yardstick;

use std::fs;
use std::path::PathBuf;

use self::kept::{FigureFile, KeptFigures, Question};
use self::subjects::Subjects;
use self::yardstick::Yardstick;
use super::way_back::kept_encoder;
use super::{EngineError, open_model};
use crate::backend::BackendChoice;
use crate::data::{DataError, FaceCache};
use crate::metrics::Evaluation;
use crate::models::{FaceModel, ModelHeader, PlacedModel, is_shipped, user_cache};
use crate::progress::{Monitor, Part, PartOf, Staged};
use crate::training::is_locked;

pub use self::job::{Evaluate, EvaluateError, INVERTED};
pub(super) use self::sized::{SizedFaces, TrainingFaces, by_size, ensure_sizes};
pub(super) use self::subjects::default_split;
pub(super) use self::warnings::ToldOnce;

/// Fitting the space, placing training faces in it, looking for their neighbours, measuring the floor.
const OF_A_YARDSTICK: usize = 4;
/// Sampling, comparing, looking for neighbours.
const OF_EVERY_MODEL: usize = 3;

/// A model to be judged, ready to compute.
pub struct Candidate<'a> {
    /// The model, and where it stands.
    pub of: &'a PlacedModel,
    /// The same, on a device.
    pub model: Box<dyn FaceModel>,
    /// Which of all candidates it is.
    part: Part,
}

impl<'a> Candidate<'a> {
    /// Opens models on the CPU.
    ///
    /// # Errors
    /// [`EngineError::Weights`] where weights of one are missing.
    pub fn open_all(models: &'a [PlacedModel]) -> Result<Vec<Self>, EngineError> {
        let part = |at: usize| Part { noun: "model", number: at + 1, of: models.len() };
        models.iter().enumerate().map(|(at, of)| Self::open(of, part(at))).collect()
    }

    fn open(of: &'a PlacedModel, part: Part) -> Result<Self, EngineError> {
        let (model, _) = open_model(&of.stored, BackendChoice::Cpu)?;
        Ok(Self { of, model, part })
    }

    /// What the model is.
    pub fn header(&self) -> &'a ModelHeader {
        &self.of.stored.header
    }
}

/// Runs the job: one result for each model, in order.
///
/// # Errors
/// [`EngineError`] where a model or the faces cannot be used, or the monitor cancels. Figures of models that were judged by then are kept.
pub fn evaluate(job: &Evaluate, monitor: &dyn Monitor) -> Result<Vec<Evaluation>, EngineError> {
    // Before anything that takes long: what cannot be used is known at once.
    ensure_sizes(&job.models, &job.data, job.train.as_deref(), job.resize)?;
    if let Some(split) = job.split {
        FaceCache::open(&job.data)?.select(split)?;
    }
    let candidates = Candidate::open_all(&job.models)?;
    let staged = Staged::new(monitor, stages_of(&job.models, job.invert));
    let monitor = ToldOnce::new(&staged, titles_of(&candidates));
    let mut found: Vec<Option<Evaluation>> = candidates.iter().map(|_| None).collect();
    for (size, places) in by_size(&job.models) {
        let faces = SizedFaces::new(&job.data, job.train.as_deref(), size, &monitor)?;
        let of_size: Vec<&Candidate<'_>> = places.iter().map(|at| &candidates[*at]).collect();
        for (at, evaluation) in places.iter().zip(judge_by(job, &of_size, &faces, &monitor)?) {
            found[*at] = Some(evaluation);
        }
    }
    Ok(found.into_iter().flatten().collect())
}

/// About how many stages it takes to judge models: those of the yardstick at each size, and of each model those that its kind has.
pub(super) fn stages_of(models: &[PlacedModel], invert: usize) -> usize {
    let of_model = |model: &PlacedModel| {
        let facts = model.stored.header.kind.facts();
        OF_EVERY_MODEL + usize::from(facts.has_encoder) + usize::from(facts.is_inverted && invert > 0)
    };
    by_size(models).len() * OF_A_YARDSTICK + models.iter().map(of_model).sum::<usize>()
}

/// By which warnings name models.
pub(super) fn titles_of(candidates: &[Candidate<'_>]) -> Vec<String> {
    candidates.iter().map(|candidate| candidate.header().title()).collect()
}

/// Judges models of one size by faces of that size. The yardstick is made only where a model has no kept figures.
///
/// # Errors
/// [`EngineError`] where the faces cannot be used, or the monitor cancels.
pub fn judge_by(
    job: &Evaluate,
    candidates: &[&Candidate<'_>],
    faces: &SizedFaces,
    monitor: &dyn Monitor,
) -> Result<Vec<Evaluation>, EngineError> {
    let subjects = Subjects::new(job, faces, monitor)?;
    let files = figure_files(job, candidates, &subjects)?;
    let find = |(candidate, file): (&&Candidate<'_>, &Option<FigureFile>)| {
        let kept = file.as_ref().filter(|_| job.reuse)?.find(monitor)?;
        agrees(&kept.evaluation, candidate.header(), &subjects, job.seed).then_some(kept)
    };
    let kept: Vec<Option<KeptFigures>> = candidates.iter().zip(&files).map(find).collect();
    if kept.iter().all(Option::is_some) {
        return Ok(kept.into_iter().flatten().map(|kept| taken(kept, monitor)).collect());
    }
    let yardstick = Yardstick::new(&subjects, job, monitor)?;
    let mut found = Vec::new();
    for ((candidate, file), kept) in candidates.iter().zip(&files).zip(kept) {
        let monitor = PartOf::new(monitor, candidate.part);
        found.push(match kept {
            Some(kept) => taken(kept, &monitor),
            None => computed(job, &yardstick, candidate, file.as_ref(), &monitor)?,
        });
    }
    Ok(found)
}

/// Where the figures of each model are kept; `None` where there is no such place.
fn figure_files(job: &Evaluate, candidates: &[&Candidate<'_>], subjects: &Subjects) -> Result<Vec<Option<FigureFile>>, DataError> {
    let folders: Vec<Option<PathBuf>> = candidates.iter().map(|candidate| figure_folder(candidate.of)).collect();
    // Reads hundreds of megabytes: only where there is something to read it for.
    if folders.iter().all(Option::is_none) {
        return Ok(folders.iter().map(|_| None).collect());
    }
    let fingerprints = subjects.fingerprints()?;
    let file = |(candidate, folder): (&&Candidate<'_>, Option<PathBuf>)| {
        let question = Question::new(job, &candidate.of.stored, subjects, fingerprints);
        Some(FigureFile::new(&folder?, question.beginning_with(encoder_of(job, candidate.of))))
    };
    Ok(candidates.iter().zip(folders).map(file).collect())
}

/// What tells apart the encoder that searches begin with; `None` where nothing is searched for, or no encoder is kept yet.
fn encoder_of(job: &Evaluate, model: &PlacedModel) -> Option<u64> {
    if is_searched(job, model) { kept_encoder(model) } else { None }
}

/// Whether places of faces are searched for in the space of a model.
fn is_searched(job: &Evaluate, model: &PlacedModel) -> bool {
    job.invert > 0 && model.stored.header.kind.facts().is_inverted
}

/// A model's own folder; for one that ships with the program, a folder of the user's cache: what is installed stays as it is.
fn figure_folder(model: &PlacedModel) -> Option<PathBuf> {
    if !is_shipped(&model.stored) {
        return model.folder.clone();
    }
    let cache = user_cache()?.join("figures").join(format!("{:016x}", model.stored.fingerprint()));
    fs::create_dir_all(&cache).ok().map(|()| cache)
}

/// Whether kept figures say of themselves what was asked: a file may have been changed by hand.
fn agrees(kept: &Evaluation, header: &ModelHeader, subjects: &Subjects, seed: u64) -> bool {
    let is_of_model = (kept.model.as_str(), kept.kind.as_str(), kept.size, kept.latent_dim)
        == (header.name.as_str(), header.kind.key(), header.size, header.latent_dim);
    let is_of_faces = (kept.split.as_str(), kept.faces, kept.n, kept.training_faces)
        == (subjects.split.word(), subjects.indices.len(), subjects.n, subjects.training_faces());
    is_of_model && is_of_faces && kept.seed == seed
}

/// Kept figures as a result, with the warnings that belong to them.
fn taken(kept: KeptFigures, monitor: &dyn Monitor) -> Evaluation {
    kept.warnings.into_iter().for_each(|warning| monitor.warn(warning));
    Evaluation { is_kept: true, ..kept.evaluation }
}

/// Computes the figures of a model, and keeps them at once: what comes after it may be cancelled.
fn computed(
    job: &Evaluate,
    yardstick: &Yardstick<'_>,
    candidate: &Candidate<'_>,
    file: Option<&FigureFile>,
    monitor: &dyn Monitor,
) -> Result<Evaluation, EngineError> {
    let is_searched = is_searched(job, candidate.of);
    // Of a model that is being trained, the search begins without the encoder that may stand there.
    let is_trained = || candidate.of.folder.as_deref().is_some_and(is_locked);
    let begins_without = is_searched && is_trained();
    let (evaluation, warnings) = yardstick.judge(candidate.of, candidate.model.as_ref(), monitor)?;
    if begins_without || (is_searched && is_trained()) {
        return Ok(evaluation);
    }
    if let Some(file) = file {
        // An encoder may have been trained just now.
        let file = file.beginning_with(encoder_of(job, candidate.of));
        file.keep(&evaluation, warnings, monitor);
    }
    Ok(evaluation)
}

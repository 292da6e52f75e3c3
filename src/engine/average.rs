//! The job that writes an average of a run's weights as a model, with a length that is chosen afterwards.
//!
//! Owns where the frame of such a network comes from, for whoever shows or stores one. Which averages are combined, and how, is the
//! business of the run.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;

use super::error::EngineError;
use super::open::open_model;
use super::preview::preview_png;
use crate::backend::BackendChoice;
use crate::data::{FaceCache, Faces};
use crate::latent::LatentFrame;
use crate::models::gan::FrameCare;
use crate::models::{FaceModel, FrameWeights, MODEL, ModelError, Precision, StoredModel};
use crate::progress::Monitor;
use crate::training::{RunSpec, SolvedAverage, TrainingFaces, read_spec, solve_average};

/// Faces whose codes give a frame that is wanted quickly.
const QUICK_FACES: usize = 1024;

/// Writes an average of a run's weights as a model.
#[derive(Clone, Debug)]
pub struct TakeAverage {
    /// The run folder.
    pub run: PathBuf,
    /// The relative length, within `LENGTHS`.
    pub length: f64,
    /// The moment: the last that is kept up to this step; without, the last of all.
    pub at: Option<u64>,
    /// The model folder to write.
    pub out: PathBuf,
    /// How the weights are stored.
    pub precision: Precision,
}

/// Where the frame of an average comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FrameSource {
    /// From the network itself.
    Network,
    /// From the codes of the run's faces.
    Faces,
    /// From the run, since its faces are not there: its axes fit the average about.
    Run,
}

/// What was written.
#[derive(Clone, Debug, Serialize)]
pub struct AverageSummary {
    /// The model folder.
    pub path: PathBuf,
    /// The relative length.
    pub length: f64,
    /// The step of the run that it is of.
    pub step: u64,
    /// Faces that the run had seen by then.
    pub images: u64,
    /// From how many moments averages were combined.
    pub moments: usize,
    /// The first of their steps.
    pub first_step: u64,
    /// How far the combined profile is from that of the length, as a share of its size.
    pub residual: f64,
    /// Where the frame comes from.
    pub frame: FrameSource,
    /// How long it took.
    pub seconds: f64,
}

/// Runs the job.
///
/// # Errors
/// [`EngineError`] where the run has no such average, the output cannot be written, or the monitor cancels.
pub fn take_average(job: &TakeAverage, monitor: &dyn Monitor) -> Result<AverageSummary, EngineError> {
    let start = Instant::now();
    MODEL.ensure_replaceable(&job.out).map_err(ModelError::from)?;
    let solved = solve_average(&job.run, job.length, job.at, monitor)?;
    warn_of_left_out(&solved, monitor);
    let SolvedAverage { moment, moments, first_step, residual, .. } = solved;
    let (mut stored, frame) = framed(solved, &job.run, FrameCare::Thorough, BackendChoice::Cpu, monitor)?;
    stored.header.name = job.out.file_name().unwrap_or(job.out.as_os_str()).to_string_lossy().into_owned();
    let mut weights = Arc::unwrap_or_clone(stored.weights).at(job.precision);
    weights.insert_frame(&stored.frame);
    stored.weights = weights.into();
    monitor.ensure_wanted()?;
    stored.save(&job.out, &preview_png(&stored)?)?;
    let (step, images, seconds) = (moment.step, moment.images, start.elapsed().as_secs_f64());
    Ok(AverageSummary { path: job.out.clone(), length: job.length, step, images, moments, first_step, residual, frame, seconds })
}

/// Says which averages of a run could not be read: the others are enough for one of any length, but it may be farther off.
pub(super) fn warn_of_left_out(solved: &SolvedAverage, monitor: &dyn Monitor) {
    for (path, reason) in &solved.left_out {
        monitor.warn(format!("the averages {} cannot be read and are left out: {reason}", path.display()));
    }
}

/// The network of an average in the frame of a model that it is compared with.
pub(super) fn in_frame(solved: SolvedAverage, frame: LatentFrame) -> StoredModel {
    let mut weights = solved.weights;
    weights.insert_frame(&frame);
    StoredModel { header: solved.header, frame, weights: weights.into() }
}

/// The network of an average with its frame, in which axes face as in the run's model.
///
/// # Errors
/// [`EngineError`] where its weights are not those of its shape, or the monitor cancels.
pub(super) fn framed(
    solved: SolvedAverage,
    run: &Path,
    care: FrameCare,
    backend: BackendChoice,
    monitor: &dyn Monitor,
) -> Result<(StoredModel, FrameSource), EngineError> {
    let dim = solved.header.latent_dim;
    let of_run = StoredModel::open(run).ok().map(|model| model.frame).filter(|frame| frame.dim() == dim && frame.code_dim() == dim);
    let any = || LatentFrame::diagonal(vec![1.0; dim], vec![0.0; dim]).expect("sigmas of 1 are positive");
    // Until its own is found; codes go through as they are.
    let mut stored = StoredModel { header: solved.header, frame: any(), weights: solved.weights.into() };
    let (model, _) = open_model(&stored, backend)?;
    let is_wanted = || !monitor.cancelled();
    let (frame, source) = match model.own_frame(care, &is_wanted) {
        Some(frame) => (Some(frame), FrameSource::Network),
        None => match frame_of_faces(model.as_ref(), run, care, monitor)? {
            Some(frame) => (Some(frame), FrameSource::Faces),
            None => (solved.frame.or_else(|| of_run.clone()), FrameSource::Run),
        },
    };
    monitor.ensure_wanted()?;
    let frame = frame.unwrap_or_else(any);
    stored.frame = of_run.as_ref().map_or(frame.clone(), |before| frame.facing_as(before));
    Arc::make_mut(&mut stored.weights).insert_frame(&stored.frame);
    Ok((stored, source))
}

/// The frame of the codes of the run's faces; `None` where they are gone, or are others by now.
fn frame_of_faces(model: &dyn FaceModel, run: &Path, care: FrameCare, monitor: &dyn Monitor) -> Result<Option<LatentFrame>, EngineError> {
    let (spec, size, dim) = (read_spec(run)?, model.header().size, model.header().latent_dim);
    let Some(faces) = faces_of(&spec, size, care) else {
        monitor.warn(format!(
            "the faces that it was trained on, {}, are not there any more, or are others: its axes are those of the run",
            spec.data.display()
        ));
        return Ok(None);
    };
    let codes = match care {
        FrameCare::Thorough => faces.codes(model, monitor)?,
        FrameCare::Quick => {
            let sample: Faces = faces.sample(QUICK_FACES.max(4 * dim))?;
            model.encode(&sample)
        }
    };
    Ok(codes.and_then(|codes| LatentFrame::of_codes(&codes, dim)))
}

/// The faces that a run learns from, where they are there and the same. Whether every byte is takes as long as reading them all; who is in a
/// hurry goes by their number.
fn faces_of(spec: &RunSpec, size: usize, care: FrameCare) -> Option<TrainingFaces> {
    let cache = FaceCache::open(&spec.data).ok().filter(|cache| cache.size() == size)?;
    let is_same = match care {
        FrameCare::Thorough => cache.fingerprint().is_ok_and(|fingerprint| fingerprint == spec.fingerprint),
        FrameCare::Quick => true,
    };
    if is_same { TrainingFaces::new(cache, 0).ok().filter(|faces| faces.count() == spec.faces) } else { None }
}

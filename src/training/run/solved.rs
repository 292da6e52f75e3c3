//! An average of any length, at any moment of which a run keeps averages: from its snapshots and its checkpoints.
//!
//! Owns which of them are combined, and the weights that come out. How the past counts is the profile's business; the frame of the
//! network that comes out is found elsewhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::checkpoint::{AVERAGES, checkpoint_folder, list_checkpoints, read_state};
use super::header::model_header;
use super::names::CHECKPOINTS;
use super::reading::read_run;
use super::snapshots::{Moment, frame_in, list_snapshots, read_counts, snapshot_path};
use crate::latent::LatentFrame;
use crate::models::gan::is_share;
use crate::models::{ModelHeader, Precision, WeightError, Weights};
use crate::progress::{Cancelled, Monitor};
use crate::training::error::TrainingError;
use crate::training::power_average::{KeptAverages, LENGTHS, Profile, TRACKED, combine};
use crate::words::{counted, grouped};

/// Why a run has no such average.
#[derive(Debug, thiserror::Error)]
pub enum AverageError {
    /// There is no run.
    #[error(transparent)]
    Run(#[from] TrainingError),
    /// No averages can have this length.
    #[error("an average of the length {length} cannot be put together: choose one from {least} to {most}", least = LENGTHS.start(), most = LENGTHS.end())]
    Length {
        /// What was asked for.
        length: f64,
    },
    /// Nothing is kept.
    #[error(
        "{path} keeps no averages: it was trained by an earlier version, or has seen fewer than 1,000 faces. Go on with its training, which \
         keeps them from then on",
        path = .path.display()
    )]
    NoSnapshots {
        /// The run.
        path: PathBuf,
    },
    /// Nothing is kept of so early or so late a step.
    #[error("{path} keeps averages from step {first} to step {last}, and none of step {step}. Name a step between them", path = .path.display())]
    NoMoment {
        /// The run.
        path: PathBuf,
        /// What was asked for.
        step: u64,
        /// The first step with averages.
        first: u64,
        /// The last one.
        last: u64,
    },
    /// The snapshot of the moment that was asked for cannot be used.
    #[error("the averages {path} cannot be used: {source}. Remove that file, or fetch the run anew", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: WeightError,
    },
    /// Nobody wants it any more.
    #[error("{0}")]
    Cancelled(#[from] Cancelled),
}

/// Averages that a run keeps.
#[derive(Clone, Debug)]
struct Kept {
    path: PathBuf,
    moment: Moment,
    /// Whether they stand in a checkpoint, which is worth more than they are.
    is_checkpoint: bool,
}

/// Files that are left out, and why.
type LeftOut = Vec<(PathBuf, String)>;

/// An average that was put together.
#[derive(Clone, Debug)]
pub struct SolvedAverage {
    /// What the model is; without a name.
    pub header: ModelHeader,
    /// Its weights, without a frame, in single precision.
    pub weights: Weights,
    /// The moment that it is of.
    pub moment: Moment,
    /// The frame that the run's later ones faced at that moment, where it is kept.
    pub frame: Option<LatentFrame>,
    /// From how many moments averages were combined.
    pub moments: usize,
    /// The first of their steps.
    pub first_step: u64,
    /// How far the combined profile is from that of the length, as a share of its size.
    pub residual: f64,
    /// Files of averages that cannot be read, and why; the others were enough.
    pub left_out: LeftOut,
}

/// Puts the average of a relative `length` together, at the last moment that is kept up to the step `at`, or at the last of all. Files that
/// cannot be read are left out; unless it is the snapshot of that very moment.
///
/// # Errors
/// [`AverageError`].
pub fn solve_average(run: &Path, length: f64, at: Option<u64>, monitor: &dyn Monitor) -> Result<SolvedAverage, AverageError> {
    if !LENGTHS.contains(&length) {
        return Err(AverageError::Length { length });
    }
    let mut left_out = LeftOut::new();
    loop {
        match solve_once(run, length, at, &left_out, monitor)? {
            Outcome::Solved(solved) => return Ok(*solved),
            Outcome::Unreadable(path, source) => left_out.push((path, source.to_string())),
        }
    }
}

/// What a look at a run comes to.
enum Outcome {
    Solved(Box<SolvedAverage>),
    /// One of its files cannot be read; without it there may be another way.
    Unreadable(PathBuf, WeightError),
}

fn solve_once(run: &Path, length: f64, at: Option<u64>, left_out: &LeftOut, monitor: &dyn Monitor) -> Result<Outcome, AverageError> {
    let facts = read_run(run)?;
    let mut left_out = left_out.clone();
    let kept = kept_in(run, &facts.spec.as_ref().map(|spec| spec.size), &mut left_out, monitor)?;
    let (first, last) = match (kept.first(), kept.last()) {
        (Some(first), Some(last)) => (first.moment.step, last.moment.step),
        _ => return Err(AverageError::NoSnapshots { path: run.to_path_buf() }),
    };
    let no_moment = |step| AverageError::NoMoment { path: run.to_path_buf(), step, first, last };
    // A run stands behind the last moment that it keeps, until it keeps another one.
    if let Some(step) = at.filter(|step| *step > last.max(facts.step)) {
        return Err(no_moment(step));
    }
    let until = at.unwrap_or(last);
    let newest = kept.iter().rfind(|kept| kept.moment.step <= until).ok_or_else(|| no_moment(until))?;
    // Those of the same network, that have begun with it.
    let is_of_it = |kept: &&Kept| {
        let (moment, wanted) = (&kept.moment, &newest.moment);
        moment.step <= wanted.step && moment.began == wanted.began && moment.size == wanted.size
    };
    let used: Vec<&Kept> = kept.iter().filter(is_of_it).collect();
    let profiles: Vec<Profile> =
        used.iter().flat_map(|kept| TRACKED.map(|length| Profile::new(length, kept.moment.faces as f64))).collect();
    let combination = combine(&profiles, &Profile::new(length, newest.moment.faces as f64));
    let combination = combination.ok_or_else(|| AverageError::NoSnapshots { path: run.to_path_buf() })?;
    let weights = match combined(&used, &combination.factors, monitor)? {
        Ok(weights) => weights,
        // One that is gone was pruned, or taken back, between two looks.
        Err((kept, source)) if kept.path == newest.path && !kept.is_checkpoint && kept.path.exists() => {
            return Err(AverageError::Unreadable { path: kept.path, source });
        }
        Err((kept, source)) => return Ok(Outcome::Unreadable(kept.path, source)),
    };
    let (spec, settings) = facts.spec.as_ref().zip(facts.settings.as_ref()).expect("a run that was read has a beginning");
    let moment = newest.moment;
    let training = format!(
        "facefield train {}: {} faces seen in {} steps; averaged over a relative length of {length}, put together from {} that were kept \
         (residual {:.1} %); {}",
        settings.kind().key(),
        grouped(moment.images),
        grouped(moment.step),
        counted(used.len() as u64, "moment"),
        combination.residual * 100.0,
        settings.in_words()
    );
    left_out.retain(|(path, _)| path.exists());
    Ok(Outcome::Solved(Box::new(SolvedAverage {
        header: model_header(spec, settings, moment.size, String::new(), training),
        weights,
        moment,
        frame: frame_in(&newest.path, settings.latent()),
        moments: used.len(),
        first_step: used.first().map_or(moment.step, |kept| kept.moment.step),
        residual: combination.residual,
        left_out,
    })))
}

/// All averages whose counts can be read, by step, without the files that are `left_out`, to which the others are added; those of
/// checkpoints, which are whole, before those of snapshots.
fn kept_in(run: &Path, first_size: &Option<usize>, left_out: &mut LeftOut, monitor: &dyn Monitor) -> Result<Vec<Kept>, Cancelled> {
    let known: Vec<PathBuf> = left_out.iter().map(|(path, _)| path.clone()).collect();
    let is_left_out = |path: &Path| known.iter().any(|known| known == path);
    let mut kept = BTreeMap::new();
    for step in list_snapshots(run) {
        monitor.ensure_wanted()?;
        let path = snapshot_path(run, step);
        if is_left_out(&path) {
            continue;
        }
        match read_counts(&path).and_then(|counts| Moment::of_snapshot(&counts)) {
            Ok(moment) => drop(kept.insert(step, Kept { path, moment, is_checkpoint: false })),
            Err(error) => left_out.push((path, error.to_string())),
        }
    }
    let checkpoints = run.join(CHECKPOINTS);
    for step in list_checkpoints(&checkpoints) {
        monitor.ensure_wanted()?;
        let path = checkpoint_folder(&checkpoints, step).join(AVERAGES);
        // One that was pruned meanwhile is none, and one of an earlier version has none.
        let Some(state) = read_state(&checkpoints, step).ok().filter(|_| path.exists() && !is_left_out(&path)) else { continue };
        let averages = match read_counts(&path).and_then(|counts| KeptAverages::from_weights(&counts)) {
            Ok(averages) => averages,
            Err(error) => {
                left_out.push((path, error.to_string()));
                continue;
            }
        };
        let size = state.stages.iter().rev().find(|stage| stage.since <= step).map(|stage| stage.size).or(*first_size);
        let moment = Moment::new(step, state.images, size.unwrap_or_default(), &averages);
        kept.insert(step, Kept { path, moment, is_checkpoint: true });
    }
    // Averages that have seen nothing average nothing.
    Ok(kept.into_values().filter(|kept| kept.moment.faces > 0).collect())
}

/// The sum of all averages, each times its factor: two factors for every file; or the file that cannot be used, and why. Tensors are those of
/// the last file, and so is by which share new layers have faded in.
fn combined(used: &[&Kept], factors: &[f64], monitor: &dyn Monitor) -> Result<Result<Weights, (Kept, WeightError)>, Cancelled> {
    let mut sums = Sums::new();
    for (kept, factors) in used.iter().zip(factors.chunks_exact(2)).rev() {
        monitor.ensure_wanted()?;
        if let Err(source) = add(&mut sums, &kept.path, factors) {
            return Ok(Err(((*kept).clone(), source)));
        }
    }
    let mut weights = Weights::default();
    for (name, (shape, sums)) in sums {
        weights.insert(&name, &shape, sums.into_iter().map(|sum| sum as f32).collect(), Precision::Single);
    }
    Ok(Ok(weights))
}

/// Shapes and sums of tensors, by name.
type Sums = BTreeMap<String, (Vec<usize>, Vec<f64>)>;

/// Adds both averages of a file, each times its factor.
fn add(sums: &mut Sums, path: &Path, factors: &[f64]) -> Result<(), WeightError> {
    let bytes = fs::read(path).map_err(|error| WeightError::Format(error.to_string()))?;
    let averages = KeptAverages::from_weights(&Weights::from_safetensors(&bytes)?)?;
    if sums.is_empty() {
        let layout = averages.weights[0].names().map(|name| (name.to_owned(), averages.weights[0].shape(name).unwrap_or_default()));
        *sums = layout.map(|(name, shape)| (name, (shape.to_vec(), vec![0.0; shape.iter().product()]))).collect();
        let shares = sums.iter_mut().filter(|(name, _)| is_share(name));
        shares.for_each(|(name, (_, sums))| *sums = averages.weights[0].values(name).iter().map(|share| f64::from(*share)).collect());
    }
    for (name, (shape, sums)) in sums {
        for (weights, factor) in averages.weights.iter().zip(factors) {
            if is_share(name) {
                continue;
            }
            let values = weights.get(name, shape)?;
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += factor * f64::from(*value));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

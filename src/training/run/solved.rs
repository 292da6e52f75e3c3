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
use super::snapshots::{AverageSnapshot, Moment, counts_in, list_snapshots, snapshot_path};
use crate::latent::LatentFrame;
use crate::models::gan::is_share;
use crate::models::{ModelHeader, Precision, WeightError, Weights};
use crate::training::error::TrainingError;
use crate::training::power_average::{KeptAverages, LENGTHS, Profile, TRACKED, combine};
use crate::words::{counted, grouped};

/// So often a run is looked at that is changed meanwhile.
const TRIES: usize = 3;

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
    /// A file cannot be used.
    #[error("the averages {path} cannot be used: {source}. Remove that file, or fetch the run anew", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: WeightError,
    },
}

/// Averages that a run keeps.
#[derive(Clone, Debug)]
struct Kept {
    path: PathBuf,
    moment: Moment,
}

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
}

/// Puts the average of a relative `length` together, at the last moment that is kept up to the step `at`, or at the last of all.
///
/// # Errors
/// [`AverageError`].
pub fn solve_average(run: &Path, length: f64, at: Option<u64>) -> Result<SolvedAverage, AverageError> {
    let mut tries = 1;
    loop {
        match solve_once(run, length, at) {
            // A training that goes on may have removed a checkpoint between two looks.
            Err(AverageError::Unreadable { path, .. }) if !path.exists() && tries < TRIES => tries += 1,
            found => return found,
        }
    }
}

fn solve_once(run: &Path, length: f64, at: Option<u64>) -> Result<SolvedAverage, AverageError> {
    if !LENGTHS.contains(&length) {
        return Err(AverageError::Length { length });
    }
    let facts = read_run(run)?;
    let kept = kept_in(run, &facts.spec.as_ref().map(|spec| spec.size));
    let (first, last) = match (kept.first(), kept.last()) {
        (Some(first), Some(last)) => (first.moment.step, last.moment.step),
        _ => return Err(AverageError::NoSnapshots { path: run.to_path_buf() }),
    };
    let no_moment = |step| AverageError::NoMoment { path: run.to_path_buf(), step, first, last };
    if let Some(step) = at.filter(|step| *step > last) {
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
    let weights = combined(&used, &combination.factors)?;
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
    Ok(SolvedAverage {
        header: model_header(spec, settings, moment.size, String::new(), training),
        weights,
        moment,
        frame: frame_of(newest, settings.latent()),
        moments: used.len(),
        first_step: used.first().map_or(moment.step, |kept| kept.moment.step),
        residual: combination.residual,
    })
}

/// All averages that can be read, by step; those of checkpoints, which are whole, before those of snapshots.
fn kept_in(run: &Path, first_size: &Option<usize>) -> Vec<Kept> {
    let mut kept = BTreeMap::new();
    for step in list_snapshots(run) {
        let path = snapshot_path(run, step);
        if let Some(moment) = counts_in(&path).and_then(|counts| Moment::of_snapshot(&counts).ok()) {
            kept.insert(step, Kept { path, moment });
        }
    }
    let checkpoints = run.join(CHECKPOINTS);
    for step in list_checkpoints(&checkpoints) {
        let path = checkpoint_folder(&checkpoints, step).join(AVERAGES);
        let averages = counts_in(&path).and_then(|counts| KeptAverages::from_weights(&counts).ok());
        // One that was pruned meanwhile is none.
        let Some((averages, state)) = averages.zip(read_state(&checkpoints, step).ok()) else { continue };
        let size = state.stages.iter().rev().find(|stage| stage.since <= step).map(|stage| stage.size).or(*first_size);
        let moment = Moment::new(step, state.images, size.unwrap_or_default(), &averages);
        kept.insert(step, Kept { path, moment });
    }
    // Averages that have seen nothing average nothing.
    kept.into_values().filter(|kept| kept.moment.faces > 0).collect()
}

/// The frame that a snapshot keeps.
fn frame_of(kept: &Kept, dim: usize) -> Option<LatentFrame> {
    let bytes = fs::read(&kept.path).ok()?;
    AverageSnapshot::from_safetensors(&bytes, dim).ok()?.frame
}

/// The sum of all averages, each times its factor: two factors for every file. Tensors are those of the last file, and so is by which share new
/// layers have faded in.
fn combined(used: &[&Kept], factors: &[f64]) -> Result<Weights, AverageError> {
    let mut sums: BTreeMap<String, (Vec<usize>, Vec<f64>)> = BTreeMap::new();
    for (kept, factors) in used.iter().zip(factors.chunks_exact(2)).rev() {
        let unreadable = |source| AverageError::Unreadable { path: kept.path.clone(), source };
        let bytes = fs::read(&kept.path).map_err(|error| unreadable(WeightError::Format(error.to_string())))?;
        let averages = Weights::from_safetensors(&bytes).and_then(|file| KeptAverages::from_weights(&file)).map_err(unreadable)?;
        if sums.is_empty() {
            let layout = averages.weights[0].names().map(|name| (name.to_owned(), averages.weights[0].shape(name).unwrap_or_default()));
            sums = layout.map(|(name, shape)| (name, (shape.to_vec(), vec![0.0; shape.iter().product()]))).collect();
            let shares = sums.iter_mut().filter(|(name, _)| is_share(name));
            shares.for_each(|(name, (_, sums))| *sums = averages.weights[0].values(name).iter().map(|share| f64::from(*share)).collect());
        }
        for (name, (shape, sums)) in &mut sums {
            for (weights, factor) in averages.weights.iter().zip(factors) {
                if is_share(name) {
                    continue;
                }
                let values = weights.get(name, shape).map_err(unreadable)?;
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += factor * f64::from(*value));
            }
        }
    }
    let mut weights = Weights::default();
    for (name, (shape, sums)) in sums {
        weights.insert(&name, &shape, sums.into_iter().map(|sum| sum as f32).collect(), Precision::Single);
    }
    Ok(weights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::run::snapshots::write_snapshot;
    use crate::training::run::spec::RunSpec;
    use crate::training::{CheckpointPlan, GanSettings};

    /// A run whose one weight is its time: every average of it is the mean of its profile.
    fn run(place: &Path, moments: &[(u64, u64, usize)]) -> PathBuf {
        let run = place.join("run");
        let spec = RunSpec {
            version: RunSpec::VERSION,
            data: "faces.safetensors".into(),
            fingerprint: 1,
            size: 16,
            faces: 10,
            held_out: 0,
            origin: "10 faces".into(),
            settings: GanSettings::default().into(),
            checkpoints: CheckpointPlan::default(),
            half: false,
            parent: None,
            earlier: Vec::new(),
        };
        fs::create_dir_all(&run).unwrap();
        spec.write(&run).unwrap();
        for (step, began, size) in moments {
            let faces = 10 * step - began;
            let weights = TRACKED.map(|length| {
                // As the beginning of a profile's mean does, in thousands, so that half precision holds it.
                let exponent = if length == TRACKED[0] { 16.972_199 } else { 6.937_204 };
                let mut weights = Weights::default();
                let mean = faces as f32 / 1000.0 * (exponent + 1.0) / (exponent + 2.0);
                weights.insert("generator.basis", &[2, 1], vec![mean, 1.5], Precision::Single);
                weights
            });
            let averages = KeptAverages { faces, pending: 0, weights };
            let snapshot = AverageSnapshot { step: *step, images: 10 * step, size: *size, averages, frame: None };
            write_snapshot(&run, *step, &snapshot.to_safetensors()).unwrap();
        }
        run
    }

    /// 40 steps of one network, then of another one that has begun at 20,000 faces.
    fn grown(place: &Path) -> PathBuf {
        let first = (0..30).map(|n| ((100.0 * 1.155_f64.powi(n)) as u64, 0, 16)).filter(|(step, ..)| *step <= 2000);
        let second = (0..20).map(|n| (2000 + (100.0 * 1.155_f64.powi(n)) as u64, 20_000, 32));
        run(place, &first.chain(second).collect::<Vec<_>>())
    }

    #[test]
    fn any_length_is_put_together_of_the_network_that_is_asked_for() {
        let place = tempfile::tempdir().unwrap();
        let run = grown(place.path());
        let mut before = f32::MAX;
        for length in [0.04, 0.05, 0.08, 0.1, 0.15, 0.2] {
            let solved = solve_average(&run, length, None).unwrap();
            let [mean, constant] = *solved.weights.values("generator.basis") else { panic!("{solved:?}") };
            assert!(mean < before && (constant - 1.5).abs() < 5e-3, "{length}: {mean} {constant}");
            assert!((solved.header.size, solved.moment.began, solved.first_step) == (32, 20_000, 2100), "{:?}", solved.moment);
            assert!(solved.header.training.as_ref().is_some_and(|text| text.contains(&format!("length of {length}"))));
            before = mean;
        }
        let early = solve_average(&run, 0.1, Some(2050)).unwrap();
        assert!(early.header.size == 16 && early.moment.step <= 2000 && early.moments > 15, "the network before it grew: {early:?}");
        let whole = solve_average(&run, 0.05, None).unwrap();
        let wanted = whole.moment.faces as f32 / 1000.0 * 17.972_2 / 18.972_2;
        let found = whole.weights.values("generator.basis")[0];
        assert!((found - wanted).abs() < 2e-3 * wanted && whole.residual < 1e-3, "one that was kept is itself: {found} {wanted}");
    }

    #[test]
    fn what_cannot_be_had_is_said() {
        let place = tempfile::tempdir().unwrap();
        let told = |run: &Path, length, at| solve_average(run, length, at).unwrap_err().to_string();
        assert!(told(place.path(), 0.1, None).contains("no run folder"));
        let run = run(place.path(), &[]);
        assert!(told(&run, 0.1, None).contains("keeps no averages"));
        let run = grown(place.path());
        assert!(told(&run, 0.01, None).contains("0.02 to 0.25") && told(&run, f64::NAN, None).contains("0.02 to 0.25"));
        let last = list_snapshots(&run).pop().unwrap();
        let message = told(&run, 0.1, Some(last + 1));
        assert!(message.contains(&format!("from step 100 to step {last}")) && message.contains(&format!("step {}", last + 1)), "{message}");
        assert!(told(&run, 0.1, Some(99)).contains("from step 100"));
        // One whose beginning cannot be read is none; one that is damaged behind it is named.
        fs::write(snapshot_path(&run, last), "half").unwrap();
        assert!(solve_average(&run, 0.1, None).unwrap().moment.step < last);
        let path = snapshot_path(&run, 2100);
        let mut damaged = Weights::from_safetensors(&fs::read(&path).unwrap()).unwrap();
        damaged.insert("short.generator.basis", &[1], vec![1.0], Precision::Half);
        fs::write(&path, damaged.to_safetensors()).unwrap();
        assert!(told(&run, 0.1, None).contains("000002100.safetensors"));
    }
}

//! Checkpoints: everything that a training needs to go on as if it had never stopped.
//!
//! Owns `checkpoints/<step>/`: `weights.safetensors`, `ema.safetensors`, `optimizer.safetensors`, `averages.safetensors` of which an average
//! of any length comes (those of earlier versions have none), `frame.safetensors` where there is a frame that later ones face, `state.ron`. Each appears whole or not at all, and goes whole. One that cannot be read is never removed,
//! but set aside. The order of faces and all random numbers follow from the seed and the number of faces seen.

use std::fs;
use std::path::{Path, PathBuf};

use super::aside::set_aside;
use super::state::RunState;
use crate::files::AtomicFolder;
use crate::latent::LatentFrame;
use crate::models::{FrameWeights, Precision, Weights};
use crate::training::error::TrainingError;
use crate::training::learner::LearnerState;
use crate::training::power_average::KeptAverages;

const STATE: &str = "state.ron";
const WEIGHTS: &str = "weights.safetensors";
const EMA: &str = "ema.safetensors";
const OPTIMIZER: &str = "optimizer.safetensors";
/// The averages of a checkpoint.
pub const AVERAGES: &str = "averages.safetensors";
const FRAME: &str = "frame.safetensors";

/// What a checkpoint holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Where the training stands.
    pub state: RunState,
    /// What it has learned.
    pub learned: LearnerState,
    /// The frame that later ones face, so that axes keep their signs; checkpoints of earlier versions have none.
    pub reference: Option<LatentFrame>,
}

/// The folder of a checkpoint.
pub fn checkpoint_folder(checkpoints: &Path, step: u64) -> PathBuf {
    checkpoints.join(format!("{step:09}"))
}

/// The steps of all checkpoints, ascending.
pub fn list_checkpoints(checkpoints: &Path) -> Vec<u64> {
    let entries = fs::read_dir(checkpoints).into_iter().flatten().flatten();
    let mut steps: Vec<u64> =
        entries.filter(|entry| entry.path().join(STATE).is_file()).filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    steps.sort_unstable();
    steps
}

/// The steps of the checkpoints that keep averages, ascending.
pub fn list_averages(checkpoints: &Path) -> Vec<u64> {
    list_checkpoints(checkpoints).into_iter().filter(|step| checkpoint_folder(checkpoints, *step).join(AVERAGES).is_file()).collect()
}

/// The steps of all folders that are named like checkpoints, whole or not, ascending.
///
/// # Errors
/// Where the folder is there and cannot be read.
pub fn named_steps(checkpoints: &Path) -> std::io::Result<Vec<u64>> {
    let entries = match fs::read_dir(checkpoints) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let names = entries.map(|entry| Ok(entry?.file_name())).collect::<std::io::Result<Vec<_>>>()?;
    let mut steps: Vec<u64> = names.iter().filter_map(|name| name.to_str()?.parse().ok()).collect();
    steps.sort_unstable();
    Ok(steps)
}

/// Writes a checkpoint. One of the same step goes, unless it cannot be read: then it is set aside.
///
/// # Errors
/// [`TrainingError::File`]; nothing half-written is left then.
pub fn write_checkpoint(checkpoints: &Path, checkpoint: &Checkpoint) -> Result<(), TrainingError> {
    let Checkpoint { state, learned, reference } = checkpoint;
    let path = checkpoint_folder(checkpoints, state.step);
    let folder = AtomicFolder::create(&path)?;
    folder.write(WEIGHTS, &learned.weights.to_safetensors())?;
    folder.write(EMA, &learned.ema.to_safetensors())?;
    folder.write(OPTIMIZER, &learned.optimizer.to_safetensors())?;
    if let Some(averages) = &learned.averages {
        folder.write(AVERAGES, &averages.to_weights(Precision::Single).to_safetensors())?;
    }
    let frame = reference.as_ref().map(weights_of).filter(|frame| frame.first_not_finite().is_none());
    // One that holds infinite numbers or none turns nothing, and would keep the checkpoint from being read.
    if let Some(frame) = frame {
        folder.write(FRAME, &frame.to_safetensors())?;
    }
    folder.write(STATE, state.text().as_bytes())?;
    if fs::symlink_metadata(&path).is_ok() && read_checkpoint(checkpoints, state.step).is_err() {
        set_aside(&path)?;
    }
    Ok(folder.commit()?)
}

fn weights_of(frame: &LatentFrame) -> Weights {
    let mut weights = Weights::default();
    weights.insert_frame(frame);
    weights
}

/// Reads where a training stood at a checkpoint.
///
/// # Errors
/// [`TrainingError::Checkpoint`].
pub fn read_state(checkpoints: &Path, step: u64) -> Result<RunState, TrainingError> {
    let path = checkpoint_folder(checkpoints, step).join(STATE);
    let broken = |reason: String| TrainingError::Checkpoint { path: path.clone(), reason };
    let text = fs::read_to_string(&path).map_err(|error| broken(error.to_string()))?;
    RunState::parse(&text).map_err(broken)
}

/// Reads the averaged network of a checkpoint and the frame that stands beside it, and nothing else.
///
/// # Errors
/// [`TrainingError::Checkpoint`], naming the file.
pub fn read_average(checkpoints: &Path, step: u64) -> Result<(RunState, Weights, Option<LatentFrame>), TrainingError> {
    let state = read_state(checkpoints, step)?;
    let folder = checkpoint_folder(checkpoints, step);
    let average = read_weights(&folder.join(EMA))?;
    let frame = read_frame(&folder.join(FRAME), state.settings.latent())?;
    Ok((state, average, frame))
}

fn broken(path: &Path, reason: impl ToString) -> TrainingError {
    TrainingError::Checkpoint { path: path.to_path_buf(), reason: reason.to_string() }
}

fn read_weights(path: &Path) -> Result<Weights, TrainingError> {
    let bytes = fs::read(path).map_err(|error| broken(path, error))?;
    Weights::from_safetensors(&bytes).map_err(|error| broken(path, error))
}

/// A frame of `dim` axes; `None` where none stands there.
fn read_frame(path: &Path, dim: usize) -> Result<Option<LatentFrame>, TrainingError> {
    if !path.exists() {
        return Ok(None);
    }
    let frame = read_weights(path)?.frame(dim, dim).map_err(|error| broken(path, error))?;
    frame.map(Some).map_err(|error| broken(path, error))
}

/// Reads a checkpoint.
///
/// # Errors
/// [`TrainingError::Checkpoint`], naming the file.
pub fn read_checkpoint(checkpoints: &Path, step: u64) -> Result<Checkpoint, TrainingError> {
    let folder = checkpoint_folder(checkpoints, step);
    let state = read_state(checkpoints, step)?;
    let weights = |name: &str| read_weights(&folder.join(name));
    let averages = if folder.join(AVERAGES).exists() {
        let kept = KeptAverages::from_weights(&weights(AVERAGES)?);
        Some(kept.map_err(|error| broken(&folder.join(AVERAGES), error))?)
    } else {
        None
    };
    let learned = LearnerState {
        averages,
        weights: weights(WEIGHTS)?,
        ema: weights(EMA)?,
        optimizer: weights(OPTIMIZER)?,
        optimizer_steps: state.optimizer_steps.clone(),
    };
    let reference = read_frame(&folder.join(FRAME), state.settings.latent())?;
    Ok(Checkpoint { state, learned, reference })
}

/// Removes a checkpoint; one that cannot be read is set aside instead, and where it stands then is returned.
pub fn remove_checkpoint(checkpoints: &Path, step: u64) -> Option<PathBuf> {
    let path = checkpoint_folder(checkpoints, step);
    if read_checkpoint(checkpoints, step).is_err() {
        // Where even that is refused, it stays where it is.
        return set_aside(&path).ok();
    }
    // Out of sight in one step: what an interruption leaves is no half of a checkpoint. One that cannot be removed is only in the way.
    match AtomicFolder::create(&path) {
        Ok(folder) if fs::rename(&path, folder.path().join("removed")).is_ok() => {}
        _ => {
            fs::remove_file(path.join(STATE)).ok();
            fs::remove_dir_all(path).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::{AutoencoderSettings, Budget};

    #[test]
    fn averages_are_kept_and_checkpoints_without_them_are_read() {
        let place = tempfile::tempdir().unwrap();
        let mut weights = Weights::default();
        weights.insert("decoder.weight", &[2], vec![0.1, -3.5], Precision::Single);
        let kept = KeptAverages { faces: 20_000_001, pending: 12, weights: [weights.clone(), weights] };
        for averages in [Some(kept), None] {
            let state = RunState::new(AutoencoderSettings::default().into(), Budget::Images(8));
            let learned = LearnerState { averages: averages.clone(), ..LearnerState::default() };
            let checkpoint = Checkpoint { state, learned, reference: None };
            write_checkpoint(place.path(), &checkpoint).unwrap();
            assert_eq!(read_checkpoint(place.path(), 0).unwrap(), checkpoint);
            assert_eq!(list_averages(place.path()), if averages.is_some() { vec![0] } else { Vec::new() });
        }
    }

    #[test]
    fn a_frame_without_numbers_costs_no_checkpoint() {
        let place = tempfile::tempdir().unwrap();
        let settings = AutoencoderSettings { latent: 2, ..Default::default() };
        let state = RunState::new(settings.into(), Budget::Images(8));
        for (ratio, is_kept) in [(0.75, true), (f32::NAN, false)] {
            let frame = LatentFrame::rotated(vec![0.0; 2], vec![0.0, 1.0, 1.0, 0.0], vec![2.0, 1.0], vec![ratio, 0.25]).unwrap();
            let checkpoint = Checkpoint { state: state.clone(), learned: LearnerState::default(), reference: Some(frame.clone()) };
            write_checkpoint(place.path(), &checkpoint).unwrap();
            let read = read_checkpoint(place.path(), 0).unwrap();
            assert_eq!(read.reference, is_kept.then_some(frame), "{ratio}");
        }
    }
}

//! A run that begins with the weights of another one and with nothing else of it: its steps, its optimisers and its schedule are its own.
//!
//! The other run stays as it is.

use std::path::Path;

use super::checkpoint::{Checkpoint, write_checkpoint};
use super::folder::{ensure_free, new_folder};
use super::names::CHECKPOINTS;
use super::spec::{RunSpec, read_spec};
use super::standing::Standing;
use super::state::RunState;
use crate::training::error::TrainingError;
use crate::training::growth::Stage;
use crate::training::kinds::TrainingSettings;
use crate::training::learner::LearnerState;
use crate::training::plan::Budget;

/// What a run can begin with.
#[derive(Debug)]
pub struct Beginnings {
    /// The step that it was at.
    pub step: u64,
    /// Faces were `size` x `size` pixels by then.
    pub size: usize,
    /// How many faces its weights had seen.
    pub images: u64,
    /// What the other run was told.
    pub settings: TrainingSettings,
    learned: LearnerState,
}

/// Reads the weights of a run at a `step`, or its newest that can be read.
///
/// # Errors
/// [`TrainingError`] where there are none, or where they belong to a network that is just growing.
pub fn read_beginnings(from: &Path, step: Option<u64>) -> Result<Beginnings, TrainingError> {
    let spec = read_spec(from)?;
    let nothing = || TrainingError::NoCheckpoint { path: from.to_path_buf(), wanted: String::new(), known: "none".into() };
    let Checkpoint { state, learned, .. } = Standing::read(from, step)?.found.ok_or_else(nothing)?;
    if state.stage().is_some_and(|stage| stage.faded < 1.0) {
        let why = format!("at step {} they are just growing. Name a step before or after that", state.step);
        return Err(TrainingError::Unfit { path: from.to_path_buf(), why });
    }
    let images = state.before + state.images;
    Ok(Beginnings { step: state.step, size: state.size(&spec), images, settings: state.settings, learned })
}

/// Makes a new run at `to` that begins with these weights.
///
/// # Errors
/// [`TrainingError`] where the folder cannot be made; what stands at `to` is as it was then.
pub fn warm_start(beginnings: Beginnings, to: &Path, spec: &RunSpec, budget: Budget) -> Result<(), TrainingError> {
    let Beginnings { size, images, learned, .. } = beginnings;
    let optimizer_steps = vec![0; learned.optimizer_steps.len()];
    let learned = LearnerState { weights: learned.weights, ema: learned.ema, optimizer_steps, ..LearnerState::default() };
    let mut state = RunState { before: images, ..RunState::new(spec.settings.clone(), budget) };
    // A stage of its own: the learning rate rises.
    state.stages.push(Stage { since: 0, size, images: 0, seconds: 0.0, faded: 1.0 });
    state.optimizer_steps = learned.optimizer_steps.clone();
    ensure_free(to, false)?;
    let folder = new_folder(to, spec)?;
    write_checkpoint(&folder.path().join(CHECKPOINTS), &Checkpoint { state, learned, reference: None })?;
    ensure_free(to, false)?;
    Ok(folder.commit()?)
}

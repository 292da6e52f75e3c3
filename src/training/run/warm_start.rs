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
    /// What the other run was told.
    pub settings: TrainingSettings,
    learned: LearnerState,
}

/// What a run of its own does not take over from the other: how that grew, and which of its networks learned last.
const NOT_INHERITED: [&str; 3] = ["grow", "stage_shares", "turns"];

impl Beginnings {
    /// The settings that a run begins with unless it is told otherwise: those of the other one, but for what belongs to its course alone.
    pub fn inherited(&self) -> TrainingSettings {
        let mut settings = self.settings.clone();
        let usual = TrainingSettings::defaults().into_iter().find(|usual| usual.kind() == settings.kind());
        let stands = usual.map(|usual| usual.stands()).unwrap_or_default();
        for edit in stands.iter().filter(|edit| NOT_INHERITED.contains(&edit.knob.as_str())) {
            settings.turn(edit);
        }
        settings
    }
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
    Ok(Beginnings { step: state.step, size: state.size(&spec), settings: state.settings, learned })
}

/// Makes a new run at `to` that begins with these weights.
///
/// # Errors
/// [`TrainingError`] where the folder cannot be made; what stands at `to` is as it was then.
pub fn warm_start(beginnings: Beginnings, to: &Path, spec: &RunSpec, budget: Budget) -> Result<(), TrainingError> {
    let Beginnings { size, learned, .. } = beginnings;
    let optimizer_steps = vec![0; learned.optimizer_steps.len()];
    let learned = LearnerState { weights: learned.weights, ema: learned.ema, optimizer_steps, ..LearnerState::default() };
    let mut state = RunState::new(spec.settings.clone(), budget);
    // A stage of its own: the learning rate rises.
    state.stages.push(Stage { since: 0, size, images: 0, seconds: 0.0, faded: 1.0 });
    state.optimizer_steps = learned.optimizer_steps.clone();
    ensure_free(to, false)?;
    let folder = new_folder(to, spec)?;
    write_checkpoint(&folder.path().join(CHECKPOINTS), &Checkpoint { state, learned, reference: None })?;
    ensure_free(to, false)?;
    Ok(folder.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::{AutoencoderSettings, Edit, GanSettings, Turns, Value};

    #[test]
    fn what_belongs_to_the_course_of_the_other_run_alone_is_not_inherited() {
        let begun = GanSettings { latent: 9, learning_rate: 1e-3, ..Default::default() };
        let course = GanSettings { grow: vec![8, 16], stage_shares: vec![0.5, 0.5], turns: Turns::Critic, ..begun.clone() };
        let of = |settings: TrainingSettings| Beginnings { step: 5, size: 16, settings, learned: LearnerState::default() };
        assert_eq!(of(course.into()).inherited(), begun.into());
        let autoencoder = TrainingSettings::from(AutoencoderSettings { latent: 9, ..Default::default() });
        assert_eq!(of(autoencoder.clone()).inherited(), autoencoder);
        // Each of them is a knob: a name that is none would be passed over in silence.
        let usual = TrainingSettings::from(GanSettings::default()).stands();
        assert!(NOT_INHERITED.iter().all(|name| usual.iter().any(|Edit { knob, .. }| knob == name)));
        assert!(usual.contains(&Edit::new("turns", Value::Word("both".into()))));
    }
}

//! Where a run stands on the disk: the checkpoint that it goes on from and what lacks beside it, those that cannot be read, and whether it has
//! learned at all.
//!
//! Only reads, so that whoever asks can refuse before anything is touched.

use std::fs;
use std::path::Path;

use super::checkpoint::{Checkpoint, list_checkpoints, named_steps, read_checkpoint};
use super::names::{CHECKPOINTS, CURVES};
use super::snapshots::list_snapshots;
use crate::models::WEIGHTS;
use crate::training::error::TrainingError;

/// A checkpoint that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Its step.
    pub step: u64,
    /// Which file, and why.
    pub reason: String,
}

/// Where a run stands.
#[derive(Debug)]
pub struct Standing {
    /// The checkpoint that it goes on from; `None` for a run that was ended before its first one and has learned nothing.
    pub found: Option<Checkpoint>,
    /// Those after it that cannot be read, the newest first.
    pub unreadable: Vec<Unreadable>,
}

impl Standing {
    /// Reads the newest checkpoint of a run that can be read, or the one of a `step`.
    ///
    /// # Errors
    /// [`TrainingError::NothingLeft`] where a run has learned and no checkpoint of it can be read, [`TrainingError::NoCheckpoint`] or
    /// [`TrainingError::OneUnreadable`] where that of the step cannot.
    pub fn read(run: &Path, step: Option<u64>) -> Result<Self, TrainingError> {
        let checkpoints = run.join(CHECKPOINTS);
        if let Some(step) = step {
            ensure_checkpoint(run, step)?;
            let found = read_checkpoint(&checkpoints, step).map_err(|error| one_unreadable(run, step, &error))?;
            return Ok(Self { found: Some(found), unreadable: Vec::new() });
        }
        let lost = |why: String| TrainingError::NothingLeft { path: run.to_path_buf(), why };
        let steps = named_steps(&checkpoints).map_err(|error| lost(format!("its folder of checkpoints cannot be read ({error})")))?;
        let mut unreadable = Vec::new();
        for step in steps.into_iter().rev() {
            match read_checkpoint(&checkpoints, step) {
                Ok(found) => return Ok(Self { found: Some(found), unreadable }),
                Err(error) => unreadable.push(Unreadable { step, reason: error.to_string() }),
            }
        }
        if !unreadable.is_empty() {
            let reasons: Vec<&str> = unreadable.iter().map(|checkpoint| checkpoint.reason.as_str()).collect();
            return Err(lost(format!("none of its checkpoints can be read ({})", reasons.join("; "))));
        }
        if has_learned(run) {
            return Err(lost("it has no checkpoint any more".into()));
        }
        Ok(Self { found: None, unreadable })
    }
}

/// Whether a run has rows of curves, weights or snapshots: then it was not ended before its first checkpoint.
fn has_learned(run: &Path) -> bool {
    let has_rows = match fs::read(run.join(CURVES)) {
        Ok(bytes) => bytes.split(|byte| *byte == b'\n').skip(1).any(|line| !line.trim_ascii().is_empty()),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    };
    has_rows || fs::symlink_metadata(run.join(WEIGHTS)).is_ok() || !list_snapshots(run).is_empty()
}

/// What is said where a checkpoint has no averages though the run keeps some of earlier steps: they begin anew, and those of another
/// beginning are never put together with them.
pub fn lost_averages(run: &Path, found: &Checkpoint) -> Option<String> {
    let step = found.state.step;
    let has_lost = found.learned.averages.is_none() && list_snapshots(run).iter().any(|of_step| *of_step <= step);
    has_lost.then(|| {
        format!(
            "the checkpoint of step {step} keeps no averages, so that they begin anew here: averages of other lengths reach back to this step, \
             and those of earlier steps come from the snapshots before it"
        )
    })
}

fn one_unreadable(run: &Path, step: u64, error: &TrainingError) -> TrainingError {
    let checkpoints = run.join(CHECKPOINTS);
    let steps = list_checkpoints(&checkpoints).into_iter().filter(|other| *other != step);
    let others = in_words(steps.filter(|step| read_checkpoint(&checkpoints, *step).is_ok()).collect());
    TrainingError::OneUnreadable { path: run.to_path_buf(), reason: error.to_string(), others }
}

fn in_words(steps: Vec<u64>) -> String {
    match steps.as_slice() {
        [] => "none".into(),
        [step] => format!("that of step {step}"),
        steps => format!("those of the steps {}", steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// Refuses a step that has no checkpoint, and says which there are.
///
/// # Errors
/// [`TrainingError::NoCheckpoint`].
pub fn ensure_checkpoint(run: &Path, step: u64) -> Result<(), TrainingError> {
    let known = list_checkpoints(&run.join(CHECKPOINTS));
    if known.contains(&step) {
        return Ok(());
    }
    Err(TrainingError::NoCheckpoint { path: run.to_path_buf(), wanted: format!(" of step {step}"), known: in_words(known) })
}

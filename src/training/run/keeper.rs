//! The keeper of a run's checkpoints: writes them, prunes them, finds the one to go on from, and saves the state elsewhere where the
//! folder has vanished.
//!
//! Owns the rule which stay: the newest, the best, what was the best with other faces, and where the network grew. One that cannot be read is never removed.

use std::path::{Path, PathBuf};

use super::checkpoint::{Checkpoint, list_averages, list_checkpoints, remove_checkpoint, write_checkpoint};
use super::curves::Curves;
use super::folder::{RunFolder, remove_remains};
use super::names::CHECKPOINTS;
use super::spec::RunSpec;
use super::standing::{Standing, Unreadable};
use super::state::RunState;

use crate::training::error::TrainingError;

/// Keeps the checkpoints of one run.
#[derive(Debug)]
pub struct CheckpointKeeper {
    run: PathBuf,
    checkpoints: PathBuf,
    /// Step and seconds of the last one that was due.
    last: (u64, f64),
}

impl CheckpointKeeper {
    /// Finds the newest checkpoint of a run that can be read, or the one of a `step`, and goes on from there. Nothing is touched.
    ///
    /// # Errors
    /// As [`Standing::read`].
    pub fn open(run: &Path, step: Option<u64>) -> Result<(Self, Standing), TrainingError> {
        let mut keeper = Self { run: run.to_path_buf(), checkpoints: run.join(CHECKPOINTS), last: (0, 0.0) };
        let standing = keeper.go_back(step)?;
        Ok((keeper, standing))
    }

    /// Finds the checkpoint of a `step`, or the newest that can be read: the next one is due as long after it as ever.
    ///
    /// # Errors
    /// As [`Standing::read`].
    pub fn go_back(&mut self, step: Option<u64>) -> Result<Standing, TrainingError> {
        let standing = Standing::read(&self.run, step)?;
        if let Some(Checkpoint { state, .. }) = &standing.found {
            self.last = (state.step, state.seconds);
        }
        Ok(standing)
    }

    /// The steps that have checkpoints, ascending.
    pub fn steps(&self) -> Vec<u64> {
        list_checkpoints(&self.checkpoints)
    }

    /// The steps whose checkpoints keep averages, ascending.
    pub fn averaged(&self) -> Vec<u64> {
        list_averages(&self.checkpoints)
    }

    /// Whether the plan asks for a checkpoint at this state.
    pub fn is_due(&self, spec: &RunSpec, state: &RunState) -> bool {
        let (plan, (step, seconds)) = (spec.checkpoints, self.last);
        // Counted from the beginning, so that a checkpoint in between shifts none of the others.
        state.step / plan.steps.max(1) > step / plan.steps.max(1) || state.seconds - seconds >= plan.seconds
    }

    /// Whether the last one that was due is of this step, and stands there.
    pub fn has_saved(&self, step: u64) -> bool {
        self.last.0 == step && self.steps().contains(&step)
    }

    /// Writes where the training stands, and nothing else.
    ///
    /// # Errors
    /// [`TrainingError::Checkpoint`] where numbers are infinite or none, [`TrainingError::File`] where it cannot be written; the
    /// checkpoints before stay.
    pub fn keep(&self, checkpoint: &Checkpoint) -> Result<(), TrainingError> {
        if let Some(name) = checkpoint.learned.first_not_finite() {
            // The next step finds that out as well, and goes back to the last good checkpoint.
            let reason = format!("the numbers of {name} are infinite or none, and are not kept");
            return Err(TrainingError::Checkpoint { path: self.checkpoints.clone(), reason });
        }
        write_checkpoint(&self.checkpoints, checkpoint)
    }

    /// Writes a checkpoint. On a full disk an old one may make room for it; the best one `so_far` never does.
    ///
    /// # Errors
    /// [`TrainingError::File`]; the checkpoints before stay.
    pub fn save(&mut self, spec: &RunSpec, so_far: &RunState, checkpoint: &Checkpoint) -> Result<(), TrainingError> {
        write_checkpoint(&self.checkpoints, checkpoint).or_else(|error| {
            let steps = self.steps();
            match steps.iter().find(|step| !is_kept(spec, so_far, **step)) {
                Some(oldest) if steps.last() != Some(oldest) => {
                    remove_checkpoint(&self.checkpoints, *oldest);
                    write_checkpoint(&self.checkpoints, checkpoint)
                }
                _ => Err(error),
            }
        })?;
        self.last = (checkpoint.state.step, checkpoint.state.seconds);
        Ok(())
    }

    /// Leaves the newest checkpoints and the best ones. Returns where those stand now that could not be read.
    pub fn prune(&self, spec: &RunSpec, state: &RunState) -> Vec<PathBuf> {
        let steps = self.steps();
        let old = steps.len().saturating_sub(spec.checkpoints.newest.max(1));
        let old: Vec<u64> = steps[..old].iter().copied().filter(|step| !is_kept(spec, state, *step)).collect();
        self.remove(old)
    }

    /// Removes the checkpoints after a step; those that cannot be read are kept under another name. Before anything else of those steps
    /// goes: a run that is ended in between must not go on from one of them without what belonged to it. Returns what the user should know.
    pub fn forget_after(&self, step: u64, unreadable: &[Unreadable]) -> Vec<String> {
        let told = unreadable.iter().map(|checkpoint| self.set_aside(checkpoint)).collect::<Vec<_>>();
        let aside = self.remove(self.steps().into_iter().filter(|later| *later > step).collect());
        told.into_iter().chain(aside.iter().map(|to| kept_as(to))).collect()
    }

    fn remove(&self, steps: Vec<u64>) -> Vec<PathBuf> {
        steps.into_iter().filter_map(|step| remove_checkpoint(&self.checkpoints, step)).collect()
    }

    /// Keeps a checkpoint that could not be read under another name; what the user should know of it.
    fn set_aside(&self, unreadable: &Unreadable) -> String {
        let place = remove_checkpoint(&self.checkpoints, unreadable.step).map(|to| format!(". {}", kept_as(&to))).unwrap_or_default();
        format!("{}; the one before is taken{place}", unreadable.reason)
    }

    /// The best checkpoint of those that are there: as the state knows it, or the one with the smallest error in the curves. Errors on
    /// other faces than those of now do not count.
    pub fn best(&self, spec: &RunSpec, state: &RunState, curves: impl FnOnce() -> Curves) -> Option<(u64, f64)> {
        let steps = self.steps();
        let since = spec.earlier.last().map(|earlier| earlier.until);
        let counts = |step: u64| steps.contains(&step) && since.is_none_or(|since| step > since);
        if state.best.is_none_or(|(best, _)| counts(best)) {
            return state.best;
        }
        let curves = curves();
        let judged = curves.points.iter().filter(|point| point.step <= state.step && counts(point.step));
        let errors = judged.filter_map(|point| Some((point.step, point.held_out?)));
        errors.min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Saves the state beside a run folder that has vanished, as a run of its own. Returns where.
    ///
    /// # Errors
    /// [`TrainingError`] where it cannot be written there either.
    pub fn rescue(&self, spec: &RunSpec, checkpoint: &Checkpoint) -> Result<PathBuf, TrainingError> {
        remove_remains(&self.run);
        let name = self.run.file_name().unwrap_or(self.run.as_os_str()).to_string_lossy();
        let free = (1..).map(|n| if n == 1 { format!("{name}-rescued") } else { format!("{name}-rescued-{n}") });
        let to = free.map(|name| self.run.with_file_name(name)).find(|to| !to.exists()).expect("there is always another number");
        let folder = RunFolder::create(&to, spec, false)?;
        write_checkpoint(&folder.checkpoints(), checkpoint)?;
        Ok(to)
    }
}

/// Whether a checkpoint stays however old it is: the best one, what was the best with other faces, and where the network grew.
fn is_kept(spec: &RunSpec, state: &RunState, step: u64) -> bool {
    let bests = spec.earlier.iter().map(|earlier| earlier.best).chain([state.best]);
    bests.flatten().any(|(best, _)| best == step) || state.stages.iter().any(|stage| stage.since == step)
}

/// What is said of a checkpoint that was set aside.
pub fn kept_as(to: &Path) -> String {
    format!("A checkpoint that cannot be read is kept as {}", to.display())
}

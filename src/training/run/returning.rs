//! The ways back: to an earlier checkpoint, to the last good one after something went wrong, and out of a folder that vanished.

use std::path::PathBuf;

use super::{TrainingRun, Window};
use crate::training::checkpoint::{RunState, list_checkpoints, remove_checkpoint, write_checkpoint};
use crate::training::figure::names_of;
use crate::training::run_folder::remove_remains;
use crate::training::sheets::forget_sheets;
use crate::training::{EventKind, LearnerState, RunFolder, RunReport, Standing, StepOutcome, TrainingError};
use crate::words::Advice;

impl TrainingRun {
    /// Takes the training back to its newest checkpoint after something went wrong.
    pub(super) fn restore(&mut self, reason: String, tell: &mut dyn FnMut(RunReport)) -> Result<StepOutcome, TrainingError> {
        let step = self.state.step;
        let settings = self.state.settings.clone();
        let Standing { found, unreadable } = Standing::read(self.folder.path(), None)?;
        let known = || "none that can be read".to_owned();
        let lost = || TrainingError::NoCheckpoint { path: self.folder.path().to_path_buf(), wanted: String::new(), known: known() };
        let found = found.ok_or_else(lost)?;
        let to = found.0.step;
        self.take_up(found)?;
        // Settings stay as the user left them, all of them; what was learned goes back.
        self.learner.adopt(&settings);
        self.state.settings = settings;
        for checkpoint in unreadable {
            self.set_aside(checkpoint.step, &checkpoint.reason, tell)?;
        }
        self.note(EventKind::Restored, format!("{reason} at step {step}; back to step {to}"), tell)?;
        Ok(StepOutcome::Restored { reason, step, to })
    }

    fn take_up(&mut self, (state, learned): (RunState, LearnerState)) -> Result<(), TrainingError> {
        self.learner.restore(&learned)?;
        self.learner.adopt(&state.settings);
        let names = names_of(self.learner.figures());
        let (curves, events) = self.folder.logs(&names, state.step)?;
        forget_sheets(self.folder.path(), state.step);
        (self.curves, self.events, self.state) = (curves, events, state);
        (self.window, self.watch) = (Window::default(), self.learner.watch());
        self.saved = (self.state.step, self.state.seconds);
        (self.rate, self.ended) = (self.next_rate(), None);
        self.last = self.folder.last_point(&names);
        self.forget_lost_best();
        Ok(())
    }

    /// Takes the training back to an earlier checkpoint, with every setting that it had; what came after is forgotten.
    ///
    /// # Errors
    /// [`TrainingError::NoCheckpoint`], or where files cannot be read or written.
    pub fn roll_back(&mut self, step: u64, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let found = Standing::read(self.folder.path(), Some(step))?.found.expect("a checkpoint of a step is found or refused");
        let from = self.state.step;
        self.take_up(found)?;
        self.forget_after(step, tell)?;
        self.forget_faces_after(step)?;
        self.note(EventKind::RolledBack, format!("from step {from} to step {step}"), tell)
    }

    /// Removes the checkpoints after a step; those that cannot be read are kept under another name.
    pub(super) fn forget_after(&mut self, step: u64, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let checkpoints = self.folder.checkpoints();
        let later: Vec<u64> = list_checkpoints(&checkpoints).into_iter().filter(|later| *later > step).collect();
        let aside: Vec<PathBuf> = later.into_iter().filter_map(|later| remove_checkpoint(&checkpoints, later)).collect();
        aside.into_iter().try_for_each(|to| self.note(EventKind::Warned, kept_as(&to), tell))
    }

    /// Other faces that came after a step came with it: the steps behind it are made again, on the faces of now.
    pub(super) fn forget_faces_after(&mut self, step: u64) -> Result<(), TrainingError> {
        let before = self.spec.earlier.clone();
        for earlier in &mut self.spec.earlier {
            earlier.until = earlier.until.min(step);
            earlier.best = earlier.best.filter(|(best, _)| *best <= step);
        }
        if self.spec.earlier != before {
            self.spec.write(self.folder.path())?;
        }
        Ok(())
    }

    /// Keeps a checkpoint that could not be read under another name, and says so.
    pub(super) fn set_aside(&mut self, step: u64, reason: &str, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let place = remove_checkpoint(&self.folder.checkpoints(), step).map(|to| format!(". {}", kept_as(&to))).unwrap_or_default();
        self.note(EventKind::Warned, format!("{reason}; the one before is taken{place}"), tell)
    }

    /// A best checkpoint that is not there any more is none: of those that are, the one with the smallest error in the curves is.
    pub(super) fn forget_lost_best(&mut self) {
        let steps = list_checkpoints(&self.folder.checkpoints());
        let since = self.spec.earlier.last().map(|earlier| earlier.until);
        let counts = |step: u64| steps.contains(&step) && since.is_none_or(|since| step > since);
        if self.state.best.is_none_or(|(best, _)| counts(best)) {
            return;
        }
        let curves = self.folder.curves();
        let judged = curves.points.iter().filter(|point| point.step <= self.state.step && counts(point.step));
        let errors = judged.filter_map(|point| Some((point.step, point.held_out?)));
        self.state.best = errors.min_by(|a, b| a.1.total_cmp(&b.1));
    }

    /// Where the run folder has vanished, whatever the error says: saves the state beside it.
    pub(super) fn or_rescue<T>(&self, result: Result<T, TrainingError>) -> Result<T, TrainingError> {
        result.map_err(|error| {
            if self.folder.is_there() {
                return error;
            }
            let rescue = match self.rescue() {
                Ok(to) => format!("Its state was saved in {} instead; {}", to.display(), Advice::Resume),
                Err(error) => format!("Its state could not be saved elsewhere either: {error}"),
            };
            TrainingError::Gone { path: self.path().to_path_buf(), rescue }
        })
    }

    /// Saves the state beside a run folder that vanished.
    fn rescue(&self) -> Result<PathBuf, TrainingError> {
        let path = self.folder.path();
        remove_remains(path);
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let free = (1..).map(|n| if n == 1 { format!("{name}-rescued") } else { format!("{name}-rescued-{n}") });
        let to = free.map(|name| path.with_file_name(name)).find(|to| !to.exists()).expect("there is always another number");
        let folder = RunFolder::create(&to, &self.spec, false)?;
        let learned = self.learner.state();
        let state = RunState { optimizer_steps: learned.optimizer_steps.clone(), ..self.state.clone() };
        write_checkpoint(&folder.checkpoints(), &state, &learned)?;
        Ok(to)
    }
}

/// What is said of a checkpoint that was set aside.
pub(super) fn kept_as(to: &std::path::Path) -> String {
    format!("A checkpoint that cannot be read is kept as {}", to.display())
}

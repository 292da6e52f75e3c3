//! The ways back: to an earlier checkpoint, to the last good one after something went wrong, and out of a folder that vanished.

use super::{Reference, TrainingRun, Window};
use crate::training::error::TrainingError;
use crate::training::figure::names_of;
use crate::training::run::{
    Checkpoint, EventKind, RunReport, Standing, StepOutcome, Unreadable, forget_sheets, forget_snapshots, lost_averages,
};
use crate::words::Advice;

impl TrainingRun {
    /// Takes the training back to its newest checkpoint after something went wrong.
    pub(super) fn restore(&mut self, reason: String, tell: &mut dyn FnMut(RunReport)) -> Result<StepOutcome, TrainingError> {
        let step = self.state.step;
        let settings = self.state.settings.clone();
        let Standing { found, unreadable } = self.keeper.go_back(None)?;
        let known = || "none that can be read".to_owned();
        let lost = || TrainingError::NoCheckpoint { path: self.folder.path().to_path_buf(), wanted: String::new(), known: known() };
        let found = found.ok_or_else(lost)?;
        let to = found.state.step;
        let warnings = self.take_up(found, &unreadable)?;
        // Settings stay as the user left them, all of them; what was learned goes back.
        self.learner.adopt(&settings.stands());
        self.state.settings = settings;
        self.warn_of(warnings, tell)?;
        self.note(EventKind::Restored, format!("{reason} at step {step}; back to step {to}"), tell)?;
        tell(RunReport::Stands(Box::new(self.facts())));
        Ok(StepOutcome::Restored { reason, step, to })
    }

    /// Goes on from a checkpoint; what came after it is forgotten, and what could not be read set aside. Returns what the user should know.
    fn take_up(&mut self, found: Checkpoint, unreadable: &[Unreadable]) -> Result<Vec<String>, TrainingError> {
        let lacks_averages = lost_averages(self.folder.path(), &found);
        let Checkpoint { state, learned, reference } = found;
        let size = state.size(&self.spec);
        self.learner.restore(&learned, size)?;
        self.learner.adopt(&state.settings.stands());
        let mut warnings = self.keeper.forget_after(state.step, unreadable);
        let names = names_of(self.learner.figures());
        let (curves, events) = self.folder.logs(&names, state.last_seen(&self.spec))?;
        forget_sheets(self.folder.path(), state.step);
        forget_snapshots(self.folder.path(), state.step);
        (self.curves, self.events, self.state) = (curves, events, state);
        self.take_size(size)?;
        (self.reference, self.shown) = (Reference::kept(reference), None);
        (self.window, self.watch) = (Window::default(), self.learner.watch());
        (self.rate, self.ended) = (self.next_rate(), None);
        self.last = self.folder.last_point(&names);
        self.forget_lost_best();
        warnings.extend(lacks_averages);
        Ok(warnings)
    }

    /// Takes the training back to an earlier checkpoint, with every setting that it had; what came after is forgotten.
    ///
    /// # Errors
    /// [`TrainingError::NoCheckpoint`], or where files cannot be read or written.
    pub fn roll_back(&mut self, step: u64, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let found = self.keeper.go_back(Some(step))?.found.expect("a checkpoint of a step is found or refused");
        let from = self.state.step;
        let warnings = self.take_up(found, &[])?;
        self.warn_of(warnings, tell)?;
        self.forget_faces_after(step)?;
        self.note(EventKind::RolledBack, format!("from step {from} to step {step}"), tell)?;
        tell(RunReport::Stands(Box::new(self.facts())));
        Ok(())
    }

    fn warn_of(&mut self, warnings: Vec<String>, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        warnings.into_iter().try_for_each(|warning| self.note(EventKind::Warned, warning, tell))
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

    /// A best checkpoint that is not there any more is none.
    pub(super) fn forget_lost_best(&mut self) {
        self.state.best = self.keeper.best(&self.spec, &self.state, || self.folder.curves());
    }

    /// Where the run folder has vanished, whatever the error says: saves the state beside it.
    pub(super) fn or_rescue<T>(&self, result: Result<T, TrainingError>) -> Result<T, TrainingError> {
        result.map_err(|error| {
            if self.folder.is_there() {
                return error;
            }
            let rescue = match self.keeper.rescue(&self.spec, &self.checkpoint_of(self.state.clone())) {
                Ok(to) => format!("Its state was saved in {} instead; {}", to.display(), Advice::Resume),
                Err(error) => format!("Its state could not be saved elsewhere either: {error}"),
            };
            TrainingError::Gone { path: self.path().to_path_buf(), rescue }
        })
    }
}

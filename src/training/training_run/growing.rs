//! How a run grows: when its network gets one more stage, and what follows it to the new size.
//!
//! Owns the order of things at such a step. The plan is `growth`'s business, the layers are the learner's.

use super::{EARLY_SHEETS_AFTER_GROWTH, HELD_OUT, Shown, TrainingRun, Window};
use crate::progress::{Monitor, is_cancelled};
use crate::training::error::TrainingError;
use crate::training::growth::Stage;
use crate::training::run::{EventKind, RunReport, StepOutcome};

impl TrainingRun {
    /// Lets the network grow, where that is due before the next step. What it was until then stays as a checkpoint: the way back, and a
    /// place in time. `None` where the step may be made; else what has come in between.
    pub(super) fn grow_where_due(
        &mut self,
        monitor: &dyn Monitor,
        tell: &mut dyn FnMut(RunReport),
    ) -> Result<Option<StepOutcome>, TrainingError> {
        let Some(size) = self.state.grows_to(self.size()) else { return Ok(None) };
        if !self.keeper.has_saved(self.state.step) {
            let outcome = match self.judge(HELD_OUT, monitor) {
                Err(error) if is_cancelled(&error) => StepOutcome::Interrupted,
                judged => self.save(judged?, monitor, tell)?,
            };
            if outcome != StepOutcome::Learned {
                return Ok(Some(outcome));
            }
        }
        self.faces.pool_to(size);
        self.shown_faces = Shown::of(&self.faces, &self.state.settings)?;
        self.learner.grow(size);
        let stage = Stage { since: self.state.step, size, images: self.state.images, seconds: self.state.seconds, faded: 0.0 };
        self.state.stages.push(stage);
        // Scores and losses are those of another network.
        (self.watch, self.window, self.shown) = (self.learner.watch(), Window::default(), None);
        tell(RunReport::Grown(stage));
        self.note(EventKind::Grown, format!("{size} x {size} pixels from here on"), tell)?;
        Ok(None)
    }

    /// Lets the newest stage fade in after a step.
    pub(super) fn fade_in(&mut self) {
        if self.state.stages.is_empty() {
            return;
        }
        self.state.fade_in();
        if let Some(stage) = self.state.stage() {
            self.learner.fade(stage.faded as f32);
        }
    }

    /// Whether a picture is due so soon after it has grown.
    pub(super) fn has_just_grown(&self) -> bool {
        self.state.stage().is_some_and(|stage| EARLY_SHEETS_AFTER_GROWTH.contains(&(self.state.step - stage.since)))
    }

    /// Follows a checkpoint to the size that its pictures have.
    pub(super) fn take_size(&mut self, size: usize) -> Result<(), TrainingError> {
        self.faces.pool_to(size);
        self.shown_faces = Shown::of(&self.faces, &self.state.settings)?;
        Ok(())
    }
}

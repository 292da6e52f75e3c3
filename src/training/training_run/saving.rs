//! What a training measures and writes down: checkpoints and rows of curves; and how it ends.

use std::time::{Duration, Instant};

use super::{HELD_OUT, TrainingRun, Window};
use crate::data::DataError;
use crate::progress::{Cancelled, Monitor, Progress, Silent, is_cancelled};
use crate::training::error::TrainingError;
use crate::training::run::{CurvePoint, EventKind, RunReport, RunState, StepOutcome, kept_as};

/// Who stops a training waits this long, and no longer, for figures and a frame of all faces; a small run is complete by then.
const STOPPING: Duration = Duration::from_millis(500);

/// Has had enough at a moment.
struct Until(Instant);

impl Monitor for Until {
    fn report(&self, _progress: Progress) {}

    fn warn(&self, _message: String) {}

    fn cancelled(&self) -> bool {
        Instant::now() >= self.0
    }
}

impl TrainingRun {
    /// Writes a checkpoint now, with the model, its figures and its pictures; the model of a finished training stays as its end wrote it.
    ///
    /// # Errors
    /// [`TrainingError`] where files cannot be written; the checkpoints before stay.
    pub fn checkpoint(&mut self, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let saved = if self.state.finished {
            self.keep(self.state.clone(), tell).map(|()| StepOutcome::Finished)
        } else {
            self.judge(HELD_OUT, &Silent).and_then(|error| self.save(error, &Silent, tell))
        };
        self.or_rescue(saved).map(drop)
    }

    /// The first checkpoint, of a network that knows nothing yet; without its figures where the monitor cancels meanwhile.
    pub(super) fn save_beginning(&mut self, monitor: &dyn Monitor, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let error = unless_cancelled(self.judge(HELD_OUT, monitor))?;
        self.save(error, monitor, tell).map(drop)
    }

    /// Writes where it stands, and nothing else; it is so in memory only once it is on the disk.
    pub(super) fn keep(&mut self, state: RunState, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        self.ensure_there()?;
        let checkpoint = self.checkpoint_of(state);
        self.keeper.keep(&checkpoint)?;
        self.state = checkpoint.state;
        self.tell_saved(tell);
        Ok(())
    }

    fn tell_saved(&self, tell: &mut dyn FnMut(RunReport)) {
        let (checkpoints, averaged) = (self.keeper.steps(), self.keeper.averaged());
        tell(RunReport::Saved { step: self.state.step, best: self.state.best, checkpoints, averaged });
    }

    /// A checkpoint with the error on faces held out, where it is known; or, where the weights are no longer numbers, the way back to
    /// the last good one.
    ///
    /// Where the monitor cancels, the frame comes from fewer faces.
    pub(super) fn save(
        &mut self,
        error: Option<f64>,
        monitor: &dyn Monitor,
        tell: &mut dyn FnMut(RunReport),
    ) -> Result<StepOutcome, TrainingError> {
        self.ensure_there()?;
        let start = Instant::now();
        let mut checkpoint = self.checkpoint_of(self.state.clone());
        if let Some(name) = checkpoint.learned.first_not_finite() {
            return self.restore(format!("the numbers of {name} are infinite or none"), tell);
        }
        let step = self.state.step;
        self.state.seconds += start.elapsed().as_secs_f64();
        // A run that has rows but no checkpoint yet would look like one that has lost them.
        let is_first = self.last.is_none() && step == 0;
        if !is_first {
            self.measure_with(error, tell)?;
        }
        // As it stands now: taking stock took its time.
        checkpoint.state = RunState { optimizer_steps: checkpoint.state.optimizer_steps, ..self.state.clone() };
        if let Some(error) = error.filter(|error| self.state.best.is_none_or(|(_, best)| *error < best)) {
            checkpoint.state.best = Some((step, error));
        }
        self.keeper.save(&self.spec, &self.state, &checkpoint)?;
        // The best one is the best only now that it stands on the disk.
        self.state = checkpoint.state;
        if is_first {
            self.measure_with(error, tell)?;
        }
        self.prune(tell)?;
        let frame = self.quick_frame(&|| !monitor.cancelled());
        self.write_model(frame.clone(), None)?;
        self.picture_in(frame.clone(), tell)?;
        self.shown = Some((step, frame));
        self.tell_saved(tell);
        Ok(StepOutcome::Learned)
    }

    /// Keeps the newest checkpoints and the best one.
    fn prune(&mut self, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let aside = self.keeper.prune(&self.spec, &self.state);
        aside.into_iter().try_for_each(|to| self.note(EventKind::Warned, kept_as(&to), tell))
    }

    /// A row of the curves for the steps since the one before, or the error in the row of this very step, where it was not known yet.
    fn measure_with(&mut self, error: Option<f64>, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        if self.window.steps > 0 || self.last.is_none() {
            return self.measure(error, self.rate, tell);
        }
        if let Some(last) = self.last.clone().filter(|last| last.step == self.state.step && error.is_some() && last.held_out != error) {
            let point = CurvePoint { held_out: error, ..last };
            self.curves.replace_last(&point)?;
            self.last = Some(point.clone());
            tell(RunReport::Measured(point));
        }
        Ok(())
    }

    /// Mean squared error in [0, 1] units on at most so many faces held out; `None` where there are none, or no encoder.
    ///
    /// # Errors
    /// [`DataError::Cancelled`] where the monitor cancels.
    pub(super) fn judge(&mut self, most: usize, monitor: &dyn Monitor) -> Result<Option<f64>, TrainingError> {
        let start = Instant::now();
        let error = self.error_on_held_out(most, monitor);
        self.state.seconds += start.elapsed().as_secs_f64();
        error
    }

    fn error_on_held_out(&self, most: usize, monitor: &dyn Monitor) -> Result<Option<f64>, TrainingError> {
        if !self.state.settings.has_encoder() {
            return Ok(None);
        }
        let Some(model) = self.unframed() else { return Ok(None) };
        let (mut squares, mut numbers) = (0.0_f64, 0);
        for faces in self.faces.held_out_in_parts(most) {
            if monitor.cancelled() {
                return Err(DataError::from(Cancelled).into());
            }
            let faces = faces?;
            let Some(codes) = model.encode(&faces) else { return Ok(None) };
            let pairs = faces
                .pixels()
                .iter()
                .zip(model.decode(&codes).pixels())
                .map(|(a, b)| (f64::from(a.abs_diff(*b)) / 255.0).powi(2))
                .collect::<Vec<_>>();
            // One sum in the order of the faces, so that parts make no difference.
            squares = pairs.iter().fold(squares, |sum, square| sum + square);
            numbers += pairs.len();
        }
        Ok((numbers > 0).then(|| squares / numbers as f64))
    }

    pub(super) fn measure(&mut self, held_out: Option<f64>, rate: f32, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        self.ensure_there()?;
        let point = self.window.point(&self.state, self.size(), rate, held_out, self.learner.figures().len());
        self.curves.push(&point)?;
        self.window = Window::default();
        self.last = Some(point.clone());
        tell(RunReport::Measured(point));
        Ok(())
    }

    /// Writes everything down at the end of the planned length: the frame of all codes, all held-out faces. The monitor may interrupt
    /// it; then it begins again where it is called again.
    pub(super) fn finish(&mut self, monitor: &dyn Monitor, tell: &mut dyn FnMut(RunReport)) -> Result<StepOutcome, TrainingError> {
        if self.state.finished {
            return Ok(StepOutcome::Finished);
        }
        match self.save_end(monitor, tell) {
            Err(error) if is_cancelled(&error) => Ok(StepOutcome::Interrupted),
            other => other,
        }
    }

    fn save_end(&mut self, monitor: &dyn Monitor, tell: &mut dyn FnMut(RunReport)) -> Result<StepOutcome, TrainingError> {
        if self.ended != Some(self.state.step) {
            let error = self.judge(usize::MAX, monitor)?;
            let outcome = self.save(error, monitor, tell)?;
            if outcome != StepOutcome::Learned {
                return Ok(outcome);
            }
            self.ended = Some(self.state.step);
        }
        // The frame that the final one faces cannot be interrupted: who has asked for something meanwhile does not wait for it.
        monitor.ensure_wanted().map_err(DataError::from)?;
        self.settle_reference();
        let (frame, mixture) = self.frame_and_mixture(monitor)?;
        self.write_model(frame, mixture.as_ref())?;
        self.keep(RunState { finished: true, ..self.state.clone() }, tell)?;
        self.note(EventKind::Finished, String::new(), tell)?;
        Ok(StepOutcome::Finished)
    }

    /// Writes everything down before the planned length is reached, in about a second however many faces there are: a checkpoint, where
    /// the last one is older, and the model; where there is time, with the figures and the frame of all faces.
    ///
    /// # Errors
    /// [`TrainingError`] where files cannot be written; where the folder has vanished, the state is saved beside it.
    pub fn stop(&mut self, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let stopped = self.wind_up(tell);
        self.or_rescue(stopped)
    }

    fn wind_up(&mut self, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let patience = Until(Instant::now() + STOPPING);
        self.ensure_there()?;
        // Neither faces that take too long nor faces that another program has changed keep a training from ending.
        if !self.keeper.has_saved(self.state.step) {
            let error = match unless_cancelled(self.judge(HELD_OUT, &patience)) {
                Err(TrainingError::Data(DataError::Changed { .. })) => None,
                judged => judged?,
            };
            if self.save(error, &patience, tell)? != StepOutcome::Learned {
                return Ok(());
            }
        }
        match self.frame_and_mixture(&patience) {
            Ok((frame, mixture)) => self.write_model(frame, mixture.as_ref()),
            Err(TrainingError::Data(DataError::Cancelled(_) | DataError::Changed { .. })) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Nothing where there was no time for it.
fn unless_cancelled(judged: Result<Option<f64>, TrainingError>) -> Result<Option<f64>, TrainingError> {
    match judged {
        Err(error) if is_cancelled(&error) => Ok(None),
        judged => judged,
    }
}

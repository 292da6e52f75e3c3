//! What a run writes down: checkpoints, rows of curves, the model and its pictures; and how it ends.

use std::time::{Duration, Instant};

use super::returning::kept_as;
use super::{HELD_OUT, TrainingRun, Window};
use crate::data::DataError;
use crate::files::write_atomically;
use crate::latent::{GaussianMixture, LatentFrame};
use crate::models::gan::FrameCare;
use crate::models::{
    FaceModel, FrameWeights, HEADER, MixtureWeights, ModelHeader, PREVIEW, Precision, StoredModel, WEIGHTS, Weights, header_text,
};
use crate::progress::{Cancelled, Monitor, Progress, Silent, is_cancelled};
use crate::training::checkpoint::{RunState, list_checkpoints, remove_checkpoint, write_checkpoint};
use crate::training::sheets::{steady_samples, write_sheets};
use crate::training::{CurvePoint, EventKind, RunReport, StepOutcome, TrainingError};

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
            self.keep(self.state.clone()).map(|()| StepOutcome::Finished)
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
    pub(super) fn keep(&mut self, state: RunState) -> Result<(), TrainingError> {
        self.ensure_there()?;
        let learned = self.learner.state();
        if let Some(name) = [&learned.weights, &learned.ema, &learned.optimizer].into_iter().find_map(Weights::first_not_finite) {
            // The next step finds that out as well, and goes back to the last good checkpoint.
            let reason = format!("the numbers of {name} are infinite or none, and are not kept");
            return Err(TrainingError::Checkpoint { path: self.folder.checkpoints(), reason });
        }
        let state = RunState { optimizer_steps: learned.optimizer_steps.clone(), ..state };
        write_checkpoint(&self.folder.checkpoints(), &state, &learned)?;
        self.state = state;
        Ok(())
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
        let learned = self.learner.state();
        if let Some(name) = [&learned.weights, &learned.ema, &learned.optimizer].into_iter().find_map(Weights::first_not_finite) {
            return self.restore(format!("the numbers of {name} are infinite or none"), tell);
        }
        let step = self.state.step;
        self.state.seconds += start.elapsed().as_secs_f64();
        // A run that has rows but no checkpoint yet would look like one that has lost them.
        let is_first = self.last.is_none() && step == 0;
        if !is_first {
            self.measure_with(error, tell)?;
        }
        let mut state = RunState { optimizer_steps: learned.optimizer_steps.clone(), ..self.state.clone() };
        if let Some(error) = error.filter(|error| state.best.is_none_or(|(_, best)| *error < best)) {
            state.best = Some((step, error));
        }
        let checkpoints = self.folder.checkpoints();
        write_checkpoint(&checkpoints, &state, &learned).or_else(|error| {
            // On a full disk an old checkpoint may make room for the new one; the best one so far never does.
            match list_checkpoints(&checkpoints).into_iter().find(|step| !self.is_kept(*step)) {
                Some(oldest) if list_checkpoints(&checkpoints).last() != Some(&oldest) => {
                    remove_checkpoint(&checkpoints, oldest);
                    write_checkpoint(&checkpoints, &state, &learned)
                }
                _ => Err(error),
            }
        })?;
        // The best one is the best only now that it stands on the disk.
        self.state = state;
        self.saved = (step, self.state.seconds);
        if is_first {
            self.measure_with(error, tell)?;
        }
        self.prune(tell)?;
        let frame = self.quick_frame(&|| !monitor.cancelled());
        self.write_model(frame.clone(), None)?;
        self.picture_in(frame.clone(), tell)?;
        self.shown = Some((step, self.as_shown(frame)));
        tell(RunReport::Saved { step });
        Ok(StepOutcome::Learned)
    }

    /// Whether a checkpoint stays however old it is: the best one, and what was the best with other faces.
    fn is_kept(&self, step: u64) -> bool {
        let bests = self.spec.earlier.iter().map(|earlier| earlier.best).chain([self.state.best]);
        bests.flatten().any(|(best, _)| best == step)
    }

    /// Keeps the newest checkpoints and the best one.
    fn prune(&mut self, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let checkpoints = self.folder.checkpoints();
        let steps = list_checkpoints(&checkpoints);
        let old = steps.len().saturating_sub(self.spec.checkpoints.newest.max(1));
        let old: Vec<u64> = steps[..old].iter().copied().filter(|step| !self.is_kept(*step)).collect();
        let aside: Vec<_> = old.into_iter().filter_map(|step| remove_checkpoint(&checkpoints, step)).collect();
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

    /// The averaged network as a model whose codes go through as they are: for work in which the frame does not matter.
    fn unframed(&self) -> Option<Box<dyn FaceModel>> {
        let dim = self.spec.settings.latent();
        let any = LatentFrame::diagonal(vec![1.0; dim], vec![0.0; dim]).ok()?;
        Some(self.learner.model(self.header(), any))
    }

    /// The frame of the codes of every face that it learned from, and their mixture; a network without an encoder has a frame only, and
    /// needs no faces for it.
    ///
    /// # Errors
    /// [`DataError::Cancelled`] where the monitor cancels.
    fn frame_and_mixture(&self, monitor: &dyn Monitor) -> Result<(LatentFrame, Option<GaussianMixture>), TrainingError> {
        let dim = self.spec.settings.latent();
        let model = if self.state.settings.has_encoder() { self.unframed() } else { None };
        // The learner's own frame is that of the same codes; they are not computed twice.
        let codes = match model {
            Some(model) => self.faces.codes(model.as_ref(), &Mute(monitor))?,
            None => None,
        };
        let frame = codes.as_ref().and_then(|codes| LatentFrame::of_codes(codes, dim));
        if let (Some(frame), Some(codes)) = (frame, codes) {
            let mixture = GaussianMixture::of_codes_while(&codes, dim, &|| !monitor.cancelled());
            return if monitor.cancelled() { Err(DataError::from(Cancelled).into()) } else { Ok((frame, mixture)) };
        }
        let frame = self.learner.frame(&self.frame_faces, FrameCare::Thorough, &|| !monitor.cancelled());
        if monitor.cancelled() { Err(DataError::from(Cancelled).into()) } else { Ok((frame, None)) }
    }

    pub(super) fn header(&self) -> ModelHeader {
        let (settings, state) = (&self.state.settings, &self.state);
        let error = state.best.map(|(step, error)| format!("; best held-out mean squared error {error:.5} at step {step}"));
        ModelHeader {
            name: self.folder.path().file_name().unwrap_or(self.folder.path().as_os_str()).to_string_lossy().into_owned(),
            kind: settings.kind(),
            size: self.spec.size,
            latent_dim: settings.latent(),
            faces: self.spec.faces,
            origin: self.spec.whole_origin(),
            licence: "the terms of the faces that it was trained on".into(),
            noise_variance: None,
            network: Some(settings.network(self.spec.size)),
            training: Some(format!(
                "facefield train {}: {} faces seen in {} steps and {:.0} s of training{}; {}",
                settings.kind().key(),
                state.images,
                state.step,
                state.seconds,
                error.unwrap_or_default(),
                settings.in_words()
            )),
        }
    }

    /// The averaged network as plain data, in the frame of the current codes; no axis flips from one snapshot to the next.
    pub fn snapshot(&mut self) -> StoredModel {
        let step = self.state.step;
        let lasts = self.learner.frame_lasts().max(1);
        if let Some((_, shown)) = self.shown.as_ref().filter(|(of_step, _)| *of_step <= step && step - of_step < lasts) {
            return self.stored(shown.clone(), None);
        }
        let frame = self.as_shown(self.quick_frame(&|| true));
        self.shown = Some((step, frame.clone()));
        self.stored(frame, None)
    }

    fn quick_frame(&self, is_wanted: &dyn Fn() -> bool) -> LatentFrame {
        self.learner.frame(&self.frame_faces, FrameCare::Quick, is_wanted)
    }

    /// A frame with its axes turned as those that were shown before.
    fn as_shown(&self, frame: LatentFrame) -> LatentFrame {
        match &self.shown {
            Some((_, shown)) => frame.facing_as(shown),
            None => frame,
        }
    }

    fn stored(&self, frame: LatentFrame, mixture: Option<&GaussianMixture>) -> StoredModel {
        let precision = if self.spec.half { Precision::Half } else { Precision::Single };
        let mut weights: Weights = self.learner.ema_weights().at(precision);
        weights.insert_frame(&frame);
        if let Some(mixture) = mixture {
            weights.insert_mixture(mixture);
        }
        StoredModel { header: self.header(), frame, weights: weights.into() }
    }

    fn write_model(&self, frame: LatentFrame, mixture: Option<&GaussianMixture>) -> Result<(), TrainingError> {
        let stored = self.stored(frame.clone(), mixture);
        let path = self.folder.path();
        // The header first: where a crash parts them, it fits the older weights as well.
        write_atomically(&path.join(HEADER), header_text(&stored.header).as_bytes())?;
        write_atomically(&path.join(WEIGHTS), &stored.weights.to_safetensors())?;
        let model = self.learner.model(stored.header, frame);
        let preview = crate::data::contact_sheet(&model.decode_latents(&steady_samples(model.frame())[..12]), 6);
        Ok(write_atomically(&path.join(PREVIEW), &preview.to_png())?)
    }

    pub(super) fn picture(&mut self, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let frame = self.quick_frame(&|| true);
        self.picture_in(frame, tell)
    }

    fn picture_in(&mut self, frame: LatentFrame, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let model = self.learner.model(self.header(), frame);
        write_sheets(self.folder.path(), self.state.step, model.as_ref(), &self.pictured)?;
        tell(RunReport::Pictured { step: self.state.step });
        Ok(())
    }

    pub(super) fn measure(&mut self, held_out: Option<f64>, rate: f32, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        self.ensure_there()?;
        let point = self.window.point(&self.state, rate, held_out, self.learner.figures().len());
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
        let (frame, mixture) = self.frame_and_mixture(monitor)?;
        self.write_model(frame, mixture.as_ref())?;
        self.keep(RunState { finished: true, ..self.state.clone() })?;
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
        if self.saved.0 != self.state.step || !list_checkpoints(&self.folder.checkpoints()).contains(&self.state.step) {
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

/// Passes on only whether it is to stop: what is encoded for the model is no work that is shown.
struct Mute<'a>(&'a dyn Monitor);

impl Monitor for Mute<'_> {
    fn report(&self, _progress: Progress) {}

    fn warn(&self, message: String) {
        self.0.warn(message);
    }

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

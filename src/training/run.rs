//! One training, step by step: learning, measuring, and writing down where it stands.
//!
//! Owns the order of things within a step. When a step is made, and what pauses it, is the engine's business.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::checkpoint::{remove_checkpoint, write_checkpoint};
use super::report::Window;
use super::run_folder::{ensure_checkpoint, remove_remains};
use super::sheets::{RECONSTRUCTED, forget_sheets, write_sheets};
use super::watch::{Verdict, Watch};
use super::{
    Budget, CurveFile, CurvePoint, EventFile, EventKind, Learner, LearnerState, LiveChange, RunEvent, RunFolder, RunReport, RunSpec,
    RunState, RunSummary, StepOutcome, TrainingError, TrainingFaces, TrainingSettings, list_checkpoints, read_checkpoint,
};
use crate::data::Faces;
use crate::files::write_atomically;
use crate::latent::{GaussianMixture, LatentFrame};
use crate::models::gan::FrameCare;
use crate::models::{
    FaceModel, FrameWeights, HEADER, MixtureWeights, ModelHeader, PREVIEW, Precision, StoredModel, WEIGHTS, Weights, header_text,
};
use crate::progress::Silent;

/// A point of the curves covers so many steps.
const STEPS_OF_A_POINT: u64 = 20;
/// Early pictures, besides those of every checkpoint: most happens in the beginning.
const EARLY_SHEETS: [u64; 6] = [10, 20, 50, 100, 200, 350];
/// Held-out faces that are judged at a checkpoint; at the end it is all of them.
const HELD_OUT: usize = 1024;
/// Faces whose codes give the frame while training goes on; at the end it is all of them.
const FRAME_FACES: usize = 1024;

/// A training under way.
pub struct TrainingRun {
    folder: RunFolder,
    spec: RunSpec,
    state: RunState,
    learner: Box<dyn Learner>,
    faces: TrainingFaces,
    curves: CurveFile,
    events: EventFile,
    /// The frame of the last snapshot, and its step.
    shown: Option<(u64, LatentFrame)>,
    frame_faces: Faces,
    held_out: Faces,
    pictured: Faces,
    watch: Watch,
    window: Window,
    saved: (u64, f64),
    last: Option<CurvePoint>,
}

impl TrainingRun {
    /// Begins a run in a new folder, or goes on from the newest checkpoint of one, or from the checkpoint of a `step`. What lies
    /// after it is forgotten.
    ///
    /// # Errors
    /// [`TrainingError`] where checkpoints cannot be read or files cannot be written.
    pub fn open(
        folder: RunFolder,
        spec: RunSpec,
        budget: Budget,
        mut learner: Box<dyn Learner>,
        faces: TrainingFaces,
        step: Option<u64>,
        tell: &mut dyn FnMut(RunReport),
    ) -> Result<Self, TrainingError> {
        if let Some(step) = step {
            ensure_checkpoint(folder.path(), step)?;
        }
        let mut warnings = Vec::new();
        let found = newest(&folder, step, &mut warnings)?;
        let is_new = found.is_none();
        let state = match found {
            Some((state, learned)) => {
                learner.restore(&learned)?;
                give_settings(learner.as_mut(), &state.settings);
                state
            }
            None => RunState::new(spec.settings.clone(), budget),
        };
        for later in list_checkpoints(&folder.checkpoints()).into_iter().filter(|later| *later > state.step) {
            remove_checkpoint(&folder.checkpoints(), later);
        }
        let (curves, events) = folder.logs(learner.loss_names(), state.step)?;
        forget_sheets(folder.path(), state.step);
        let held_out = faces.held_out(HELD_OUT)?;
        let pictured = if held_out.count() > 0 { faces.held_out(RECONSTRUCTED)? } else { faces.sample(RECONSTRUCTED)? };
        let frame_faces = faces.sample(FRAME_FACES.max(4 * spec.settings.latent()))?;
        let saved = (state.step, state.seconds);
        let last = super::Curves::parse(&std::fs::read_to_string(folder.path().join(super::CURVES)).unwrap_or_default()).points.pop();
        let (watch, window, shown) = (Watch::new(&state.settings), Window::default(), None);
        let mut run = Self {
            folder,
            spec,
            state,
            learner,
            faces,
            curves,
            events,
            shown,
            frame_faces,
            held_out,
            pictured,
            watch,
            window,
            saved,
            last,
        };
        let kind = if is_new { EventKind::Started } else { EventKind::Resumed };
        if !run.state.finished {
            run.note(kind, run.state.settings.in_words(), tell)?;
        }
        warnings.into_iter().try_for_each(|warning| run.note(EventKind::Warned, warning, tell))?;
        if is_new {
            run.checkpoint(tell)?;
        }
        Ok(run)
    }

    /// One step, and whatever is due after it.
    ///
    /// # Errors
    /// [`TrainingError`] where files cannot be written; what was learned stays in memory, and the step may be tried again.
    pub fn step(&mut self, tell: &mut dyn FnMut(RunReport)) -> Result<StepOutcome, TrainingError> {
        let outcome = if self.share() >= 1.0 { self.finish(tell) } else { self.learn(tell) };
        self.or_rescue(outcome)
    }

    fn learn(&mut self, tell: &mut dyn FnMut(RunReport)) -> Result<StepOutcome, TrainingError> {
        let start = Instant::now();
        let settings = &self.state.settings;
        let batch = settings.batch();
        let moment = settings.moment(self.state.step, self.state.images, self.share());
        let pictures = self.faces.batch(self.state.images, batch, settings.variation())?;
        let losses = self.learner.step(pictures, batch, &moment);
        self.state.step += 1;
        self.state.images += batch as u64;
        match self.watch.look(&losses) {
            Verdict::Fine => {}
            Verdict::Warned(advice) => self.note(EventKind::Warned, advice, tell)?,
            Verdict::Broken(reason) => return self.restore(reason, tell),
        }
        let seconds = start.elapsed().as_secs_f64();
        self.state.seconds += seconds;
        self.window.add(&losses, batch, seconds);
        if EARLY_SHEETS.contains(&self.state.step) {
            self.picture(tell)?;
        }
        let plan = self.spec.checkpoints;
        // Counted from the beginning, so that a checkpoint in between shifts none of the others.
        let is_due = self.state.step / plan.steps > self.saved.0 / plan.steps || self.state.seconds - self.saved.1 >= plan.seconds;
        // The last step is measured with the end, together with the faces held out.
        if self.share() >= 1.0 {
            return Ok(StepOutcome::Learned);
        }
        if is_due {
            return self.save(self.held_out.clone(), tell);
        }
        if self.window.steps >= STEPS_OF_A_POINT {
            self.measure(None, moment.learning_rate, tell)?;
        }
        Ok(StepOutcome::Learned)
    }

    /// Takes note of time between two steps that was left to others: it is part of how long the training takes, as a pause is not.
    pub fn rest(&mut self, rest: Duration) {
        self.state.seconds += rest.as_secs_f64();
        self.window.rest(rest.as_secs_f64());
    }

    /// Writes a checkpoint now, with the model, its figures and its pictures; the model of a finished training as its end wrote it.
    ///
    /// # Errors
    /// [`TrainingError`] where files cannot be written; the checkpoints before stay.
    pub fn checkpoint(&mut self, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        if self.state.finished {
            return self.complete(tell);
        }
        let saved = self.save(self.held_out.clone(), tell);
        self.or_rescue(saved).map(drop)
    }

    /// A checkpoint; or, where the weights are no longer numbers, the way back to the last good one.
    fn save(&mut self, held_out: Faces, tell: &mut dyn FnMut(RunReport)) -> Result<StepOutcome, TrainingError> {
        self.ensure_there()?;
        let start = Instant::now();
        let learned = self.learner.state();
        if let Some(name) = [&learned.weights, &learned.ema, &learned.optimizer].into_iter().find_map(Weights::first_not_finite) {
            return self.restore(format!("the numbers of {name} are infinite or none"), tell);
        }
        let step = self.state.step;
        let error = self.judge(&held_out);
        if let Some(error) = error.filter(|error| self.state.best.is_none_or(|(_, best)| *error < best)) {
            self.state.best = Some((step, error));
        }
        self.state.optimizer_steps.clone_from(&learned.optimizer_steps);
        self.state.seconds += start.elapsed().as_secs_f64();
        let rate = self.last.as_ref().map_or(0.0, |point| point.learning_rate);
        if self.window.steps > 0 || self.last.is_none() {
            self.measure(error, rate, tell)?;
        }
        let checkpoints = self.folder.checkpoints();
        write_checkpoint(&checkpoints, &self.state, &learned).or_else(|error| {
            // On a full disk an old checkpoint may make room for the new one.
            match list_checkpoints(&checkpoints).as_slice() {
                [oldest, _, ..] if Some(*oldest) != self.state.best.map(|(step, _)| step) => {
                    remove_checkpoint(&checkpoints, *oldest);
                    write_checkpoint(&checkpoints, &self.state, &learned)
                }
                _ => Err(error),
            }
        })?;
        self.saved = (step, self.state.seconds);
        self.prune();
        let frame = self.learner.frame(&self.frame_faces, FrameCare::Quick);
        self.write_model(frame, None)?;
        self.picture(tell)?;
        tell(RunReport::Saved { step });
        Ok(StepOutcome::Learned)
    }

    /// Keeps the newest checkpoints and the best one.
    fn prune(&self) {
        let checkpoints = self.folder.checkpoints();
        let steps = list_checkpoints(&checkpoints);
        let old = steps.len().saturating_sub(self.spec.checkpoints.newest.max(1));
        let best = self.state.best.map(|(step, _)| step);
        steps[..old].iter().filter(|step| Some(**step) != best).for_each(|step| remove_checkpoint(&checkpoints, *step));
    }

    /// Mean squared error in [0, 1] units on faces; `None` where there are none.
    fn judge(&self, faces: &Faces) -> Option<f64> {
        if faces.count() == 0 {
            return None;
        }
        let model = self.unframed()?;
        let reconstructions = model.decode(&model.encode(faces)?);
        let squares: f64 =
            faces.pixels().iter().zip(reconstructions.pixels()).map(|(a, b)| (f64::from(a.abs_diff(*b)) / 255.0).powi(2)).sum();
        Some(squares / faces.pixels().len() as f64)
    }

    /// The averaged network as a model whose codes go through as they are: for work in which the frame does not matter.
    fn unframed(&self) -> Option<Box<dyn FaceModel>> {
        let dim = self.spec.settings.latent();
        let any = LatentFrame::diagonal(vec![1.0; dim], vec![0.0; dim]).ok()?;
        Some(self.learner.model(self.header(), any))
    }

    /// The frame of the codes of every face that it learned from, and their mixture; a network without an encoder has a frame only.
    fn frame_and_mixture(&self) -> Result<(LatentFrame, Option<GaussianMixture>), TrainingError> {
        let dim = self.spec.settings.latent();
        // The learner's own frame is that of the same codes; they are not computed twice.
        let codes = match self.unframed() {
            Some(model) => self.faces.codes(model.as_ref(), &Silent)?,
            None => None,
        };
        let found = codes.and_then(|codes| Some((LatentFrame::of_codes(&codes, dim)?, GaussianMixture::of_codes(&codes, dim))));
        match found {
            Some(found) => Ok(found),
            None => Ok((self.learner.frame(&self.faces.all()?, FrameCare::Thorough), None)),
        }
    }

    fn header(&self) -> ModelHeader {
        let (settings, state) = (&self.state.settings, &self.state);
        let error = state.best.map(|(step, error)| format!("; best held-out mean squared error {error:.5} at step {step}"));
        ModelHeader {
            name: self.folder.path().file_name().unwrap_or(self.folder.path().as_os_str()).to_string_lossy().into_owned(),
            kind: settings.kind(),
            size: self.spec.size,
            latent_dim: settings.latent(),
            faces: self.spec.faces,
            origin: self.spec.origin.clone(),
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
        let lasts = self.learner.frame_lasts();
        let frame = match &self.shown {
            Some((of_step, shown)) if *of_step <= step && step - of_step < lasts => return self.stored(shown.clone(), None),
            Some((_, shown)) => self.learner.frame(&self.frame_faces, FrameCare::Quick).facing_as(shown),
            None => self.learner.frame(&self.frame_faces, FrameCare::Quick),
        };
        self.shown = Some((step, frame.clone()));
        self.stored(frame, None)
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
        let preview = crate::data::contact_sheet(&model.decode_latents(&super::sheets::steady_samples(model.frame())[..12]), 6);
        Ok(write_atomically(&path.join(PREVIEW), &preview.to_png())?)
    }

    fn picture(&mut self, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let frame = self.learner.frame(&self.frame_faces, FrameCare::Quick);
        let model = self.learner.model(self.header(), frame);
        write_sheets(self.folder.path(), self.state.step, model.as_ref(), &self.pictured)?;
        tell(RunReport::Pictured { step: self.state.step });
        Ok(())
    }

    fn measure(&mut self, held_out: Option<f64>, learning_rate: f32, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        self.ensure_there()?;
        let point = self.window.point(&self.state, learning_rate, held_out, self.learner.loss_names().len());
        self.curves.push(&point)?;
        self.window = Window::default();
        self.last = Some(point.clone());
        tell(RunReport::Measured(point));
        Ok(())
    }

    /// Writes down that something happened.
    ///
    /// # Errors
    /// [`TrainingError`] where the disk refuses.
    pub fn note(&mut self, kind: EventKind, detail: String, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let RunState { step, images, seconds, .. } = self.state;
        let event = RunEvent { step, images, seconds, kind, detail };
        tell(RunReport::Noted(event.clone()));
        self.ensure_there()?;
        Ok(self.events.push(&event)?)
    }

    fn ensure_there(&self) -> Result<(), TrainingError> {
        if self.folder.is_there() { Ok(()) } else { Err(TrainingError::Gone { path: self.path().to_path_buf(), rescue: String::new() }) }
    }

    /// Where the run folder has vanished, whatever the error says: saves the state beside it.
    fn or_rescue<T>(&self, result: Result<T, TrainingError>) -> Result<T, TrainingError> {
        result.map_err(|error| {
            if self.folder.is_there() {
                return error;
            }
            let rescue = match self.rescue() {
                Ok(to) => format!("Its state was saved in {} instead; go on there with --resume", to.display()),
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

    /// Takes the training back to its newest checkpoint after something went wrong.
    fn restore(&mut self, reason: String, tell: &mut dyn FnMut(RunReport)) -> Result<StepOutcome, TrainingError> {
        let step = self.state.step;
        let settings = self.state.settings.clone();
        let steps = list_checkpoints(&self.folder.checkpoints());
        let mut last_error = None;
        for to in steps.into_iter().rev() {
            match self.return_to(to) {
                Ok(()) => {
                    // Settings stay as the user left them; what was learned goes back.
                    give_settings(self.learner.as_mut(), &settings);
                    self.state.settings = settings;
                    self.note(EventKind::Restored, format!("{reason} at step {step}; back to step {to}"), tell)?;
                    return Ok(StepOutcome::Restored { reason, step, to });
                }
                Err(error) => last_error = Some(error),
            }
        }
        let known = "none that can be read".into();
        Err(last_error.unwrap_or(TrainingError::NoCheckpoint { path: self.folder.path().to_path_buf(), wanted: String::new(), known }))
    }

    fn return_to(&mut self, step: u64) -> Result<(), TrainingError> {
        let (state, learned): (RunState, LearnerState) = read_checkpoint(&self.folder.checkpoints(), step)?;
        self.learner.restore(&learned)?;
        give_settings(self.learner.as_mut(), &state.settings);
        let (curves, events) = self.folder.logs(self.learner.loss_names(), step)?;
        forget_sheets(self.folder.path(), step);
        (self.curves, self.events, self.state) = (curves, events, state);
        (self.window, self.watch) = (Window::default(), Watch::new(&self.state.settings));
        self.saved = (self.state.step, self.state.seconds);
        Ok(())
    }

    /// Takes the training back to an earlier checkpoint; what came after is forgotten.
    ///
    /// # Errors
    /// [`TrainingError::NoCheckpoint`], or where files cannot be read or written.
    pub fn roll_back(&mut self, step: u64, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        ensure_checkpoint(self.folder.path(), step)?;
        let from = self.state.step;
        self.return_to(step)?;
        let checkpoints = self.folder.checkpoints();
        list_checkpoints(&checkpoints).into_iter().filter(|later| *later > step).for_each(|later| remove_checkpoint(&checkpoints, later));
        self.note(EventKind::RolledBack, format!("from step {from} to step {step}"), tell)
    }

    /// Changes a setting; the curves show when.
    ///
    /// # Errors
    /// [`TrainingError`] where the disk refuses.
    pub fn apply(&mut self, change: LiveChange, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let Some(words) = self.state.settings.apply(change) else { return Ok(()) };
        self.learner.apply(change);
        // Another loss is no explosion, and a change must not be lost with the steps since the last checkpoint.
        self.watch = Watch::new(&self.state.settings);
        self.note(EventKind::Changed, words, tell)?;
        self.checkpoint(tell)
    }

    /// Plans another length; a finished training goes on.
    ///
    /// # Errors
    /// [`TrainingError`] where the disk refuses.
    pub fn extend(&mut self, budget: Budget, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        if self.state.budget == budget {
            return Ok(());
        }
        // Learning rate and penalty follow the planned length, so that the curves must show where it changed.
        let words = format!("planned length {} -> {budget}", self.state.budget);
        self.state.budget = budget;
        self.note(EventKind::Changed, words, tell)?;
        if self.state.finished && self.share() < 1.0 {
            self.state.finished = false;
            self.note(EventKind::Resumed, "with another planned length".into(), tell)?;
        }
        Ok(())
    }

    /// The share of the planned length that is done.
    pub fn share(&self) -> f64 {
        self.state.budget.share(self.state.images, self.state.seconds)
    }

    /// Where it stands.
    pub fn state(&self) -> &RunState {
        &self.state
    }

    /// How it was begun.
    pub fn spec(&self) -> &RunSpec {
        &self.spec
    }

    /// The run folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Removes the run: for one that has just begun and is not wanted after all.
    pub fn discard(self) {
        self.folder.discard();
    }

    /// Writes everything down at the end of the planned length: the frame of all codes, all held-out faces.
    fn finish(&mut self, tell: &mut dyn FnMut(RunReport)) -> Result<StepOutcome, TrainingError> {
        if self.state.finished {
            return Ok(StepOutcome::Finished);
        }
        let outcome = self.save_all(tell)?;
        if outcome != StepOutcome::Learned {
            return Ok(outcome);
        }
        self.state.finished = true;
        write_checkpoint(&self.folder.checkpoints(), &self.state, &self.learner.state())?;
        self.note(EventKind::Finished, String::new(), tell)?;
        Ok(StepOutcome::Finished)
    }

    /// A checkpoint whose model has the frame of the codes of every face that it learned from.
    ///
    /// # Errors
    /// [`TrainingError`] where files cannot be written.
    pub fn complete(&mut self, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let saved = self.save_all(tell);
        self.or_rescue(saved).map(drop)
    }

    fn save_all(&mut self, tell: &mut dyn FnMut(RunReport)) -> Result<StepOutcome, TrainingError> {
        let outcome = self.save(self.faces.held_out(usize::MAX)?, tell)?;
        if outcome == StepOutcome::Learned {
            let (frame, mixture) = self.frame_and_mixture()?;
            self.write_model(frame, mixture.as_ref())?;
        }
        Ok(outcome)
    }

    /// What it has come to.
    pub fn summary(&self) -> RunSummary {
        let state = &self.state;
        let names = self.learner.loss_names().iter().map(|name| (*name).to_owned());
        let values = self.last.iter().flat_map(|point| point.losses.iter().map(|loss| f64::from(*loss)));
        let mut losses: std::collections::BTreeMap<String, f64> = names.zip(values).collect();
        if let Some(error) = self.last.as_ref().and_then(|point| point.held_out) {
            losses.insert("held_out_mse".into(), error);
        }
        RunSummary {
            images_seen: state.images,
            seconds: state.seconds,
            images_per_second: if state.seconds > 0.0 { state.images as f64 / state.seconds } else { 0.0 },
            model: self.folder.path().to_path_buf(),
            losses,
            steps: state.step,
            best_step: state.best.map(|(step, _)| step),
            finished: state.finished,
        }
    }
}

/// Tells a learner every setting that may have been changed since it was made.
fn give_settings(learner: &mut dyn Learner, settings: &TrainingSettings) {
    settings.changes().into_iter().for_each(|change| learner.apply(change));
}

/// The newest checkpoint that can be read, or the one of a step; `None` where there are none at all.
fn newest(folder: &RunFolder, step: Option<u64>, warnings: &mut Vec<String>) -> Result<Option<(RunState, LearnerState)>, TrainingError> {
    let checkpoints = folder.checkpoints();
    if let Some(step) = step {
        return read_checkpoint(&checkpoints, step).map(Some);
    }
    let mut last_error = None;
    for step in list_checkpoints(&checkpoints).into_iter().rev() {
        match read_checkpoint(&checkpoints, step) {
            Ok(found) => return Ok(Some(found)),
            Err(error) => {
                warnings.push(format!("{error}; the one before is taken"));
                last_error = Some(error);
            }
        }
    }
    last_error.map_or(Ok(None), Err)
}

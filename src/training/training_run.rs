//! One training, step by step: learning, measuring, and writing down where it stands.
//!
//! Owns the order of things within a step. What is measured and written down is in `saving`, the model that comes of it in `model`, the
//! ways back in `returning`. Its checkpoints have a keeper of their own. When a step is made, and what pauses it, is the engine's
//! business.

mod growing;
mod model;
mod reference;
mod returning;
mod saving;
mod shown;
mod snapshotting;
mod window;

use std::path::Path;
use std::time::{Duration, Instant};

use self::reference::Reference;
use self::shown::Shown;
use self::window::Window;
use super::batches::TrainingFaces;
use super::error::TrainingError;
use super::figure::{HELD_OUT as HELD_OUT_ERROR, names_of};
use super::knob::Edit;
use super::learner::Learner;
use super::moment::StepMoment;
use super::plan::{Budget, CheckpointPlan};
use super::run::{
    Checkpoint, CheckpointKeeper, CurveFile, CurvePoint, EVENTS, EarlierFaces, EventFile, EventKind, FacesUsed, RunEvent, RunFacts,
    RunFolder, RunReport, RunSpec, RunState, RunSummary, Standing, StepOutcome, forget_sheets, forget_snapshots, lost_averages,
    parse_events, run_kept_in,
};
use super::watch::{Verdict, Watch};
use crate::data::DataError;
use crate::latent::LatentFrame;
use crate::progress::{Monitor, Silent, is_cancelled};

/// A point of the curves covers so many steps.
const STEPS_OF_A_POINT: u64 = 20;
/// Early pictures, besides those of every checkpoint: most happens in the beginning.
const EARLY_SHEETS: [u64; 6] = [10, 20, 50, 100, 200, 350];
/// The same after a network has grown, counted from there.
const EARLY_SHEETS_AFTER_GROWTH: [u64; 3] = [50, 200, 500];
/// Held-out faces that are judged at a checkpoint; at the end it is all of them.
const HELD_OUT: usize = 1024;

/// A training under way.
pub struct TrainingRun {
    folder: RunFolder,
    spec: RunSpec,
    state: RunState,
    keeper: CheckpointKeeper,
    learner: Box<dyn Learner>,
    faces: TrainingFaces,
    curves: CurveFile,
    events: EventFile,
    /// The frame of the last snapshot, and its step.
    shown: Option<(u64, LatentFrame)>,
    reference: Reference,
    shown_faces: Shown,
    watch: Box<dyn Watch>,
    window: Window,
    /// The step whose end is saved, with all its figures, but for the frame of all codes.
    ended: Option<u64>,
    /// Whether a snapshot was to be kept in this sitting and could not be.
    lacks_snapshots: bool,
    /// The learning rate of the step just made; before the first one, that of the next.
    rate: f32,
    last: Option<CurvePoint>,
}

impl TrainingRun {
    /// Begins a run in a new folder, or goes on from the newest checkpoint of one, or from the checkpoint of a `step`. What lies
    /// after it is forgotten; what cannot be read is set aside.
    ///
    /// # Errors
    /// [`TrainingError`] where checkpoints cannot be read or files cannot be written.
    pub fn open(
        folder: RunFolder,
        spec: RunSpec,
        budget: Budget,
        mut learner: Box<dyn Learner>,
        mut faces: TrainingFaces,
        step: Option<u64>,
        monitor: &dyn Monitor,
        tell: &mut dyn FnMut(RunReport),
    ) -> Result<Self, TrainingError> {
        let (keeper, Standing { found, unreadable }) = CheckpointKeeper::open(folder.path(), step)?;
        let is_new = found.is_none();
        let lacks_averages = found.as_ref().and_then(|found| lost_averages(folder.path(), found));
        let (state, reference) = match found {
            Some(Checkpoint { state, learned, reference }) => {
                learner.restore(&learned, state.size(&spec))?;
                learner.adopt(&state.settings.stands());
                (state, Reference::kept(reference))
            }
            None => (RunState::new(spec.settings.clone(), budget), Reference::default()),
        };
        let names = names_of(learner.figures());
        let mut warnings = keeper.forget_after(state.step, &unreadable);
        let (mut curves, mut events) = folder.logs(&names, state.last_seen(&spec))?;
        warnings.extend(curves.take_warning().into_iter().chain(events.take_warning()));
        forget_sheets(folder.path(), state.step);
        forget_snapshots(folder.path(), state.step);
        warnings.extend(lacks_averages);
        faces.pool_to(state.size(&spec));
        let shown_faces = Shown::of(&faces, &spec.settings)?;
        let last = folder.last_point(&names);
        let (watch, window, shown, ended) = (learner.watch(), Window::default(), None, None);
        let rate = 0.0;
        let mut run = Self {
            folder,
            spec,
            state,
            keeper,
            learner,
            faces,
            curves,
            events,
            shown,
            reference,
            shown_faces,
            watch,
            window,
            ended,
            lacks_snapshots: false,
            rate,
            last,
        };
        run.rate = run.next_rate();
        run.forget_faces_after(run.state.step)?;
        run.forget_lost_best();
        run.begin(is_new, warnings, monitor, tell)?;
        Ok(run)
    }

    fn begin(
        &mut self,
        is_new: bool,
        warnings: Vec<String>,
        monitor: &dyn Monitor,
        tell: &mut dyn FnMut(RunReport),
    ) -> Result<(), TrainingError> {
        let kind = if is_new { EventKind::Started } else { EventKind::Resumed };
        if !self.state.finished {
            self.note(kind, self.state.settings.in_words(), tell)?;
        } else if !self.knows_its_end() {
            // It was ended between the state and the note of it.
            self.note(EventKind::Finished, String::new(), tell)?;
        }
        warnings.into_iter().try_for_each(|warning| self.note(EventKind::Warned, warning, tell))?;
        if is_new { self.save_beginning(monitor, tell) } else { Ok(()) }
    }

    fn knows_its_end(&self) -> bool {
        let events = parse_events(&std::fs::read_to_string(self.path().join(EVENTS)).unwrap_or_default());
        events.iter().any(|event| event.kind == EventKind::Finished && event.step == self.state.step)
    }

    /// One step, and whatever is due after it. After the planned length it is the end, which takes as long as there are faces, and which
    /// the monitor may interrupt; nothing is lost then.
    ///
    /// # Errors
    /// [`TrainingError`] where files cannot be written; what was learned stays in memory, and the step may be tried again.
    pub fn step(&mut self, monitor: &dyn Monitor, tell: &mut dyn FnMut(RunReport)) -> Result<StepOutcome, TrainingError> {
        let outcome = if self.share() >= 1.0 { self.finish(monitor, tell) } else { self.learn(monitor, tell) };
        if let Err(TrainingError::Data(DataError::Changed { .. })) = outcome {
            // Without its faces it cannot go on; what it has learned is kept.
            let saved = self.save(None, &Silent, tell);
            self.or_rescue(saved)?;
        }
        self.or_rescue(outcome)
    }

    /// Where the next step stands.
    fn moment(&self) -> StepMoment {
        let RunState { step, images, settings, .. } = &self.state;
        settings.moment(*step, *images, self.share(), self.state.stage_moment(self.size()))
    }

    /// The learning rate of the next step.
    fn next_rate(&self) -> f32 {
        self.moment().learning_rate
    }

    fn learn(&mut self, monitor: &dyn Monitor, tell: &mut dyn FnMut(RunReport)) -> Result<StepOutcome, TrainingError> {
        self.settle_reference();
        if let Some(outcome) = self.grow_where_due(monitor, tell)? {
            return Ok(outcome);
        }
        let start = Instant::now();
        let (settings, moment) = (&self.state.settings, self.moment());
        let batch = settings.batch_at(self.size());
        let pictures = self.faces.batch(self.state.images, batch, settings.variation())?;
        let averaged = self.learner.averaged_faces();
        let losses = self.learner.step(pictures, batch, &moment);
        self.state.step += 1;
        self.state.images += batch as u64;
        self.rate = moment.learning_rate;
        match self.watch.look(&losses) {
            Verdict::Fine => {}
            Verdict::Warned(advice) => self.note(EventKind::Warned, advice, tell)?,
            Verdict::Broken(reason) => return self.restore(reason, tell),
        }
        let seconds = start.elapsed().as_secs_f64();
        self.state.seconds += seconds;
        self.window.add(&losses, batch, seconds);
        self.keep_snapshot_where_due(averaged, tell)?;
        self.fade_in();
        if EARLY_SHEETS.contains(&self.state.step) || self.has_just_grown() {
            self.picture(tell)?;
        }
        // The last step is measured with the end, together with the faces held out.
        if self.share() >= 1.0 {
            return Ok(StepOutcome::Learned);
        }
        if self.keeper.is_due(&self.spec, &self.state) {
            return match self.judge(HELD_OUT, monitor) {
                // What was asked for comes first; the checkpoint is still due after it.
                Err(error) if is_cancelled(&error) => Ok(StepOutcome::Interrupted),
                judged => self.save(judged?, monitor, tell),
            };
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

    /// Turns a knob; the curves show when.
    ///
    /// # Errors
    /// [`TrainingError`] where the disk refuses.
    pub fn turn(&mut self, edit: &Edit, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let Some(words) = self.state.settings.turn_live(edit) else { return Ok(()) };
        tell(RunReport::Turned(edit.clone()));
        self.learner.adopt(&self.state.settings.stands());
        // Another loss is no explosion, and a change must not be lost with the steps since the last checkpoint.
        self.watch = self.learner.watch();
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
        let goes_on = self.state.finished && budget.share(self.state.images, self.state.seconds) < 1.0;
        let finished = self.state.finished && !goes_on;
        // On the disk first: a change must not be lost with the steps since the last checkpoint, nor a run be open in memory only.
        let kept = self.keep(RunState { budget, finished, ..self.state.clone() }, tell);
        self.or_rescue(kept)?;
        self.ended = None;
        tell(RunReport::Planned(budget));
        self.note(EventKind::Changed, words, tell)?;
        if goes_on {
            self.note(EventKind::Resumed, "with another planned length".into(), tell)?;
        }
        Ok(())
    }

    /// Changes when checkpoints are written, how many are kept, and whether the model is stored in half precision: noted, and kept for
    /// every sitting to come.
    ///
    /// # Errors
    /// [`TrainingError`] where the disk refuses.
    pub fn plan(&mut self, checkpoints: CheckpointPlan, half: bool, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let before = self.spec.checkpoints;
        let mut words = Vec::new();
        if checkpoints.steps != before.steps {
            words.push(format!("checkpoint every {} -> {} steps", before.steps, checkpoints.steps));
        }
        if checkpoints.newest != before.newest {
            words.push(format!("checkpoints kept {} -> {}", before.newest, checkpoints.newest));
        }
        if half && !self.spec.half {
            words.push("the model in half precision".into());
        }
        if words.is_empty() {
            return Ok(());
        }
        let spec = RunSpec { checkpoints, half: half || self.spec.half, ..self.spec.clone() };
        spec.write(self.path())?;
        self.spec = spec;
        self.note(EventKind::Changed, words.join(", "), tell)
    }

    /// Takes note of the faces that it learns from now; where they are others than before, those before are kept in `run.ron`, and the
    /// best checkpoint by them stays, as errors on other faces cannot be compared.
    ///
    /// # Errors
    /// [`TrainingError`] where the disk refuses.
    pub fn use_faces(&mut self, now: FacesUsed, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let before = self.spec.faces_used();
        if before == now {
            return Ok(());
        }
        let mut spec = self.spec.clone();
        if before.fingerprint == now.fingerprint {
            // The same faces in another place: only that is new.
            spec.data = now.data;
            spec.write(self.path())?;
            self.spec = spec;
            return Ok(());
        }
        let words = format!("other faces: {}; before: {}", now.in_words(), before.in_words());
        spec.earlier.push(EarlierFaces { faces: before, until: self.state.step, best: self.state.best });
        spec.use_faces(now);
        spec.write(self.path())?;
        self.spec = spec;
        self.state.best = None;
        self.note(EventKind::Changed, words, tell)
    }

    /// The share of the planned length that is done.
    pub fn share(&self) -> f64 {
        self.state.progress()
    }

    /// All that is known of it.
    pub fn facts(&self) -> RunFacts {
        let RunState { step, images, seconds, settings, budget, best, finished, stages, .. } = self.state.clone();
        RunFacts {
            path: Some(self.path().to_path_buf()),
            spec: Some(self.spec.clone()),
            settings: Some(settings),
            budget,
            step,
            images,
            seconds,
            best,
            stages,
            is_finished: finished,
            is_live: true,
            ..run_kept_in(self.path())
        }
    }

    /// Faces are of so many pixels by now.
    pub fn size(&self) -> usize {
        self.state.size(&self.spec)
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

    /// What it has come to.
    pub fn summary(&self) -> RunSummary {
        let state = &self.state;
        let names = self.learner.figures().iter().map(|figure| figure.name.to_owned());
        let values = self.last.iter().flat_map(|point| point.losses.iter().map(|loss| f64::from(*loss)));
        let mut losses: std::collections::BTreeMap<String, f64> = names.zip(values).collect();
        if let Some(error) = self.last.as_ref().and_then(|point| point.held_out) {
            losses.insert(HELD_OUT_ERROR.name.into(), error);
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
            trained: state.finished || self.share() >= 1.0,
        }
    }
}

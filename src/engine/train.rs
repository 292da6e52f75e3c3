//! A training from its request to its end: the device, the run folder, the loop, and what may be asked of it meanwhile.
//!
//! Owns pause, train share and commands. The steps themselves are the training's business; the command line calls [`train`] where
//! it stands, the app through a [`Trainer`](super::Trainer) thread.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::fit_pca::origin;
use super::network_bench::ensure_memory;
use super::{EngineError, device_for_training};
use crate::backend::{BackendChoice, Cpu, Device, DeviceInfo, FaceBackend, Probed};
use crate::data::{FaceCache, SplitChoice};
use crate::models::{NetworkConfig, StoredModel};
use crate::progress::Monitor;
use crate::training::{
    AutoencoderLearner, Budget, CHECKPOINTS, CheckpointPlan, EventKind, GanLearner, Learner, LiveChange, RunFolder, RunReport, RunSpec,
    RunSummary, StepOutcome, TrainingError, TrainingFaces, TrainingRun, TrainingSettings, branch, list_checkpoints, read_checkpoint,
    read_spec,
};

/// Snapshots for the explorer are made at most this often.
const SNAPSHOT_EVERY: Duration = Duration::from_millis(2500);
/// No rest between two steps is longer, however small the share.
const LONGEST_REST: Duration = Duration::from_secs(5);
/// While it rests, a training looks this often whether its share has changed.
const LISTEN_EVERY: Duration = Duration::from_millis(50);
/// Sizes that networks are made for.
const SIZES: [usize; 3] = [16, 32, 64];

/// What stands at the run folder, and what to do with it.
#[derive(Clone, Debug, PartialEq)]
pub enum Beginning {
    /// Begin a new run; whatever stands there is an error.
    New,
    /// Begin a new run in place of an old one.
    Overwrite,
    /// Go on where the run was left, or begin it where there is none.
    Resume,
    /// Go on from the checkpoint of a step of the same run; what came after is forgotten.
    RollBack(u64),
    /// Begin with the checkpoint of a step of another run; `None` is its newest.
    Branch(PathBuf, Option<u64>),
}

/// A training that is asked for.
#[derive(Clone, Debug)]
pub struct TrainingRequest {
    /// The face cache.
    pub data: PathBuf,
    /// The run folder.
    pub out: PathBuf,
    /// What to learn and how. For a run that goes on only `changes` count.
    pub settings: TrainingSettings,
    /// The planned length; `None` keeps that of a run that goes on, else the default.
    pub budget: Option<Budget>,
    /// When checkpoints are written.
    pub checkpoints: CheckpointPlan,
    /// Whether the model's weights are stored in half precision.
    pub half: bool,
    /// How to begin.
    pub beginning: Beginning,
    /// Changes to the settings of a run that goes on.
    pub changes: Vec<LiveChange>,
    /// The device.
    pub backend: BackendChoice,
}

/// What may be asked of a training under way.
#[derive(Clone, Debug, PartialEq)]
pub enum TrainingCommand {
    /// Pause before the next step.
    Pause,
    /// Go on.
    Resume,
    /// Write a checkpoint and end.
    Stop,
    /// Write a checkpoint now.
    Save,
    /// Change a setting.
    Change(LiveChange),
    /// Plan another length, and go on.
    Extend(Budget),
    /// Go back to the checkpoint of a step, and pause.
    RollBack(u64),
}

/// What a training tells.
#[derive(Clone, Debug)]
pub enum TrainingEvent {
    /// It is under way.
    Started(Box<TrainingStart>),
    /// Curves, events, checkpoints, pictures.
    Reported(RunReport),
    /// The averaged network as it is now.
    Snapshot(Box<StoredModel>),
    /// It waits; why, if not because it was asked to.
    Paused(Option<String>),
    /// It goes on.
    Resumed,
    /// It reached its planned length. It waits for an extension or a stop.
    Finished(Box<RunSummary>),
    /// It was stopped, and everything is written.
    Stopped(Box<RunSummary>),
    /// Its start was called off; no new run is left.
    Cancelled,
    /// Something that the user should know.
    Warned(String),
    /// It cannot begin or go on.
    Failed(String),
}

/// What a training is, once it is under way.
#[derive(Clone, Debug)]
pub struct TrainingStart {
    /// The run folder.
    pub path: PathBuf,
    /// How it was begun.
    pub spec: RunSpec,
    /// The settings by now.
    pub settings: TrainingSettings,
    /// The planned length.
    pub budget: Budget,
    /// Where it stands.
    pub step: u64,
    /// Faces seen so far.
    pub images: u64,
    /// Seconds of training so far.
    pub seconds: f64,
    /// How many numbers the network learns.
    pub parameters: usize,
    /// About how much memory a step takes.
    pub memory_bytes: u64,
    /// The device.
    pub device: DeviceInfo,
    /// Why devices that come first by preference are not used.
    pub skipped: Vec<String>,
}

/// How much of the machine a training takes, in (0, 1]: the rest of the time it sleeps between steps.
#[derive(Clone, Debug)]
pub struct TrainShare(Arc<AtomicU32>);

impl Default for TrainShare {
    fn default() -> Self {
        let share = Self(Arc::new(AtomicU32::new(0)));
        share.set(1.0);
        share
    }
}

impl TrainShare {
    /// The least share: training never stands still unless it is paused.
    pub const LEAST: f32 = 0.05;

    /// Changes the share.
    pub fn set(&self, share: f32) {
        let share = if share.is_finite() { share.clamp(Self::LEAST, 1.0) } else { 1.0 };
        self.0.store(share.to_bits(), Ordering::Relaxed);
    }

    /// The share.
    pub fn get(&self) -> f32 {
        f32::from_bits(self.0.load(Ordering::Relaxed))
    }

    /// How long to sleep after working for `worked`.
    pub fn rest(&self, worked: Duration) -> Duration {
        worked.mul_f32(1.0 / self.get() - 1.0)
    }
}

/// Trains until the planned length is reached or it is asked to stop. `stays`: at the end and after errors, wait for commands
/// instead of returning.
///
/// # Errors
/// [`EngineError`] where it cannot begin; without `stays` also where it cannot go on. [`EngineError::Cancelled`] where the monitor
/// cancels before it has begun: no new run is left then. A run that already took the place of an old one begins and stops instead.
pub fn train(
    request: &TrainingRequest,
    stays: bool,
    share: &TrainShare,
    commands: &Receiver<TrainingCommand>,
    monitor: &dyn Monitor,
    tell: &mut dyn FnMut(TrainingEvent),
) -> Result<RunSummary, EngineError> {
    let (mut run, start) = open_run(request, monitor, &mut |report| tell(TrainingEvent::Reported(report)))?;
    tell(TrainingEvent::Started(Box::new(start)));
    tell(TrainingEvent::Snapshot(Box::new(run.snapshot())));
    let mut last_snapshot = Instant::now();
    let mut is_paused = false;
    let mut heard = None;
    loop {
        let command = if is_paused {
            match commands.recv_timeout(Duration::from_millis(200)) {
                Ok(command) => Some(command),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => Some(TrainingCommand::Stop),
            }
        } else {
            heard.take().or_else(|| commands.try_recv().ok())
        };
        let is_called_off = monitor.cancelled();
        let command = if is_called_off { Some(TrainingCommand::Stop) } else { command };
        if let Some(command) = command {
            match obey(&mut run, command, &mut is_paused, tell) {
                Ok(true) => return Ok(run.summary()),
                Ok(false) => {}
                // Who has called it off waits for its end, not for a disk with room.
                Err(error) if stays && !is_called_off => {
                    is_paused = true;
                    tell(TrainingEvent::Paused(Some(error.to_string())));
                }
                Err(error) => return Err(error.into()),
            }
            continue;
        }
        if is_paused {
            continue;
        }
        let begun = Instant::now();
        match run.step(&mut |report| tell(TrainingEvent::Reported(report))) {
            Ok(StepOutcome::Learned) => {}
            Ok(StepOutcome::Finished) => {
                let summary = run.summary();
                let snapshot = run.snapshot();
                // What the end has written knows more, such as the mixture of the codes; but the axes on screen stay.
                let model = match StoredModel::open(&summary.model) {
                    Ok(written) => StoredModel { frame: snapshot.frame, ..written },
                    Err(_) => snapshot,
                };
                tell(TrainingEvent::Snapshot(Box::new(model)));
                tell(TrainingEvent::Finished(Box::new(summary)));
                if !stays {
                    return Ok(run.summary());
                }
                is_paused = true;
            }
            Ok(StepOutcome::Restored { reason, step, to }) => {
                let error = TrainingError::Diverged { reason: reason.clone(), step, restored: to };
                if !stays {
                    return Err(error.into());
                }
                is_paused = true;
                let advice = format!("{reason} at step {step}. It stands at step {to} again: lower the learning rate and resume");
                tell(TrainingEvent::Paused(Some(advice)));
            }
            Err(error) if stays => {
                is_paused = true;
                tell(TrainingEvent::Paused(Some(error.to_string())));
            }
            Err(error) => return Err(error.into()),
        }
        let begun_rest = Instant::now();
        if stays && last_snapshot.elapsed() >= SNAPSHOT_EVERY.mul_f32(1.0 / share.get()).min(Duration::from_secs(15)) {
            tell(TrainingEvent::Snapshot(Box::new(run.snapshot())));
            last_snapshot = Instant::now();
        }
        if !is_paused {
            heard = rest_between_steps(begun.elapsed(), share, commands, monitor);
            run.rest(begun_rest.elapsed());
        }
    }
}

/// Leaves the machine to others for as long as the share asks after a step that took `worked`. Ends early with a command, where the
/// start is called off, and where the share has grown meanwhile.
fn rest_between_steps(
    worked: Duration,
    share: &TrainShare,
    commands: &Receiver<TrainingCommand>,
    monitor: &dyn Monitor,
) -> Option<TrainingCommand> {
    let begun = Instant::now();
    while !monitor.cancelled() {
        let left = share.rest(worked).min(LONGEST_REST).saturating_sub(begun.elapsed());
        if left.is_zero() {
            return None;
        }
        match commands.recv_timeout(left.min(LISTEN_EVERY)) {
            Ok(command) => return Some(command),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(left.min(LISTEN_EVERY)),
        }
    }
    None
}

/// Does what was asked; true where the training is over.
fn obey(
    run: &mut TrainingRun,
    command: TrainingCommand,
    is_paused: &mut bool,
    tell: &mut dyn FnMut(TrainingEvent),
) -> Result<bool, TrainingError> {
    let mut report = |report| tell(TrainingEvent::Reported(report));
    match command {
        TrainingCommand::Pause if !*is_paused => {
            *is_paused = true;
            run.note(EventKind::Paused, String::new(), &mut report)?;
            run.checkpoint(&mut report)?;
            tell(TrainingEvent::Paused(None));
        }
        TrainingCommand::Resume if *is_paused => {
            *is_paused = false;
            run.note(EventKind::Resumed, String::new(), &mut report)?;
            tell(TrainingEvent::Resumed);
        }
        TrainingCommand::Pause | TrainingCommand::Resume => {}
        TrainingCommand::Stop => {
            if !run.state().finished {
                // Written before anything else may fail: where the folder has vanished, this saves the state beside it.
                run.complete(&mut report)?;
                run.note(EventKind::Stopped, String::new(), &mut report)?;
            }
            tell(TrainingEvent::Stopped(Box::new(run.summary())));
            return Ok(true);
        }
        TrainingCommand::Save => run.checkpoint(&mut report)?,
        TrainingCommand::Change(change) => run.apply(change, &mut report)?,
        TrainingCommand::Extend(budget) => {
            run.extend(budget, &mut report)?;
            if *is_paused {
                *is_paused = false;
                run.note(EventKind::Resumed, "with another planned length".into(), &mut report)?;
                tell(TrainingEvent::Resumed);
            }
        }
        TrainingCommand::RollBack(step) => {
            run.roll_back(step, &mut report)?;
            *is_paused = true;
            let snapshot = run.snapshot();
            tell(TrainingEvent::Snapshot(Box::new(snapshot)));
            tell(TrainingEvent::Paused(None));
        }
    }
    Ok(false)
}

fn open_run(
    request: &TrainingRequest,
    monitor: &dyn Monitor,
    tell: &mut dyn FnMut(RunReport),
) -> Result<(TrainingRun, TrainingStart), EngineError> {
    let known = known_spec(request)?;
    let data = match &known {
        Some(spec) if request.data.as_os_str().is_empty() => spec.data.clone(),
        _ => request.data.clone(),
    };
    let cache = FaceCache::open(&data)?;
    if !SIZES.contains(&cache.size()) {
        return Err(TrainingError::Size { size: cache.size() }.into());
    }
    let (size, fingerprint) = (cache.size(), cache.fingerprint()?);
    let split = SplitChoice::default_for_fitting(cache.marks());
    let from = origin(&cache, split, cache.select(split)?.len());
    let seed = known.as_ref().map_or(request.settings.seed(), |spec| spec.settings.seed());
    let faces = TrainingFaces::new(cache, seed)?;
    ensure_wanted(monitor)?;
    if let Some(spec) = &known {
        ensure_same_network(spec, request, size)?;
        if spec.fingerprint != fingerprint {
            monitor.warn(format!("{} holds other faces than the run was begun with", data.display()));
        }
    }
    let network = request.settings.network(size);
    let found = device_for_training(request.backend, monitor)?;
    ensure_memory(&network, request.settings.batch(), &found.info)?;
    let (info, skipped) = (found.info.clone(), found.skipped.iter().map(|e| format!("{}: {}", e.backend, e.reason)).collect());
    ensure_wanted(monitor)?;
    let learner = learner_on(found, &settings_by_now(request, known.as_ref()), size);
    // Whatever could refuse has been asked, and so has the user: only now is anything written.
    ensure_wanted(monitor)?;
    let mut step = None;
    let goes_on = known.is_some();
    let may_be_discarded = match request.beginning {
        // The old run is gone by then: the new one is all that is left.
        Beginning::Overwrite => false,
        Beginning::Branch(..) => true,
        Beginning::New | Beginning::Resume | Beginning::RollBack(_) => !goes_on,
    };
    let (folder, spec) = match &request.beginning {
        Beginning::Branch(from, at) => {
            let newest = || list_checkpoints(&from.join(CHECKPOINTS)).pop().unwrap_or_default();
            branch(from, at.unwrap_or_else(newest), &request.out)?;
            RunFolder::open(&request.out)?
        }
        Beginning::RollBack(to) => {
            step = Some(*to);
            RunFolder::open(&request.out)?
        }
        Beginning::Resume if goes_on => RunFolder::open(&request.out)?,
        Beginning::New | Beginning::Overwrite | Beginning::Resume => {
            let spec = RunSpec {
                version: RunSpec::VERSION,
                data: std::fs::canonicalize(&data).unwrap_or(data),
                fingerprint,
                size,
                faces: faces.count(),
                held_out: faces.held_out_count(),
                origin: from,
                settings: request.settings.clone(),
                checkpoints: request.checkpoints,
                half: request.half,
                parent: None,
            };
            (RunFolder::create(&request.out, &spec, request.beginning == Beginning::Overwrite)?, spec)
        }
    };
    let spec = RunSpec { checkpoints: request.checkpoints, half: request.half || spec.half, ..spec };
    let budget = request.budget.unwrap_or_default();
    let mut run = TrainingRun::open(folder, spec, budget, learner, faces, step, tell)?;
    // A run that goes on may be taken back by now: such a one is stopped as ever.
    if may_be_discarded && let Err(cancelled) = ensure_wanted(monitor) {
        run.discard();
        return Err(cancelled);
    }
    if goes_on {
        if let Some(budget) = request.budget {
            run.extend(budget, tell)?;
        }
        for change in &request.changes {
            run.apply(*change, tell)?;
        }
    }
    let state = run.state();
    let start = TrainingStart {
        path: run.path().to_path_buf(),
        spec: run.spec().clone(),
        settings: state.settings.clone(),
        budget: state.budget,
        step: state.step,
        images: state.images,
        seconds: state.seconds,
        parameters: network.parameters(),
        memory_bytes: network.training_bytes(state.settings.batch()),
        device: info,
        skipped,
    };
    Ok((run, start))
}

/// Refuses to go on once the user has called the start off.
fn ensure_wanted(monitor: &dyn Monitor) -> Result<(), EngineError> {
    if monitor.cancelled() { Err(EngineError::Cancelled) } else { Ok(()) }
}

/// How the run was begun that this one goes on with; `None` for one that begins.
fn known_spec(request: &TrainingRequest) -> Result<Option<RunSpec>, TrainingError> {
    let has_something = std::fs::read_dir(&request.out).is_ok_and(|mut entries| entries.next().is_some());
    match &request.beginning {
        Beginning::Resume if has_something => read_spec(&request.out).map(Some),
        Beginning::Resume | Beginning::New | Beginning::Overwrite => Ok(None),
        Beginning::RollBack(_) => read_spec(&request.out).map(Some),
        Beginning::Branch(from, _) => read_spec(from).map(Some),
    }
}

/// The settings that the network is made with: those of the checkpoint that the run goes on from, else those that are asked for.
fn settings_by_now(request: &TrainingRequest, known: Option<&RunSpec>) -> TrainingSettings {
    let Some(spec) = known else { return request.settings.clone() };
    let (run, step) = match &request.beginning {
        Beginning::Branch(from, at) => (from, *at),
        Beginning::RollBack(to) => (&request.out, Some(*to)),
        Beginning::New | Beginning::Overwrite | Beginning::Resume => (&request.out, None),
    };
    let checkpoints = run.join(CHECKPOINTS);
    let step = step.or_else(|| list_checkpoints(&checkpoints).pop());
    let state = step.and_then(|step| read_checkpoint(&checkpoints, step).ok()).map(|(state, _)| state);
    state.map_or_else(|| spec.settings.clone(), |state| state.settings)
}

/// Refuses a network that the run does not have.
fn ensure_same_network(spec: &RunSpec, request: &TrainingRequest, size: usize) -> Result<(), TrainingError> {
    let words = |settings: &TrainingSettings, size: usize| {
        let shape = match settings.network(size) {
            NetworkConfig::Autoencoder(config) => format!("{} channels", config.channels),
            NetworkConfig::Gan(config) => format!("{:?} channels", config.widths),
        };
        let (kind, preset, latent) = (settings.kind().label(), settings.preset().word(), settings.latent());
        format!("{kind}, preset {preset}, {shape}, k {latent}, {size} x {size} pixels")
    };
    let (begun, asked) = (words(&spec.settings, spec.size), words(&request.settings, size));
    if spec.size != size || spec.settings.network(size) != request.settings.network(size) {
        return Err(TrainingError::Fixed { path: request.out.clone(), begun, asked });
    }
    Ok(())
}

/// The one match over devices for training.
fn learner_on(found: Probed, settings: &TrainingSettings, size: usize) -> Box<dyn Learner> {
    match found.device {
        Device::Cpu => learner::<Cpu>(settings, size, Default::default()),
        #[cfg(feature = "gpu")]
        Device::Gpu(device) => learner::<crate::backend::Gpu>(settings, size, device),
        #[cfg(all(feature = "cuda", not(target_os = "macos")))]
        Device::Cuda(device) => learner::<crate::backend::Cuda>(settings, size, device),
    }
}

fn learner<B: FaceBackend>(settings: &TrainingSettings, size: usize, device: B::Device) -> Box<dyn Learner> {
    match settings {
        TrainingSettings::Autoencoder(settings) => Box::new(AutoencoderLearner::<B>::new(settings, size, device)),
        TrainingSettings::Gan(settings) => Box::new(GanLearner::<B>::new(settings, size, device)),
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::bounded;

    use super::*;
    use crate::progress::{Progress, Silent};

    struct Impatient;

    impl Monitor for Impatient {
        fn report(&self, _progress: Progress) {}

        fn warn(&self, _message: String) {}

        fn cancelled(&self) -> bool {
            true
        }
    }

    #[test]
    fn a_rest_ends_with_a_command_with_a_larger_share_and_with_the_user_s_patience() {
        let worked = Duration::from_secs(1000);
        let (sender, commands) = bounded(1);
        let share = TrainShare::default();
        assert_eq!(rest_between_steps(worked, &share, &commands, &Silent), None, "the full share never rests");
        share.set(TrainShare::LEAST);
        sender.send(TrainingCommand::Pause).unwrap();
        assert_eq!(rest_between_steps(worked, &share, &commands, &Silent), Some(TrainingCommand::Pause));
        sender.send(TrainingCommand::Pause).unwrap();
        assert_eq!(rest_between_steps(worked, &share, &commands, &Impatient), None);
        commands.recv().unwrap();
        let begun = Instant::now();
        std::thread::scope(|scope| {
            let resting = scope.spawn(|| rest_between_steps(worked, &share, &commands, &Silent));
            share.set(1.0);
            assert_eq!(resting.join().unwrap(), None);
        });
        assert!(begun.elapsed() < LONGEST_REST, "it looks at the share now and then");
    }
}

//! A training from its request to its end: the device, the run folder, the loop, and what may be asked of it meanwhile.
//!
//! Owns pause, train share and commands. How it begins is in `start`, what of it is shown in `showing`. The steps themselves are the
//! training's business; the command line calls [`train`] where it stands, the app through a [`Trainer`](super::Trainer) thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::EngineError;
use super::memory::{ensure_memory_while_it_grows, most_memory};
use super::showing::Showing;
use super::start::open_run;
use super::training_messages::{TrainingCommand, TrainingEvent, TrainingRequest};
use crate::backend::DeviceInfo;
use crate::progress::{Monitor, Progress};
use crate::training::{Edit, EventKind, RunReport, RunSummary, StepOutcome, TrainingError, TrainingRun, TrainingSettings};

/// Snapshots for the explorer are made at most this often.
const SNAPSHOT_EVERY: Duration = Duration::from_millis(2500);
/// No rest between two steps is longer, however small the share.
const LONGEST_REST: Duration = Duration::from_secs(5);
/// While it rests, a training looks this often whether its share has changed.
const LISTEN_EVERY: Duration = Duration::from_millis(50);

/// How much of the machine a training takes, in (0, 1]: the rest of the time it sleeps between steps. And whether anybody wants to see
/// its network, which takes time as well.
#[derive(Clone, Debug)]
pub struct TrainShare {
    bits: Arc<AtomicU32>,
    is_model_wanted: Arc<AtomicBool>,
}

impl Default for TrainShare {
    fn default() -> Self {
        let share = Self { bits: Arc::default(), is_model_wanted: Arc::default() };
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
        self.bits.store(share.to_bits(), Ordering::Relaxed);
    }

    /// The share.
    pub fn get(&self) -> f32 {
        f32::from_bits(self.bits.load(Ordering::Relaxed))
    }

    /// Asks for the network as it will be after the next step; it comes once, and not right after the one before.
    pub fn want_model(&self) {
        self.is_model_wanted.store(true, Ordering::Relaxed);
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
    let device = start.means.device.clone();
    tell(TrainingEvent::Started(Box::new(start)));
    let mut showing = Showing::default();
    showing.show(run.snapshot(), tell);
    let mut last_snapshot = Instant::now();
    let mut is_paused = false;
    let mut heard = None;
    let awaited = Awaited { commands, monitor };
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
            match obey(&mut run, command, &device, &mut is_paused, &mut showing, tell) {
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
        match run.step(&awaited, &mut |report| tell(TrainingEvent::Reported(report))) {
            // What was asked for comes first; the end is written after it.
            Ok(StepOutcome::Interrupted) => continue,
            Ok(StepOutcome::Learned) => {}
            Ok(StepOutcome::Finished) => {
                showing.show_saved(run.saved_model(), tell);
                tell(TrainingEvent::Finished(Box::new(run.summary())));
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
        let is_due = last_snapshot.elapsed() >= SNAPSHOT_EVERY.mul_f32(1.0 / share.get()).min(Duration::from_secs(15));
        if stays && is_due && share.is_model_wanted.swap(false, Ordering::Relaxed) {
            showing.show(run.snapshot(), tell);
            last_snapshot = Instant::now();
        }
        if !is_paused {
            heard = rest_between_steps(begun.elapsed(), share, commands, monitor);
            run.rest(begun_rest.elapsed());
        }
    }
}

/// Looks up from the end of a training as soon as anything is asked for.
struct Awaited<'a> {
    commands: &'a Receiver<TrainingCommand>,
    monitor: &'a dyn Monitor,
}

impl Monitor for Awaited<'_> {
    fn report(&self, progress: Progress) {
        self.monitor.report(progress);
    }

    fn warn(&self, message: String) {
        self.monitor.warn(message);
    }

    fn cancelled(&self) -> bool {
        !self.commands.is_empty() || self.monitor.cancelled()
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
    device: &DeviceInfo,
    is_paused: &mut bool,
    showing: &mut Showing,
    tell: &mut dyn FnMut(TrainingEvent),
) -> Result<bool, TrainingError> {
    if let Some(reason) = beyond_memory(run, &command, device) {
        run.note(EventKind::Warned, reason, &mut |report| tell(TrainingEvent::Reported(report)))?;
        tell(TrainingEvent::Reported(RunReport::Settled(Box::new(run.state().settings.clone()))));
        return Ok(false);
    }
    let mut report = |report| tell(TrainingEvent::Reported(report));
    match command {
        TrainingCommand::Pause if !*is_paused => {
            *is_paused = true;
            run.note(EventKind::Paused, String::new(), &mut report)?;
            run.checkpoint(&mut report)?;
            showing.show(run.saved_model(), tell);
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
                run.stop(&mut report)?;
                run.note(EventKind::Stopped, String::new(), &mut report)?;
                showing.show_saved(run.saved_model(), tell);
            }
            tell(TrainingEvent::Stopped(Box::new(run.summary())));
            return Ok(true);
        }
        TrainingCommand::Save => {
            run.checkpoint(&mut report)?;
            showing.show(run.saved_model(), tell);
        }
        TrainingCommand::Turn(edit) => run.turn(&edit, &mut report)?,
        TrainingCommand::Extend(budget) => {
            // One that had ended says itself that it goes on.
            let is_noted = run.state().finished;
            run.extend(budget, &mut report)?;
            if *is_paused {
                *is_paused = false;
                if !is_noted || run.state().finished {
                    run.note(EventKind::Resumed, "with another planned length".into(), &mut report)?;
                }
                tell(TrainingEvent::Resumed);
            }
        }
        TrainingCommand::RollBack(step) => {
            run.roll_back(step, &mut report)?;
            *is_paused = true;
            showing.show(run.snapshot(), tell);
            tell(TrainingEvent::Paused(None));
        }
    }
    Ok(false)
}

/// Why a device cannot hold the batch that a command asks for.
fn beyond_memory(run: &TrainingRun, command: &TrainingCommand, device: &DeviceInfo) -> Option<String> {
    let TrainingCommand::Turn(edit) = command else { return None };
    refused_turn(&run.state().settings, edit, run.size(), device)
}

/// Why a knob stays where it is: a device cannot hold the steps that it leads to, where faces have `size` pixels by now. One that asks for
/// no more memory than before is never refused.
fn refused_turn(before: &TrainingSettings, edit: &Edit, size: usize, device: &DeviceInfo) -> Option<String> {
    let mut settings = before.clone();
    let words = settings.turn_live(edit)?;
    if most_memory(&settings, size).bytes <= most_memory(before, size).bytes {
        return None;
    }
    let refused = ensure_memory_while_it_grows(&settings, size, device).err()?;
    Some(format!("{words} is not done: {refused}"))
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::bounded;

    use super::*;
    use crate::progress::{Progress, Silent};
    use crate::training::{GanSettings, Value};

    #[test]
    fn a_turn_that_no_memory_holds_is_refused_whichever_knob_it_is() {
        let begun = TrainingSettings::from(GanSettings { grow: vec![16, 32, 64], ..Default::default() });
        let card = DeviceInfo { memory_bytes: Some(most_memory(&begun, 16).bytes * 5 / 4), ..DeviceInfo::cpu() };
        ensure_memory_while_it_grows(&begun, 16, &card).unwrap();
        let refused = |knob: &str, value, size| refused_turn(&begun, &Edit::new(knob, value), size, &card);
        let words = refused("stage_batch", Value::Number(4.0), 16).unwrap();
        assert!(words.starts_with("stage batch 1 -> 4 is not done: at 16 x 16 pixels a batch of 512"), "{words}");
        assert_eq!(refused("stage_batch", Value::Number(4.0), 64), None, "smaller pictures are over");
        assert!(refused("batch", Value::Count(512), 64).is_some_and(|words| words.starts_with("batch 32 -> 512 faces")));
        assert_eq!(refused("batch", Value::Count(16), 16), None);
        assert_eq!(refused("learning_rate", Value::Number(0.01), 16), None);
    }

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

//! The trainer thread: a training that goes on while the app draws.
//!
//! Owns the thread and the way to it. It never makes the asking side wait; training runs at a lower priority than frames.

use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::Waker;
use super::newest_model::NewestModel;
use super::threads::{self, Manners};
use super::train::{TrainShare, train};
use super::training_messages::{TrainingCommand, TrainingEvent, TrainingRequest};
use crate::faults::caught;
use crate::models::StoredModel;
use crate::progress::{CancelFlag, Monitor, Progress, is_cancelled};

/// Events that may wait to be looked at; then training waits.
const EVENTS_IN_FLIGHT: usize = 4096;
const COMMANDS_IN_FLIGHT: usize = 64;

/// A training under way. Dropping it stops the training, with a checkpoint once it has begun, and waits for that.
pub struct Trainer {
    commands: Sender<TrainingCommand>,
    events: Receiver<TrainingEvent>,
    newest: NewestModel,
    cancel: CancelFlag,
    thread: Option<JoinHandle<()>>,
}

impl Trainer {
    /// Starts the thread with `threads` worker threads of its own; `waker` is called for every event and every model.
    pub fn start(request: TrainingRequest, share: TrainShare, threads: usize, waker: Waker) -> Self {
        let (commands, inbox) = bounded(COMMANDS_IN_FLIGHT);
        let (sender, events) = bounded(EVENTS_IN_FLIGHT);
        let (newest, cancel) = (NewestModel::default(), CancelFlag::default());
        let (slot, flag) = (newest.clone(), cancel.clone());
        let teller = sender.clone();
        let work = move || {
            threads::in_pool("train", threads, Manners::Yields, || {
                serve(&request, &share, &inbox, &Teller { sender, waker }, &slot, &flag);
            });
        };
        let thread = match threads::start("trainer", "training", work) {
            Ok(thread) => Some(thread),
            Err(reason) => {
                teller.try_send(TrainingEvent::Failed(reason)).ok();
                None
            }
        };
        Self { commands, events, newest, cancel, thread }
    }

    /// Asks for something; false where too much is asked for already.
    pub fn command(&self, command: TrainingCommand) -> bool {
        self.commands.try_send(command).is_ok()
    }

    /// Calls the start off, as soon as what is being opened is open: [`TrainingEvent::Cancelled`]. A training that has begun stops.
    pub fn cancel(&self) {
        self.cancel.raise();
    }

    /// What has happened since last asked. Models come by [`take_model`](Self::take_model).
    pub fn events(&self) -> &Receiver<TrainingEvent> {
        &self.events
    }

    /// The newest averaged network that nobody has taken yet.
    pub fn take_model(&self) -> Option<Box<StoredModel>> {
        self.newest.take()
    }

    /// Whether the thread has ended.
    pub fn is_over(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Trainer {
    fn drop(&mut self) {
        self.cancel.raise();
        // A trainer that waits for room in the channel must be let through to write its checkpoint.
        while !self.is_over() {
            self.events.recv_timeout(Duration::from_millis(5)).ok();
        }
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// The way to the asking side.
struct Teller {
    sender: Sender<TrainingEvent>,
    waker: Waker,
}

impl Teller {
    /// Nobody listening any more is no reason to fail.
    fn tell(&self, event: TrainingEvent) {
        self.sender.send(event).ok();
        self.waker.wake();
    }
}

struct Ear<'a> {
    teller: &'a Teller,
    cancel: &'a CancelFlag,
}

impl Monitor for Ear<'_> {
    fn report(&self, _progress: Progress) {}

    fn warn(&self, message: String) {
        self.teller.tell(TrainingEvent::Warned(message));
    }

    fn cancelled(&self) -> bool {
        self.cancel.is_raised()
    }
}

fn serve(
    request: &TrainingRequest,
    share: &TrainShare,
    inbox: &Receiver<TrainingCommand>,
    teller: &Teller,
    newest: &NewestModel,
    cancel: &CancelFlag,
) {
    let mut tell = |event| {
        if let TrainingEvent::Snapshot(model) = event {
            newest.put(model);
            teller.waker.wake();
        } else {
            teller.tell(event);
        }
    };
    let ear = Ear { teller, cancel };
    // Drivers report a lost device by panicking only.
    let result = caught(|| train(request, true, share, inbox, &ear, &mut tell));
    let failure = match result {
        Ok(Ok(_)) => return,
        Ok(Err(error)) if is_cancelled(&error) => {
            teller.tell(TrainingEvent::Cancelled);
            return;
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the device was lost, or its driver failed. The run stands at its last checkpoint: resume it, or train on the CPU".into(),
    };
    teller.tell(TrainingEvent::Failed(failure));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::BackendChoice;
    use crate::data::synth;
    use crate::engine::Beginning;
    use crate::models::MixtureWeights;
    use crate::progress::Silent;
    use crate::training::{AutoencoderSettings, Budget, CheckpointPlan, Edit, Preset, Value, read_run};
    use std::path::Path;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Instant;

    fn request(place: &Path, images: u64) -> TrainingRequest {
        let data = place.join("faces.safetensors");
        if !data.exists() {
            synth::write_cache(120, 1, 16, &data, &Silent).unwrap();
        }
        TrainingRequest {
            data,
            out: place.join("run"),
            settings: AutoencoderSettings { preset: Preset::Tiny, latent: 8, batch: 8, ..Default::default() }.into(),
            budget: Some(Budget::Images(images)),
            checkpoints: CheckpointPlan { steps: 50, ..Default::default() },
            half: false,
            beginning: Beginning::Resume,
            edits: Vec::new(),
            backend: BackendChoice::Cpu,
        }
    }

    fn wait(trainer: &Trainer, what: &str, wanted: impl Fn(&TrainingEvent) -> bool) -> TrainingEvent {
        let start = Instant::now();
        loop {
            assert!(start.elapsed() < Duration::from_secs(60), "gave up waiting for {what}");
            if let Ok(event) = trainer.events().recv_timeout(Duration::from_millis(100)) {
                assert!(!matches!(&event, TrainingEvent::Failed(_)), "{event:?}");
                if wanted(&event) {
                    return event;
                }
            }
        }
    }

    #[test]
    fn a_training_is_paused_changed_resumed_and_taken_back() {
        let place = tempfile::tempdir().unwrap();
        let trainer = Trainer::start(request(place.path(), 1_000_000), TrainShare::default(), 2, Waker::default());
        let start = wait(&trainer, "the start", |event| matches!(event, TrainingEvent::Started(_)));
        let TrainingEvent::Started(start) = start else { unreachable!("the start was waited for") };
        assert_eq!((start.facts.size(), start.facts.step), (Some(16), 0));
        wait(&trainer, "a checkpoint", |event| {
            matches!(event, TrainingEvent::Reported(crate::training::RunReport::Saved { step: 50, .. }))
        });
        trainer.command(TrainingCommand::Pause);
        wait(&trainer, "the pause", |event| matches!(event, TrainingEvent::Paused(None)));
        let curves = |path: &Path| read_run(path).unwrap().curves.points.len();
        let path = start.facts.run_path().unwrap().to_path_buf();
        let before = curves(&path);
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(curves(&path), before, "nothing is learned during a pause");
        trainer.command(TrainingCommand::Turn(Edit::new("learning_rate", Value::Number(1e-3))));
        trainer.command(TrainingCommand::Resume);
        wait(&trainer, "going on", |event| matches!(event, TrainingEvent::Resumed));
        trainer.command(TrainingCommand::RollBack(50));
        wait(&trainer, "the way back", |event| matches!(event, TrainingEvent::Paused(None)));
        let view = read_run(&path).unwrap();
        assert_eq!(view.checkpoints.last(), Some(&50));
        assert!(view.curves.points.iter().all(|point| point.step <= 50) && view.is_live);
        assert!(trainer.take_model().is_some_and(|model| model.frame.dim() == 8));
        drop(trainer);
        let view = read_run(&path).unwrap();
        assert!(!view.is_live, "the lock is given back");
        StoredModel::open(&path).unwrap();
    }

    /// A user who has had enough after so many looks.
    struct Impatient {
        looks: usize,
        seen: AtomicUsize,
    }

    impl Monitor for Impatient {
        fn report(&self, _progress: Progress) {}

        fn warn(&self, _message: String) {}

        fn cancelled(&self) -> bool {
            self.seen.fetch_add(1, Ordering::Relaxed) >= self.looks
        }
    }

    #[test]
    fn a_start_that_is_called_off_leaves_no_new_run_and_every_run_that_was_there() {
        let place = tempfile::tempdir().unwrap();
        let request = request(place.path(), 800);
        let (_commands, inbox) = bounded(1);
        let is_called_off = |looks: usize, beginning: Beginning| {
            let monitor = Impatient { looks, seen: AtomicUsize::new(0) };
            let request = TrainingRequest { beginning, ..request.clone() };
            match train(&request, false, &TrainShare::default(), &inbox, &monitor, &mut |_| {}) {
                Ok(_) => false,
                Err(error) if is_cancelled(&error) => true,
                Err(error) => panic!("after {looks} looks: {error}"),
            }
        };
        let begun = (0..60).find(|looks| {
            let is_called_off = is_called_off(*looks, Beginning::New);
            assert_eq!(request.out.exists(), !is_called_off, "after {looks} looks");
            !is_called_off
        });
        assert!(begun.is_some_and(|looks| looks >= 3), "once faces are read, a device is found and the network is there: {begun:?}");
        let before = read_run(&request.out).unwrap();
        let stays = |what: &str| {
            let after = read_run(&request.out).unwrap();
            assert_eq!((&before.checkpoints, &before.events), (&after.checkpoints, &after.events), "{what}");
        };
        assert!(is_called_off(0, Beginning::Resume));
        stays("resumed");
        let replaced = (0..60).find(|looks| {
            let is_called_off = is_called_off(*looks, Beginning::Overwrite);
            if is_called_off {
                stays(&format!("overwritten, after {looks} looks"));
            }
            let after = read_run(&request.out).unwrap();
            assert_eq!(after.checkpoints, [0], "after {looks} looks");
            StoredModel::open(&request.out).unwrap();
            !is_called_off
        });
        assert!(replaced.is_some_and(|looks| looks >= 3), "once the old run is gone, the new one begins and stops: {replaced:?}");
    }

    #[test]
    fn a_training_that_is_called_off_and_cannot_write_ends_and_saves_its_state_elsewhere() {
        let place = tempfile::tempdir().unwrap();
        let request = request(place.path(), 800);
        let (_commands, inbox) = bounded(1);
        let (sender, _events) = bounded(8);
        let cancel = CancelFlag::default();
        let teller = Teller { sender, waker: Waker::default() };
        let ear = Ear { teller: &teller, cancel: &cancel };
        let mut tell = |event: TrainingEvent| {
            assert!(!matches!(&event, TrainingEvent::Paused(_)), "nobody is there to resume it: {event:?}");
            if matches!(&event, TrainingEvent::Started(_)) {
                std::fs::remove_dir_all(&request.out).unwrap();
                cancel.raise();
            }
        };
        let error = train(&request, true, &TrainShare::default(), &inbox, &ear, &mut tell).unwrap_err().to_string();
        assert!(error.contains("is gone") && error.contains("run-rescued"), "{error}");
        assert_eq!(read_run(&place.path().join("run-rescued")).unwrap().checkpoints, [0]);
    }

    #[test]
    fn a_finished_training_that_is_saved_or_changed_keeps_the_mixture_of_its_codes() {
        let place = tempfile::tempdir().unwrap();
        let request = request(place.path(), 800);
        for command in [TrainingCommand::Save, TrainingCommand::Turn(Edit::new("learning_rate", Value::Number(1e-4)))] {
            let (commands, inbox) = bounded(2);
            let mut tell = |event: TrainingEvent| {
                if matches!(&event, TrainingEvent::Finished(_)) {
                    commands.send(command.clone()).unwrap();
                    commands.send(TrainingCommand::Stop).unwrap();
                }
            };
            train(&request, true, &TrainShare::default(), &inbox, &Silent, &mut tell).unwrap();
            let model = StoredModel::open(&request.out).unwrap();
            assert!(model.weights.mixture(8).unwrap().is_some(), "after {command:?}");
        }
        assert!(read_run(&request.out).unwrap().is_finished);
    }

    #[test]
    fn time_that_is_left_to_others_counts() {
        let place = tempfile::tempdir().unwrap();
        let (_commands, inbox) = bounded(1);
        let share = TrainShare::default();
        share.set(0.1);
        let begun = Instant::now();
        let summary = train(&request(place.path(), 240), false, &share, &inbox, &Silent, &mut |_| {}).unwrap();
        let passed = begun.elapsed().as_secs_f64();
        assert!(summary.seconds > 0.5 * passed && summary.seconds <= passed, "{} of {passed} seconds", summary.seconds);
    }
}

//! The follower thread: a run that another process or machine writes, seen while it grows.
//!
//! Owns the thread and when it looks; what it reads is the business of the run. It never makes the asking side wait.

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::newest_model::NewestModel;
use super::stamp::{model_stamp, stamp};
use super::{Waker, threads};
use crate::models::StoredModel;
use crate::progress::CancelFlag;
use crate::training::{CURVES, EVENTS, RunFacts, SAMPLES, is_locked, read_run};

/// It looks at its folder this often.
const LOOK_EVERY: Duration = Duration::from_millis(700);

/// Looks at a run folder that another process or machine writes, until it is dropped.
pub struct RunFollower {
    views: Receiver<Result<RunFacts, String>>,
    newest: NewestModel,
    stop: CancelFlag,
    thread: Option<JoinHandle<()>>,
}

impl RunFollower {
    /// Starts to look; `waker` is called for every view and every model.
    pub fn start(path: PathBuf, waker: Waker) -> Self {
        let (sender, views) = bounded(2);
        let (newest, stop) = (NewestModel::default(), CancelFlag::default());
        let (slot, flag) = (newest.clone(), stop.clone());
        let teller = sender.clone();
        let thread = match threads::start("follower", "following the run", move || follow(&path, &sender, &slot, &flag, &waker)) {
            Ok(thread) => Some(thread),
            Err(reason) => {
                teller.try_send(Err(reason)).ok();
                None
            }
        };
        Self { views, newest, stop, thread }
    }

    /// The folder, each time it has changed; what went wrong, where it can no longer be read.
    pub fn views(&self) -> &Receiver<Result<RunFacts, String>> {
        &self.views
    }

    /// The newest model that nobody has taken yet.
    pub fn take_model(&self) -> Option<Box<StoredModel>> {
        self.newest.take()
    }
}

impl Drop for RunFollower {
    fn drop(&mut self) {
        self.stop.raise();
        while self.views.try_recv().is_ok() {}
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            thread.join().ok();
        }
    }
}

fn follow(path: &Path, sender: &Sender<Result<RunFacts, String>>, newest: &NewestModel, stop: &CancelFlag, waker: &Waker) {
    let stamp_of = |name: &str| stamp(&path.join(name));
    let (mut seen, mut model) = (None, None);
    while !stop.is_raised() {
        let now = Some((stamp_of(CURVES), stamp_of(EVENTS), stamp_of(SAMPLES), is_locked(path)));
        if now != seen {
            let view = read_run(path).map_err(|error| error.to_string());
            // A view that nobody has looked at yet is as good: the next look makes a newer one.
            if sender.try_send(view).is_ok() {
                seen = now;
                waker.wake();
            }
        }
        let written = model_stamp(path);
        if written.is_some() && written != model {
            model = written;
            if let Ok(stored) = StoredModel::open(path) {
                newest.put(Box::new(stored));
                waker.wake();
            }
        }
        std::thread::park_timeout(LOOK_EVERY);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::backend::BackendChoice;
    use crate::data::synth;
    use crate::engine::{Beginning, TrainShare, Trainer, TrainingEvent, TrainingRequest};
    use crate::progress::Silent;
    use crate::training::{AutoencoderSettings, Budget, CheckpointPlan, CurvePoint, Preset};

    #[test]
    fn a_follower_sees_what_another_writes() {
        let place = tempfile::tempdir().unwrap();
        let data = place.path().join("faces.safetensors");
        synth::write_cache(120, 1, 16, &data, &Silent).unwrap();
        let request = TrainingRequest {
            data,
            out: place.path().join("run"),
            settings: AutoencoderSettings { preset: Preset::Tiny, latent: 8, batch: 8, ..Default::default() }.into(),
            budget: Some(Budget::Images(160)),
            checkpoints: CheckpointPlan { steps: 5, ..Default::default() },
            half: false,
            beginning: Beginning::Resume,
            edits: Vec::new(),
            backend: BackendChoice::Cpu,
        };
        let trainer = Trainer::start(request, TrainShare::default(), 2, Waker::default());
        let start = Instant::now();
        let mut told = RunFacts::default();
        let mut follower = None;
        loop {
            assert!(start.elapsed() < Duration::from_secs(60), "gave up waiting for the end");
            let Ok(event) = trainer.events().recv_timeout(Duration::from_millis(100)) else { continue };
            // As it would come from another machine.
            match ron::from_str(&ron::to_string(&event).unwrap()).unwrap() {
                TrainingEvent::Started(start) => {
                    told = start.facts;
                    follower = Some(RunFollower::start(place.path().join("run"), Waker::default()));
                }
                TrainingEvent::Reported(report) => told.take(report),
                TrainingEvent::Finished(_) => break,
                TrainingEvent::Failed(reason) => panic!("{reason}"),
                _ => {}
            }
        }
        drop(trainer);
        let follower = follower.unwrap();
        let seen = loop {
            assert!(start.elapsed() < Duration::from_secs(60), "the follower has not seen the end");
            if let Ok(Ok(seen)) = follower.views().recv_timeout(Duration::from_millis(200))
                && seen.is_finished
                && !seen.is_live
            {
                break seen;
            }
        };
        assert_eq!(seen.curves.points.last().unwrap().images, 160);
        assert!(follower.take_model().is_some());
        // Who was told everything knows what the folder holds, but for digits that files round.
        assert_eq!((&seen.spec, &seen.settings, seen.budget, seen.best), (&told.spec, &told.settings, told.budget, told.best));
        assert_eq!((seen.step, seen.images, seen.is_finished), (told.step, told.images, told.is_finished));
        assert_eq!((&seen.sheets, &seen.checkpoints), (&told.sheets, &told.checkpoints));
        let row = |point: &CurvePoint| format!("{} {:?} {:?}", point.step, point.losses, point.held_out);
        let rows = |facts: &RunFacts| facts.curves.points.iter().map(row).collect::<Vec<_>>();
        assert_eq!((rows(&seen), &seen.curves.loss_names), (rows(&told), &told.curves.loss_names));
        let kinds = |facts: &RunFacts| facts.events.iter().map(|event| (event.step, event.kind, event.detail.clone())).collect::<Vec<_>>();
        assert_eq!(kinds(&seen), kinds(&told));
    }
}

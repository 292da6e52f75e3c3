//! The worker thread: runs one job after another for the app, so that nothing long ever runs on the thread that draws.
//!
//! Owns the thread, its rayon pool and the way from monitor to events.

use std::sync::Mutex;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::threads::{self, Manners};
use super::{EngineError, Job, JobOutcome, Waker, run_job};
use crate::faults::caught;
use crate::progress::{CancelFlag, Monitor, Progress, is_cancelled};

/// Progress is told at most this often.
const REPORT_EVERY: Duration = Duration::from_millis(50);
/// Jobs that may wait.
const QUEUE: usize = 16;
/// Events of a job that may wait to be looked at; progress beyond is dropped, the end never is.
const EVENTS_IN_FLIGHT: usize = 256;

/// What a job tells. Every job ends with exactly one of the last three.
#[derive(Clone, Debug)]
pub enum JobEvent {
    /// Where it stands.
    Progressed {
        /// In the stage that it is at.
        progress: Progress,
        /// The share of all stages together, 0 to 1, where that is known.
        whole: Option<f64>,
    },
    /// Something recoverable happened.
    Warned(String),
    /// It is done.
    Finished(Box<JobOutcome>),
    /// It failed, and why.
    Failed(String),
    /// It was cancelled and left nothing behind.
    Cancelled,
}

/// A job under way.
pub struct JobHandle {
    cancel: CancelFlag,
    events: Receiver<JobEvent>,
}

impl JobHandle {
    /// Asks the job to stop.
    pub fn cancel(&self) {
        self.cancel.raise();
    }

    /// What has happened since last asked.
    pub fn events(&self) -> &Receiver<JobEvent> {
        &self.events
    }
}

/// The thread. Dropping it cancels what runs and waits for it.
pub struct Worker {
    jobs: Option<Sender<(Job, Reporter)>>,
    running: Mutex<Vec<CancelFlag>>,
    waker: Waker,
    thread: Result<Option<JoinHandle<()>>, String>,
}

impl Worker {
    /// Starts the thread with `threads` worker threads of its own; `waker` is called for every event of a job.
    pub fn spawn(threads: usize, waker: Waker) -> Self {
        let (jobs, waiting) = bounded::<(Job, Reporter)>(QUEUE);
        let work = move || {
            threads::in_pool("worker", threads, Manners::Works, || waiting.iter().for_each(|(job, reporter)| serve(&job, &reporter)));
        };
        let thread = threads::start("worker", "work in the background", work).map(Some);
        Self { jobs: Some(jobs), running: Mutex::default(), waker, thread }
    }

    /// Starts a job, or puts it behind those under way.
    ///
    /// # Errors
    /// Why it does not run: too many wait already, or the system has started no thread.
    pub fn start(&self, job: Job) -> Result<JobHandle, String> {
        if let Err(reason) = &self.thread {
            return Err(reason.clone());
        }
        let cancel = CancelFlag::default();
        let (sender, events) = bounded(EVENTS_IN_FLIGHT);
        let reporter =
            Reporter { sender, waker: self.waker.clone(), cancel: cancel.clone(), last: Mutex::new(None), whole: Mutex::new(None) };
        let taken = self.jobs.as_ref().is_some_and(|jobs| jobs.try_send((job, reporter)).is_ok());
        if !taken {
            return Err("Too much waits to be done already; try it again when something is finished".into());
        }
        self.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(cancel.clone());
        Ok(JobHandle { cancel, events })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.jobs = None;
        self.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner).iter().for_each(CancelFlag::raise);
        if let Ok(Some(thread)) = self.thread.as_mut().map(Option::take) {
            thread.join().ok();
        }
    }
}

/// A monitor that turns into events.
struct Reporter {
    sender: Sender<JobEvent>,
    waker: Waker,
    cancel: CancelFlag,
    last: Mutex<Option<Instant>>,
    whole: Mutex<Option<f64>>,
}

impl Reporter {
    /// Tells what may be missed: nobody looking is no reason to wait, and the last place is kept for the end.
    fn tell(&self, event: JobEvent) {
        if self.sender.len() + 1 < EVENTS_IN_FLIGHT {
            self.sender.try_send(event).ok();
            self.waker.wake();
        }
    }

    /// Tells how the job ended. Nobody listening any more is no reason to fail.
    fn tell_end(&self, event: JobEvent) {
        self.sender.send(event).ok();
        self.waker.wake();
    }
}

impl Monitor for Reporter {
    fn report(&self, progress: Progress) {
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if progress.done >= progress.total || last.is_none_or(|last| last.elapsed() >= REPORT_EVERY) {
            *last = Some(Instant::now());
            let whole = *self.whole.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            self.tell(JobEvent::Progressed { progress, whole });
        }
    }

    fn stand_at(&self, share: f64) {
        *self.whole.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(share);
    }

    fn warn(&self, message: String) {
        self.tell(JobEvent::Warned(message));
    }

    fn cancelled(&self) -> bool {
        self.cancel.is_raised()
    }
}

fn serve(job: &Job, reporter: &Reporter) {
    reporter.tell_end(end_of(|| run_job(job, reporter)));
}

/// Runs a job and says how it ended. A panic is an end as well: the thread lives on for the jobs behind it.
fn end_of(run: impl FnOnce() -> Result<JobOutcome, EngineError>) -> JobEvent {
    match caught(run) {
        Ok(Ok(outcome)) => JobEvent::Finished(Box::new(outcome)),
        Ok(Err(error)) if is_cancelled(&error) => JobEvent::Cancelled,
        Ok(Err(error)) => JobEvent::Failed(error.to_string()),
        Err(reason) => {
            JobEvent::Failed(format!("the job broke off through a fault of the program ({reason}). Try it again; other jobs still run"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{ImportOptions, synth};
    use crate::engine::FitPca;
    use crate::files::Replace;
    use crate::models::Precision;
    use crate::progress::Silent;

    fn last(handle: &JobHandle) -> JobEvent {
        handle.events().iter().last().expect("a job ends with an event")
    }

    #[test]
    fn a_job_that_panics_ends_with_what_happened() {
        let place = tempfile::tempdir().unwrap();
        let plain = end_of(|| panic!("no face is left"));
        assert!(matches!(plain, JobEvent::Failed(reason) if reason.contains("no face is left")));
        let with_numbers = end_of(|| panic!("nothing stands in {}", place.path().display()));
        assert!(matches!(with_numbers, JobEvent::Failed(reason) if reason.contains(&place.path().display().to_string())));
    }

    #[test]
    fn jobs_run_in_order_and_can_be_cancelled_and_fail_alone() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        synth::write_zip(40, 1, &path("faces.zip"), &Silent).unwrap();
        let options = ImportOptions { size: 8, ..ImportOptions::default() };
        let import = |source: &str, out: &str| Job::Import { sources: vec![path(source)], out: path(out), options, replace: Replace::Own };
        let fit = FitPca {
            data: path("faces.safetensors"),
            components: crate::engine::Components::Count(4),
            split: None,
            out: path("model"),
            precision: Precision::Single,
            origin: None,
            licence: None,
        };
        let worker = Worker::spawn(2, Waker::default());
        let handles = [import("nowhere.zip", "a"), import("faces.zip", "faces.safetensors"), Job::FitPca(fit), import("faces.zip", "b")]
            .map(|job| worker.start(job).unwrap());
        handles[3].cancel();
        assert!(matches!(last(&handles[0]), JobEvent::Failed(reason) if reason.contains("nowhere.zip")));
        assert!(matches!(last(&handles[1]), JobEvent::Finished(outcome) if matches!(&*outcome, JobOutcome::Imported(s) if s.faces == 40)));
        assert!(matches!(last(&handles[2]), JobEvent::Finished(outcome) if matches!(&*outcome, JobOutcome::PcaFitted(s) if s.faces == 36)));
        assert!(matches!(last(&handles[3]), JobEvent::Cancelled));
        assert!(!path("b").exists());
    }
}

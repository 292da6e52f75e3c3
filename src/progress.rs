//! What a long computation reports to and obeys: progress, warnings, cancellation.
//!
//! Owns the contract, how a computation ends that was called off, and what listens in between. Bars, panels and channels implement [`Monitor`] elsewhere.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Where a long computation stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// What is being done, as a user would say it: "importing", "fitting".
    pub stage: &'static str,
    /// What is counted: "faces", "frames", "passes".
    pub unit: &'static str,
    /// How many are done.
    pub done: u64,
    /// How many there are in all.
    pub total: u64,
    /// Which part of the whole work this belongs to, where it has parts.
    pub part: Option<Part>,
}

/// One of several like parts of a computation: "model 4 of 9".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// What they are, in the singular.
    pub noun: &'static str,
    /// Which one, counted from 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

impl fmt::Display for Part {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "{} {} of {}", self.noun, self.number, self.of)
    }
}

impl Progress {
    /// What is being done, and in which part of the work: "model 4 of 9, sampling".
    pub fn title(&self) -> String {
        self.part.map_or_else(|| self.stage.to_owned(), |part| format!("{part}, {}", self.stage))
    }
}

/// The other side of a long computation. Implementations throttle by themselves, so callers may report often.
pub trait Monitor: Sync {
    /// Takes note of where the computation stands.
    fn report(&self, progress: Progress);
    /// Takes note of something recoverable that the user should know.
    fn warn(&self, message: String);
    /// True once the user has asked to stop; the computation then ends as soon as it can and leaves nothing behind.
    fn cancelled(&self) -> bool;

    /// Takes note of which share of all stages together is done, 0 to 1, where that is known; what is reported next belongs to it.
    fn stand_at(&self, _share: f64) {}

    /// Ends a computation that the user has asked to stop.
    ///
    /// # Errors
    /// [`Cancelled`].
    fn ensure_wanted(&self) -> Result<(), Cancelled> {
        if self.cancelled() { Err(Cancelled) } else { Ok(()) }
    }
}

/// The user asked to stop. Every error of a long computation that ended so has this among its causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stopped; nothing was written")]
pub struct Cancelled;

/// Whether an error says no more than that the user asked to stop.
pub fn is_cancelled(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<Cancelled>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Hears nothing and never stops anything.
pub struct Silent;

impl Monitor for Silent {
    fn report(&self, _progress: Progress) {}
    fn warn(&self, _message: String) {}
    fn cancelled(&self) -> bool {
        false
    }
}

/// Hands everything on, and notes the warnings.
pub struct Noted<'a> {
    monitor: &'a dyn Monitor,
    warnings: Mutex<Vec<String>>,
}

impl<'a> Noted<'a> {
    /// Nothing is noted yet.
    pub fn new(monitor: &'a dyn Monitor) -> Self {
        Self { monitor, warnings: Mutex::default() }
    }

    /// What was warned of, in order.
    pub fn into_warnings(self) -> Vec<String> {
        self.warnings.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Monitor for Noted<'_> {
    fn report(&self, progress: Progress) {
        self.monitor.report(progress);
    }

    fn warn(&self, message: String) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
        self.monitor.warn(message);
    }

    fn cancelled(&self) -> bool {
        self.monitor.cancelled()
    }
}

/// Hands everything on as that of a part; work without others like it is no part.
pub struct PartOf<'a> {
    monitor: &'a dyn Monitor,
    part: Option<Part>,
}

impl<'a> PartOf<'a> {
    /// What is reported here belongs to `part`.
    pub fn new(monitor: &'a dyn Monitor, part: Part) -> Self {
        Self { monitor, part: Some(part).filter(|part| part.of > 1) }
    }
}

impl Monitor for PartOf<'_> {
    fn report(&self, progress: Progress) {
        self.monitor.report(Progress { part: self.part.or(progress.part), ..progress });
    }

    fn warn(&self, message: String) {
        self.monitor.warn(message);
    }

    fn cancelled(&self) -> bool {
        self.monitor.cancelled()
    }
}

/// Hands everything on, and tells how much of the whole is done by about how many stages it has: of all of them together, progress never
/// goes back.
pub struct Staged<'a> {
    monitor: &'a dyn Monitor,
    stages: usize,
    at: Mutex<Standing>,
}

/// How far all stages together are.
#[derive(Default)]
struct Standing {
    /// The stage that was told of last, and its part.
    last: Option<(&'static str, Option<Part>)>,
    /// How many stages have begun.
    begun: usize,
    share: f64,
}

impl<'a> Staged<'a> {
    /// Nothing is done yet of about so many stages.
    pub fn new(monitor: &'a dyn Monitor, stages: usize) -> Self {
        Self { monitor, stages, at: Mutex::default() }
    }

    /// Tells the share of the whole that is done where a stage stands so.
    fn advance(&self, progress: Progress) {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        let Progress { stage, part, done, total, .. } = progress;
        // By name alone: several threads do not tell of a stage in order.
        at.begun += usize::from(at.last != Some((stage, part)));
        at.last = Some((stage, part));
        let of_stage = (done as f64 / total.max(1) as f64).min(1.0);
        // Where there are more than was thought, the last of them move slower.
        let share = ((at.begun - 1) as f64 + of_stage) / self.stages.max(at.begun) as f64;
        at.share = at.share.max(share);
        // Before another thread tells of more.
        self.monitor.stand_at(at.share);
    }
}

impl Monitor for Staged<'_> {
    fn report(&self, progress: Progress) {
        self.advance(progress);
        self.monitor.report(progress);
    }

    fn warn(&self, message: String) {
        self.monitor.warn(message);
    }

    fn cancelled(&self) -> bool {
        self.monitor.cancelled()
    }
}

/// A flag that is raised once, shared by whoever may stop a computation and whoever runs it.
#[derive(Clone, Debug, Default)]
pub struct CancelFlag(Arc<AtomicBool>);

impl CancelFlag {
    /// Asks the computation to stop.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// True once [`raise`](Self::raise) was called.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes the shares that it is told.
    #[derive(Default)]
    struct Listener(Mutex<Vec<f64>>);

    impl Monitor for Listener {
        fn report(&self, _progress: Progress) {}

        fn warn(&self, _message: String) {}

        fn cancelled(&self) -> bool {
            false
        }

        fn stand_at(&self, share: f64) {
            self.0.lock().unwrap().push(share);
        }
    }

    fn shares(stages: usize, told: &[(&'static str, u64)]) -> Vec<f64> {
        let listener = Listener::default();
        let staged = Staged::new(&listener, stages);
        for (stage, done) in told {
            staged.report(Progress { stage, unit: "faces", done: *done, total: 10, part: None });
        }
        listener.0.into_inner().unwrap()
    }

    #[test]
    fn of_all_stages_together_progress_never_goes_back() {
        let told = [("fitting", 0), ("fitting", 10), ("sampling", 5), ("sampling", 10), ("comparing", 0), ("comparing", 10)];
        assert_eq!(shares(4, &told), [0.0, 0.25, 0.375, 0.5, 0.5, 0.75]);
        assert_eq!(shares(2, &[("sampling", 6), ("sampling", 4), ("sampling", 8)]), [0.3, 0.3, 0.4], "told of by several threads");
        let more = shares(1, &told);
        assert!(more.is_sorted() && more[5] == 1.0, "more stages than were thought: {more:?}");
    }
}

//! The thread that puts averages of a run together while somebody chooses their length: the newest wish counts, and nobody waits.
//!
//! Owns the thread, its pool, and that a wish ends the work on the one before. What an average is made of is the business of the run.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::average::framed;
use super::threads::{self, Manners};
use super::{EngineError, Waker};
use crate::backend::BackendChoice;
use crate::faults::caught;
use crate::models::StoredModel;
use crate::models::gan::FrameCare;
use crate::progress::{Monitor, Progress, is_cancelled};
use crate::training::solve_average;

/// Threads for the frame of what was put together: training and decoding go before it.
const THREADS: usize = 2;

/// An average that somebody wants.
#[derive(Clone, Debug, PartialEq)]
pub struct AverageWish {
    /// The run folder.
    pub run: PathBuf,
    /// The relative length, within `LENGTHS`.
    pub length: f64,
}

/// What became of a wish.
#[derive(Clone, Debug)]
pub struct FoundAverage {
    /// The wish.
    pub wish: AverageWish,
    /// The model and what it was put together from, or why there is none.
    pub outcome: Result<(Box<StoredModel>, AverageFacts), String>,
}

/// What an average was put together from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AverageFacts {
    /// The step of the run that it is of.
    pub step: u64,
    /// From how many moments averages were combined.
    pub moments: usize,
    /// How far the combined profile is from that of the length, as a share of its size.
    pub residual: f64,
}

#[derive(Default)]
struct State {
    wish: Option<AverageWish>,
    found: Option<FoundAverage>,
    /// Counts wishes.
    newest: u64,
    is_over: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seeks averages until it is dropped; nobody waits for its end.
pub struct AverageSeeker(Arc<Shared>);

impl AverageSeeker {
    /// Starts the thread; `waker` is called for every average that is found.
    ///
    /// # Errors
    /// Why the system starts no thread, and what helps.
    pub fn start(waker: Waker) -> Result<Self, String> {
        let shared = Arc::<Shared>::default();
        let own = Arc::clone(&shared);
        let work = move || threads::in_pool("average", THREADS, Manners::Yields, || serve(&own, &waker));
        threads::start("averages", "putting averages together", work)?;
        Ok(Self(shared))
    }

    /// Wants this average and no other any more.
    pub fn seek(&self, wish: AverageWish) {
        let mut state = self.0.state();
        (state.wish, state.found) = (Some(wish), None);
        state.newest += 1;
        self.0.changed.notify_one();
    }

    /// Wants none any more.
    pub fn forget(&self) {
        let mut state = self.0.state();
        (state.wish, state.found) = (None, None);
        state.newest += 1;
    }

    /// What was found for the newest wish, once.
    pub fn take(&self) -> Option<FoundAverage> {
        self.0.state().found.take()
    }
}

impl Drop for AverageSeeker {
    fn drop(&mut self) {
        self.0.state().is_over = true;
        self.0.changed.notify_one();
    }
}

fn serve(shared: &Shared, waker: &Waker) {
    loop {
        let mut state = shared.state();
        while state.wish.is_none() && !state.is_over {
            state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.is_over {
            return;
        }
        let (Some(wish), number) = (state.wish.take(), state.newest) else { continue };
        drop(state);
        let monitor = Newest { shared, number };
        let outcome = match caught(|| found(&wish, &monitor)) {
            Ok(Err(error)) if is_cancelled(&error) => continue,
            Ok(found) => found.map_err(|error| error.to_string()),
            Err(reason) => Err(EngineError::Fault(reason).to_string()),
        };
        let mut state = shared.state();
        if state.newest == number {
            state.found = Some(FoundAverage { wish, outcome });
            drop(state);
            waker.wake();
        }
    }
}

fn found(wish: &AverageWish, monitor: &dyn Monitor) -> Result<(Box<StoredModel>, AverageFacts), EngineError> {
    let mut solved = solve_average(&wish.run, wish.length, None, monitor)?;
    monitor.ensure_wanted()?;
    solved.header.name = wish.run.file_name().unwrap_or(wish.run.as_os_str()).to_string_lossy().into_owned();
    let facts = AverageFacts { step: solved.moment.step, moments: solved.moments, residual: solved.residual };
    // The processor has the time that a training on another device leaves it.
    let (stored, _) = framed(solved, &wish.run, FrameCare::Quick, BackendChoice::Cpu, monitor)?;
    Ok((Box::new(stored), facts))
}

/// Has had enough once there is a newer wish.
struct Newest<'a> {
    shared: &'a Shared,
    number: u64,
}

impl Monitor for Newest<'_> {
    fn report(&self, _progress: Progress) {}

    fn warn(&self, _message: String) {}

    fn cancelled(&self) -> bool {
        let state = self.shared.state();
        state.is_over || state.newest != self.number
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn wait(seeker: &AverageSeeker) -> FoundAverage {
        let start = Instant::now();
        loop {
            assert!(start.elapsed() < Duration::from_secs(60), "gave up waiting for an average");
            if let Some(found) = seeker.take() {
                return found;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn the_newest_wish_is_answered_and_none_before_it() {
        let place = tempfile::tempdir().unwrap();
        let seeker = AverageSeeker::start(Waker::default()).unwrap();
        let wish = |length| AverageWish { run: place.path().to_path_buf(), length };
        (0..50).for_each(|n| seeker.seek(wish(0.05 + 0.001 * f64::from(n))));
        seeker.seek(wish(0.2));
        let found = wait(&seeker);
        assert_eq!(found.wish, wish(0.2));
        assert!(found.outcome.is_err_and(|reason| reason.contains("no run folder")), "why there is none is told");
        seeker.seek(wish(0.1));
        seeker.forget();
        std::thread::sleep(Duration::from_millis(50));
        assert!(seeker.take().is_none(), "what is not wanted any more is not told");
    }
}

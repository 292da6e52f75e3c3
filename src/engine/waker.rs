//! How threads wake an app that draws only when there is something to draw.
//!
//! Owns the call, and calling at most so often; what it does is the app's business.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a thread calls once it has sent something that the app should look at. By itself it does nothing.
#[derive(Clone)]
pub struct Waker(Arc<dyn Fn() + Send + Sync>);

impl Default for Waker {
    fn default() -> Self {
        Self::new(|| {})
    }
}

impl Waker {
    /// One that does this, from whatever thread, and returns at once.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(wake))
    }

    /// One that has `wake_at` wake the app at a time, so that calls within a `period` come to one, and no two times are nearer.
    pub fn at_most_every(period: Duration, wake_at: impl Fn(Instant) + Send + Sync + 'static) -> Self {
        let last: Mutex<Option<Instant>> = Mutex::new(None);
        Self::new(move || {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(at) = next_call(*last, Instant::now(), period) {
                *last = Some(at);
                wake_at(at);
            }
        })
    }

    /// Wakes the app.
    pub fn wake(&self) {
        (self.0)();
    }
}

/// When to wake for something that comes `now`; `None` where that is still ahead since the last time.
fn next_call(last: Option<Instant>, now: Instant, period: Duration) -> Option<Instant> {
    match last {
        Some(last) if last > now => None,
        Some(last) => Some(now.max(last + period)),
        None => Some(now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_calls_come_to_few_and_the_last_one_is_never_lost() {
        let (begun, period) = (Instant::now(), Duration::from_millis(250));
        let (mut last, mut times) = (None, Vec::new());
        for millisecond in 0..1000 {
            if let Some(at) = next_call(last, begun + Duration::from_millis(millisecond), period) {
                last = Some(at);
                times.push((at - begun).as_millis());
            }
        }
        assert_eq!(times, [0, 250, 500, 750, 1000], "what comes after the fourth is seen at the fifth");
        assert_eq!(next_call(last, begun + Duration::from_secs(9), period), Some(begun + Duration::from_secs(9)), "at once after a while");
    }
}

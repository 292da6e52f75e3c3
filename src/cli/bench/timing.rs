//! How benchmarks measure: one untimed repeat, then the timed ones, and the most memory meanwhile.
//!
//! Owns seconds, percentiles and memory; what is measured is the business of each subject's own file.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

/// Options of every benchmark.
#[derive(Clone, Debug, Args)]
pub struct RepeatArgs {
    /// Timed repeats, after one untimed repeat [default: 3].
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub repeats: u32,
}

/// Seconds of several repeats.
#[derive(Clone, Debug, Serialize)]
pub struct Timing {
    /// Each timed repeat, in order.
    pub seconds: Vec<f64>,
    /// Their median.
    pub median_seconds: f64,
    /// The slowest.
    pub max_seconds: f64,
}

impl RepeatArgs {
    /// Runs `work` once untimed and then as often as asked.
    ///
    /// # Errors
    /// The first error of `work`.
    pub fn time(&self, mut work: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<Timing> {
        work()?;
        let mut seconds = Vec::new();
        for _ in 0..self.repeats {
            let start = Instant::now();
            work()?;
            seconds.push(start.elapsed().as_secs_f64());
        }
        Ok(Timing::of(seconds))
    }
}

impl Timing {
    /// Of the seconds of each timed repeat, in order.
    pub fn of(seconds: Vec<f64>) -> Self {
        Self { median_seconds: percentile(&seconds, 0.5), max_seconds: percentile(&seconds, 1.0), seconds }
    }
}

/// Runs `work`. Returns its result, and the most anonymous memory of the process in bytes meanwhile, sampled every 5 ms: what is resident
/// but for mapped files, such as a face cache; `None` where the system does not tell.
pub fn with_peak_memory<T>(work: impl FnOnce() -> T) -> (T, Option<u64>) {
    let (done, peak) = (AtomicBool::new(false), AtomicU64::new(0));
    let result = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                peak.fetch_max(anonymous_bytes().unwrap_or(0), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        let result = work();
        done.store(true, Ordering::Relaxed);
        result
    });
    (result, Some(peak.into_inner()).filter(|peak| *peak > 0))
}

/// `RssAnon` of this process.
fn anonymous_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("RssAnon:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

/// The nearest-rank percentile, `share` in [0, 1]; 0 for no values.
pub fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_rank() {
        let values = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!((percentile(&values, 0.5), percentile(&values, 0.99), percentile(&values, 0.0)), (3.0, 5.0, 1.0));
        assert_eq!(percentile(&[], 0.5), 0.0);
    }
}

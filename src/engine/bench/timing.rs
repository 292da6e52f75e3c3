//! Seconds of repeated work.

use std::convert::Infallible;
use std::time::Instant;

/// Seconds of each timed repeat of `work`, after an untimed one.
pub fn timed(repeats: usize, mut work: impl FnMut()) -> Vec<f64> {
    let Ok(seconds) = try_timed(repeats, || {
        work();
        Ok::<(), Infallible>(())
    });
    seconds
}

/// The same for work that can fail.
///
/// # Errors
/// The first error of `work`.
pub fn try_timed<E>(repeats: usize, mut work: impl FnMut() -> Result<(), E>) -> Result<Vec<f64>, E> {
    work()?;
    let once = |_| {
        let start = Instant::now();
        work()?;
        Ok(start.elapsed().as_secs_f64())
    };
    (0..repeats.max(1)).map(once).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_repeat_is_not_timed_and_an_error_ends_it() {
        let mut runs = 0;
        assert_eq!((timed(3, || runs += 1).len(), runs), (3, 4));
        let mut runs = 0;
        let failing = try_timed(3, || {
            runs += 1;
            if runs == 2 { Err("the second") } else { Ok(()) }
        });
        assert_eq!((failing, runs), (Err("the second"), 2));
    }
}

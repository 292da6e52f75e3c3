//! What is warned of while models are judged is told once, however many models it belongs to.

use std::sync::{Mutex, PoisonError};

use crate::progress::{Monitor, Progress};

/// Hands everything on, but each warning only once: models have many in common.
pub struct ToldOnce<'a> {
    monitor: &'a dyn Monitor,
    told: Mutex<Vec<String>>,
}

impl<'a> ToldOnce<'a> {
    /// Nothing is told yet.
    pub fn new(monitor: &'a dyn Monitor) -> Self {
        Self { monitor, told: Mutex::default() }
    }
}

impl Monitor for ToldOnce<'_> {
    fn report(&self, progress: Progress) {
        self.monitor.report(progress);
    }

    fn warn(&self, message: String) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if !told.contains(&message) {
            told.push(message.clone());
            self.monitor.warn(message);
        }
    }

    fn cancelled(&self) -> bool {
        self.monitor.cancelled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::{Noted, Silent};

    #[test]
    fn a_warning_is_told_once_and_noted_each_time() {
        let listener = Noted::new(&Silent);
        let once = ToldOnce::new(&listener);
        for _ in 0..2 {
            let noted = Noted::new(&once);
            ["few faces", "no encoder", "few faces"].iter().for_each(|message| noted.warn((*message).to_owned()));
            assert_eq!(noted.into_warnings(), ["few faces", "no encoder", "few faces"]);
        }
        assert_eq!(listener.into_warnings(), ["few faces", "no encoder"]);
    }
}

//! What is warned of while models are judged is told once, however many models it belongs to.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::progress::{Monitor, Progress};

/// Hands everything on, but each warning only once: models have many in common. One that begins with the title of a model waits until the
/// end, and is told once for all models that it is true of.
pub struct ToldOnce<'a> {
    monitor: &'a dyn Monitor,
    titles: Vec<String>,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    as_they_came: Vec<String>,
    /// What is true of models, without their titles; and which.
    of_models: Vec<(String, Vec<String>)>,
}

impl<'a> ToldOnce<'a> {
    /// Nothing is told yet of models with these titles.
    pub fn new(monitor: &'a dyn Monitor, titles: Vec<String>) -> Self {
        Self { monitor, titles, told: Mutex::default() }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Monitor for ToldOnce<'_> {
    fn report(&self, progress: Progress) {
        self.monitor.report(progress);
    }

    fn warn(&self, message: String) {
        let mut told = self.told();
        // The title of one model may begin like that of another.
        let title = self.titles.iter().filter(|title| message.starts_with(title.as_str())).max_by_key(|title| title.len());
        if let Some(title) = title {
            let what = &message[title.len()..];
            match told.of_models.iter_mut().find(|(known, _)| known == what) {
                Some((_, titles)) if titles.contains(title) => {}
                Some((_, titles)) => titles.push(title.clone()),
                None => told.of_models.push((what.to_owned(), vec![title.clone()])),
            }
        } else if !told.as_they_came.contains(&message) {
            told.as_they_came.push(message.clone());
            self.monitor.warn(message);
        }
    }

    fn cancelled(&self) -> bool {
        self.monitor.cancelled()
    }
}

impl Drop for ToldOnce<'_> {
    fn drop(&mut self) {
        let of_models = std::mem::take(&mut self.told().of_models);
        for (what, titles) in of_models {
            let others = titles[1..].join(", ");
            let same = if others.is_empty() { String::new() } else { format!("; the same goes for {others}") };
            self.monitor.warn(format!("{}{what}{same}", titles[0]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::{Noted, Silent};

    #[test]
    fn a_warning_is_told_once_and_noted_each_time() {
        let listener = Noted::new(&Silent);
        let once = ToldOnce::new(&listener, Vec::new());
        for _ in 0..2 {
            let noted = Noted::new(&once);
            ["few faces", "no encoder", "few faces"].iter().for_each(|message| noted.warn((*message).to_owned()));
            assert_eq!(noted.into_warnings(), ["few faces", "no encoder", "few faces"]);
        }
        drop(once);
        assert_eq!(listener.into_warnings(), ["few faces", "no encoder"]);
    }

    #[test]
    fn what_is_true_of_several_models_is_told_once_for_all_of_them() {
        let listener = Noted::new(&Silent);
        let once = ToldOnce::new(&listener, ["a", "a-b", "c"].map(str::to_owned).to_vec());
        for message in ["a has no encoder", "a-b has no encoder", "a-b has no encoder", "few faces", "c has no likelihood"] {
            once.warn(message.to_owned());
        }
        drop(once);
        assert_eq!(listener.into_warnings(), ["few faces", "a has no encoder; the same goes for a-b", "c has no likelihood"]);
    }
}

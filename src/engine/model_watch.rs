//! The thread that watches the folder of an open model: others may write it anew, such as the command line that gives it a mixture.
//!
//! Owns the thread and when it looks. A model that is being trained is the follower's business, and what becomes of what has changed
//! that of the session.

use std::path::{Path, PathBuf};
use std::thread::Thread;
use std::time::Duration;

use super::newest_model::NewestModel;
use super::stamp::model_stamp;
use super::{Waker, threads};
use crate::models::StoredModel;
use crate::progress::CancelFlag;
use crate::training::is_locked;

/// It looks at its folder this often.
const LOOK_EVERY: Duration = Duration::from_millis(1000);

/// Looks at a model folder until it is dropped; nobody waits for its end.
pub struct ModelWatch {
    newest: NewestModel,
    stop: CancelFlag,
    thread: Thread,
}

impl ModelWatch {
    /// Starts to look; `waker` is called for every model.
    ///
    /// # Errors
    /// Why the system starts no thread, and what helps.
    pub fn start(folder: PathBuf, waker: Waker) -> Result<Self, String> {
        let (newest, stop) = (NewestModel::default(), CancelFlag::default());
        let (slot, flag) = (newest.clone(), stop.clone());
        let thread = threads::start("model-watch", "watching the open model", move || watch(&folder, &slot, &flag, &waker))?;
        Ok(Self { newest, stop, thread: thread.thread().clone() })
    }

    /// The model as it stands on the disk, once at first and again each time that it was written, unless it was taken already.
    pub fn take_model(&self) -> Option<Box<StoredModel>> {
        self.newest.take()
    }
}

impl Drop for ModelWatch {
    fn drop(&mut self) {
        self.stop.raise();
        self.thread.unpark();
    }
}

fn watch(folder: &Path, newest: &NewestModel, stop: &CancelFlag, waker: &Waker) {
    let mut seen = None;
    while !stop.is_raised() {
        let now = model_stamp(folder);
        if now.is_some() && now != seen && !is_locked(folder) {
            seen = now;
            if let Ok(stored) = StoredModel::open(folder) {
                newest.put(Box::new(stored));
                waker.wake();
            }
        }
        std::thread::park_timeout(LOOK_EVERY);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;
    use crate::models::{Precision, Weights};

    fn wait(watch: &ModelWatch) -> StoredModel {
        let start = Instant::now();
        loop {
            assert!(start.elapsed() < Duration::from_secs(60), "gave up waiting for the model");
            if let Some(model) = watch.take_model() {
                return *model;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_model_that_is_written_anew_is_seen() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("mine");
        let model = StoredModel::embedded().unwrap();
        model.save(&folder, b"").unwrap();
        let watch = ModelWatch::start(folder.clone(), Waker::default()).unwrap();
        assert_eq!(wait(&watch).weights, model.weights);
        let mut weights = Weights::clone(&model.weights);
        weights.insert("more", &[1], vec![1.0], Precision::Single);
        let more = StoredModel { weights: Arc::new(weights), ..model };
        more.save(&folder, b"").unwrap();
        assert_eq!(wait(&watch).weights, more.weights);
    }
}

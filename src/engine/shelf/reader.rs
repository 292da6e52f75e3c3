//! The thread that looks through folders, so that no frame waits for a disk.
//!
//! Owns the thread; it ends when nobody asks any more, and nobody waits for it: a folder on another machine may take its time.

use std::path::PathBuf;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::item::ShelfItem;
use super::search::search;
use crate::engine::{Waker, threads};

/// Looks through folders when it is asked to.
pub struct ShelfReader {
    asked: Sender<Vec<PathBuf>>,
    found: Receiver<Vec<ShelfItem>>,
}

impl ShelfReader {
    /// Starts the thread; `waker` is called each time it has looked.
    ///
    /// # Errors
    /// Why the system starts none, and what helps.
    pub fn start(waker: Waker) -> Result<Self, String> {
        let (asked, to_look) = bounded::<Vec<PathBuf>>(1);
        let (sender, found) = bounded(1);
        threads::start("shelf", "looking for models and runs", move || {
            for remembered in to_look {
                if sender.send(search(&remembered)).is_err() {
                    return;
                }
                waker.wake();
            }
        })?;
        Ok(Self { asked, found })
    }

    /// Asks for a look at everything, what is `remembered` first; false where one is waiting to be made, and this one is to be asked
    /// for later.
    pub fn look(&self, remembered: Vec<PathBuf>) -> bool {
        self.asked.try_send(remembered).is_ok()
    }

    /// What it has found, each time it has looked.
    pub fn found(&self) -> &Receiver<Vec<ShelfItem>> {
        &self.found
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::models::StoredModel;

    #[test]
    fn what_is_there_is_found_in_the_background() {
        let place = tempfile::tempdir().unwrap();
        let model = place.path().join("mine");
        StoredModel::embedded().unwrap().save(&model, b"").unwrap();
        let reader = ShelfReader::start(Waker::default()).unwrap();
        assert!(reader.look(vec![model.clone()]));
        let found = reader.found().recv_timeout(Duration::from_secs(60)).unwrap();
        assert_eq!(found[0].folder.as_ref(), Some(&model));
    }
}

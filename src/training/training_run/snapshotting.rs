//! What a training keeps for good of its averages, so that one of any length can be had of any time.

use super::TrainingRun;
use crate::training::error::TrainingError;
use crate::training::run::{AverageSnapshot, EventKind, RunReport, bytes_of_snapshots, is_kept, is_place, newest_moment, write_snapshot};

impl TrainingRun {
    /// Keeps the averages where the last step, before which they had seen `before` faces, has come to a place of the plan. A disk that
    /// refuses is told once in a sitting, and the training goes on without.
    ///
    /// # Errors
    /// [`TrainingError::Gone`].
    pub(super) fn keep_snapshot_where_due(&mut self, before: u64, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        if !is_place(before, self.learner.averaged_faces()) {
            return Ok(());
        }
        // Numbers that are none are found out with the next checkpoint.
        let Some(averages) = self.learner.averages().filter(|averages| averages.first_not_finite().is_none()) else { return Ok(()) };
        let (step, images) = (self.state.step, self.state.images);
        let snapshot = AverageSnapshot { step, images, size: self.size(), averages, frame: self.reference.frame().cloned() };
        let (faces, bytes) = (self.learner.averaged_faces(), snapshot.to_safetensors());
        let last = newest_moment(self.path()).filter(|last| last.began == images.saturating_sub(faces)).map(|last| last.faces);
        if !is_kept(last, faces, bytes.len() as u64, bytes_of_snapshots(self.path()), self.later_stages()) {
            return Ok(());
        }
        self.ensure_there()?;
        match write_snapshot(self.path(), step, &bytes) {
            Ok(()) => tell(RunReport::SnapshotKept { step }),
            Err(error) => {
                self.ensure_there()?;
                if !std::mem::replace(&mut self.lacks_snapshots, true) {
                    let words = format!("a snapshot could not be kept ({error}); the training goes on without");
                    // A disk that is full has no room for a note of it either.
                    self.note(EventKind::Warned, words, tell).or_else(|_| self.ensure_there())?;
                }
            }
        }
        Ok(())
    }

    /// In how many more stages the network grows.
    fn later_stages(&self) -> u64 {
        let size = self.size();
        self.state.settings.growth().map_or(0, |growth| growth.sizes().iter().filter(|later| **later > size).count() as u64)
    }
}

//! What a training keeps for good of its averages, so that one of any length can be had of any time.

use super::TrainingRun;
use crate::training::error::TrainingError;
use crate::training::run::{
    AverageSnapshot, EVENTS, EventKind, RunReport, bytes_of_snapshots, is_kept, is_place, newest_moment, parse_events, room_left,
    write_snapshot,
};

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
        let (size, room) = (bytes.len() as u64, room_left(bytes_of_snapshots(self.path()), self.later_stages()));
        let last = newest_moment(self.path()).filter(|last| last.began == images.saturating_sub(faces));
        if last.is_none() && size > room {
            return self.tell_that_none_has_room(size, room, tell);
        }
        // Counted as those of now are: what the averages had seen, and what they were still to take in.
        let last = last.map(|last| last.images - last.began);
        if !is_kept(last, faces, faces.saturating_add(self.faces_left()), size, room) {
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

    /// Says once in a run, and once more where its network has grown, that its averages are too large to be kept.
    fn tell_that_none_has_room(&mut self, size: u64, room: u64, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let words = format!(
            "no snapshots of this network are kept: one takes {} MiB, and {} MiB are left for all of them. Averages of other lengths are put \
             together from its checkpoints: keep more of those for lengths that differ by less",
            size.div_ceil(1 << 20),
            room >> 20
        );
        let events = parse_events(&std::fs::read_to_string(self.path().join(EVENTS)).unwrap_or_default());
        let is_known = events.iter().any(|event| event.kind == EventKind::Warned && event.detail == words);
        if is_known { Ok(()) } else { self.note(EventKind::Warned, words, tell) }
    }

    /// About how many faces are left until the run ends as planned, or the stage of a network that grows.
    fn faces_left(&self) -> u64 {
        let stage = self.state.stage_moment(self.size());
        let seen = stage.images.unwrap_or(self.state.images);
        ((seen as f64 / stage.progress).round() as u64).saturating_sub(seen)
    }

    /// In how many more stages the network grows.
    fn later_stages(&self) -> u64 {
        let size = self.size();
        self.state.settings.growth().map_or(0, |growth| growth.sizes().iter().filter(|later| **later > size).count() as u64)
    }
}

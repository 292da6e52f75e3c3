//! The frame that later ones face, so that no axis changes its sign while a run goes on, nor from what is shown to what is saved.
//!
//! Owns at which steps it is found: those that every sitting of a run comes by. It follows from weights and from the one before it, which
//! a checkpoint keeps, never from who stopped, looked or saved when; so a run that was left and taken up ends with the same bytes.

use super::{EARLY_SHEETS, TrainingRun};
use crate::latent::LatentFrame;
use crate::models::gan::FrameCare;
use crate::training::run::{Checkpoint, RunState};

/// The frame that others face, where there is one by now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reference {
    frame: Option<LatentFrame>,
    /// The step that it was found at, in this sitting.
    step: Option<u64>,
}

impl Reference {
    /// As a checkpoint keeps it.
    pub fn kept(frame: Option<LatentFrame>) -> Self {
        Self { frame, step: None }
    }

    /// A frame with its axes turned to the side of those before.
    pub fn turned(&self, frame: LatentFrame) -> LatentFrame {
        match &self.frame {
            Some(before) => frame.facing_as(before),
            None => frame,
        }
    }

    /// Takes the frame of a `step` as the one that others face from now on; the first one of a step counts.
    pub fn adopt(&mut self, frame: &LatentFrame, step: u64) {
        if self.step != Some(step) {
            (self.frame, self.step) = (Some(frame.clone()), Some(step));
        }
    }
}

impl TrainingRun {
    /// Whether later frames face the one of this step: steps of early pictures and of checkpoints by number, at which one is found anyway,
    /// and the end.
    fn is_reference_step(&self) -> bool {
        let step = self.state.step;
        EARLY_SHEETS.contains(&step) || step.is_multiple_of(self.spec.checkpoints.steps.max(1)) || self.share() >= 1.0
    }

    /// The frame of some faces, its axes turned as those before.
    pub(super) fn quick_frame(&mut self, is_wanted: &dyn Fn() -> bool) -> LatentFrame {
        let frame = self.reference.turned(self.learner.frame(&self.frame_faces, FrameCare::Quick, is_wanted));
        // One that was no longer wanted comes from fewer faces, of which there is no telling how many.
        if self.is_reference_step() && is_wanted() {
            self.reference.adopt(&frame, self.state.step);
        }
        frame
    }

    /// Finds the frame that later ones face, where it is that of this step and nobody has needed it yet: before the weights change.
    pub(super) fn settle_reference(&mut self) {
        if self.is_reference_step() && self.reference.step != Some(self.state.step) {
            self.quick_frame(&|| true);
        }
    }

    /// A checkpoint of what has been learned, as its state says where it stands.
    pub(super) fn checkpoint_of(&self, state: RunState) -> Checkpoint {
        let learned = self.learner.state();
        let state = RunState { optimizer_steps: learned.optimizer_steps.clone(), ..state };
        Checkpoint { state, learned, reference: self.reference.frame.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn along(axes: [f32; 4]) -> LatentFrame {
        LatentFrame::rotated(vec![0.0; 2], axes.to_vec(), vec![2.0, 1.0], vec![0.8, 0.2]).unwrap()
    }

    #[test]
    fn the_first_frame_of_a_step_is_faced_by_all_that_follow() {
        let (first, flipped) = (along([1.0, 0.0, 0.0, 1.0]), along([-1.0, 0.0, 0.0, -1.0]));
        let mut reference = Reference::default();
        assert_eq!(reference.turned(flipped.clone()), flipped, "the first one faces nothing");
        reference.adopt(&first, 10);
        reference.adopt(&flipped, 10);
        assert_eq!(reference.turned(flipped.clone()), first);
        let mut resumed = Reference::kept(Some(first.clone()));
        assert_eq!(resumed.turned(flipped.clone()), first);
        resumed.adopt(&flipped, 10);
        assert_eq!(resumed.turned(first), flipped, "what was found before this sitting gives way");
    }
}

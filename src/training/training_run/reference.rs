//! The frame that later ones face, so that no axis changes its sign while a run goes on, nor from what is shown to what is saved.
//!
//! Owns which one that is. It follows from weights and from the one before it, which a checkpoint keeps, never from who stopped, looked or
//! saved when; so a run that was left and taken up ends with the same bytes. At which steps it is found is the run's business.

use crate::latent::LatentFrame;

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

    /// What a checkpoint keeps.
    pub fn frame(&self) -> Option<&LatentFrame> {
        self.frame.as_ref()
    }

    /// Whether it was found at this step, in this sitting.
    pub fn is_of(&self, step: u64) -> bool {
        self.step == Some(step)
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

//! What of a training is shown: its network as it learns, and what was saved once it stops.
//!
//! Owns that what is shown at the end is what stands in the run folder, and that whoever looks is told where axes have moved by it. When
//! anything is shown is the loop's business.

use super::training_messages::TrainingEvent;
use crate::latent::LatentFrame;
use crate::models::StoredModel;

/// The frame of the model that was shown last.
#[derive(Default)]
pub(super) struct Showing(Option<LatentFrame>);

impl Showing {
    /// Shows a model of a training that goes on.
    pub(super) fn show(&mut self, model: StoredModel, tell: &mut dyn FnMut(TrainingEvent)) {
        self.0 = Some(model.frame.clone());
        tell(TrainingEvent::Snapshot(Box::new(model)));
    }

    /// Shows the model that stays, and says which of its axes are others than those that were shown.
    pub(super) fn show_saved(&mut self, model: StoredModel, tell: &mut dyn FnMut(TrainingEvent)) {
        let moved = self.0.as_ref().map(|before| model.frame.axes_moved_since(before)).unwrap_or_default();
        let of = model.frame.dim();
        self.show(model, tell);
        if !moved.is_empty() {
            tell(TrainingEvent::FrameFixed { moved, of });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_axes(axes: [f32; 4]) -> StoredModel {
        let frame = LatentFrame::rotated(vec![0.0; 2], axes.to_vec(), vec![2.0, 1.0], vec![0.8, 0.2]).unwrap();
        StoredModel { frame, ..StoredModel::embedded().unwrap() }
    }

    #[test]
    fn axes_that_move_with_what_is_saved_are_told_once() {
        let (seen, saved) = (with_axes([1.0, 0.0, 0.0, 1.0]), with_axes([1.0, 0.0, 0.0, -1.0]));
        let told = std::cell::RefCell::new(Vec::new());
        let mut tell = |event| match event {
            TrainingEvent::FrameFixed { moved, of } => told.borrow_mut().push(format!("{moved:?} of {of}")),
            TrainingEvent::Snapshot(model) => told.borrow_mut().push(format!("{:?}", model.frame.axis(1))),
            other => panic!("{other:?}"),
        };
        let mut showing = Showing::default();
        showing.show(seen, &mut tell);
        showing.show_saved(saved.clone(), &mut tell);
        showing.show_saved(saved, &mut tell);
        assert_eq!(*told.borrow(), ["[0.0, 1.0]", "[0.0, -1.0]", "[1] of 2", "[0.0, -1.0]"]);
    }
}

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
    use std::path::Path;

    use crossbeam_channel::bounded;

    use super::*;
    use crate::backend::BackendChoice;
    use crate::data::synth;
    use crate::engine::{Beginning, TrainShare, TrainingCommand, TrainingRequest, open_model, train};
    use crate::latent::LatentSampler;
    use crate::progress::Silent;
    use crate::training::{AutoencoderSettings, Budget, CheckpointPlan, GanSettings, Preset, RunReport, TrainingSettings};

    fn request(place: &Path, settings: TrainingSettings) -> TrainingRequest {
        let data = place.join("faces.safetensors");
        synth::write_cache(120, 1, 16, &data, &Silent).unwrap();
        TrainingRequest {
            data,
            out: place.join("run"),
            settings,
            budget: Some(Budget::Images(480)),
            checkpoints: CheckpointPlan { steps: 20, ..Default::default() },
            half: false,
            beginning: Beginning::Resume,
            edits: Vec::new(),
            backend: BackendChoice::Cpu,
        }
    }

    /// The models that a training showed until it was stopped: at its end, or after the checkpoint of a step.
    fn shown_by(request: &TrainingRequest, stops_at: Option<u64>) -> Vec<StoredModel> {
        let (commands, inbox) = bounded(4);
        let share = TrainShare::default();
        let mut shown = Vec::new();
        let mut tell = |event| match event {
            TrainingEvent::Snapshot(model) => shown.push(*model),
            TrainingEvent::Reported(RunReport::Saved { step, .. }) if stops_at == Some(step) => {
                commands.send(TrainingCommand::Stop).unwrap();
            }
            TrainingEvent::Finished(_) => commands.send(TrainingCommand::Stop).unwrap(),
            _ => {}
        };
        train(request, true, &share, &inbox, &Silent, &mut tell).unwrap();
        shown
    }

    /// What sliders at the same places show, as bytes.
    fn faces_of(model: &StoredModel) -> Vec<u8> {
        let mut sampler = LatentSampler::new(3, 1.0);
        let latents: Vec<_> = (0..8).map(|_| sampler.sample(model.header.latent_dim)).collect();
        open_model(model, BackendChoice::Cpu).unwrap().0.decode_latents(&latents).pixels().to_vec()
    }

    #[test]
    fn the_same_sliders_show_the_same_faces_on_screen_and_in_the_model_that_is_saved_and_opened_again() {
        let autoencoder = AutoencoderSettings { preset: Preset::Tiny, latent: 8, batch: 8, ..Default::default() };
        let gan = GanSettings { preset: Preset::Tiny, latent: 8, batch: 8, ..Default::default() };
        for settings in [TrainingSettings::from(autoencoder), gan.into()] {
            for stops_at in [None, Some(40)] {
                let place = tempfile::tempdir().unwrap();
                let request = request(place.path(), settings.clone());
                let shown = shown_by(&request, stops_at).pop().unwrap();
                let saved = StoredModel::open(&request.out).unwrap();
                let what = format!("{}, stopped at {stops_at:?}", saved.header.kind.label());
                assert_eq!(shown.frame, saved.frame, "{what}");
                let differ = faces_of(&shown).into_iter().zip(faces_of(&saved)).map(|(a, b)| a.abs_diff(b)).max();
                assert!(differ <= Some(1), "{what}: {differ:?}");
                if stops_at.is_none() {
                    let again = shown_by(&request, None).remove(0);
                    assert_eq!((&again.frame, again.fingerprint()), (&saved.frame, saved.fingerprint()), "{what}: taken up again");
                }
            }
        }
    }

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

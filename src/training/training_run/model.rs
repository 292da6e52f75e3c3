//! The model that a training makes: its frame and which way its axes face, its folder, its pictures, and snapshots of it.

use super::{EARLY_SHEETS, TrainingRun};
use crate::data::DataError;
use crate::files::write_atomically;
use crate::latent::{GaussianMixture, LatentFrame};
use crate::models::gan::FrameCare;
use crate::models::{FaceModel, FrameWeights, MixtureWeights, ModelHeader, PREVIEW, Precision, StoredModel, Weights};
use crate::progress::{Cancelled, Monitor, Progress};
use crate::training::error::TrainingError;
use crate::training::run::{Checkpoint, RunReport, RunState, model_header, steady_samples, write_sheets};

impl TrainingRun {
    /// The averaged network as a model whose codes go through as they are: for work in which the frame does not matter.
    pub(super) fn unframed(&self) -> Option<Box<dyn FaceModel>> {
        let dim = self.spec.settings.latent();
        let any = LatentFrame::diagonal(vec![1.0; dim], vec![0.0; dim]).ok()?;
        Some(self.learner.model(self.header(), any))
    }

    /// The frame of the codes of every face that it learned from, its axes turned as those that were shown, and their mixture; a network
    /// without an encoder has a frame only, and needs no faces for it.
    ///
    /// # Errors
    /// [`DataError::Cancelled`] where the monitor cancels.
    pub(super) fn frame_and_mixture(&self, monitor: &dyn Monitor) -> Result<(LatentFrame, Option<GaussianMixture>), TrainingError> {
        let dim = self.spec.settings.latent();
        let model = if self.state.settings.has_encoder() { self.unframed() } else { None };
        // The learner's own frame is that of the same codes; they are not computed twice.
        let codes = match model {
            Some(model) => self.faces.codes(model.as_ref(), &Mute(monitor))?,
            None => None,
        };
        let frame = codes.as_ref().and_then(|codes| LatentFrame::of_codes(codes, dim)).map(|frame| self.reference.turned(frame));
        if let (Some(frame), Some(codes)) = (frame, codes) {
            let mixture = GaussianMixture::of_codes_while(&codes, dim, &|| !monitor.cancelled());
            return if monitor.cancelled() { Err(DataError::from(Cancelled).into()) } else { Ok((frame, mixture)) };
        }
        let frame = self.reference.turned(self.learner.frame(&self.shown_faces.framing, FrameCare::Thorough, &|| !monitor.cancelled()));
        if monitor.cancelled() { Err(DataError::from(Cancelled).into()) } else { Ok((frame, None)) }
    }

    fn header(&self) -> ModelHeader {
        let (settings, state) = (&self.state.settings, &self.state);
        let error = state.best.map(|(step, error)| format!("; best held-out mean squared error {error:.5} at step {step}"));
        let name = self.folder.path().file_name().unwrap_or(self.folder.path().as_os_str()).to_string_lossy().into_owned();
        let training = format!(
            "facefield train {}: {} faces seen in {} steps and {:.0} s of training{}; {}",
            settings.kind().key(),
            state.images,
            state.step,
            state.seconds,
            error.unwrap_or_default(),
            settings.in_words()
        );
        model_header(&self.spec, settings, self.size(), name, training)
    }

    /// The model that was written last, as anybody opens it from the run folder.
    pub fn saved_model(&mut self) -> StoredModel {
        StoredModel::open(self.path()).unwrap_or_else(|_| self.averaged())
    }

    /// The averaged network as plain data, in the frame of the current codes; no axis flips from one snapshot to the next. After the end of
    /// a training it is the model that the end has written, with the frame of all codes.
    pub fn snapshot(&mut self) -> StoredModel {
        if self.state.finished { self.saved_model() } else { self.averaged() }
    }

    fn averaged(&mut self) -> StoredModel {
        let step = self.state.step;
        let lasts = self.learner.frame_lasts().max(1);
        if let Some((_, shown)) = self.shown.as_ref().filter(|(of_step, _)| *of_step <= step && step - of_step < lasts) {
            return self.stored(shown.clone(), None);
        }
        let frame = self.quick_frame(&|| true);
        self.shown = Some((step, frame.clone()));
        self.stored(frame, None)
    }

    /// Whether later frames face the one of this step: that of an early picture, or of a checkpoint by number, at which one is found anyway
    /// and by which every sitting comes; and the end.
    fn is_reference_step(&self) -> bool {
        let step = self.state.step;
        EARLY_SHEETS.contains(&step) || step.is_multiple_of(self.spec.checkpoints.steps.max(1)) || self.share() >= 1.0
    }

    /// The frame of some faces, its axes turned as those before.
    pub(super) fn quick_frame(&mut self, is_wanted: &dyn Fn() -> bool) -> LatentFrame {
        let frame = self.reference.turned(self.learner.frame(&self.shown_faces.framing, FrameCare::Quick, is_wanted));
        // One that was no longer wanted comes from fewer faces, of which there is no telling how many.
        if self.is_reference_step() && is_wanted() {
            self.reference.adopt(&frame, self.state.step);
        }
        frame
    }

    /// Finds the frame that later ones face, where it is that of this step and nobody has needed it yet: before the weights change.
    pub(super) fn settle_reference(&mut self) {
        if self.is_reference_step() && !self.reference.is_of(self.state.step) {
            self.quick_frame(&|| true);
        }
    }

    /// A checkpoint of what has been learned, as its state says where it stands.
    pub(super) fn checkpoint_of(&self, state: RunState) -> Checkpoint {
        let learned = self.learner.state();
        let state = RunState { optimizer_steps: learned.optimizer_steps.clone(), ..state };
        Checkpoint { state, learned, reference: self.reference.frame().cloned() }
    }

    fn stored(&self, frame: LatentFrame, mixture: Option<&GaussianMixture>) -> StoredModel {
        let precision = if self.spec.half { Precision::Half } else { Precision::Single };
        let mut weights: Weights = self.learner.ema_weights().at(precision);
        weights.insert_frame(&frame);
        if let Some(mixture) = mixture {
            weights.insert_mixture(mixture);
        }
        StoredModel { header: self.header(), frame, weights: weights.into() }
    }

    pub(super) fn write_model(&self, frame: LatentFrame, mixture: Option<&GaussianMixture>) -> Result<(), TrainingError> {
        let stored = self.stored(frame.clone(), mixture);
        let path = self.folder.path();
        stored.write_in_place(path)?;
        let model = self.learner.model(stored.header, frame);
        let preview = crate::data::contact_sheet(&model.decode_latents(&steady_samples(model.frame())[..12]), 6);
        Ok(write_atomically(&path.join(PREVIEW), &preview.to_png())?)
    }

    pub(super) fn picture(&mut self, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let frame = self.quick_frame(&|| true);
        self.picture_in(frame, tell)
    }

    pub(super) fn picture_in(&mut self, frame: LatentFrame, tell: &mut dyn FnMut(RunReport)) -> Result<(), TrainingError> {
        let model = self.learner.model(self.header(), frame);
        write_sheets(self.folder.path(), self.state.step, model.as_ref(), &self.shown_faces.pictured)?;
        tell(RunReport::Pictured { step: self.state.step });
        Ok(())
    }
}

/// Passes on only whether it is to stop: what is encoded for the model is no work that is shown.
struct Mute<'a>(&'a dyn Monitor);

impl Monitor for Mute<'_> {
    fn report(&self, _progress: Progress) {}

    fn warn(&self, message: String) {
        self.0.warn(message);
    }

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

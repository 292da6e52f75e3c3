//! The learner of whatever kind of network, made from its settings.

use super::autoencoder::AutoencoderLearner;
use super::gan::GanLearner;
use super::kinds::TrainingSettings;
use super::learner::Learner;
use crate::backend::FaceBackend;

/// A network that has not learned yet, for faces of `size` pixels.
pub fn learner_of<B: FaceBackend>(settings: &TrainingSettings, size: usize, device: B::Device) -> Box<dyn Learner> {
    match settings {
        TrainingSettings::Autoencoder(settings) => Box::new(AutoencoderLearner::<B>::new(settings, size, device)),
        TrainingSettings::Gan(settings) => Box::new(GanLearner::<B>::new(settings, size, device)),
    }
}

//! A learner that puts noise on faces and has an autoencoder learn from them.
//!
//! The noise of a step follows from seed and step, so that a training that goes on draws what it would have drawn.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::figures::DENOISER_FIGURES;
use super::settings::DenoiserSettings;
use crate::backend::FaceBackend;
use crate::data::Faces;
use crate::latent::LatentFrame;
use crate::models::gan::FrameCare;
use crate::models::{FaceModel, ModelHeader, WeightError, Weights};
use crate::training::autoencoder::AutoencoderLearner;
use crate::training::figure::Figure;
use crate::training::knob::{Edit, Knobs};
use crate::training::learner::{Learner, LearnerState};
use crate::training::moment::StepMoment;
use crate::training::watch::Watch;

/// Keeps these numbers apart from those that order faces.
const SALT: u64 = 0x6465_6e6f_6973_6572;

/// A denoiser that learns on a device.
pub struct DenoiserLearner<B: FaceBackend> {
    autoencoder: AutoencoderLearner<B>,
    settings: DenoiserSettings,
}

impl<B: FaceBackend> DenoiserLearner<B> {
    /// A network that has not learned yet, for faces of `size` pixels.
    pub fn new(settings: &DenoiserSettings, size: usize, device: B::Device) -> Self {
        Self { autoencoder: AutoencoderLearner::new(&settings.autoencoder(), size, device), settings: settings.clone() }
    }

    /// Noise for a step, as much as there are numbers in its pictures, in [0, 1] units.
    fn noise(&self, step: u64, count: usize) -> Vec<f32> {
        let mut random = ChaCha8Rng::seed_from_u64(self.settings.seed ^ SALT);
        random.set_stream(step);
        (0..count).map(|_| self.settings.noise * random.sample::<f32, _>(StandardNormal)).collect()
    }
}

impl<B: FaceBackend> Learner for DenoiserLearner<B> {
    fn figures(&self) -> &'static [Figure] {
        DENOISER_FIGURES
    }

    fn watch(&self) -> Box<dyn Watch> {
        self.autoencoder.watch()
    }

    fn step(&mut self, mut pictures: Vec<f32>, batch: usize, moment: &StepMoment) -> Vec<Option<f32>> {
        let noise = self.noise(moment.step, pictures.len());
        // [-1, 1] is twice as wide as [0, 1].
        pictures.iter_mut().zip(&noise).for_each(|(pixel, noise)| *pixel += 2.0 * noise);
        let squared = noise.iter().map(|noise| noise * noise).sum::<f32>() / noise.len() as f32;
        let mut figures = self.autoencoder.step(pictures, batch, moment);
        figures.push(Some(squared));
        figures
    }

    fn adopt(&mut self, stands: &[Edit]) {
        self.settings.take(stands);
        self.autoencoder.adopt(&self.settings.autoencoder().stands());
    }

    fn state(&self) -> LearnerState {
        self.autoencoder.state()
    }

    fn restore(&mut self, state: &LearnerState) -> Result<(), WeightError> {
        self.autoencoder.restore(state)
    }

    fn ema_weights(&self) -> Weights {
        self.autoencoder.ema_weights()
    }

    fn frame(&self, faces: &Faces, care: FrameCare, is_wanted: &dyn Fn() -> bool) -> LatentFrame {
        self.autoencoder.frame(faces, care, is_wanted)
    }

    fn model(&self, header: ModelHeader, frame: LatentFrame) -> Box<dyn FaceModel> {
        self.autoencoder.model(header, frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Cpu;
    use crate::training::knob::Value;

    const MOMENT: StepMoment = StepMoment { step: 0, images: 0, progress: 0.0, learning_rate: 2e-3, ema_decay: 0.5 };

    fn step(learner: &mut impl Learner, step: u64) -> Vec<Option<f32>> {
        let pictures = (0..2 * 3 * 64_u16).map(|pixel| f32::from(pixel % 8) / 4.0 - 1.0).collect();
        learner.step(pictures, 2, &StepMoment { step, ..MOMENT })
    }

    #[test]
    fn noise_is_measured_and_turned_and_without_it_an_autoencoder_learns() {
        let settings = DenoiserSettings { latent: 4, noise: 0.2, ..Default::default() };
        let mut learner = DenoiserLearner::<Cpu>::new(&settings, 8, Default::default());
        let mut plain = AutoencoderLearner::<Cpu>::new(&settings.autoencoder(), 8, Default::default());
        let noisy = step(&mut learner, 0);
        assert_eq!(noisy.len(), learner.figures().len());
        let squared = noisy.last().copied().flatten().unwrap();
        assert!((squared - 0.04).abs() < 0.02, "{squared}");
        step(&mut plain, 0);
        assert!(learner.state() != plain.state(), "it learned from other pictures");

        learner.restore(&plain.state()).unwrap();
        learner.adopt(&[Edit::new("noise", Value::Number(0.0))]);
        assert_eq!(step(&mut learner, 1).last().copied().flatten(), Some(0.0));
        step(&mut plain, 1);
        assert!(learner.state() == plain.state());
    }

    #[test]
    fn a_training_that_goes_on_draws_what_it_would_have_drawn() {
        let settings = DenoiserSettings { latent: 4, ..Default::default() };
        let learner = || DenoiserLearner::<Cpu>::new(&settings, 8, Default::default());
        let (mut one, mut other) = (learner(), learner());
        step(&mut one, 0);
        other.restore(&one.state()).unwrap();
        assert_eq!((step(&mut one, 1), one.state()), (step(&mut other, 1), other.state()));
    }
}

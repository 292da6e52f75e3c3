//! A generator on a device with the way back: the encoder that says where to begin, and the search.
//!
//! Owns where searches begin, and how many pictures go through the generator at once.

use burn::backend::Autodiff;
use burn::module::{AutodiffModule, Module};
use burn::tensor::{Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::contract::{Inversion, Invert, LearnedEncoder};
use super::descent::{Best, Search};
use super::learning::learn;
use super::loss::InversionLoss;
use super::settings::{InversionSettings, InverterPlan};
use crate::backend::FaceBackend;
use crate::data::{Faces, to_network};
use crate::models::gan::{GENERATOR, GanConfig, Generator, Inverter, load_generator};
use crate::models::layers::{load_parameters, store_parameters};
use crate::models::{Precision, StoredModel, WeightError, Weights};
use crate::progress::{Cancelled, Monitor, Progress};

/// Places that go through the generator at once: their feature maps stay in the cache.
const AT_ONCE: usize = 32;
/// So often the best place so far is told of.
const STAGES: u32 = 12;
/// How far starts lie around the encoder's place, in sigma units.
const JITTER: f32 = 0.5;
/// How much of a sample's length a start has that is no more than a sample.
const TRUNCATION: f32 = 0.7;

/// A generator on a device, and its encoder where there is one.
pub struct GanInverter<B: FaceBackend> {
    /// Its weights want no gradients.
    generator: Generator<Autodiff<B>>,
    encoder: Option<Inverter<B>>,
    config: GanConfig,
    device: B::Device,
}

impl<B: FaceBackend> GanInverter<B> {
    /// Puts the generator of a stored GAN of a shape on a device.
    ///
    /// # Errors
    /// [`WeightError`] where a tensor is missing or has another shape.
    pub fn new(stored: &StoredModel, config: &GanConfig, device: B::Device) -> Result<Self, WeightError> {
        let generator = load_generator(config, &stored.weights.under(GENERATOR), &device)?;
        Ok(Self::from_network(generator, config, device))
    }

    /// A generator that is on its device already.
    pub fn from_network(generator: Generator<Autodiff<B>>, config: &GanConfig, device: B::Device) -> Self {
        Self { generator: generator.no_grad(), encoder: None, config: config.clone(), device }
    }

    /// Where the search for each picture begins, row-major [P, starts, k]: at the encoder's place, at the mean, and then, of the seed,
    /// around the encoder's place and at samples in turns.
    fn starts(&self, codes: Option<&[f32]>, count: usize, settings: &InversionSettings) -> Vec<f32> {
        let dim = self.config.latent_dim;
        let mut starts = Vec::with_capacity(count * settings.starts.max(1) * dim);
        for picture in 0..count {
            // Every picture has the same ones, whichever others it is among.
            let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
            let code = codes.map(|codes| &codes[picture * dim..][..dim]);
            let encoded = code.map(<[f32]>::to_vec);
            let own = encoded.into_iter().chain([vec![0.0; dim]]);
            let others = (0..).map(|at: usize| -> Vec<f32> {
                let noise: Vec<f32> = (0..dim).map(|_| random.sample(StandardNormal)).collect();
                match code {
                    Some(code) if at.is_multiple_of(2) => code.iter().zip(noise).map(|(code, noise)| code + JITTER * noise).collect(),
                    _ => noise.into_iter().map(|noise| TRUNCATION * noise).collect(),
                }
            });
            starts.extend(own.chain(others).take(settings.starts.max(1)).flatten());
        }
        starts
    }

    /// The encoder's codes of pictures, row-major [P, k].
    fn encoded(&self, pictures: &Tensor<B, 4>) -> Option<Vec<f32>> {
        let codes = self.encoder.as_ref()?.forward(pictures.clone()); // [P, k]
        Some(codes.into_data().into_vec().expect("the backend computes in f32"))
    }
}

impl<B: FaceBackend> Invert for GanInverter<B> {
    fn has_encoder(&self) -> bool {
        self.encoder.is_some()
    }

    fn adopt(&mut self, encoder: &Weights) -> Result<(), WeightError> {
        self.encoder = Some(load_parameters(Inverter::new(&self.config, 0, &self.device), encoder)?);
        Ok(())
    }

    fn train(&mut self, plan: &InverterPlan, monitor: &dyn Monitor) -> Result<LearnedEncoder, Cancelled> {
        let (encoder, error) = learn(&self.generator.valid(), &self.config, plan, &self.device, monitor)?;
        let mut weights = Weights::default();
        store_parameters(&encoder, Precision::Half, &mut weights);
        // As it will be read: whoever has just trained it and whoever finds it later begin alike.
        let weights = Weights::from_safetensors(&weights.to_safetensors()).expect("what was just written can be read");
        self.adopt(&weights).expect("it was trained in this shape");
        Ok(LearnedEncoder { weights, error })
    }

    fn invert(
        &self,
        faces: &Faces,
        settings: &InversionSettings,
        monitor: &dyn Monitor,
        on_stage: &mut dyn FnMut(&[f32]),
    ) -> Result<Vec<Inversion>, Cancelled> {
        let (size, dim) = (self.config.size, self.config.latent_dim);
        assert_eq!(faces.size(), size, "faces have the size of the model");
        let loss = InversionLoss::new(size, settings.pull, &self.device);
        let together = (AT_ONCE / settings.starts.max(1)).max(1);
        let total = faces.count().div_ceil(together) as u64 * u64::from(settings.steps);
        let mut found = Vec::with_capacity(faces.count());
        on_stage(&vec![0.0; dim]);
        for (part, bytes) in faces.pixels().chunks(together * faces.face_len()).enumerate() {
            let count = bytes.len() / faces.face_len();
            let pictures = Tensor::<B, 4>::from_data(TensorData::new(to_network(size, bytes), [count, 3, size, size]), &self.device);
            let codes = self.encoded(&pictures);
            let starts = self.starts(codes.as_deref(), count, settings);
            let search = Search { generator: &self.generator, loss: &loss, pictures, settings };
            let mut on_step = |steps: u32, best: &[Best]| {
                let done = part as u64 * u64::from(settings.steps) + u64::from(steps);
                monitor.report(Progress { stage: "looking for the place", unit: "steps", done, total, part: None });
                if part == 0 && steps.is_multiple_of(settings.steps.div_ceil(STAGES).max(1)) {
                    on_stage(&best[0].latent);
                }
            };
            let best = search.run(starts, dim, monitor, &mut on_step)?;
            found.extend(best.into_iter().enumerate().map(|(picture, Best { loss, latent })| Inversion {
                code: latent,
                start: codes.as_ref().map(|codes| codes[picture * dim..][..dim].to_vec()),
                loss,
            }));
        }
        Ok(found)
    }
}

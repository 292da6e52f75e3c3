//! A generator as a model that computes: latents to faces. The way back is no forward pass: it is looked for elsewhere.

use super::{GanConfig, Generator, load_generator};
use crate::backend::FaceBackend;
use crate::data::Faces;
use crate::latent::LatentFrame;
use crate::models::batches::decode_codes;
use crate::models::weights::WeightError;
use crate::models::{FaceModel, ModelHeader, StoredModel, Weights};

/// Before the path of every parameter of the generator.
pub const GENERATOR: &str = "generator.";

/// A generator on a device.
pub struct GanModel<B: FaceBackend> {
    header: ModelHeader,
    frame: LatentFrame,
    generator: Generator<B>,
    device: B::Device,
}

impl<B: FaceBackend> GanModel<B> {
    /// Puts the weights of a stored GAN of a shape on a device.
    ///
    /// # Errors
    /// [`WeightError`] where a tensor is missing or has another shape.
    pub fn new(stored: &StoredModel, config: &GanConfig, device: B::Device) -> Result<Self, WeightError> {
        let weights: Weights = stored.weights.under(GENERATOR);
        let generator = load_generator(config, &weights, &device)?;
        Ok(Self::from_network(stored.header.clone(), stored.frame.clone(), generator, device))
    }

    /// A generator that is on its device already.
    pub fn from_network(header: ModelHeader, frame: LatentFrame, generator: Generator<B>, device: B::Device) -> Self {
        Self { header, frame, generator, device }
    }
}

impl<B: FaceBackend> FaceModel for GanModel<B> {
    fn header(&self) -> &ModelHeader {
        &self.header
    }

    fn frame(&self) -> &LatentFrame {
        &self.frame
    }

    fn decode(&self, codes: &[f32]) -> Faces {
        decode_codes(codes, self.frame.code_dim(), self.header.size, &self.device, |codes| self.generator.forward(codes))
    }

    fn encode(&self, _faces: &Faces) -> Option<Vec<f32>> {
        None
    }
}

//! A generator as a model that computes: latents to faces. There is no way back: a GAN has no encoder.

use super::{FrameCare, GanConfig, Generator, latent_frame_while};
use crate::backend::FaceBackend;
use crate::data::Faces;
use crate::latent::LatentFrame;
use crate::models::batches::decode_codes;
use crate::models::layers::load_parameters;
use crate::models::weights::WeightError;
use crate::models::{FaceModel, ModelHeader, StoredModel, Weights};

/// Before the path of every parameter of the generator.
const PREFIX: &str = "generator.";

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
        let weights: Weights = stored.weights.under(PREFIX);
        let generator = load_parameters(Generator::new(config, 0, &device), &weights)?;
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

    fn own_frame(&self, care: FrameCare, is_wanted: &dyn Fn() -> bool) -> Option<LatentFrame> {
        Some(latent_frame_while(&self.generator, self.header.latent_dim, care, &self.device, is_wanted))
    }
}

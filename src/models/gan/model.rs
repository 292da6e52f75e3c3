//! A generator as a model that computes: latents to faces. There is no way back: a GAN has no encoder.

use burn::tensor::{Tensor, TensorData};

use super::{GanConfig, Generator};
use crate::backend::FaceBackend;
use crate::data::{Faces, from_network};
use crate::latent::LatentFrame;
use crate::models::layers::load_parameters;
use crate::models::weights::WeightError;
use crate::models::{FaceModel, ModelHeader, StoredModel, Weights};

/// Faces that go through the network at once: its feature maps stay in the cache.
const BATCH: usize = 32;
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
        let (dim, size) = (self.frame.code_dim(), self.header.size);
        let mut pixels = Vec::with_capacity(codes.len() / dim * size * size * 3);
        for codes in codes.chunks(BATCH * dim) {
            let latents = Tensor::from_data(TensorData::new(codes.to_vec(), [codes.len() / dim, dim]), &self.device); // [N, k]
            let pictures = self.generator.forward(latents).into_data(); // [N, 3, S, S]
            pixels.extend(from_network(size, &pictures.into_vec::<f32>().expect("the backend computes in f32")));
        }
        Faces::new(size, pixels)
    }

    fn encode(&self, _faces: &Faces) -> Option<Vec<f32>> {
        None
    }
}

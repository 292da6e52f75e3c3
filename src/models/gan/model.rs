//! A generator as a model that computes: latents to faces. The way back is no forward pass: it is looked for elsewhere.

use burn::tensor::Tensor;

use super::zones::by_changes;
use super::{FrameCare, GanConfig, Generator, latent_frame_while, load_generator};
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

    fn decode_zoned(&self, codes: [&[f32]; 3]) -> Option<Faces> {
        let (dim, size, zoning) = (self.frame.code_dim(), self.header.size, self.header.zoning()?);
        let length = size * size * 3;
        let mut pixels = vec![0; codes[0].len() / dim * length];
        for (changes, places) in by_changes(codes, dim, zoning) {
            // The codes of a face stand side by side: that of the first zone, then those of the zones that change it.
            let parts = || std::iter::once(0).chain(changes.iter().map(|(_, part)| *part));
            let rows = places.iter().flat_map(|face| parts().map(move |part| &codes[part][face * dim..][..dim]));
            let rows: Vec<f32> = rows.flatten().copied().collect();
            let faces = decode_codes(&rows, (1 + changes.len()) * dim, size, &self.device, |rows: Tensor<B, 2>| {
                let latents = |at: usize| rows.clone().narrow(1, at * dim, dim); // [N, k]
                let entries: Vec<_> = changes.iter().enumerate().map(|(at, (stage, _))| (*stage, latents(1 + at))).collect();
                self.generator.forward_zoned(latents(0), &entries)
            });
            for (place, face) in places.into_iter().zip(faces.iter()) {
                pixels[place * length..][..length].copy_from_slice(face);
            }
        }
        Some(Faces::new(size, pixels))
    }

    fn encode(&self, _faces: &Faces) -> Option<Vec<f32>> {
        None
    }

    fn own_frame(&self, care: FrameCare, is_wanted: &dyn Fn() -> bool) -> Option<LatentFrame> {
        Some(latent_frame_while(&self.generator, self.header.latent_dim, care, &self.device, is_wanted))
    }
}

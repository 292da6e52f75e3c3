//! The encoder beside a generator: from pictures to about the latents that would make them. It has learned from the generator's own samples
//! only, so what it says of a photo is where the search for its place begins.
//!
//! Owns its shape; how it learns, and the search, are the training's business.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::GanConfig;
use crate::backend::FaceBackend;
use crate::backend::operations::average_pool2;
use crate::models::autoencoder::{AutoencoderConfig, Encoder};
use crate::models::layers::Init;

/// Larger pictures are made as small as this first: where a face lies in latent space shows in its coarse features.
const LARGEST: usize = 32;
/// Channels at that size, and the most at any.
const CHANNELS: (usize, usize) = (16, 64);

/// Pictures to latents: the encoder of an autoencoder, on pictures of at most 32 pixels.
#[derive(Module, Debug)]
pub struct Inverter<B: Backend> {
    encoder: Encoder<B>,
    halvings: usize,
}

impl<B: FaceBackend> Inverter<B> {
    /// The encoder for a generator of a shape, with the first weights of a seed.
    pub fn new(config: &GanConfig, seed: u64, device: &B::Device) -> Self {
        let size = config.size.min(LARGEST);
        let shape = AutoencoderConfig { size, channels: CHANNELS.0, widest: CHANNELS.1, latent_dim: config.latent_dim };
        Self { encoder: Encoder::new(&shape, &mut Init::new(seed, device)), halvings: (config.size / size).ilog2() as usize }
    }

    /// [N, 3, S, S] in [-1, 1] -> [N, k].
    pub fn forward(&self, pictures: Tensor<B, 4>) -> Tensor<B, 2> {
        let small = (0..self.halvings).fold(pictures, |pictures, _| average_pool2(pictures)); // [N, 3, s, s]
        self.encoder.forward(small) // [N, k]
    }
}

//! The networks of an autoencoder.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::AutoencoderConfig;
use super::config::BASE_SIZE;
use crate::backend::operations::activate;
use crate::backend::{Activation, FaceBackend};
use crate::models::layers::{Conv3x3, Init, Linear, ResidualBlock};

/// The activation between convolutions.
const ACTIVATION: Activation = Activation::LeakyRelu(0.2);

/// Pictures to codes.
#[derive(Module, Debug)]
pub struct Encoder<B: Backend> {
    from_picture: Conv3x3<B>,
    blocks: Vec<ResidualBlock<B>>,
    to_code: Linear<B>,
}

/// Codes to pictures.
#[derive(Module, Debug)]
pub struct Decoder<B: Backend> {
    from_code: Linear<B>,
    blocks: Vec<ResidualBlock<B>>,
    to_picture: Conv3x3<B>,
}

/// An encoder and its mirrored decoder.
#[derive(Module, Debug)]
pub struct Autoencoder<B: Backend> {
    /// Pictures to codes.
    pub encoder: Encoder<B>,
    /// Codes to pictures.
    pub decoder: Decoder<B>,
}

impl<B: FaceBackend> Encoder<B> {
    /// That of a shape, with the next first weights of `init`.
    pub fn new(config: &AutoencoderConfig, init: &mut Init<B>) -> Self {
        let widths = config.widths();
        Self {
            from_picture: Conv3x3::new(3, widths[0], init),
            blocks: widths.windows(2).map(|pair| ResidualBlock::new(pair[0], pair[1], init)).collect(),
            to_code: Linear::new(config.features(), config.latent_dim, init),
        }
    }

    /// [N, 3, S, S] in [-1, 1] -> [N, k].
    pub fn forward(&self, pictures: Tensor<B, 4>) -> Tensor<B, 2> {
        let features = self.from_picture.forward(pictures, Activation::Identity); // [N, c, S, S]
        let features = self.blocks.iter().fold(features, |features, block| block.forward_down(features, ACTIVATION)); // [N, C, 4, 4]
        self.to_code.forward(activate(features.flatten::<2>(1, 3), ACTIVATION)) // [N, k]
    }
}

impl<B: FaceBackend> Decoder<B> {
    fn new(config: &AutoencoderConfig, init: &mut Init<B>) -> Self {
        let widths: Vec<usize> = config.widths().into_iter().rev().collect();
        Self {
            from_code: Linear::new(config.latent_dim, config.features(), init),
            blocks: widths.windows(2).map(|pair| ResidualBlock::new(pair[0], pair[1], init)).collect(),
            to_picture: Conv3x3::new(config.channels, 3, init),
        }
    }

    /// [N, k] -> [N, 3, S, S].
    pub fn forward(&self, codes: Tensor<B, 2>) -> Tensor<B, 4> {
        let features = self.from_code.forward(codes); // [N, C * 16]
        let [count, length] = features.dims();
        let features = features.reshape([count, length / (BASE_SIZE * BASE_SIZE), BASE_SIZE, BASE_SIZE]); // [N, C, 4, 4]
        let features = self.blocks.iter().fold(features, |features, block| block.forward_up(features, ACTIVATION)); // [N, c, S, S]
        self.to_picture.forward(features, ACTIVATION) // [N, 3, S, S]
    }
}

impl<B: FaceBackend> Autoencoder<B> {
    /// The network of a shape, with the first weights of a seed.
    pub fn new(config: &AutoencoderConfig, seed: u64, device: &B::Device) -> Self {
        let mut init = Init::new(seed, device);
        Self { encoder: Encoder::new(config, &mut init), decoder: Decoder::new(config, &mut init) }
    }

    /// Reconstructions: [N, 3, S, S] in [-1, 1] -> [N, 3, S, S].
    pub fn forward(&self, pictures: Tensor<B, 4>) -> Tensor<B, 4> {
        self.decoder.forward(self.encoder.forward(pictures)) // [N, 3, S, S]
    }
}

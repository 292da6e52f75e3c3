//! Convolutional autoencoders: a residual encoder, a code, and a mirrored residual decoder.

mod config;
mod network;

pub use config::{AutoencoderConfig, LayerShape};
pub use network::{Autoencoder, Decoder, Encoder};

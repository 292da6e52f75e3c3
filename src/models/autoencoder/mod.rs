//! Convolutional autoencoders: a residual encoder, a code, and a mirrored residual decoder.
//!
//! Owns the networks, how they stand in weights, and the model that computes with them; how they learn is the training's business.

mod config;
mod model;
mod network;

pub use config::{AutoencoderConfig, AutoencoderShape, BASE_SIZE, LayerShape};
pub use model::AutoencoderModel;
pub use network::{Autoencoder, Decoder, Encoder};

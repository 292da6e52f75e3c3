//! Convolutional autoencoders: a residual encoder, a code, and a mirrored residual decoder.
//!
//! Owns the networks, how they stand in weights, and the model that computes with them; how they learn is the training's business.

mod config;
mod frame;
mod model;
mod network;

pub use config::{AutoencoderConfig, BASE_SIZE, LayerShape};
pub use frame::frame;
pub use model::AutoencoderModel;
pub use network::{Autoencoder, Decoder, Encoder};

//! Denoisers: autoencoders that learn from faces with noise on them.
//!
//! Owns what sets their shape apart, which is its name; network and model are the autoencoder's.

mod config;
mod model;

pub use config::DenoiserConfig;
pub use model::DenoiserModel;

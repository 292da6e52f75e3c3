//! The way back from a picture to the latent of a generator: an encoder that has learned from the generator's own samples says where to
//! begin, and Adam on the latent goes on from there and from other places (several starts, as one batch).
//!
//! Owns the loss, the search, and how the encoder learns. Where encoders are kept, and which pictures are looked for, is the engine's
//! business; the networks are the models' own.

mod contract;
mod descent;
mod inverter;
mod learning;
mod loss;
mod settings;

#[cfg(test)]
mod tests;

pub use contract::{Inversion, Invert, LearnedEncoder};
pub use inverter::GanInverter;
pub use settings::{InversionSettings, InverterPlan};

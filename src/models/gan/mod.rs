//! Generative adversarial networks: a residual generator, a residual critic, and the model that computes with the generator.
//!
//! Owns the networks, how they stand in weights, and the latent frame that is found in the generator; how both learn is the
//! training's business.

mod activation;
mod block;
mod config;
mod critic;
mod frame;
mod generator;
mod inverter;
mod model;
mod noise;
mod stored;
mod transition;
mod zones;

pub use block::BlockKind;
pub use config::{GanConfig, GanShape};
pub use critic::Critic;
pub use frame::{FrameCare, latent_frame, latent_frame_while};
pub use generator::Generator;
pub use inverter::Inverter;
pub use model::{GENERATOR, GanModel};
pub use noise::Noise;
pub use stored::{critic_weights, generator_weights, grown_average, is_share, load_critic, load_generator};

use burn::module::Module;
use burn::tensor::backend::Backend;

/// Generator and critic, as checkpoints hold them.
#[derive(Module, Debug)]
pub struct Gan<B: Backend> {
    /// From latents to pictures.
    pub generator: Generator<B>,
    /// From pictures to scores.
    pub critic: Critic<B>,
}

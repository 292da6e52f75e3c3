//! Coordinates of latent space: what the sliders, the lattice and journeys speak in.
//!
//! Owns latents in sigma units, the frame that maps them to codes, sampling, interpolation, the lattice and journeys.
//! Knows no model and no picture.

mod code_sampler;
mod coordinates;
mod course;
mod frame;
mod growth_course;
pub mod interpolation;
mod journey;
mod journey_error;
mod lattice;
mod mixture;
mod reading;
mod sample_texts;
mod samples;
mod sampling;
mod training_step;
mod zone;

pub use code_sampler::{CodeSampler, GaussianSampler};
pub use coordinates::Latent;
pub use course::{JourneyPose, Walk};
pub use frame::{FrameError, LatentFrame};
pub use journey::{CameraPose, Easing, Journey, JourneyLattice, Keyframe};
pub use journey_error::JourneyError;
pub use lattice::{CellCoord, Lattice, ZonedLattice};
pub use mixture::{GaussianMixture, MixtureError, MixtureSampler, held_out_log_likelihood};
pub use sampling::{LatentSampler, typical_radius};
pub use training_step::TrainingStep;
pub use zone::{Zone, ZonedLatent, Zones};

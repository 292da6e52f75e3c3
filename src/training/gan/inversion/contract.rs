//! The way back from pictures to the latents of a generator, as whoever asks sees it: plain data in, plain data out.

use super::settings::{InversionSettings, InverterPlan};
use crate::data::Faces;
use crate::models::{WeightError, Weights};
use crate::progress::{Cancelled, Monitor};

/// Where a picture lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Inversion {
    /// The best code z that was found, `[k]`.
    pub code: Vec<f32>,
    /// The encoder's code, where there is an encoder: what the search began with.
    pub start: Option<Vec<f32>>,
    /// What the search had made small in the end, at this place.
    pub loss: f32,
}

/// An encoder that has learned.
#[derive(Clone, Debug, PartialEq)]
pub struct LearnedEncoder {
    /// Its weights, in half precision.
    pub weights: Weights,
    /// Its mean squared error in z over the last tenth of its steps, of samples that it had not seen; whoever says nothing has 1.
    pub error: f32,
}

/// A generator, and an encoder beside it as soon as there is one. It lives on one thread.
pub trait Invert {
    /// Whether there is an encoder.
    fn has_encoder(&self) -> bool;

    /// Takes up an encoder that has learned before.
    ///
    /// # Errors
    /// [`WeightError`] where it belongs to a generator of another shape.
    fn adopt(&mut self, encoder: &Weights) -> Result<(), WeightError>;

    /// Trains an encoder on the generator's own samples, takes it up, and gives it.
    ///
    /// # Errors
    /// [`Cancelled`].
    fn train(&mut self, plan: &InverterPlan, monitor: &dyn Monitor) -> Result<LearnedEncoder, Cancelled>;

    /// Looks for the places of faces. The same faces, settings and encoder give the same places. `on_stage` is told of the best code so far
    /// of the first face, a dozen times, beginning with the mean.
    ///
    /// # Errors
    /// [`Cancelled`].
    ///
    /// # Panics
    /// Where the faces have another size than the generator's.
    fn invert(
        &self,
        faces: &Faces,
        settings: &InversionSettings,
        monitor: &dyn Monitor,
        on_stage: &mut dyn FnMut(&[f32]),
    ) -> Result<Vec<Inversion>, Cancelled>;
}

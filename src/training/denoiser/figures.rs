//! What is measured at a step of a denoiser: the figures of an autoencoder, and the noise.

use crate::training::autoencoder::AUTOENCODER_FIGURES;
use crate::training::figure::{Figure, Good};

/// The figures of a step, in the order in which it returns them: those of an autoencoder first.
pub const DENOISER_FIGURES: &[Figure] = &{
    let noise = Figure::loss("noise", "noise", "Mean squared noise, in [0, 1] units, on the faces of the step: no code tells of it");
    let mut figures = [noise.good(Good::Neither); AUTOENCODER_FIGURES.len() + 1];
    let (first, _) = figures.split_at_mut(AUTOENCODER_FIGURES.len());
    first.copy_from_slice(AUTOENCODER_FIGURES);
    figures
};

//! What is measured at a step of an autoencoder.

use crate::training::figure::{Figure, Good, InLine};

/// The figures of a step, in the order in which it returns them.
pub const AUTOENCODER_FIGURES: &[Figure] = &[
    Figure::loss("loss", "loss", "What the network minimises: the squared error and the weighted parts beside it"),
    Figure::loss("mse", "squared error", "Mean squared error, in [0, 1] units, on the faces of the step").in_line(InLine::Course),
    Figure::loss("latent_penalty", "latent penalty", "Mean squared code, before its weight").good(Good::Neither),
    Figure::loss("absolute_error", "absolute error", "Mean absolute error, in [0, 1] units, on the faces of the step"),
];

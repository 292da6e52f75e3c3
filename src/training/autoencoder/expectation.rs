//! What an autoencoder shows while it learns.
//!
//! The figures are those of `docs/training.md`: `tiny` has seen 250,000 faces after 3 minutes on two cores, with an error of 0.86 of PCA's,
//! and a third of that after the minute in which its faces become recognisable; after 1,574,000 the shipped model has 0.68.

use crate::training::expectation::{Expectation, Milestone};

/// What is seen after so many images.
pub const AUTOENCODER_EXPECTATION: Expectation = Expectation {
    first: "a blurred mean face",
    milestones: &[
        Milestone { images: 80_000, shows: "recognisable faces" },
        Milestone { images: 250_000, shows: "faces truer than those of PCA" },
        Milestone { images: 1_500_000, shows: "nearly all that it learns" },
    ],
    measured: "presets tiny and small, photographs of 32 pixels",
};

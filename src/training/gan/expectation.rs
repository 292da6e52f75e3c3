//! What a GAN shows while it learns.
//!
//! The figures are those of `docs/training.md`, from the sheets of two runs of 1,000,000 faces, `rpgan` (the shipped model, whose
//! curves are in `models/gan-celeba32/resume`) and `wgan-gp`, and are what the README says.

use crate::training::expectation::{Expectation, Milestone};

/// What is seen after so many images.
pub const GAN_EXPECTATION: Expectation = Expectation {
    first: "noise",
    milestones: &[
        Milestone { images: 16_000, shows: "coloured blocks" },
        Milestone { images: 64_000, shows: "heads" },
        Milestone { images: 160_000, shows: "people" },
    ],
    measured: "preset small, photographs of 32 pixels",
};

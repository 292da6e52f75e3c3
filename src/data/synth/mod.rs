//! Procedural faces with known factors: data for tests, for a first run without CelebA, and for judging what a model has learned.
//!
//! Owns the names by which others reach them: `options` says how many, `factors` what differs, `painter` draws one face, `export` writes
//! many.

mod export;
mod factors;
mod options;
mod painter;

pub use export::{SynthSummary, write_cache, write_zip};
pub use factors::FaceFactors;
pub use options::SynthOptions;

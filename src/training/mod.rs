//! How networks learn.
//!
//! Owns the optimiser. Loops, schedules and checkpoints of whole trainings will stand here too.

mod adam;

pub use adam::{Adam, AdamConfig};

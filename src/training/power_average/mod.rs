//! Averages of weights whose length is chosen afterwards (Karras et al. 2024, arXiv 2312.02696, section 3 and appendix C).
//!
//! Owns how the past counts in such an average, how two of them follow a network, and how one of any length is put together from those
//! that were kept. Which files keep them is the run's business.

mod kept;
mod profile;
mod solving;
mod tracked;

pub use kept::{KeptAverages, count_in, insert_count};
pub use profile::{LENGTHS, Profile, TRACKED};
pub use solving::{Combination, combine};
pub use tracked::PowerAverages;

//! Knobs that kinds of networks have in common: name, label, help, unit, range and place stand here once, for every room to list.
//!
//! What differs from kind to kind is given by the room; a knob that only one kind has stands there whole.

use super::knob::{Access, Choice, Knob, Place, Range};

/// Shares of a whole.
pub const SHARES: Range = Range::Number(0.0, 1.0);
/// Weights of parts of a loss.
pub const WEIGHTS: Range = Range::Number(0.0, 100.0);
/// Numbers from nothing on without an end.
pub const ANY_COUNT: Range = Range::Count(0, u64::MAX);

/// How large the network is; which presets there are, and what each means, differs.
pub const fn preset<S>(access: Access<S>, presets: &'static [Choice], help: &'static str) -> Knob<S> {
    Knob::new("preset", "Preset", access, Range::Words(presets), help).measured("PRESET", "").shape().at(Place::Main)
}

/// How many numbers stand for a face.
pub const fn latent<S>(access: Access<S>, label: &'static str, help: &'static str) -> Knob<S> {
    Knob::new("latent", label, access, Range::Count(2, 512), help).measured("K", "numbers").shape().at(Place::Main)
}

/// Faces in a step.
pub const fn batch<S>(access: Access<S>) -> Knob<S> {
    let range = Range::Count(1, 1024);
    Knob::new("batch", "Batch", access, range, "Faces in a step, 1 to 1024").measured("FACES", "faces").live().at(Place::Main)
}

/// The learning rate at its height.
pub const fn learning_rate<S>(access: Access<S>, help: &'static str) -> Knob<S> {
    Knob::new("learning_rate", "Learning rate", access, SHARES, help).measured("RATE", "").live().at(Place::Main)
}

/// What is left of the learning rate.
pub const fn final_rate<S>(access: Access<S>) -> Knob<S> {
    let help = "Final learning rate, as a share of the learning rate at its height: 0.1 leaves a tenth of it at the end of the planned length, 1 \
                lets it stay as it is";
    Knob::new("final_rate", "Final learning rate", access, SHARES, help).measured("SHARE", "").live()
}

/// Averaged weights; in what the average is measured differs.
pub const fn ema<S>(access: Access<S>, range: Range, help: &'static str) -> Knob<S> {
    Knob::new("ema", "Averaging", access, range, help)
}

/// Whether faces are mirrored.
pub const fn flips<S>(access: Access<S>) -> Knob<S> {
    Knob::new("flips", "Mirror faces", access, Range::Flag, "Mirror faces: show every second one mirrored").measured("true|false", "")
}

/// Where weights and random numbers come from.
pub const fn seed<S>(access: Access<S>) -> Knob<S> {
    Knob::new("seed", "Seed", access, ANY_COUNT, "Same seed, same weights on the CPU, bit for bit").measured("SEED", "")
}

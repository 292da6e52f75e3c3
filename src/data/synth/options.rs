//! How many synthetic faces are drawn, how large, and from which seed.
//!
//! Owns defaults, ranges and what each option means, once for every surface that asks for them; how faces are drawn is the business
//! of `export` and `painter`.

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SynthOptions {
    /// How many faces.
    pub count: u32,
    /// Height and width in pixels.
    pub size: u16,
    /// Same seed, same faces.
    pub seed: u64,
}

impl SynthOptions {
    /// What is drawn unless the user says otherwise: enough to learn from, and quick to train on.
    pub const DEFAULT: Self = Self { count: 5000, size: 32, seed: 1 };
    /// The fewest and the most faces.
    pub const COUNTS: [u32; 2] = [1, 1_000_000];
    /// The smallest and the largest size, in pixels.
    pub const SIZES: [u16; 2] = [4, 1024];
    /// What the number means, as a sentence without its full stop.
    pub const COUNT_HELP: &'static str = "How many faces are drawn";
    /// What the size means.
    pub const SIZE_HELP: &'static str = "Height and width of the faces in pixels; networks take 16, 32 and 64";
    /// What the seed means.
    pub const SEED_HELP: &'static str = "Same seed, same faces";

    /// Bytes of all pixels: what the face cache takes on the disk, but for a little.
    pub fn bytes(&self) -> u64 {
        u64::from(self.count) * u64::from(self.size).pow(2) * 3
    }
}

impl Default for SynthOptions {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_in_range_and_of_a_size_that_networks_take() {
        let SynthOptions { count, size, .. } = SynthOptions::default();
        let ([fewest, most], [smallest, largest]) = (SynthOptions::COUNTS, SynthOptions::SIZES);
        assert!((fewest..=most).contains(&count) && (smallest..=largest).contains(&size));
        assert!(SynthOptions::SIZE_HELP.contains(&size.to_string()));
        assert_eq!(SynthOptions { count: 2, size: 16, seed: 1 }.bytes(), 2 * 16 * 16 * 3);
    }
}

//! Every random number of a GAN's training: a function of the seed, the step, and what it is for.
//!
//! So a training that goes on draws what it would have drawn, and nothing of it has to be kept.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// Keeps these numbers apart from those that order faces.
const SALT: u64 = 0x6761_6e20_6e6f_6973;

/// The random numbers of one step.
#[derive(Clone, Copy, Debug)]
pub struct Draws {
    seed: u64,
    step: u64,
}

/// What numbers are drawn for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    CriticLatents,
    GeneratorLatents,
    CriticReal,
    CriticFake,
    GeneratorReal,
    GeneratorFake,
    Between,
}

impl Draws {
    /// Those of a step.
    pub fn new(seed: u64, step: u64) -> Self {
        Self { seed, step }
    }

    pub(super) fn random(self, purpose: Purpose) -> ChaCha8Rng {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed ^ SALT);
        random.set_stream(self.step * 8 + purpose as u64);
        random
    }

    pub(super) fn normal(self, purpose: Purpose, count: usize) -> Vec<f32> {
        let mut random = self.random(purpose);
        (0..count).map(|_| random.sample(StandardNormal)).collect()
    }

    pub(super) fn uniform(self, purpose: Purpose, count: usize) -> Vec<f32> {
        let mut random = self.random(purpose);
        (0..count).map(|_| random.random()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_from_seed_step_and_purpose() {
        let draw = |seed, step, purpose| Draws::new(seed, step).normal(purpose, 4);
        let first = draw(1, 5, Purpose::CriticLatents);
        assert_eq!(draw(1, 5, Purpose::CriticLatents), first);
        for other in [draw(2, 5, Purpose::CriticLatents), draw(1, 6, Purpose::CriticLatents), draw(1, 5, Purpose::GeneratorLatents)] {
            assert_ne!(other, first);
        }
    }
}

//! Noise for every pixel of a generator's features (Karras et al. 2019, A Style-Based Generator Architecture, section 3.2).
//!
//! Who learns draws it anew for every picture; who looks at faces sees the same noise in all of them, so that a latent is one face.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// The noise that all faces have comes from this seed.
const SEED: u64 = 0x6e6f_6973_6500;

/// Where noise comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// The same for every picture, now and ever.
    Same,
    /// Drawn for every picture from a seed.
    Drawn(u64),
}

impl Noise {
    /// For `count` pictures of `size` x `size` features: [N, 1, H, W].
    pub(super) fn of<B: Backend>(self, count: usize, size: usize, device: &B::Device) -> Tensor<B, 4> {
        let (seed, drawn) = match self {
            Self::Same => (SEED, 1),
            Self::Drawn(seed) => (seed, count),
        };
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(size as u64);
        let numbers: Vec<f32> = (0..drawn * size * size).map(|_| random.sample(StandardNormal)).collect();
        let numbers = if drawn < count { numbers.repeat(count) } else { numbers };
        Tensor::from_data(TensorData::new(numbers, [count, 1, size, size]), device)
    }
}

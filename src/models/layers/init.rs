//! First weights, from a seed of our own: the same on every device.

use burn::module::Param;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// Draws the weights of a network, layer by layer.
pub struct Init<'a, B: Backend> {
    random: ChaCha8Rng,
    device: &'a B::Device,
}

impl<'a, B: Backend> Init<'a, B> {
    /// The weights of `seed` on `device`.
    pub fn new(seed: u64, device: &'a B::Device) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(seed), device }
    }

    /// Uniform within 1 / sqrt(fan in), as PyTorch begins its convolutions and linear layers.
    pub fn uniform<const D: usize>(&mut self, shape: [usize; D], fan_in: usize) -> Param<Tensor<B, D>> {
        let bound = 1.0 / (fan_in.max(1) as f32).sqrt();
        let values = (0..shape.iter().product()).map(|_| self.random.random_range(-bound..=bound)).collect();
        Param::from_tensor(Tensor::from_data(TensorData::new::<f32, _>(values, shape), self.device))
    }

    /// Normal with mean 0 and the standard deviation `sigma`.
    pub fn normal<const D: usize>(&mut self, shape: [usize; D], sigma: f32) -> Param<Tensor<B, D>> {
        let values = self.normal_numbers(shape.iter().product(), sigma);
        self.as_is(values, shape)
    }

    /// The numbers of such weights, before they are any.
    pub fn normal_numbers(&mut self, count: usize, sigma: f32) -> Vec<f32> {
        (0..count).map(|_| sigma * self.random.sample::<f32, _>(StandardNormal)).collect()
    }

    /// Numbers that are known.
    pub fn as_is<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Param<Tensor<B, D>> {
        Param::from_tensor(Tensor::from_data(TensorData::new(values, shape), self.device))
    }

    /// All zero.
    pub fn zeros<const D: usize>(&self, shape: [usize; D]) -> Param<Tensor<B, D>> {
        Param::from_tensor(Tensor::zeros(shape, self.device))
    }
}

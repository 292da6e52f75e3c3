//! The linear layer.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::Init;
use crate::backend::FaceBackend;
use crate::backend::operations::linear;

/// y = x W + b.
#[derive(Module, Debug)]
pub struct Linear<B: Backend> {
    weight: Param<Tensor<B, 2>>,
    bias: Param<Tensor<B, 2>>,
    /// What learned weights are multiplied by.
    scale: f32,
}

impl<B: FaceBackend> Linear<B> {
    /// From `inputs` C to `outputs` K.
    pub fn new(inputs: usize, outputs: usize, init: &mut Init<B>) -> Self {
        Self { weight: init.uniform([inputs, outputs], inputs), bias: init.uniform([1, outputs], inputs), scale: 1.0 }
    }

    /// Normal weights of variance 1 / C, no bias at first: what comes out varies as what goes in.
    pub fn normal(inputs: usize, outputs: usize, init: &mut Init<B>) -> Self {
        let sigma = 1.0 / (inputs as f32).sqrt();
        Self { weight: init.normal([inputs, outputs], sigma), bias: init.zeros([1, outputs]), scale: 1.0 }
    }

    /// The same with weights of variance 1, scaled wherever they are used (Karras et al. 2018, section 4.1).
    pub fn equalised(inputs: usize, outputs: usize, init: &mut Init<B>) -> Self {
        let scale = 1.0 / (inputs as f32).sqrt();
        Self { weight: init.normal([inputs, outputs], 1.0), bias: init.zeros([1, outputs]), scale }
    }

    /// The weight [C, K] that it computes with.
    pub fn weight(&self) -> Tensor<B, 2> {
        if self.scale.to_bits() == 1.0_f32.to_bits() { self.weight.val() } else { self.weight.val() * self.scale }
    }

    /// The bias [1, K].
    pub fn bias(&self) -> Tensor<B, 2> {
        self.bias.val()
    }

    /// [N, C] -> [N, K].
    pub fn forward(&self, input: Tensor<B, 2>) -> Tensor<B, 2> {
        linear(input, self.weight(), self.bias.val()) // [N, K]
    }
}

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
}

impl<B: FaceBackend> Linear<B> {
    /// From `inputs` C to `outputs` K.
    pub fn new(inputs: usize, outputs: usize, init: &mut Init<B>) -> Self {
        Self { weight: init.uniform([inputs, outputs], inputs), bias: init.uniform([1, outputs], inputs) }
    }

    /// Normal weights of variance 1 / C, no bias at first: what comes out varies as what goes in.
    pub fn normal(inputs: usize, outputs: usize, init: &mut Init<B>) -> Self {
        let sigma = 1.0 / (inputs as f32).sqrt();
        Self { weight: init.normal([inputs, outputs], sigma), bias: init.zeros([1, outputs]) }
    }

    /// The weight [C, K].
    pub fn weight(&self) -> Tensor<B, 2> {
        self.weight.val()
    }

    /// The bias [1, K].
    pub fn bias(&self) -> Tensor<B, 2> {
        self.bias.val()
    }

    /// [N, C] -> [N, K].
    pub fn forward(&self, input: Tensor<B, 2>) -> Tensor<B, 2> {
        linear(input, self.weight.val(), self.bias.val()) // [N, K]
    }
}

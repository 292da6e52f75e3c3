//! Convolutions that keep the size of the picture.

use burn::module::{Module, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use super::Init;
use crate::backend::operations::{conv1x1, conv3x3, conv3x3_residual};
use crate::backend::{Activation, FaceBackend};

/// A 3x3 convolution, stride 1, same padding.
#[derive(Module, Debug)]
pub struct Conv3x3<B: Backend> {
    weight: Param<Tensor<B, 4>>,
    bias: Param<Tensor<B, 1>>,
}

impl<B: FaceBackend> Conv3x3<B> {
    /// From `channels` C to `filters` K.
    pub fn new(channels: usize, filters: usize, init: &mut Init<B>) -> Self {
        let fan_in = 9 * channels;
        Self { weight: init.uniform([filters, channels, 3, 3], fan_in), bias: init.uniform([filters], fan_in) }
    }

    /// Normal weights of the standard deviation `sigma` (0: all zero), no bias at first.
    pub fn normal(channels: usize, filters: usize, sigma: f32, init: &mut Init<B>) -> Self {
        Self { weight: init.normal([filters, channels, 3, 3], sigma), bias: init.zeros([filters]) }
    }

    /// The weight [K, C, 3, 3].
    pub fn weight(&self) -> Tensor<B, 4> {
        self.weight.val()
    }

    /// The bias `[K]`.
    pub fn bias(&self) -> Tensor<B, 1> {
        self.bias.val()
    }

    /// Of the activated input: [N, C, H, W] -> [N, K, H, W].
    pub fn forward(&self, input: Tensor<B, 4>, activation: Activation) -> Tensor<B, 4> {
        conv3x3(input, self.weight.val(), Some(self.bias.val()), activation) // [N, K, H, W]
    }

    /// Of the activated input, plus `residual` [N, K, H, W].
    pub fn forward_residual(&self, input: Tensor<B, 4>, residual: Tensor<B, 4>, activation: Activation) -> Tensor<B, 4> {
        conv3x3_residual(input, self.weight.val(), Some(self.bias.val()), residual, activation) // [N, K, H, W]
    }
}

/// A 1x1 convolution: the same linear map at every pixel.
#[derive(Module, Debug)]
pub struct Conv1x1<B: Backend> {
    weight: Param<Tensor<B, 4>>,
    bias: Param<Tensor<B, 1>>,
}

impl<B: FaceBackend> Conv1x1<B> {
    /// From `channels` C to `filters` K.
    pub fn new(channels: usize, filters: usize, init: &mut Init<B>) -> Self {
        Self { weight: init.uniform([filters, channels, 1, 1], channels), bias: init.uniform([filters], channels) }
    }

    /// Normal weights of variance 1 / C, no bias at first: what comes out varies as what goes in.
    pub fn normal(channels: usize, filters: usize, init: &mut Init<B>) -> Self {
        let sigma = 1.0 / (channels as f32).sqrt();
        Self { weight: init.normal([filters, channels, 1, 1], sigma), bias: init.zeros([filters]) }
    }

    /// Weights as they are, row-major [K, C], and biases `[K]`.
    pub fn of(weight: Vec<f32>, bias: Vec<f32>, init: &Init<B>) -> Self {
        let (filters, channels) = (bias.len(), weight.len() / bias.len());
        Self { weight: init.as_is(weight, [filters, channels, 1, 1]), bias: init.as_is(bias, [filters]) }
    }

    /// Weights row-major [K, C] and biases `[K]`, as plain numbers.
    pub fn numbers(&self) -> (Vec<f32>, Vec<f32>) {
        let numbers = |data: TensorData| data.convert::<f32>().into_vec::<f32>().expect("the numbers are f32 by now");
        (numbers(self.weight.val().into_data()), numbers(self.bias.val().into_data()))
    }

    /// The weight [K, C, 1, 1].
    pub fn weight(&self) -> Tensor<B, 4> {
        self.weight.val()
    }

    /// The bias `[K]`.
    pub fn bias(&self) -> Tensor<B, 1> {
        self.bias.val()
    }

    /// [N, C, H, W] -> [N, K, H, W].
    pub fn forward(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        conv1x1(input, self.weight.val(), Some(self.bias.val())) // [N, K, H, W]
    }
}

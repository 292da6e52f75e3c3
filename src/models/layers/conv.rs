//! Convolutions that keep the size of the picture.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

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

    /// [N, C, H, W] -> [N, K, H, W].
    pub fn forward(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        conv1x1(input, self.weight.val(), Some(self.bias.val())) // [N, K, H, W]
    }
}

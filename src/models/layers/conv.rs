//! Convolutions that keep the size of the picture.

use burn::module::{Module, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use super::{Init, normalised};
use crate::backend::operations::{conv1x1, conv3x3, conv3x3_residual};
use crate::backend::{Activation, FaceBackend};

/// A 3x3 convolution, stride 1, same padding.
#[derive(Module, Debug)]
pub struct Conv3x3<B: Backend> {
    weight: Param<Tensor<B, 4>>,
    bias: Param<Tensor<B, 1>>,
    /// What comes out is multiplied by its hyperbolic tangent.
    gain: Option<Param<Tensor<B, 1>>>,
    /// What learned weights are multiplied by.
    scale: f32,
    is_normalised: bool,
}

impl<B: FaceBackend> Conv3x3<B> {
    /// From `channels` C to `filters` K.
    pub fn new(channels: usize, filters: usize, init: &mut Init<B>) -> Self {
        let fan_in = 9 * channels;
        Self::as_is(init.uniform([filters, channels, 3, 3], fan_in), init.uniform([filters], fan_in))
    }

    /// Normal weights of the standard deviation `sigma` (0: all zero), no bias at first.
    pub fn normal(channels: usize, filters: usize, sigma: f32, init: &mut Init<B>) -> Self {
        Self::as_is(init.normal([filters, channels, 3, 3], sigma), init.zeros([filters]))
    }

    /// Normal weights of variance 1 that are scaled to `sigma` wherever they are used, no bias at first.
    pub fn equalised(channels: usize, filters: usize, sigma: f32, init: &mut Init<B>) -> Self {
        Self { scale: sigma, ..Self::normal(channels, filters, 1.0, init) }
    }

    /// Filters of which only the direction is learned; every number that comes out varies `gain` times as much as those that come in.
    /// `begins_at_zero`: with a learned gain in (-1, 1) besides, which is nothing at first.
    pub fn directions(channels: usize, filters: usize, gain: f32, begins_at_zero: bool, init: &mut Init<B>) -> Self {
        let learned = begins_at_zero.then(|| init.zeros([1]));
        Self { scale: gain, is_normalised: true, gain: learned, ..Self::normal(channels, filters, 1.0, init) }
    }

    fn as_is(weight: Param<Tensor<B, 4>>, bias: Param<Tensor<B, 1>>) -> Self {
        Self { weight, bias, gain: None, scale: 1.0, is_normalised: false }
    }

    /// The weight [K, C, 3, 3] that it computes with.
    pub fn weight(&self) -> Tensor<B, 4> {
        let mut weight = self.weight.val(); // [K, C, 3, 3]
        if self.is_normalised {
            weight = normalised(weight);
        }
        if self.scale.to_bits() != 1.0_f32.to_bits() {
            weight = weight * self.scale;
        }
        match &self.gain {
            Some(gain) => weight * gain.val().tanh().reshape([1, 1, 1, 1]),
            None => weight,
        }
    }

    /// The bias `[K]` that it computes with.
    pub fn bias(&self) -> Tensor<B, 1> {
        match &self.gain {
            Some(gain) => self.bias.val() * gain.val().tanh(),
            None => self.bias.val(),
        }
    }

    /// Of the activated input: [N, C, H, W] -> [N, K, H, W].
    pub fn forward(&self, input: Tensor<B, 4>, activation: Activation) -> Tensor<B, 4> {
        conv3x3(input, self.weight(), Some(self.bias()), activation) // [N, K, H, W]
    }

    /// Of the activated input, plus `residual` [N, K, H, W].
    pub fn forward_residual(&self, input: Tensor<B, 4>, residual: Tensor<B, 4>, activation: Activation) -> Tensor<B, 4> {
        conv3x3_residual(input, self.weight(), Some(self.bias()), residual, activation) // [N, K, H, W]
    }
}

/// A 1x1 convolution: the same linear map at every pixel.
#[derive(Module, Debug)]
pub struct Conv1x1<B: Backend> {
    weight: Param<Tensor<B, 4>>,
    bias: Param<Tensor<B, 1>>,
    /// What learned weights are multiplied by.
    scale: f32,
}

impl<B: FaceBackend> Conv1x1<B> {
    /// From `channels` C to `filters` K.
    pub fn new(channels: usize, filters: usize, init: &mut Init<B>) -> Self {
        Self { weight: init.uniform([filters, channels, 1, 1], channels), bias: init.uniform([filters], channels), scale: 1.0 }
    }

    /// Normal weights of variance 1 / C, no bias at first: what comes out varies as what goes in.
    pub fn normal(channels: usize, filters: usize, init: &mut Init<B>) -> Self {
        let sigma = 1.0 / (channels as f32).sqrt();
        Self { weight: init.normal([filters, channels, 1, 1], sigma), bias: init.zeros([filters]), scale: 1.0 }
    }

    /// The same with weights of variance 1, scaled wherever they are used.
    pub fn equalised(channels: usize, filters: usize, init: &mut Init<B>) -> Self {
        let scale = 1.0 / (channels as f32).sqrt();
        Self { weight: init.normal([filters, channels, 1, 1], 1.0), bias: init.zeros([filters]), scale }
    }

    /// Weights as they are, row-major [K, C], and biases `[K]`.
    pub fn of(weight: Vec<f32>, bias: Vec<f32>, init: &Init<B>) -> Self {
        let (filters, channels) = (bias.len(), weight.len() / bias.len());
        Self { weight: init.as_is(weight, [filters, channels, 1, 1]), bias: init.as_is(bias, [filters]), scale: 1.0 }
    }

    /// Weights row-major [K, C] and biases `[K]`, as plain numbers.
    pub fn numbers(&self) -> (Vec<f32>, Vec<f32>) {
        let numbers = |data: TensorData| data.convert::<f32>().into_vec::<f32>().expect("the numbers are f32 by now");
        (numbers(self.weight.val().into_data()), numbers(self.bias.val().into_data()))
    }

    /// The weight [K, C, 1, 1] that it computes with.
    pub fn weight(&self) -> Tensor<B, 4> {
        if self.scale.to_bits() == 1.0_f32.to_bits() { self.weight.val() } else { self.weight.val() * self.scale }
    }

    /// The bias `[K]`.
    pub fn bias(&self) -> Tensor<B, 1> {
        self.bias.val()
    }

    /// [N, C, H, W] -> [N, K, H, W].
    pub fn forward(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        conv1x1(input, self.weight(), Some(self.bias.val())) // [N, K, H, W]
    }
}

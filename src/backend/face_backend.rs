//! The trait that every model is generic over.
//!
//! Owns the names of the operations that decide speed; each has a default that calls burn's own, and a backend overrides
//! those that it does better. Shapes are NCHW. How gradients flow through them is `autodiff`'s business.

use burn::tensor::backend::Backend;
use burn::tensor::ops::{ConvOptions, FloatTensor, InterpolateMode, InterpolateOptions};
use burn::tensor::{Shape, TensorMetadata, get_device_settings};

use super::{Activation, ConvAlgorithm, ConvChoices, ConvPass};

/// Weights, gradients and moments of one parameter in an AdamW step.
pub struct AdamParameter<B: Backend> {
    /// The weights.
    pub weight: FloatTensor<B>,
    /// The running mean of gradients.
    pub first_moment: FloatTensor<B>,
    /// The running mean of squared gradients.
    pub second_moment: FloatTensor<B>,
}

/// The numbers of one AdamW step (Loshchilov and Hutter 2019), the same for all parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamStep {
    /// Learning rate.
    pub learning_rate: f32,
    /// Decay of the first moment.
    pub beta1: f32,
    /// Decay of the second moment.
    pub beta2: f32,
    /// Keeps the quotient finite.
    pub epsilon: f32,
    /// Decoupled weight decay.
    pub weight_decay: f32,
    /// Counts steps from 1, for the bias correction.
    pub step: u32,
}

impl AdamStep {
    /// 1 - beta1^t and 1 - beta2^t.
    pub fn bias_corrections(&self) -> (f32, f32) {
        let correction = |beta: f32| 1.0 - f64::from(beta).powi(self.step.min(i32::MAX as u32) as i32);
        (correction(self.beta1) as f32, correction(self.beta2) as f32)
    }
}

/// A burn backend with the operations of face models. No model is written against bare burn.
pub trait FaceBackend: Backend {
    /// The algorithms among which a 3x3 convolution can be chosen; none where there is but one way.
    const CONV_ALGORITHMS: &'static [ConvAlgorithm] = &[];

    /// From now on convolutions on a device are computed as is chosen here; without a choice the first way that it can do is taken.
    fn set_conv_choices(device: &Self::Device, choices: ConvChoices) {
        let _ = (device, choices);
    }

    /// One pass of a 3x3 convolution by one algorithm, for measurements: `input` [N, C, H, W], `weight` [K, C, 3, 3], `output_gradient`
    /// [N, K, H, W]. `None` where the device cannot do it.
    fn try_conv3x3(
        pass: ConvPass,
        algorithm: ConvAlgorithm,
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
    ) -> Option<FloatTensor<Self>> {
        let _ = (pass, algorithm, input, weight, output_gradient);
        None
    }

    /// 3x3 convolution, stride 1, same padding, of the activated input: `input` [N, C, H, W], `weight` [K, C, 3, 3], `bias` `[K]`,
    /// `residual` [N, K, H, W] added to the output -> [N, K, H, W].
    fn conv3x3(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: Option<FloatTensor<Self>>,
        residual: Option<FloatTensor<Self>>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let output = Self::conv2d(activated::<Self>(input, activation), weight, bias, same_padding(1));
        match residual {
            Some(residual) => Self::float_add(output, residual),
            None => output,
        }
    }

    /// The gradient of [`conv3x3`](Self::conv3x3) for its input [N, C, H, W], from `output_gradient` [N, K, H, W].
    fn conv3x3_input_gradient(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let gradient = Self::conv2d_x_backward(input.clone(), weight, output_gradient, same_padding(1));
        Self::activation_gradient(input, gradient, activation)
    }

    /// The gradients of [`conv3x3`](Self::conv3x3) for `weight` [K, C, 3, 3] and `bias` `[K]`.
    fn conv3x3_parameter_gradients(
        input: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        activation: Activation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let weight = weight_like::<Self>(&input, &output_gradient, 3);
        let bias = channel_sums::<Self>(output_gradient.clone());
        let input = activated::<Self>(input, activation);
        (Self::conv2d_weight_backward(input, weight, output_gradient, same_padding(1)), bias)
    }

    /// 1x1 convolution: `input` [N, C, H, W], `weight` [K, C, 1, 1], `bias` `[K]` -> [N, K, H, W].
    fn conv1x1(input: FloatTensor<Self>, weight: FloatTensor<Self>, bias: Option<FloatTensor<Self>>) -> FloatTensor<Self> {
        Self::conv2d(input, weight, bias, same_padding(0))
    }

    /// The gradient of [`conv1x1`](Self::conv1x1) for its input [N, C, H, W], from `output_gradient` [N, K, H, W].
    fn conv1x1_input_gradient(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        Self::conv2d_x_backward(input, weight, output_gradient, same_padding(0))
    }

    /// The gradients of [`conv1x1`](Self::conv1x1) for `weight` [K, C, 1, 1] and `bias` `[K]`.
    fn conv1x1_parameter_gradients(input: FloatTensor<Self>, output_gradient: FloatTensor<Self>) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let weight = weight_like::<Self>(&input, &output_gradient, 1);
        let bias = channel_sums::<Self>(output_gradient.clone());
        (Self::conv2d_weight_backward(input, weight, output_gradient, same_padding(0)), bias)
    }

    /// Means of 2x2 blocks: [N, C, H, W] -> [N, C, H / 2, W / 2]; H and W are even.
    fn average_pool2(input: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::avg_pool2d(input, [2, 2], [2, 2], [0, 0], true, false)
    }

    /// The gradient of [`average_pool2`](Self::average_pool2): every number goes, by a quarter, to its block of 2x2.
    fn average_pool2_gradient(output_gradient: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_mul_scalar(Self::upsample2(output_gradient), 0.25_f32.into())
    }

    /// Every number becomes a block of 2x2: [N, C, H, W] -> [N, C, 2 H, 2 W].
    fn upsample2(input: FloatTensor<Self>) -> FloatTensor<Self> {
        let [_, _, height, width] = input.shape().dims();
        Self::interpolate(input, [2 * height, 2 * width], InterpolateOptions::new(InterpolateMode::Nearest))
    }

    /// The gradient of [`upsample2`](Self::upsample2): sums of 2x2 blocks.
    fn upsample2_gradient(output_gradient: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_mul_scalar(Self::average_pool2(output_gradient), 4.0_f32.into())
    }

    /// The activation by itself, any shape.
    fn activate(input: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        activated::<Self>(input, activation)
    }

    /// The gradient of an activation: `gradient` where `input` > 0, else slope * `gradient`.
    fn activation_gradient(input: FloatTensor<Self>, gradient: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        if activation.is_identity() {
            return gradient;
        }
        let settings = get_device_settings::<Self>(&Self::float_device(&input));
        let negative = Self::float_lower_equal_elem(input, 0.0_f32.into(), settings.bool_dtype);
        let scaled = Self::float_mul_scalar(gradient.clone(), activation.slope().into());
        Self::float_mask_where(gradient, negative, scaled)
    }

    /// Linear layer: `input` [N, C], `weight` [C, K], `bias` [1, K] -> [N, K].
    fn linear(input: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_add(Self::float_matmul(input, weight), bias)
    }

    /// One AdamW step of one parameter, any shape.
    fn adam_step(parameter: AdamParameter<Self>, gradient: FloatTensor<Self>, numbers: AdamStep) -> AdamParameter<Self> {
        let times = |tensor, factor: f32| Self::float_mul_scalar(tensor, factor.into());
        let (first_correction, second_correction) = numbers.bias_corrections();
        let first_moment = Self::float_add(times(parameter.first_moment, numbers.beta1), times(gradient.clone(), 1.0 - numbers.beta1));
        let squared = Self::float_mul(gradient.clone(), gradient);
        let second_moment = Self::float_add(times(parameter.second_moment, numbers.beta2), times(squared, 1.0 - numbers.beta2));
        let root = Self::float_sqrt(times(second_moment.clone(), 1.0 / second_correction));
        let change = Self::float_div(first_moment.clone(), Self::float_add_scalar(root, numbers.epsilon.into()));
        let kept = times(parameter.weight, 1.0 - numbers.learning_rate * numbers.weight_decay);
        let weight = Self::float_sub(kept, times(change, numbers.learning_rate / first_correction));
        AdamParameter { weight, first_moment, second_moment }
    }
}

/// Stride 1; padding 1 keeps the size of a 3x3 convolution, padding 0 that of a 1x1.
pub(super) fn same_padding(padding: usize) -> ConvOptions<2> {
    ConvOptions::new([1, 1], [padding, padding], [1, 1], 1)
}

/// An empty tensor of the shape of a convolution's weight: burn's own weight gradients read the shape from one.
pub(super) fn weight_like<B: Backend>(input: &FloatTensor<B>, output_gradient: &FloatTensor<B>, side: usize) -> FloatTensor<B> {
    let (channels, filters) = (input.shape()[1], output_gradient.shape()[1]);
    B::float_empty(Shape::new([filters, channels, side, side]), &B::float_device(input), input.dtype().into())
}

/// The sums over everything but the channel: [N, K, H, W] -> `[K]`.
pub(super) fn channel_sums<B: Backend>(gradient: FloatTensor<B>) -> FloatTensor<B> {
    let channels = gradient.shape()[1];
    let sums = B::float_sum_dim(B::float_sum_dim(B::float_sum_dim(gradient, 3), 2), 0); // [1, K, 1, 1]
    B::float_reshape(sums, Shape::new([channels]))
}

fn activated<B: Backend>(input: FloatTensor<B>, activation: Activation) -> FloatTensor<B> {
    match activation {
        Activation::Identity => input,
        Activation::LeakyRelu(slope) => B::leaky_relu(input, slope.into()),
    }
}

//! The operations of [`FaceBackend`] on burn-flex tensors: contiguous f32 numbers in, pooled memory out.
//!
//! Anything else than f32 goes the way of the defaults.

use std::sync::LazyLock;

use burn::tensor::ops::FloatTensor;
use burn::tensor::{DType, Shape, TensorMetadata};
use burn_flex::{Flex, FlexTensor};

use super::buffers::Buffer;
use super::kernels::adamw::AdamW;
use super::kernels::conv3x3::{Forward, InputGradient, WeightGradient};
use super::kernels::elementwise::{self, Planes};
use super::kernels::shape::{ConvShape, SizeError};
use super::kernels::simd::SimdLevel;
use super::kernels::{conv1x1, conv3x3};
use crate::backend::{Activation, AdamParameter, AdamStep, FaceBackend};

const FITS: &str = "tensors of one operation fit each other";

/// The instructions that kernels use: the best of this processor, or those that `FACEFIELD_SIMD` names (portable, neon, avx2, avx512)
/// where the processor has them, for comparisons.
pub fn simd_level() -> SimdLevel {
    static LEVEL: LazyLock<SimdLevel> = LazyLock::new(|| {
        let named = std::env::var("FACEFIELD_SIMD").ok().and_then(|name| SimdLevel::named(&name));
        named.unwrap_or_else(SimdLevel::detect)
    });
    *LEVEL
}

impl FaceBackend for Flex {
    fn conv3x3(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: Option<FloatTensor<Self>>,
        residual: Option<FloatTensor<Self>>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        forward(conv3x3::forward, input, weight, bias, residual, activation)
    }

    fn conv3x3_input_gradient(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        input_gradient(conv3x3::input_gradient, &input, weight, output_gradient, activation)
    }

    fn conv3x3_parameter_gradients(
        input: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        activation: Activation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        parameter_gradients(conv3x3::weight_gradient, 3, input, output_gradient, activation)
    }

    fn conv1x1(input: FloatTensor<Self>, weight: FloatTensor<Self>, bias: Option<FloatTensor<Self>>) -> FloatTensor<Self> {
        forward(conv1x1::forward, input, weight, bias, None, Activation::Identity)
    }

    fn conv1x1_input_gradient(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        input_gradient(conv1x1::input_gradient, &input, weight, output_gradient, Activation::Identity)
    }

    fn conv1x1_parameter_gradients(input: FloatTensor<Self>, output_gradient: FloatTensor<Self>) -> (FloatTensor<Self>, FloatTensor<Self>) {
        parameter_gradients(conv1x1::weight_gradient, 1, input, output_gradient, Activation::Identity)
    }

    fn average_pool2(input: FloatTensor<Self>) -> FloatTensor<Self> {
        resample(&planes(&input), input, halved, elementwise::average_pool)
    }

    fn average_pool2_gradient(output_gradient: FloatTensor<Self>) -> FloatTensor<Self> {
        resample(&planes(&output_gradient).doubled(), output_gradient, doubled, elementwise::average_pool_gradient)
    }

    fn upsample2(input: FloatTensor<Self>) -> FloatTensor<Self> {
        resample(&planes(&input), input, doubled, elementwise::upsample)
    }

    fn upsample2_gradient(output_gradient: FloatTensor<Self>) -> FloatTensor<Self> {
        resample(&planes(&output_gradient).halved(), output_gradient, halved, elementwise::upsample_gradient)
    }

    fn activate(input: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        if activation.is_identity() {
            return input;
        }
        let input = contiguous(input);
        let mut output = Buffer::take(numbers(&input).len());
        elementwise::leaky_relu(simd_level(), activation.slope(), numbers(&input), output.as_mut_slice()).expect(FITS);
        output.into_tensor(input.shape())
    }

    fn activation_gradient(input: FloatTensor<Self>, gradient: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        if activation.is_identity() {
            return gradient;
        }
        let (input, gradient) = (contiguous(input), contiguous(gradient));
        let mut output = Buffer::take(numbers(&input).len());
        let slope = activation.slope();
        elementwise::leaky_relu_gradient(simd_level(), slope, numbers(&input), numbers(&gradient), output.as_mut_slice()).expect(FITS);
        output.into_tensor(input.shape())
    }

    fn adam_step(parameter: AdamParameter<Self>, gradient: FloatTensor<Self>, numbers_of_step: AdamStep) -> AdamParameter<Self> {
        let AdamStep { learning_rate, beta1, beta2, epsilon, weight_decay, step } = numbers_of_step;
        let rule = AdamW { learning_rate, beta1, beta2, epsilon, weight_decay };
        let gradient = contiguous(gradient);
        let [mut weight, mut first_moment, mut second_moment] =
            [parameter.weight, parameter.first_moment, parameter.second_moment].map(contiguous);
        // Copies only what something else still looks at.
        let (weights, first, second) = (weight.storage_mut(), first_moment.storage_mut(), second_moment.storage_mut());
        rule.step(simd_level(), step, weights, numbers(&gradient), first, second).expect(FITS);
        AdamParameter { weight, first_moment, second_moment }
    }
}

fn contiguous(tensor: FlexTensor) -> FlexTensor {
    assert_eq!(tensor.dtype(), DType::F32, "face models compute in f32");
    tensor.to_contiguous()
}

fn numbers(tensor: &FlexTensor) -> &[f32] {
    tensor.storage()
}

fn planes(tensor: &FlexTensor) -> Planes {
    let [count, channels, height, width] = tensor.shape().dims();
    Planes { count: count * channels, height, width }
}

fn halved([count, channels, height, width]: [usize; 4]) -> [usize; 4] {
    [count, channels, height / 2, width / 2]
}

fn doubled([count, channels, height, width]: [usize; 4]) -> [usize; 4] {
    [count, channels, height * 2, width * 2]
}

fn forward(
    kernel: fn(SimdLevel, &ConvShape, &Forward<'_>, &mut [f32]) -> Result<(), SizeError>,
    input: FlexTensor,
    weight: FlexTensor,
    bias: Option<FlexTensor>,
    residual: Option<FlexTensor>,
    before: Activation,
) -> FlexTensor {
    let (input, weight) = (contiguous(input), contiguous(weight));
    let (bias, residual) = (bias.map(contiguous), residual.map(contiguous));
    let shape = conv_shape(&input, weight.shape()[0]);
    let operands = Forward {
        input: numbers(&input),
        weight: numbers(&weight),
        bias: bias.as_ref().map(numbers),
        residual: residual.as_ref().map(numbers),
        before,
        after: Activation::Identity,
    };
    let mut output = Buffer::take(shape.output_len());
    kernel(simd_level(), &shape, &operands, output.as_mut_slice()).expect(FITS);
    output.into_tensor([shape.batch, shape.out_channels, shape.height, shape.width])
}

fn input_gradient(
    kernel: fn(SimdLevel, &ConvShape, &InputGradient<'_>, &mut [f32]) -> Result<(), SizeError>,
    input: &FlexTensor,
    weight: FlexTensor,
    output_gradient: FlexTensor,
    activation: Activation,
) -> FlexTensor {
    let (weight, output_gradient) = (contiguous(weight), contiguous(output_gradient));
    let shape = conv_shape(input, weight.shape()[0]);
    // Only the signs of the input count, and only under an activation.
    let masked = (!activation.is_identity()).then(|| contiguous(input.clone()));
    let operands = InputGradient {
        output_gradient: numbers(&output_gradient),
        weight: numbers(&weight),
        before: masked.as_ref().map(|input| (numbers(input), activation)),
        add: None,
    };
    let mut gradient = Buffer::take(shape.input_len());
    kernel(simd_level(), &shape, &operands, gradient.as_mut_slice()).expect(FITS);
    gradient.into_tensor([shape.batch, shape.in_channels, shape.height, shape.width])
}

fn parameter_gradients(
    kernel: fn(SimdLevel, &ConvShape, &WeightGradient<'_>, &mut [f32], Option<&mut [f32]>) -> Result<(), SizeError>,
    side: usize,
    input: FlexTensor,
    output_gradient: FlexTensor,
    before: Activation,
) -> (FlexTensor, FlexTensor) {
    let (input, output_gradient) = (contiguous(input), contiguous(output_gradient));
    let shape = conv_shape(&input, output_gradient.shape()[1]);
    let operands = WeightGradient { input: numbers(&input), before, output_gradient: numbers(&output_gradient) };
    let mut weight = Buffer::take(shape.weight_len(side * side));
    let mut bias = Buffer::take(shape.out_channels);
    kernel(simd_level(), &shape, &operands, weight.as_mut_slice(), Some(bias.as_mut_slice())).expect(FITS);
    (weight.into_tensor([shape.out_channels, shape.in_channels, side, side]), bias.into_tensor([shape.out_channels]))
}

fn conv_shape(input: &FlexTensor, out_channels: usize) -> ConvShape {
    let [batch, in_channels, height, width] = input.shape().dims();
    ConvShape { batch, in_channels, out_channels, height, width }
}

fn resample(
    planes: &Planes,
    input: FlexTensor,
    shape: fn([usize; 4]) -> [usize; 4],
    kernel: fn(SimdLevel, &Planes, &[f32], &mut [f32]) -> Result<(), SizeError>,
) -> FlexTensor {
    let input = contiguous(input);
    let shape = Shape::new(shape(input.shape().dims()));
    let mut output = Buffer::take(shape.num_elements());
    kernel(simd_level(), planes, numbers(&input), output.as_mut_slice()).expect(FITS);
    output.into_tensor(shape)
}

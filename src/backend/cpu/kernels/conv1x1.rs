//! 1x1 convolutions: forward, input gradient, weight gradient. Tensors are NCHW, weights `[out, in]`. The operands are those of
//! [`super::conv3x3`]; each is a matrix product over the pixels of a block that lies in one core's cache.

use super::conv3x3::{Forward, InputGradient, WeightGradient};
use super::pointwise_convolution::PointwiseConvolution;
use super::pointwise_weight_gradient::PointwiseWeightGradient;
use super::shape::{Activation, ConvShape, SizeError};
use super::simd::SimdLevel;
use super::winograd_weights::WeightSource;

/// `output = after(conv(before(input)) + bias + residual)`; `output` is `[batch, out_channels, height, width]` and need not be initialised.
///
/// # Errors
/// [`SizeError`] where a slice does not fit `shape`.
pub fn forward(level: SimdLevel, shape: &ConvShape, operands: &Forward<'_>, output: &mut [f32]) -> Result<(), SizeError> {
    operands.check(shape, 1, output)?;
    let weights = source(shape, operands.weight, false);
    let Forward { input, before, .. } = *operands;
    PointwiseConvolution { level, shape: *shape, input, before, weights, epilogue: operands.epilogue() }.run(output);
    Ok(())
}

/// `gradient = before'(input) * conv_transposed(output_gradient) + add`; `gradient` is `[batch, in_channels, height, width]`
/// and need not be initialised. `shape` is the forward pass's.
///
/// # Errors
/// [`SizeError`] where a slice does not fit `shape`.
pub fn input_gradient(level: SimdLevel, shape: &ConvShape, operands: &InputGradient<'_>, gradient: &mut [f32]) -> Result<(), SizeError> {
    operands.check(shape, 1, gradient)?;
    let shape = shape.transposed();
    let weights = source(&shape, operands.weight, true);
    let (input, before) = (operands.output_gradient, Activation::Identity);
    PointwiseConvolution { level, shape, input, before, weights, epilogue: operands.epilogue() }.run(gradient);
    Ok(())
}

/// The gradients of the weight, `[out_channels, in_channels]`, and the bias, `[out_channels]`; neither need be initialised.
///
/// # Errors
/// [`SizeError`] where a slice does not fit `shape`.
pub fn weight_gradient(
    level: SimdLevel,
    shape: &ConvShape,
    operands: &WeightGradient<'_>,
    weight_gradient: &mut [f32],
    bias_gradient: Option<&mut [f32]>,
) -> Result<(), SizeError> {
    operands.check(shape, 1, weight_gradient, bias_gradient.as_deref())?;
    let WeightGradient { input, before, output_gradient: gradient } = *operands;
    let level = level.narrowed(shape.in_channels.max(shape.out_channels));
    PointwiseWeightGradient { level, shape: *shape, input, before, gradient }.run(weight_gradient, bias_gradient);
    Ok(())
}

fn source<'a>(shape: &ConvShape, weight: &'a [f32], transposed: bool) -> WeightSource<'a> {
    WeightSource { weight, in_channels: shape.in_channels, out_channels: shape.out_channels, transposed }
}

//! 3x3 convolutions, stride 1, zero padding 1: forward, input gradient, weight gradient. Tensors are NCHW, weights `[out, in, 3, 3]`.
//!
//! All three use Winograd's F(4x4, 3x3) (Lavin & Gray 2015, arXiv:1509.09308): at most a quarter of a direct convolution's multiplications,
//! and errors of about 1e-5 of the largest result. Work is shared among the threads of the current rayon pool.

use super::epilogue::Epilogue;
use super::shape::{Activation, ConvShape, SizeError, check_len};
use super::simd::SimdLevel;
use super::winograd_convolution::WinogradConvolution;
use super::winograd_weight_gradient::WinogradWeightGradient;
use super::winograd_weights::WeightSource;

/// Operands of [`forward`].
#[derive(Clone, Copy, Debug)]
pub struct Forward<'a> {
    /// `[batch, in_channels, height, width]`.
    pub input: &'a [f32],
    /// `[out_channels, in_channels, 3, 3]` (1x1 convolutions: `[out_channels, in_channels]`).
    pub weight: &'a [f32],
    /// `[out_channels]`.
    pub bias: Option<&'a [f32]>,
    /// Added to the result: `[batch, out_channels, height, width]`.
    pub residual: Option<&'a [f32]>,
    /// Applied to the input.
    pub before: Activation,
    /// Applied to the result, after the residual.
    pub after: Activation,
}

/// Operands of [`input_gradient`].
#[derive(Clone, Copy, Debug)]
pub struct InputGradient<'a> {
    /// `[batch, out_channels, height, width]`.
    pub output_gradient: &'a [f32],
    /// As in [`Forward`].
    pub weight: &'a [f32],
    /// The input of the forward pass and its `before`: the gradient is multiplied by the activation's slope there. `None`: the identity.
    pub before: Option<(&'a [f32], Activation)>,
    /// Added to the gradient after that: `[batch, in_channels, height, width]`.
    pub add: Option<&'a [f32]>,
}

/// Operands of [`weight_gradient`].
#[derive(Clone, Copy, Debug)]
pub struct WeightGradient<'a> {
    /// The input of the forward pass.
    pub input: &'a [f32],
    /// What the forward pass applied to it.
    pub before: Activation,
    /// `[batch, out_channels, height, width]`.
    pub output_gradient: &'a [f32],
}

impl<'a> Forward<'a> {
    pub(super) fn epilogue(&self) -> Epilogue<'a> {
        Epilogue { bias: self.bias, mask: None, add: self.residual, activation: self.after }
    }
    pub(super) fn check(&self, shape: &ConvShape, taps: usize, output: &[f32]) -> Result<(), SizeError> {
        shape.check()?;
        check_len("input", self.input, shape.input_len())?;
        check_len("weight", self.weight, shape.weight_len(taps))?;
        check_len("output", output, shape.output_len())?;
        self.epilogue().check(shape.out_channels, shape.output_len())
    }
}

impl<'a> InputGradient<'a> {
    pub(super) fn epilogue(&self) -> Epilogue<'a> {
        let mask = self.before.filter(|(_, activation)| !activation.is_identity()).map(|(input, activation)| (input, activation.slope()));
        Epilogue { bias: None, mask, add: self.add, activation: Activation::Identity }
    }
    pub(super) fn check(&self, shape: &ConvShape, taps: usize, gradient: &[f32]) -> Result<(), SizeError> {
        shape.check()?;
        check_len("output_gradient", self.output_gradient, shape.output_len())?;
        check_len("weight", self.weight, shape.weight_len(taps))?;
        check_len("input_gradient", gradient, shape.input_len())?;
        self.epilogue().check(shape.in_channels, shape.input_len())
    }
}

impl WeightGradient<'_> {
    pub(super) fn check(&self, shape: &ConvShape, taps: usize, weight: &[f32], bias: Option<&[f32]>) -> Result<(), SizeError> {
        shape.check()?;
        check_len("input", self.input, shape.input_len())?;
        check_len("output_gradient", self.output_gradient, shape.output_len())?;
        check_len("weight_gradient", weight, shape.weight_len(taps))?;
        bias.map_or(Ok(()), |bias| check_len("bias_gradient", bias, shape.out_channels))
    }
}

/// `output = after(conv(before(input)) + bias + residual)`; `output` is `[batch, out_channels, height, width]` and need not be initialised.
///
/// # Errors
/// [`SizeError`] where a slice does not fit `shape`.
pub fn forward(level: SimdLevel, shape: &ConvShape, operands: &Forward<'_>, output: &mut [f32]) -> Result<(), SizeError> {
    operands.check(shape, 9, output)?;
    let weights =
        WeightSource { weight: operands.weight, in_channels: shape.in_channels, out_channels: shape.out_channels, transposed: false };
    let convolution = WinogradConvolution {
        level,
        shape: *shape,
        input: operands.input,
        before: operands.before,
        weights,
        epilogue: operands.epilogue(),
    };
    convolution.run(output);
    Ok(())
}

/// `gradient = before'(input) * conv_transposed(output_gradient) + add`; `gradient` is `[batch, in_channels, height, width]`
/// and need not be initialised. `shape` is the forward pass's.
///
/// # Errors
/// [`SizeError`] where a slice does not fit `shape`.
pub fn input_gradient(level: SimdLevel, shape: &ConvShape, operands: &InputGradient<'_>, gradient: &mut [f32]) -> Result<(), SizeError> {
    operands.check(shape, 9, gradient)?;
    let shape = shape.transposed();
    let weights =
        WeightSource { weight: operands.weight, in_channels: shape.in_channels, out_channels: shape.out_channels, transposed: true };
    let input = operands.output_gradient;
    let before = Activation::Identity;
    WinogradConvolution { level, shape, input, before, weights, epilogue: operands.epilogue() }.run(gradient);
    Ok(())
}

/// The gradients of the weight, `[out_channels, in_channels, 3, 3]`, and the bias, `[out_channels]`; neither need be initialised.
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
    operands.check(shape, 9, weight_gradient, bias_gradient.as_deref())?;
    let WeightGradient { input, before, output_gradient: gradient } = *operands;
    let level = level.narrowed(shape.in_channels.max(shape.out_channels));
    WinogradWeightGradient { level, shape: *shape, input, before, gradient }.run(weight_gradient, bias_gradient);
    Ok(())
}

//! One layer, forward and backward, on a device and in f64.

use burn::backend::Autodiff;
use burn::tensor::{Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::reference::{self, ConvReference};
use crate::backend::{Activation, FaceBackend, operations};
use crate::models::autoencoder::LayerShape;

/// The slope of the activation that convolutions are tested with, as networks use them.
const SLOPE: f32 = 0.2;

/// How far one result of a layer is from its reference.
#[derive(Clone, Debug)]
pub struct LayerError {
    /// The layer and the result: "conv3x3 16 to 32 at 64x64, weight gradient".
    pub name: String,
    /// max|e| / max|reference|; infinite where a number is none.
    pub error: f64,
    /// Whether it is a gradient, for which more rounding is allowed.
    pub is_gradient: bool,
}

/// Compares a layer at a batch of `count` with its reference.
pub fn compare<B: FaceBackend>(layer: LayerShape, count: usize, device: &B::Device) -> Vec<LayerError> {
    let mut random = Numbers::new(1);
    match layer {
        LayerShape::Conv3x3 { channels, filters, size } => {
            conv::<B>(ConvReference { count, channels, filters, height: size, width: size, side: 3 }, &mut random, device)
        }
        LayerShape::Conv1x1 { channels, filters, size } => {
            conv::<B>(ConvReference { count, channels, filters, height: size, width: size, side: 1 }, &mut random, device)
        }
        LayerShape::Linear { inputs, outputs } => linear::<B>(count, inputs, outputs, &mut random, device),
        LayerShape::AveragePool { channels, size } => {
            let name = format!("average pool of {channels} at {size}x{size}");
            // The gradient of the mean is a quarter of the repetition.
            let gradient = |output: &[f64]| reference::upsample(output, size / 2).into_iter().map(|g| g / 4.0).collect();
            let forward = |input: &[f64]| reference::average_pool(input, size);
            resample::<B>(&name, [count, channels, size, size], size / 2, operations::average_pool2, forward, gradient, &mut random, device)
        }
        LayerShape::Upsample { channels, size } => {
            let name = format!("upsampling of {channels} at {size}x{size}");
            let gradient = |output: &[f64]| reference::average_pool(output, size * 2).into_iter().map(|g| g * 4.0).collect();
            let forward = |input: &[f64]| reference::upsample(input, size);
            resample::<B>(&name, [count, channels, size, size], size * 2, operations::upsample2, forward, gradient, &mut random, device)
        }
    }
}

/// Uniform numbers within -1 and 1.
pub(super) struct Numbers(ChaCha8Rng);

impl Numbers {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    pub(super) fn take(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| self.0.random_range(-1.0_f32..1.0)).collect()
    }
}

fn conv<B: FaceBackend>(conv: ConvReference, random: &mut Numbers, device: &B::Device) -> Vec<LayerError> {
    let ConvReference { count, channels, filters, height, width, side } = conv;
    let (input, weight) = (random.take(count * channels * height * width), random.take(filters * channels * side * side));
    let (bias, gradient) = (random.take(filters), random.take(count * filters * height * width));
    let activation = if side == 3 { Activation::LeakyRelu(SLOPE) } else { Activation::Identity };

    let leaf = |values: &[f32], shape: [usize; 4]| tracked::<B, 4>(values, shape, device).require_grad();
    let (x, w) = (leaf(&input, [count, channels, height, width]), leaf(&weight, [filters, channels, side, side]));
    let b = tracked::<B, 1>(&bias, [filters], device).require_grad();
    let y = match side {
        3 => operations::conv3x3(x.clone(), w.clone(), Some(b.clone()), activation),
        _ => operations::conv1x1(x.clone(), w.clone(), Some(b.clone())),
    }; // [N, K, H, W]
    let g = tracked::<B, 4>(&gradient, [count, filters, height, width], device);
    let gradients = (y.clone() * g).sum().backward();

    let activated: Vec<f64> = input.iter().map(|x| f64::from(if *x > 0.0 { *x } else { *x * activation.slope() })).collect();
    let [weight, bias, gradient] = [&weight, &bias, &gradient].map(|values| to_f64(values));
    let mut of_input = conv.input_gradient(&weight, &gradient);
    for (gradient, _) in of_input.iter_mut().zip(&input).filter(|(_, x)| **x <= 0.0) {
        *gradient *= f64::from(activation.slope());
    }
    let name = format!("conv{side}x{side} {channels} to {filters} at {height}x{width}");
    vec![
        error(&name, "forward", &values(y.inner()), &conv.forward(&activated, &weight, &bias)),
        error(&name, "input gradient", &gradient_of(&x, &gradients), &of_input),
        error(&name, "weight gradient", &gradient_of(&w, &gradients), &conv.weight_gradient(&activated, &gradient)),
        error(&name, "bias gradient", &gradient_of(&b, &gradients), &conv.bias_gradient(&gradient)),
    ]
}

fn linear<B: FaceBackend>(count: usize, inputs: usize, outputs: usize, random: &mut Numbers, device: &B::Device) -> Vec<LayerError> {
    let (input, weight) = (random.take(count * inputs), random.take(inputs * outputs));
    let (bias, gradient) = (random.take(outputs), random.take(count * outputs));
    let leaf = |values: &[f32], shape: [usize; 2]| tracked::<B, 2>(values, shape, device).require_grad();
    let (x, w, b) = (leaf(&input, [count, inputs]), leaf(&weight, [inputs, outputs]), leaf(&bias, [1, outputs]));
    let y = operations::linear(x.clone(), w.clone(), b.clone()); // [N, K]
    let gradients = (y.clone() * tracked::<B, 2>(&gradient, [count, outputs], device)).sum().backward();

    let [input, weight, bias, gradient] = [&input, &weight, &bias, &gradient].map(|values| to_f64(values));
    // A linear layer is a 1x1 convolution of pictures of one pixel, with the weight turned.
    let as_conv = ConvReference { count, channels: inputs, filters: outputs, height: 1, width: 1, side: 1 };
    let turned: Vec<f64> = (0..inputs * outputs).map(|index| weight[index % inputs * outputs + index / inputs]).collect();
    let of_turned = as_conv.weight_gradient(&input, &gradient); // [K, C]
    let of_weight: Vec<f64> = (0..inputs * outputs).map(|index| of_turned[index % outputs * inputs + index / outputs]).collect();
    let name = format!("linear {inputs} to {outputs}");
    vec![
        error(&name, "forward", &values(y.inner()), &reference::linear(&input, &weight, &bias)),
        error(&name, "input gradient", &gradient_of(&x, &gradients), &as_conv.input_gradient(&turned, &gradient)),
        error(&name, "weight gradient", &gradient_of(&w, &gradients), &of_weight),
        error(&name, "bias gradient", &gradient_of(&b, &gradients), &as_conv.bias_gradient(&gradient)),
    ]
}

fn resample<B: FaceBackend>(
    name: &str,
    shape: [usize; 4],
    size_after: usize,
    operation: impl Fn(Tensor<Autodiff<B>, 4>) -> Tensor<Autodiff<B>, 4>,
    forward: impl Fn(&[f64]) -> Vec<f64>,
    backward: impl Fn(&[f64]) -> Vec<f64>,
    random: &mut Numbers,
    device: &B::Device,
) -> Vec<LayerError> {
    let [count, channels, ..] = shape;
    let (input, gradient) = (random.take(shape.iter().product()), random.take(count * channels * size_after * size_after));
    let x = tracked::<B, 4>(&input, shape, device).require_grad();
    let y = operation(x.clone()); // [N, C, S, S]
    let gradients = (y.clone() * tracked::<B, 4>(&gradient, [count, channels, size_after, size_after], device)).sum().backward();
    vec![
        error(name, "forward", &values(y.inner()), &forward(&to_f64(&input))),
        error(name, "input gradient", &gradient_of(&x, &gradients), &backward(&to_f64(&gradient))),
    ]
}

fn tracked<B: FaceBackend, const D: usize>(values: &[f32], shape: [usize; D], device: &B::Device) -> Tensor<Autodiff<B>, D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

pub(super) fn values<B: FaceBackend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().into_vec().expect("f32 was just asked for")
}

fn gradient_of<B: FaceBackend, const D: usize>(
    leaf: &Tensor<Autodiff<B>, D>,
    gradients: &<Autodiff<B> as burn::tensor::backend::AutodiffBackend>::Gradients,
) -> Vec<f32> {
    leaf.grad(gradients).map(values).unwrap_or_default()
}

pub(super) fn to_f64(values: &[f32]) -> Vec<f64> {
    values.iter().map(|value| f64::from(*value)).collect()
}

pub(super) fn error(layer: &str, result: &str, found: &[f32], wanted: &[f64]) -> LayerError {
    let largest = wanted.iter().fold(f64::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
    let off = |(found, wanted): (&f32, &f64)| (f64::from(*found) - wanted).abs();
    let complete = found.len() == wanted.len() && found.iter().all(|value| value.is_finite());
    let error = if complete { found.iter().zip(wanted).map(off).fold(0.0, f64::max) / largest } else { f64::INFINITY };
    LayerError { name: format!("{layer}, {result}"), error, is_gradient: result != "forward" }
}

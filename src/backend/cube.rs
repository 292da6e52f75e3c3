//! The operations of [`FaceBackend`] on graphics cards, through CubeCL.
//!
//! burn is built without autotune, so which kernel computes a convolution is our choice: implicit GEMM where there are tensor cores,
//! one matrix product over shifted pictures elsewhere, burn's direct kernel as the last resort, or what a measurement says.

use burn::tensor::ops::{FloatTensor, FloatTensorOps};
use burn::tensor::{Shape, Tensor, TensorMetadata, TensorPrimitive};
use burn_cubecl::kernel::conv::{ConvStrategy, conv_data_backward, conv_forward, conv_weight_backward};
use burn_cubecl::{BoolElement, CubeBackend, CubeRuntime, FloatElement, IntElement};

use super::conv_choice::{by_choice, set_choices};
use super::face_backend::{channel_sums, same_padding};
use super::{Activation, ConvAlgorithm, ConvCase, ConvChoices, ConvPass, FaceBackend, conv_matmul};

impl<R, F, I, BT> FaceBackend for CubeBackend<R, F, I, BT>
where
    R: CubeRuntime,
    F: FloatElement,
    I: IntElement,
    BT: BoolElement,
{
    const CONV_ALGORITHMS: &'static [ConvAlgorithm] = &ConvAlgorithm::ALL;

    fn set_conv_choices(device: &Self::Device, choices: ConvChoices) {
        set_choices(device, choices);
    }

    fn try_conv3x3(
        pass: ConvPass,
        algorithm: ConvAlgorithm,
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
    ) -> Option<FloatTensor<Self>> {
        match pass {
            ConvPass::Forward => forward::<R, Self>(algorithm, input, weight),
            ConvPass::InputGradient => input_gradient::<R, Self>(algorithm, &input.shape(), weight, output_gradient),
            ConvPass::WeightGradient => weight_gradient::<R, Self>(algorithm, input, output_gradient),
        }
    }

    fn conv3x3(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: Option<FloatTensor<Self>>,
        residual: Option<FloatTensor<Self>>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let input = Self::activate(input, activation);
        let filters = weight.shape()[0];
        let output = by_choice(&input.device, case(ConvPass::Forward, &input.shape(), filters), |algorithm| {
            forward::<R, Self>(algorithm, input.clone(), weight.clone())
        }); // [N, K, H, W]
        let with_bias = match bias {
            Some(bias) => Self::float_add(output, Self::float_reshape(bias, Shape::new([1, filters, 1, 1]))),
            None => output,
        };
        match residual {
            Some(residual) => Self::float_add(with_bias, residual),
            None => with_bias,
        }
    }

    fn conv3x3_input_gradient(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let gradient = by_choice(&input.device, case(ConvPass::InputGradient, &input.shape(), weight.shape()[0]), |algorithm| {
            input_gradient::<R, Self>(algorithm, &input.shape(), weight.clone(), output_gradient.clone())
        }); // [N, C, H, W]
        Self::activation_gradient(input, gradient, activation)
    }

    fn conv3x3_parameter_gradients(
        input: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        activation: Activation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let bias = channel_sums::<Self>(output_gradient.clone()); // [K]
        let input = Self::activate(input, activation);
        let weight = by_choice(&input.device, case(ConvPass::WeightGradient, &input.shape(), output_gradient.shape()[1]), |algorithm| {
            weight_gradient::<R, Self>(algorithm, input.clone(), output_gradient.clone())
        }); // [K, C, 3, 3]
        (weight, bias)
    }
}

type Cube<R> = burn_cubecl::tensor::CubeTensor<R>;

/// [N, K, H, W]; `None` where the device has no such kernel for the shape.
fn forward<R: CubeRuntime, B: FaceBackend<FloatTensorPrimitive = Cube<R>>>(
    algorithm: ConvAlgorithm,
    input: Cube<R>,
    weight: Cube<R>,
) -> Option<Cube<R>> {
    match strategy(algorithm) {
        Some(strategy) => conv_forward(input, weight, None, same_padding(1), strategy).ok(),
        None => Some(unwrap::<B>(conv_matmul::forward(wrap::<B>(input), wrap(weight)))),
    }
}

/// [N, C, H, W]; `None` where the device has no such kernel for the shape.
fn input_gradient<R: CubeRuntime, B: FaceBackend<FloatTensorPrimitive = Cube<R>>>(
    algorithm: ConvAlgorithm,
    input: &Shape,
    weight: Cube<R>,
    output_gradient: Cube<R>,
) -> Option<Cube<R>> {
    match strategy(algorithm) {
        Some(strategy) => conv_data_backward(output_gradient, weight, input.clone(), same_padding(1), strategy).ok(),
        None => Some(unwrap::<B>(conv_matmul::input_gradient(wrap::<B>(weight), wrap(output_gradient)))),
    }
}

/// [K, C, 3, 3]; `None` where the device has no such kernel for the shape.
fn weight_gradient<R: CubeRuntime, B: FaceBackend<FloatTensorPrimitive = Cube<R>>>(
    algorithm: ConvAlgorithm,
    input: Cube<R>,
    output_gradient: Cube<R>,
) -> Option<Cube<R>> {
    let shape = Shape::new([output_gradient.shape()[1], input.shape()[1], 3, 3]);
    match strategy(algorithm) {
        Some(strategy) => conv_weight_backward(input, output_gradient, shape, same_padding(1), strategy).ok(),
        None => Some(unwrap::<B>(conv_matmul::weight_gradient(wrap::<B>(input), wrap(output_gradient)))),
    }
}

/// burn's name of an algorithm; `None` for the one that is ours.
fn strategy(algorithm: ConvAlgorithm) -> Option<ConvStrategy> {
    match algorithm {
        ConvAlgorithm::ImplicitGemm => Some(ConvStrategy::ImplicitGemm),
        ConvAlgorithm::Direct => Some(ConvStrategy::Direct),
        ConvAlgorithm::Matmul => None,
    }
}

fn case(pass: ConvPass, input: &Shape, filters: usize) -> ConvCase {
    let [_, channels, height, width] = input.dims();
    ConvCase { pass, channels, filters, height, width }
}

fn wrap<B: FaceBackend>(primitive: FloatTensor<B>) -> Tensor<B, 4> {
    Tensor::from_primitive(TensorPrimitive::Float(primitive))
}

fn unwrap<B: FaceBackend>(tensor: Tensor<B, 4>) -> FloatTensor<B> {
    tensor.into_primitive().tensor()
}

//! The operations of [`FaceBackend`] on graphics cards, through CubeCL.
//!
//! Owns which kernel computes a convolution. burn is built without autotune, so the choice is ours: implicit GEMM where there are
//! tensor cores, one matrix product over shifted pictures elsewhere, burn's direct kernel as the last resort or where a
//! measurement says so.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use burn::tensor::ops::{FloatTensor, FloatTensorOps};
use burn::tensor::{Shape, Tensor, TensorMetadata, TensorPrimitive};
use burn_cubecl::kernel::conv::{ConvStrategy, conv_data_backward, conv_forward, conv_weight_backward};
use burn_cubecl::{BoolElement, CubeBackend, CubeRuntime, FloatElement, IntElement};
use serde::{Deserialize, Serialize};

use super::face_backend::{channel_sums, same_padding};
use super::{Activation, FaceBackend, conv_matmul};

/// How a convolution is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConvAlgorithm {
    /// Implicit GEMM on tensor cores; not every device and shape has it.
    ImplicitGemm,
    /// One matrix product over nine shifted copies of the picture.
    Matmul,
    /// burn's direct kernel.
    Direct,
}

impl ConvAlgorithm {
    /// All of them, in the order in which they are tried without a measurement.
    pub const ALL: [Self; 3] = [Self::ImplicitGemm, Self::Matmul, Self::Direct];
}

/// Which of the three computations of a 3x3 convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ConvPass {
    /// The output.
    Forward,
    /// The gradient for the input.
    InputGradient,
    /// The gradient for the weight.
    WeightGradient,
}

/// What a choice is made for. The batch does not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ConvCase {
    /// The computation.
    pub pass: ConvPass,
    /// C of the forward pass.
    pub channels: usize,
    /// K of the forward pass.
    pub filters: usize,
    /// H.
    pub height: usize,
    /// W.
    pub width: usize,
}

/// What measurements say is right and fastest on the device at hand.
static CHOICES: RwLock<Option<HashMap<ConvCase, ConvAlgorithm>>> = RwLock::new(None);

/// Takes over what was measured; other cases go by the order of [`ConvAlgorithm::ALL`].
pub fn set_choices(choices: HashMap<ConvCase, ConvAlgorithm>) {
    *CHOICES.write().unwrap_or_else(PoisonError::into_inner) = Some(choices);
}

fn choice(case: &ConvCase) -> Option<ConvAlgorithm> {
    CHOICES.read().unwrap_or_else(PoisonError::into_inner).as_ref()?.get(case).copied()
}

/// Runs the chosen algorithm, or the first that the device can do.
fn by_choice<T>(case: ConvCase, run: impl Fn(ConvAlgorithm) -> Option<T>) -> T {
    let chosen = choice(&case).and_then(&run);
    chosen.or_else(|| ConvAlgorithm::ALL.into_iter().find_map(&run)).expect("the direct kernel takes every shape")
}

impl<R, F, I, BT> FaceBackend for CubeBackend<R, F, I, BT>
where
    R: CubeRuntime,
    F: FloatElement,
    I: IntElement,
    BT: BoolElement,
{
    fn conv3x3(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: Option<FloatTensor<Self>>,
        residual: Option<FloatTensor<Self>>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let input = Self::activate(input, activation);
        let output = by_choice(case(ConvPass::Forward, &input.shape(), weight.shape()[0]), |algorithm| {
            let (input, weight) = (input.clone(), weight.clone());
            match algorithm {
                ConvAlgorithm::ImplicitGemm => conv_forward(input, weight, None, same_padding(1), ConvStrategy::ImplicitGemm).ok(),
                ConvAlgorithm::Direct => conv_forward(input, weight, None, same_padding(1), ConvStrategy::Direct).ok(),
                ConvAlgorithm::Matmul => Some(unwrap::<Self>(conv_matmul::forward(wrap::<Self>(input), wrap(weight)))),
            }
        }); // [N, K, H, W]
        let filters = output.shape()[1];
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
        let gradient = by_choice(case(ConvPass::InputGradient, &input.shape(), weight.shape()[0]), |algorithm| {
            let (weight, gradient, shape) = (weight.clone(), output_gradient.clone(), input.shape());
            match algorithm {
                ConvAlgorithm::ImplicitGemm => {
                    conv_data_backward(gradient, weight, shape, same_padding(1), ConvStrategy::ImplicitGemm).ok()
                }
                ConvAlgorithm::Direct => conv_data_backward(gradient, weight, shape, same_padding(1), ConvStrategy::Direct).ok(),
                ConvAlgorithm::Matmul => Some(unwrap::<Self>(conv_matmul::input_gradient(wrap::<Self>(weight), wrap(gradient)))),
            }
        }); // [N, C, H, W]
        Self::activation_gradient(input, gradient, activation)
    }

    fn conv3x3_parameter_gradients(
        input: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        activation: Activation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (channels, filters) = (input.shape()[1], output_gradient.shape()[1]);
        let bias = channel_sums::<Self>(output_gradient.clone()); // [K]
        let input = Self::activate(input, activation);
        let weight = by_choice(case(ConvPass::WeightGradient, &input.shape(), filters), |algorithm| {
            let (input, gradient, shape) = (input.clone(), output_gradient.clone(), Shape::new([filters, channels, 3, 3]));
            match algorithm {
                ConvAlgorithm::ImplicitGemm => {
                    conv_weight_backward(input, gradient, shape, same_padding(1), ConvStrategy::ImplicitGemm).ok()
                }
                ConvAlgorithm::Direct => conv_weight_backward(input, gradient, shape, same_padding(1), ConvStrategy::Direct).ok(),
                ConvAlgorithm::Matmul => Some(unwrap::<Self>(conv_matmul::weight_gradient(wrap::<Self>(input), wrap(gradient)))),
            }
        }); // [K, C, 3, 3]
        (weight, bias)
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

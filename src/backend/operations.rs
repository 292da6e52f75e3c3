//! The operations of [`FaceBackend`] on burn's tensors, as layers use them.

use burn::tensor::{Tensor, TensorPrimitive};

use super::{Activation, FaceBackend};

fn wrap<B: FaceBackend, const D: usize>(primitive: burn::tensor::ops::FloatTensor<B>) -> Tensor<B, D> {
    Tensor::from_primitive(TensorPrimitive::Float(primitive))
}

fn unwrap<B: FaceBackend, const D: usize>(tensor: Tensor<B, D>) -> burn::tensor::ops::FloatTensor<B> {
    tensor.into_primitive().tensor()
}

/// [`FaceBackend::conv3x3`] without a residual: `input` [N, C, H, W], `weight` [K, C, 3, 3], `bias` `[K]` -> [N, K, H, W].
pub fn conv3x3<B: FaceBackend>(
    input: Tensor<B, 4>,
    weight: Tensor<B, 4>,
    bias: Option<Tensor<B, 1>>,
    activation: Activation,
) -> Tensor<B, 4> {
    wrap(B::conv3x3(unwrap(input), unwrap(weight), bias.map(unwrap), None, activation))
}

/// [`FaceBackend::conv3x3`] plus `residual` [N, K, H, W].
pub fn conv3x3_residual<B: FaceBackend>(
    input: Tensor<B, 4>,
    weight: Tensor<B, 4>,
    bias: Option<Tensor<B, 1>>,
    residual: Tensor<B, 4>,
    activation: Activation,
) -> Tensor<B, 4> {
    wrap(B::conv3x3(unwrap(input), unwrap(weight), bias.map(unwrap), Some(unwrap(residual)), activation))
}

/// [`FaceBackend::conv1x1`]: `input` [N, C, H, W], `weight` [K, C, 1, 1], `bias` `[K]` -> [N, K, H, W].
pub fn conv1x1<B: FaceBackend>(input: Tensor<B, 4>, weight: Tensor<B, 4>, bias: Option<Tensor<B, 1>>) -> Tensor<B, 4> {
    wrap(B::conv1x1(unwrap(input), unwrap(weight), bias.map(unwrap)))
}

/// [`FaceBackend::average_pool2`]: [N, C, H, W] -> [N, C, H / 2, W / 2].
pub fn average_pool2<B: FaceBackend>(input: Tensor<B, 4>) -> Tensor<B, 4> {
    wrap(B::average_pool2(unwrap(input)))
}

/// [`FaceBackend::upsample2`]: [N, C, H, W] -> [N, C, 2 H, 2 W].
pub fn upsample2<B: FaceBackend>(input: Tensor<B, 4>) -> Tensor<B, 4> {
    wrap(B::upsample2(unwrap(input)))
}

/// [`FaceBackend::activate`], any shape.
pub fn activate<B: FaceBackend, const D: usize>(input: Tensor<B, D>, activation: Activation) -> Tensor<B, D> {
    wrap(B::activate(unwrap(input), activation))
}

/// [`FaceBackend::activation_gradient`], any shape: the tangent of an activation of `input` along `tangent`. Nothing flows back into
/// `input`, in which it is piecewise constant.
pub fn activation_tangent<B: FaceBackend, const D: usize>(
    input: Tensor<B, D>,
    tangent: Tensor<B, D>,
    activation: Activation,
) -> Tensor<B, D> {
    wrap(B::activation_gradient(unwrap(input), unwrap(tangent), activation))
}

/// [`FaceBackend::linear`]: `input` [N, C], `weight` [C, K], `bias` [1, K] -> [N, K].
pub fn linear<B: FaceBackend>(input: Tensor<B, 2>, weight: Tensor<B, 2>, bias: Tensor<B, 2>) -> Tensor<B, 2> {
    wrap(<B as FaceBackend>::linear(unwrap(input), unwrap(weight), unwrap(bias)))
}

//! The trait that every model is generic over.
//!
//! Owns the names of the operations that decide speed; each has a default that calls burn's own, and a backend overrides
//! those that it does better.

use burn::backend::Autodiff;
use burn::tensor::backend::Backend;
use burn::tensor::module::conv2d;
use burn::tensor::ops::{ConvOptions, FloatTensor};
use burn::tensor::{Tensor, TensorPrimitive};
use burn_flex::Flex;

/// A burn backend with the operations of face models. No model is written against bare burn.
pub trait FaceBackend: Backend {
    /// 3x3 convolution, stride 1, same padding: `input` [N, C, H, W], `weight` [K, C, 3, 3], `bias` `[K]` -> [N, K, H, W].
    fn conv3x3(input: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        let float = |primitive| TensorPrimitive::Float(primitive);
        let options = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
        conv2d::<Self>(
            Tensor::<Self, 4>::from_primitive(float(input)),
            Tensor::<Self, 4>::from_primitive(float(weight)),
            Some(Tensor::<Self, 1>::from_primitive(float(bias))),
            options,
        ) // [N, K, H, W]
        .into_primitive()
        .tensor()
    }

    /// Linear layer: `input` [N, C], `weight` [C, K], `bias` [1, K] -> [N, K].
    fn linear(input: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_add(Self::float_matmul(input, weight), bias)
    }
}

impl FaceBackend for Flex {}

impl<B: FaceBackend> FaceBackend for Autodiff<B> {}

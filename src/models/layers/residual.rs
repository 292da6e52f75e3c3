//! The residual block, alone and where the resolution changes.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::{Conv1x1, Conv3x3, Init};
use crate::backend::operations::{average_pool2, upsample2};
use crate::backend::{Activation, FaceBackend};

/// skip(x) + conv(act(conv(act(x)))): two pre-activated 3x3 convolutions beside a skip, which is a 1x1 convolution where the width
/// changes (He et al. 2016, Identity Mappings in Deep Residual Networks).
#[derive(Module, Debug)]
pub struct ResidualBlock<B: Backend> {
    first: Conv3x3<B>,
    second: Conv3x3<B>,
    skip: Option<Conv1x1<B>>,
}

impl<B: FaceBackend> ResidualBlock<B> {
    /// From `channels` C to `filters` K.
    pub fn new(channels: usize, filters: usize, init: &mut Init<B>) -> Self {
        Self {
            first: Conv3x3::new(channels, filters, init),
            second: Conv3x3::new(filters, filters, init),
            skip: (channels != filters).then(|| Conv1x1::new(channels, filters, init)),
        }
    }

    /// [N, C, H, W] -> [N, K, H, W].
    pub fn forward(&self, input: Tensor<B, 4>, activation: Activation) -> Tensor<B, 4> {
        let hidden = self.first.forward(input.clone(), activation); // [N, K, H, W]
        self.second.forward_residual(hidden, self.skipped(input), activation) // [N, K, H, W]
    }

    /// The block, then the means of 2x2 pixels: [N, C, H, W] -> [N, K, H / 2, W / 2].
    pub fn forward_down(&self, input: Tensor<B, 4>, activation: Activation) -> Tensor<B, 4> {
        average_pool2(self.forward(input, activation)) // [N, K, H / 2, W / 2]
    }

    /// Every pixel as 2x2 pixels, then the block: [N, C, H, W] -> [N, K, 2 H, 2 W]. The skip commutes with the repetition, so it is
    /// computed on the small picture.
    pub fn forward_up(&self, input: Tensor<B, 4>, activation: Activation) -> Tensor<B, 4> {
        let large = upsample2(input.clone()); // [N, C, 2 H, 2 W]
        let skipped = match &self.skip {
            Some(skip) => upsample2(skip.forward(input)), // [N, K, 2 H, 2 W]
            None => large.clone(),
        };
        let hidden = self.first.forward(large, activation); // [N, K, 2 H, 2 W]
        self.second.forward_residual(hidden, skipped, activation) // [N, K, 2 H, 2 W]
    }

    fn skipped(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        match &self.skip {
            Some(skip) => skip.forward(input),
            None => input,
        }
    }
}

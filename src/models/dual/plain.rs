//! The value rules: what layers do with plain tensors.

use burn::tensor::Tensor;

use super::{DEVIATION_EPSILON, LEVEL_EPSILON, Maps, Rows};
use crate::backend::operations::{activate, average_pool2, conv1x1, upsample2};
use crate::backend::{Activation, FaceBackend};
use crate::models::layers::{Conv1x1, Conv3x3, Linear};

impl<B: FaceBackend> Maps<B> for Tensor<B, 4> {
    type Rows = Tensor<B, 2>;

    fn conv3x3(self, layer: &Conv3x3<B>, activation: Activation) -> Self {
        layer.forward(self, activation)
    }

    fn conv3x3_residual(self, layer: &Conv3x3<B>, residual: Self, activation: Activation) -> Self {
        layer.forward_residual(self, residual, activation)
    }

    fn conv1x1(self, layer: &Conv1x1<B>) -> Self {
        layer.forward(self)
    }

    fn activate(self, activation: Activation) -> Self {
        activate(self, activation)
    }

    fn average_pool2(self) -> Self {
        average_pool2(self)
    }

    fn upsample2(self) -> Self {
        upsample2(self)
    }

    fn blend(self, other: Self, share: f32) -> Self {
        self * (1.0 - share) + other * share
    }

    fn add(self, other: Self) -> Self {
        self + other
    }

    fn with_deviation(self, group: usize) -> Self {
        let (_, deviations) = deviations(self.clone(), group); // [M, 1, C, H, W]
        let deviation = deviations.mean_dim(2).mean_dim(3).mean_dim(4); // [M, 1, 1, 1, 1]
        append_channel(self, deviation, group)
    }

    fn level(self) -> Self {
        let length = length(self.clone()); // [N, C, H, W]
        self / length
    }

    fn flatten(self) -> Tensor<B, 2> {
        self.flatten(1, 3) // [N, C H W]
    }
}

impl<B: FaceBackend> Rows<B> for Tensor<B, 2> {
    fn linear(self, layer: &Linear<B>) -> Self {
        layer.forward(self)
    }

    fn activate(self, activation: Activation) -> Self {
        activate(self, activation)
    }
}

/// The root of the mean square over channels, for every channel: [N, C, H, W] -> [N, C, H, W].
pub(super) fn length<B: FaceBackend>(maps: Tensor<B, 4>) -> Tensor<B, 4> {
    let channels = maps.dims()[1];
    let squares = channel_mean(maps.clone() * maps); // [N, 1, H, W]
    for_channels((squares + LEVEL_EPSILON).sqrt(), channels) // [N, C, H, W]
}

/// The mean over channels: [N, C, H, W] -> [N, 1, H, W]. As a convolution, because a sum across maps takes many times as long.
pub(super) fn channel_mean<B: FaceBackend>(maps: Tensor<B, 4>) -> Tensor<B, 4> {
    let channels = maps.dims()[1];
    let weight = Tensor::full([1, channels, 1, 1], 1.0 / channels as f64, &maps.device()); // [1, C, 1, 1]
    conv1x1(maps, weight, None) // [N, 1, H, W]
}

/// One map for each of `channels` C: [N, 1, H, W] -> [N, C, H, W]. As a convolution for the same reason.
pub(super) fn for_channels<B: FaceBackend>(map: Tensor<B, 4>, channels: usize) -> Tensor<B, 4> {
    let weight = Tensor::ones([channels, 1, 1, 1], &map.device()); // [C, 1, 1, 1]
    conv1x1(map, weight, None) // [N, C, H, W]
}

/// Deviations from the means of groups [M, G, C, H, W], and standard deviations over groups [M, 1, C, H, W].
pub(super) fn deviations<B: FaceBackend>(maps: Tensor<B, 4>, group: usize) -> (Tensor<B, 5>, Tensor<B, 5>) {
    let [count, channels, height, width] = maps.dims();
    assert_eq!(count % group, 0, "groups of {group} among {count} samples");
    let grouped = maps.reshape([count / group, group, channels, height, width]); // [M, G, C, H, W]
    let centred = grouped.clone() - grouped.mean_dim(1); // [M, G, C, H, W]
    let deviation = (centred.clone().powi_scalar(2).mean_dim(1) + DEVIATION_EPSILON).sqrt(); // [M, 1, C, H, W]
    (centred, deviation)
}

/// Appends a number for each group [M, 1, 1, 1, 1] as a channel of its samples.
pub(super) fn append_channel<B: FaceBackend>(maps: Tensor<B, 4>, numbers: Tensor<B, 5>, group: usize) -> Tensor<B, 4> {
    let [count, _, height, width] = maps.dims();
    let channel = numbers.expand([count / group, group, 1, height, width]).reshape([count, 1, height, width]);
    Tensor::cat(vec![maps, channel], 1) // [N, C + 1, H, W]
}

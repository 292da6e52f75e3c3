//! The tangent rules: how a change of the input goes through every layer. All are linear in the tangent, so that autodiff
//! through them needs first order only.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::plain::{append_channel, channel_mean, deviations, for_channels, length};
use super::{Maps, Rows};
use crate::backend::operations::{activation_tangent, average_pool2, conv1x1, conv3x3, conv3x3_residual, upsample2};
use crate::backend::{Activation, FaceBackend};
use crate::models::layers::{Conv1x1, Conv3x3, Linear};

/// A value and its tangent: the derivative of the value along one direction of the network's input.
#[derive(Clone, Debug)]
pub struct Dual<B: Backend, const D: usize> {
    /// The value.
    pub value: Tensor<B, D>,
    /// Its tangent, of the same shape.
    pub tangent: Tensor<B, D>,
}

impl<B: FaceBackend> Maps<B> for Dual<B, 4> {
    type Rows = Dual<B, 2>;

    fn conv3x3(self, layer: &Conv3x3<B>, activation: Activation) -> Self {
        let tangent = activation_tangent(self.value.clone(), self.tangent, activation); // [N, C, H, W]
        let tangent = conv3x3(tangent, layer.weight(), None, Activation::Identity); // [N, K, H, W]
        Self { value: layer.forward(self.value, activation), tangent }
    }

    fn conv3x3_residual(self, layer: &Conv3x3<B>, residual: Self, activation: Activation) -> Self {
        let tangent = activation_tangent(self.value.clone(), self.tangent, activation); // [N, C, H, W]
        let tangent = conv3x3_residual(tangent, layer.weight(), None, residual.tangent, Activation::Identity); // [N, K, H, W]
        Self { value: layer.forward_residual(self.value, residual.value, activation), tangent }
    }

    fn conv1x1(self, layer: &Conv1x1<B>) -> Self {
        Self { value: layer.forward(self.value), tangent: conv1x1(self.tangent, layer.weight(), None) } // [N, K, H, W]
    }

    fn activate(self, activation: Activation) -> Self {
        let tangent = activation_tangent(self.value.clone(), self.tangent, activation);
        Self { value: Maps::activate(self.value, activation), tangent }
    }

    fn average_pool2(self) -> Self {
        Self { value: average_pool2(self.value), tangent: average_pool2(self.tangent) } // [N, C, H / 2, W / 2]
    }

    fn upsample2(self) -> Self {
        Self { value: upsample2(self.value), tangent: upsample2(self.tangent) } // [N, C, 2 H, 2 W]
    }

    fn blend(self, other: Self, share: f32) -> Self {
        Self { value: self.value.blend(other.value, share), tangent: self.tangent.blend(other.tangent, share) }
    }

    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, tangent: self.tangent + other.tangent }
    }

    // s = sqrt(mean_n (f - m)^2 + e): ds = mean_n (f - m) df / s. Nothing is detached: s depends on the weights in both.
    fn with_deviation(self, group: usize) -> Self {
        let [count, channels, height, width] = self.value.dims();
        let (centred, deviation) = deviations(self.value.clone(), group); // [M, G, C, H, W], [M, 1, C, H, W]
        let change = self.tangent.clone().reshape([count / group, group, channels, height, width]); // [M, G, C, H, W]
        let change = (centred * change).mean_dim(1) / deviation.clone(); // [M, 1, C, H, W]
        let mean = |of: Tensor<B, 5>| of.mean_dim(2).mean_dim(3).mean_dim(4); // [M, 1, 1, 1, 1]
        Self { value: append_channel(self.value, mean(deviation), group), tangent: append_channel(self.tangent, mean(change), group) }
    }

    // y = x / s with s^2 = mean_c x^2 + e: dy = dx / s - x mean_c(x dx) / s^3. Nothing is detached: both depend on the weights.
    fn level(self) -> Self {
        let (length, channels) = (length(self.value.clone()), self.value.dims()[1]); // [N, C, H, W]
        let along = channel_mean(self.value.clone() * self.tangent.clone()); // [N, 1, H, W]
        let along = for_channels(along, channels) / (length.clone() * length.clone()); // [N, C, H, W]
        let tangent = (self.tangent - self.value.clone() * along) / length.clone(); // [N, C, H, W]
        Self { value: self.value / length, tangent }
    }

    fn flatten(self) -> Dual<B, 2> {
        Dual { value: self.value.flatten(1, 3), tangent: self.tangent.flatten(1, 3) } // [N, C H W]
    }
}

impl<B: FaceBackend> Rows<B> for Dual<B, 2> {
    fn linear(self, layer: &Linear<B>) -> Self {
        Self { value: layer.forward(self.value), tangent: self.tangent.matmul(layer.weight()) } // [N, K]
    }

    fn activate(self, activation: Activation) -> Self {
        let tangent = activation_tangent(self.value.clone(), self.tangent, activation);
        Self { value: Rows::activate(self.value, activation), tangent }
    }
}

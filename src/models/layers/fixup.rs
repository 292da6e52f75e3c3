//! The residual block that needs no normalisation.

use burn::module::Module;
use burn::tensor::backend::Backend;

use super::{Conv3x3, Init};
use crate::backend::{Activation, FaceBackend};
use crate::models::dual::Maps;

/// x + conv(act(conv(x))). The second convolution begins at zero and the first one the smaller the more blocks there are, so that a
/// deep stack begins as the identity (Zhang et al. 2019, Fixup Initialization; Huang et al. 2024, The GAN is dead, without their groups).
#[derive(Module, Debug)]
pub struct FixupBlock<B: Backend> {
    first: Conv3x3<B>,
    second: Conv3x3<B>,
}

impl<B: FaceBackend> FixupBlock<B> {
    /// For `channels` C, as one of `blocks` in its network; `slope`: that of the activation on the negative side.
    pub fn new(channels: usize, blocks: usize, slope: f32, init: &mut Init<B>) -> Self {
        let gain = (2.0 / (1.0 + slope * slope)).sqrt();
        let sigma = gain / (9.0 * channels as f32).sqrt() / (blocks as f32).sqrt();
        Self { first: Conv3x3::normal(channels, channels, sigma, init), second: Conv3x3::normal(channels, channels, 0.0, init) }
    }

    /// [N, C, H, W] -> [N, C, H, W].
    pub fn forward<M: Maps<B>>(&self, input: M, activation: Activation) -> M {
        let hidden = input.clone().conv3x3(&self.first, Activation::Identity); // [N, C, H, W]
        hidden.conv3x3_residual(&self.second, input, activation) // [N, C, H, W]
    }
}

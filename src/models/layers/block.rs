//! Blocks of two convolutions that keep size and width, and need no normalisation over samples.

use burn::module::Module;
use burn::tensor::backend::Backend;

use super::{Conv3x3, Init};
use crate::backend::{Activation, FaceBackend};
use crate::models::dual::Maps;

/// Two 3x3 convolutions.
#[derive(Module, Debug)]
pub struct Block<B: Backend> {
    first: Conv3x3<B>,
    second: Conv3x3<B>,
    /// Whether its input goes past it.
    has_skip: bool,
    /// Whether the features of every pixel are brought to one length after each convolution.
    is_levelled: bool,
}

impl<B: FaceBackend> Block<B> {
    /// x + conv(act(conv(x))) for `channels` C, as one of `blocks` in its network; `slope`: that of the activation on the negative side.
    /// The second convolution begins at zero and the first one the smaller the more blocks there are, so that a deep stack begins as the
    /// identity (Zhang et al. 2019, Fixup Initialization; Huang et al. 2024, The GAN is dead, without their groups).
    pub fn fixup(channels: usize, blocks: usize, slope: f32, init: &mut Init<B>) -> Self {
        let sigma = gain(slope) / (9.0 * channels as f32).sqrt() / (blocks as f32).sqrt();
        let (first, second) = (Conv3x3::normal(channels, channels, sigma, init), Conv3x3::normal(channels, channels, 0.0, init));
        Self { first, second, has_skip: true, is_levelled: false }
    }

    /// The same with filters of which only the direction is learned, and a learned gain of the second one, which is nothing at first.
    pub fn directions(channels: usize, slope: f32, init: &mut Init<B>) -> Self {
        let first = Conv3x3::directions(channels, channels, 1.0, false, init);
        let second = Conv3x3::directions(channels, channels, gain(slope), true, init);
        Self { first, second, has_skip: true, is_levelled: false }
    }

    /// act(conv(act(conv(x)))) with equalised learning rates. `is_levelled`: whether the features of every pixel are brought to one length
    /// after each activation (Karras et al. 2018, sections 4.1 and 4.2).
    pub fn plain(channels: usize, slope: f32, is_levelled: bool, init: &mut Init<B>) -> Self {
        let sigma = gain(slope) / (9.0 * channels as f32).sqrt();
        let mut conv = || Conv3x3::equalised(channels, channels, sigma, init);
        Self { first: conv(), second: conv(), has_skip: false, is_levelled }
    }

    /// [N, C, H, W] -> [N, C, H, W].
    pub fn forward<M: Maps<B>>(&self, input: M, activation: Activation) -> M {
        if self.has_skip {
            let hidden = input.clone().conv3x3(&self.first, Activation::Identity); // [N, C, H, W]
            return hidden.conv3x3_residual(&self.second, input, activation); // [N, C, H, W]
        }
        let hidden = self.levelled(input.conv3x3(&self.first, Activation::Identity).activate(activation)); // [N, C, H, W]
        self.levelled(hidden.conv3x3(&self.second, Activation::Identity).activate(activation)) // [N, C, H, W]
    }

    fn levelled<M: Maps<B>>(&self, maps: M) -> M {
        if self.is_levelled { maps.level() } else { maps }
    }
}

/// What keeps the variance through an activation of this slope.
fn gain(slope: f32) -> f32 {
    (2.0 / (1.0 + slope * slope)).sqrt()
}

//! The generator: from latents to pictures.

use std::ops::Range;

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::activation::{ACTIVATION, SLOPE};
use super::config::GanConfig;
use super::zones::restyled;
use crate::backend::FaceBackend;
use crate::backend::operations::upsample2;
use crate::models::autoencoder::BASE_SIZE;
use crate::models::layers::{Conv1x1, FixupBlock, Init, Linear};

/// The stage whose features show the directions of a latent frame, counted from 4x4.
const EARLY_STAGE: usize = 1;

/// A block, and the way from the stage before to it.
#[derive(Module, Debug)]
struct Stage<B: Backend> {
    narrow: Option<Conv1x1<B>>,
    block: FixupBlock<B>,
}

/// A latent scales a learned picture of 4x4 channel by channel; blocks refine it at every resolution up to the full one
/// (Huang et al. 2024, The GAN is dead; long live the GAN!, with dense convolutions, nearest neighbours up, and one block for each resolution).
#[derive(Module, Debug)]
pub struct Generator<B: Backend> {
    basis: Param<Tensor<B, 4>>,
    from_latent: Linear<B>,
    stages: Vec<Stage<B>>,
    to_picture: Conv1x1<B>,
}

impl<B: FaceBackend> Generator<B> {
    /// The network of a shape, with the first weights of a seed.
    pub fn new(config: &GanConfig, seed: u64, device: &B::Device) -> Self {
        let mut init = Init::new(seed, device);
        let (widths, blocks) = (&config.widths, config.widths.len());
        let stage = |(stage, width): (usize, &usize), init: &mut Init<B>| {
            let before = widths[stage.saturating_sub(1)];
            Stage {
                narrow: (before != *width).then(|| Conv1x1::normal(before, *width, init)),
                block: FixupBlock::new(*width, blocks, SLOPE, init),
            }
        };
        Self {
            basis: init.normal([1, widths[0], BASE_SIZE, BASE_SIZE], 1.0),
            from_latent: Linear::normal(config.latent_dim, widths[0], &mut init),
            stages: widths.iter().enumerate().map(|at| stage(at, &mut init)).collect(),
            to_picture: Conv1x1::normal(widths[blocks - 1], 3, &mut init),
        }
    }

    /// [N, k] -> [N, 3, S, S], about [-1, 1].
    pub fn forward(&self, latents: Tensor<B, 2>) -> Tensor<B, 4> {
        self.finished(self.begun(latents), 0) // [N, 3, S, S]
    }

    /// The same where stages go on by other latents [N, k]: `entries` names each with the stage (counted from 4x4, ascending) from which on
    /// it counts.
    pub fn forward_zoned(&self, latents: Tensor<B, 2>, entries: &[(usize, Tensor<B, 2>)]) -> Tensor<B, 4> {
        let (mut features, mut from) = (self.begun(latents), 0);
        for (stage, latents) in entries {
            let style = self.through(latents.clone(), *stage); // [N, C, H, W]
            features = restyled(self.refined(features, from..*stage), style); // [N, C, H, W]
            from = *stage;
        }
        self.finished(features, from) // [N, 3, S, S]
    }

    /// The features of an early stage: [N, k] -> [N, C * H * W].
    pub fn early_features(&self, latents: Tensor<B, 2>) -> Tensor<B, 2> {
        self.through(latents, EARLY_STAGE + 1).flatten(1, 3) // [N, C * 8 * 8]
    }

    fn through(&self, latents: Tensor<B, 2>, stages: usize) -> Tensor<B, 4> {
        self.refined(self.begun(latents), 0..stages)
    }

    /// What the first stage begins with: [N, k] -> [N, C, 4, 4].
    fn begun(&self, latents: Tensor<B, 2>) -> Tensor<B, 4> {
        let scales = self.from_latent.forward(latents); // [N, C]
        let [count, channels] = scales.dims();
        scales.reshape([count, channels, 1, 1]) * self.basis.val() // [N, C, 4, 4]
    }

    /// Features through some of the stages, from what the stage before the first of them has left.
    fn refined(&self, mut features: Tensor<B, 4>, stages: Range<usize>) -> Tensor<B, 4> {
        for (index, stage) in self.stages.iter().enumerate().take(stages.end).skip(stages.start) {
            if let Some(narrow) = &stage.narrow {
                features = narrow.forward(features); // [N, K, H, W]
            }
            if index > 0 {
                features = upsample2(features); // [N, K, 2 H, 2 W]
            }
            features = stage.block.forward(features, ACTIVATION);
        }
        features
    }

    /// Features through the stages from `from` on, and to the picture: [N, C, H, W] -> [N, 3, S, S].
    fn finished(&self, features: Tensor<B, 4>, from: usize) -> Tensor<B, 4> {
        self.to_picture.forward(self.refined(features, from..self.stages.len())) // [N, 3, S, S]
    }
}

//! The generator: from latents to pictures.

use std::ops::Range;

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::activation::ACTIVATION;
use super::config::GanConfig;
use super::noise::Noise;
use super::transition::narrowed;
use super::zones::restyled;
use crate::backend::FaceBackend;
use crate::backend::operations::{conv1x1, upsample2};
use crate::models::autoencoder::BASE_SIZE;
use crate::models::dual::Maps;
use crate::models::layers::{Block, Conv1x1, Init, Linear};

/// The stage whose features show the directions of a latent frame, counted from 4x4.
const EARLY_STAGE: usize = 1;

/// A block, and the way from the stage before to it.
#[derive(Module, Debug)]
struct Stage<B: Backend> {
    narrow: Option<Conv1x1<B>>,
    block: Block<B>,
    /// How much noise each channel gets, where it gets any.
    noise: Option<Param<Tensor<B, 4>>>,
}

impl<B: FaceBackend> Stage<B> {
    /// [N, C, H, W] -> [N, K, 2 H, 2 W], or [N, K, H, W] for the first one, which `doubles` nothing.
    fn forward(&self, mut features: Tensor<B, 4>, doubles: bool, noise: Noise) -> Tensor<B, 4> {
        if let Some(narrow) = &self.narrow {
            features = narrow.forward(features); // [N, K, H, W]
        }
        if doubles {
            features = upsample2(features); // [N, K, 2 H, 2 W]
        }
        if let Some(gain) = &self.noise {
            let [count, channels, size, _] = features.dims();
            let gains = gain.val().reshape([channels, 1, 1, 1]); // [K, 1, 1, 1]
            features = features + conv1x1(noise.of(count, size, &gain.device()), gains, None); // [N, K, H, W]
        }
        self.block.forward(features, ACTIVATION)
    }
}

/// How pictures of half the size are made, as long as the last stage fades in.
#[derive(Module, Debug)]
struct Fading<B: Backend> {
    to_picture: Conv1x1<B>,
    /// The share of the new stage in the picture, 0 to 1.
    share: f32,
}

/// A latent scales a learned picture of 4x4 channel by channel; blocks refine it at every resolution up to the full one
/// (Huang et al. 2024, The GAN is dead; long live the GAN!, with dense convolutions, nearest neighbours up, and one block for each resolution).
#[derive(Module, Debug)]
pub struct Generator<B: Backend> {
    basis: Param<Tensor<B, 4>>,
    from_latent: Linear<B>,
    stages: Vec<Stage<B>>,
    to_picture: Conv1x1<B>,
    fading: Option<Fading<B>>,
}

impl<B: FaceBackend> Generator<B> {
    /// The network of a shape, with the first weights of a seed.
    pub fn new(config: &GanConfig, seed: u64, device: &B::Device) -> Self {
        let mut init = Init::new(seed, device);
        let (widths, blocks) = (&config.widths, config.widths.len());
        let stage = |(stage, width): (usize, &usize), init: &mut Init<B>| {
            let before = widths[stage.saturating_sub(1)];
            Stage {
                narrow: (before != *width).then(|| config.block.pointwise(before, *width, init)),
                block: config.block.block(*width, blocks, true, init),
                noise: config.noise.then(|| init.zeros([1, *width, 1, 1])),
            }
        };
        Self {
            basis: init.normal([1, widths[0], BASE_SIZE, BASE_SIZE], 1.0),
            from_latent: config.block.linear(config.latent_dim, widths[0], &mut init),
            stages: widths.iter().enumerate().map(|at| stage(at, &mut init)).collect(),
            to_picture: config.block.pointwise(widths[blocks - 1], 3, &mut init),
            fading: None,
        }
    }

    /// With one more stage, that of `config`, for pictures of twice the size (Karras et al. 2018, section 2). It has no share in the picture
    /// yet, and would change nothing where blocks begin as the identity and no width grows.
    ///
    /// # Panics
    /// Where `config` has not one stage more.
    #[must_use]
    pub fn grown(mut self, config: &GanConfig, seed: u64, device: &B::Device) -> Self {
        assert_eq!(config.widths.len(), self.stages.len() + 1, "a network grows by one stage at a time");
        let mut init = Init::new(seed, device);
        let width = config.widths[self.stages.len()];
        let (narrow, to_picture) = narrowed(config.block, &self.to_picture, width, &mut init);
        let block = config.block.block(width, config.widths.len(), true, &mut init);
        let noise = config.noise.then(|| init.zeros([1, width, 1, 1]));
        self.stages.push(Stage { narrow, block, noise });
        let to_picture = std::mem::replace(&mut self.to_picture, to_picture);
        self.fading = Some(Fading { to_picture, share: 0.0 });
        self
    }

    /// The share of the last stage in the picture, 0 to 1, as long as it fades in.
    pub fn share(&self) -> Option<f32> {
        self.fading.as_ref().map(|fading| fading.share)
    }

    /// The paths of the layers that came with the last stage begin with these.
    pub fn newest(&self) -> Vec<String> {
        vec![format!("stages.{}.", self.stages.len() - 1), "to_picture.".into()]
    }

    /// Gives the last stage another share in the picture; from 1 on it is faded in for good.
    pub fn fade(&mut self, share: f32) {
        match &mut self.fading {
            Some(fading) if share < 1.0 => fading.share = share,
            fading => *fading = None,
        }
    }

    /// [N, k] -> [N, 3, S, S], about [-1, 1].
    pub fn forward(&self, latents: Tensor<B, 2>) -> Tensor<B, 4> {
        self.forward_with(latents, Noise::Same)
    }

    /// The same with other noise, where it adds any.
    pub fn forward_with(&self, latents: Tensor<B, 2>, noise: Noise) -> Tensor<B, 4> {
        self.finished(self.begun(latents), 0, noise) // [N, 3, S, S]
    }

    /// The same where stages go on by other latents [N, k]: `entries` names each with the stage (counted from 4x4, ascending) from which on
    /// it counts.
    pub fn forward_zoned(&self, latents: Tensor<B, 2>, entries: &[(usize, Tensor<B, 2>)]) -> Tensor<B, 4> {
        let (mut features, mut from) = (self.begun(latents), 0);
        // What the latent that counts so far makes all by itself; as long as no other one has come, those are the features themselves.
        let mut alone = None;
        for (stage, latents) in entries {
            features = self.refined(features, from..*stage, Noise::Same); // [N, C, H, W]
            let before = alone.map_or_else(|| features.clone(), |alone| self.refined(alone, from..*stage, Noise::Same)); // [N, C, H, W]
            let now = self.through(latents.clone(), *stage, Noise::Same); // [N, C, H, W]
            features = restyled(features, before, now.clone()); // [N, C, H, W]
            (alone, from) = (Some(now), *stage);
        }
        self.finished(features, from, Noise::Same) // [N, 3, S, S]
    }

    /// The features of an early stage: [N, k] -> [N, C * H * W].
    pub fn early_features(&self, latents: Tensor<B, 2>) -> Tensor<B, 2> {
        self.through(latents, EARLY_STAGE + 1, Noise::Same).flatten(1, 3) // [N, C * 8 * 8]
    }

    fn through(&self, latents: Tensor<B, 2>, stages: usize, noise: Noise) -> Tensor<B, 4> {
        self.refined(self.begun(latents), 0..stages, noise)
    }

    /// What the first stage begins with: [N, k] -> [N, C, 4, 4].
    fn begun(&self, latents: Tensor<B, 2>) -> Tensor<B, 4> {
        let scales = self.from_latent.forward(latents); // [N, C]
        let [count, channels] = scales.dims();
        scales.reshape([count, channels, 1, 1]) * self.basis.val() // [N, C, 4, 4]
    }

    /// Features through some of the stages, from what the stage before the first of them has left.
    fn refined(&self, mut features: Tensor<B, 4>, stages: Range<usize>, noise: Noise) -> Tensor<B, 4> {
        for (index, stage) in self.stages.iter().enumerate().take(stages.end).skip(stages.start) {
            features = stage.forward(features, index > 0, noise);
        }
        features
    }

    /// Features through the stages from `from` on, and to the picture: [N, C, H, W] -> [N, 3, S, S].
    fn finished(&self, features: Tensor<B, 4>, from: usize, noise: Noise) -> Tensor<B, 4> {
        let Some(fading) = &self.fading else {
            return self.to_picture.forward(self.refined(features, from..self.stages.len(), noise)); // [N, 3, S, S]
        };
        let last = self.stages.len() - 1;
        let features = self.refined(features, from..last, noise); // [N, C, S / 2, S / 2]
        let before = upsample2(fading.to_picture.forward(features.clone())); // [N, 3, S, S]
        let now = self.to_picture.forward(self.refined(features, last..last + 1, noise)); // [N, 3, S, S]
        Maps::blend(before, now, fading.share)
    }
}

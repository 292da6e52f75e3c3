//! The critic: from pictures to scores.

use burn::module::Module;
use burn::tensor::backend::Backend;

use super::activation::ACTIVATION;
use super::config::GanConfig;
use super::transition::widened;
use crate::backend::FaceBackend;
use crate::models::dual::{Maps, Rows, Scorer};
use crate::models::layers::{Block, Conv1x1, Init, Linear};

/// A block, and the way from it to the stage after.
#[derive(Module, Debug)]
struct Stage<B: Backend> {
    block: Block<B>,
    widen: Option<Conv1x1<B>>,
}

/// How pictures of half the size are read, as long as the first stage fades in.
#[derive(Module, Debug)]
struct Fading<B: Backend> {
    from_picture: Conv1x1<B>,
    /// The share of the new stage in the features, 0 to 1.
    share: f32,
}

/// The generator mirrored: blocks from the full resolution down to 4x4, then one linear score.
#[derive(Module, Debug)]
pub struct Critic<B: Backend> {
    from_picture: Conv1x1<B>,
    stages: Vec<Stage<B>>,
    to_score: Linear<B>,
    sees_deviation: bool,
    fading: Option<Fading<B>>,
}

impl<B: FaceBackend> Critic<B> {
    /// The network of a shape, with the first weights of a seed.
    pub fn new(config: &GanConfig, seed: u64, device: &B::Device) -> Self {
        let mut init = Init::new(seed, device);
        let widths: Vec<usize> = config.widths.iter().rev().copied().collect();
        let stage = |(stage, width): (usize, &usize), init: &mut Init<B>| {
            let after = widths.get(stage + 1).copied().unwrap_or(*width);
            Stage {
                block: config.block.block(*width, widths.len(), false, init),
                widen: (after != *width).then(|| config.block.pointwise(*width, after, init)),
            }
        };
        Self {
            from_picture: config.block.pointwise(3, widths[0], &mut init),
            stages: widths.iter().enumerate().map(|at| stage(at, &mut init)).collect(),
            to_score: config.block.linear(config.features(), 1, &mut init),
            sees_deviation: config.minibatch_deviation,
            fading: None,
        }
    }

    /// With one more stage before the others, that of `config`, for pictures of twice the size; it has no share in what the others see yet,
    /// and would change nothing.
    ///
    /// # Panics
    /// Where `config` has not one stage more.
    #[must_use]
    pub fn grown(mut self, config: &GanConfig, seed: u64, device: &B::Device) -> Self {
        assert_eq!(config.widths.len(), self.stages.len() + 1, "a network grows by one stage at a time");
        let mut init = Init::new(seed, device);
        let width = config.widths[self.stages.len()];
        let (from_picture, widen) = widened(config.block, &self.from_picture, width, &mut init);
        self.stages.insert(0, Stage { block: config.block.block(width, config.widths.len(), false, &mut init), widen });
        let from_picture = std::mem::replace(&mut self.from_picture, from_picture);
        self.fading = Some(Fading { from_picture, share: 0.0 });
        self
    }

    /// The share of the first stage in what the others see, 0 to 1, as long as it fades in.
    pub fn share(&self) -> Option<f32> {
        self.fading.as_ref().map(|fading| fading.share)
    }

    /// The paths of the layers that came with the newest stage begin with these.
    pub fn newest(&self) -> Vec<String> {
        vec!["stages.0.".into(), "from_picture.".into()]
    }

    /// Gives the first stage another share in what the others see; from 1 on it is faded in for good.
    pub fn fade(&mut self, share: f32) {
        match &mut self.fading {
            Some(fading) if share < 1.0 => fading.share = share,
            fading => *fading = None,
        }
    }
}

impl<B: FaceBackend> Stage<B> {
    /// [N, C, H, W] -> [N, K, H / 2, W / 2], or [N, C, H, W] for the last one, which `halves` nothing.
    fn forward<M: Maps<B>>(&self, features: M, halves: bool) -> M {
        let mut features = self.block.forward(features, ACTIVATION); // [N, C, H, W]
        if halves {
            features = features.average_pool2(); // [N, C, H / 2, W / 2]
        }
        match &self.widen {
            Some(widen) => features.conv1x1(widen), // [N, K, H / 2, W / 2]
            None => features,
        }
    }
}

impl<B: FaceBackend> Scorer<B> for Critic<B> {
    fn score<M: Maps<B>>(&self, pictures: M, group: usize) -> M::Rows {
        let last = self.stages.len() - 1;
        let (mut features, next) = match &self.fading {
            None => (pictures.conv1x1(&self.from_picture), 0), // [N, c, S, S]
            Some(fading) => {
                let before = pictures.clone().average_pool2().conv1x1(&fading.from_picture); // [N, C, S / 2, S / 2]
                let now = self.stages[0].forward(pictures.conv1x1(&self.from_picture), true); // [N, C, S / 2, S / 2]
                (before.blend(now, fading.share), 1)
            }
        };
        for (index, stage) in self.stages.iter().enumerate().skip(next) {
            features = stage.forward(features, index < last);
        }
        let features = if self.sees_deviation { features.with_deviation(group) } else { features }; // [N, C, 4, 4]
        features.activate(ACTIVATION).flatten().linear(&self.to_score) // [N, 1]
    }
}

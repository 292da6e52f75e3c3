//! The critic: from pictures to scores.

use burn::module::Module;
use burn::tensor::backend::Backend;

use super::activation::{ACTIVATION, SLOPE};
use super::config::GanConfig;
use crate::backend::FaceBackend;
use crate::models::dual::{Maps, Rows, Scorer};
use crate::models::layers::{Conv1x1, FixupBlock, Init, Linear};

/// A block, and the way from it to the stage after.
#[derive(Module, Debug)]
struct Stage<B: Backend> {
    block: FixupBlock<B>,
    widen: Option<Conv1x1<B>>,
}

/// The generator mirrored: blocks from the full resolution down to 4x4, then one linear score.
#[derive(Module, Debug)]
pub struct Critic<B: Backend> {
    from_picture: Conv1x1<B>,
    stages: Vec<Stage<B>>,
    to_score: Linear<B>,
    sees_deviation: bool,
}

impl<B: FaceBackend> Critic<B> {
    /// The network of a shape, with the first weights of a seed.
    pub fn new(config: &GanConfig, seed: u64, device: &B::Device) -> Self {
        let mut init = Init::new(seed, device);
        let widths: Vec<usize> = config.widths.iter().rev().copied().collect();
        let stage = |(stage, width): (usize, &usize), init: &mut Init<B>| {
            let after = widths.get(stage + 1).copied().unwrap_or(*width);
            Stage {
                block: FixupBlock::new(*width, widths.len(), SLOPE, init),
                widen: (after != *width).then(|| Conv1x1::normal(*width, after, init)),
            }
        };
        Self {
            from_picture: Conv1x1::normal(3, widths[0], &mut init),
            stages: widths.iter().enumerate().map(|at| stage(at, &mut init)).collect(),
            to_score: Linear::normal(config.features(), 1, &mut init),
            sees_deviation: config.minibatch_deviation,
        }
    }
}

impl<B: FaceBackend> Scorer<B> for Critic<B> {
    fn score<M: Maps<B>>(&self, pictures: M, group: usize) -> M::Rows {
        let mut features = pictures.conv1x1(&self.from_picture); // [N, c, S, S]
        let last = self.stages.len() - 1;
        for (index, stage) in self.stages.iter().enumerate() {
            features = stage.block.forward(features, ACTIVATION); // [N, C, H, W]
            if index < last {
                features = features.average_pool2(); // [N, C, H / 2, W / 2]
            }
            if let Some(widen) = &stage.widen {
                features = features.conv1x1(widen); // [N, K, H / 2, W / 2]
            }
        }
        let features = if self.sees_deviation { features.with_deviation(group) } else { features }; // [N, C, 4, 4]
        features.activate(ACTIVATION).flatten().linear(&self.to_score) // [N, 1]
    }
}

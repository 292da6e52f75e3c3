//! The shape of a GAN.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::block::BlockKind;
use crate::models::Zoning;
use crate::models::autoencoder::{BASE_SIZE, LayerShape};

/// The shape of a generator and its critic, which mirror each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GanConfig {
    /// Faces are `size` x `size` pixels: 4 to 64, a power of two.
    pub size: usize,
    /// Channels at each resolution, from 4x4 up to the full one.
    pub widths: Vec<usize>,
    /// Length of the latent z.
    pub latent_dim: usize,
    /// Whether the critic sees the standard deviation over groups of samples.
    pub minibatch_deviation: bool,
    /// What blocks are made of.
    pub block: BlockKind,
    /// Whether every block of the generator adds noise to each pixel.
    pub noise: bool,
}

/// The shape of a GAN as it stands in a header, beside size and latent dimension.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GanShape {
    widths: Vec<usize>,
    minibatch_deviation: bool,
    #[serde(default, skip_serializing_if = "BlockKind::is_usual")]
    block: BlockKind,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    noise: bool,
}

impl GanShape {
    /// The shape for faces of `size` x `size` pixels and latents of `latent_dim` numbers.
    pub fn config(self, size: usize, latent_dim: usize) -> GanConfig {
        let Self { widths, minibatch_deviation, block, noise } = self;
        GanConfig { size, widths, latent_dim, minibatch_deviation, block, noise }
    }
}

impl GanConfig {
    /// As it stands in a header.
    pub fn shape(&self) -> GanShape {
        let Self { widths, minibatch_deviation, block, noise, .. } = self.clone();
        GanShape { widths, minibatch_deviation, block, noise }
    }

    /// Whether this is a network at all: 4 to 64 pixels, one width for each resolution, something in every layer.
    pub fn is_sound(&self) -> bool {
        (BASE_SIZE..=64).contains(&self.size)
            && self.size.is_power_of_two()
            && self.widths.len() == self.stages()
            && self.widths.iter().all(|width| (1..=1024).contains(width))
            && (1..=4096).contains(&self.latent_dim)
    }

    /// The shape before the last stage was added; `None` for the smallest.
    pub fn before(&self) -> Option<Self> {
        let (_, widths) = self.widths.split_last().filter(|_| self.size > BASE_SIZE)?;
        Some(Self { size: self.size / 2, widths: widths.to_vec(), ..self.clone() })
    }

    /// What is unusual about it, in words that follow others: ", plain blocks, noise".
    pub fn remark(&self) -> String {
        let block = if self.block.is_usual() { String::new() } else { format!(", {} blocks", self.block.word()) };
        block + if self.noise { ", noise" } else { "" } + if self.minibatch_deviation { ", batch deviation" } else { "" }
    }

    /// Multiplications for one face that both networks see once, about.
    pub fn work(&self) -> u64 {
        let block = |(stage, width): (usize, &usize)| 2 * 9 * width * width * self.size_of(stage).pow(2);
        let ends = 2 * 3 * self.widths[self.widths.len() - 1] * self.size.pow(2);
        (2 * self.widths.iter().enumerate().map(block).sum::<usize>() + ends) as u64
    }

    /// Resolutions from 4x4 to the full one.
    pub fn stages(&self) -> usize {
        (self.size / BASE_SIZE).ilog2() as usize + 1
    }

    /// How the stages are divided into zones.
    pub fn zoning(&self) -> Zoning {
        Zoning::of_stages(self.stages())
    }

    /// Pixels along each side at a stage, counted from 4x4.
    pub fn size_of(&self, stage: usize) -> usize {
        BASE_SIZE << stage
    }

    /// Numbers that the critic's last layer sees.
    pub fn features(&self) -> usize {
        (self.widths[0] + usize::from(self.minibatch_deviation)) * BASE_SIZE * BASE_SIZE
    }

    /// The layers of both networks and the sizes that they work on, each once.
    pub fn layers(&self) -> BTreeSet<LayerShape> {
        let full = self.widths[self.widths.len() - 1];
        let mut layers = BTreeSet::from([
            LayerShape::Conv1x1 { channels: 3, filters: full, size: self.size },
            LayerShape::Conv1x1 { channels: full, filters: 3, size: self.size },
            LayerShape::Linear { inputs: self.features(), outputs: 1 },
            LayerShape::Linear { inputs: self.latent_dim, outputs: self.widths[0] },
        ]);
        for (stage, channels) in self.widths.iter().copied().enumerate() {
            layers.insert(LayerShape::Conv3x3 { channels, filters: channels, size: self.size_of(stage) });
        }
        for (stage, pair) in self.widths.windows(2).enumerate() {
            let (small, large, size) = (pair[1], pair[0], self.size_of(stage));
            if small != large {
                layers.insert(LayerShape::Conv1x1 { channels: large, filters: small, size });
                layers.insert(LayerShape::Conv1x1 { channels: small, filters: large, size });
            }
            layers.insert(LayerShape::AveragePool { channels: small, size: 2 * size });
            layers.insert(LayerShape::Upsample { channels: small, size });
        }
        layers
    }

    /// How many numbers the generator learns.
    pub fn generator_parameters(&self) -> usize {
        let base = self.widths[0] * BASE_SIZE * BASE_SIZE;
        let noise: usize = if self.noise { self.widths.iter().sum() } else { 0 };
        noise + (self.latent_dim + 1) * self.widths[0] + base + self.body_parameters() + pointwise(self.widths[self.widths.len() - 1], 3)
    }

    /// How many numbers both networks learn.
    pub fn parameters(&self) -> usize {
        let critic = pointwise(3, self.widths[self.widths.len() - 1]) + self.body_parameters() + self.features() + 1;
        // The skip of a transition has its bias on the narrow side in the generator and on the wide side in the critic.
        let wider: isize = self.widths.windows(2).filter(|pair| pair[0] != pair[1]).map(|pair| pair[0] as isize - pair[1] as isize).sum();
        self.generator_parameters() + critic.saturating_add_signed(wider)
    }

    /// Blocks and transitions of the generator.
    fn body_parameters(&self) -> usize {
        let gain = usize::from(self.block == BlockKind::Normalised);
        let blocks: usize = self.widths.iter().map(|width| 2 * (9 * width + 1) * width + gain).sum();
        let transitions: usize = self.widths.windows(2).filter(|pair| pair[0] != pair[1]).map(|pair| pointwise(pair[0], pair[1])).sum();
        blocks + transitions
    }

    /// About how much memory a training step takes: weights, gradients, moments and averages, of the generator two more; every feature map of the critic for real and
    /// fake faces, with its tangent; the generator's maps; and nine shifted copies of the largest map, which some devices make for a
    /// convolution.
    pub fn training_bytes(&self, batch: usize) -> u64 {
        let map = |stage: usize| self.widths[stage] * self.size_of(stage).pow(2) * batch;
        // A block keeps its input, the hidden map and the activated tangent; a transition its input.
        let maps: usize = (0..self.widths.len()).map(map).sum();
        let largest = (0..self.widths.len()).map(map).max().unwrap_or_default();
        let (mut critic, mut generator) = (2 * 2 * 4 * maps, 4 * maps);
        if self.block == BlockKind::Plain {
            // Activations stand apart from convolutions, so that both convolutions keep one map more: what the critic's tangents need of that
            // is the values. In the generator the length of the features and what they are without it come on top.
            critic += 2 * 2 * maps;
            generator += (2 + 2 * 2) * maps;
        }
        let numbers = 5 * self.parameters() + 2 * self.generator_parameters() + critic + generator + 2 * 12 * largest;
        (numbers * size_of::<f32>()) as u64
    }
}

fn pointwise(channels: usize, filters: usize) -> usize {
    (channels + 1) * filters
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Cpu;
    use crate::models::gan::{Critic, Generator};
    use burn::module::Module;

    fn config() -> GanConfig {
        GanConfig { size: 32, widths: vec![64, 64, 48, 32], latent_dim: 64, ..GanConfig::default() }
    }

    #[test]
    fn parameters_are_those_of_the_networks() {
        let small = || GanConfig { minibatch_deviation: true, size: 16, widths: vec![8, 6, 4], latent_dim: 5, ..GanConfig::default() };
        let others = BlockKind::ALL.map(|block| GanConfig { block, noise: true, ..small() });
        for config in others.into_iter().chain([config(), small()]) {
            assert!(config.is_sound());
            let generator = Generator::<Cpu>::new(&config, 1, &Default::default()).num_params();
            let critic = Critic::<Cpu>::new(&config, 1, &Default::default()).num_params();
            assert_eq!((config.generator_parameters(), config.parameters()), (generator, generator + critic));
        }
    }

    #[test]
    fn shapes_that_make_no_network_are_refused() {
        assert!(!GanConfig { widths: vec![64, 64], ..config() }.is_sound());
        assert!(!GanConfig { widths: vec![64, 64, 0, 32], ..config() }.is_sound());
        assert!(!GanConfig { size: 24, ..config() }.is_sound());
        assert!(config().training_bytes(32) < 6_000_000_000);
    }

    #[test]
    fn memory_holds_three_averages_of_the_generator() {
        // Weights, gradients, two moments and an average of both networks, and two averages more of the generator.
        let wanted = 5 * config().parameters() + 2 * config().generator_parameters();
        assert_eq!(config().training_bytes(0), 4 * wanted as u64);
    }

    #[test]
    fn plain_blocks_keep_more_maps_and_are_told_to_need_more_memory() {
        let of = |block| GanConfig { block, ..config() }.training_bytes(32);
        let maps = 32 * (64 * 4 * 4 + 64 * 8 * 8 + 48 * 16 * 16 + 32 * 32 * 32);
        let more = of(BlockKind::Plain) - of(BlockKind::Fixup);
        // Two more for each of the critic's two kinds of faces, six more in the generator: 10 maps of 4 bytes.
        assert_eq!(more, 4 * 10 * maps);
    }
}

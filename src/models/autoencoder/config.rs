//! The shape of an autoencoder.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Pixels along each side of the smallest feature maps.
pub const BASE_SIZE: usize = 4;
/// Unless capped lower, widths grow up to this multiple of the base width.
const WIDEST: usize = 8;

/// The shape of an autoencoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoencoderConfig {
    /// Faces are `size` x `size` pixels: 16, 32 or 64.
    pub size: usize,
    /// Base width c: channels at the full resolution. They double with every halving of it, up to `widest`.
    pub channels: usize,
    /// No feature map has more channels than this.
    pub widest: usize,
    /// Length of the code k.
    pub latent_dim: usize,
}

/// The shape of an autoencoder as it stands in a header, beside size and latent dimension.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutoencoderShape {
    channels: usize,
    widest: usize,
}

impl AutoencoderShape {
    /// The shape for faces of `size` x `size` pixels and codes of `latent_dim` numbers.
    pub fn config(self, size: usize, latent_dim: usize) -> AutoencoderConfig {
        AutoencoderConfig { size, channels: self.channels, widest: self.widest, latent_dim }
    }
}

/// A layer and the size of the square feature maps that come into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LayerShape {
    /// A 3x3 convolution.
    Conv3x3 {
        /// C.
        channels: usize,
        /// K.
        filters: usize,
        /// H and W.
        size: usize,
    },
    /// A 1x1 convolution.
    Conv1x1 {
        /// C.
        channels: usize,
        /// K.
        filters: usize,
        /// H and W.
        size: usize,
    },
    /// A linear layer.
    Linear {
        /// C.
        inputs: usize,
        /// K.
        outputs: usize,
    },
    /// Means of 2x2 pixels.
    AveragePool {
        /// C.
        channels: usize,
        /// H and W.
        size: usize,
    },
    /// Every pixel as 2x2 pixels.
    Upsample {
        /// C.
        channels: usize,
        /// H and W.
        size: usize,
    },
}

impl AutoencoderConfig {
    /// As it stands in a header.
    pub fn shape(&self) -> AutoencoderShape {
        AutoencoderShape { channels: self.channels, widest: self.widest }
    }

    /// The network that is compared with PyTorch: k = 64.
    pub fn peer(channels: usize, size: usize) -> Self {
        Self { size, channels, widest: WIDEST * channels, latent_dim: 64 }
    }

    /// Whether this is a network at all: a size of 16, 32 or 64 pixels (8 in tests) and something in every layer.
    pub fn is_sound(&self) -> bool {
        (8..=64).contains(&self.size)
            && self.size.is_power_of_two()
            && (1..=1024).contains(&self.channels)
            && (1..=8192).contains(&self.widest)
            && (1..=4096).contains(&self.latent_dim)
    }

    /// Channels at each resolution, from the full one down to 4x4.
    pub fn widths(&self) -> Vec<usize> {
        let stages = (self.size / BASE_SIZE).ilog2();
        (0..=stages).map(|stage| (self.channels << stage).min(self.widest)).collect()
    }

    /// The layers of the network and the sizes that they work on, each once.
    pub fn layers(&self) -> BTreeSet<LayerShape> {
        let widths = self.widths();
        let (code, features) = (self.latent_dim, self.features());
        let mut layers = BTreeSet::from([
            LayerShape::Conv3x3 { channels: 3, filters: self.channels, size: self.size },
            LayerShape::Conv3x3 { channels: self.channels, filters: 3, size: self.size },
            LayerShape::Linear { inputs: features, outputs: code },
            LayerShape::Linear { inputs: code, outputs: features },
        ]);
        for (stage, pair) in widths.windows(2).enumerate() {
            let (size, large, small) = (self.size >> stage, pair[0], pair[1]);
            for (channels, filters) in [(large, small), (small, large)] {
                layers.insert(LayerShape::Conv3x3 { channels, filters, size });
                layers.insert(LayerShape::Conv3x3 { channels: filters, filters, size });
            }
            if large != small {
                layers.insert(LayerShape::Conv1x1 { channels: large, filters: small, size });
                // On the way up the skip comes before the repetition.
                layers.insert(LayerShape::Conv1x1 { channels: small, filters: large, size: size / 2 });
            }
            layers.insert(LayerShape::AveragePool { channels: small, size });
            layers.insert(LayerShape::Upsample { channels: small, size: size / 2 });
        }
        layers
    }

    /// How many numbers the network learns.
    pub fn parameters(&self) -> usize {
        let widths = self.widths();
        let conv = |channels: usize, filters: usize, taps: usize| (taps * channels + 1) * filters;
        let block = |channels: usize, filters: usize| {
            let skip = if channels == filters { 0 } else { conv(channels, filters, 1) };
            conv(channels, filters, 9) + conv(filters, filters, 9) + skip
        };
        let blocks: usize = widths.windows(2).map(|pair| block(pair[0], pair[1]) + block(pair[1], pair[0])).sum();
        let linear = (self.features() + 1) * self.latent_dim + (self.latent_dim + 1) * self.features();
        conv(3, self.channels, 9) + conv(self.channels, 3, 9) + blocks + linear
    }

    /// About how much memory a training step takes: weights, gradients, moments and three averages, every feature map that the backward pass needs, the
    /// gradients of the largest maps, and nine shifted copies of the largest map, which some devices make for a convolution.
    pub fn training_bytes(&self, batch: usize) -> u64 {
        let widths = self.widths();
        let map = |channels: usize, size: usize| channels * size * size * batch;
        let stage = |(stage, pair): (usize, &[usize])| {
            let size = self.size >> stage;
            // Down: hidden map, skip, sum, mean. Up: repetition, hidden map, skip, sum.
            map(3 * pair[1], size) + map(pair[1], size / 2) + map(pair[1] + 3 * pair[0], size)
        };
        let kept: usize = widths.windows(2).enumerate().map(stage).sum::<usize>() + map(2 * widths[0] + 6, self.size);
        let largest = map(widths.get(1).copied().unwrap_or(widths[0]), self.size);
        let numbers = 7 * self.parameters() + kept + 3 * largest + 9 * largest;
        (numbers * size_of::<f32>()) as u64
    }

    /// Numbers of the feature maps before the code.
    pub fn features(&self) -> usize {
        self.widths().last().copied().unwrap_or(self.channels) * BASE_SIZE * BASE_SIZE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_double_down_to_four_pixels_and_stop_at_eight_times() {
        assert_eq!(AutoencoderConfig::peer(16, 64).widths(), [16, 32, 64, 128, 128]);
        assert_eq!(AutoencoderConfig::peer(32, 32).widths(), [32, 64, 128, 256]);
        assert_eq!(AutoencoderConfig::peer(48, 16).widths(), [48, 96, 192]);
        assert_eq!(AutoencoderConfig::peer(16, 64).features(), 2048);
        assert_eq!(AutoencoderConfig { widest: 32, ..AutoencoderConfig::peer(8, 64) }.widths(), [8, 16, 32, 32, 32]);
    }

    #[test]
    fn every_preset_trains_in_six_gigabytes_and_too_much_is_cut_down() {
        for (channels, size) in [(16, 16), (16, 64), (32, 64), (48, 64)] {
            let bytes = AutoencoderConfig::peer(channels, size).training_bytes(32);
            assert!(bytes < 6_000_000_000, "c = {channels} at {size}: {bytes}");
        }
        let config = crate::models::NetworkConfig::from(AutoencoderConfig::peer(48, 64));
        let fits = config.batch_that_fits(64, 1_000_000_000);
        assert!((1..64).contains(&fits) && config.training_bytes(fits) <= 1_000_000_000);
        assert!(config.training_bytes(fits + 1) > 1_000_000_000);
        assert_eq!(config.batch_that_fits(8, 1000), 0);
    }

    #[test]
    fn memory_holds_three_averages() {
        let config = AutoencoderConfig::peer(32, 64);
        assert_eq!(config.training_bytes(0), 4 * 7 * config.parameters() as u64);
    }

    #[test]
    fn the_smallest_network_has_these_layers() {
        let layers = AutoencoderConfig { size: 8, channels: 2, widest: 16, latent_dim: 5 }.layers();
        let conv = |channels, filters| LayerShape::Conv3x3 { channels, filters, size: 8 };
        assert_eq!(
            layers.into_iter().collect::<Vec<_>>(),
            [
                conv(2, 2),
                conv(2, 3),
                conv(2, 4),
                conv(3, 2),
                conv(4, 2),
                conv(4, 4),
                LayerShape::Conv1x1 { channels: 2, filters: 4, size: 8 },
                LayerShape::Conv1x1 { channels: 4, filters: 2, size: 4 },
                LayerShape::Linear { inputs: 5, outputs: 64 },
                LayerShape::Linear { inputs: 64, outputs: 5 },
                LayerShape::AveragePool { channels: 4, size: 8 },
                LayerShape::Upsample { channels: 4, size: 4 },
            ]
        );
    }
}

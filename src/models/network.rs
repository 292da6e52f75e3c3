//! The shape of a network, of whatever kind.

use std::collections::BTreeSet;

use super::ModelKind;
use super::autoencoder::{AutoencoderConfig, LayerShape};
use super::gan::GanConfig;

/// The shape of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkConfig {
    /// Encoder and decoder.
    Autoencoder(AutoencoderConfig),
    /// Generator and critic.
    Gan(GanConfig),
}

impl NetworkConfig {
    /// The kind of model that it makes.
    pub fn kind(&self) -> ModelKind {
        match self {
            Self::Autoencoder(_) => ModelKind::Autoencoder,
            Self::Gan(_) => ModelKind::Gan,
        }
    }

    /// Whether this is a network at all.
    pub fn is_sound(&self) -> bool {
        match self {
            Self::Autoencoder(config) => config.is_sound(),
            Self::Gan(config) => config.is_sound(),
        }
    }

    /// The layers and the sizes that they work on, each once.
    pub fn layers(&self) -> BTreeSet<LayerShape> {
        match self {
            Self::Autoencoder(config) => config.layers(),
            Self::Gan(config) => config.layers(),
        }
    }

    /// Its widths and its code in a few words.
    pub fn in_words(&self) -> String {
        match self {
            Self::Autoencoder(config) => {
                format!("{} to {} channels, faces as {} numbers", config.channels, config.widest, config.latent_dim)
            }
            Self::Gan(config) => {
                let narrowest = config.widths.iter().min().copied().unwrap_or_default();
                let widest = config.widths.iter().max().copied().unwrap_or_default();
                format!("{narrowest} to {widest} channels, faces from {} numbers", config.latent_dim)
            }
        }
    }

    /// How many numbers it learns.
    pub fn parameters(&self) -> usize {
        match self {
            Self::Autoencoder(config) => config.parameters(),
            Self::Gan(config) => config.parameters(),
        }
    }

    /// About how much memory a training step takes.
    pub fn training_bytes(&self, batch: usize) -> u64 {
        match self {
            Self::Autoencoder(config) => config.training_bytes(batch),
            Self::Gan(config) => config.training_bytes(batch),
        }
    }

    /// The largest batch, at most `batch`, whose training step fits into `bytes`; 0 where not even one picture does.
    pub fn batch_that_fits(&self, batch: usize, bytes: u64) -> usize {
        (1..=batch).rev().find(|batch| self.training_bytes(*batch) <= bytes).unwrap_or(0)
    }

    /// Length of the code or latent.
    pub fn latent_dim(&self) -> usize {
        match self {
            Self::Autoencoder(config) => config.latent_dim,
            Self::Gan(config) => config.latent_dim,
        }
    }
}

impl From<AutoencoderConfig> for NetworkConfig {
    fn from(config: AutoencoderConfig) -> Self {
        Self::Autoencoder(config)
    }
}

impl From<GanConfig> for NetworkConfig {
    fn from(config: GanConfig) -> Self {
        Self::Gan(config)
    }
}

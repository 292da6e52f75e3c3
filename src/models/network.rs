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

/// Does the same with the shape of whatever kind.
macro_rules! each {
    ($network:expr, $config:ident => $do:expr) => {
        match $network {
            NetworkConfig::Autoencoder($config) => $do,
            NetworkConfig::Gan($config) => $do,
        }
    };
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
        each!(self, config => config.is_sound())
    }

    /// The layers and the sizes that they work on, each once.
    pub fn layers(&self) -> BTreeSet<LayerShape> {
        each!(self, config => config.layers())
    }

    /// Channels of its layers, from one end to the other.
    pub fn widths(&self) -> Vec<usize> {
        match self {
            Self::Autoencoder(config) => config.widths(),
            Self::Gan(config) => config.widths.clone(),
        }
    }

    /// Its widths and its code in a few words.
    pub fn in_words(&self) -> String {
        let (widths, numbers) = (self.widths(), self.latent_dim());
        let (narrowest, widest) = (widths.iter().min().copied().unwrap_or_default(), widths.iter().max().copied().unwrap_or_default());
        let way = if self.kind().facts().has_encoder { "as" } else { "from" };
        format!("{narrowest} to {widest} channels, faces {way} {numbers} numbers")
    }

    /// How many numbers it learns.
    pub fn parameters(&self) -> usize {
        each!(self, config => config.parameters())
    }

    /// About how much memory a training step takes.
    pub fn training_bytes(&self, batch: usize) -> u64 {
        each!(self, config => config.training_bytes(batch))
    }

    /// The largest batch, at most `batch`, whose training step fits into `bytes`; 0 where not even one picture does.
    pub fn batch_that_fits(&self, batch: usize, bytes: u64) -> usize {
        (1..=batch).rev().find(|batch| self.training_bytes(*batch) <= bytes).unwrap_or(0)
    }

    /// Length of the code or latent.
    pub fn latent_dim(&self) -> usize {
        each!(self, config => config.latent_dim)
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

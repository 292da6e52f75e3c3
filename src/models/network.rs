//! The shape of a network, of whatever kind.

use std::collections::BTreeSet;

use super::autoencoder::{AutoencoderConfig, AutoencoderShape, LayerShape};
use super::gan::{GanConfig, GanShape};
use super::{ModelKind, Zoning};

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

/// Shapes as they stand in a header: of one kind at most. Size and latent dimension stand there themselves.
#[derive(Debug, Default)]
pub struct Shapes {
    /// Of an autoencoder.
    pub network: Option<AutoencoderShape>,
    /// Of a GAN.
    pub gan: Option<GanShape>,
}

impl NetworkConfig {
    /// The shape of a model of a kind, from what its header says; `None` for a kind without a network.
    ///
    /// # Errors
    /// What the header lacks.
    pub fn from_shapes(kind: ModelKind, size: usize, latent_dim: usize, shapes: Shapes) -> Result<Option<Self>, &'static str> {
        match kind {
            ModelKind::Pca => Ok(None),
            ModelKind::Autoencoder => {
                let shape = shapes.network.ok_or("it names no `network`, which an autoencoder has")?;
                Ok(Some(shape.config(size, latent_dim).into()))
            }
            ModelKind::Gan => {
                let shape = shapes.gan.ok_or("it names no `gan`, the shape that its generator has")?;
                Ok(Some(shape.config(size, latent_dim).into()))
            }
        }
    }

    /// The shape as it stands in a header.
    pub fn shapes(&self) -> Shapes {
        match self {
            Self::Autoencoder(config) => Shapes { network: Some(config.shape()), ..Shapes::default() },
            Self::Gan(config) => Shapes { gan: Some(config.shape()), ..Shapes::default() },
        }
    }

    /// The kind of model that it makes.
    pub fn kind(&self) -> ModelKind {
        match self {
            Self::Autoencoder(_) => ModelKind::Autoencoder,
            Self::Gan(_) => ModelKind::Gan,
        }
    }

    /// How the network that makes faces is divided into zones; `None` where it is not.
    pub fn zoning(&self) -> Option<Zoning> {
        match self {
            Self::Autoencoder(_) => None,
            Self::Gan(config) => Some(config.zoning()),
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

    /// What is unusual about it, in words that follow others; often nothing.
    pub fn remark(&self) -> String {
        match self {
            Self::Autoencoder(_) => String::new(),
            Self::Gan(config) => config.remark(),
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

    /// Faces are `size` x `size` pixels.
    pub fn size(&self) -> usize {
        each!(self, config => config.size)
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

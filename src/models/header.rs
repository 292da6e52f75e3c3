//! What a model is, as plain data.
//!
//! Owns the description that panels and reports show; how it is written to disk is the folder's business.

use super::{ModelKind, NetworkConfig, Zoning};

/// What a model is and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelHeader {
    /// The name it is looked up by: its folder's name.
    pub name: String,
    /// PCA, autoencoder or GAN.
    pub kind: ModelKind,
    /// Faces are `size` x `size` pixels.
    pub size: usize,
    /// Number of latent axes K.
    pub latent_dim: usize,
    /// How many faces it was fitted on.
    pub faces: usize,
    /// Which data that was, and how it was prepared.
    pub origin: String,
    /// Under which terms the model may be used.
    pub licence: String,
    /// Mean squared error in [0, 1] units that the axes leave: the variance per pixel outside them.
    pub noise_variance: Option<f64>,
    /// The shape of the network; `None` for models without one.
    pub network: Option<NetworkConfig>,
    /// How it was trained, in a sentence; `None` for models that are not trained.
    pub training: Option<String>,
}

impl ModelHeader {
    /// How the model is divided into zones at which axes can act; `None` where they always act as a whole.
    pub fn zoning(&self) -> Option<Zoning> {
        self.network.as_ref()?.zoning()
    }

    /// One line for pickers: "PCA · celeba64 · k 128".
    pub fn title(&self) -> String {
        format!("{} · {} · k {}", self.kind.label(), self.name, self.latent_dim)
    }
}

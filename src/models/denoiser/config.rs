//! The shape of a denoiser, which is that of an autoencoder under another name.

use std::ops::Deref;

use crate::models::autoencoder::AutoencoderConfig;

/// The shape of a denoiser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DenoiserConfig(pub AutoencoderConfig);

/// Whatever is asked of its shape, the autoencoder's answers.
impl Deref for DenoiserConfig {
    type Target = AutoencoderConfig;

    fn deref(&self) -> &AutoencoderConfig {
        &self.0
    }
}

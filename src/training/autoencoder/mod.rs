//! How an autoencoder learns: what it can be told, what is measured, and its step. The network is the models' own.

mod expectation;
mod figures;
mod learner;
mod settings;

pub use expectation::AUTOENCODER_EXPECTATION;
pub use figures::AUTOENCODER_FIGURES;
pub use learner::AutoencoderLearner;
pub use settings::AutoencoderSettings;

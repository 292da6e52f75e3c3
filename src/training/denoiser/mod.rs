//! How a denoiser learns: as an autoencoder does, from faces with noise on them.

mod figures;
mod learner;
mod settings;

pub use figures::DENOISER_FIGURES;
pub use learner::DenoiserLearner;
pub use settings::DenoiserSettings;

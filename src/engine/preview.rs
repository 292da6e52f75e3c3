//! The picture that stands for a model: some of its samples.

use super::{EngineError, open_model};
use crate::backend::BackendChoice;
use crate::data::contact_sheet;
use crate::latent::{Latent, LatentSampler};
use crate::models::StoredModel;

const COUNT: usize = 12;
const COLUMNS: usize = 6;
const SEED: u64 = 1;
const TRUNCATION: f32 = 0.8;

/// A PNG file's bytes: a small sheet of samples, the same for the same weights.
///
/// # Errors
/// [`EngineError::Weights`] where weights are missing.
pub fn preview_png(stored: &StoredModel) -> Result<Vec<u8>, EngineError> {
    let (model, _) = open_model(stored, BackendChoice::Cpu)?;
    let mut sampler = LatentSampler::new(SEED, TRUNCATION);
    let latents: Vec<Latent> = (0..COUNT).map(|_| sampler.sample(stored.frame.dim())).collect();
    Ok(contact_sheet(&model.decode_latents(&latents), COLUMNS).to_png())
}

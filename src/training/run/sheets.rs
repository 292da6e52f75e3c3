//! Pictures of what a network can do at a step: samples from fixed random numbers, and fixed faces over their reconstructions.

use std::path::Path;

use super::folder::RunFolder;
use super::names::SAMPLES as FOLDER;
use crate::data::{Faces, contact_sheet};
use crate::files::write_atomically;
use crate::latent::{Latent, LatentFrame, LatentSampler};
use crate::models::FaceModel;
use crate::training::error::TrainingError;

/// Samples on a sheet, and faces with their reconstructions.
const SAMPLES: usize = 32;
const COLUMNS: usize = 8;
/// Faces that are shown over their reconstructions.
pub const RECONSTRUCTED: usize = 16;
const SEED: u64 = 1;

/// Fixed samples in sigma units along a frame's axes.
///
/// The random numbers are fixed in the space of codes and turned into the frame, so that a sample moves smoothly while the frame
/// turns and its axes change places: code = mean + U S U^T noise, and U S U^T is the root of the covariance whatever U is.
pub fn steady_samples(frame: &LatentFrame) -> Vec<Latent> {
    let mut sampler = LatentSampler::new(SEED, 1.0);
    let axes: Vec<Vec<f32>> = (0..frame.dim()).map(|axis| frame.axis(axis)).collect();
    let turned = |noise: Latent| Latent(axes.iter().map(|axis| axis.iter().zip(&noise.0).map(|(a, n)| a * n).sum()).collect());
    (0..SAMPLES).map(|_| turned(sampler.sample(frame.code_dim()))).collect()
}

/// Writes both sheets of a step.
///
/// # Errors
/// [`TrainingError::File`].
pub fn write_sheets(run: &Path, step: u64, model: &dyn FaceModel, faces: &Faces) -> Result<(), TrainingError> {
    let samples = contact_sheet(&model.decode_latents(&steady_samples(model.frame())), COLUMNS).to_png();
    write_atomically(&RunFolder::sample_path(run, step, "samples"), &samples)?;
    let Some(codes) = model.encode(faces) else { return Ok(()) };
    let reconstructions = model.decode(&codes);
    let mut pixels = Vec::new();
    for first in (0..faces.count()).step_by(COLUMNS) {
        let row = first * faces.face_len()..(first + COLUMNS).min(faces.count()) * faces.face_len();
        for half in [faces, &reconstructions] {
            pixels.extend_from_slice(&half.pixels()[row.clone()]);
        }
    }
    let sheet = contact_sheet(&Faces::new(faces.size(), pixels), COLUMNS).to_png();
    Ok(write_atomically(&RunFolder::sample_path(run, step, "reconstructions"), &sheet)?)
}

/// Removes the pictures of steps after `step`: those steps are made again.
pub fn forget_sheets(run: &Path, step: u64) {
    for entry in std::fs::read_dir(run.join(FOLDER)).into_iter().flatten().flatten() {
        let of_step = entry.file_name().to_str().and_then(|name| name.split('-').next()?.parse::<u64>().ok());
        if of_step.is_some_and(|of_step| of_step > step) {
            // A picture that cannot be removed is replaced when its step comes again.
            std::fs::remove_file(entry.path()).ok();
        }
    }
}

/// The steps that have pictures, ascending.
pub fn list_sheets(run: &Path) -> Vec<u64> {
    let entries = std::fs::read_dir(run.join(FOLDER)).into_iter().flatten().flatten();
    let step = |name: &str| name.strip_suffix("-samples.png")?.parse().ok();
    let mut steps: Vec<u64> = entries.filter_map(|entry| step(entry.file_name().to_str()?)).collect();
    steps.sort_unstable();
    steps
}

//! What a model of a run says of itself.

use super::spec::RunSpec;
use crate::models::ModelHeader;
use crate::training::kinds::TrainingSettings;

/// The header of a network of a run at some moment: faces of `size` pixels, `training` in a sentence.
pub fn model_header(spec: &RunSpec, settings: &TrainingSettings, size: usize, name: String, training: String) -> ModelHeader {
    ModelHeader {
        name,
        kind: settings.kind(),
        size,
        latent_dim: settings.latent(),
        faces: spec.faces,
        origin: spec.whole_origin(),
        licence: "the terms of the faces that it was trained on".into(),
        noise_variance: None,
        network: Some(settings.network(size)),
        training: Some(training),
    }
}

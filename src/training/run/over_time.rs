//! A run as a place in time: the models that it was at its steps.
//!
//! Owns which steps there are and how a model is made of what the run keeps of one. What is shown between two steps is left to others.

use std::path::{Path, PathBuf};

use super::checkpoint::{list_checkpoints, read_average, read_state};
use super::names::CHECKPOINTS;
use super::spec::{RunSpec, read_spec};
use super::state::RunState;
use crate::latent::LatentFrame;
use crate::models::{ModelHeader, StoredModel};
use crate::training::error::TrainingError;

/// The models of a run over time.
pub trait ModelsOverTime {
    /// The steps of which there is a model, ascending; at least one.
    fn steps(&self) -> &[u64];

    /// The model at one of [`steps`](Self::steps). Its codes mean the same as those of the others, as far as that is possible: where the latent
    /// space is given and not learned, all models have one frame.
    ///
    /// # Errors
    /// [`TrainingError`] where it cannot be read.
    fn model_at(&self, step: u64) -> Result<StoredModel, TrainingError>;
}

/// The models of a run folder: those of its checkpoints.
#[derive(Debug)]
pub struct RunModels {
    run: PathBuf,
    spec: RunSpec,
    steps: Vec<u64>,
    /// The frame of the model in the run folder, or the newest that a checkpoint has.
    frame: Option<LatentFrame>,
}

impl RunModels {
    /// Looks at what a run folder keeps. Only reads, and holds no lock.
    ///
    /// # Errors
    /// [`TrainingError::NotARun`]; [`TrainingError::NoCheckpoint`] where it keeps no model of any step.
    pub fn open(run: &Path) -> Result<Self, TrainingError> {
        let spec = read_spec(run)?;
        let checkpoints = run.join(CHECKPOINTS);
        let mut steps = list_checkpoints(&checkpoints);
        steps.retain(|step| read_state(&checkpoints, *step).is_ok());
        let Some(last) = steps.last().copied() else {
            return Err(TrainingError::NoCheckpoint { path: run.to_path_buf(), wanted: String::new(), known: "none".into() });
        };
        let dim = spec.settings.latent();
        let saved = StoredModel::open(run).ok().map(|model| model.frame);
        let frame =
            saved.or_else(|| read_average(&checkpoints, last).ok()?.2).filter(|frame| (frame.dim(), frame.code_dim()) == (dim, dim));
        Ok(Self { run: run.to_path_buf(), spec, steps, frame })
    }

    fn header(&self, state: &RunState) -> ModelHeader {
        let (settings, size) = (&state.settings, state.size(&self.spec));
        ModelHeader {
            name: self.run.file_name().unwrap_or(self.run.as_os_str()).to_string_lossy().into_owned(),
            kind: settings.kind(),
            size,
            latent_dim: settings.latent(),
            faces: self.spec.faces,
            origin: self.spec.whole_origin(),
            licence: "the terms of the faces that it was trained on".into(),
            noise_variance: None,
            network: Some(settings.network(size)),
            training: Some(format!("facefield train {}: {} faces seen in {} steps", settings.kind().key(), state.images, state.step)),
        }
    }

    /// The frame of a step, where its checkpoint has `own`.
    fn frame(&self, state: &RunState, own: Option<LatentFrame>) -> LatentFrame {
        let dim = state.settings.latent();
        // What a network without an encoder is fed never changes its meaning, so that its axes are those of the end all along.
        let frame = if state.settings.has_encoder() { own.or_else(|| self.frame.clone()) } else { self.frame.clone().or(own) };
        let plain = || LatentFrame::diagonal(vec![1.0; dim], vec![1.0 / dim as f32; dim]);
        frame.unwrap_or_else(|| plain().expect("settings have a latent, and ones are positive"))
    }
}

impl ModelsOverTime for RunModels {
    fn steps(&self) -> &[u64] {
        &self.steps
    }

    fn model_at(&self, step: u64) -> Result<StoredModel, TrainingError> {
        let (state, weights, own) = read_average(&self.run.join(CHECKPOINTS), step)?;
        Ok(StoredModel { header: self.header(&state), frame: self.frame(&state, own), weights: weights.into() })
    }
}

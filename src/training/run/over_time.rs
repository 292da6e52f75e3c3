//! A run as a place in time: the models that it was at its steps.
//!
//! Owns which steps there are and how a model is made of what the run keeps of one. What is shown between two steps is left to others.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::checkpoint::{checkpoint_folder, list_checkpoints, read_average, read_state};
use super::header::model_header;
use super::names::CHECKPOINTS;
use super::snapshots::{AverageSnapshot, Moment, counts_in, list_snapshots, snapshot_path};
use super::spec::{RunSpec, read_spec};
use super::state::RunState;
use crate::latent::LatentFrame;
use crate::models::{ModelHeader, StoredModel};
use crate::training::error::TrainingError;
use crate::training::kinds::TrainingSettings;

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

    /// Whether there still is a model of one of [`steps`](Self::steps): a run that learns meanwhile clears checkpoints away.
    fn has_model(&self, step: u64) -> bool;
}

/// The models of a run folder: those of its checkpoints and, at other steps, of its snapshots: the shorter of their averages.
#[derive(Debug)]
pub struct RunModels {
    run: PathBuf,
    spec: RunSpec,
    /// As they stand at the newest checkpoint.
    settings: TrainingSettings,
    checkpoints: Vec<u64>,
    /// The steps of all models.
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
        let folder = run.join(CHECKPOINTS);
        let states = list_checkpoints(&folder).into_iter().filter_map(|step| Some((step, read_state(&folder, step).ok()?)));
        let (checkpoints, states): (Vec<u64>, Vec<RunState>) = states.unzip();
        let is_readable = |step: &u64| counts_in(&snapshot_path(run, *step)).is_some_and(|counts| Moment::of_snapshot(&counts).is_ok());
        let snapshots = list_snapshots(run).into_iter().filter(is_readable);
        let steps: Vec<u64> = checkpoints.iter().copied().chain(snapshots).collect::<BTreeSet<u64>>().into_iter().collect();
        if steps.is_empty() {
            return Err(TrainingError::NoCheckpoint { path: run.to_path_buf(), wanted: String::new(), known: "none".into() });
        }
        let settings = states.last().map_or_else(|| spec.settings.clone(), |state| state.settings.clone());
        let dim = settings.latent();
        let saved = StoredModel::open(run).ok().map(|model| model.frame);
        let of_last = || read_average(&folder, *checkpoints.last()?).ok()?.2;
        let frame = saved.or_else(of_last).filter(|frame| (frame.dim(), frame.code_dim()) == (dim, dim));
        Ok(Self { run: run.to_path_buf(), spec, settings, checkpoints, steps, frame })
    }

    fn header(&self, settings: &TrainingSettings, size: usize, images: u64, step: u64) -> ModelHeader {
        let name = self.run.file_name().unwrap_or(self.run.as_os_str()).to_string_lossy().into_owned();
        let training = format!("facefield train {}: {images} faces seen in {step} steps", settings.kind().key());
        model_header(&self.spec, settings, size, name, training)
    }

    fn of_snapshot(&self, step: u64) -> Result<StoredModel, TrainingError> {
        let (path, settings) = (snapshot_path(&self.run, step), &self.settings);
        let broken = |reason: String| TrainingError::Checkpoint { path: path.clone(), reason };
        let bytes = std::fs::read(&path).map_err(|error| broken(error.to_string()))?;
        let read = AverageSnapshot::from_safetensors(&bytes, settings.latent()).map_err(|error| broken(error.to_string()))?;
        let AverageSnapshot { images, size, averages, frame, .. } = read;
        let [short, _] = averages.weights;
        Ok(StoredModel { header: self.header(settings, size, images, step), frame: self.frame(settings, frame), weights: short.into() })
    }

    /// The frame of a step, where `own` stands beside its weights.
    fn frame(&self, settings: &TrainingSettings, own: Option<LatentFrame>) -> LatentFrame {
        let dim = settings.latent();
        // What a network without an encoder is fed never changes its meaning, so that its axes are those of the end all along.
        let frame = if settings.has_encoder() { own.or_else(|| self.frame.clone()) } else { self.frame.clone().or(own) };
        let plain = || LatentFrame::diagonal(vec![1.0; dim], vec![1.0 / dim as f32; dim]);
        frame.unwrap_or_else(|| plain().expect("settings have a latent, and ones are positive"))
    }
}

impl ModelsOverTime for RunModels {
    fn steps(&self) -> &[u64] {
        &self.steps
    }

    fn model_at(&self, step: u64) -> Result<StoredModel, TrainingError> {
        if !self.checkpoints.contains(&step) {
            return self.of_snapshot(step);
        }
        match read_average(&self.run.join(CHECKPOINTS), step) {
            Ok((state, weights, own)) => {
                let header = self.header(&state.settings, state.size(&self.spec), state.images, step);
                Ok(StoredModel { header, frame: self.frame(&state.settings, own), weights: weights.into() })
            }
            // Cleared away meanwhile: what was kept for good of the same step is nearly the same.
            Err(_) if snapshot_path(&self.run, step).is_file() => self.of_snapshot(step),
            Err(error) => Err(error),
        }
    }

    fn has_model(&self, step: u64) -> bool {
        let is_checkpoint = self.checkpoints.contains(&step) && checkpoint_folder(&self.run.join(CHECKPOINTS), step).is_dir();
        is_checkpoint || snapshot_path(&self.run, step).is_file()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{Precision, Weights};
    use crate::training::learner::LearnerState;
    use crate::training::power_average::KeptAverages;
    use crate::training::run::checkpoint::{Checkpoint, write_checkpoint};
    use crate::training::run::snapshots::write_snapshot;
    use crate::training::{Budget, CheckpointPlan, GanSettings};

    fn weights(number: f32) -> Weights {
        let mut weights = Weights::default();
        weights.insert("generator.bias", &[1], vec![number], Precision::Single);
        weights
    }

    #[test]
    fn a_checkpoint_that_is_cleared_away_meanwhile_gives_way_to_the_snapshot_of_its_step() {
        let place = tempfile::tempdir().unwrap();
        let (run, settings) = (place.path(), TrainingSettings::from(GanSettings::default()));
        let spec = RunSpec {
            version: RunSpec::VERSION,
            data: "faces.safetensors".into(),
            fingerprint: 1,
            size: 16,
            faces: 10,
            held_out: 0,
            origin: "10 faces".into(),
            settings: settings.clone(),
            checkpoints: CheckpointPlan::default(),
            half: false,
            parent: None,
            earlier: Vec::new(),
        };
        spec.write(run).unwrap();
        for step in [10, 20] {
            let state = RunState { step, ..RunState::new(settings.clone(), Budget::Images(800)) };
            let learned = LearnerState { ema: weights(1.0), ..LearnerState::default() };
            write_checkpoint(&run.join(CHECKPOINTS), &Checkpoint { state, learned, reference: None }).unwrap();
        }
        let averages = KeptAverages { faces: 80, pending: 0, weights: [weights(2.0), weights(3.0)] };
        let snapshot = AverageSnapshot { step: 10, images: 80, size: 16, averages, frame: None };
        write_snapshot(run, 10, &snapshot.to_safetensors()).unwrap();
        let models = RunModels::open(run).unwrap();
        assert_eq!(models.steps(), [10, 20]);
        let number = |step: u64| models.model_at(step).map(|model| model.weights.get("generator.bias", &[1]).unwrap()[0]);
        assert_eq!((number(10).unwrap(), number(20).unwrap()), (1.0, 1.0));
        std::fs::remove_dir_all(run.join(CHECKPOINTS)).unwrap();
        assert!(models.has_model(10) && !models.has_model(20));
        assert_eq!(number(10).unwrap(), 2.0);
        assert!(number(20).is_err());
    }
}

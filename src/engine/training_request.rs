//! What is asked of a training before it begins, and what it is once it has begun.
//!
//! Owns plain data only; how a training begins is in `start`, the loop in `train`.

use std::path::PathBuf;

use crate::backend::{BackendChoice, DeviceInfo};
use crate::training::{Budget, CheckpointPlan, Edit, RunSpec, TrainingSettings};

/// What stands at the run folder, and what to do with it.
#[derive(Clone, Debug, PartialEq)]
pub enum Beginning {
    /// Begin a new run; whatever stands there is an error.
    New,
    /// Begin a new run in place of an old one.
    Overwrite,
    /// Go on where the run was left, or begin it where there is none.
    Resume,
    /// Go on from the checkpoint of a step of the same run; what came after is forgotten.
    RollBack(u64),
    /// Begin with the checkpoint of a step of another run; `None` is its newest.
    Branch(PathBuf, Option<u64>),
}

/// A training that is asked for.
#[derive(Clone, Debug)]
pub struct TrainingRequest {
    /// The face cache.
    pub data: PathBuf,
    /// The run folder.
    pub out: PathBuf,
    /// What to learn and how. For a run that goes on only `edits` count.
    pub settings: TrainingSettings,
    /// The planned length; `None` keeps that of a run that goes on, else the default.
    pub budget: Option<Budget>,
    /// When checkpoints are written.
    pub checkpoints: CheckpointPlan,
    /// Whether the model's weights are stored in half precision.
    pub half: bool,
    /// How to begin.
    pub beginning: Beginning,
    /// Knobs of a run that goes on, turned.
    pub edits: Vec<Edit>,
    /// The device.
    pub backend: BackendChoice,
}

/// What a training is, once it is under way.
#[derive(Clone, Debug)]
pub struct TrainingStart {
    /// The run folder.
    pub path: PathBuf,
    /// How it was begun.
    pub spec: RunSpec,
    /// The settings by now.
    pub settings: TrainingSettings,
    /// The planned length.
    pub budget: Budget,
    /// Where it stands.
    pub step: u64,
    /// Faces seen so far.
    pub images: u64,
    /// Seconds of training so far.
    pub seconds: f64,
    /// Whether it came to its planned end before, so that nothing is left to do.
    pub is_finished: bool,
    /// How many numbers the network learns.
    pub parameters: usize,
    /// About how much memory a step takes.
    pub memory_bytes: u64,
    /// The device.
    pub device: DeviceInfo,
    /// Why devices that come first by preference are not used.
    pub skipped: Vec<String>,
}

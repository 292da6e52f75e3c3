//! What is asked of a training before it begins and while it goes on, and what it tells.
//!
//! Owns plain data that can be written and read, so that whoever trains may sit on another thread or another machine. How a training
//! begins is in `start`, the loop in `train`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::backend::{BackendChoice, DeviceInfo};
use crate::models::StoredModel;
use crate::training::{Budget, CheckpointPlan, Edit, RunFacts, RunReport, RunSummary, TrainingSettings};

/// What stands at the run folder, and what to do with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Begin a new run with the weights of another one at a step, and with nothing else of it; `None` is its newest.
    WarmStart(PathBuf, Option<u64>),
}

/// A training that is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingStart {
    /// All that is known of the run; where it came to its planned end before, nothing is left to do.
    pub facts: RunFacts,
    /// What it learns with.
    pub means: TrainingMeans,
}

/// What a training learns with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingMeans {
    /// How many numbers the network learns.
    pub parameters: usize,
    /// About how much memory a step takes, the most expensive one to come.
    pub memory_bytes: u64,
    /// Faces have so many pixels along each side in that step, where the network grows.
    #[serde(default)]
    pub memory_size: Option<usize>,
    /// The device.
    pub device: DeviceInfo,
    /// Why devices that come first by preference are not used.
    pub skipped: Vec<String>,
}

/// What may be asked of a training under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TrainingCommand {
    /// Pause before the next step.
    Pause,
    /// Go on.
    Resume,
    /// Write a checkpoint and end.
    Stop,
    /// Write a checkpoint now.
    Save,
    /// Turn a knob.
    Turn(Edit),
    /// Plan another length, and go on.
    Extend(Budget),
    /// Go back to the checkpoint of a step, and pause.
    RollBack(u64),
}

/// What a training tells.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum TrainingEvent {
    /// It is under way.
    Started(Box<TrainingStart>),
    /// Curves, events, settings, checkpoints, pictures.
    Reported(RunReport),
    /// The averaged network as it is now; it travels as the bytes of a model folder.
    Snapshot(Box<StoredModel>),
    /// The model that was saved as the training stopped is shown now, and some of its axes point elsewhere than those that were shown.
    FrameFixed {
        /// Which, counted from 0.
        moved: Vec<usize>,
        /// Of how many.
        of: usize,
    },
    /// It waits; why, if not because it was asked to.
    Paused(Option<String>),
    /// It goes on.
    Resumed,
    /// It reached its planned length. It waits for an extension or a stop.
    Finished(Box<RunSummary>),
    /// It was stopped, and everything is written.
    Stopped(Box<RunSummary>),
    /// Its start was called off; no new run is left.
    Cancelled,
    /// Something that the user should know.
    Warned(String),
    /// It cannot begin or go on.
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::{AutoencoderSettings, Value};

    #[test]
    fn what_is_asked_and_told_survives_the_way_to_another_machine() {
        let settings = TrainingSettings::from(AutoencoderSettings::default());
        let request = TrainingRequest {
            data: "faces.safetensors".into(),
            out: "run".into(),
            settings: settings.clone(),
            budget: Some(Budget::Seconds(1.5)),
            checkpoints: CheckpointPlan::default(),
            half: true,
            beginning: Beginning::Branch("other".into(), Some(20)),
            edits: vec![Edit::new("batch", Value::Count(4))],
            backend: BackendChoice::Cpu,
        };
        assert_eq!(ron::from_str::<TrainingRequest>(&ron::to_string(&request).unwrap()).unwrap(), request);
        for command in [TrainingCommand::Pause, TrainingCommand::Turn(request.edits[0].clone()), TrainingCommand::RollBack(20)] {
            assert_eq!(ron::from_str::<TrainingCommand>(&ron::to_string(&command).unwrap()).unwrap(), command);
        }
        let facts = RunFacts { settings: Some(settings), ..RunFacts::default() };
        let means = TrainingMeans {
            parameters: 9,
            memory_bytes: 99,
            memory_size: Some(16),
            device: DeviceInfo::cpu(),
            skipped: vec!["cuda: none".into()],
        };
        let start = TrainingStart { facts, means };
        assert_eq!(ron::from_str::<TrainingStart>(&ron::to_string(&start).unwrap()).unwrap(), start);
        let model = StoredModel::embedded().unwrap();
        let told = ron::to_string(&TrainingEvent::Snapshot(Box::new(model.clone()))).unwrap();
        let Ok(TrainingEvent::Snapshot(read)) = ron::from_str(&told) else { panic!("another event was told") };
        assert_eq!((&read.header, &read.frame, read.fingerprint()), (&model.header, &model.frame, model.fingerprint()));
    }
}

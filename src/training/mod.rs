//! How networks learn: one loop for every kind.
//!
//! Owns settings, schedule, the order of faces, the optimiser, averaged weights, checkpoints and the run folder. Which device
//! and thread a training runs on is the engine's business.

mod adam;
mod aside;
mod autoencoder;
mod batches;
mod checkpoint;
mod curves;
mod ema;
mod error;
mod event_log;
mod figure;
mod gan;
mod kinds;
mod knob;
mod learner;
mod learners;
mod log_file;
mod moment;
mod plan;
mod preset;
mod report;
mod run;
mod run_folder;
mod run_names;
mod schedule;
mod shared_knobs;
mod sheets;
mod spec;
mod standing;
mod watch;

#[cfg(test)]
mod tests;

pub use adam::{Adam, AdamConfig};
pub use autoencoder::{AutoencoderLearner, AutoencoderSettings};
pub use batches::{TrainingFaces, Variation};
pub use checkpoint::{RunState, list_checkpoints, read_checkpoint, read_state};
pub use curves::{CURVES_TABLE, CurveFile, CurvePoint, Curves};
pub use ema::averaged;
pub use error::TrainingError;
pub use event_log::{EventFile, EventKind, RunEvent, parse_events};
pub use figure::{Figure, FigureGroup, Good, HELD_OUT, InLine, names_of};
pub use gan::{
    Adversaries, Augmentation, CriticRules, Draws, GAN_FIGURES, GanLearner, GanSettings, Objective, Painter, PenaltyKind, StepFigures,
    Turns, penalty_of,
};
pub use kinds::TrainingSettings;
pub use knob::{Choice, Dial, Edit, Fixed, Knob, Knobs, Place, Range, Value, When};
pub use learner::{Learner, LearnerState};
pub use learners::learner_of;
pub use moment::StepMoment;
pub use plan::{Budget, CheckpointPlan};
pub use preset::Preset;
pub use report::{RunReport, RunSummary, StepOutcome};
pub use run::TrainingRun;
pub use run_folder::{RunFolder, branch, is_locked, is_run_folder};
pub use run_names::{CHECKPOINTS, CURVES, EVENTS, SAMPLES};
pub use schedule::{rate_share, settled_share};
pub use spec::{EarlierFaces, FacesUsed, RunSpec, read_spec};
pub use standing::{Standing, Unreadable};

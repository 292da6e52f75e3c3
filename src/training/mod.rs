//! How networks learn: one loop for every kind.
//!
//! Owns settings, schedule, the order of faces, the optimiser, averaged weights, checkpoints and the run folder. Which device
//! and thread a training runs on is the engine's business.

mod adam;
mod autoencoder;
mod batches;
mod ema;
mod error;
mod expectation;
mod figure;
mod gan;
mod growth;
mod held;
mod kinds;
mod knob;
mod learner;
mod moment;
mod plan;
mod power_average;
mod preset;
mod run;
mod schedule;
mod shared_knobs;
mod training_run;
mod watch;

#[cfg(test)]
mod tests;

pub use adam::{Adam, AdamConfig};
pub use autoencoder::{AutoencoderLearner, AutoencoderSettings};
pub use batches::{TrainingFaces, Variation};
pub use ema::averaged;
pub use error::TrainingError;
pub use expectation::{Expectation, Milestone, Pace};
pub use figure::{Figure, FigureGroup, Good, HELD_OUT, InLine, names_of};
pub use gan::{
    Adversaries, Augmentation, CriticRules, Draws, GAN_FIGURES, GanInverter, GanLearner, GanSettings, Inversion, InversionSettings, Invert,
    InverterPlan, LearnedEncoder, Objective, Painter, PenaltyKind, StepClock, StepFigures, StepPart, Turns, penalty_of,
};
pub use growth::{Growth, Stage, StageMoment};
pub use kinds::{EachKind, TrainingSettings};
pub use knob::{Choice, Dial, Edit, Fixed, Knob, Knobs, Place, Range, Unsound, Value, When};
pub use learner::{Learner, LearnerState};
pub use moment::StepMoment;
pub use plan::{Budget, CheckpointPlan};
pub use power_average::{Combination, KeptAverages, LENGTHS, PowerAverages, Profile, TRACKED, combine};
pub use preset::Preset;
pub use run::{
    AverageError, AverageSnapshot, Beginnings, CHECKPOINTS, CURVES, CURVES_TABLE, CheckpointKeeper, CurveFile, CurvePoint, Curves, EVENTS,
    EarlierFaces, EventFile, EventKind, FacesUsed, LastSeen, ModelsOverTime, Moment, RUN, RunEvent, RunFacts, RunFolder, RunModels,
    RunReport, RunSpec, RunState, RunSummary, SAMPLES, SNAPSHOTS, SolvedAverage, Standing, StepOutcome, Unreadable, branch, is_locked,
    is_run_folder, list_checkpoints, parse_events, read_beginnings, read_checkpoint, read_run, read_spec, read_state, run_kept_in,
    solve_average, warm_start,
};
pub use schedule::{rate_share, settled_share};
pub use training_run::TrainingRun;

//! Why a training cannot begin or go on.

use std::path::PathBuf;

use super::knob::Unsound;
use crate::data::DataError;
use crate::files::FileError;
use crate::models::{ModelError, WeightError};
use crate::words::{Advice, Setting, capital};

/// Why a training cannot begin or go on. What was learned up to the last checkpoint is never lost.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// Something already stands where the run should go.
    #[error("{path} already exists: {}", Advice::ResumeOrOverwrite, path = .path.display())]
    Exists {
        /// The run folder.
        path: PathBuf,
    },
    /// The folder is no run.
    #[error("{path} is no run folder: {reason}", path = .path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// What is missing or wrong.
        reason: String,
    },
    /// Another process trains this run.
    #[error("{path} is being trained by another process; wait for it, or give another {}", Setting::Folder, path = .path.display())]
    Busy {
        /// The run folder.
        path: PathBuf,
    },
    /// The run folder vanished while it was trained.
    #[error("the run folder {path} is gone. {rescue}", path = .path.display())]
    Gone {
        /// Where it stood.
        path: PathBuf,
        /// Where the state was saved instead, or why it was not.
        rescue: String,
    },
    /// A checkpoint cannot be read.
    #[error("the checkpoint file {path} cannot be used: {reason}", path = .path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no checkpoint to go on from.
    #[error("{path} has no checkpoint{wanted}; it has {known}", path = .path.display())]
    NoCheckpoint {
        /// The run folder.
        path: PathBuf,
        /// " of step 500", or nothing.
        wanted: String,
        /// Those that there are.
        known: String,
    },
    /// A run has learned, and no checkpoint of it can be read.
    #[error(
        "{path} cannot go on: {why}. Nothing was changed. Copy a checkpoint of it back into {path}/checkpoints, {advice}, \
         which deletes its curves and its model",
        path = .path.display(), advice = Advice::BranchOrOverwrite
    )]
    NothingLeft {
        /// The run folder.
        path: PathBuf,
        /// What is missing or wrong.
        why: String,
    },
    /// The checkpoint that was asked for cannot be read.
    #[error("{reason}. Nothing was changed. Checkpoints of {path} that can be read: {others}", path = .path.display())]
    OneUnreadable {
        /// The run folder.
        path: PathBuf,
        /// Which file, and why.
        reason: String,
        /// The others.
        others: String,
    },
    /// A setting cannot be changed any more.
    #[error("the run {path} was begun with {begun}; give another {} for {asked}", Setting::Folder, path = .path.display())]
    Fixed {
        /// The run folder.
        path: PathBuf,
        /// What it was begun with.
        begun: String,
        /// What was asked for.
        asked: String,
    },
    /// Settings do not go together, or not with these faces.
    #[error("{}", .0.reason)]
    Unsound(Unsound),
    /// A network cannot begin with the weights of another one.
    #[error("the networks cannot begin with the weights of {path}: {why}. Nothing was written", path = .path.display())]
    Unfit {
        /// Where the weights are.
        path: PathBuf,
        /// What does not fit, and what to do, as a sentence without its full stop.
        why: String,
    },
    /// Faces have a size that no network is made for.
    #[error("the faces are {size} x {size} pixels; networks are made for 16, 32 and 64. Import them {}", Advice::AtSize(32))]
    Size {
        /// Their size.
        size: usize,
    },
    /// The loss went wrong, and the training stands at an earlier step again.
    #[error(
        "{reason} at step {step}; the run stands at its checkpoint of step {restored} again. {}",
        capital(&Advice::ResumeSlower)
    )]
    Diverged {
        /// What went wrong.
        reason: String,
        /// When.
        step: u64,
        /// The step of the checkpoint.
        restored: u64,
    },
    /// Files cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Faces cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The model cannot be written.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Weights belong to another network.
    #[error(transparent)]
    Weights(#[from] WeightError),
}

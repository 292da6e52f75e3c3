//! Questions before anything is lost, as data. How they are asked, and what the answers do, is the business of `confirm`.

use std::path::{Path, PathBuf};

use super::form::free_name;
use super::warm_start::WarmStart;
use crate::engine::{FitPca, Job, TrainingRequest};
use crate::training::{CHECKPOINTS, is_locked, list_checkpoints};

/// A question that waits for an answer.
pub enum Confirmation {
    /// Stop the training?
    Stop,
    /// Go back to the checkpoint of a step?
    RollBack(u64),
    /// Copy the checkpoint of a step into a run of which name?
    Branch {
        /// The step.
        step: u64,
        /// The new run folder.
        to: String,
    },
    /// Begin another run with the weights of this one?
    WarmStart(Box<WarmStart>),
    /// A run stands where a new one shall begin.
    StartOver {
        /// The training that was asked for.
        request: Box<TrainingRequest>,
        /// The newest checkpoint of the run that stands there.
        newest: Option<u64>,
        /// Whether a process trains it now.
        is_busy: bool,
    },
    /// A model stands where a new one shall go.
    ReplaceModel(FitPca),
    /// The faces of an import are there already.
    ImportAgain {
        /// The import.
        job: Job,
        /// The faces.
        out: PathBuf,
    },
}

impl Confirmation {
    /// The question whether to start over the run that stands at the request's folder.
    pub fn start_over(request: TrainingRequest) -> Self {
        let newest = list_checkpoints(&request.out.join(CHECKPOINTS)).pop();
        let is_busy = is_locked(&request.out);
        Self::StartOver { request: Box::new(request), newest, is_busy }
    }

    /// The question for the name of a branch.
    pub fn branch(run: &Path, step: u64) -> Self {
        let name = free_name(&format!("{}-from-{step}", run.display()), &|name| Path::new(name).exists());
        Self::Branch { step, to: name }
    }
}

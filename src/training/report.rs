//! What a training tells while it goes on, and what it came to; plain data.

use std::path::PathBuf;

use serde::Serialize;

use super::{CurvePoint, RunEvent, RunState};

/// What a step came to.
#[derive(Clone, Debug, PartialEq)]
pub enum StepOutcome {
    /// The network has learned.
    Learned,
    /// The planned length was reached, and everything is written.
    Finished,
    /// Something was asked for while faces were encoded for figures or for the model: that begins again with the next step.
    Interrupted,
    /// The loss went wrong; the training stands at this earlier step again.
    Restored {
        /// What went wrong.
        reason: String,
        /// When.
        step: u64,
        /// The step of the checkpoint.
        to: u64,
    },
}

/// What a training tells while it goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum RunReport {
    /// The curves have a new point.
    Measured(CurvePoint),
    /// Something happened.
    Noted(RunEvent),
    /// A checkpoint was written.
    Saved {
        /// Its step.
        step: u64,
    },
    /// There are new pictures.
    Pictured {
        /// Their step.
        step: u64,
    },
}

/// What a training came to.
#[derive(Clone, Debug, Serialize)]
pub struct RunSummary {
    /// Faces seen over all sittings.
    pub images_seen: u64,
    /// Seconds of training over all sittings; pauses do not count.
    pub seconds: f64,
    /// Their quotient.
    pub images_per_second: f64,
    /// The model folder: the run folder itself.
    pub model: PathBuf,
    /// The last losses by name, and `held_out_mse` where faces are held out.
    pub losses: std::collections::BTreeMap<String, f64>,
    /// How many steps were made.
    pub steps: u64,
    /// The step of the best checkpoint on held-out faces, where there are any.
    pub best_step: Option<u64>,
    /// Whether the planned length was reached and the model is complete.
    pub finished: bool,
    /// Whether the planned length was reached; where the model is not complete yet, going on completes it.
    pub trained: bool,
}

/// What came together since the last point of the curves.
#[derive(Default)]
pub(super) struct Window {
    /// Of each figure the sum, and in how many steps it was measured.
    sums: Vec<(f64, u64)>,
    pub(super) steps: u64,
    images: u64,
    seconds: f64,
}

impl Window {
    /// Takes note of a step.
    pub(super) fn add(&mut self, losses: &[Option<f32>], batch: usize, seconds: f64) {
        self.sums.resize(losses.len(), (0.0, 0));
        for ((sum, count), loss) in self.sums.iter_mut().zip(losses).filter_map(|(sum, loss)| Some((sum, (*loss)?))) {
            (*sum, *count) = (*sum + f64::from(loss), *count + 1);
        }
        self.steps += 1;
        self.images += batch as u64;
        self.seconds += seconds;
    }

    /// Takes note of time between two steps.
    pub(super) fn rest(&mut self, seconds: f64) {
        self.seconds += seconds;
    }

    /// The point of the curves that stands for them.
    pub(super) fn point(&self, state: &RunState, learning_rate: f32, held_out: Option<f64>, losses: usize) -> CurvePoint {
        let mean = |(sum, count): &(f64, u64)| if *count > 0 { (sum / *count as f64) as f32 } else { f32::NAN };
        let mut means: Vec<f32> = self.sums.iter().map(mean).collect();
        means.resize(losses, f32::NAN);
        CurvePoint {
            step: state.step,
            images: state.images,
            seconds: state.seconds,
            images_per_second: if self.seconds > 0.0 { self.images as f64 / self.seconds } else { 0.0 },
            learning_rate,
            batch: state.settings.batch(),
            losses: means,
            held_out,
        }
    }
}

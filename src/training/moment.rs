//! Where a step stands in the schedule of a training; plain data.

use super::growth::StageMoment;

/// Where a step stands in the schedule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepMoment {
    /// Steps made before this one.
    pub step: u64,
    /// Faces seen before this step.
    pub images: u64,
    /// The share of the planned length that is used, from 0.
    pub progress: f64,
    /// The learning rate of this step.
    pub learning_rate: f32,
    /// How much of the averaged weights stays.
    pub ema_decay: f32,
    /// Where it stands in its stage, as a network grows.
    pub stage: StageMoment,
}

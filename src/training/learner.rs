//! What learns: the contract between the one training loop and the kinds of networks.
//!
//! Plain data in, plain data out; tensors never leave a learner. It lives on one thread. Knows no kind.

use super::figure::Figure;
use super::knob::Edit;
use super::moment::StepMoment;
use super::power_average::KeptAverages;
use super::watch::Watch;
use crate::data::Faces;
use crate::latent::LatentFrame;
use crate::models::gan::FrameCare;
use crate::models::{FaceModel, ModelHeader, WeightError, Weights};

/// Everything that a learner is made of between two steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LearnerState {
    /// The weights.
    pub weights: Weights,
    /// The averaged weights.
    pub ema: Weights,
    /// The moments of the optimiser.
    pub optimizer: Weights,
    /// How many steps each optimiser has made.
    pub optimizer_steps: Vec<u32>,
    /// The averages that one of any length comes from; checkpoints of earlier versions have none.
    pub averages: Option<KeptAverages>,
}

impl LearnerState {
    /// The name of the first tensor with a number that is infinite or none.
    pub fn first_not_finite(&self) -> Option<&str> {
        let of_averages = || self.averages.as_ref().and_then(KeptAverages::first_not_finite);
        [&self.weights, &self.ema, &self.optimizer].into_iter().find_map(Weights::first_not_finite).or_else(of_averages)
    }
}

/// A network, or several, with optimiser and averaged weights.
pub trait Learner {
    /// What is measured at a step.
    fn figures(&self) -> &'static [Figure];

    /// What looks out for trouble in the figures of its steps, and has seen none yet.
    fn watch(&self) -> Box<dyn Watch>;

    /// One step on NCHW `pictures` in [-1, 1]; its figures in their order, those that it measured.
    fn step(&mut self, pictures: Vec<f32>, batch: usize, moment: &StepMoment) -> Vec<Option<f32>>;

    /// Takes up where knobs stand from the next step on, all of those that may change while it learns.
    fn adopt(&mut self, stands: &[Edit]);

    /// What a checkpoint keeps.
    fn state(&self) -> LearnerState;

    /// Takes up a state where it was left, with pictures of `size` pixels.
    ///
    /// # Errors
    /// [`WeightError`] where it belongs to another network.
    fn restore(&mut self, state: &LearnerState, size: usize) -> Result<(), WeightError>;

    /// Grows by the stage that makes pictures of `size` pixels; it has no share in them yet.
    ///
    /// # Panics
    /// Where the settings know of no growth.
    fn grow(&mut self, size: usize) {
        unreachable!("a network that does not grow was to grow to {size} pixels")
    }

    /// Gives the newest stage its share in the pictures, 0 to 1; 1 from the beginning on where nothing grows.
    fn fade(&mut self, _share: f32) {}

    /// The averaged weights, as a model folder holds them (without the frame).
    fn ema_weights(&self) -> Weights;

    /// The averages that one of any length comes from, their weights named as in a model folder; `None` where it keeps none.
    fn averages(&self) -> Option<KeptAverages> {
        None
    }

    /// Faces seen since those averages began: with the network, or when it was last changed to another one.
    fn averaged_faces(&self) -> u64 {
        0
    }

    /// The latent frame of the averaged network; `faces`: some that it learned from. Once it is no longer wanted, what is known by then
    /// has to do.
    fn frame(&self, faces: &Faces, care: FrameCare, is_wanted: &dyn Fn() -> bool) -> LatentFrame;

    /// For how many steps a frame is good enough to be shown: finding it takes time.
    fn frame_lasts(&self) -> u64 {
        0
    }

    /// The averaged network as a model.
    fn model(&self, header: ModelHeader, frame: LatentFrame) -> Box<dyn FaceModel>;
}

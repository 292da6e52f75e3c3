//! What a journey is filmed of: one model, or a run as it was at every moment.
//!
//! Owns which model is shown in which frame, and what of a journey a model cannot show. How it is drawn is the views' business.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;

use super::growth::Growth;
use super::{EngineError, open_model};
use crate::backend::BackendChoice;
use crate::data::Faces;
use crate::latent::{Journey, JourneyPose, Latent, TrainingStep, ZonedLatent};
use crate::models::{FaceModel, StoredModel};
use crate::progress::Monitor;
use crate::training::RunModels;
use crate::video::VideoError;
use crate::words::{counted, grouped};

/// What a journey is filmed of, as plain data.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A model, which stays as it is.
    Model(Box<StoredModel>),
    /// The folder of a run, whose models are seen over time.
    Run(PathBuf),
}

impl From<StoredModel> for Subject {
    fn from(model: StoredModel) -> Self {
        Self::Model(Box::new(model))
    }
}

/// A journey and what it is filmed of.
pub struct Filmed {
    journey: Journey,
    stored: StoredModel,
    frames: u64,
    opened: Opened,
}

/// The subject, ready to compute.
enum Opened {
    Model(Box<dyn FaceModel>),
    Run(Box<Growth>),
}

impl Filmed {
    /// Opens the subject of a journey of `frames` frames; tells what of the journey it cannot show.
    ///
    /// # Errors
    /// [`EngineError`] where the model or the run cannot be used.
    pub fn open(journey: &Journey, subject: &Subject, frames: u64, monitor: &dyn Monitor) -> Result<Self, EngineError> {
        let (opened, stored, journey) = match subject {
            Subject::Model(stored) => {
                let journey = without_steps(journey, stored, monitor);
                (Opened::Model(open_model(stored, BackendChoice::Cpu)?.0), (**stored).clone(), journey)
            }
            Subject::Run(run) => {
                let growth = Growth::new(Box::new(RunModels::open(run)?))?;
                let (stored, journey) = (growth.last().clone(), journey.growing());
                warn_of_lacking_steps(&journey, &growth, monitor);
                (Opened::Run(Box::new(growth)), stored, journey)
            }
        };
        let journey = without_zones(&journey, &stored, monitor);
        Ok(Self { journey, stored, frames, opened })
    }

    /// The journey, without what is not shown of it.
    pub fn journey(&self) -> &Journey {
        &self.journey
    }

    /// The model, or the last one of the run.
    pub fn stored(&self) -> &StoredModel {
        &self.stored
    }

    /// The pose at a frame, with the step of the training where there is one.
    pub fn pose(&self, frame: u64) -> JourneyPose {
        let pose = self.journey.pose_at(frame, self.frames, self.stored.header.kind.facts().walk);
        JourneyPose { step: self.step(frame).map(|step| step.round() as u64), ..pose }
    }

    fn step(&self, frame: u64) -> Option<f64> {
        let Opened::Run(growth) = &self.opened else { return None };
        let [first, last] = growth.ends();
        self.journey.training_at(frame, self.frames, first, last)
    }

    /// The model that is shown at a frame; and whether it is another one than was asked for before.
    ///
    /// # Errors
    /// [`VideoError::Source`] where a model of the run cannot be used.
    pub fn model(&mut self, frame: u64) -> Result<(&dyn FaceModel, bool), VideoError> {
        let step = self.step(frame);
        match &mut self.opened {
            Opened::Model(model) => Ok((&**model, false)),
            Opened::Run(growth) => {
                let [_, last] = growth.ends();
                growth.at(step.unwrap_or(last as f64)).map_err(|error| VideoError::Source(error.to_string()))
            }
        }
    }

    /// The faces at some frames, of which these are the poses, all of one size.
    ///
    /// # Errors
    /// As [`model`](Self::model).
    pub fn faces(&mut self, frames: Range<u64>, poses: &[JourneyPose]) -> Result<Faces, VideoError> {
        let dim = self.stored.frame.dim();
        if let Opened::Model(model) = &self.opened {
            return Ok(decode(model.as_ref(), poses, dim));
        }
        let (mut size, mut pixels) = (0, Vec::new());
        for (frame, pose) in frames.zip(poses) {
            let faces = decode(self.model(frame)?.0, std::slice::from_ref(pose), dim);
            size = faces.size();
            pixels.extend_from_slice(faces.pixels());
        }
        Ok(Faces::new(size, pixels))
    }
}

fn decode(model: &dyn FaceModel, poses: &[JourneyPose], dim: usize) -> Faces {
    let zoned: Option<Vec<ZonedLatent>> = poses.iter().map(|pose| pose.zoned_latent(dim)).collect();
    let faces = zoned.and_then(|latents| model.decode_zoned_latents(&latents));
    faces.unwrap_or_else(|| model.decode_latents(&poses.iter().map(|pose| pose.latent(dim)).collect::<Vec<Latent>>()))
}

/// The journey without the steps that it names: a model by itself has no time.
fn without_steps(journey: &Journey, stored: &StoredModel, monitor: &dyn Monitor) -> Journey {
    if !journey.has_steps() {
        return journey.clone();
    }
    monitor.warn(format!("the journey names steps of a training, which only a run has; {} is shown as it is", stored.header.name));
    journey.without_steps()
}

/// The journey with axes that act everywhere, where the model has no zones.
fn without_zones(journey: &Journey, stored: &StoredModel, monitor: &dyn Monitor) -> Journey {
    if !journey.has_zones() || stored.header.zoning().is_some() {
        return journey.clone();
    }
    let (name, kind) = (&stored.header.name, stored.header.kind.label());
    monitor.warn(format!("{name} has no zones, as no {kind} does; the journey's axes act everywhere in it"));
    journey.without_zones()
}

/// Tells what the run does not have of the time that the journey leads through.
fn warn_of_lacking_steps(journey: &Journey, growth: &Growth, monitor: &dyn Monitor) {
    let [first, last] = growth.ends();
    let name = &growth.last().header.name;
    let outside: BTreeSet<u64> = journey
        .keyframes
        .iter()
        .filter_map(|keyframe| match keyframe.step? {
            TrainingStep::At(step) => Some(step).filter(|step| !(first..=last).contains(step)),
            _ => None,
        })
        .collect();
    if !outside.is_empty() {
        let list: Vec<String> = outside.into_iter().map(grouped).collect();
        let steps = if list.len() == 1 { "step" } else { "steps" };
        let (list, first, last) = (list.join(", "), grouped(first), grouped(last));
        monitor.warn(format!("{name} has models from step {first} to {last}; for {steps} {list} the nearest is shown"));
    }
    if growth.len() == 1 {
        monitor.warn(format!("{name} keeps {}, so nothing grows", counted(1, "model")));
    }
}

//! The job that records a journey through a model, and its view that needs nothing but the processor: the portrait.
//!
//! Owns what a view of a journey is. Other views come from layers that can draw them; the loop is the video layer's business.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::EngineError;
use super::filmed::{Filmed, Subject};
use crate::latent::{Journey, JourneyPose};
use crate::models::StoredModel;
use crate::progress::Monitor;
use crate::video::{FrameSource, Portrait, Recorded, Recording, VideoError, letters_without_font, record};
use crate::words::counted;

/// Letters that a warning names.
const MOST_NAMED: usize = 24;
/// Frames that are decoded and drawn side by side.
const TOGETHER: u64 = 8;

/// Records a journey.
#[derive(Clone, Debug)]
pub struct RecordJourney {
    /// The journey.
    pub journey: Journey,
    /// What it runs through.
    pub subject: Subject,
    /// What is seen of it.
    pub view: Arc<dyn JourneyView>,
    /// How it becomes a video.
    pub recording: Recording,
}

/// What is seen of a journey.
pub trait JourneyView: fmt::Debug + Send + Sync {
    /// Opens the source of a journey's `frames` frames, and warns of what it cannot show. What draws may belong to one thread, so a source
    /// is opened where it is used.
    ///
    /// # Errors
    /// [`EngineError`] where the model cannot be used or there is nothing to draw with.
    fn open(&self, job: &RecordJourney, frames: u64, monitor: &dyn Monitor) -> Result<Box<dyn FrameSource>, EngineError>;
}

/// Runs the job. The same journey, model and view give the same bytes.
///
/// # Errors
/// [`EngineError`] where the model, the driver or the target cannot be used or the monitor cancels; the target is untouched then.
pub fn record_journey(job: &RecordJourney, monitor: &dyn Monitor) -> Result<Recorded, EngineError> {
    record(&job.recording, job.journey.seconds, monitor, |frames| job.view.open(job, frames, monitor))
}

/// One large face that changes along the way, with its coordinates.
#[derive(Clone, Copy, Debug)]
pub struct PortraitView;

impl JourneyView for PortraitView {
    fn open(&self, job: &RecordJourney, frames: u64, monitor: &dyn Monitor) -> Result<Box<dyn FrameSource>, EngineError> {
        let filmed = Filmed::open(&job.journey, &job.subject, frames, monitor)?;
        let (journey, stored) = (filmed.journey(), filmed.stored());
        warn_of_lacking_axes(journey.axes(), stored, monitor);
        warn_of_lacking_letters(journey, &stored.header.title(), monitor);
        let portrait = Portrait::new(journey, &stored.header.title(), stored.frame.dim(), job.recording.size);
        Ok(Box::new(Portraits { portrait, filmed }))
    }
}

/// The frames of the portrait view.
struct Portraits {
    portrait: Portrait,
    filmed: Filmed,
}

impl FrameSource for Portraits {
    fn together(&self) -> u64 {
        TOGETHER
    }

    fn draw(&mut self, frames: Range<u64>) -> Result<Vec<Vec<u8>>, VideoError> {
        let poses: Vec<JourneyPose> = frames.clone().map(|frame| self.filmed.pose(frame)).collect();
        let faces = self.filmed.faces(frames, &poses)?;
        let portrait = &self.portrait;
        Ok(poses.par_iter().enumerate().map(|(index, pose)| portrait.draw(pose, faces.size(), faces.face(index))).collect())
    }
}

/// Tells which of the axes (counted from 0) that a journey needs a model lacks.
pub fn warn_of_lacking_axes(axes: impl IntoIterator<Item = usize>, model: &StoredModel, monitor: &dyn Monitor) {
    let lacking: BTreeSet<usize> = axes.into_iter().filter(|axis| *axis >= model.frame.dim()).collect();
    if !lacking.is_empty() {
        let list: Vec<String> = lacking.iter().map(|axis| (axis + 1).to_string()).collect();
        let (name, has) = (&model.header.name, counted(model.frame.dim() as u64, "axis"));
        let (axes, are) = if lacking.len() == 1 { ("axis", "is") } else { ("axes", "are") };
        monitor.warn(format!("{name} has {has}; the journey's {axes} {} {are} skipped", list.join(", ")));
    }
}

/// Tells which letters of a journey's title and captions, or of other texts drawn beside them, no font on this machine has.
pub fn warn_of_lacking_letters(journey: &Journey, other: &str, monitor: &dyn Monitor) {
    let captions = journey.keyframes.iter().filter_map(|keyframe| keyframe.caption.as_deref());
    let texts: Vec<&str> = [other, &journey.name, &journey.caption].into_iter().chain(captions).collect();
    let lacking = letters_without_font(&texts.join(" "));
    if !lacking.is_empty() {
        let (letters, are) = if lacking.len() == 1 { ("the letter", "is drawn as a box") } else { ("the letters", "are drawn as boxes") };
        let mut list = lacking.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<&str>>().join(" ");
        if lacking.len() > MOST_NAMED {
            list = format!("{list} and {} more", lacking.len() - MOST_NAMED);
        }
        monitor.warn(format!(
            "no font on this machine has {letters} {list}, which {are}; install one that does, such as one of the Noto fonts"
        ));
    }
}

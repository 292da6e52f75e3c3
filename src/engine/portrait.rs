//! The job that renders the portrait view of a journey: decodes, draws and encodes, frame by frame.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use rayon::prelude::*;
use serde::Serialize;

use super::{EngineError, open_model};
use crate::backend::BackendChoice;
use crate::files::Replace;
use crate::latent::{Journey, JourneyPose, Latent};
use crate::models::StoredModel;
use crate::progress::{Monitor, Progress};
use crate::video::{FrameRate, FrameSize, Portrait, VideoError, VideoTarget, VideoWriter, letters_without_font};
use crate::words::counted;

/// Letters that a warning names.
const MOST_NAMED: usize = 24;
/// Frames that are decoded and drawn side by side.
const CHUNK: u64 = 8;

/// How a journey becomes a video.
#[derive(Clone, Debug)]
pub struct RenderOptions {
    /// Where the video goes.
    pub target: VideoTarget,
    /// In pixels.
    pub size: FrameSize,
    /// Frames a second.
    pub rate: FrameRate,
    /// What it may take the place of.
    pub replace: Replace,
}

/// What was rendered.
#[derive(Clone, Debug, Serialize)]
pub struct RenderSummary {
    /// How many frames the video has.
    pub frames: u64,
    /// How long rendering took.
    pub seconds: f64,
    /// The video.
    pub path: PathBuf,
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

/// Renders the portrait view. The same journey and model give the same bytes.
///
/// # Errors
/// [`EngineError`] where the model or the target cannot be used or the monitor cancels; the target is untouched then.
pub fn render_portrait(
    journey: &Journey,
    stored: &StoredModel,
    options: &RenderOptions,
    monitor: &dyn Monitor,
) -> Result<RenderSummary, EngineError> {
    let start = Instant::now();
    options.target.ensure_replaceable(options.replace).map_err(VideoError::from)?;
    warn_of_lacking_axes(journey.axes(), stored, monitor);
    warn_of_lacking_letters(journey, &stored.header.title(), monitor);
    let (model, _) = open_model(stored, BackendChoice::Cpu)?;
    let (frames, walk) = (options.rate.frames_in(journey.seconds), stored.header.kind.facts().walk);
    let portrait = Portrait::new(journey, &stored.header.title(), stored.frame.dim(), options.size);
    let mut writer = VideoWriter::create(&options.target, options.replace, options.size, options.rate, frames)?;
    for first in (0..frames).step_by(CHUNK as usize) {
        if monitor.cancelled() {
            return Err(VideoError::Cancelled.into());
        }
        monitor.report(Progress { stage: "rendering", unit: "frames", done: first, total: frames });
        let poses: Vec<JourneyPose> = (first..frames.min(first + CHUNK)).map(|frame| journey.pose_at(frame, frames, walk)).collect();
        let latents: Vec<Latent> = poses.iter().map(|pose| pose.latent(stored.frame.dim())).collect();
        let faces = model.decode_latents(&latents);
        let pictures: Vec<Vec<u8>> =
            poses.par_iter().enumerate().map(|(i, pose)| portrait.draw(pose, faces.size(), faces.face(i))).collect();
        pictures.into_iter().try_for_each(|picture| writer.push(picture))?;
    }
    writer.finish(monitor)?;
    Ok(RenderSummary { frames, seconds: start.elapsed().as_secs_f64(), path: options.target.path().to_path_buf() })
}

//! `facefield bench render`: frames of the portrait view in a second, drawn and encoded.

use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::super::Output;
use super::timing::{RepeatArgs, Timing};
use crate::backend::DeviceInfo;
use crate::engine::{PortraitView, RecordJourney, record_journey};
use crate::files::Replace;
use crate::latent::Journey;
use crate::models::StoredModel;
use crate::progress::Silent;
use crate::video::{FrameRate, FrameSize, Recording, VideoTarget};

/// Frames a second of the video.
const FPS: u32 = 30;
/// The journey that is rendered.
const SAMPLE: &str = "portraits";

/// Arguments of `facefield bench render`.
#[derive(Debug, Args)]
pub struct RenderArgs {
    /// Width and height in pixels.
    #[arg(long, default_value = "1280x720")]
    size: FrameSize,
    #[command(flatten)]
    repeats: RepeatArgs,
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    device: DeviceInfo,
    size: String,
    frames: u64,
    #[serde(flatten)]
    timing: Timing,
    frames_per_second: f64,
}

/// Runs the benchmark.
///
/// # Errors
/// What the encoder or the disk refuse.
pub fn run(args: &RenderArgs, output: &Output) -> anyhow::Result<()> {
    let place = tempfile::tempdir()?;
    let rate = FrameRate::whole(FPS).expect("it is from 1 to 120");
    let recording = Recording { target: VideoTarget::Mp4(place.path().join("journey.mp4")), size: args.size, rate, replace: Replace::Own };
    let (journey, model) = (Journey::sample(SAMPLE).expect("it is part of the program"), StoredModel::embedded()?);
    let job = RecordJourney { journey, subject: model.into(), view: Arc::new(PortraitView), recording };
    let mut frames = 0;
    let timing = args.repeats.time(|| {
        frames = record_journey(&job, &Silent)?.frames;
        Ok(())
    })?;
    let frames_per_second = frames as f64 / timing.median_seconds;
    let report = Report { device: DeviceInfo::cpu(), size: args.size.to_string(), frames, timing, frames_per_second };
    output.result(&report, |report| serde_json::to_string_pretty(report).unwrap_or_default())
}

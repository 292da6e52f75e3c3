//! `facefield bench explorer`: frame times in a window, standing and flying, and what it costs at rest.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::super::Output;
use super::super::advice::of_app;
use super::timing::{RepeatArgs, percentile};
use crate::app::AppOptions;
use crate::app::bench::{BenchPlan, Leg, LegResult, RestResult, measure};
use crate::backend::BackendChoice;
use crate::engine::{Beginning, TrainingRequest};
use crate::models::StoredModel;
use crate::training::{AutoencoderSettings, Budget, CheckpointPlan, Preset};

/// Arguments of `facefield bench explorer`.
#[derive(Debug, Args)]
pub struct ExplorerArgs {
    #[command(flatten)]
    repeats: RepeatArgs,
    /// Seconds standing, and seconds flying, in each repeat.
    #[arg(long, default_value_t = 8.0, value_parser = seconds)]
    seconds: f32,
    /// Train the smallest autoencoder on this face cache meanwhile, and measure also while that is paused.
    #[arg(long, value_name = "FACES.safetensors")]
    train: Option<PathBuf>,
    /// How much of the machine training takes, 0.05 to 1.
    #[arg(long, default_value_t = 0.8, requires = "train")]
    share: f32,
}

fn seconds(text: &str) -> Result<f32, String> {
    let seconds: f32 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (1.0..=600.0).contains(&seconds) { Ok(seconds) } else { Err("from 1 to 600 seconds".into()) }
}

#[derive(Serialize)]
struct ExplorerReport {
    device: String,
    threads: usize,
    size: [u32; 2],
    faces_around: usize,
    first_faces_seconds: f64,
    /// Without a training, or while it is paused: the same network is shown.
    standing: FrameTimes,
    flying: FrameTimes,
    /// While the training goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    training: Option<TrainingReport>,
    /// While nothing happens: no frame is drawn then.
    at_rest: Vec<RestReport>,
}

#[derive(Serialize)]
struct RestReport {
    beside_training: bool,
    /// How many cores it takes, with the training where one goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    cores: Option<f64>,
    frames_per_second: f64,
    /// From a key that goes down to the first frame that has moved.
    first_frame_ms: f64,
    /// Faces learned from in a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    images_per_second: Option<f64>,
}

#[derive(Serialize)]
struct TrainingReport {
    share: f32,
    standing: FrameTimes,
    flying: FrameTimes,
    /// How many times longer the median frame is than while the training is paused.
    standing_ratio: f64,
    flying_ratio: f64,
    /// Faces learned from in a second.
    images_per_second_standing: f64,
    images_per_second_flying: f64,
}

/// Median and 99th percentile of some milliseconds.
#[derive(Clone, Debug, Serialize)]
struct FrameTimes {
    /// How many there are.
    frames: usize,
    /// Their median.
    median_ms: f64,
    /// 99 % are at most this long.
    p99_ms: f64,
    /// The mean number of faces drawn.
    faces_in_view: f64,
}

impl FrameTimes {
    fn of(result: &LegResult) -> Self {
        let (milliseconds, frames) = (&result.milliseconds, result.milliseconds.len());
        Self {
            frames,
            median_ms: percentile(milliseconds, 0.5),
            p99_ms: percentile(milliseconds, 0.99),
            faces_in_view: result.faces as f64 / frames as f64,
        }
    }
}

/// Runs the benchmark.
///
/// # Errors
/// Where no window can be opened, or the training fails.
pub fn run(args: &ExplorerArgs, output: &Output) -> anyhow::Result<()> {
    #[cfg(all(unix, not(target_os = "macos")))]
    crate::cli::environment::leave_stale_wayland();
    let size = (1280, 720);
    let options = AppOptions { model: StoredModel::embedded()?, size, fits: false, vsync: false, rests: false };
    let place = tempfile::tempdir()?;
    let training = args.train.as_ref().map(|data| (training_request(data, &place.path().join("run")), args.share));
    let plan = BenchPlan { rounds: args.repeats.repeats, seconds: args.seconds, training };
    let result = measure(options, plan, Instant::now()).map_err(of_app)?;
    let leg = |flies, trains| result.of(Leg { flies, trains }).filter(|leg| !leg.milliseconds.is_empty());
    let quiet = |flies| leg(flies, false).map(FrameTimes::of).context("no frame was measured: give it more --seconds");
    let (standing, flying) = (quiet(false)?, quiet(true)?);
    let training = leg(false, true).zip(leg(true, true)).map(|pair| TrainingReport::of(args.share, pair, (&standing, &flying)));
    let report = ExplorerReport {
        device: result.adapter.clone(),
        threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        size: [size.0, size.1],
        faces_around: result.loaded,
        first_faces_seconds: result.first_faces_seconds,
        standing,
        flying,
        training,
        at_rest: result.rests.iter().map(RestReport::of).collect(),
    };
    output.result(&report, |report| serde_json::to_string_pretty(report).unwrap_or_default())
}

impl RestReport {
    fn of(rest: &RestResult) -> Self {
        Self {
            beside_training: rest.trains,
            cores: rest.cores,
            frames_per_second: rest.frames_per_second,
            first_frame_ms: rest.first_frame_ms,
            images_per_second: rest.trains.then(|| rest.trained.0 as f64 / rest.trained.1),
        }
    }
}

impl TrainingReport {
    /// Of the legs standing and flying, and of the frames of the same legs without training.
    fn of(share: f32, legs: (&LegResult, &LegResult), quiet: (&FrameTimes, &FrameTimes)) -> Self {
        let (standing, flying) = (FrameTimes::of(legs.0), FrameTimes::of(legs.1));
        let rate = |leg: &LegResult| leg.trained.0 as f64 / leg.trained.1;
        Self {
            share,
            standing_ratio: standing.median_ms / quiet.0.median_ms,
            flying_ratio: flying.median_ms / quiet.1.median_ms,
            images_per_second_standing: rate(legs.0),
            images_per_second_flying: rate(legs.1),
            standing,
            flying,
        }
    }
}

/// A training that goes on for longer than the measurement.
fn training_request(data: &Path, out: &Path) -> TrainingRequest {
    TrainingRequest {
        data: data.to_path_buf(),
        out: out.to_path_buf(),
        settings: AutoencoderSettings { preset: Preset::Tiny, ..AutoencoderSettings::default() }.into(),
        budget: Some(Budget::Images(100_000_000)),
        checkpoints: CheckpointPlan::default(),
        half: false,
        beginning: Beginning::New,
        edits: Vec::new(),
        backend: BackendChoice::Cpu,
    }
}

//! `facefield bench explorer`: frame times in a window, standing and flying.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use serde::Serialize;

use super::super::Output;
use super::{RepeatArgs, percentile};
use crate::app::AppOptions;
use crate::app::bench::{BenchPlan, measure};
use crate::backend::BackendChoice;
use crate::engine::{Beginning, TrainingRequest};
use crate::models::StoredModel;
use crate::training::{AutoencoderSettings, Budget, CheckpointPlan, Preset};

/// Arguments of `facefield bench explorer`.
#[derive(Debug, Args)]
pub struct ExplorerArgs {
    #[command(flatten)]
    repeats: RepeatArgs,
    /// Frames standing, and frames flying, in each repeat.
    #[arg(long, default_value_t = 150, value_parser = clap::value_parser!(u32).range(10..))]
    frames: u32,
    /// Train the smallest autoencoder on this face cache meanwhile.
    #[arg(long, value_name = "FACES.safetensors")]
    train: Option<PathBuf>,
    /// How much of the machine training takes, 0.05 to 1.
    #[arg(long, default_value_t = 0.8, requires = "train")]
    share: f32,
}

#[derive(Serialize)]
struct ExplorerReport {
    device: String,
    threads: usize,
    size: [u32; 2],
    faces_in_view: usize,
    faces_around: usize,
    first_faces_seconds: f64,
    standing: FrameTimes,
    flying: FrameTimes,
    /// The share of the machine that training was allowed, and faces it learned from in a second of the measurement.
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    training_images_per_second: Option<f64>,
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
}

impl FrameTimes {
    /// Of the milliseconds of some frames.
    fn of(milliseconds: &[f64]) -> Self {
        Self { frames: milliseconds.len(), median_ms: percentile(milliseconds, 0.5), p99_ms: percentile(milliseconds, 0.99) }
    }
}

/// Runs the benchmark.
///
/// # Errors
/// Where no window can be opened.
pub fn run(args: &ExplorerArgs, output: &Output) -> anyhow::Result<()> {
    let size = (1280, 720);
    let options = AppOptions { model: StoredModel::embedded()?, size, vsync: false };
    let place = tempfile::tempdir()?;
    let training = args.train.as_ref().map(|data| (training_request(data, &place.path().join("run")), args.share));
    let plan = BenchPlan { rounds: args.repeats.repeats, frames: args.frames, training };
    let result = measure(options, plan, Instant::now())?;
    let report = ExplorerReport {
        device: result.adapter.clone(),
        threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        size: [size.0, size.1],
        faces_in_view: result.in_view,
        faces_around: result.loaded,
        first_faces_seconds: result.first_faces_seconds,
        standing: FrameTimes::of(&result.standing),
        flying: FrameTimes::of(&result.flying),
        share: result.trained.map(|_| args.share),
        training_images_per_second: result.trained.map(|(images, seconds)| images as f64 / seconds),
    };
    output.result(&report, |report| serde_json::to_string_pretty(report).unwrap_or_default())
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
        changes: Vec::new(),
        backend: BackendChoice::Cpu,
    }
}

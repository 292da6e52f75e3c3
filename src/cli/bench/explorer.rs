//! `facefield bench explorer`: frame times in a window, standing and flying.

use std::time::Instant;

use clap::Args;
use serde::Serialize;

use super::super::Output;
use super::{RepeatArgs, percentile};
use crate::app::AppOptions;
use crate::app::bench::{BenchPlan, measure};
use crate::models::StoredModel;

/// Arguments of `facefield bench explorer`.
#[derive(Debug, Args)]
pub struct ExplorerArgs {
    #[command(flatten)]
    repeats: RepeatArgs,
    /// Frames standing, and frames flying, in each repeat.
    #[arg(long, default_value_t = 150, value_parser = clap::value_parser!(u32).range(10..))]
    frames: u32,
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
    let result = measure(options, BenchPlan { rounds: args.repeats.repeats, frames: args.frames }, Instant::now())?;
    let report = ExplorerReport {
        device: result.adapter.clone(),
        threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        size: [size.0, size.1],
        faces_in_view: result.in_view,
        faces_around: result.loaded,
        first_faces_seconds: result.first_faces_seconds,
        standing: FrameTimes::of(&result.standing),
        flying: FrameTimes::of(&result.flying),
    };
    output.result(&report, |report| serde_json::to_string_pretty(report).unwrap_or_default())
}

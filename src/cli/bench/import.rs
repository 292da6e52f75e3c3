//! `facefield bench import`: pictures read, cropped and resized in a second.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::super::Output;
use super::timing::{RepeatArgs, Timing};
use crate::backend::DeviceInfo;
use crate::backend::cpu::simd_level;
use crate::data::{ImportOptions, import, synth};
use crate::progress::Silent;

/// Arguments of `facefield bench import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Folders or zips of pictures; without any, 4,096 synthetic ones are drawn first.
    #[arg(value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// Height and width of the faces in pixels.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(4..=1024))]
    size: u16,
    #[command(flatten)]
    repeats: RepeatArgs,
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    device: DeviceInfo,
    simd: &'static str,
    faces: usize,
    size: usize,
    #[serde(flatten)]
    timing: Timing,
    faces_per_second: f64,
}

/// Runs the benchmark.
///
/// # Errors
/// What the import fails with.
pub fn run(args: &ImportArgs, output: &Output) -> anyhow::Result<()> {
    let place = tempfile::tempdir()?;
    let mut sources = args.sources.clone();
    if sources.is_empty() {
        sources.push(place.path().join("synthetic.zip"));
        synth::write_zip(4096, 1, &sources[0], &Silent)?;
    }
    let out = place.path().join("faces.safetensors");
    let options = ImportOptions { size: usize::from(args.size), ..ImportOptions::default() };
    let mut faces = 0;
    let timing = args.repeats.time(|| {
        faces = import(&sources, &out, options, &Silent)?.faces;
        Ok(())
    })?;
    let faces_per_second = faces as f64 / timing.median_seconds;
    let report = Report { device: DeviceInfo::cpu(), simd: simd_level().name(), faces, size: options.size, timing, faces_per_second };
    output.result(&report, |report| serde_json::to_string_pretty(report).unwrap_or_default())
}

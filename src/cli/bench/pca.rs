//! `facefield bench pca`: seconds of a fit, and the most memory that it takes besides the mapped face cache.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::super::Output;
use super::timing::{RepeatArgs, Timing, with_peak_memory};
use crate::backend::DeviceInfo;
use crate::backend::cpu::simd_level;
use crate::data::{FaceCache, SplitChoice, synth};
use crate::models::pca::fit;
use crate::progress::Silent;

/// Arguments of `facefield bench pca`.
#[derive(Debug, Args)]
pub struct PcaArgs {
    /// A face cache; without one, 4,096 synthetic faces are drawn first.
    #[arg(value_name = "FACES.safetensors")]
    data: Option<PathBuf>,
    /// Number of axes K.
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u32).range(1..))]
    components: u32,
    /// Fit on the faces as often as it takes to make so many.
    #[arg(long, value_name = "N")]
    faces: Option<usize>,
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
    components: usize,
    #[serde(flatten)]
    timing: Timing,
    /// The most anonymous memory of the process, sampled every 5 ms; absent where the system does not tell.
    peak_anonymous_mib: Option<f64>,
    explained_variance: f64,
}

/// Runs the benchmark.
///
/// # Errors
/// What the face cache or the fit refuse.
pub fn run(args: &PcaArgs, output: &Output) -> anyhow::Result<()> {
    let place = tempfile::tempdir()?;
    let data = match &args.data {
        Some(data) => data.clone(),
        None => {
            let drawn = place.path().join("faces.safetensors");
            synth::write_cache(4096, 1, 64, &drawn, &Silent)?;
            drawn
        }
    };
    let cache = FaceCache::open(&data)?;
    let once = cache.select(SplitChoice::default_for_fitting(cache.marks()))?;
    let indices: Vec<usize> = once.iter().copied().cycle().take(args.faces.unwrap_or(once.len())).collect();
    let components = args.components as usize;
    let mut explained_variance = 0.0;
    let (timing, peak) = with_peak_memory(|| {
        args.repeats.time(|| {
            explained_variance = fit(&cache, &indices, components, &Silent)?.explained_variance_ratio().iter().sum();
            Ok(())
        })
    });
    let report = Report {
        device: DeviceInfo::cpu(),
        simd: simd_level().name(),
        faces: indices.len(),
        size: cache.size(),
        components,
        timing: timing?,
        peak_anonymous_mib: peak.map(|bytes| bytes as f64 / f64::from(1 << 20)),
        explained_variance,
    };
    output.result(&report, |report| serde_json::to_string_pretty(report).unwrap_or_default())
}

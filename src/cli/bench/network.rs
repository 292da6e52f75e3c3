//! `facefield bench train`, `decode` and `conv`: the autoencoder that `scripts/compare-pytorch` runs beside PyTorch.

use clap::Args;
use serde::Serialize;

use super::super::Output;
use super::super::bar::Bar;
use super::batches::BatchArgs;
use super::timing::percentile;
use crate::backend::DeviceInfo;
use crate::backend::cpu::simd_level;
use crate::engine::bench::network::{NetworkBench, NetworkTimes, time_convolutions, time_decoding, time_training};
use crate::models::autoencoder::AutoencoderConfig;

/// Arguments of the benchmarks of networks.
#[derive(Debug, Args)]
pub struct NetworkArgs {
    /// Base width c of the network.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    channels: u16,
    /// Height and width of the pictures in pixels.
    #[arg(long, default_value = "64", value_parser = ["16", "32", "64"])]
    size: String,
    #[command(flatten)]
    batches: BatchArgs,
}

#[derive(Serialize)]
struct Rates {
    #[serde(flatten)]
    device: DeviceInfo,
    simd: &'static str,
    channels: usize,
    size: usize,
    batch: usize,
    steps: usize,
    parameters: usize,
    estimated_memory_mib: u64,
    images_per_second: f64,
    slowest_images_per_second: f64,
    seconds: Vec<f64>,
}

#[derive(Serialize)]
struct Convolutions {
    #[serde(flatten)]
    device: DeviceInfo,
    simd: &'static str,
    batch: usize,
    shapes: Vec<Convolution>,
}

/// Effective rates: the multiplications and additions of a direct convolution over the time taken.
#[derive(Serialize)]
struct Convolution {
    channels: usize,
    filters: usize,
    size: usize,
    forward: Gflops,
    input_gradient: Gflops,
    weight_gradient: Gflops,
}

#[derive(Serialize)]
struct Gflops {
    median_gflops: f64,
    slowest_gflops: f64,
}

impl NetworkArgs {
    fn bench(&self) -> NetworkBench {
        let size = self.size.parse().expect("clap admits numbers only");
        let config = AutoencoderConfig::peer(usize::from(self.channels), size);
        let (batch, steps, repeats) = self.batches.counts();
        NetworkBench { config, batch, steps, repeats }
    }

    fn rates(&self, times: NetworkTimes) -> Rates {
        let bench = self.bench();
        let images = (bench.batch * bench.steps) as f64;
        Rates {
            device: times.device,
            simd: simd_level().name(),
            channels: bench.config.channels,
            size: bench.config.size,
            batch: bench.batch,
            steps: bench.steps,
            parameters: times.parameters,
            estimated_memory_mib: bench.config.training_bytes(bench.batch) >> 20,
            images_per_second: images / percentile(&times.seconds, 0.5),
            slowest_images_per_second: images / percentile(&times.seconds, 1.0),
            seconds: times.seconds,
        }
    }
}

/// Measures training steps.
///
/// # Errors
/// Where the device is not there.
pub fn train(args: &NetworkArgs, output: &Output) -> anyhow::Result<()> {
    let bar = Bar::new();
    let times = time_training(&args.bench(), args.batches.backend, &bar)?;
    drop(bar);
    output.result(&args.rates(times), |rates| serde_json::to_string_pretty(rates).unwrap_or_default())
}

/// Measures decoding.
///
/// # Errors
/// Where the device is not there.
pub fn decode(args: &NetworkArgs, output: &Output) -> anyhow::Result<()> {
    let times = time_decoding(&args.bench(), args.batches.backend)?;
    output.result(&args.rates(times), |rates| serde_json::to_string_pretty(rates).unwrap_or_default())
}

/// Measures the convolutions one by one.
///
/// # Errors
/// Where the device is not there.
pub fn conv(args: &NetworkArgs, output: &Output) -> anyhow::Result<()> {
    let bench = args.bench();
    let (device, times) = time_convolutions(&bench, args.batches.backend)?;
    let shapes = times.into_iter().map(|times| {
        let [channels, filters, size] = times.shape;
        let operations = 18.0 * (bench.batch * channels * filters * size * size) as f64;
        let rate = |seconds: f64| operations / seconds / 1e9;
        let [forward, input_gradient, weight_gradient] =
            times.seconds.map(|(median, slowest)| Gflops { median_gflops: rate(median), slowest_gflops: rate(slowest) });
        Convolution { channels, filters, size, forward, input_gradient, weight_gradient }
    });
    let report = Convolutions { device, simd: simd_level().name(), batch: bench.batch, shapes: shapes.collect() };
    output.result(&report, |report| serde_json::to_string_pretty(report).unwrap_or_default())
}

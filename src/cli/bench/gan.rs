//! `facefield bench critic` and `facefield bench gan`: steps of a GAN that `scripts/compare-pytorch` runs beside PyTorch's.
//! `facefield bench modes`: 25 Gaussians.

use clap::Args;
use serde::Serialize;

use super::super::Output;
use super::super::bar::Bar;
use super::batches::BatchArgs;
use super::timing::percentile;
use crate::backend::DeviceInfo;
use crate::backend::cpu::simd_level;
use crate::data::{FaceCache, synth};
use crate::engine::bench::gan::{CriticBench, GanBench, time_critic, time_gan};
use crate::engine::bench::modes::{ModesBench, SIDE, find_modes};
use crate::progress::Silent;
use crate::training::{GanSettings, Objective, Preset, StepPart};

/// Faces that are drawn for whole steps.
const DRAWN: usize = 2048;

/// Arguments of the benchmarks of a GAN's steps.
#[derive(Debug, Args)]
pub struct GanArgs {
    /// How large the networks are.
    #[arg(long, value_enum, default_value_t = Preset::Small)]
    preset: Preset,
    /// Height and width of the pictures in pixels.
    #[arg(long, default_value = "32", value_parser = ["16", "32", "64"])]
    size: String,
    /// Networks that have grown to that size, the newest block of each faded in by this share: 0 to below 1 [default: networks in which
    /// nothing fades].
    #[arg(long, value_name = "SHARE", value_parser = share_of_a_fade)]
    fade: Option<f32>,
    #[command(flatten)]
    batches: BatchArgs,
}

fn share_of_a_fade(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(share) if (0.0..1.0).contains(&share) => Ok(share),
        _ => Err("a share from 0 to below 1 is wanted; at 1 nothing fades any more".into()),
    }
}

#[derive(Serialize)]
struct CriticRates {
    #[serde(flatten)]
    device: DeviceInfo,
    simd: &'static str,
    preset: &'static str,
    size: usize,
    /// The share by which the newest block has faded in; null where none fades.
    fade: Option<f32>,
    batch: usize,
    steps: usize,
    parameters: usize,
    /// Of steps of the critic alone.
    images_per_second: f64,
    slowest_images_per_second: f64,
    seconds: Vec<f64>,
    /// Of steps of both networks.
    training_images_per_second: f64,
}

/// Measures steps of the critic, and of critic and generator.
///
/// # Errors
/// Where the device is not there.
pub fn critic(args: &GanArgs, output: &Output) -> anyhow::Result<()> {
    let size: usize = args.size.parse()?;
    let (batch, steps, repeats) = args.batches.counts();
    let config = GanSettings { preset: args.preset, ..Default::default() }.network(size);
    let times = time_critic(&CriticBench { config, fade: args.fade, batch, steps, repeats }, args.batches.backend)?;
    let images = (batch * steps) as f64;
    let report = CriticRates {
        device: times.device,
        simd: simd_level().name(),
        preset: args.preset.word(),
        size,
        fade: args.fade,
        batch,
        steps,
        parameters: times.parameters,
        images_per_second: images / percentile(&times.critic_seconds, 0.5),
        slowest_images_per_second: images / percentile(&times.critic_seconds, 1.0),
        training_images_per_second: images / percentile(&times.seconds, 0.5),
        seconds: times.critic_seconds,
    };
    output.result(&report, |report| serde_json::to_string_pretty(report).unwrap_or_default())
}

#[derive(Serialize)]
struct StepRates {
    #[serde(flatten)]
    device: DeviceInfo,
    simd: &'static str,
    preset: &'static str,
    objective: &'static str,
    size: usize,
    /// The share by which the newest block has faded in; null where none fades.
    fade: Option<f32>,
    batch: usize,
    steps: usize,
    parameters: usize,
    /// Real faces of whole steps.
    images_per_second: f64,
    slowest_images_per_second: f64,
    seconds: Vec<f64>,
    /// Where the time of a step goes, measured in a repeat of its own.
    parts: Vec<PartRate>,
}

#[derive(Serialize)]
struct PartRate {
    part: &'static str,
    milliseconds: f64,
    share: f64,
}

/// Measures whole steps of a training, and their parts.
///
/// # Errors
/// Where the device is not there or has too little memory, or the disk takes no faces.
pub fn gan(args: &GanArgs, output: &Output) -> anyhow::Result<()> {
    let size: usize = args.size.parse()?;
    let (batch, steps, repeats) = args.batches.counts();
    let place = tempfile::tempdir()?;
    let drawn = place.path().join("faces.safetensors");
    synth::write_cache(DRAWN, 1, size, &drawn, &Silent)?;
    let bench = GanBench { preset: args.preset, size, fade: args.fade, batch, steps, repeats };
    let bar = Bar::new();
    let times = time_gan(&bench, FaceCache::open(&drawn)?, args.batches.backend, &bar)?;
    drop(bar);
    let whole: f64 = times.parts.iter().map(|(_, seconds)| seconds).sum();
    let part = |(part, seconds): &(StepPart, f64)| PartRate { part: part.name(), milliseconds: 1e3 * seconds, share: seconds / whole };
    let images = (batch * steps) as f64;
    let report = StepRates {
        device: times.device,
        simd: simd_level().name(),
        preset: args.preset.word(),
        objective: bench.settings().objective.word(),
        size,
        fade: args.fade,
        batch,
        steps,
        parameters: times.parameters,
        images_per_second: images / percentile(&times.seconds, 0.5),
        slowest_images_per_second: images / percentile(&times.seconds, 1.0),
        parts: times.parts.iter().map(part).collect(),
        seconds: times.seconds,
    };
    output.result(&report, |report| serde_json::to_string_pretty(report).unwrap_or_default())
}

/// Arguments of `facefield bench modes`.
#[derive(Debug, Args)]
pub struct ModesArgs {
    /// What the networks play for [default: each objective in turn].
    #[arg(long, value_enum)]
    objective: Option<Objective>,
    /// How many seeds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=100))]
    seeds: u64,
    /// The first of them; the others follow.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(..=1_000_000))]
    first_seed: u64,
    /// Modes along each side of the grid.
    #[arg(long, default_value_t = SIDE as u8, value_parser = clap::value_parser!(u8).range(2..=9))]
    side: u8,
    /// Steps of both networks, instead of the objective's own number.
    #[arg(long)]
    steps: Option<u64>,
    /// Learning rate, instead of the objective's own.
    #[arg(long)]
    learning_rate: Option<f32>,
    /// Weight of the gradient penalty, instead of the objective's own.
    #[arg(long)]
    penalty: Option<f32>,
    /// The standard deviation that points are brought to, instead of the objective's own.
    #[arg(long)]
    spread: Option<f32>,
    /// Steps of the critic for each of the generator, instead of the objective's own number.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=64))]
    critic_steps: Option<u64>,
}

#[derive(Serialize)]
struct ModesReport {
    #[serde(flatten)]
    device: DeviceInfo,
    simd: &'static str,
    modes: usize,
    runs: Vec<ModesRun>,
}

#[derive(Serialize)]
struct ModesRun {
    objective: &'static str,
    seed: u64,
    steps: u64,
    covered: usize,
    share_within_three_sigma: f64,
    seconds: f64,
}

/// Counts the modes that GANs find.
///
/// # Errors
/// Never; other subjects can fail.
pub fn modes(args: &ModesArgs, output: &Output) -> anyhow::Result<()> {
    let objectives = args.objective.map_or_else(|| Objective::ALL.to_vec(), |objective| vec![objective]);
    let mut runs = Vec::new();
    let seeds = args.first_seed..args.first_seed + args.seeds;
    for (objective, seed) in objectives.into_iter().flat_map(|objective| seeds.clone().map(move |seed| (objective, seed))) {
        let usual = ModesBench::of(objective, seed);
        let bench = ModesBench {
            side: usize::from(args.side),
            steps: args.steps.unwrap_or(usual.steps),
            learning_rate: args.learning_rate.unwrap_or(usual.learning_rate),
            penalty: args.penalty.unwrap_or(usual.penalty),
            spread: args.spread.unwrap_or(usual.spread),
            critic_steps: args.critic_steps.unwrap_or(usual.critic_steps),
            ..usual
        };
        let found = find_modes(&bench);
        eprintln!(
            "{} seed {seed}: {} of {} modes, {:.1} % within 3 sigma, {:.0} s",
            objective.word(),
            found.covered,
            bench.side * bench.side,
            100.0 * found.near,
            found.seconds
        );
        let (covered, share_within_three_sigma, seconds) = (found.covered, found.near, found.seconds);
        runs.push(ModesRun { objective: objective.word(), seed, steps: bench.steps, covered, share_within_three_sigma, seconds });
    }
    let report = ModesReport { device: DeviceInfo::cpu(), simd: simd_level().name(), modes: usize::from(args.side).pow(2), runs };
    output.result(&report, |report| serde_json::to_string_pretty(report).unwrap_or_default())
}

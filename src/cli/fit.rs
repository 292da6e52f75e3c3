//! `facefield fit`: a face cache to a PCA model folder, an autoencoder's codes to a mixture of Gaussians, and a generator's samples to an
//! encoder.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand};

use super::Output;
use super::bar::Bar;
use crate::data::SplitChoice;
use crate::engine::{
    Components, FitInverter, FitInverterSummary, FitMixture, FitMixtureSummary, FitPca, FitPcaSummary, Job, JobOutcome, run_job,
};
use crate::models::{Precision, catalog};
use crate::training::InverterPlan;
use crate::words::counted;

/// What is fitted.
#[derive(Debug, Subcommand)]
pub enum FitCommand {
    /// Principal component analysis: mean, principal axes, explained variance.
    #[command(name = "pca")]
    PrincipalAxes(PcaArgs),
    /// A mixture of Gaussians of an autoencoder's codes, as a finished training leaves one; nothing else of the model changes.
    Mixture(MixtureArgs),
    /// An encoder that learns from the samples of a GAN, so that `encode` begins near the place of a picture; nothing else of the model
    /// changes.
    Inverter(InverterArgs),
}

/// Arguments of `facefield fit pca`.
#[derive(Debug, Args)]
pub struct PcaArgs {
    /// The face cache.
    #[arg(long, value_name = "FACES.safetensors")]
    data: PathBuf,
    /// Number of axes K, at most the smaller of faces - 1 and size * size * 3; auto: as many as make held-out faces most likely.
    #[arg(long, value_name = "K|auto", value_parser = components)]
    components: Components,
    /// Which faces [default: train where at least one face is marked so, else all].
    #[arg(long)]
    split: Option<SplitChoice>,
    /// The model folder to write.
    #[arg(long, value_name = "MODEL")]
    out: PathBuf,
    /// Store the axes in half precision: half the size, no visible difference.
    #[arg(long)]
    half: bool,
    /// Where the faces come from, as model.ron names it [default: what the face cache says].
    #[arg(long, value_name = "TEXT")]
    origin: Option<String>,
    /// Under which terms the model may be used, as model.ron names it.
    #[arg(long, value_name = "TEXT")]
    licence: Option<String>,
}

/// Arguments of `facefield fit mixture`.
#[derive(Debug, Args)]
pub struct MixtureArgs {
    /// The autoencoder: a folder, or a name such as autoencoder-celeba32.
    #[arg(long, value_name = "MODEL")]
    model: String,
    /// The face cache that it was trained on; of its faces those marked for training count, where any are.
    #[arg(long, value_name = "FACES.safetensors")]
    data: PathBuf,
}

/// Arguments of `facefield fit inverter`.
#[derive(Debug, Args)]
pub struct InverterArgs {
    /// The GAN: a folder, or a name such as gan-celeba32. The encoder stands in its folder afterwards, for one that ships in the user's
    /// cache.
    #[arg(long, value_name = "MODEL")]
    model: String,
    /// A face cache with held-out faces: their errors say from which error on a picture is none that the generator can say. Without it
    /// the generator's own samples say so.
    #[arg(long, value_name = "FACES.safetensors")]
    data: Option<PathBuf>,
    /// Samples that it learns from.
    #[arg(long, default_value_t = InverterPlan::default().images, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    images: u64,
    /// Seed of first weights and samples.
    #[arg(long, default_value_t = InverterPlan::default().seed)]
    seed: u64,
}

fn components(text: &str) -> Result<Components, String> {
    match text.parse::<u32>() {
        _ if text == "auto" => Ok(Components::Auto),
        Ok(count) if count > 0 => Ok(Components::Count(count as usize)),
        _ => Err("a number of axes from 1, or auto, is wanted".into()),
    }
}

/// Fits a model, or what a model lacks.
///
/// # Errors
/// What the data, the model or the output refuse.
pub fn run(command: &FitCommand, output: &Output) -> anyhow::Result<()> {
    match command {
        FitCommand::PrincipalAxes(args) => fit_pca(args, output),
        FitCommand::Mixture(args) => fit_mixture(args, output),
        FitCommand::Inverter(args) => fit_inverter(args, output),
    }
}

fn fit_pca(args: &PcaArgs, output: &Output) -> anyhow::Result<()> {
    let bar = Bar::new();
    let job = FitPca {
        data: args.data.clone(),
        components: args.components,
        split: args.split,
        out: args.out.clone(),
        precision: if args.half { Precision::Half } else { Precision::Single },
        origin: args.origin.clone(),
        licence: args.licence.clone(),
    };
    let JobOutcome::PcaFitted(summary) = run_job(&Job::FitPca(job), &bar)? else { bail!("the engine answered another job") };
    drop(bar);
    output.result(&summary, text)
}

fn fit_mixture(args: &MixtureArgs, output: &Output) -> anyhow::Result<()> {
    let placed = catalog::place(&args.model)?;
    let Some(model) = placed.folder else {
        bail!("{} is part of the program and has no folder to write to. Name the folder of an autoencoder", placed.stored.header.name)
    };
    let bar = Bar::new();
    let job = FitMixture { model, data: args.data.clone() };
    let JobOutcome::MixtureFitted(summary) = run_job(&Job::FitMixture(job), &bar)? else { bail!("the engine answered another job") };
    drop(bar);
    output.result(&summary, mixture_text)
}

fn fit_inverter(args: &InverterArgs, output: &Output) -> anyhow::Result<()> {
    let model = catalog::place(&args.model)?;
    let bar = Bar::new();
    let plan = InverterPlan { images: args.images, seed: args.seed, ..InverterPlan::default() };
    let job = Job::FitInverter(Box::new(FitInverter { model, data: args.data.clone(), plan }));
    let JobOutcome::InverterFitted(summary) = run_job(&job, &bar)? else { bail!("the engine answered another job") };
    drop(bar);
    output.result(&summary, inverter_text)
}

fn inverter_text(summary: &FitInverterSummary) -> String {
    let of = match summary.faces {
        0 => "a sample and the one most like it".to_owned(),
        faces => format!("99 in 100 of {}", counted(faces as u64, "held-out face")),
    };
    format!(
        "an encoder for {} has learned from {} in {:.1} s, and errs by {:.2} in z (1: it says nothing); pictures beyond an error of {:.4}, \
         that of {of}, are none that the generator can say. It stands in {}",
        summary.model,
        counted(summary.images, "sample"),
        summary.seconds,
        summary.error,
        summary.limit,
        summary.path.display()
    )
}

fn mixture_text(summary: &FitMixtureSummary) -> String {
    format!(
        "{} fitted to the codes of {} in {:.1} s; sample {} with --sampler mixture",
        counted(summary.components as u64, "Gaussian"),
        counted(summary.faces as u64, "face"),
        summary.seconds,
        if summary.components == 1 { "it" } else { "them" }
    )
}

fn text(report: &FitPcaSummary) -> String {
    let explained: f64 = report.explained_variance_ratio.iter().sum();
    let first: Vec<String> = report.explained_variance_ratio.iter().take(5).map(|ratio| format!("{:.1} %", ratio * 100.0)).collect();
    let chosen = report.likelihood.as_ref().map(|curve| {
        let edge = if curve.at_edge { "; that is the most that was measured, and more might be better" } else { "" };
        format!(
            "\nmost likely on {}: {}, {:.3} bits per dimension{edge}",
            counted(curve.held_out_faces as u64, "held-out face"),
            counted(curve.best.components as u64, "axis"),
            curve.best.held_out.bits_per_dim
        )
    });
    format!(
        "{} of {} in {} ({:.1} s)\n{} {:.1} % of the variance; the first: {}{}",
        counted(report.latent_dim as u64, "axis"),
        counted(report.faces as u64, "face"),
        report.path.display(),
        report.seconds,
        if report.latent_dim == 1 { "it explains" } else { "they explain" },
        explained * 100.0,
        first.join(", "),
        chosen.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fitted_mixture_is_told_in_a_line() {
        let summary = FitMixtureSummary {
            model: "mine".into(),
            components: 10,
            faces: 15_978,
            log_likelihood: -12.5,
            seconds: 21.34,
            path: "models/mine".into(),
        };
        let line = "10 Gaussians fitted to the codes of 15,978 faces in 21.3 s; sample them with --sampler mixture";
        assert_eq!(mixture_text(&summary), line);
    }
}

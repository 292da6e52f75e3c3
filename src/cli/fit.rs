//! `facefield fit`: a face cache to a PCA model folder, and an autoencoder's codes to a mixture of Gaussians.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand};

use super::Output;
use super::bar::Bar;
use crate::data::SplitChoice;
use crate::engine::{Components, FitMixture, FitMixtureSummary, FitPca, FitPcaSummary, Job, JobOutcome, run_job};
use crate::models::{Precision, catalog};
use crate::words::counted;

/// What is fitted.
#[derive(Debug, Subcommand)]
pub enum FitCommand {
    /// Principal component analysis: mean, principal axes, explained variance.
    #[command(name = "pca")]
    PrincipalAxes(PcaArgs),
    /// A mixture of Gaussians of an autoencoder's codes, as a finished training leaves one; nothing else of the model changes.
    Mixture(MixtureArgs),
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

//! `facefield fit pca`: a face cache to a PCA model folder.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand};

use super::Output;
use super::bar::Bar;
use crate::data::SplitChoice;
use crate::engine::{Components, FitPca, FitPcaSummary, Job, JobOutcome, run_job};
use crate::models::Precision;

/// What is fitted.
#[derive(Debug, Subcommand)]
pub enum FitCommand {
    /// Principal component analysis: mean, principal axes, explained variance.
    Pca(PcaArgs),
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

fn components(text: &str) -> Result<Components, String> {
    match text.parse::<u32>() {
        _ if text == "auto" => Ok(Components::Auto),
        Ok(count) if count > 0 => Ok(Components::Count(count as usize)),
        _ => Err("a number of axes from 1, or auto, is wanted".into()),
    }
}

/// Fits a model.
///
/// # Errors
/// What the data or the output refuse.
pub fn run(command: &FitCommand, output: &Output) -> anyhow::Result<()> {
    let FitCommand::Pca(args) = command;
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

fn text(report: &FitPcaSummary) -> String {
    let explained: f64 = report.explained_variance_ratio.iter().sum();
    let first: Vec<String> = report.explained_variance_ratio.iter().take(5).map(|ratio| format!("{:.1} %", ratio * 100.0)).collect();
    let chosen = report.likelihood.as_ref().map(|curve| {
        let edge = if curve.at_edge { "; that is the most that was measured, and more might be better" } else { "" };
        format!(
            "\nmost likely on {} held-out faces: {} axes, {:.3} bits per dimension{edge}",
            curve.held_out_faces, curve.best.components, curve.best.held_out.bits_per_dim
        )
    });
    format!(
        "{} axes of {} faces in {} ({:.1} s)\nthey explain {:.1} % of the variance; the first: {}{}",
        report.latent_dim,
        report.faces,
        report.path.display(),
        report.seconds,
        explained * 100.0,
        first.join(", "),
        chosen.unwrap_or_default()
    )
}

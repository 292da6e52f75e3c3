//! `facefield sample`: faces drawn from a model's Gaussian, or from the mixture of Gaussians that an autoencoder may have.

use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::Output;
use super::axis::{AxisValue, decode_with, ensure_known};
use super::bar::Bar;
use super::target::{OverwriteArgs, PictureTarget, write_faces, write_sheet};
use crate::backend::BackendChoice;
use crate::data::{Faces, PICTURES};
use crate::engine::open_model;
use crate::files::AtomicFolder;
use crate::latent::{CodeSampler, GaussianMixture, GaussianSampler, MixtureSampler};
use crate::models::{MixtureFact, MixtureWeights, StoredModel, catalog};
use crate::progress::{Monitor, Progress};
use crate::words::counted;

/// Faces decoded between two writes.
const BATCH: usize = 256;
/// More faces make no sheet that one could look at.
const MOST_ON_A_SHEET: usize = 16_384;

/// How latents are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sampler {
    /// A normal distribution along every axis.
    Gaussian,
    /// The mixture of Gaussians that an autoencoder has of its codes: a training leaves one when it ends, and `fit mixture` fits one.
    Mixture,
}

/// The mixture of the model that was asked for as `asked`.
fn mixture_of(stored: &StoredModel, asked: &str) -> anyhow::Result<GaussianMixture> {
    let name = &stored.header.name;
    let found = stored.weights.mixture(stored.frame.code_dim());
    if let Some(mixture) = found.with_context(|| format!("the mixture of {name} cannot be used"))? {
        return Ok(mixture);
    }
    let kind = stored.header.kind;
    bail!(match kind.facts().mixture {
        MixtureFact::Fits => format!(
            "{name} has no mixture of its codes. Fit one with `facefield fit mixture --model {asked} --data FACES`, FACES being the face \
             cache that it was trained on; or take --sampler gaussian"
        ),
        MixtureFact::OneGaussian => format!("{name} has no mixture: a {} is one Gaussian. Take --sampler gaussian", kind.label()),
        MixtureFact::NoEncoder => {
            format!("{name} has no mixture: a {} has no codes of faces to fit one to. Take --sampler gaussian", kind.label())
        }
    })
}

/// Arguments of `facefield sample`.
#[derive(Debug, Args)]
pub struct SampleArgs {
    /// The model: a folder, or a name such as pca-celeba64.
    model: String,
    /// How many faces.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    count: u32,
    /// Same seed, same faces.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Multiplies sigma: 1 is the model's own spread, less is more typical, 0 is the mean face.
    #[arg(long, default_value_t = 1.0, value_parser = truncation)]
    truncation: f32,
    /// How latents are drawn.
    #[arg(long, value_enum, default_value_t = Sampler::Gaussian)]
    sampler: Sampler,
    /// Where every sample stands on an axis, in sigma units: 3=2.5, or 3=2.5@fine in one zone of a GAN's blocks only, and elsewhere as it
    /// was drawn. Zones are whole, coarse (the blocks at 4x4 and 8x8 pixels), middle (16x16) and fine (above). May be given several times.
    #[arg(long, value_name = "NUMBER=SIGMA[@ZONE]")]
    axis: Vec<AxisValue>,
    /// A contact sheet (.png), or a folder for one picture each (000000.png and on).
    #[arg(long, value_name = "SHEET.png|FOLDER")]
    out: PictureTarget,
    #[command(flatten)]
    overwrite: OverwriteArgs,
}

fn truncation(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(value) if (0.0..=10.0).contains(&value) => Ok(value),
        _ => Err("a truncation is a number from 0 to 10".into()),
    }
}

#[derive(Serialize)]
struct Report {
    model: String,
    count: usize,
    seed: u64,
    truncation: f32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    axes: Vec<String>,
    path: PathBuf,
}

/// Draws the samples.
///
/// # Errors
/// What the model or the output refuse.
pub fn run(args: &SampleArgs, output: &Output) -> anyhow::Result<()> {
    let replace = args.overwrite.replace();
    args.out.ensure_replaceable(replace)?;
    let stored = catalog::resolve(&args.model)?;
    ensure_known(&args.axis, &stored.header)?;
    let mixture = if args.sampler == Sampler::Mixture { Some(mixture_of(&stored, &args.model)?) } else { None };
    let (model, _) = open_model(&stored, BackendChoice::Cpu)?;
    let count = args.count as usize;
    let mut sampler: Box<dyn CodeSampler + '_> = match &mixture {
        Some(mixture) => Box::new(MixtureSampler::new(mixture, args.seed, args.truncation)),
        None => Box::new(GaussianSampler::new(&stored.frame, args.seed, args.truncation)),
    };
    let bar = Bar::new();
    let draw = |codes: Vec<f32>| decode_with(model.as_ref(), &codes, &args.axis);
    match &args.out {
        PictureTarget::Sheet(path) => {
            ensure!(count <= MOST_ON_A_SHEET, "a sheet holds at most {MOST_ON_A_SHEET} faces; give a folder as --out for more");
            let mut pixels = Vec::new();
            in_batches(count, &draw, sampler.as_mut(), &bar, |_, faces| {
                pixels.extend_from_slice(faces.pixels());
                Ok(())
            })?;
            let columns = (count as f64).sqrt().ceil() as usize;
            write_sheet(path, &Faces::new(stored.header.size, pixels), columns, replace)?;
        }
        PictureTarget::Folder(path) => {
            let folder = AtomicFolder::create_output(path, PICTURES)?;
            in_batches(count, &draw, sampler.as_mut(), &bar, |first, faces| {
                write_faces(&folder, faces, |index| format!("{:06}.png", first + index)).context("the samples were not written")
            })?;
            folder.commit()?;
        }
    }
    drop(bar);
    let path = args.out.path().to_path_buf();
    let axes = args.axis.iter().map(ToString::to_string).collect();
    let report = Report { model: stored.header.name, count, seed: args.seed, truncation: args.truncation, axes, path };
    output.result(&report, |report| format!("{} of {} in {}", counted(report.count as u64, "sample"), report.model, report.path.display()))
}

fn in_batches(
    count: usize,
    draw: &dyn Fn(Vec<f32>) -> anyhow::Result<Faces>,
    sampler: &mut dyn CodeSampler,
    bar: &Bar,
    mut take: impl FnMut(usize, &Faces) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for first in (0..count).step_by(BATCH) {
        bar.ensure_wanted()?;
        let batch = BATCH.min(count - first);
        take(first, &draw(sampler.codes(batch))?)?;
        bar.report(Progress { stage: "sampling", unit: "faces", done: (first + batch) as u64, total: count as u64, part: None });
    }
    Ok(())
}

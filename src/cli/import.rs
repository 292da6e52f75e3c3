//! `facefield import`: pictures to a face cache.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::Output;
use super::bar::Bar;
use super::target::OverwriteArgs;
use crate::data::{Background, Crop, ImportOptions, ImportSummary, RANDOM, SOURCES, counted_phrase};
use crate::engine::{Job, JobOutcome, run_job};
use crate::words::{counted, grouped};

/// Damaged pictures that are listed on a terminal; with `--json` all are.
const LISTED: usize = 10;

/// Arguments of `facefield import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    #[arg(required = true, value_name = "SOURCE", help = sources_help())]
    sources: Vec<PathBuf>,
    /// The face cache to write.
    #[arg(long, value_name = "FACES.safetensors")]
    out: PathBuf,
    #[command(flatten)]
    overwrite: OverwriteArgs,
    /// Size of the faces: height and width in pixels; networks take 16, 32 and 64.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(4..=1024))]
    size: u16,
    /// Part of the picture that becomes the face: auto, celeba (centre 140x140 of 178x218), square, full, or X,Y,W,H.
    /// auto: celeba for pictures of 178x218, square for others.
    #[arg(long, default_value_t = Crop::Auto)]
    crop: Crop,
    /// Read at most this many pictures.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// What shows where a picture is transparent: a name such as white or black, or #RRGGBB.
    #[arg(long, value_name = "COLOUR", default_value_t = Background::default())]
    background: Background,
}

fn sources_help() -> String {
    format!(
        "Pictures (JPEG, PNG, WebP, BMP, TIFF, GIF, PNM) in {SOURCES}, such as CelebA's img_align_celeba.zip; annotation texts inside or \
         beside are read too"
    )
}

/// Runs the import.
///
/// # Errors
/// What the sources or the output refuse.
pub fn run(args: &ImportArgs, output: &Output) -> anyhow::Result<()> {
    let bar = Bar::new();
    let options = ImportOptions {
        size: usize::from(args.size),
        crop: args.crop,
        limit: args.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
        background: args.background,
    };
    let job = Job::Import { sources: args.sources.clone(), out: args.out.clone(), options, replace: args.overwrite.replace() };
    let JobOutcome::Imported(summary) = run_job(&job, &bar)? else { bail!("the engine answered another job") };
    drop(bar);
    output.result(&summary, text)
}

fn text(summary: &ImportSummary) -> String {
    let mut lines = vec![format!(
        "{} in {} ({:.1} s, {:.0} a second)",
        counted(summary.faces as u64, "face"),
        summary.path.display(),
        summary.seconds,
        summary.faces_per_second
    )];
    if !summary.damaged.is_empty() {
        let were = if summary.damaged.len() == 1 { "was" } else { "were" };
        lines.push(format!("{} {were} skipped:", counted(summary.damaged.len() as u64, "damaged picture")));
        lines.extend(summary.damaged.iter().take(LISTED).map(|picture| format!("  {}: {}", picture.file, picture.reason)));
    }
    if summary.damaged.len() > LISTED {
        lines.push(format!("  and {} more; --json lists them all", summary.damaged.len() - LISTED));
    }
    lines.extend(summary.left_out.iter().map(|known| {
        let more = if known.count > known.files.len() { ", .." } else { "" };
        format!("left out: {} ({}{more})", counted_phrase(known.count, &known.reason), known.files.join(", "))
    }));
    lines.push(labels(summary));
    lines.push(split(summary));
    lines.join("\n")
}

fn labels(summary: &ImportSummary) -> String {
    if summary.labels_from.is_empty() {
        return "labels: none; no list_attr_celeba.txt in or beside the pictures names any of them".into();
    }
    let (labelled, faces) = (grouped(summary.labelled as u64), counted(summary.faces as u64, "face"));
    let attributes = counted(summary.attributes as u64, "attribute");
    format!("labels: {labelled} of {faces} have {attributes}, from {}", summary.labels_from.join(", "))
}

fn split(summary: &ImportSummary) -> String {
    let split = &summary.split;
    let count = |count: usize| grouped(count as u64);
    let none = if split.none > 0 { format!(", {} in no part", count(split.none)) } else { String::new() };
    let from = match split.from.as_str() {
        RANDOM => "at random, since no list_eval_partition.txt names the pictures".to_owned(),
        from => format!("from {from}"),
    };
    format!("split: {} train, {} valid, {} test{none}, {from}", count(split.train), count(split.valid), count(split.test))
}

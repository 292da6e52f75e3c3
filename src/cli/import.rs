//! `facefield import`: pictures to a face cache.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::Output;
use super::bar::Bar;
use super::target::OverwriteArgs;
use crate::data::{Crop, ImportOptions, ImportSummary};
use crate::engine::{Job, JobOutcome, run_job};
use crate::words::counted;

/// Damaged pictures that are listed on a terminal; with `--json` all are.
const LISTED: usize = 10;

/// Arguments of `facefield import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Folders or zips of JPEG and PNG pictures, such as CelebA's img_align_celeba.zip; annotation texts inside or beside are read too.
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// The face cache to write.
    #[arg(long, value_name = "FACES.safetensors")]
    out: PathBuf,
    #[command(flatten)]
    overwrite: OverwriteArgs,
    /// Height and width of the faces in pixels.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(4..=1024))]
    size: u16,
    /// Part of the picture that becomes the face: auto, celeba (centre 140x140 of 178x218), square, full, or X,Y,W,H.
    /// auto: celeba for pictures of 178x218, square for others.
    #[arg(long, default_value_t = Crop::Auto)]
    crop: Crop,
    /// Read at most this many pictures.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
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
    lines.join("\n")
}

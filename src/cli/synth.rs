//! `facefield synth`: procedural faces with known factors.

use std::path::PathBuf;

use clap::Args;

use super::Output;
use super::bar::Bar;
use super::target::OverwriteArgs;
use crate::data::synth::{SynthSummary, write_cache, write_zip};
use crate::files::OutputFile;
use crate::words::counted;

/// Arguments of `facefield synth`.
#[derive(Debug, Args)]
pub struct SynthArgs {
    /// How many faces.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    count: u32,
    /// Same seed, same faces.
    #[arg(long)]
    seed: u64,
    /// Height and width in pixels; a zip has CelebA's 178x218.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(4..=1024))]
    size: u16,
    /// A face cache, or, where the name ends in .zip, JPEGs in CelebA's layout.
    #[arg(long, value_name = "FACES.safetensors|PICTURES.zip")]
    out: PathBuf,
    #[command(flatten)]
    overwrite: OverwriteArgs,
}

/// Draws the faces.
///
/// # Errors
/// What the output refuses.
pub fn run(args: &SynthArgs, output: &Output) -> anyhow::Result<()> {
    let bar = Bar::new();
    let output_file = OutputFile { path: &args.out, replace: args.overwrite.replace() };
    let is_zip = args.out.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    let summary = if is_zip {
        write_zip(args.count as usize, args.seed, output_file, &bar)?
    } else {
        write_cache(args.count as usize, args.seed, usize::from(args.size), output_file, &bar)?
    };
    drop(bar);
    output.result(&summary, |summary: &SynthSummary| {
        format!(
            "{} with {} factors in {} ({:.1} s, {:.0} a second)",
            counted(summary.faces as u64, "face"),
            summary.factors.len(),
            summary.path.display(),
            summary.seconds,
            summary.faces_per_second
        )
    })
}

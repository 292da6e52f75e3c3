//! `facefield synth`: procedural faces with known factors.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use clap::builder::RangedI64ValueParser;

use super::Output;
use super::bar::Bar;
use super::target::OverwriteArgs;
use crate::data::synth::{SynthOptions, SynthSummary, write_zip};
use crate::engine::{Job, JobOutcome, run_job};
use crate::files::OutputFile;
use crate::words::counted;

/// Arguments of `facefield synth`.
#[derive(Debug, Args)]
pub struct SynthArgs {
    #[arg(long, help = SynthOptions::COUNT_HELP, default_value_t = SynthOptions::DEFAULT.count, value_parser = counts())]
    count: u32,
    #[arg(long, help = SynthOptions::SEED_HELP, default_value_t = SynthOptions::DEFAULT.seed)]
    seed: u64,
    #[arg(long, help = size_help(), default_value_t = SynthOptions::DEFAULT.size, value_parser = sizes())]
    size: u16,
    /// A face cache, or, where the name ends in .zip, JPEGs in CelebA's layout.
    #[arg(long, value_name = "FACES.safetensors|PICTURES.zip")]
    out: PathBuf,
    #[command(flatten)]
    overwrite: OverwriteArgs,
}

fn counts() -> RangedI64ValueParser<u32> {
    let [fewest, most] = SynthOptions::COUNTS.map(i64::from);
    clap::value_parser!(u32).range(fewest..=most)
}

fn sizes() -> RangedI64ValueParser<u16> {
    let [smallest, largest] = SynthOptions::SIZES.map(i64::from);
    clap::value_parser!(u16).range(smallest..=largest)
}

fn size_help() -> String {
    format!("{}; a zip has CelebA's 178x218", SynthOptions::SIZE_HELP)
}

/// Draws the faces.
///
/// # Errors
/// What the output refuses.
pub fn run(args: &SynthArgs, output: &Output) -> anyhow::Result<()> {
    let bar = Bar::new();
    let (options, replace) = (SynthOptions { count: args.count, size: args.size, seed: args.seed }, args.overwrite.replace());
    let is_zip = args.out.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    let summary = if is_zip {
        write_zip(args.count as usize, args.seed, OutputFile { path: &args.out, replace }, &bar)?
    } else {
        let JobOutcome::FacesDrawn(summary) = run_job(&Job::DrawFaces { options, out: args.out.clone(), replace }, &bar)? else {
            bail!("the engine answered another job")
        };
        summary
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

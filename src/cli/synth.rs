//! `facefield synth`.

use clap::Args;

use super::Output;

/// Arguments of `facefield synth`.
#[derive(Debug, Args)]
pub struct SynthArgs {}

/// Runs the command.
///
/// # Errors
/// What the work fails with.
pub fn run(_args: &SynthArgs, _output: &Output) -> anyhow::Result<()> {
    anyhow::bail!("not there yet")
}

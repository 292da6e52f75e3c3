//! `facefield sample`.

use clap::Args;

use super::Output;

/// Arguments of `facefield sample`.
#[derive(Debug, Args)]
pub struct SampleArgs {}

/// Runs the command.
///
/// # Errors
/// What the work fails with.
pub fn run(_args: &SampleArgs, _output: &Output) -> anyhow::Result<()> {
    anyhow::bail!("not there yet")
}

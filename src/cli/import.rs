//! `facefield import`.

use clap::Args;

use super::Output;

/// Arguments of `facefield import`.
#[derive(Debug, Args)]
pub struct ImportArgs {}

/// Runs the command.
///
/// # Errors
/// What the work fails with.
pub fn run(_args: &ImportArgs, _output: &Output) -> anyhow::Result<()> {
    anyhow::bail!("not there yet")
}

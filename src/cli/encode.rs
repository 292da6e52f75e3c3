//! `facefield encode`.

use clap::Args;

use super::Output;

/// Arguments of `facefield encode`.
#[derive(Debug, Args)]
pub struct EncodeArgs {}

/// Runs the command.
///
/// # Errors
/// What the work fails with.
pub fn run(_args: &EncodeArgs, _output: &Output) -> anyhow::Result<()> {
    anyhow::bail!("not there yet")
}

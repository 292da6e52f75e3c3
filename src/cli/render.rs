//! `facefield render`.

use clap::Args;

use super::Output;

/// Arguments of `facefield render`.
#[derive(Debug, Args)]
pub struct RenderArgs {}

/// Runs the command.
///
/// # Errors
/// What the work fails with.
pub fn run(_args: &RenderArgs, _output: &Output) -> anyhow::Result<()> {
    anyhow::bail!("not there yet")
}

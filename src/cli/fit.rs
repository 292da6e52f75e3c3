//! `facefield fit`.

use clap::Subcommand;

use super::Output;

/// What is fitted.
#[derive(Debug, Subcommand)]
pub enum FitCommand {}

/// Runs the command.
///
/// # Errors
/// What the fit fails with.
pub fn run(command: &FitCommand, _output: &Output) -> anyhow::Result<()> {
    match *command {}
}

//! The command line: one file for each sub-command.
//!
//! Owns arguments, exit codes and the two ways of output (text, one JSON value). The work itself is done by the layers below.

mod advice;
mod arguments;
mod average;
mod axis;
mod bar;
mod bench;
mod encode;
mod environment;
mod evaluate;
mod fit;
mod import;
mod judging;
mod knobs;
mod output;
mod render;
mod report;
mod sample;
mod self_test;
mod synth;
mod target;
mod train;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

pub use output::Output;
use output::say;

use crate::{faults, words};

/// See what generative models of faces learn. Without a command: opens the explorer.
#[derive(Debug, Parser)]
#[command(name = "facefield", version, propagate_version = true)]
struct Arguments {
    /// Print exactly one JSON value on standard output at the end.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read pictures from folders, archives or parquet files, crop and resize them, and write a face cache.
    Import(import::ImportArgs),
    /// Draw faces that are no photographs, with known factors: a face cache, or a zip of JPEGs in CelebA's layout.
    Synth(synth::SynthArgs),
    /// Fit a model that has a closed form.
    #[command(subcommand)]
    Fit(fit::FitCommand),
    /// Train a network into a run folder.
    #[command(subcommand)]
    Train(train::TrainCommand),
    /// Write a model of a run's averaged weights, with a length that is chosen afterwards.
    Average(average::AverageArgs),
    /// Draw samples from a model: a contact sheet, or a folder of single faces.
    Sample(sample::SampleArgs),
    /// Find the coordinates of pictures in a model's latent space, and show how it sees them.
    Encode(encode::EncodeArgs),
    /// Judge models: reconstructions, samples and likelihood, beside what real faces reach.
    Evaluate(evaluate::EvaluateArgs),
    /// Compare models, also of different sizes, in one HTML file: figures, curves and pictures, and what they show.
    Report(report::ReportArgs),
    /// Render a journey through latent space to MP4, GIF or PNG frames.
    Render(render::RenderArgs),
    /// Compare a device's results with exact ones, layer by layer.
    SelfTest(self_test::SelfTestArgs),
    /// Measure how fast things are on this machine.
    #[command(subcommand)]
    Bench(bench::BenchCommand),
}

/// Parses the command line and runs it: exit code 0 done, 1 failed, 2 wrong usage, 130 interrupted.
pub fn main() -> ExitCode {
    environment::prepare();
    faults::caught(parse_and_run).unwrap_or_else(|reason| {
        // Whoever reads the output has closed it, as `head` does: there is nobody to tell.
        if !reason.starts_with("failed printing to std") {
            say(format_args!(
                "facefield: a fault of the program: {reason}. What it had written before stands; please report it with the command"
            ));
        }
        ExitCode::FAILURE
    })
}

fn parse_and_run() -> ExitCode {
    let given = match arguments::tidied(std::env::args_os(), std::env::home_dir()) {
        Ok(given) => given,
        Err(sentence) => {
            Arguments::command().error(ErrorKind::InvalidValue, sentence).print().ok();
            return ExitCode::from(2);
        }
    };
    let parsed = Arguments::command().try_get_matches_from(given);
    let (arguments, matches) = match parsed.and_then(|matches| Ok((Arguments::from_arg_matches(&matches)?, matches))) {
        Ok(parsed) => parsed,
        Err(error) => {
            if !error.use_stderr() {
                error.print().ok();
                return ExitCode::SUCCESS;
            }
            say(arguments::in_words(&error).trim_end());
            return ExitCode::from(2);
        }
    };
    if arguments.command.is_some() {
        words::speak_as(advice::VOICE);
    }
    let output = Output::new(arguments.json);
    match run(arguments.command, &matches, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.error(&error);
            if bar::was_interrupted() { ExitCode::from(bar::INTERRUPTED) } else { ExitCode::FAILURE }
        }
    }
}

fn run(command: Option<Command>, matches: &ArgMatches, output: &Output) -> anyhow::Result<()> {
    match command {
        None => open_explorer(),
        Some(Command::Import(args)) => import::run(&args, output),
        Some(Command::Synth(args)) => synth::run(&args, output),
        Some(Command::Fit(command)) => fit::run(&command, output),
        Some(Command::Train(command)) => train::run(&command, &|name| is_given(matches, name), output),
        Some(Command::Average(args)) => average::run(&args, output),
        Some(Command::Sample(args)) => sample::run(&args, output),
        Some(Command::Encode(args)) => encode::run(&args, output),
        Some(Command::Evaluate(args)) => evaluate::run(&args, output),
        Some(Command::Report(args)) => report::run(&args, output),
        Some(Command::Render(args)) => render::run(&args, output),
        Some(Command::SelfTest(args)) => self_test::run(&args, output),
        Some(Command::Bench(command)) => bench::run(&command, output),
    }
}

/// Whether an option of the innermost sub-command stands on the command line.
fn is_given(matches: &ArgMatches, name: &str) -> bool {
    match matches.subcommand() {
        Some((_, inner)) => is_given(inner, name),
        None => matches!(matches.try_contains_id(name), Ok(true)) && matches.value_source(name) == Some(ValueSource::CommandLine),
    }
}

#[cfg(feature = "app")]
fn open_explorer() -> anyhow::Result<()> {
    #[cfg(all(unix, not(target_os = "macos")))]
    environment::leave_stale_wayland();
    let model = crate::models::StoredModel::embedded()?;
    let options = crate::app::AppOptions { model, size: (1280, 720), fits: true, vsync: true, rests: true };
    crate::app::run(options, crate::session::session_file()).map_err(advice::of_app)
}

#[cfg(not(feature = "app"))]
fn open_explorer() -> anyhow::Result<()> {
    anyhow::bail!("this build has no explorer; build it with `cargo build --release`, or see `facefield --help` for what it can do")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }
}

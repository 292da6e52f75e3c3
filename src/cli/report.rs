//! `facefield report`: a comparison of models as one HTML file.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::Output;
use super::bar::Bar;
use super::judging::{InvertArgs, JudgingArgs};
use super::target::OverwriteArgs;
use crate::engine::{Job, JobOutcome, ReportSummary, WriteReport, run_job};

/// Arguments of `facefield report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    #[command(flatten)]
    judging: JudgingArgs,
    /// Show real faces, those of --data, where pictures show originals, instead of synthetic ones: mind their licence before you pass
    /// the file on.
    #[arg(long)]
    with_faces: bool,
    /// Judge averages of other lengths, too, of models that are runs: precision, recall, SWD and SWD-R over the length. Each of the five
    /// takes as long as a model.
    #[arg(long)]
    lengths: bool,
    /// Compute anew all figures, also those that the models' folders keep.
    #[arg(long)]
    fresh: bool,
    #[command(flatten)]
    invert: InvertArgs,
    /// The HTML file to write.
    #[arg(long, value_name = "REPORT.html", value_parser = html_file)]
    out: PathBuf,
    #[command(flatten)]
    overwrite: OverwriteArgs,
}

fn html_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension().and_then(|extension| extension.to_str()) {
        Some(extension) if extension.eq_ignore_ascii_case("html") || extension.eq_ignore_ascii_case("htm") => Ok(path),
        _ => Err("a report is an HTML file, whose name ends in .html".into()),
    }
}

/// Writes the report.
///
/// # Errors
/// What a model, the data or the output refuse.
pub fn run(args: &ReportArgs, output: &Output) -> anyhow::Result<()> {
    let JudgingArgs { data, train, seed, .. } = &args.judging;
    let models = args.judging.places()?;
    let bar = Bar::new();
    let job = WriteReport {
        models,
        data: data.clone(),
        train: train.clone(),
        seed: *seed,
        with_faces: args.with_faces,
        lengths: args.lengths,
        out: args.out.clone(),
        replace: args.overwrite.replace(),
        reuse: !args.fresh,
        invert: args.invert.invert,
    };
    let JobOutcome::ReportWritten(summary) = run_job(&Job::WriteReport(job), &bar)? else { bail!("the engine answered another job") };
    drop(bar);
    output.result(&summary, text)
}

fn text(summary: &ReportSummary) -> String {
    format!(
        "{} compared in {} ({:.1} MB, {:.1} s)",
        summary.models.join(", "),
        summary.path.display(),
        summary.bytes as f64 / 1e6,
        summary.seconds
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_named_as_html() {
        assert!(html_file("a/report.HTML").is_ok());
        assert!(html_file("report.pdf").is_err() && html_file("report").is_err());
    }
}

//! `facefield report`: a comparison of models as one HTML file.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::Output;
use super::bar::Bar;
use crate::engine::{Job, JobOutcome, ReportSummary, WriteReport, run_job};
use crate::models::catalog;

/// Arguments of `facefield report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The models: folders, or names such as pca-celeba64. They may be of different sizes.
    #[arg(required = true, value_name = "MODEL")]
    models: Vec<String>,
    /// The face cache with faces that the models were not trained on, as large as the largest model's.
    #[arg(long, value_name = "FACES.safetensors")]
    data: PathBuf,
    /// The face cache with the faces that the models were trained on [default: the training faces of --data].
    #[arg(long, value_name = "FACES.safetensors")]
    train: Option<PathBuf>,
    /// Of the samples, and of the patches and directions that they are compared along.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Show faces of --data where pictures show originals, instead of synthetic ones: mind their licence before you pass the file on.
    #[arg(long)]
    with_faces: bool,
    /// Compute all figures anew, also those that the models' folders keep.
    #[arg(long)]
    fresh: bool,
    /// The HTML file to write.
    #[arg(long, value_name = "REPORT.html", value_parser = html_file)]
    out: PathBuf,
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
    let models = args.models.iter().map(|model| catalog::place(model)).collect::<Result<Vec<_>, _>>()?;
    let bar = Bar::new();
    let job = WriteReport {
        models,
        data: args.data.clone(),
        train: args.train.clone(),
        seed: args.seed,
        with_faces: args.with_faces,
        out: args.out.clone(),
        reuse: !args.fresh,
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

//! `facefield average`: a run to a model of averaged weights, with a length that is chosen afterwards.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::Output;
use super::bar::Bar;
use crate::engine::{AverageSummary, FrameSource, Job, JobOutcome, TakeAverage, run_job};
use crate::models::Precision;
use crate::training::LENGTHS;
use crate::words::{counted, grouped};

/// Arguments of `facefield average`.
#[derive(Debug, Args)]
pub struct AverageArgs {
    /// The run folder.
    run: PathBuf,
    /// How long the average is, 0.02 to 0.25: the spread of the times at which weights count, as a share of the training until then. Longer is calmer and sharper, shorter more varied.
    #[arg(long, value_parser = length)]
    length: f64,
    /// The last moment that the run keeps up to this step [default: the last of all].
    #[arg(long, value_name = "STEP")]
    at: Option<u64>,
    /// The model folder to write.
    #[arg(long, value_name = "MODEL")]
    out: PathBuf,
    /// Store the weights in half precision: half the size, no visible difference.
    #[arg(long)]
    half: bool,
}

fn length(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(length) if LENGTHS.contains(&length) => Ok(length),
        _ => Err(format!("a length is a number from {} to {}", LENGTHS.start(), LENGTHS.end())),
    }
}

/// Writes the average.
///
/// # Errors
/// What the run or the output refuse.
pub fn run(args: &AverageArgs, output: &Output) -> anyhow::Result<()> {
    let bar = Bar::new();
    let job = TakeAverage {
        run: args.run.clone(),
        length: args.length,
        at: args.at,
        out: args.out.clone(),
        precision: if args.half { Precision::Half } else { Precision::Single },
    };
    let JobOutcome::AverageTaken(summary) = run_job(&Job::TakeAverage(job), &bar)? else { bail!("the engine answered another job") };
    drop(bar);
    output.result(&summary, text)
}

fn text(summary: &AverageSummary) -> String {
    let frame = match summary.frame {
        FrameSource::Network => "its axes found anew",
        FrameSource::Faces => "its axes found anew from the codes of the training faces",
        FrameSource::Run => "its axes are those of the run",
    };
    format!(
        "the weights of step {} ({} faces seen), averaged over a length of {}, in {}; {frame}\nput together from {}, from step {} on; its \
         profile differs by {:.1} %",
        grouped(summary.step),
        grouped(summary.images),
        summary.length,
        summary.path.display(),
        counted(summary.moments as u64, "kept moment"),
        grouped(summary.first_step),
        summary.residual * 100.0
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_together_is_told() {
        let summary = AverageSummary {
            path: "models/mine".into(),
            length: 0.07,
            step: 31_250,
            images: 1_000_000,
            moments: 49,
            first_step: 32,
            residual: 0.0154,
            frame: FrameSource::Network,
            seconds: 1.5,
        };
        let wanted = "the weights of step 31,250 (1,000,000 faces seen), averaged over a length of 0.07, in models/mine; its axes found anew\n\
                      put together from 49 kept moments, from step 32 on; its profile differs by 1.5 %";
        assert_eq!(text(&summary), wanted);
        assert!(text(&AverageSummary { moments: 1, ..summary }).contains("from 1 kept moment, "));
    }

    #[test]
    fn lengths_have_a_range() {
        assert_eq!((length("0.05"), length("0.25")), (Ok(0.05), Ok(0.25)));
        assert!(["0.01", "0.3", "nan", "five"].iter().all(|text| length(text).is_err_and(|told| told.contains("0.02 to 0.25"))));
    }
}

//! Jobs: work that takes seconds to minutes, reports progress and can be cancelled.
//!
//! Owns the closed lists of jobs and outcomes. The command line runs a job where it stands, the app hands it to a [`Worker`](super::Worker).

use std::path::PathBuf;

use super::EngineError;
use super::average::{AverageSummary, TakeAverage, take_average};
use super::evaluate::{Evaluate, evaluate};
use super::fit_inverter::{FitInverter, FitInverterSummary, fit_inverter};
use super::fit_mixture::{FitMixture, FitMixtureSummary, fit_mixture};
use super::fit_pca::{FitPca, FitPcaSummary, fit_pca};
use super::place_photo::{PhotoPlace, PlacePhoto, place_photo};
use super::record::{RecordJourney, record_journey};
use super::report::{ReportSummary, WriteReport, write_report};
use crate::data::synth::{SynthOptions, SynthSummary, write_cache};
use crate::data::{ImportOptions, ImportSummary, import};
use crate::files::{OutputFile, Replace};
use crate::metrics::Evaluation;
use crate::progress::Monitor;
use crate::video::Recorded;

/// What can be done.
#[derive(Clone, Debug)]
pub enum Job {
    /// Pictures to a face cache.
    Import {
        /// Folders and zips.
        sources: Vec<PathBuf>,
        /// The face cache to write.
        out: PathBuf,
        /// How pictures become faces.
        options: ImportOptions,
        /// What it may take the place of.
        replace: Replace,
    },
    /// Synthetic faces to a face cache.
    DrawFaces {
        /// How many, how large.
        options: SynthOptions,
        /// The face cache to write.
        out: PathBuf,
        /// What it may take the place of.
        replace: Replace,
    },
    /// A face cache to a PCA model.
    FitPca(FitPca),
    /// The training faces of an autoencoder to a mixture of their codes.
    FitMixture(FitMixture),
    /// A run to a model of averaged weights.
    TakeAverage(TakeAverage),
    /// The samples of a generator to an encoder.
    FitInverter(Box<FitInverter>),
    /// A photo to its place in the latent space of a model.
    PlacePhoto(Box<PlacePhoto>),
    /// Models beside faces that they were not trained on.
    Evaluate(Evaluate),
    /// Models side by side in one HTML file.
    WriteReport(WriteReport),
    /// A journey through a model to a video.
    Record(Box<RecordJourney>),
}

/// What was done.
#[derive(Clone, Debug)]
pub enum JobOutcome {
    /// The face cache is written.
    Imported(ImportSummary),
    /// The face cache is written, with faces that are drawn.
    FacesDrawn(SynthSummary),
    /// The model folder is written.
    PcaFitted(FitPcaSummary),
    /// The model has its mixture.
    MixtureFitted(FitMixtureSummary),
    /// The model folder is written, with averaged weights of a run.
    AverageTaken(AverageSummary),
    /// The model has its encoder.
    InverterFitted(FitInverterSummary),
    /// The photo has its place.
    PhotoPlaced(PhotoPlace),
    /// The models are judged, in order.
    Evaluated(Vec<Evaluation>),
    /// The report is written.
    ReportWritten(ReportSummary),
    /// The video is written.
    Recorded(Recorded),
}

/// Runs a job to its end on the calling thread.
///
/// # Errors
/// What the job fails with; nothing half-written is left then.
pub fn run_job(job: &Job, monitor: &dyn Monitor) -> Result<JobOutcome, EngineError> {
    match job {
        Job::Import { sources, out, options, replace } => {
            let output = OutputFile { path: out, replace: *replace };
            Ok(JobOutcome::Imported(import(sources, output, *options, monitor)?))
        }
        Job::DrawFaces { options: SynthOptions { count, size, seed }, out, replace } => {
            let output = OutputFile { path: out, replace: *replace };
            Ok(JobOutcome::FacesDrawn(write_cache(*count as usize, *seed, usize::from(*size), output, monitor)?))
        }
        Job::FitPca(job) => Ok(JobOutcome::PcaFitted(fit_pca(job, monitor)?)),
        Job::FitMixture(job) => Ok(JobOutcome::MixtureFitted(fit_mixture(job, monitor)?)),
        Job::TakeAverage(job) => Ok(JobOutcome::AverageTaken(take_average(job, monitor)?)),
        Job::FitInverter(job) => Ok(JobOutcome::InverterFitted(fit_inverter(job, monitor)?)),
        Job::PlacePhoto(job) => Ok(JobOutcome::PhotoPlaced(place_photo(job, monitor)?)),
        Job::WriteReport(job) => Ok(JobOutcome::ReportWritten(write_report(job, monitor)?)),
        Job::Record(job) => Ok(JobOutcome::Recorded(record_journey(job, monitor)?)),
        Job::Evaluate(job) => Ok(JobOutcome::Evaluated(evaluate(job, monitor)?)),
    }
}

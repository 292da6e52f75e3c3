//! What is asked of an evaluation and what the last one found, as data. Who starts it and who tells of it is the business of others.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};

use bevy::prelude::Resource;

use super::job_kind::JobKind;
use crate::data::SplitChoice;
use crate::engine::{Evaluate, INVERTED, Job, JobOutcome, WriteReport};
use crate::files::Replace;
use crate::metrics::Evaluation;
use crate::models::{ModelError, PlacedModel, catalog};
use crate::words::counted;

/// Which models are judged, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluationRequest {
    /// The models, by what the list asks for them by.
    pub models: Vec<String>,
    /// The face cache to judge by.
    pub data: PathBuf,
    /// Which of its faces; by default held-out ones where there are any.
    pub split: Option<SplitChoice>,
    /// The face cache with training faces; by default those of `data`.
    pub train: Option<PathBuf>,
    /// Of the samples, and of patches and directions.
    pub seed: u64,
    /// Whether figures that a model's folder keeps are taken from there.
    pub reuse: bool,
}

impl EvaluationRequest {
    pub(super) fn of(job: &Evaluate) -> Self {
        Self {
            models: job.models.iter().map(request_of_placed).collect(),
            data: job.data.clone(),
            split: job.split,
            train: job.train.clone(),
            seed: job.seed,
            reuse: job.reuse,
        }
    }

    /// Opens the models: files are read here, once for each press of a button.
    pub(super) fn placed(&self) -> Result<Vec<PlacedModel>, ModelError> {
        self.models.iter().map(|request| catalog::place(request)).collect()
    }

    pub(super) fn evaluate(&self) -> Result<Job, ModelError> {
        Ok(Job::Evaluate(Evaluate {
            models: self.placed()?,
            data: self.data.clone(),
            split: self.split,
            train: self.train.clone(),
            seed: self.seed,
            resize: true,
            reuse: self.reuse,
            invert: INVERTED,
        }))
    }

    pub(super) fn write_report(&self, with_faces: bool, out: &Path, replace: Replace) -> Result<Job, ModelError> {
        Ok(Job::WriteReport(WriteReport {
            models: self.placed()?,
            data: self.data.clone(),
            train: self.train.clone(),
            seed: self.seed,
            with_faces,
            lengths: false,
            out: out.to_path_buf(),
            replace,
            reuse: self.reuse,
            invert: INVERTED,
        }))
    }
}

/// What the last evaluation found.
#[derive(Default, Resource)]
pub struct Evaluations {
    /// The figures, those of larger faces first and else in the order of the models; they stay until the next evaluation is done.
    pub found: Vec<Evaluation>,
    /// The face cache that the models were judged by.
    pub data: Option<PathBuf>,
    /// The report that was written of these models last, from the root.
    pub report: Option<PathBuf>,
    /// What the evaluation that found the figures warned of, in order.
    pub warnings: Vec<String>,
    /// What the report warned of besides, in order.
    pub report_warnings: Vec<String>,
    /// What was asked for the figures.
    pub request: Option<EvaluationRequest>,
    /// What the evaluation under way was asked.
    asked: Option<EvaluationRequest>,
    /// What the evaluation or report under way has warned of so far; `None` where none runs.
    running_warnings: Option<Vec<String>>,
}

impl Evaluations {
    /// Takes note that a job begins.
    pub(super) fn begin(&mut self, job: &Job) {
        if JobKind::of(job) == JobKind::Judge {
            self.running_warnings = Some(Vec::new());
            self.asked = if let Job::Evaluate(job) = job { Some(EvaluationRequest::of(job)) } else { None };
        }
    }

    /// Takes note of what the evaluation or report under way warns of.
    pub(super) fn warn(&mut self, message: String) {
        if let Some(warnings) = &mut self.running_warnings {
            warnings.push(message);
        }
    }

    /// Takes note that the job is over: after one that failed or was cancelled, figures, report and warnings are those of before.
    pub(super) fn end(&mut self) {
        self.running_warnings = None;
        self.asked = None;
    }

    /// What an evaluation or report under way has warned of so far; where none runs, the warnings of the figures.
    pub fn current_warnings(&self) -> &[String] {
        self.running_warnings.as_ref().unwrap_or(&self.warnings)
    }

    /// Takes over what a job came to, where it concerns models that were judged.
    pub(super) fn take(&mut self, outcome: &JobOutcome) {
        match outcome {
            JobOutcome::Evaluated(found) => {
                self.found.clone_from(found);
                // Models that compare with each other stand side by side, in the order of a report.
                self.found.sort_by_key(|evaluation| Reverse(evaluation.size));
                self.warnings = self.running_warnings.take().unwrap_or_default();
                self.request = self.asked.take();
                self.data = self.request.as_ref().map(|request| request.data.clone());
                self.report = None;
                self.report_warnings.clear();
            }
            JobOutcome::ReportWritten(summary) => {
                // A report judges the same models again, and is warned of the same.
                self.report_warnings = self.running_warnings.take().unwrap_or_default();
                self.report_warnings.retain(|warning| !self.warnings.contains(warning));
                self.report = Some(std::path::absolute(&summary.path).unwrap_or_else(|_| summary.path.clone()));
            }
            _ => {}
        }
    }
}

/// What an evaluation came to, as people read it.
pub(super) fn told(found: &[Evaluation]) -> String {
    let kept = found.iter().filter(|evaluation| evaluation.is_kept).count();
    let judged = format!("{} evaluated", counted(found.len() as u64, "model"));
    match kept {
        0 => judged,
        kept if kept == found.len() => format!("{judged}; the figures were kept from before"),
        kept => format!("{judged}; the figures of {kept} were kept from before"),
    }
}

pub(super) fn request_of_placed(model: &PlacedModel) -> String {
    model.folder.as_deref().map_or_else(|| model.stored.header.name.clone(), request_of)
}

/// What a model in a folder is asked for by.
pub(super) fn request_of(folder: &Path) -> String {
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf()).to_string_lossy().into_owned()
}

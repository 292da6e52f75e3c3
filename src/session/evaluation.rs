//! How well models do: what is asked, and what was found.
//!
//! Owns the figures of the last evaluation, and the way from a request to a job. The job itself runs with the others; which models there
//! are is the business of the shelf, what figures mean that of the engine.

use std::path::PathBuf;

use bevy::prelude::*;

use super::SessionSystems;
use super::evaluations::{EvaluationRequest, Evaluations};
use super::job_kind::JobKind;
use super::jobs::{Jobs, RunJob};
use crate::files::Replace;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Judge>().init_resource::<Evaluations>().add_systems(Update, obey.in_set(SessionSystems::Steer));
}

/// What panels ask about how well models do.
#[derive(Clone, Debug, Message)]
pub enum Judge {
    /// Compute figures.
    Evaluate(EvaluationRequest),
    /// Write the models of a request side by side into an HTML file.
    WriteReport {
        /// Which models, beside which faces. Which faces of the data is the report's own choice: held-out ones where there are any.
        request: EvaluationRequest,
        /// Whether faces of the data stand for real ones in the pictures.
        with_faces: bool,
        /// The file.
        out: PathBuf,
        /// What it may take the place of.
        replace: Replace,
    },
}

fn obey(mut asked: MessageReader<Judge>, mut jobs: ResMut<Jobs>, mut run: MessageWriter<RunJob>) {
    for message in asked.read() {
        let job = match message {
            Judge::Evaluate(request) => request.evaluate(),
            Judge::WriteReport { request, with_faces, out, replace } => request.write_report(*with_faces, out, *replace),
        };
        match job {
            Ok(job) => {
                run.write(RunJob::Start(job));
            }
            Err(error) => jobs.refuse(JobKind::Judge, error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::evaluations::{request_of, told};
    use super::*;
    use crate::data::SplitChoice;
    use crate::engine::JobOutcome;
    use crate::engine::ReportSummary;
    use crate::metrics::Evaluation;
    use crate::models::StoredModel;

    fn evaluation(model: &str, is_kept: bool) -> Evaluation {
        let set = r#""swd": {"mean": 1.0}, "swd_r": {"mean": 2.0}, "band_energy": {}, "precision": null, "recall": null, "density": null,
            "coverage": null"#;
        let text = format!(
            r#"{{"model": "{model}", "kind": "pca", "size": 16, "latent_dim": 8, "faces": 8, "n": 8, "seed": 1, "split": "valid",
            "training_faces": 144, "reconstruction": {{"mse": 0.01, "psnr": 20.0, "ssim": 0.5}}, "likelihood": {{"bits_per_dim": 6.0}},
            "samples": {{{set}, "floor": {{{set}}}, "neighbour_ratio": 1.0}}}}"#
        );
        Evaluation { is_kept, ..serde_json::from_str(&text).unwrap() }
    }

    #[test]
    fn figures_stay_until_the_next_evaluation_is_done() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("mine");
        StoredModel::embedded().unwrap().save(&folder, b"").unwrap();
        let request = EvaluationRequest {
            models: vec![request_of(&folder)],
            data: "faces.safetensors".into(),
            split: Some(SplitChoice::Valid),
            train: None,
            seed: 1,
            reuse: true,
        };
        let mut evaluations = Evaluations::default();
        evaluations.begin(&request.evaluate().unwrap());
        evaluations.take(&JobOutcome::Evaluated(vec![evaluation("a", false)]));
        assert_eq!((evaluations.found.len(), evaluations.request.as_ref()), (1, Some(&request)), "the job says what was asked");
        assert_eq!(evaluations.data.as_deref(), Some(Path::new("faces.safetensors")));
        let summary = ReportSummary { models: Vec::new(), bytes: 1, seconds: 1.0, path: "report.html".into() };
        evaluations.take(&JobOutcome::ReportWritten(summary));
        assert!(evaluations.report.as_ref().is_some_and(|report| report.is_absolute()), "it can be opened from anywhere");
        evaluations.begin(&EvaluationRequest { data: "others.safetensors".into(), ..request.clone() }.evaluate().unwrap());
        assert_eq!((evaluations.found.len(), evaluations.request.as_ref()), (1, Some(&request)));
        evaluations.take(&JobOutcome::Evaluated(Vec::new()));
        assert_eq!((evaluations.found.len(), evaluations.report.as_ref()), (0, None));
    }

    #[test]
    fn warnings_stand_beside_the_figures_or_the_report_that_they_are_of() {
        let request = EvaluationRequest { models: Vec::new(), data: "a".into(), split: None, train: None, seed: 1, reuse: true };
        let (evaluate, report) = (request.evaluate().unwrap(), request.write_report(false, Path::new("b.html"), Replace::Own).unwrap());
        let mut evaluations = Evaluations::default();
        evaluations.begin(&evaluate);
        evaluations.warn("few faces".into());
        evaluations.take(&JobOutcome::Evaluated(vec![evaluation("a", false)]));
        evaluations.end();
        assert_eq!(evaluations.warnings, ["few faces"]);
        evaluations.begin(&evaluate);
        assert!(evaluations.current_warnings().is_empty(), "it has warned of nothing yet");
        evaluations.warn("no encoder".into());
        assert_eq!(evaluations.current_warnings(), ["no encoder"]);
        evaluations.end();
        assert_eq!(evaluations.current_warnings(), ["few faces"], "nothing came of it");
        evaluations.begin(&report);
        evaluations.warn("few faces".into());
        evaluations.warn("no curve".into());
        evaluations.take(&JobOutcome::ReportWritten(ReportSummary { models: Vec::new(), bytes: 1, seconds: 1.0, path: "b.html".into() }));
        evaluations.end();
        assert_eq!(evaluations.current_warnings(), ["few faces"]);
        assert_eq!(evaluations.report_warnings, ["no curve"], "what the figures say already is not said twice");
        evaluations.begin(&evaluate);
        evaluations.take(&JobOutcome::Evaluated(Vec::new()));
        assert!(evaluations.warnings.is_empty() && evaluations.report_warnings.is_empty());
    }

    #[test]
    fn models_of_one_size_stand_side_by_side() {
        let of = |model: &str, size| Evaluation { size, ..evaluation(model, false) };
        let mut evaluations = Evaluations::default();
        evaluations.take(&JobOutcome::Evaluated(vec![of("b", 32), of("d", 64), of("a", 32), of("c", 64)]));
        assert_eq!(evaluations.found.iter().map(|found| found.model.as_str()).collect::<String>(), "dcba");
    }

    #[test]
    fn kept_figures_are_told() {
        assert_eq!(told(&[evaluation("a", false)]), "1 model evaluated");
        assert!(told(&[evaluation("a", false), evaluation("b", true)]).ends_with("figures of 1 were kept from before"));
        assert!(told(&[evaluation("a", true), evaluation("b", true)]).ends_with("the figures were kept from before"));
    }
}

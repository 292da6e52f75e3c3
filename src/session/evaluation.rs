//! How well models do: those that can be judged, what is asked, and what was found.
//!
//! Owns the list of models as a panel needs it, the figures of the last evaluation, and the way from a request to a job. The job
//! itself runs with the others; what figures mean is the engine's business.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};

use bevy::prelude::*;

use super::jobs::{JobKind, Jobs, RunJob};
use super::{CurrentModel, ModelChoices, ModelPlace, SessionSystems};
use crate::data::SplitChoice;
use crate::engine::{Evaluate, Evaluation, Job, JobOutcome, WriteReport};
use crate::files::Replace;
use crate::models::catalog::{self, CatalogEntry, Location};
use crate::models::{ModelError, ModelKind, PlacedModel};
use crate::words::counted;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Judge>()
        .init_resource::<Evaluations>()
        .init_resource::<ModelShelf>()
        .add_systems(Update, (obey, keep_shelf).chain().in_set(SessionSystems::Steer));
}

/// What panels ask about how well models do.
#[derive(Clone, Debug, Message)]
pub enum Judge {
    /// Fill the list of models, and keep it up to date from now on.
    ListModels,
    /// Add the model folder or run folder at a path to the list.
    AddModel(PathBuf),
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
    fn of(job: &Evaluate) -> Self {
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
    fn placed(&self) -> Result<Vec<PlacedModel>, ModelError> {
        self.models.iter().map(|request| catalog::place(request)).collect()
    }

    fn evaluate(&self) -> Result<Job, ModelError> {
        Ok(Job::Evaluate(Evaluate {
            models: self.placed()?,
            data: self.data.clone(),
            split: self.split,
            train: self.train.clone(),
            seed: self.seed,
            resize: true,
            reuse: self.reuse,
        }))
    }

    fn write_report(&self, with_faces: bool, out: &Path, replace: Replace) -> Result<Job, ModelError> {
        Ok(Job::WriteReport(WriteReport {
            models: self.placed()?,
            data: self.data.clone(),
            train: self.train.clone(),
            seed: self.seed,
            with_faces,
            out: out.to_path_buf(),
            replace,
            reuse: self.reuse,
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

/// A model that can be judged, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShelfModel {
    /// What it is asked for by: its folder from the root, or the name of the model that is part of the program.
    pub request: String,
    /// Its name.
    pub name: String,
    /// What a picker shows.
    pub title: String,
    /// What it is.
    pub kind: ModelKind,
    /// Its faces are `size` x `size` pixels.
    pub size: usize,
}

impl ShelfModel {
    fn read(request: &str) -> Result<Self, ModelError> {
        let header = catalog::place(request)?.stored.header;
        Ok(Self { request: request.to_owned(), title: header.title(), name: header.name, kind: header.kind, size: header.size })
    }
}

/// The models that can be judged. Models are read when the list is first asked for, and again only when there are others.
#[derive(Default, Resource)]
pub struct ModelShelf {
    /// Those that can be opened by name, then the one that is open, then folders that were added.
    pub models: Vec<ShelfModel>,
    /// What the open model is asked for by.
    pub current: Option<String>,
    /// Why the folder that was named last cannot be judged.
    pub error: Option<String>,
    added: Vec<String>,
    is_wanted: bool,
    is_listed: bool,
    /// The model that was open when the list was made.
    place: Option<ModelPlace>,
}

impl ModelShelf {
    /// Whether the list is there.
    pub fn is_listed(&self) -> bool {
        self.is_listed
    }

    /// What the model in a folder is asked for by.
    pub fn request_of(folder: &Path) -> String {
        std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf()).to_string_lossy().into_owned()
    }

    fn add(&mut self, folder: &Path) {
        let request = Self::request_of(folder);
        self.error = None;
        if self.models.iter().any(|model| model.request == request) {
            return;
        }
        match ShelfModel::read(&request) {
            Ok(model) => {
                self.models.push(model);
                self.added.push(request);
            }
            Err(error) => self.error = Some(error.to_string()),
        }
    }

    fn list(&mut self, choices: &[CatalogEntry], place: Option<&ModelPlace>) {
        let listed = choices.iter().filter(|entry| entry.usable).map(request_of_entry);
        self.current = place.map(|place| request_of_place(place, choices));
        let mut requests: Vec<String> = Vec::new();
        for request in listed.chain(self.current.clone()).chain(self.added.iter().cloned()) {
            if !requests.contains(&request) {
                requests.push(request);
            }
        }
        // A run that has written no model yet is not on the list.
        self.models = requests.iter().filter_map(|request| ShelfModel::read(request).ok()).collect();
        self.place = place.cloned();
        self.is_listed = true;
    }
}

fn request_of_entry(entry: &CatalogEntry) -> String {
    match &entry.location {
        Location::Folder(folder) => ModelShelf::request_of(folder),
        Location::Embedded => entry.name.clone(),
    }
}

/// A model that was opened by its name stands where the list says.
fn request_of_place(place: &ModelPlace, choices: &[CatalogEntry]) -> String {
    match &place.folder {
        Some(folder) => ModelShelf::request_of(Path::new(folder)),
        None => choices.iter().find(|entry| entry.name == place.name).map_or_else(|| place.name.clone(), request_of_entry),
    }
}

fn request_of_placed(model: &PlacedModel) -> String {
    model.folder.as_deref().map_or_else(|| model.stored.header.name.clone(), ModelShelf::request_of)
}

fn obey(mut asked: MessageReader<Judge>, mut shelf: ResMut<ModelShelf>, mut jobs: ResMut<Jobs>, mut run: MessageWriter<RunJob>) {
    for message in asked.read() {
        let job = match message {
            Judge::ListModels => {
                shelf.is_wanted = true;
                continue;
            }
            Judge::AddModel(folder) => {
                shelf.add(folder);
                continue;
            }
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

fn keep_shelf(mut shelf: ResMut<ModelShelf>, choices: Res<ModelChoices>, model: Res<CurrentModel>) {
    let is_stale = !shelf.is_listed || choices.is_changed() || shelf.place != model.place;
    if shelf.is_wanted && is_stale {
        shelf.list(&choices.0, model.place.as_ref());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ReportSummary;
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

    fn entry(name: &str, location: Location) -> CatalogEntry {
        CatalogEntry { name: name.into(), title: String::new(), location, usable: true }
    }

    #[test]
    fn figures_stay_until_the_next_evaluation_is_done() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("mine");
        StoredModel::embedded().unwrap().save(&folder, b"").unwrap();
        let request = EvaluationRequest {
            models: vec![ModelShelf::request_of(&folder)],
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

    #[test]
    fn the_shelf_lists_every_model_once_and_what_is_open_among_them() {
        let place = tempfile::tempdir().unwrap();
        let folders = ["mine", "open", "added"].map(|name| place.path().join(name));
        for folder in &folders {
            StoredModel::embedded().unwrap().save(folder, b"").unwrap();
        }
        let [mine, open, added] = &folders;
        let choices = [entry("mine", Location::Folder(mine.clone())), entry(catalog::EMBEDDED, Location::Embedded)];
        let of_open = ModelPlace { name: "open".into(), folder: open.to_str().map(str::to_owned) };
        let mut shelf = ModelShelf::default();
        shelf.add(added);
        shelf.add(added);
        shelf.add(&place.path().join("nothing"));
        assert!(shelf.error.as_ref().is_some_and(|error| error.contains("nothing")));
        shelf.list(&choices, Some(&of_open));
        let requests: Vec<&str> = shelf.models.iter().map(|model| model.request.as_str()).collect();
        let paths = folders.each_ref().map(|folder| folder.to_str().unwrap());
        assert_eq!(requests, [paths[0], catalog::EMBEDDED, paths[1], paths[2]]);
        assert_eq!((shelf.models[1].size, shelf.models[1].kind), (64, ModelKind::Pca));
        assert_eq!(shelf.current.as_deref(), Some(paths[1]));
        shelf.list(&choices, Some(&ModelPlace::named("mine")));
        assert_eq!((shelf.models.len(), shelf.current.as_deref()), (3, Some(paths[0])), "by name it is the one on the list");
        shelf.list(&choices, Some(&ModelPlace { name: "gone".into(), folder: Some("/nowhere/gone".into()) }));
        assert_eq!(shelf.models.len(), 3, "what is not there is not listed");
    }
}

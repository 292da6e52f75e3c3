//! How well models do: those that can be judged, what is asked, and what was found.
//!
//! Owns the list of models as a panel needs it, the figures of the last evaluation, and the way from a request to a job. The job
//! itself runs with the others; what figures mean is the engine's business.

use std::path::{Path, PathBuf};

use bevy::prelude::*;

use super::evaluations::{EvaluationRequest, Evaluations, request_of};
use super::job_kind::JobKind;
use super::jobs::{Jobs, RunJob};
use super::{CurrentModel, ModelChoices, ModelPlace, SessionSystems};
use crate::files::Replace;
use crate::models::catalog::{self, CatalogEntry, Location};
use crate::models::{ModelError, ModelKind};

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

/// A model that can be judged, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShelfModel {
    /// What it is asked for by: its folder from the root, or the name of a model that is part of the program.
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
        request_of(folder)
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
    use super::super::evaluations::told;
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

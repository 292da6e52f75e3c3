//! What the evaluation pane remembers and shows; its parts draw it.

use bevy::ecs::system::SystemParam;
use bevy::prelude::{Res, Resource};

use super::form::Form;
use crate::session::{Dataset, Evaluations, Jobs, Shelf};
use crate::ui::draw_faces::DrawFaces;
use crate::ui::picker::{FilePicker, PickFor, Wanted};
use crate::ui::shelf::ShelfFaces;

/// What the evaluation pane remembers between frames.
#[derive(Default, Resource)]
pub struct EvaluatePane {
    pub(super) form: Form,
    pub(super) picker: FilePicker<Purpose>,
    /// What faces are to be drawn, while that is asked.
    pub(super) drawing: Option<DrawFaces>,
    /// Whether the report shows faces of the data.
    pub(super) with_faces: bool,
    /// What became of the table that was copied or saved last.
    pub(super) message: Option<Result<String, String>>,
}

/// What the evaluation pane shows.
#[derive(SystemParam)]
pub struct EvaluateView<'w> {
    /// The job that runs.
    pub jobs: Res<'w, Jobs>,
    /// The faces that are chosen.
    pub dataset: Res<'w, Dataset>,
    /// The models that can be judged.
    pub shelf: Res<'w, Shelf>,
    /// Their faces.
    pub shelf_faces: Res<'w, ShelfFaces>,
    /// What was found.
    pub evaluations: Res<'w, Evaluations>,
}

impl EvaluateView<'_> {
    /// Why nothing can be started now.
    pub(super) fn busy_with(&self) -> Option<&'static str> {
        self.jobs.title.is_some().then_some("One job at a time: wait for the one that runs, or cancel it")
    }
}

/// What a path is picked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A face cache to judge by.
    Faces,
    /// A face cache with the faces that models were trained on.
    TrainingFaces,
    /// A model folder or run folder that is not on the list.
    Model,
    /// Where the table goes.
    Table,
    /// Where the report goes.
    Report,
}

impl PickFor for Purpose {
    fn wanted(self) -> Wanted {
        match self {
            Self::Faces => Wanted::FaceCache("Open faces to judge by"),
            Self::TrainingFaces => Wanted::FaceCache("Open the faces that the models were trained on"),
            Self::Model => Wanted::Folder("Add a model folder or a run folder"),
            Self::Table => Wanted::NewFile { title: "Save the table", name: "evaluation.csv" },
            Self::Report => Wanted::NewFile { title: "Write the report", name: "report.html" },
        }
    }
}

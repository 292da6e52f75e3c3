//! What the training pane remembers and shows; its parts draw it.

use bevy::ecs::system::SystemParam;
use bevy::prelude::{Res, Resource};

use super::confirmation::Confirmation;
use super::curves::CurveView;
use super::form::Form;
use super::live::LiveEdit;
use super::sheets::SheetView;
use crate::engine::TrainingRequest;
use crate::models::NetworkConfig;
use crate::session::{Dataset, Jobs, Shelf, Train, Training};
use crate::training::{Budget, TrainingSettings};
use crate::ui::UiCommands;
use crate::ui::draw_faces::DrawFaces;
use crate::ui::picker::{FilePicker, PickFor, Wanted};
use crate::ui::shelf::ShelfFaces;

/// What the training pane remembers between frames.
#[derive(Default, Resource)]
pub struct TrainPane {
    pub(super) form: Form,
    pub(super) picker: FilePicker<Purpose>,
    pub(super) confirmation: Option<Confirmation>,
    /// What faces are to be drawn, while that is asked.
    pub(super) drawing: Option<DrawFaces>,
    pub(super) live: LiveEdit,
    /// Another planned length that is being set.
    pub(super) length: Option<Budget>,
    pub(super) curves: CurveView,
    pub(super) sheets: SheetView,
    /// The step of the warning that the user has dismissed.
    pub(super) heard: Option<u64>,
    /// The network of the training that was measured last, and its rate on this machine in images a second.
    pub(super) pace: Option<(NetworkConfig, f64)>,
    /// What became of the last file that the pane wrote.
    pub(super) message: Option<Result<String, String>>,
}

impl TrainPane {
    /// Forgets what belonged to the run before; what was typed into the form stays, for a start may fail or be called off.
    pub(super) fn forget_run(&mut self) {
        self.live = LiveEdit::default();
        self.length = None;
        self.sheets.follow();
        self.heard = None;
        self.message = None;
    }

    /// Takes note of how fast a training is, so that the form of the next one can say what comes when.
    pub(super) fn note_pace(&mut self, training: &Training) {
        let (Some(settings), Some(size)) = (&training.settings, training.size()) else { return };
        let rate = training.images_per_second();
        if training.is_active() && rate > 0.0 {
            self.pace = Some((settings.network(size), rate));
        }
    }

    /// The rate of the training that was measured last, where it was of such a network; otherwise nobody knows.
    pub(super) fn known_rate(&self, settings: &TrainingSettings, size: usize) -> Option<f64> {
        self.pace.as_ref().filter(|(network, _)| *network == settings.network(size)).map(|(_, rate)| *rate)
    }
}

/// What the training pane shows.
#[derive(SystemParam)]
pub struct TrainView<'w> {
    /// The run.
    pub training: Res<'w, Training>,
    /// Import and PCA fit.
    pub jobs: Res<'w, Jobs>,
    /// The faces that are chosen.
    pub dataset: Res<'w, Dataset>,
    /// The runs that can be looked at.
    pub shelf: Res<'w, Shelf>,
    /// Their faces.
    pub shelf_faces: Res<'w, ShelfFaces>,
}

/// What a path is picked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A face cache to learn from.
    Faces,
    /// Zips and folders of pictures to import.
    Pictures,
    /// A run folder to look at.
    Run,
    /// Where the curves go.
    Curves,
}

impl PickFor for Purpose {
    fn wanted(self) -> Wanted {
        match self {
            Self::Faces => Wanted::FaceCache("Open faces"),
            Self::Pictures => Wanted::Several("Import pictures: folders, archives, parquet files; several with Ctrl"),
            Self::Run => Wanted::Folder("Open a run folder"),
            Self::Curves => Wanted::NewFile { title: "Save the curves", name: "curves.csv" },
        }
    }
}

/// Starts a training and forgets what belonged to the run before.
pub fn begin(request: TrainingRequest, pane: &mut TrainPane, commands: &mut UiCommands) {
    commands.train.write(Train::Start(Box::new(request)));
    pane.forget_run();
}

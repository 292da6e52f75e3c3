//! When the training pane comes up by itself.

use std::path::PathBuf;

use bevy::prelude::{Local, Res, ResMut};

use super::pane::TrainView;
use crate::session::{JobKind, Training, TrainingStatus};
use crate::ui::{Panes, UiState};

/// The pane that is brought up.
const HERE: &str = "train";

/// Whether there is a run to show. A start that failed before anything was learned leaves the form on screen.
pub fn shows_run(training: &Training) -> bool {
    match training.status {
        TrainingStatus::Idle => false,
        TrainingStatus::Failed(_) => training.means.is_some() || !training.curves.points.is_empty(),
        _ => true,
    }
}

/// What [`reveal`] has seen: whether faces are being made, whether there is a run, which faces are chosen, and why they cannot be.
type Seen = (bool, bool, Option<PathBuf>, Option<String>);

/// Brings the pane up when something of it begins elsewhere: what is dropped onto the window is answered here, faces by whichever pane
/// takes them.
pub fn reveal(view: TrainView, panes: Res<Panes>, mut state: ResMut<UiState>, mut seen: Local<Seen>) {
    let is_busy = view.jobs.title.is_some() && view.jobs.kind == Some(JobKind::Prepare);
    let (dataset, has_run) = (&view.dataset, shows_run(&view.training));
    let has_faces = dataset.path.is_some() && dataset.path != seen.2;
    let is_refused = dataset.error.is_some() && dataset.error != seen.3;
    let (makes_faces, has_begun) = (is_busy && !seen.0, has_run && !seen.1);
    if has_begun || makes_faces || has_faces || is_refused {
        let takes_faces = panes.facts(state.pane).is_some_and(|facts| facts.takes_faces);
        if has_begun || !takes_faces {
            state.pane = HERE;
        }
        state.visible = true;
    }
    if dataset.path != seen.2 || dataset.error != seen.3 {
        (seen.2, seen.3) = (dataset.path.clone(), dataset.error.clone());
    }
    (seen.0, seen.1) = (is_busy, has_run);
}

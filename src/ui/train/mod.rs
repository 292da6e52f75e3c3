//! The training panel: faces, model, options, start; then controls, curves and pictures of what is learned.
//!
//! Owns what the training panel looks like and what the user has typed into it. Trainings and jobs run in the session; this
//! panel reads their resources and writes their messages.

mod confirm;
mod confirmation;
mod controls;
mod curves;
mod dials;
mod dock;
mod files;
mod form;
mod live;
mod panel;
mod series;
mod setup;
mod sheets;

use std::path::PathBuf;

use bevy::prelude::{Local, Res, ResMut, Result};
use bevy_egui::EguiContexts;
use bevy_egui::egui::{ScrollArea, Ui};

use super::{Mode, UiCommands, UiState};
use crate::session::{JobKind, Training, TrainingStatus};

pub use panel::{TrainPanel, TrainView};

/// Whether there is a run to show. A start that failed before anything was learned leaves the form on screen.
pub fn shows_run(training: &Training) -> bool {
    match training.status {
        TrainingStatus::Idle => false,
        TrainingStatus::Failed(_) => training.means.is_some() || !training.curves.points.is_empty(),
        _ => true,
    }
}

/// Whether the dock with curves and pictures takes the right side.
pub fn dock_is_open(state: &UiState, training: &Training) -> bool {
    state.mode == Mode::Train && shows_run(training)
}

/// The condition under which systems draw what the dock would cover.
pub fn dock_is_closed(state: Res<UiState>, training: Res<Training>) -> bool {
    !dock_is_open(&state, &training)
}

/// What [`reveal`] has seen: whether a job of training runs, whether there is a run, which faces are chosen, and why they cannot be.
type Seen = (bool, bool, Option<PathBuf>, Option<String>);

/// Brings the training panel up when something of it begins elsewhere: what is dropped onto the window is answered here. Faces are
/// answered by the evaluation panel too, where that is up.
pub fn reveal(view: TrainView, mut state: ResMut<UiState>, mut seen: Local<Seen>) {
    let is_busy = view.jobs.title.is_some() && view.jobs.kind == Some(JobKind::Prepare);
    let (dataset, has_run) = (&view.dataset, shows_run(&view.training));
    let has_faces = dataset.path.is_some() && dataset.path != seen.2;
    let is_refused = dataset.error.is_some() && dataset.error != seen.3;
    let is_training = (is_busy && !seen.0) || (has_run && !seen.1);
    if is_training || has_faces || is_refused {
        if is_training || state.mode != Mode::Evaluate {
            state.mode = Mode::Train;
        }
        state.visible = true;
    }
    if dataset.path != seen.2 || dataset.error != seen.3 {
        (seen.2, seen.3) = (dataset.path.clone(), dataset.error.clone());
    }
    (seen.0, seen.1) = (is_busy, has_run);
}

/// Draws the training part of the left panel.
pub fn panel_ui(ui: &mut Ui, view: &TrainView, panel: &mut TrainPanel, commands: &mut UiCommands) {
    ScrollArea::vertical().id_salt("train-panel").auto_shrink([false, false]).show(ui, |ui| {
        // Room for the scroll bar, which floats.
        ui.set_max_width(ui.available_width() - 6.0);
        if shows_run(&view.training) {
            controls::show(ui, view, panel, commands);
        } else {
            setup::show(ui, view, panel, commands);
        }
    });
}

/// Draws the dock with curves and pictures.
pub fn show_dock(mut contexts: EguiContexts, state: Res<UiState>, training: Res<Training>, mut panel: ResMut<TrainPanel>) -> Result {
    if dock_is_open(&state, &training) {
        let ctx = contexts.ctx_mut()?.clone();
        dock::show(&ctx, &training, &mut panel);
    }
    Ok(())
}

/// Draws the file dialog and the question that waits for an answer.
pub fn show_dialogs(mut contexts: EguiContexts, view: TrainView, mut panel: ResMut<TrainPanel>, mut commands: UiCommands) -> Result {
    if panel.asks() {
        let ctx = contexts.ctx_mut()?.clone();
        files::show(&ctx, &view, &mut panel, &mut commands);
        confirm::show(&ctx, &view, &mut panel, &mut commands);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_that_comes_to_nothing_leaves_the_name_that_was_typed() {
        let mut panel = TrainPanel::default();
        panel.form.suggest_out(32);
        panel.form.out = "mine".into();
        panel.message = Some(Ok("The curves are in curves.csv".into()));
        panel.forget_run();
        panel.form.suggest_out(32);
        assert_eq!((panel.form.out.as_str(), &panel.message), ("mine", &None));
    }
}

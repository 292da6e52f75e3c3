//! The evaluation panel: models, faces, Evaluate; then a table of figures beside what real faces reach, plots, and a report.
//!
//! Owns what the panel looks like and what the user has filled into it. Evaluations run in the session; this panel reads their
//! resources and writes their messages.

mod csv;
mod dock;
mod files;
mod form;
mod panel;
mod plots;
mod report;
mod rows;
mod setup;
mod table;
mod warnings;

use bevy::prelude::{Res, ResMut, Result};
use bevy_egui::EguiContexts;
use bevy_egui::egui::{ScrollArea, Ui};

use super::{Mode, UiCommands, UiState};
use crate::session::{Evaluations, Judge};

pub use panel::{EvaluatePanel, EvaluateView};

/// Whether the dock with table and plots takes the right side.
pub fn dock_is_open(state: &UiState, evaluations: &Evaluations) -> bool {
    state.mode == Mode::Evaluate && !evaluations.found.is_empty()
}

/// The condition under which systems draw what the dock would cover.
pub fn dock_is_closed(state: Res<UiState>, evaluations: Res<Evaluations>) -> bool {
    !dock_is_open(&state, &evaluations)
}

/// Draws the evaluation part of the left panel.
pub fn panel_ui(ui: &mut Ui, view: &EvaluateView, panel: &mut EvaluatePanel, commands: &mut UiCommands) {
    if !view.shelf.is_listed() {
        commands.judge.write(Judge::ListModels);
    }
    ScrollArea::vertical().id_salt("evaluate-panel").auto_shrink([false, false]).show(ui, |ui| {
        // Room for the scroll bar, which floats.
        ui.set_max_width(ui.available_width() - 6.0);
        setup::show(ui, view, panel, commands);
    });
}

/// Draws the dock with table and plots.
pub fn show_dock(mut contexts: EguiContexts, state: Res<UiState>, view: EvaluateView, mut panel: ResMut<EvaluatePanel>) -> Result {
    if dock_is_open(&state, &view.evaluations) {
        let ctx = contexts.ctx_mut()?.clone();
        dock::show(&ctx, &view, &mut panel);
    }
    Ok(())
}

/// Draws the file dialog.
pub fn show_dialogs(mut contexts: EguiContexts, view: EvaluateView, mut panel: ResMut<EvaluatePanel>, mut commands: UiCommands) -> Result {
    if panel.asks() {
        let ctx = contexts.ctx_mut()?.clone();
        files::show(&ctx, &view, &mut panel, &mut commands);
    }
    Ok(())
}

//! The panels.
//!
//! Owns what they look like and what they say. They read other layers' resources and only write their messages.

mod axes;
mod commands;
mod dataset;
mod evaluate;
mod face_panel;
mod faces;
mod job;
mod key_list;
mod keys;
mod left_panel;
mod picker;
mod repaint;
mod slider;
mod state;
mod status_bar;
pub mod theme;
mod train;
mod undo_buttons;
mod widgets;

use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use bevy_egui::egui::FocusDirection;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};

pub use commands::UiCommands;
pub use evaluate::EvaluatePanel;
pub use faces::{AxisFaces, SelectedFace};
pub use keys::{Chip, KEYS, KeyRow};
pub use state::{Mode, UiState};
pub use train::TrainPanel;

use crate::explorer::InputFocus;
use crate::session::{Notice, SavedPanels, SessionRecord, SessionSystems};

/// All panels.
pub fn plugin(app: &mut App) {
    app.add_plugins(repaint::plugin)
        .init_resource::<UiState>()
        .init_resource::<AxisFaces>()
        .init_resource::<SelectedFace>()
        .init_resource::<TrainPanel>()
        .init_resource::<EvaluatePanel>()
        .add_systems(Startup, restore_panels.run_if(resource_exists::<SessionRecord>))
        .add_systems(Last, record_panels.in_set(SessionSystems::Record))
        .add_systems(Update, (faces::request_axis_faces, faces::request_selected_face, keys::obey_keys, train::reveal))
        .add_systems(
            EguiPrimaryContextPass,
            (
                apply_theme,
                faces::take_faces,
                left_panel::show.run_if(panels_visible),
                face_panel::show.run_if(panels_visible).run_if(train::dock_is_closed).run_if(evaluate::dock_is_closed),
                train::show_dock.run_if(panels_visible),
                evaluate::show_dock.run_if(panels_visible),
                status_bar::show.run_if(panels_visible),
                train::show_dialogs.run_if(panels_visible),
                evaluate::show_dialogs.run_if(panels_visible),
                key_list::show.run_if(panels_visible),
            )
                .chain(),
        );
}

/// Panels that were hidden come back as well where there is something to tell.
fn restore_panels(record: Res<SessionRecord>, notice: Res<Notice>, mut state: ResMut<UiState>) {
    if let Some(SavedPanels { visible, has_flown, filter, trains, evaluates }) = &record.saved.panels {
        state.mode = match (*trains, *evaluates) {
            (_, true) => Mode::Evaluate,
            (true, false) => Mode::Train,
            (false, false) => Mode::Explore,
        };
        state.visible = *visible || notice.0.is_some();
        state.has_flown = *has_flown;
        state.filter.clone_from(filter);
    }
}

fn record_panels(mut record: ResMut<SessionRecord>, state: Res<UiState>) {
    if state.is_changed() {
        let UiState { visible, has_flown, ref filter, mode, .. } = *state;
        let (trains, evaluates) = (mode == Mode::Train, mode == Mode::Evaluate);
        record.saved.panels = Some(SavedPanels { visible, has_flown, filter: filter.clone(), trains, evaluates });
    }
}

fn panels_visible(state: Res<UiState>) -> bool {
    state.visible && state.themed
}

fn apply_theme(
    mut contexts: EguiContexts,
    window: Query<&Window, With<PrimaryWindow>>,
    focus: Res<InputFocus>,
    train_panel: Res<TrainPanel>,
    evaluate_panel: Res<EvaluatePanel>,
    mut state: ResMut<UiState>,
    mut applied: Local<bool>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    let keeps_tab = focus.keyboard_taken || train_panel.asks() || evaluate_panel.asks();
    if *applied {
        state.themed = true;
    } else {
        theme::apply(ctx);
        *applied = true;
    }
    if let Ok(window) = window.single() {
        let physical = [window.physical_width() as f32, window.physical_height() as f32];
        // The window's own scale factor is already in.
        let zoom = theme::pixels_per_point(physical, window.scale_factor()) / window.scale_factor();
        if (ctx.zoom_factor() - zoom).abs() > 1e-3 {
            ctx.set_zoom_factor(zoom);
        }
    }
    if !keeps_tab {
        // Tab hides the panels here: it shall not put the keyboard into one of them as well, or no key would fly any more.
        ctx.memory_mut(|memory| memory.move_focus(FocusDirection::None));
    }
    Ok(())
}

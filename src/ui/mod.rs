//! The panels.
//!
//! Owns what they look like and what they say. They read other layers' resources and only write their messages.

pub mod advice;
mod chips;
mod commands;
mod dataset;
mod dials;
mod draw_faces;
mod evaluate;
mod explore;
mod face_panel;
mod faces;
mod frame;
mod guide;
mod job;
mod key_list;
mod keys;
mod labels;
mod openable;
mod pane;
mod pane_systems;
mod panel;
mod picker;
mod plot;
mod remembered;
mod repaint;
mod shelf;
mod slider;
mod software_panels;
mod state;
mod status_bar;
mod systems;
pub mod theme;
mod themed;
mod train;
mod widgets;

use bevy::prelude::*;
use bevy_egui::EguiPrimaryContextPass;

pub use chips::Chip;
pub use commands::UiCommands;
pub use evaluate::{EvaluatePane, SPLITS};
pub use explore::{ExplorePane, SAMPLERS};
pub use faces::{AxisFaces, SelectedFace};
pub use guide::{Guide, GuideStep};
pub use keys::{KEYS, KeyRow};
pub use labels::{LABELS, RowLabel};
pub use pane::{Pane, PaneFacts, Panes};
pub use state::{ShowPane, UiState};
pub use systems::UiSystems;
pub use train::TrainPane;

/// All panels.
pub fn plugin(app: &mut App) {
    app.init_resource::<UiState>().init_resource::<AxisFaces>().init_resource::<SelectedFace>();
    app.add_plugins((
        systems::plugin,
        pane_systems::plugin,
        remembered::plugin,
        repaint::plugin,
        shelf::plugin,
        software_panels::plugin,
        explore::plugin,
        train::plugin,
        evaluate::plugin,
        guide::plugin,
    ));
    pane_systems::add::<ExplorePane>(app);
    pane_systems::add::<TrainPane>(app);
    pane_systems::add::<EvaluatePane>(app);
    app.add_systems(Update, (faces::request_axis_faces, faces::request_selected_face, keys::obey_keys)).add_systems(
        EguiPrimaryContextPass,
        (
            themed::apply_theme.in_set(UiSystems::Theme),
            faces::take_faces.in_set(UiSystems::Look),
            face_panel::show.in_set(UiSystems::Left).run_if(pane_systems::no_dock_is_open),
            status_bar::show.in_set(UiSystems::Dock),
            key_list::show.in_set(UiSystems::Keys),
        ),
    );
}

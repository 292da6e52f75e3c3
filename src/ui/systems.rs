//! The order in which a frame's panels are drawn.

use bevy::prelude::*;
use bevy_egui::EguiPrimaryContextPass;

use super::UiState;

/// The steps of a frame, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, SystemSet)]
pub enum UiSystems {
    /// Fonts and colours are there, and the scale is that of the window.
    Theme,
    /// What there is to show is known.
    Look,
    /// The left panel, and what stands alone on the right.
    Left,
    /// Docks, and the status bar.
    Dock,
    /// Dialogs that wait for an answer.
    Dialogs,
    /// Keys and hints, over everything else.
    Keys,
    /// What was drawn is known to the systems of the next frame.
    Note,
}

pub(super) fn plugin(app: &mut App) {
    use UiSystems::{Dialogs, Dock, Keys, Left, Look, Note, Theme};
    app.configure_sets(EguiPrimaryContextPass, (Theme, Look, Left, Dock, Dialogs, Keys, Note).chain());
    for drawn in [Left, Dock, Dialogs, Keys] {
        app.configure_sets(EguiPrimaryContextPass, drawn.run_if(panels_visible));
    }
}

fn panels_visible(state: Res<UiState>) -> bool {
    state.visible && state.themed
}

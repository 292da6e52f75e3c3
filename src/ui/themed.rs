//! Puts the theme on, keeps the scale that of the window, and keeps Tab for the panels.

use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use bevy_egui::EguiContexts;
use bevy_egui::egui::FocusDirection;

use super::{Panes, UiState, theme};
use crate::explorer::InputFocus;

/// Runs before anything is drawn.
pub fn apply_theme(
    mut contexts: EguiContexts,
    window: Query<&Window, With<PrimaryWindow>>,
    focus: Res<InputFocus>,
    panes: Res<Panes>,
    mut state: ResMut<UiState>,
    mut applied: Local<bool>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    if !*applied {
        theme::apply(ctx);
        *applied = true;
    } else if !state.themed {
        state.themed = true;
    }
    if let Ok(window) = window.single() {
        let physical = [window.physical_width() as f32, window.physical_height() as f32];
        // The window's own scale factor is already in.
        let zoom = theme::pixels_per_point(physical, window.scale_factor()) / window.scale_factor();
        if (ctx.zoom_factor() - zoom).abs() > 1e-3 {
            ctx.set_zoom_factor(zoom);
        }
    }
    if !focus.keyboard_taken && !panes.ask() {
        // Tab hides the panels here: it shall not put the keyboard into one of them as well, or no key would fly any more.
        ctx.memory_mut(|memory| memory.move_focus(FocusDirection::None));
    }
    Ok(())
}

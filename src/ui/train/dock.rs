//! The dock on the right while there is a run: curves above, pictures below, the lattice beside them.
//!
//! Owns how the height is shared out.

use bevy_egui::egui::{Ui, Vec2};

use super::pane::{Purpose, TrainPane};
use super::{curves, sheets};
use crate::session::Training;

/// The plot is never lower than this; where there is no room, the dock scrolls.
const LEAST_PLOT: f32 = 110.0;

/// Draws what is in the dock.
pub fn show(ui: &mut Ui, room: Vec2, training: &Training, pane: &mut TrainPane) {
    // The pictures take what they need, the plot the rest.
    let taken = pane.curves.height_around(training) + pane.sheets.height(room.x) + 14.0;
    let plot = (room.y - taken).clamp(LEAST_PLOT, 480.0);
    if curves::show(ui, training, &mut pane.curves, plot) {
        pane.picker.pick(ui.ctx(), Purpose::Curves);
    }
    ui.add_space(4.0);
    sheets::show(ui, training, &mut pane.sheets);
}

//! The dock on the right while there is a run: curves above, pictures below, the lattice beside them.
//!
//! Owns how the height is shared out.

use bevy_egui::egui::{Id, Ui, Vec2};

use super::pane::{Purpose, TrainPane};
use super::{curves, sheets};
use crate::session::Training;

/// The plot is never lower than this; where there is no room, the dock scrolls.
const LEAST_PLOT: f32 = 110.0;

/// What everything but the plot takes of the height before it was ever drawn.
const USUAL_REST: f32 = 400.0;

/// Draws what is in the dock.
pub fn show(ui: &mut Ui, room: Vec2, training: &Training, pane: &mut TrainPane) {
    // The pictures take what they need, the plot the rest.
    let (id, top) = (Id::new("train-dock-rest"), ui.cursor().top());
    let rest = ui.data(|data| data.get_temp(id)).unwrap_or(USUAL_REST);
    let plot = (room.y - rest).clamp(LEAST_PLOT, 480.0);
    if curves::show(ui, training, &mut pane.curves, plot) {
        pane.picker.pick(ui.ctx(), Purpose::Curves);
    }
    ui.add_space(4.0);
    sheets::show(ui, training, &mut pane.sheets);
    let measured = ui.min_rect().bottom() - top - plot;
    if (measured - rest).abs() > 0.5 {
        ui.data_mut(|data| data.insert_temp(id, measured));
        ui.ctx().request_repaint();
    }
}

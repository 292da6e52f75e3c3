//! The dock on the right while there is a run: curves above, pictures below, the lattice beside them.
//!
//! Owns how the height is shared out.

use bevy_egui::egui::{Align2, Area, Context, ScrollArea, vec2};

use super::panel::{Purpose, TrainPanel};
use super::{curves, sheets};
use crate::session::Training;
use crate::ui::theme;

/// Width of the dock, in points.
const WIDTH: f32 = 400.0;
/// The plot is never lower than this; where there is no room, the dock scrolls.
const LEAST_PLOT: f32 = 110.0;

/// Draws the dock.
pub fn show(ctx: &Context, training: &Training, panel: &mut TrainPanel) {
    let screen = ctx.content_rect();
    let width = theme::dock_width(screen, WIDTH) - 2.0 * theme::PADDING;
    let height = theme::dock_height(screen);
    // The pictures take what they need, the plot the rest.
    let taken = panel.curves.height_around(training) + panel.sheets.height(width) + 14.0;
    let plot = (height - taken).clamp(LEAST_PLOT, 480.0);
    let corner = screen.right_top() + vec2(-theme::MARGIN, theme::MARGIN);
    Area::new("train-dock".into()).pivot(Align2::RIGHT_TOP).fixed_pos(corner).show(ctx, |ui| {
        theme::panel_frame().show(ui, |ui| {
            ui.set_width(width);
            // An area is offered what it took the frame before; without this the dock would never grow again.
            ui.set_max_height(height);
            ScrollArea::vertical().id_salt("train-dock").max_height(height).auto_shrink([false, true]).show(ui, |ui| {
                ui.set_max_width(width);
                if curves::show(ui, training, &mut panel.curves, plot) {
                    panel.picker.pick(Purpose::Curves);
                }
                ui.add_space(4.0);
                sheets::show(ui, training, &mut panel.sheets);
            });
        });
    });
}

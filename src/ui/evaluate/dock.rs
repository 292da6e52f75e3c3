//! The dock on the right while there are figures: the table, the plots, and what can be done with them.
//!
//! Owns its layout and what stands above the table.

use std::path::Path;

use bevy_egui::egui::{Align2, Area, Button, Context, ScrollArea, Ui, vec2};

use super::csv::csv;
use super::panel::{EvaluatePanel, EvaluateView, Purpose};
use super::{plots, report, table};
use crate::metrics::Evaluation;
use crate::ui::theme;
use crate::ui::widgets::{share_of_row, start_of, words};

/// Width of the dock, in points.
const WIDTH: f32 = 420.0;
/// Room for the scroll bar, which floats.
const SCROLL_BAR: f32 = 6.0;

/// Draws the dock.
pub fn show(ctx: &Context, view: &EvaluateView, panel: &mut EvaluatePanel) {
    let screen = ctx.content_rect();
    let width = theme::dock_width(screen, WIDTH) - 2.0 * theme::PADDING;
    let height = theme::dock_height(screen);
    let corner = screen.right_top() + vec2(-theme::MARGIN, theme::MARGIN);
    Area::new("evaluate-dock".into()).pivot(Align2::RIGHT_TOP).fixed_pos(corner).show(ctx, |ui| {
        theme::panel_frame().show(ui, |ui| {
            ui.set_width(width);
            // An area is offered what it took the frame before; without this the dock would never grow again.
            ui.set_max_height(height);
            ScrollArea::vertical().id_salt("evaluate-dock").max_height(height).auto_shrink([false, true]).show(ui, |ui| {
                ui.set_max_width(width - SCROLL_BAR);
                content_ui(ui, view, panel);
            });
        });
    });
}

fn content_ui(ui: &mut Ui, view: &EvaluateView, panel: &mut EvaluatePanel) {
    let found = view.evaluations.found.as_slice();
    let about = about(found, view.evaluations.data.as_deref());
    let shown = start_of(ui, &about, theme::body(), ui.available_width());
    let path = view.evaluations.data.as_ref().map_or_else(|| about.clone(), |data| data.display().to_string());
    ui.label(theme::quiet(shown)).on_hover_text(format!("{path}\nThe figures stay until the next evaluation is done."));
    table::show(ui, found);
    ui.add_space(6.0);
    plots::show(ui, found);
    ui.add_space(2.0);
    table_buttons_ui(ui, found, panel);
    report::show(ui, view, panel);
    message_ui(ui, panel);
}

/// What the figures are of: "Of faces.safetensors, split valid, seed 1".
fn about(found: &[Evaluation], data: Option<&Path>) -> String {
    let Some(first) = found.first() else { return String::new() };
    let name = data.map(|data| data.file_name().unwrap_or(data.as_os_str()).to_string_lossy().into_owned());
    let name = name.map(|name| format!("{name}, ")).unwrap_or_default();
    format!("Of {name}split {}, seed {}", first.split, first.seed)
}

fn table_buttons_ui(ui: &mut Ui, found: &[Evaluation], panel: &mut EvaluatePanel) {
    ui.horizontal(|ui| {
        let size = share_of_row(ui, 2.0);
        let copy = ui.add_sized(size, Button::new("Copy as CSV"));
        if copy.on_hover_text("The whole table as comma-separated values, a line for each model").clicked() {
            ui.ctx().copy_text(csv(found));
            panel.message = Some(Ok("The table is on the clipboard".into()));
        }
        if ui.add_sized(size, Button::new("Save CSV…")).on_hover_text("The same as a file").clicked() {
            panel.picker.pick(Purpose::Table);
        }
    });
}

/// What became of the table; a click takes it away.
fn message_ui(ui: &mut Ui, panel: &mut EvaluatePanel) {
    let response = match &panel.message {
        Some(Ok(text)) => words(ui, text, theme::TYPICAL),
        Some(Err(text)) => words(ui, text, theme::ACCENT_HOVERED),
        None => return,
    };
    if response.on_hover_text("Click to dismiss").clicked() {
        panel.message = None;
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::example::evaluation;
    use super::*;

    #[test]
    fn what_figures_are_of_stands_above_them() {
        let found = [evaluation("pca", 32)];
        assert_eq!(about(&found, Some(Path::new("/data/faces.safetensors"))), "Of faces.safetensors, split valid, seed 1");
        assert_eq!(about(&found, None), "Of split valid, seed 1");
    }
}

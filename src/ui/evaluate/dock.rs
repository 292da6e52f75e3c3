//! The dock on the right while there are figures: the table, the plots, and what can be done with them.
//!
//! Owns its layout and what stands above the table.

use std::path::Path;

use bevy_egui::egui::{Button, Ui};

use super::csv::csv;
use super::pane::{EvaluatePane, EvaluateView, Purpose};
use super::{plots, report, table};
use crate::metrics::Evaluation;
use crate::ui::theme;
use crate::ui::widgets::{message, share_of_row, start_of};

/// Room for the scroll bar, which floats.
const SCROLL_BAR: f32 = 6.0;

/// Width of a dock that holds the table whole, in points.
pub fn width(found: &[Evaluation]) -> f32 {
    table::width(found) + SCROLL_BAR + 2.0 * theme::PADDING
}

/// Draws what is in the dock.
pub fn show(ui: &mut Ui, view: &EvaluateView, pane: &mut EvaluatePane) {
    // The bar that scrolls floats over the edge.
    ui.set_max_width(ui.available_width() - SCROLL_BAR);
    let found = view.evaluations.found.as_slice();
    let about = about(found, view.evaluations.data.as_deref());
    let shown = start_of(ui, &about, theme::body(), ui.available_width());
    let path = view.evaluations.data.as_ref().map_or_else(|| about.clone(), |data| data.display().to_string());
    ui.label(theme::quiet(shown)).on_hover_text(format!("{path}\nThe figures stay until the next evaluation is done."));
    table::show(ui, found);
    ui.add_space(6.0);
    plots::show(ui, found);
    ui.add_space(2.0);
    table_buttons_ui(ui, found, pane);
    report::show(ui, view, pane);
    message(ui, &mut pane.message);
}

/// What the figures are of: "Of faces.safetensors, split valid, seed 1".
fn about(found: &[Evaluation], data: Option<&Path>) -> String {
    let Some(first) = found.first() else { return String::new() };
    let name = data.map(|data| data.file_name().unwrap_or(data.as_os_str()).to_string_lossy().into_owned());
    let name = name.map(|name| format!("{name}, ")).unwrap_or_default();
    format!("Of {name}split {}, seed {}", first.split, first.seed)
}

fn table_buttons_ui(ui: &mut Ui, found: &[Evaluation], pane: &mut EvaluatePane) {
    ui.horizontal(|ui| {
        let size = share_of_row(ui, 2.0);
        let copy = ui.add_sized(size, Button::new("Copy as CSV"));
        if copy.on_hover_text("The whole table as comma-separated values, a line for each model").clicked() {
            ui.ctx().copy_text(csv(found));
            pane.message = Some(Ok("The table is on the clipboard".into()));
        }
        if ui.add_sized(size, Button::new("Save CSV…")).on_hover_text("The same as a file").clicked() {
            pane.picker.pick(ui.ctx(), Purpose::Table);
        }
    });
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

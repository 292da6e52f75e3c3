//! The report as the evaluation panel offers it: whether real faces are shown, writing it, and where it is then, with its warnings.
//!
//! Owns these controls; what a report holds is the engine's business.

use std::path::{Path, PathBuf};

use bevy_egui::egui::{Align, Button, Layout, OpenUrl, Ui};

use super::pane::{EvaluatePane, EvaluateView, Purpose};
use super::warnings::warnings_ui;
use crate::files::Replace;
use crate::session::Judge;
use crate::ui::widgets::{end_of, link, section, share_of_row, tick};
use crate::ui::{UiCommands, labels, theme};

/// Draws the controls of the report.
pub fn show(ui: &mut Ui, view: &EvaluateView, pane: &mut EvaluatePane) {
    section(ui, "Report");
    let faces = tick(ui, &mut pane.with_faces, labels::REAL_FACES.text);
    faces.on_hover_text(
        "Faces of the data stand where pictures show originals, instead of synthetic ones. Mind their licence before you pass the file \
         on: CelebA's pictures are for non-commercial research only and must not be published.\nDefault: no.",
    );
    let lacks = view.busy_with().or_else(|| view.evaluations.request.is_none().then_some("Evaluate models first"));
    let size = share_of_row(ui, 1.0);
    let write = ui.add_enabled_ui(lacks.is_none(), |ui| ui.add_sized(size, Button::new("Write report…"))).inner;
    let write = write.on_hover_text(
        "One HTML file to read anywhere: these models with figures, pictures, curves and what they show. It judges by held-out faces \
         where there are any.",
    );
    if write.on_disabled_hover_text(lacks.unwrap_or_default()).clicked() {
        pane.picker.pick(ui.ctx(), Purpose::Report);
    }
    if let Some(path) = &view.evaluations.report {
        written_ui(ui, path);
        warnings_ui(ui, &view.evaluations.report_warnings);
    }
}

/// Where the report is, and a way to read it.
fn written_ui(ui: &mut Ui, path: &Path) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let open = link(ui, "Open");
            if open.on_hover_text("Read it in the browser").clicked() {
                ui.ctx().open_url(OpenUrl::new_tab(file_url(path)));
            }
            let text = path.display().to_string();
            let shown = end_of(ui, &text, theme::body(), ui.available_width());
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.label(shown).on_hover_text(text);
            });
        });
    });
}

/// Asks for the report of the models in the table.
pub fn write(out: PathBuf, replace: Replace, view: &EvaluateView, pane: &mut EvaluatePane, commands: &mut UiCommands) {
    let Some(request) = view.evaluations.request.clone() else { return };
    pane.message = None;
    commands.judge.write(Judge::WriteReport { request, with_faces: pane.with_faces, out, replace });
}

/// The address of a file: everything but plain letters, digits and a few signs is written as percent and two hex digits.
fn file_url(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let mut url = String::from(if text.starts_with('/') { "file://" } else { "file:///" });
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url += &format!("%{byte:02X}");
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_files_are_escaped() {
        assert_eq!(file_url(Path::new("/tmp/my report-1.html")), "file:///tmp/my%20report-1.html");
        assert_eq!(file_url(Path::new("/tmp/ä#?.html")), "file:///tmp/%C3%A4%23%3F.html");
        assert_eq!(file_url(Path::new("C:\\reports\\a.html")), "file:///C:/reports/a.html");
    }
}

//! The faces that are chosen, as the training and the evaluation panel show them.
//!
//! Owns the lines about them; the faces are the session's, and how others are chosen is each panel's business.

use bevy_egui::egui::{Align, Layout, RichText, Ui};

use super::theme;
use super::widgets::{choices, end_of, row, words};
use crate::engine::SIZES;
use crate::session::{Dataset, DatasetFacts};

/// What is said of faces that are no photographs.
const DRAWN: &str = "Drawn faces, no photographs";

/// Draws what is chosen and what is in it, or how to choose, and why a choice was refused. The tooltip says what the faces are for.
pub fn show(ui: &mut Ui, dataset: &Dataset, tooltip: &str) {
    match (&dataset.path, &dataset.facts) {
        (Some(path), Some(facts)) => {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            let shown = end_of(ui, &name, theme::semi_bold(12.0), ui.available_width());
            ui.label(theme::strong(shown)).on_hover_text(path.display().to_string());
            ui.label(theme::quiet(facts_in_words(facts))).on_hover_text(tooltip);
            if facts.is_drawn {
                drawn_ui(ui);
            }
        }
        _ => {
            words(
                ui,
                "None yet. Open a face cache, import pictures, draw faces, or drop an archive or a folder onto the window.",
                theme::TEXT_QUIET,
            );
        }
    }
    if let Some(error) = &dataset.error {
        words(ui, error, theme::ACCENT_HOVERED);
    }
}

/// The row for the size of faces that are to be made: those that networks take, side by side.
pub fn size_row(ui: &mut Ui, label: &str, tooltip: &dyn Fn() -> String, size: &mut usize) {
    let texts = SIZES.map(|size| (size, format!("{size} px"), format!("Faces of {size} × {size} pixels")));
    let options = texts.each_ref().map(|(size, name, tooltip)| (*size, name.as_str(), tooltip.as_str()));
    // A row is laid out from the right, and sizes read from the left.
    row(ui, label, tooltip, |ui| ui.with_layout(Layout::left_to_right(Align::Center), |ui| choices(ui, size, &options)).response);
}

/// Says that faces are no photographs.
pub fn drawn_ui(ui: &mut Ui) {
    let text = RichText::new(DRAWN).font(theme::body()).color(theme::ACCENT_HOVERED);
    ui.label(text).on_hover_text("What a model learns from them is how drawings differ: turn, jaw, smile, light. The file itself says so");
}

fn facts_in_words(facts: &DatasetFacts) -> String {
    format!(
        "{0} × {0} pixels · {1}\n{2} to learn from, {3} held out",
        facts.size,
        theme::counted(facts.faces as u64, "face"),
        theme::grouped(facts.train as u64),
        theme::grouped(facts.held_out as u64)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faces_are_told_by_size_and_number() {
        let facts = DatasetFacts { size: 32, faces: 18_698, train: 15_978, held_out: 2720, is_drawn: false };
        assert_eq!(facts_in_words(&facts), "32 × 32 pixels · 18,698 faces\n15,978 to learn from, 2,720 held out");
    }
}

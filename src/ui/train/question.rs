//! How a question looks: its words, and its answers side by side.

use bevy_egui::egui::{Button, Ui, vec2};

use crate::ui::theme;
use crate::ui::widgets::{accent_button, words};

/// What *Cancel* does.
pub const STAY: &str = "Leave all as it is";

/// What is asked, and what stands to choose.
pub fn question(ui: &mut Ui, title: &str, text: &str) {
    ui.label(theme::strong(title));
    ui.add_space(2.0);
    words(ui, text, theme::TEXT);
    ui.add_space(6.0);
}

/// The answers side by side, the one that loses nothing first and in amber; which was clicked.
pub fn answers(ui: &mut Ui, names: &[(&str, &str)]) -> Option<usize> {
    let mut clicked = None;
    ui.horizontal(|ui| {
        let gap = ui.spacing().item_spacing.x;
        let width = (ui.available_width() - gap * (names.len() as f32 - 1.0)) / names.len().max(1) as f32;
        for (index, (name, tooltip)) in names.iter().enumerate() {
            let size = vec2(width, 30.0);
            let response = if index == 0 { accent_button(ui, name, size) } else { ui.add_sized(size, Button::new(*name)) };
            if response.on_hover_text(*tooltip).clicked() {
                clicked = Some(index);
            }
        }
    });
    clicked
}

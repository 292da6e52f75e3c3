//! A model or run in a row of a menu: its faces, its name, what it is, and what sets it apart.

use bevy_egui::egui::{Align2, Color32, Rect, Sense, Ui, pos2, vec2};

use super::faces::ShelfFaces;
use super::in_words::{about, facts, tooltip};
use crate::engine::{ShelfFault, ShelfItem};
use crate::ui::theme;
use crate::ui::widgets::{end_of, middle_of, start_of};

/// Height of a row, and width and height of its faces.
const HEIGHT: f32 = 50.0;
const FACES: (f32, f32) = (63.0, 42.0);
const PADDING: f32 = 4.0;
/// What the cross takes.
const CROSS: f32 = 20.0;

/// What was clicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clicked {
    /// The row.
    Row,
    /// The cross of one whose folder is gone.
    Cross,
}

/// Draws the row; `is_chosen` where it is the one that is open.
pub fn show(ui: &mut Ui, item: &ShelfItem, is_chosen: bool, faces: &ShelfFaces) -> Option<Clicked> {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::click());
    let can_open = item.model.is_some() || item.run.is_some();
    let is_hovered = response.hovered() && can_open;
    if is_chosen || is_hovered {
        let fill = if is_hovered { theme::CONTROL_HOVERED } else { theme::CONTROL };
        ui.painter().rect_filled(rect, 4.0, fill);
    }
    let place = Rect::from_min_size(rect.min + vec2(PADDING, (HEIGHT - FACES.1) / 2.0), vec2(FACES.0, FACES.1));
    faces.paint(ui, &item.request, place);
    let cross = (item.fault == Some(ShelfFault::Gone)).then(|| cross_ui(ui, rect));
    let left = place.right() + 8.0;
    let width = rect.right() - left - PADDING - if cross.is_some() { CROSS } else { 0.0 };
    let name_color = match (can_open, is_chosen) {
        (false, _) => theme::TEXT_QUIET,
        (true, true) => theme::ACCENT,
        (true, false) => theme::TEXT_STRONG,
    };
    let line = |y: f32, text: String, font, color: Color32| {
        ui.painter().text(pos2(left, rect.top() + y), Align2::LEFT_CENTER, text, font, color);
    };
    line(11.0, middle_of(ui, &item.name, theme::semi_bold(12.0), width), theme::semi_bold(12.0), name_color);
    line(26.0, start_of(ui, &facts(item), theme::small(), width), theme::small(), theme::TEXT);
    // Of a path the end tells more.
    line(39.0, end_of(ui, &about(item), theme::small(), width), theme::small(), theme::TEXT_QUIET);
    let is_clicked = response.on_hover_text(tooltip(item)).clicked();
    match cross {
        Some(true) => Some(Clicked::Cross),
        _ => (is_clicked && can_open).then_some(Clicked::Row),
    }
}

/// The cross at the right end; whether it was clicked.
fn cross_ui(ui: &mut Ui, row: Rect) -> bool {
    let rect = Rect::from_center_size(pos2(row.right() - CROSS / 2.0 - 2.0, row.center().y), vec2(CROSS, CROSS));
    let response = ui.interact(rect, ui.id().with(("forget", row.top().to_bits())), Sense::click());
    let color = if response.hovered() { theme::ACCENT_HOVERED } else { theme::TEXT_QUIET };
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, "×", theme::semi_bold(14.0), color);
    response.on_hover_text("Take it off the list; nothing on the disk changes").clicked()
}

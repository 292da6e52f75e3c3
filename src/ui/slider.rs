//! The slider of one axis: filled from the centre, double-click to zero.
//!
//! Owns the widget; what the number means is the caller's business.

use bevy_egui::egui::{self, Response, Sense, Stroke, Ui, pos2, vec2};

use super::theme;

/// A slider over `range`, filled from `origin` in amber. Returns the response; `changed()` tells of a new value.
pub fn slider(ui: &mut Ui, value: &mut f32, range: std::ops::RangeInclusive<f32>, origin: f32, width: f32) -> Response {
    let (rect, mut response) = ui.allocate_exact_size(vec2(width, 18.0), Sense::click_and_drag());
    let (low, high) = (*range.start(), *range.end());
    let track = rect.shrink2(vec2(6.0, 0.0));
    let place = |value: f32| egui::remap_clamp(value, low..=high, track.left()..=track.right());

    if response.double_clicked() {
        *value = origin;
        response.mark_changed();
    } else if let Some(pointer) = response.interact_pointer_pos()
        && response.is_pointer_button_down_on()
        && (response.dragged() || response.drag_started() || ui.input(|input| input.pointer.any_pressed()))
    {
        let fine = if ui.input(|input| input.modifiers.shift) { 0.1 } else { 1.0 };
        let wanted = if fine < 1.0 {
            *value + response.drag_delta().x / track.width() * (high - low) * fine
        } else {
            egui::remap_clamp(pointer.x, track.left()..=track.right(), low..=high)
        };
        if wanted != *value {
            *value = wanted;
            response.mark_changed();
        }
    }

    if ui.is_rect_visible(rect) {
        let (middle, knob) = (track.center().y, place(*value));
        let start = place(origin);
        let painter = ui.painter();
        let line = |from: f32, to: f32, color| {
            let rect = egui::Rect::from_x_y_ranges(from.min(to)..=from.max(to), middle - 1.5..=middle + 1.5);
            painter.rect_filled(rect, 1.5, color);
        };
        line(track.left(), track.right(), theme::CONTROL_BORDER);
        line(start, knob, theme::ACCENT);
        let radius = if response.hovered() || response.dragged() { 6.5 } else { 5.5 };
        painter.circle(pos2(knob, middle), radius, theme::KNOB, Stroke::new(2.0, theme::PANEL));
    }
    response
}

//! What all plots of the panels share: axes, what stands where there is nothing to draw, and the legend in two columns below.
//!
//! Owns their look; what is drawn, and what it means, is the business of who draws it.

use std::ops::RangeInclusive;

use bevy_egui::egui::{Align2, AsId, Color32, Rangef, Rect, Sense, Stroke, Ui, Vec2, pos2, vec2};
use egui_plot::{AxisHints, GridMark, Plot};

use super::theme;

/// Height of a line of the legend.
const LEGEND_ROW: f32 = 19.0;
/// Labels of the vertical axis fade in while they are so far apart, in points.
const LABELS: Rangef = Rangef { min: 11.0, max: 16.0 };
/// Those of the horizontal axis.
const LABELS_ALONG: Rangef = Rangef { min: 30.0, max: 45.0 };
/// What the labels of the vertical axis take at least.
const LEAST_LABEL: f32 = 38.0;
/// Radius of the dot before a name.
const DOT: f32 = 3.5;

/// The vertical axis, with its numbers in the words of `format`.
pub fn y_axis<'a>(format: impl Fn(f64) -> String + 'a) -> AxisHints<'a> {
    let words = move |mark: GridMark, _: &RangeInclusive<f64>| format(mark.value);
    styled(AxisHints::new_y()).formatter(words).label_spacing(LABELS).min_thickness(LEAST_LABEL)
}

/// The horizontal axis, with its numbers in the words of `format`.
pub fn x_axis<'a>(format: impl Fn(f64) -> String + 'a) -> AxisHints<'a> {
    let words = move |mark: GridMark, _: &RangeInclusive<f64>| format(mark.value);
    styled(AxisHints::new_x()).formatter(words).label_spacing(LABELS_ALONG)
}

fn styled(axis: AxisHints) -> AxisHints {
    axis.tick_label_font(theme::small()).tick_label_color(theme::TEXT_QUIET)
}

/// A plot of this size; its wheel scrolls the panel that it is in, and its words are its caller's.
pub fn plot<'a>(id: impl AsId, size: Vec2, y_axis: AxisHints<'a>) -> Plot<'a> {
    Plot::new(id)
        .width(size.x)
        .height(size.y)
        .show_x(false)
        .show_y(false)
        .allow_scroll(false)
        .label_formatter(|_| None)
        .cursor_color(theme::TEXT_QUIET)
        .custom_y_axes(vec![y_axis])
}

/// What stands where a plot has nothing to show.
pub fn empty(ui: &mut Ui, size: Vec2, text: &str) {
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect_filled(rect, 6.0, ui.visuals().extreme_bg_color);
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, theme::body(), theme::TEXT_QUIET);
}

/// Height of a legend of so many names.
fn legend_height(names: usize) -> f32 {
    names.div_ceil(2).max(1) as f32 * LEGEND_ROW
}

/// The places of the names of a legend, two in a row.
pub fn legend(ui: &mut Ui, names: usize) -> Vec<Rect> {
    let width = ui.available_width();
    let (area, _) = ui.allocate_exact_size(vec2(width, legend_height(names)), Sense::hover());
    let corner = |place: usize| area.left_top() + vec2((place % 2) as f32 * (width / 2.0), (place / 2) as f32 * LEGEND_ROW);
    (0..names).map(|place| Rect::from_min_size(corner(place), vec2(width / 2.0 - 10.0, LEGEND_ROW))).collect()
}

/// How a name of a legend is drawn.
pub struct LegendEntry<'a> {
    /// The name, cut to its room by who asks.
    pub name: &'a str,
    /// What stands on the right.
    pub value: &'a str,
    /// The colour of what it names.
    pub color: Color32,
    /// The colour of the text.
    pub text: Color32,
    /// Whether what it names is not drawn.
    pub is_hidden: bool,
}

/// Room for the name of an entry without a value.
pub fn name_width(place: Rect) -> f32 {
    place.width() - 15.0
}

/// Draws a name of a legend at its place.
pub fn legend_entry(ui: &Ui, place: Rect, entry: &LegendEntry) {
    let (painter, middle) = (ui.painter(), place.center().y);
    let dot = pos2(place.left() + 5.0, middle);
    if entry.is_hidden {
        painter.circle_stroke(dot, DOT - 0.5, Stroke::new(1.0, theme::TEXT_QUIET));
    } else {
        painter.circle_filled(dot, DOT, entry.color);
    }
    painter.text(pos2(place.left() + 15.0, middle), Align2::LEFT_CENTER, entry.name, theme::body(), entry.text);
    painter.text(place.right_center(), Align2::RIGHT_CENTER, entry.value, theme::body(), entry.text);
}

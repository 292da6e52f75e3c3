//! The list of axes: a row for every latent parameter, in order of influence.
//!
//! Owns the rows and the filter; only rows in sight are laid out, so that any number of axes is fluid.

use bevy_egui::egui::{self, Align, Align2, Color32, DragValue, Layout, Rect, ScrollArea, Ui, UiBuilder, pos2, vec2};

use super::zones;
use crate::latent::LatentFrame;
use crate::models::Zoning;
use crate::session::{CodeUnits, REACH, Steer, Steering};
use crate::ui::faces::AXIS_END;
use crate::ui::slider::slider;
use crate::ui::{AxisFaces, UiCommands, theme};

const ROW: f32 = 46.0;
const THUMBNAIL: f32 = 26.0;

/// What the list shows.
pub struct AxisList<'a> {
    /// The open model's frame.
    pub frame: Option<&'a LatentFrame>,
    /// How its network is divided into zones; `None` where axes always act as a whole.
    pub zoning: Option<Zoning>,
    /// Where the user is.
    pub steering: &'a Steering,
    /// Faces at both ends of every axis.
    pub faces: &'a AxisFaces,
    /// What the user filters by.
    pub filter: &'a str,
}

/// Draws the list into what is left of the panel.
pub fn show(ui: &mut Ui, list: &AxisList, commands: &mut UiCommands) {
    let Some(frame) = list.frame else { return };
    let axes = filtered(list.filter, frame.dim());
    if axes.is_empty() {
        ui.label(theme::quiet("No axis has such a number."));
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, ROW, axes.len(), |ui, rows| {
        for axis in &axes[rows] {
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), egui::Sense::hover());
            let mut row = ui.new_child(UiBuilder::new().max_rect(rect).layout(Layout::left_to_right(Align::Center)).id_salt(*axis));
            row_ui(&mut row, rect, *axis, frame, list, commands);
        }
    });
}

/// The axes (from 0) that a filter names by number (from 1): "7", "10-20", "1 4 9"; all where it names none.
fn filtered(filter: &str, dim: usize) -> Vec<usize> {
    let parts: Vec<&str> = filter.split([' ', ',', ';']).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        return (0..dim).collect();
    }
    let matches = |number: usize| {
        parts.iter().any(|part| match part.split_once(['-', '–']) {
            Some((from, to)) => {
                let bound = |text: &str, default| if text.is_empty() { Some(default) } else { text.parse().ok() };
                matches!((bound(from, 1), bound(to, dim)), (Some(from), Some(to)) if (from..=to).contains(&number))
            }
            None => part.parse() == Ok(number),
        })
    };
    (0..dim).filter(|axis| matches(axis + 1)).collect()
}

fn row_ui(ui: &mut Ui, rect: Rect, axis: usize, frame: &LatentFrame, list: &AxisList, commands: &mut UiCommands) {
    let value = list.steering.lattice.base.0.get(axis).copied().unwrap_or(0.0);
    let share = frame.explained_variance_ratio()[axis];
    let middle = rect.center().y;
    let painter = ui.painter().clone();
    let shown = list.steering.lattice.axes.contains(&axis);
    let color = if shown { theme::TEXT } else { theme::TEXT_QUIET };
    painter.text(pos2(rect.left(), middle), Align2::LEFT_CENTER, axis + 1, theme::body(), color);

    let left = Rect::from_center_size(pos2(rect.left() + 22.0 + THUMBNAIL / 2.0, middle), egui::Vec2::splat(THUMBNAIL));
    let right = Rect::from_center_size(pos2(rect.right() - 62.0 - THUMBNAIL / 2.0, middle), egui::Vec2::splat(THUMBNAIL));
    for (place, end) in [(left, 0), (right, 1)] {
        let amount = if end == 0 { -AXIS_END } else { AXIS_END };
        let response = ui.interact(place, ui.id().with(("end", end)), egui::Sense::click());
        match list.faces.thumbnail(axis, end) {
            Some((texture, uv)) => {
                let image = egui::Image::new((texture.id(), place.size())).uv(uv).corner_radius(5.0);
                image.paint_at(ui, place);
            }
            None => {
                painter.rect_filled(place, 5.0, theme::CONTROL);
            }
        }
        if response.hovered() {
            painter.rect_stroke(place, 5.0, egui::Stroke::new(1.0, theme::ACCENT), egui::StrokeKind::Outside);
        }
        let text = format!("The mean at {} σ on this axis; click to go there", theme::signed(f64::from(amount)));
        if response.on_hover_text(text).clicked() {
            commands.steer.write(Steer::SetCoordinate(axis, amount));
        }
    }

    let track = Rect::from_x_y_ranges(left.right() + 5.0..=right.left() - 5.0, middle - 15.0..=middle + 3.0);
    let mut wanted = value;
    let mut field = ui.new_child(UiBuilder::new().max_rect(track).id_salt("slider"));
    let tooltip = format!(
        "Axis {}, {:.2} % of the variance. In sigma units; double-click for 0, Shift drags finely.",
        axis + 1,
        f64::from(share) * 100.0
    );
    if slider(&mut field, &mut wanted, -REACH..=REACH, 0.0, track.width()).on_hover_text(tooltip).changed() {
        commands.steer.write(Steer::SetCoordinate(axis, wanted));
    }
    let percent = format!("{:.1} %", share * 100.0);
    painter.text(pos2(track.left() + 6.0, middle + 10.0), Align2::LEFT_CENTER, percent, theme::small(), theme::TEXT_QUIET);
    if let Some(zoning) = list.zoning {
        let right = track.right() - 6.0;
        let place = Rect::from_x_y_ranges(right - zones::WIDTH..=right, middle + 2.0..=middle + 18.0);
        zones::show(ui, place, axis, list.steering.lattice.zones.of(axis), zoning, commands);
    }

    let place = Rect::from_x_y_ranges(right.right() + 2.0..=rect.right() - 4.0, middle - 12.0..=middle + 12.0);
    number_ui(ui, place, axis, value, frame, list.steering.units, commands);
}

fn number_ui(ui: &mut Ui, place: Rect, axis: usize, value: f32, frame: &LatentFrame, units: CodeUnits, commands: &mut UiCommands) {
    // A raw code counts from the mean, so that both units share their zero.
    let unit = match units {
        CodeUnits::Sigma => 1.0,
        CodeUnits::Raw => f64::from(frame.sigma()[axis]),
    };
    let mut number = f64::from(value) * unit;
    let mut field = ui.new_child(UiBuilder::new().max_rect(place).layout(Layout::right_to_left(Align::Center)).id_salt("number"));
    let visuals = field.visuals_mut();
    visuals.widgets.inactive.weak_bg_fill = Color32::TRANSPARENT;
    visuals.widgets.inactive.bg_stroke = egui::Stroke::NONE;
    visuals.widgets.inactive.fg_stroke.color = theme::TEXT_STRONG;
    field.spacing_mut().button_padding = vec2(3.0, 2.0);
    field.spacing_mut().interact_size = vec2(place.width(), 22.0);
    let drag = DragValue::new(&mut number)
        .speed(0.01 * unit)
        .custom_formatter(|number, _| theme::signed(number))
        .custom_parser(theme::parse_signed)
        .update_while_editing(false);
    if field.add(drag).on_hover_text("Drag, or click and type").changed() {
        commands.steer.write(Steer::SetCoordinate(axis, (number / unit) as f32));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_names_axes_by_number() {
        assert_eq!(filtered("", 3), [0, 1, 2]);
        assert_eq!(filtered("2", 30), [1]);
        assert_eq!(filtered("3-5, 9", 30), [2, 3, 4, 8]);
        assert_eq!(filtered("28-", 30), [27, 28, 29]);
        assert_eq!(filtered("-2", 30), [0, 1]);
        assert!(filtered("eyes", 30).is_empty() && filtered("31", 30).is_empty());
    }
}

//! Where an axis acts, as three small blocks, from coarse to fine, of which those are lit in which it does.
//!
//! Owns their look and what a click asks for; what becomes of it is the session's business.

use bevy_egui::egui::{Color32, CornerRadius, Rect, Sense, Ui, pos2, vec2};

use crate::latent::Zone;
use crate::models::Zoning;
use crate::session::Steer;
use crate::ui::{UiCommands, theme};

/// Width of one block with the gap beside it, in points.
const BLOCK: f32 = 18.0;
/// Width of all of them, in points.
pub const WIDTH: f32 = 3.0 * BLOCK;
/// How high a block looks, and how high it can be clicked.
const HEIGHT: f32 = 6.0;
const CLICKED_HEIGHT: f32 = 16.0;

/// Draws the blocks of an axis (counted from 0) of a network with this division into `place`.
pub fn show(ui: &mut Ui, place: Rect, axis: usize, zone: Zone, zoning: Zoning, commands: &mut UiCommands) {
    for (index, part) in Zone::PARTS.into_iter().enumerate() {
        if zoning.stages_of(part).is_empty() {
            continue;
        }
        let middle = pos2(place.left() + (index as f32 + 0.5) * BLOCK, place.center().y);
        let response =
            ui.interact(Rect::from_center_size(middle, vec2(BLOCK, CLICKED_HEIGHT)), ui.id().with(("zone", index)), Sense::click());
        let color = match (zone == part, zone.covers(part)) {
            _ if response.hovered() => theme::ACCENT_HOVERED,
            (true, _) => theme::ACCENT,
            (false, true) => theme::TEXT_QUIET,
            (false, false) => theme::CONTROL_BORDER,
        };
        paint(ui, Rect::from_center_size(middle, vec2(BLOCK - 4.0, HEIGHT)), index, color);
        if response.on_hover_text(tooltip(part, zone, zoning)).clicked() {
            commands.steer.write(Steer::SetZone(axis, after_click(part, zone)));
        }
    }
}

/// A block in the more pieces, the finer it is.
fn paint(ui: &Ui, rect: Rect, fineness: usize, color: Color32) {
    let pieces = 1 << fineness;
    let width = rect.width() / pieces as f32;
    for piece in 0..pieces {
        let left = rect.left() + piece as f32 * width;
        let gap = if piece + 1 < pieces { 1.0 } else { 0.0 };
        let area = Rect::from_x_y_ranges(left..=left + width - gap, rect.y_range());
        ui.painter().rect_filled(area, CornerRadius::same(1), color);
    }
}

/// The zone that a click on a part asks for: that part alone, and everywhere where it is so already.
fn after_click(part: Zone, zone: Zone) -> Zone {
    if zone == part { Zone::Whole } else { part }
}

/// What a part changes, at which resolutions, and what a click does.
fn tooltip(part: Zone, zone: Zone, zoning: Zoning) -> String {
    let changes = match part {
        Zone::Coarse => "pose, outline and layout",
        Zone::Middle => "features and expression",
        Zone::Fine => "colours, light and texture",
        Zone::Whole => "everything",
    };
    let (word, sizes) = (part.word(), zoning.in_words(part));
    let click = if zone == part {
        "The axis acts here only; click to let it act everywhere.".to_owned()
    } else {
        format!("Click to let the axis act here only. Default: {}.", Zone::Whole.word())
    };
    format!("Zone {word}: the blocks at {sizes} pixels, {changes}. {click}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_chooses_one_zone_and_a_second_one_takes_it_back() {
        assert_eq!(after_click(Zone::Fine, Zone::Whole), Zone::Fine);
        assert_eq!(after_click(Zone::Coarse, Zone::Fine), Zone::Coarse);
        assert_eq!(after_click(Zone::Coarse, Zone::Coarse), Zone::Whole);
    }

    #[test]
    fn tooltips_name_resolutions_and_what_a_click_does() {
        let zoning = Zoning::of_stages(4);
        let text = tooltip(Zone::Coarse, Zone::Whole, zoning);
        assert!(text.contains("4x4 and 8x8 pixels") && text.contains("Default: whole"), "{text}");
        assert!(tooltip(Zone::Fine, Zone::Fine, zoning).contains("32x32 pixels"));
        assert!(tooltip(Zone::Fine, Zone::Fine, zoning).contains("everywhere"));
    }
}

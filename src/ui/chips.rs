//! Chips: what is pressed, as it is drawn wherever keys are named.
//!
//! Owns their look; what is pressed for what is the business of those who draw them.

use bevy::prelude::KeyCode;
use bevy_egui::egui::{Color32, CornerRadius, Frame, Margin, RichText, Stroke, Ui};

use super::theme;
use crate::explorer::Layout;

/// Between chips, in points.
pub const CHIP_GAP: f32 = 5.0;
/// Left and right inside them.
pub const CHIP_PADDING: f32 = 6.0;

/// What is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chip {
    /// What has a name everywhere.
    Name(&'static str),
    /// The key on which a letter is written.
    Letter(char),
    /// The key at a place, whatever is written on it.
    Place(KeyCode),
}

impl Chip {
    /// What it shows on this keyboard.
    pub fn text(&self, layout: &Layout) -> String {
        match self {
            Self::Name(name) => (*name).to_owned(),
            Self::Letter(letter) => letter.to_uppercase().collect(),
            Self::Place(place) => layout.written_at(*place),
        }
    }
}

/// Draws chips side by side, on the row that `ui` is.
pub fn chips_ui(ui: &mut Ui, chips: &[Chip], layout: &Layout) {
    ui.spacing_mut().item_spacing.x = CHIP_GAP;
    for chip in chips {
        let frame = Frame::new()
            .fill(Color32::from_rgba_unmultiplied(0x0E, 0x11, 0x19, 200))
            .stroke(Stroke::new(1.0, theme::CONTROL_BORDER))
            .corner_radius(CornerRadius::same(4))
            .inner_margin(Margin::symmetric(CHIP_PADDING as i8, 2));
        frame.show(ui, |ui| ui.label(RichText::new(chip.text(layout)).font(theme::small()).color(theme::TEXT)));
    }
}

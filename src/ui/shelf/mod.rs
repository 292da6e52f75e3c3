//! Models and runs as lists show them, the same in every panel: their faces, what is told of them, and a menu to choose from.
//!
//! Owns their look. What is on the shelf is the session's business, and what is done with a choice that of each panel.

mod faces;
mod in_words;
mod menu;
mod row;

use bevy::prelude::*;
use bevy_egui::EguiPrimaryContextPass;

use super::UiSystems;

pub use faces::ShelfFaces;
pub use in_words::tooltip;
pub use menu::{ShelfChoice, ShelfMenu};

/// The faces of what is on the shelf.
pub fn plugin(app: &mut App) {
    app.init_resource::<ShelfFaces>().add_systems(EguiPrimaryContextPass, faces::take_faces.in_set(UiSystems::Look));
}

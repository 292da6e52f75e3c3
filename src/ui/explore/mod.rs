//! Exploring: the open model, random faces, and a slider for every axis of its latent space.
//!
//! Owns the pane and what is typed into it; where in latent space the user is belongs to the session.

mod axes;
mod controls;
mod undo_buttons;
mod view;

use bevy::prelude::*;
use bevy_egui::egui::Ui;

use super::UiCommands;
use super::pane::{Pane, PaneFacts, View};
pub use controls::SAMPLERS;
use view::ExploreView;

/// What exploring remembers between frames.
#[derive(Debug, Default, Resource)]
pub struct ExplorePane {
    /// What the axes are filtered by.
    pub filter: String,
}

impl Pane for ExplorePane {
    const FACTS: PaneFacts =
        PaneFacts { word: "explore", title: "Explore", purpose: "Fly through what a model has learned", letter: None, takes_faces: false };
    type View = ExploreView<'static>;

    fn left(&mut self, ui: &mut Ui, view: &View<Self>, commands: &mut UiCommands) {
        controls::show(ui, view, &mut self.filter, commands);
    }
}

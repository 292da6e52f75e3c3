//! Exploring: the open model, random faces, and a slider for every axis of its latent space.
//!
//! Owns the pane and what is typed into it; where in latent space the user is belongs to the session.

mod axes;
mod controls;
mod pane;
mod photo;
mod picker;
mod undo_buttons;
mod view;
mod zones;

use bevy::prelude::{App, Update};
use bevy_egui::egui::{Context, Ui};

use super::UiCommands;
use super::pane::{Pane, PaneFacts, View};
use crate::session::{OpenModel, OpenPhoto};
pub use controls::SAMPLERS;
use pane::Purpose;
use view::ExploreView;

pub use pane::ExplorePane;

/// What the pane does beside being drawn.
pub fn plugin(app: &mut App) {
    app.add_systems(Update, photo::reveal);
}

impl Pane for ExplorePane {
    const FACTS: PaneFacts =
        PaneFacts { word: "explore", title: "Explore", purpose: "Fly through what a model has learned", letter: None, takes_faces: false };
    type View = ExploreView<'static>;

    fn left(&mut self, ui: &mut Ui, view: &View<Self>, commands: &mut UiCommands) {
        controls::show(ui, view, self, commands);
    }

    fn asks(&self) -> bool {
        self.picker.is_open()
    }

    fn dialogs(&mut self, ctx: &Context, _: &View<Self>, commands: &mut UiCommands) {
        let Some((purpose, picked)) = self.picker.show(ctx) else { return };
        let Some(path) = picked.first() else { return };
        match purpose {
            Purpose::Model => {
                commands.open_model.write(OpenModel(path.to_string_lossy().into_owned()));
            }
            Purpose::Photo => {
                commands.open_photo.write(OpenPhoto(path.clone()));
            }
        }
    }
}

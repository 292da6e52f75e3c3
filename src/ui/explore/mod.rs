//! Exploring: the open model, random faces, and a slider for every axis of its latent space.
//!
//! Owns the pane and what is typed into it; where in latent space the user is belongs to the session.

mod axes;
mod controls;
mod pane;
mod picker;
mod undo_buttons;
mod view;
mod zones;

use bevy_egui::egui::{Context, Ui};

use super::UiCommands;
use super::pane::{Pane, PaneFacts, View};
use crate::session::OpenModel;
pub use controls::SAMPLERS;
use pane::Purpose;
use view::ExploreView;

pub use pane::ExplorePane;

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
        if let Some((Purpose::Model, picked)) = self.picker.show(ctx)
            && let Some(folder) = picked.first()
        {
            commands.open_model.write(OpenModel(folder.to_string_lossy().into_owned()));
        }
    }
}

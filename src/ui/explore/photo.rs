//! Photos in the explorer: the door to them, and the flight to their places.
//!
//! Owns what is seen of it; finding a place and flying there are the session's business.

use bevy::prelude::{Local, Res, ResMut};
use bevy_egui::egui::{Button, Ui, vec2};

use super::ExplorePane;
use super::pane::Purpose;
use super::view::ExploreView;
use crate::explorer::{GoHome, Select};
use crate::latent::CellCoord;
use crate::session::{JobKind, PhotoFlight};
use crate::ui::{UiCommands, UiState, job};

/// The pane that is brought up.
const HERE: &str = "explore";

/// The button, and the job while it is of a photo.
pub fn show(ui: &mut Ui, view: &ExploreView, pane: &mut ExplorePane, commands: &mut UiCommands) {
    let is_inverted = view.model.stored.as_ref().is_some_and(|stored| stored.header.kind.facts().is_inverted);
    let tooltip = if is_inverted {
        "Look for the place of a photo: the sliders go there, from the mean, as the search comes nearer. The first one of a model that no \
         encoder is kept of takes about a minute longer. Dropping the photo onto the window does the same."
    } else {
        "Find the place of a photo: the sliders go there. Dropping the photo onto the window does the same."
    };
    if ui.add_sized(vec2(ui.available_width(), 27.0), Button::new("Place a photo…")).on_hover_text(tooltip).clicked() {
        pane.picker.pick(ui.ctx(), Purpose::Photo);
    }
    if view.jobs.kind == Some(JobKind::Place) {
        job::show(ui, &view.jobs, JobKind::Place, commands);
    }
}

/// Brings the pane up where a photo is placed, and the face that becomes it into view.
pub fn reveal(flight: Res<PhotoFlight>, mut state: ResMut<UiState>, mut commands: UiCommands, mut was_under_way: Local<bool>) {
    let is_under_way = flight.is_under_way();
    if is_under_way && !*was_under_way {
        (state.pane, state.visible) = (HERE, true);
        commands.go_home.write(GoHome);
        commands.select.write(Select(Some(CellCoord::default())));
    }
    *was_under_way = is_under_way;
}

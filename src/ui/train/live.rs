//! Settings that can be changed while a training runs.
//!
//! Owns that a change is asked for once, when the user lets go, instead of at every pixel of a drag.

use bevy_egui::egui::{CollapsingHeader, RichText, Ui};

use crate::engine::TrainingCommand;
use crate::session::Train;
use crate::training::{Dial, Edit, Place, TrainingSettings, Value, When};
use crate::ui::dials::dial_row;
use crate::ui::widgets::section;
use crate::ui::{UiCommands, theme};

/// What is said of every one of them.
const WHEN: &str = "From the next step on; the curves mark the change.";

/// The knob that is being turned, and its value so far.
#[derive(Default)]
pub struct LiveEdit(Option<(&'static str, Value)>);

/// Draws the settings of a training on faces of `size` pixels, closed at first; what belongs beside a training is always in sight.
pub fn show(ui: &mut Ui, settings: &TrainingSettings, size: usize, edit: &mut LiveEdit, commands: &mut UiCommands) {
    let dials: Vec<Dial> = settings.dials(size).into_iter().filter(|dial| dial.when == When::Live).collect();
    let (in_sight, others): (Vec<Dial>, Vec<Dial>) = dials.into_iter().partition(|dial| dial.place == Place::Training);
    let mut edits = Vec::new();
    for dial in &in_sight {
        section(ui, dial.label);
        edits.extend(live_row(ui, dial, edit));
    }
    let title = RichText::new("Settings while it trains").font(theme::body()).color(theme::TEXT_QUIET);
    CollapsingHeader::new(title).id_salt("live-settings").show_unindented(ui, |ui| {
        edits.extend(others.iter().filter_map(|dial| live_row(ui, dial, edit)));
    });
    for edit in edits {
        commands.train.write(Train::Command(TrainingCommand::Turn(edit)));
    }
}

/// A row; the turn of the knob once the user has let go.
fn live_row(ui: &mut Ui, dial: &Dial, edit: &mut LiveEdit) -> Option<Edit> {
    let mut value = match &edit.0 {
        Some((name, value)) if *name == dial.name => value.clone(),
        _ => dial.value.clone(),
    };
    let before = value.clone();
    let response = dial_row(ui, dial, &mut value, WHEN);
    if value != before {
        edit.0 = Some((dial.name, value.clone()));
    }
    let is_done = !response.dragged() && !response.has_focus();
    if is_done && edit.0.as_ref().is_some_and(|(name, _)| *name == dial.name) {
        edit.0 = None;
        return (value != dial.value).then(|| Edit::new(dial.name, value));
    }
    None
}

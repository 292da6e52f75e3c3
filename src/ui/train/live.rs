//! Settings that can be changed while a training runs.
//!
//! Owns the rows, and that a change is asked for once, when the user lets go, instead of at every pixel of a drag.

use std::ops::RangeInclusive;

use bevy_egui::egui::emath::Numeric;
use bevy_egui::egui::{CollapsingHeader, RichText, Ui};

use super::widgets::{Field, number, row};
use crate::session::Train;
use crate::training::{AutoencoderSettings, LiveChange};
use crate::ui::{UiCommands, theme};

/// The field that is being changed, and its value so far.
#[derive(Default)]
pub struct LiveEdit(Option<(&'static str, f64)>);

/// Draws the settings, closed at first.
pub fn show(ui: &mut Ui, settings: &AutoencoderSettings, edit: &mut LiveEdit, commands: &mut UiCommands) {
    let title = RichText::new("Settings while it trains").font(theme::body()).color(theme::TEXT_QUIET);
    CollapsingHeader::new(title).id_salt("live-settings").show_unindented(ui, |ui| {
        let weights = 0.0..=100.0_f32;
        let changes = [
            live_row(ui, &Field::new("learning_rate", "Learning rate", ""), settings.learning_rate, 0.0..=1.0, edit)
                .map(LiveChange::LearningRate),
            live_row(ui, &Field::new("batch", "Batch", "faces"), settings.batch, 1..=1024, edit).map(LiveChange::Batch),
            live_row(ui, &Field::new("weight_decay", "Weight decay", ""), settings.weight_decay, weights.clone(), edit)
                .map(LiveChange::WeightDecay),
            live_row(ui, &Field::new("latent_penalty", "Latent penalty", ""), settings.latent_penalty, weights.clone(), edit)
                .map(LiveChange::LatentPenalty),
            live_row(ui, &Field::new("absolute_error", "Absolute error", ""), settings.absolute_error, weights, edit)
                .map(LiveChange::AbsoluteError),
        ];
        for change in changes.into_iter().flatten() {
            commands.train.write(Train::Change(change));
        }
    });
}

/// A row; the new value once the user has let go.
fn live_row<N: Numeric>(ui: &mut Ui, field: &Field, now: N, range: RangeInclusive<N>, edit: &mut LiveEdit) -> Option<N> {
    let mut value = match edit.0 {
        Some((name, value)) if name == field.name => N::from_f64(value),
        _ => now,
    };
    let tooltip = || {
        let help = AutoencoderSettings::help(field.name);
        format!("{}.\nFrom the next step on; the curves mark the change.", help.trim_end_matches('.'))
    };
    let response = row(ui, field.label, &tooltip, |ui| number(ui, &mut value, range, field.unit));
    if response.changed() {
        edit.0 = Some((field.name, value.to_f64()));
    }
    let is_done = !response.dragged() && !response.has_focus();
    if is_done && edit.0.is_some_and(|(name, _)| name == field.name) {
        edit.0 = None;
        return (value != now).then_some(value);
    }
    None
}

//! Settings that can be changed while a training runs.
//!
//! Owns the rows, and that a change is asked for once, when the user lets go, instead of at every pixel of a drag.

use std::ops::RangeInclusive;

use bevy_egui::egui::emath::Numeric;
use bevy_egui::egui::{CollapsingHeader, RichText, Ui};

use super::gan_form::{has_penalty, penalty_falls};
use crate::session::Train;
use crate::training::{AutoencoderSettings, GanSettings, LiveChange, TrainingSettings, Turns};
use crate::ui::widgets::{Field, choices, number, row, section};
use crate::ui::{UiCommands, theme};

/// Who learns, and what the user learns from it.
const TURNS: [(Turns, &str, &str); 3] = [
    (Turns::Both, "Both", "Critic and generator learn in turns, as a GAN does.\nDefault."),
    (
        Turns::Critic,
        "Critic only",
        "The generator stands still. What could the critic tell apart, given time? Where its accuracy soon comes near 1, it still has \
         much to teach; where it stays low, the fakes are as good as this critic can see.",
    ),
    (
        Turns::Generator,
        "Generator only",
        "The critic stands still. What does it let pass? The samples drift to what this critic takes for real: its blind spots, and \
         often fewer and fewer kinds of faces.",
    ),
];

/// The field that is being changed, and its value so far.
#[derive(Default)]
pub struct LiveEdit(Option<(&'static str, f64)>);

/// Draws the settings of a training on faces of `size` pixels, closed at first; who learns of a GAN is always in sight.
pub fn show(ui: &mut Ui, settings: &TrainingSettings, size: usize, edit: &mut LiveEdit, commands: &mut UiCommands) {
    if let TrainingSettings::Gan(settings) = settings {
        turns_ui(ui, settings.turns, commands);
    }
    let title = RichText::new("Settings while it trains").font(theme::body()).color(theme::TEXT_QUIET);
    CollapsingHeader::new(title).id_salt("live-settings").show_unindented(ui, |ui| {
        let changes = match settings {
            TrainingSettings::Autoencoder(settings) => autoencoder_ui(ui, settings, edit),
            TrainingSettings::Gan(settings) => gan_ui(ui, settings, size, edit),
        };
        for change in changes {
            commands.train.write(Train::Change(change));
        }
    });
}

fn turns_ui(ui: &mut Ui, now: Turns, commands: &mut UiCommands) {
    section(ui, "Who learns");
    let mut turns = now;
    if choices(ui, &mut turns, &TURNS) {
        commands.train.write(Train::Change(LiveChange::Turns(turns)));
    }
}

fn autoencoder_ui(ui: &mut Ui, s: &AutoencoderSettings, edit: &mut LiveEdit) -> Vec<LiveChange> {
    let field = Field::of_autoencoder;
    let weights = 0.0..=100.0_f32;
    let changes = [
        live_row(ui, &field("learning_rate", "Learning rate", ""), s.learning_rate, 0.0..=1.0, edit).map(LiveChange::LearningRate),
        live_row(ui, &field("batch", "Batch", "faces"), s.batch, 1..=1024, edit).map(LiveChange::Batch),
        live_row(ui, &field("weight_decay", "Weight decay", ""), s.weight_decay, weights.clone(), edit).map(LiveChange::WeightDecay),
        live_row(ui, &field("latent_penalty", "Latent penalty", ""), s.latent_penalty, weights.clone(), edit)
            .map(LiveChange::LatentPenalty),
        live_row(ui, &field("absolute_error", "Absolute error", ""), s.absolute_error, weights, edit).map(LiveChange::AbsoluteError),
    ];
    changes.into_iter().flatten().collect()
}

/// Only what counts for the objective is shown.
fn gan_ui(ui: &mut Ui, s: &GanSettings, size: usize, edit: &mut LiveEdit) -> Vec<LiveChange> {
    let field = Field::of_gan;
    let shares = 0.0..=1.0_f32;
    let mut changes = vec![
        live_row(ui, &field("learning_rate", "Learning rate", ""), s.learning_rate, shares.clone(), edit).map(LiveChange::LearningRate),
        live_row(ui, &field("final_rate", "Final rate", ""), s.final_rate, shares.clone(), edit).map(LiveChange::FinalRate),
        live_row(ui, &field("batch", "Batch", "faces"), s.batch, 1..=1024, edit).map(LiveChange::Batch),
    ];
    if has_penalty(s.objective) {
        let (weight, every) = (s.first_penalty(size), field("penalty_every", "Penalty every", "steps"));
        changes.push(live_row(ui, &field("penalty", "Penalty", ""), weight, 0.0..=1000.0, edit).map(LiveChange::Penalty));
        changes.push(live_row(ui, &every, s.penalty_every, 1..=64, edit).map(LiveChange::PenaltyEvery));
    }
    if penalty_falls(s.objective) {
        let field = field("final_penalty", "Final penalty", "");
        changes.push(live_row(ui, &field, s.final_penalty, shares.clone(), edit).map(LiveChange::FinalPenalty));
    }
    changes.extend([
        live_row(ui, &field("critic_steps", "Critic steps", "steps"), s.critic_steps, 1..=64, edit).map(LiveChange::CriticSteps),
        live_row(ui, &field("augment", "Augmentation", ""), s.augment, shares, edit).map(LiveChange::Augment),
    ]);
    changes.into_iter().flatten().collect()
}

/// A row; the new value once the user has let go.
fn live_row<N: Numeric>(ui: &mut Ui, field: &Field, now: N, range: RangeInclusive<N>, edit: &mut LiveEdit) -> Option<N> {
    let mut value = match edit.0 {
        Some((name, value)) if name == field.name => N::from_f64(value),
        _ => now,
    };
    let tooltip = || format!("{}\nFrom the next step on; the curves mark the change.", field.help());
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

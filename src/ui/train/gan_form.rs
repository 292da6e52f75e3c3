//! The options of a GAN in the form of a new training.
//!
//! Owns their order and names, and that only what counts for the chosen objective is shown. What the fields mean stands in the
//! settings themselves.

use bevy_egui::egui::{Button, Ui, vec2};

use super::form::{Form, objective_choices, preset_choices};
use crate::training::{GanSettings, Objective, Preset};
use crate::ui::theme;
use crate::ui::widgets::{Field, ROW, check_row, choices, number, number_row, row, significant};

/// Width of the button that takes a weight back to what suits the faces.
const SWITCH: f32 = 64.0;

/// Draws what is chosen most often, for faces of `size` pixels.
pub fn main_ui(ui: &mut Ui, form: &mut Form, size: usize) {
    let (s, d) = (&mut form.gan, &form.defaults.gan);
    choices(ui, &mut s.preset, &preset_choices(Preset::gan_description));
    summary_ui(ui, s, size);
    if choices(ui, &mut s.objective, &objective_choices()) {
        // A weight that suits one objective is far off for another.
        s.penalty = None;
    }
    let field = Field::of_gan;
    number_row(ui, &field("latent", "Latent size k", "numbers"), &mut s.latent, d.latent, 2..=512);
    number_row(ui, &field("batch", "Batch", "faces"), &mut s.batch, d.batch, 1..=1024);
    number_row(ui, &field("learning_rate", "Learning rate", ""), &mut s.learning_rate, d.learning_rate, 0.0..=1.0);
}

fn summary_ui(ui: &mut Ui, settings: &GanSettings, size: usize) {
    let network = settings.network(size);
    let narrowest = network.widths.iter().min().copied().unwrap_or_default();
    let widest = network.widths.iter().max().copied().unwrap_or_default();
    let text = format!("{narrowest} to {widest} channels, faces from {} numbers", network.latent_dim);
    let learned = theme::grouped(network.parameters() as u64);
    let tooltip = format!("{}.\n{learned} numbers to learn in both networks.", settings.preset.gan_description());
    ui.label(theme::quiet(text)).on_hover_text(tooltip);
}

/// Draws the other options, for faces of `size` pixels.
pub fn more_ui(ui: &mut Ui, form: &mut Form, size: usize) {
    let (s, d) = (&mut form.gan, &form.defaults.gan);
    let field = Field::of_gan;
    number_row(ui, &field("final_rate", "Final rate", ""), &mut s.final_rate, d.final_rate, 0.0..=1.0);
    if has_penalty(s.objective) {
        penalty_ui(ui, s, size);
        number_row(ui, &field("penalty_every", "Penalty every", "steps"), &mut s.penalty_every, d.penalty_every, 1..=64);
    }
    if penalty_falls(s.objective) {
        number_row(ui, &field("final_penalty", "Final penalty", ""), &mut s.final_penalty, d.final_penalty, 0.0..=1.0);
    }
    if s.objective == Objective::WganGp {
        number_row(ui, &field("drift", "Drift", ""), &mut s.drift, d.drift, 0.0..=100.0);
    }
    number_row(ui, &field("critic_steps", "Critic steps", "steps"), &mut s.critic_steps, d.critic_steps, 1..=64);
    number_row(ui, &field("augment", "Augmentation", ""), &mut s.augment, d.augment, 0.0..=1.0);
    number_row(ui, &field("ema", "Averaging", "faces"), &mut s.ema, d.ema, 0..=100_000_000);
    let flips = field("flips", "Mirror faces", "");
    check_row(ui, flips.label, &|| flips.tooltip("yes"), &mut s.flips);
    let deviation = field("minibatch_deviation", "Batch deviation", "");
    check_row(ui, deviation.label, &|| deviation.tooltip("no"), &mut s.minibatch_deviation);
    number_row(ui, &field("seed", "Seed", ""), &mut s.seed, d.seed, 0..=u64::from(u32::MAX));
}

/// Whether an objective takes a gradient penalty at all.
pub fn has_penalty(objective: Objective) -> bool {
    objective != Objective::Hinge
}

/// Whether the weight of an objective's penalty falls while it trains.
pub fn penalty_falls(objective: Objective) -> bool {
    objective == Objective::Rpgan
}

/// The weight of the gradient penalty: what suits objective and size, unless the user sets another.
fn penalty_ui(ui: &mut Ui, settings: &mut GanSettings, size: usize) {
    let suited = GanSettings { penalty: None, ..settings.clone() }.first_penalty(size);
    let mut weight = settings.penalty.unwrap_or(suited);
    let field = Field::of_gan("penalty", "Penalty", "");
    let follows_size = settings.objective == Objective::Rpgan;
    let tooltip = || {
        let why = if follows_size { format!(", for {size} pixels") } else { String::new() };
        field.tooltip(&format!("{}{why}", significant(f64::from(suited))))
    };
    row(ui, field.label, &tooltip, |ui| {
        let name = if follows_size { "by size" } else { "default" };
        let switch = ui.add_sized(vec2(SWITCH, ROW), Button::new(name).selected(settings.penalty.is_none()));
        if switch.clicked() {
            settings.penalty = settings.penalty.is_none().then_some(suited);
        }
        let value = number(ui, &mut weight, 0.0..=1000.0, "");
        if value.changed() {
            settings.penalty = Some(weight);
        }
        switch.union(value)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_form_has_a_help_text() {
        let fields = "latent batch learning_rate final_rate penalty penalty_every final_penalty drift critic_steps augment ema flips \
                      minibatch_deviation seed";
        for name in fields.split(' ') {
            assert!(GanSettings::help(name).len() > 10, "{name}");
        }
    }

    #[test]
    fn only_what_counts_is_shown() {
        for objective in Objective::ALL {
            let settings = GanSettings { objective, penalty: Some(1.0), ..Default::default() };
            let falls = settings.penalty_at(32, 1.0) < settings.penalty_at(32, 0.0);
            assert_eq!(penalty_falls(objective), falls, "{objective:?}");
        }
        assert!(!has_penalty(Objective::Hinge) && has_penalty(Objective::Rpgan) && has_penalty(Objective::WganGp));
    }
}

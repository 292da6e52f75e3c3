//! The length of the average that the lattice shows of a run, chosen afterwards from its snapshots.

use bevy_egui::egui::{Align, Layout, RichText, Ui};

use crate::session::{Train, Training};
use crate::training::{LENGTHS, TRACKED};
use crate::ui::labels::AVERAGE;
use crate::ui::slider::slider;
use crate::ui::widgets::{link, section, words};
use crate::ui::{UiCommands, theme};

/// So many moments are needed of which the run keeps averages.
const LEAST: usize = 2;
/// Where a double click leads.
const MIDDLE: f64 = TRACKED[0];
const TOOLTIP: &str = "How far back the weights count that are averaged, as a share of the training so far; put together from the run's \
                       snapshots and checkpoints. Longer is calmer and sharper, shorter more varied.\nFrom 0.02 to 0.25; double-click for 0.05. Default: \
                       as trained.";

/// Draws the slider and what it shows.
pub fn show(ui: &mut Ui, training: &Training, commands: &mut UiCommands) {
    if training.run_path().is_none() || training.is_starting() {
        return;
    }
    let average = &training.average;
    section(ui, AVERAGE.text);
    let hindrance = hindrance(training);
    let mut length = average.wanted.unwrap_or(MIDDLE) as f32;
    let (range, width) = (*LENGTHS.start() as f32..=*LENGTHS.end() as f32, ui.available_width());
    let response = ui.add_enabled_ui(hindrance.is_none(), |ui| slider(ui, &mut length, range, MIDDLE as f32, width)).inner;
    let response = response.on_hover_text(TOOLTIP).on_disabled_hover_text(hindrance.unwrap_or_default());
    if response.changed() {
        // As it is shown: three digits are as exact as anybody can tell.
        let length = (f64::from(length) * 1000.0).round() / 1000.0;
        commands.train.write(Train::Average(Some(length.clamp(*LENGTHS.start(), *LENGTHS.end()))));
    }
    ui.horizontal(|ui| {
        ui.label(RichText::new(state(training)).font(theme::small()).color(theme::TEXT_QUIET));
        if average.wanted.is_some() {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if link(ui, "As trained").on_hover_text("Back to the average that the run shows, judges and keeps").clicked() {
                    commands.train.write(Train::Average(None));
                }
            });
        }
    });
    if let Some(reason) = &average.error {
        words(ui, reason, theme::ACCENT_HOVERED);
    }
}

/// Why no length can be chosen.
fn hindrance(training: &Training) -> Option<&'static str> {
    if training.moments() < LEAST {
        Some(
            "It is put together from snapshots and checkpoints of the run, of which there are fewer than two with averages: the first \
             snapshot comes after 1,000 images, or later where the network is large",
        )
    } else if !training.lattice_shows_run {
        Some("The lattice shows another model: let it show this run first")
    } else {
        None
    }
}

/// What is shown, or on its way.
fn state(training: &Training) -> String {
    let average = &training.average;
    match (average.wanted, &average.shown) {
        (None, _) => "as trained".into(),
        (Some(length), Some((shown, facts))) if *shown == length => {
            let (step, percent) = (theme::grouped(facts.step), facts.residual * 100.0);
            format!("{length:.3} at step {step}, profile differs by {percent:.1} %")
        }
        (Some(length), _) if average.error.is_some() => format!("{length:.3}"),
        (Some(length), _) => format!("{length:.3}, being put together…"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::AverageFacts;
    use crate::session::AverageChoice;
    use crate::training::RunFacts;

    #[test]
    fn it_says_what_is_shown_and_why_nothing_can_be() {
        let of_both = |snapshots: &[u64], averaged: &[u64], lattice_shows_run, average| {
            let mut training = Training::default();
            training.facts = RunFacts { snapshots: snapshots.to_vec(), averaged: averaged.to_vec(), ..RunFacts::default() };
            (training.lattice_shows_run, training.average) = (lattice_shows_run, average);
            training
        };
        let of = |snapshots: &[u64], lattice_shows_run, average| of_both(snapshots, &[0], lattice_shows_run, average);
        let none = AverageChoice::default();
        assert!(hindrance(&of(&[125], true, none.clone())).is_some_and(|text| text.contains("fewer than two")));
        assert!(hindrance(&of(&[125, 145], false, none.clone())).is_some_and(|text| text.contains("another model")));
        assert_eq!(hindrance(&of(&[125, 145], true, none.clone())), None);
        assert_eq!(hindrance(&of_both(&[], &[0, 500, 1000], true, none.clone())), None, "checkpoints are as good");
        assert!(
            hindrance(&of_both(&[125], &[0, 125], true, none.clone())).is_some(),
            "once is not twice, and the beginning has seen nothing"
        );
        assert_eq!(state(&of(&[], true, none.clone())), "as trained");
        let facts = AverageFacts { step: 12_345, moments: 40, residual: 0.0154 };
        let shown = AverageChoice { wanted: Some(0.1), shown: Some((0.07, facts)), error: None };
        assert_eq!(state(&of(&[], true, shown.clone())), "0.100, being put together…");
        assert_eq!(
            state(&of(&[], true, AverageChoice { wanted: Some(0.07), ..shown.clone() })),
            "0.070 at step 12,345, profile differs by 1.5 %"
        );
        assert_eq!(state(&of(&[], true, AverageChoice { error: Some("no".into()), ..shown })), "0.100");
        assert!(TOOLTIP.contains(&LENGTHS.start().to_string()) && TOOLTIP.contains(&format!("double-click for {MIDDLE}")));
    }
}

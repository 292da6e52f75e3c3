//! What can be done next with a run that is not under way: look at it, judge it, train it on, begin another one with its weights.
//!
//! Owns the buttons; what is asked before anything begins is the business of `confirmation`.

use std::path::Path;

use bevy_egui::egui::{Button, Ui, Vec2};

use super::confirmation::Confirmation;
use super::pane::{TrainPane, TrainView, begin};
use super::runs;
use super::warm_start::{WarmStart, next_size};
use crate::engine::Beginning;
use crate::session::{Shelve, Train, Training, TrainingStatus};
use crate::training::Budget;
use crate::ui::widgets::{accent_button, share_of_row};
use crate::ui::{ShowPane, UiCommands};

/// The buttons of a training here that has come to its end.
pub fn of_finished(ui: &mut Ui, training: &Training, pane: &mut TrainPane, commands: &mut UiCommands) {
    look_ui(ui, training, commands);
    let size = share_of_row(ui, 1.0);
    warm_start_ui(ui, training, size, pane);
    new_training_ui(ui, pane, commands);
}

/// The buttons of a run that nobody here trains.
pub fn of_resting(ui: &mut Ui, view: &TrainView, pane: &mut TrainPane, commands: &mut UiCommands) {
    let training = &*view.training;
    if training.progress() >= 1.0 {
        look_ui(ui, training, commands);
        ui.horizontal(|ui| {
            let size = share_of_row(ui, if WarmStart::is_possible(training) { 2.0 } else { 1.0 });
            resume_ui(ui, training, size, pane, commands);
            warm_start_ui(ui, training, size, pane);
        });
    } else {
        let size = share_of_row(ui, 1.0);
        resume_ui(ui, training, size, pane, commands);
    }
    new_training_ui(ui, pane, commands);
    runs::show(ui, "Open another run…", view, pane, commands);
}

/// What can be done with a model that is there.
fn look_ui(ui: &mut Ui, training: &Training, commands: &mut UiCommands) {
    let Some(run) = training.run_path() else { return };
    ui.horizontal(|ui| {
        let size = share_of_row(ui, 2.0);
        let fly = accent_button(ui, "Fly through it", size);
        if fly.on_hover_text("Sliders for every axis of what it has learned, and the lattice").clicked() {
            commands.train.write(Train::FollowLattice(true));
            commands.show_pane.write(ShowPane("explore"));
        }
        let evaluate = ui.add_sized(size, Button::new("Evaluate…"));
        if evaluate.on_hover_text("Measure how well it does, beside other models and real faces").clicked() {
            commands.shelve.write(Shelve::Add(run.to_path_buf()));
            commands.show_pane.write(ShowPane("evaluate"));
        }
    });
}

fn resume_ui(ui: &mut Ui, training: &Training, size: Vec2, pane: &mut TrainPane, commands: &mut UiCommands) {
    let is_elsewhere = training.status == TrainingStatus::Following { live: true };
    let is_whole = training.progress() >= 1.0;
    let (name, tooltip) = match is_whole {
        true => ("Train on longer", "It has reached its planned length, and goes on for half as long again, with its own settings"),
        false => ("Resume", "Train on where it was left, with its own settings"),
    };
    let resume = ui
        .add_enabled_ui(!is_elsewhere, |ui| match is_whole {
            true => ui.add_sized(size, Button::new(name)),
            false => accent_button(ui, name, size),
        })
        .inner;
    if resume.on_hover_text(tooltip).on_disabled_hover_text("Another process trains it now").clicked()
        && let Some(run) = training.run_path()
    {
        resume_run(run, training, pane, commands);
    }
}

/// The way to a larger network, or to a fresh beginning with the same one.
fn warm_start_ui(ui: &mut Ui, training: &Training, size: Vec2, pane: &mut TrainPane) {
    if !WarmStart::is_possible(training) {
        return;
    }
    let (name, tooltip) = match next_size(training) {
        Some(size) => (
            format!("Grow to {size} px…"),
            format!(
                "Begin a new run with its weights and one block more: faces of {size} × {size} pixels, which fade in. This run stays as it is"
            ),
        ),
        None => (
            "Warm start…".to_owned(),
            "Begin a new run with its weights, fresh optimisers and a length of its own. This run stays as it is".to_owned(),
        ),
    };
    if ui.add_sized(size, Button::new(name)).on_hover_text(tooltip).clicked() {
        pane.confirmation = WarmStart::of(training).map(|asked| Confirmation::WarmStart(Box::new(asked)));
    }
}

fn new_training_ui(ui: &mut Ui, pane: &mut TrainPane, commands: &mut UiCommands) {
    let size = share_of_row(ui, 1.0);
    if ui.add_sized(size, Button::new("New training")).on_hover_text("Back to the form; this run stays on the disk").clicked() {
        commands.train.write(Train::Close);
        pane.forget_run();
        pane.form.suggest_again();
    }
}

/// A run that has reached its length would end at once: it is extended by half.
fn resume_run(run: &Path, training: &Training, pane: &mut TrainPane, commands: &mut UiCommands) {
    match pane.form.request_of_run(run, Beginning::Resume) {
        Ok(mut request) => {
            request.budget = (training.progress() >= 1.0).then(|| longer(training.budget));
            begin(request, pane, commands);
        }
        Err(error) => pane.message = Some(Err(error.to_string())),
    }
}

/// Half as long again.
pub fn longer(budget: Budget) -> Budget {
    match budget {
        Budget::Images(images) => Budget::Images(images.saturating_add(images / 2).max(1)),
        Budget::Seconds(seconds) => Budget::Seconds(seconds * 1.5),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finished_run_is_extended_by_half() {
        assert_eq!(longer(Budget::Images(1000)), Budget::Images(1500));
        assert_eq!(longer(Budget::Seconds(60.0)), Budget::Seconds(90.0));
    }
}

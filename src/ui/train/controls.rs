//! The controls of a run: how it stands, pause and stop, share, length, live settings, checkpoints.
//!
//! Owns their layout; curves and pictures are in the dock.

use bevy_egui::egui::{Align, Button, Color32, CornerRadius, Frame, Key, Label, Layout, Margin, RichText, ScrollArea, Stroke, Ui};

use super::confirmation::Confirmation;
use super::pane::{TrainPane, TrainView};
use super::{ahead, average, live, next, stage};
use crate::engine::{TrainShare, TrainingCommand};
use crate::session::{DEFAULT_SIZE, JobKind, Train, Training, TrainingStatus};
use crate::training::Budget;
use crate::ui::slider::slider;
use crate::ui::widgets::{accent_button, bar, end_of, link, memory, message, number, row, section, share_of_row, tick, words};
use crate::ui::{UiCommands, dataset, job, theme};
use crate::words::{capital, duration};

/// Why it takes a moment until a start is called off.
const CANCELLING: &str = "It ends once the device has answered";

/// Draws the controls.
pub fn show(ui: &mut Ui, view: &TrainView, pane: &mut TrainPane, commands: &mut UiCommands) {
    let training = &*view.training;
    pane.note_pace(training);
    title_ui(ui, training);
    reason_ui(ui, training);
    warning_ui(ui, training, pane);
    message(ui, &mut pane.message);
    progress_ui(ui, training);
    stage::show(ui, training);
    ahead::show(ui, training);
    buttons_ui(ui, view, pane, commands);
    if training.is_active() {
        share_ui(ui, training, commands);
        length_ui(ui, training, pane, commands);
    }
    follow_ui(ui, training, commands);
    average::show(ui, training, commands);
    match (&training.settings, training.is_active()) {
        (Some(settings), true) => {
            let size = training.size().unwrap_or(DEFAULT_SIZE);
            live::show(ui, settings, size, &mut pane.live, commands);
        }
        (Some(settings), false) => {
            let (kind, preset) = (settings.kind().label(), settings.preset().word());
            let text = format!("{kind} · {preset} · k {} · batch {}", settings.latent(), settings.batch());
            ui.label(theme::quiet(text)).on_hover_text(settings.in_words());
        }
        (None, _) => {}
    }
    checkpoints_ui(ui, training, pane);
    device_ui(ui, view);
    job::show(ui, &view.jobs, JobKind::Prepare, commands);
}

/// How it stands: words, and their colour. A run that nobody trains any more says whether it has come to its end.
fn state(training: &Training) -> (&'static str, Color32) {
    match training.status {
        TrainingStatus::Following { live: false } if training.is_finished => words_of(&TrainingStatus::Finished),
        TrainingStatus::Running if is_finishing(training) => ("Finishing", theme::ACCENT),
        _ => words_of(&training.status),
    }
}

fn words_of(status: &TrainingStatus) -> (&'static str, Color32) {
    match status {
        TrainingStatus::Idle => ("Idle", theme::TEXT_QUIET),
        TrainingStatus::Starting => ("Starting", theme::ACCENT),
        TrainingStatus::Cancelling => ("Cancelling…", theme::TEXT_QUIET),
        TrainingStatus::Running => ("Running", theme::ACCENT),
        TrainingStatus::Paused(None) => ("Paused", theme::TEXT),
        TrainingStatus::Paused(Some(_)) => ("Waits for you", theme::ACCENT_HOVERED),
        TrainingStatus::Finished => ("Finished", theme::TYPICAL),
        TrainingStatus::Stopped => ("Stopped", theme::TEXT),
        TrainingStatus::Failed(_) => ("Failed", theme::ACCENT_HOVERED),
        TrainingStatus::Following { live: true } => ("Live elsewhere", theme::TYPICAL),
        TrainingStatus::Following { live: false } => ("Not running", theme::TEXT_QUIET),
    }
}

/// Whether everything is learned, and the model that is kept is being made.
fn is_finishing(training: &Training) -> bool {
    training.status == TrainingStatus::Running && training.progress() >= 1.0
}

fn title_ui(ui: &mut Ui, training: &Training) {
    ui.horizontal(|ui| {
        let (text, color) = state(training);
        let chip = Frame::new().stroke(Stroke::new(1.0, color)).corner_radius(CornerRadius::same(9)).inner_margin(Margin::symmetric(8, 2));
        chip.show(ui, |ui| ui.label(RichText::new(text).font(theme::semi_bold(11.0)).color(color)));
        if let Some(run) = training.run_path() {
            let name = run.file_name().unwrap_or(run.as_os_str()).to_string_lossy();
            let shown = end_of(ui, &name, theme::semi_bold(12.0), ui.available_width());
            let settings = training.settings.as_ref();
            let about = settings.map(|settings| format!("\n{}: {}", settings.kind().label(), settings.in_words()));
            ui.label(theme::strong(shown)).on_hover_text(format!("{}{}", run.display(), about.unwrap_or_default()));
        }
    });
}

/// Why it waits or failed.
fn reason_ui(ui: &mut Ui, training: &Training) {
    if let TrainingStatus::Paused(Some(reason)) | TrainingStatus::Failed(reason) = &training.status {
        words(ui, reason, theme::ACCENT_HOVERED);
    }
}

/// What it warns of, and what helps.
fn warning_ui(ui: &mut Ui, training: &Training, pane: &mut TrainPane) {
    let Some(warning) = training.warning().filter(|warning| pane.heard != Some(warning.step)) else { return };
    let text = format!("Step {}: {}.", theme::grouped(warning.step), warning.detail.trim_end_matches('.'));
    let tooltip = "It goes when a setting is changed or steps are taken back; the curves keep the mark. Click to dismiss";
    if words(ui, &text, theme::ACCENT_HOVERED).on_hover_text(tooltip).clicked() {
        pane.heard = Some(warning.step);
    }
}

fn progress_ui(ui: &mut Ui, training: &Training) {
    let share = training.progress();
    bar(ui, share as f32);
    let is_learning = matches!(training.status, TrainingStatus::Running | TrainingStatus::Following { live: true });
    ui.horizontal(|ui| {
        ui.label(theme::strong(format!("{:.1} %", share * 100.0)));
        ui.label(theme::quiet(format!("of {}", budget_words(training.budget))));
        if let Some(last) = training.curves.points.last() {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.label(theme::quiet(duration(last.seconds))).on_hover_text("Time of training so far, without pauses");
            });
        }
    });
    if is_finishing(training) {
        let text = if training.has_encoder() {
            "Everything is learned. Now every face is encoded: axes, mixture and held-out error of the model that is kept"
        } else {
            "Everything is learned. Now the axes of the model that is kept are found, with more care than while it learns"
        };
        words(ui, text, theme::TEXT_QUIET);
    }
    let Some(last) = training.curves.points.last() else {
        let text = match training.status {
            TrainingStatus::Starting => "Opening device and faces…",
            TrainingStatus::Cancelling => CANCELLING,
            _ => "The first figures come after 20 steps",
        };
        ui.label(theme::quiet(text));
        return;
    };
    let is_unknown = training.seconds_left().is_none() && training.size_to_come().is_some();
    let when = is_unknown.then(|| capital(&training.time_left()));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let rate = training.images_per_second();
        ui.label(theme::strong(theme::grouped(rate.round() as u64)));
        ui.label(theme::quiet("images/s")).on_hover_text("Faces learned from in a second, over the last points of the curves");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if is_learning && share < 1.0 && when.is_none() {
                ui.label(theme::quiet(training.time_left()));
            }
        });
    });
    // Longer than what is left beside the rate.
    if is_learning && let Some(when) = when {
        words(ui, &when, theme::TEXT_QUIET);
    }
    let text = format!("step {} · {} seen", theme::grouped(last.step), theme::counted(last.images, "image"));
    ui.label(theme::quiet(text));
}

fn budget_words(budget: Budget) -> String {
    match budget {
        Budget::Images(images) => theme::counted(images, "image"),
        Budget::Seconds(seconds) => duration(seconds),
    }
}

fn buttons_ui(ui: &mut Ui, view: &TrainView, pane: &mut TrainPane, commands: &mut UiCommands) {
    let training = &*view.training;
    if !training.is_active() {
        next::of_resting(ui, view, pane, commands);
        return;
    }
    if training.is_starting() {
        cancel_ui(ui, training, commands);
        return;
    }
    if training.status == TrainingStatus::Finished {
        next::of_finished(ui, training, pane, commands);
        return;
    }
    ui.horizontal(|ui| {
        let size = share_of_row(ui, 3.0);
        let is_paused = matches!(training.status, TrainingStatus::Paused(_));
        let can_switch = is_paused || training.status == TrainingStatus::Running;
        let name = if is_paused { "Resume" } else { "Pause" };
        let main = ui.add_enabled_ui(can_switch, |ui| accent_button(ui, name, size)).inner;
        if main.on_hover_text("Within one step; a checkpoint is written (Space)").clicked() {
            let command = if is_paused { TrainingCommand::Resume } else { TrainingCommand::Pause };
            commands.train.write(Train::Command(command));
        }
        if ui.add_sized(size, Button::new("Save now")).on_hover_text("Write a checkpoint and the model now").clicked() {
            commands.train.write(Train::Command(TrainingCommand::Save));
        }
        if ui.add_sized(size, Button::new("Stop")).on_hover_text("Write everything down and end").clicked() {
            pane.confirmation = Some(Confirmation::Stop);
        }
    });
}

/// The one button of a start. A device that is being opened cannot be interrupted, so that calling it off may take as long.
fn cancel_ui(ui: &mut Ui, training: &Training, commands: &mut UiCommands) {
    let can_cancel = training.status == TrainingStatus::Starting;
    let (name, size) = (if can_cancel { "Cancel" } else { "Cancelling…" }, share_of_row(ui, 1.0));
    let cancel = ui.add_enabled_ui(can_cancel, |ui| ui.add_sized(size, Button::new(name))).inner;
    let tooltip = "Back to the form with what was typed. A new run folder is removed; what has taken an old run's place by then \
                   stays, stopped at its start.";
    let cancel = cancel.on_hover_text(tooltip);
    if cancel.on_disabled_hover_text(CANCELLING).clicked() {
        commands.train.write(Train::Cancel);
    }
}

fn share_ui(ui: &mut Ui, training: &Training, commands: &mut UiCommands) {
    section(ui, "Share of the machine");
    let (mut share, width) = (training.share, ui.available_width());
    let response = slider(ui, &mut share, TrainShare::LEAST..=1.0, TrainShare::LEAST, width);
    let tooltip = "How much of the time is spent on training: less leaves more for flying through the lattice.\n\
                   From 0.05 to 1. Default: 0.60; double-click for smooth.";
    if response.on_hover_text(tooltip).changed() {
        commands.train.write(Train::SetShare(share));
    }
    ui.horizontal(|ui| {
        ui.label(RichText::new("Smooth view").font(theme::small()).color(theme::TEXT_QUIET));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new("Fast training").font(theme::small()).color(theme::TEXT_QUIET));
            ui.label(RichText::new(format!("{:.2}", training.share)).font(theme::small()).color(theme::TEXT_STRONG));
        });
    });
}

fn length_ui(ui: &mut Ui, training: &Training, pane: &mut TrainPane, commands: &mut UiCommands) {
    let is_finished = training.status == TrainingStatus::Finished;
    let suggested = if is_finished { next::longer(training.budget) } else { training.budget };
    let mut length = pane.length.unwrap_or(suggested);
    let tooltip =
        || "The planned length over all sittings; Enter sets what is typed. A finished training goes on where it is extended.".to_owned();
    let response = row(ui, "Planned length", &tooltip, |ui| match &mut length {
        Budget::Images(images) => number(ui, images, 1..=100_000_000_000, "images"),
        Budget::Seconds(seconds) => {
            let mut minutes = *seconds / 60.0;
            let response = number(ui, &mut minutes, 0.1..=100_000.0, "min");
            if response.changed() {
                *seconds = minutes * 60.0;
            }
            response
        }
    });
    if response.changed() {
        pane.length = Some(length);
    }
    if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) && length != training.budget {
        commands.train.write(Train::Command(TrainingCommand::Extend(length)));
        pane.length = None;
        return;
    }
    if length != training.budget {
        ui.horizontal(|ui| {
            let size = share_of_row(ui, 2.0);
            let name = if is_finished { "Extend and train" } else { "Set length" };
            let extend = accent_button(ui, name, size).on_hover_text("The learning rate follows the new length");
            if extend.clicked() {
                commands.train.write(Train::Command(TrainingCommand::Extend(length)));
                pane.length = None;
            }
            if pane.length.is_some() && ui.add_sized(size, Button::new("As it was")).clicked() {
                pane.length = None;
            }
        });
    }
}

fn follow_ui(ui: &mut Ui, training: &Training, commands: &mut UiCommands) {
    let mut is_shown = training.lattice_shows_run;
    let is_awaited = training.follows_lattice && !is_shown;
    let text = if is_awaited { "The lattice shows this run…" } else { "The lattice shows this run" };
    let tooltip = match is_awaited {
        true => "As soon as there is a network to show. A click calls that off, and the lattice stays as it is",
        false => {
            "Its averaged network, every few seconds as it learns. Switched off, the lattice goes back to the model before; opening \
             another model switches it off as well. Default: yes"
        }
    };
    if tick(ui, &mut is_shown, text).on_hover_text(tooltip).changed() {
        commands.train.write(Train::FollowLattice(!training.follows_lattice));
    }
}

fn checkpoints_ui(ui: &mut Ui, training: &Training, pane: &mut TrainPane) {
    let Some(run) = training.run_path().filter(|_| !training.checkpoints.is_empty()) else { return };
    let is_elsewhere = training.status == TrainingStatus::Following { live: true };
    section(ui, "Checkpoints");
    let best = training.summary.as_ref().and_then(|summary| summary.best_step);
    ScrollArea::vertical().id_salt("checkpoints").max_height(112.0).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        for step in training.checkpoints.iter().rev() {
            ui.horizontal(|ui| {
                ui.label(format!("step {}", theme::grouped(*step)));
                if best == Some(*step) {
                    ui.label(RichText::new("best").color(theme::TYPICAL)).on_hover_text("The smallest error on held-out faces");
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.add_space(8.0);
                    if link(ui, "Branch").on_hover_text("Copy it into a new run; nothing is lost").clicked() {
                        pane.confirmation = Some(Confirmation::branch(run, *step));
                    }
                    let is_newest = training.checkpoints.last() == Some(step) && training.is_active();
                    if !(is_elsewhere || is_newest && at_step(training, *step))
                        && link(ui, "Roll back").on_hover_text("Go back to it; what came after is deleted").clicked()
                    {
                        pane.confirmation = Some(Confirmation::RollBack(*step));
                    }
                });
            });
        }
    });
}

/// Whether nothing was learned since the checkpoint.
fn at_step(training: &Training, step: u64) -> bool {
    training.curves.points.last().is_none_or(|last| last.step <= step)
}

fn device_ui(ui: &mut Ui, view: &TrainView) {
    let training = &*view.training;
    let (Some(means), Some(spec)) = (&training.means, &training.spec) else { return };
    section(ui, "Device");
    let device = &means.device;
    let response = ui.add(Label::new(theme::quiet(format!("{} · {}", device.label(), device.device))).wrap());
    if !means.skipped.is_empty() {
        response.on_hover_text(format!("Not used:\n{}", means.skipped.join("\n")));
    }
    let at = means.memory_size.map(|size| format!(" at {size} × {size}")).unwrap_or_default();
    let text = format!("{} numbers to learn · about {} of memory{at}", theme::grouped(means.parameters as u64), memory(means.memory_bytes));
    ui.label(theme::quiet(text)).on_hover_text("What the network and one step take; faces and program come on top");
    let faces = format!("{}, {} held out", theme::counted(spec.faces as u64, "face"), theme::grouped(spec.held_out as u64));
    let lack = if training.has_encoder() { "" } else { "\nThere is no held-out error for a GAN: it has no encoder." };
    ui.label(theme::quiet(faces)).on_hover_text(format!("{}\n{}{lack}", spec.data.display(), spec.origin));
    if view.dataset.path.as_ref() == Some(&spec.data) && view.dataset.facts.as_ref().is_some_and(|facts| facts.is_drawn) {
        dataset::drawn_ui(ui);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_with_their_unit() {
        assert_eq!([1, 1_500_000].map(|images| budget_words(Budget::Images(images))), ["1 image", "1,500,000 images"]);
    }

    #[test]
    fn every_state_has_words_of_its_own() {
        let all = [
            TrainingStatus::Idle,
            TrainingStatus::Starting,
            TrainingStatus::Cancelling,
            TrainingStatus::Running,
            TrainingStatus::Paused(None),
            TrainingStatus::Paused(Some(String::new())),
            TrainingStatus::Finished,
            TrainingStatus::Stopped,
            TrainingStatus::Failed(String::new()),
            TrainingStatus::Following { live: true },
            TrainingStatus::Following { live: false },
        ];
        let words: std::collections::BTreeSet<_> = all.iter().map(|status| words_of(status).0).collect();
        assert_eq!(words.len(), all.len());
    }

    #[test]
    fn a_run_that_is_opened_again_says_whether_it_is_finished() {
        let of = |status, is_finished| {
            let mut training = Training::default();
            (training.status, training.facts.is_finished) = (status, is_finished);
            state(&training).0
        };
        assert_eq!(of(TrainingStatus::Following { live: false }, true), "Finished");
        assert_eq!(of(TrainingStatus::Following { live: false }, false), "Not running");
        assert_eq!(of(TrainingStatus::Following { live: true }, true), "Live elsewhere", "somebody has extended it");
    }
}

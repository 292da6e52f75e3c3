//! Questions before anything is lost: what would go, and which ways there are around it.
//!
//! Owns the questions and what each answer asks of the session.

use std::path::{Path, PathBuf};

use bevy_egui::egui::{Context, Id, Modal, TextEdit, Ui};

use super::ask_warm_start;
use super::confirmation::Confirmation;
use super::form::free_name;
use super::pane::{TrainPane, TrainView, begin};
use super::question::{STAY, answers, question};
use crate::engine::{Beginning, FitPca, Job, TrainingCommand, TrainingRequest};
use crate::session::{ChooseDataset, RunJob, Train, Training};
use crate::ui::widgets::words;
use crate::ui::{UiCommands, theme};
use crate::words::duration;

const WIDTH: f32 = 380.0;

/// Draws the question and does what the answer says.
pub fn show(ctx: &Context, view: &TrainView, pane: &mut TrainPane, commands: &mut UiCommands) {
    let Some(mut confirmation) = pane.confirmation.take() else { return };
    let modal = Modal::new(Id::new("train-confirmation")).frame(theme::panel_frame()).show(ctx, |ui| {
        ui.set_width(WIDTH);
        match &mut confirmation {
            Confirmation::Stop => stop_ui(ui, view, commands),
            Confirmation::RollBack(step) => roll_back_ui(ui, *step, view, pane, commands),
            Confirmation::Branch { step, to } => branch_ui(ui, *step, to, view, pane, commands),
            Confirmation::WarmStart(asked) => ask_warm_start::show(ui, asked, view, pane, commands),
            Confirmation::StartOver { request, newest, is_busy } => start_over_ui(ui, request, *newest, *is_busy, pane, commands),
            Confirmation::ReplaceModel(fit) => replace_model_ui(ui, fit, pane, commands),
            Confirmation::ImportAgain { job, out } => import_again_ui(ui, job, out, commands),
        }
    });
    // What an answer asks next takes the place of the question.
    if !modal.inner && !modal.should_close() && pane.confirmation.is_none() {
        pane.confirmation = Some(confirmation);
    }
}

fn stop_ui(ui: &mut Ui, view: &TrainView, commands: &mut UiCommands) -> bool {
    let done = view.training.progress() * 100.0;
    let text = format!(
        "It stands at {done:.0} % of the planned length. A checkpoint and the model are written before it ends, so nothing is lost, \
         and the run can be resumed at any time."
    );
    question(ui, "Stop the training?", &text);
    let answer = answers(ui, &[("Keep training", "It goes on"), ("Stop", "Write everything down, then end")]);
    if answer == Some(1) {
        commands.train.write(Train::Command(TrainingCommand::Stop));
    }
    answer.is_some()
}

fn roll_back_ui(ui: &mut Ui, step: u64, view: &TrainView, pane: &mut TrainPane, commands: &mut UiCommands) -> bool {
    question(ui, &format!("Roll back to step {}?", theme::grouped(step)), &what_goes(&view.training, step));
    let names = [
        ("Branch instead", "Copy the checkpoint into a new run and lose nothing"),
        ("Roll back", "Go back; what came after is deleted"),
        ("Cancel", "Leave all as it is"),
    ];
    let answer = answers(ui, &names);
    match (answer, view.training.run_path()) {
        (Some(0), Some(run)) => pane.confirmation = Some(Confirmation::branch(run, step)),
        (Some(1), Some(_)) if view.training.is_active() => {
            commands.train.write(Train::Command(TrainingCommand::RollBack(step)));
        }
        (Some(1), Some(run)) => start_run(run, Beginning::RollBack(step), pane, commands),
        _ => {}
    }
    answer.is_some()
}

/// What a return to `step` costs, in words.
fn what_goes(training: &Training, step: u64) -> String {
    let points = &training.curves.points;
    let (last, then) = (points.last(), points.iter().rev().find(|point| point.step <= step));
    let steps = last.map_or(0, |last| last.step.saturating_sub(step));
    let seconds = last.map_or(0.0, |last| last.seconds) - then.map_or(0.0, |then| then.seconds);
    let checkpoints = training.checkpoints.iter().filter(|later| **later > step).count();
    format!(
        "Everything after it goes: {} ({} of training), {}, and their curves and events. This cannot be undone.",
        theme::counted(steps, "step"),
        duration(seconds),
        theme::counted(checkpoints as u64, "later checkpoint")
    )
}

fn branch_ui(ui: &mut Ui, step: u64, to: &mut String, view: &TrainView, pane: &mut TrainPane, commands: &mut UiCommands) -> bool {
    let title = format!("Branch at step {}", theme::grouped(step));
    question(ui, &title, "The checkpoint, and the curves up to it, are copied into a new run. This run stays as it is.");
    ui.add(TextEdit::singleline(to).desired_width(f32::INFINITY)).on_hover_text("The new run folder");
    let path = PathBuf::from(to.trim());
    let is_free = !to.trim().is_empty() && !path.exists();
    if !is_free {
        words(ui, "A name that is not taken is wanted.", theme::ACCENT_HOVERED);
    }
    let is_active = view.training.is_active();
    let names: &[(&str, &str)] = if is_active {
        &[("Branch", "Copy it; the training here goes on"), ("Cancel", "Leave all as it is")]
    } else {
        &[("Branch", "Copy it"), ("Branch and train", "Copy it, and train on from there"), ("Cancel", "Leave all as it is")]
    };
    match (answers(ui, names), is_active) {
        (Some(0), _) if is_free => {
            commands.train.write(Train::Branch { step, to: path });
            true
        }
        (Some(1), false) if is_free => {
            if let Some(from) = view.training.run_path() {
                start_run(&path, Beginning::Branch(from.to_path_buf(), Some(step)), pane, commands);
            }
            true
        }
        (Some(1), true) | (Some(2), _) => true,
        _ => false,
    }
}

fn start_over_ui(
    ui: &mut Ui,
    request: &TrainingRequest,
    newest: Option<u64>,
    is_busy: bool,
    pane: &mut TrainPane,
    commands: &mut UiCommands,
) -> bool {
    let place = request.out.display();
    if is_busy {
        question(ui, "Another process trains this run", &format!("{place} is being written now. It can be followed here meanwhile."));
        let answer = answers(ui, &[("Follow it", "Show its curves and pictures as they come"), ("Other name", OTHER), ("Cancel", STAY)]);
        match answer {
            Some(0) => {
                commands.train.write(Train::OpenRun(request.out.clone()));
            }
            Some(1) => other_name(request, pane, commands),
            _ => {}
        }
        return answer.is_some();
    }
    let holds = newest.map_or_else(|| "no checkpoint yet".into(), |step| format!("{} of training", theme::counted(step, "step")));
    let text = format!(
        "{place} holds {holds}. Resume goes on with it, with its own settings. Overwrite deletes it for good: checkpoints, curves, \
         pictures and model."
    );
    question(ui, "A run stands there already", &text);
    let names = [("Resume", "Go on where it was left"), ("Overwrite", "Delete it and begin anew"), ("Other name", OTHER), ("Cancel", STAY)];
    let answer = answers(ui, &names);
    match answer {
        Some(0) => start_run(&request.out, Beginning::Resume, pane, commands),
        Some(1) => begin(TrainingRequest { beginning: Beginning::Overwrite, ..request.clone() }, pane, commands),
        Some(2) => other_name(request, pane, commands),
        _ => {}
    }
    answer.is_some()
}

const OTHER: &str = "Begin beside it, with a number behind the name";

fn other_name(request: &TrainingRequest, pane: &mut TrainPane, commands: &mut UiCommands) {
    let name = free_name(&request.out.to_string_lossy(), &|name| Path::new(name).exists());
    begin(TrainingRequest { out: name.into(), ..request.clone() }, pane, commands);
}

fn replace_model_ui(ui: &mut Ui, fit: &FitPca, pane: &mut TrainPane, commands: &mut UiCommands) -> bool {
    let text = format!("{} is there already. The new model would take its place; the one before is deleted for good.", fit.out.display());
    question(ui, "Replace the model?", &text);
    let answer = answers(ui, &[("Other name", OTHER), ("Replace", "Delete the model before"), ("Cancel", STAY)]);
    let out = match answer {
        Some(0) => Some(free_name(&fit.out.to_string_lossy(), &|name| Path::new(name).exists()).into()),
        Some(1) => Some(fit.out.clone()),
        _ => None,
    };
    if let Some(out) = out {
        commands.job.write(RunJob::Start(Job::FitPca(FitPca { out, ..fit.clone() })));
        pane.form.suggest_again();
    }
    answer.is_some()
}

fn import_again_ui(ui: &mut Ui, job: &Job, out: &Path, commands: &mut UiCommands) -> bool {
    let text = format!("{} was imported before. Importing again replaces it.", out.display());
    question(ui, "These faces are there already", &text);
    let names = [("Use them", "Take the faces as they are"), ("Import again", "Read the pictures anew"), ("Cancel", STAY)];
    let answer = answers(ui, &names);
    match answer {
        Some(0) => {
            commands.dataset.write(ChooseDataset(out.to_path_buf()));
        }
        Some(1) => {
            commands.job.write(RunJob::Start(job.clone()));
        }
        _ => {}
    }
    answer.is_some()
}

/// Goes on with a run that stands on the disk.
pub fn start_run(run: &Path, beginning: Beginning, pane: &mut TrainPane, commands: &mut UiCommands) {
    match pane.form.request_of_run(run, beginning) {
        Ok(request) => begin(request, pane, commands),
        Err(error) => pane.message = Some(Err(error.to_string())),
    }
}

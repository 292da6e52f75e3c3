//! What is done with the files that the training pane has picked.

use std::path::PathBuf;

use bevy_egui::egui::Context;

use super::confirmation::Confirmation;
use super::pane::{Purpose, TrainPane, TrainView};
use crate::data::ImportOptions;
use crate::engine::Job;
use crate::files::{Replace, write_output};
use crate::session::{ChooseDataset, RunJob, Train, import_target};
use crate::training::CURVES_TABLE;
use crate::ui::UiCommands;
use crate::ui::picker::asked;

/// Draws the dialog and does what was picked.
pub fn show(ctx: &Context, view: &TrainView, pane: &mut TrainPane, commands: &mut UiCommands) {
    let Some((purpose, picked)) = pane.picker.show(ctx) else { return };
    let Some(first) = picked.first().cloned() else { return };
    match purpose {
        Purpose::Faces => {
            commands.dataset.write(ChooseDataset(first));
        }
        Purpose::Pictures => import(picked, pane, commands),
        Purpose::Run => {
            commands.train.write(Train::OpenRun(first));
        }
        Purpose::Curves => {
            pane.message = Some(match write_output(asked(&first), CURVES_TABLE, view.training.curves.to_csv().as_bytes()) {
                Ok(()) => Ok(format!("The curves are in {}", first.display())),
                Err(error) => Err(error.to_string()),
            });
        }
    }
}

/// Starts an import of what was picked, or asks first where its faces are there already.
fn import(sources: Vec<PathBuf>, pane: &mut TrainPane, commands: &mut UiCommands) {
    let Some(first) = sources.first() else { return };
    let size = pane.form.import_size;
    let out = import_target(first, size);
    let options = ImportOptions { size, ..ImportOptions::default() };
    let job = Job::Import { sources, out: out.clone(), options, replace: Replace::Own };
    if out.exists() {
        pane.confirmation = Some(Confirmation::ImportAgain { job, out });
    } else {
        commands.job.write(RunJob::Start(job));
    }
}

//! What the training panel picks files for, and what is done with what was picked.
//!
//! Owns the purposes; the dialog itself is the picker's.

use std::path::PathBuf;

use bevy_egui::egui::Context;

use super::{Confirmation, TrainPanel, TrainView};
use crate::data::ImportOptions;
use crate::engine::Job;
use crate::files::{Replace, write_output};
use crate::session::{ChooseDataset, RunJob, Train, import_target};
use crate::training::CURVES_TABLE;
use crate::ui::UiCommands;
use crate::ui::picker::{PickFor, Wanted, asked};

/// What a path is picked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A face cache to learn from.
    Faces,
    /// Zips and folders of pictures to import.
    Pictures,
    /// A run folder to look at.
    Run,
    /// Where the curves go.
    Curves,
}

impl PickFor for Purpose {
    fn wanted(self) -> Wanted {
        match self {
            Self::Faces => Wanted::FaceCache("Open faces"),
            Self::Pictures => Wanted::Several("Import pictures: zips and folders, several with Ctrl"),
            Self::Run => Wanted::Folder("Open a run folder"),
            Self::Curves => Wanted::NewFile { title: "Save the curves", name: "curves.csv" },
        }
    }
}

/// Draws the dialog and does what was picked.
pub fn show(ctx: &Context, view: &TrainView, panel: &mut TrainPanel, commands: &mut UiCommands) {
    let Some((purpose, picked)) = panel.picker.show(ctx) else { return };
    let Some(first) = picked.first().cloned() else { return };
    match purpose {
        Purpose::Faces => {
            commands.dataset.write(ChooseDataset(first));
        }
        Purpose::Pictures => import(picked, panel, commands),
        Purpose::Run => {
            commands.train.write(Train::OpenRun(first));
        }
        Purpose::Curves => {
            panel.message = Some(match write_output(asked(&first), CURVES_TABLE, view.training.curves.to_csv().as_bytes()) {
                Ok(()) => Ok(format!("The curves are in {}", first.display())),
                Err(error) => Err(error.to_string()),
            });
        }
    }
}

/// Starts an import of what was picked, or asks first where its faces are there already.
fn import(sources: Vec<PathBuf>, panel: &mut TrainPanel, commands: &mut UiCommands) {
    let Some(first) = sources.first() else { return };
    let size = panel.form.import_size;
    let out = import_target(first, size);
    let options = ImportOptions { size, ..ImportOptions::default() };
    let job = Job::Import { sources, out: out.clone(), options, replace: Replace::Own };
    if out.exists() {
        panel.confirmation = Some(Confirmation::ImportAgain { job, out });
    } else {
        commands.job.write(RunJob::Start(job));
    }
}

//! The file dialog of the training panel, and what is done with what was picked.
//!
//! Owns the dialog; only one is open at a time.

use std::path::{Path, PathBuf};

use bevy_egui::egui::{Align2, Color32, Context, Vec2, vec2};
use egui_file_dialog::{DialogState, FileDialog};

use super::{Confirmation, TrainPanel, TrainView};
use crate::data::{Crop, ImportOptions};
use crate::engine::Job;
use crate::files::write_atomically;
use crate::session::{ChooseDataset, RunJob, Train, import_target};
use crate::ui::UiCommands;

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

/// The dialog, where one is open.
#[derive(Default)]
pub struct FilePicker {
    open: Option<(FileDialog, Purpose)>,
    last_folder: Option<PathBuf>,
}

impl FilePicker {
    /// Whether the dialog is on screen.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Opens the dialog where the last one was left.
    pub fn pick(&mut self, purpose: Purpose) {
        let dialog = FileDialog::new()
            .default_size(vec2(700.0, 420.0))
            .anchor(Align2::CENTER_CENTER, Vec2::ZERO)
            .movable(false)
            .modal_overlay_color(Color32::from_black_alpha(130));
        let mut dialog = match &self.last_folder {
            Some(folder) => dialog.initial_directory(folder.clone()),
            None => dialog,
        };
        match purpose {
            Purpose::Faces => {
                dialog = dialog.title("Open faces").add_file_filter_extensions("Face caches", vec!["safetensors"]);
                dialog = dialog.default_file_filter("Face caches");
                dialog.pick_file();
            }
            Purpose::Pictures => {
                dialog = dialog.title("Import pictures: zips and folders, several with Ctrl");
                dialog.pick_multiple();
            }
            Purpose::Run => {
                dialog = dialog.title("Open a run folder");
                dialog.pick_directory();
            }
            Purpose::Curves => {
                dialog = dialog.title("Save the curves").default_file_name("curves.csv");
                dialog.save_file();
            }
        }
        self.open = Some((dialog, purpose));
    }
}

/// Draws the dialog and does what was picked.
pub fn show(ctx: &Context, view: &TrainView, panel: &mut TrainPanel, commands: &mut UiCommands) {
    let Some((dialog, purpose)) = &mut panel.picker.open else { return };
    dialog.update(ctx);
    let picked = match dialog.state() {
        DialogState::Open => return,
        DialogState::Picked(path) => vec![path.clone()],
        DialogState::PickedMultiple(paths) => paths.clone(),
        DialogState::Closed | DialogState::Cancelled => Vec::new(),
    };
    let purpose = *purpose;
    panel.picker.open = None;
    let Some(first) = picked.first().cloned() else { return };
    panel.picker.last_folder = first.parent().map(Path::to_path_buf);
    match purpose {
        Purpose::Faces => {
            commands.dataset.write(ChooseDataset(first));
        }
        Purpose::Pictures => import(picked, panel, commands),
        Purpose::Run => {
            commands.train.write(Train::OpenRun(first));
        }
        Purpose::Curves => {
            panel.message = Some(match write_atomically(&first, view.training.curves.to_csv().as_bytes()) {
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
    let options = ImportOptions { size, crop: Crop::Auto, limit: None };
    let job = Job::Import { sources, out: out.clone(), options };
    if out.exists() {
        panel.confirmation = Some(Confirmation::ImportAgain { job, out });
    } else {
        commands.job.write(RunJob::Start(job));
    }
}

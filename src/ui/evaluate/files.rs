//! What the evaluation panel picks files for, and what is done with what was picked.
//!
//! Owns the purposes, and writing the table; the dialog itself is the picker's.

use std::path::PathBuf;

use bevy_egui::egui::Context;

use super::csv::{TABLE, csv};
use super::{EvaluatePanel, EvaluateView, report};
use crate::files::{Replace, write_output};
use crate::session::{ChooseDataset, Judge, ModelShelf};
use crate::ui::UiCommands;
use crate::ui::picker::{PickFor, Wanted, asked};

/// What a path is picked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A face cache to judge by.
    Faces,
    /// A face cache with the faces that models were trained on.
    TrainingFaces,
    /// A model folder or run folder that is not on the list.
    Model,
    /// Where the table goes.
    Table,
    /// Where the report goes.
    Report,
}

impl PickFor for Purpose {
    fn wanted(self) -> Wanted {
        match self {
            Self::Faces => Wanted::FaceCache("Open faces to judge by"),
            Self::TrainingFaces => Wanted::FaceCache("Open the faces that the models were trained on"),
            Self::Model => Wanted::Folder("Add a model folder or a run folder"),
            Self::Table => Wanted::NewFile { title: "Save the table", name: "evaluation.csv" },
            Self::Report => Wanted::NewFile { title: "Write the report", name: "report.html" },
        }
    }
}

/// Draws the dialog and does what was picked.
pub fn show(ctx: &Context, view: &EvaluateView, panel: &mut EvaluatePanel, commands: &mut UiCommands) {
    let Some((purpose, picked)) = panel.picker.show(ctx) else { return };
    let Some(first) = picked.into_iter().next() else { return };
    match purpose {
        Purpose::Faces => {
            commands.dataset.write(ChooseDataset(first));
        }
        Purpose::TrainingFaces => panel.form.train = Some(first),
        Purpose::Model => {
            panel.form.tick(&view.shelf, &ModelShelf::request_of(&first), true);
            commands.judge.write(Judge::AddModel(first));
        }
        Purpose::Table => {
            panel.message = Some(match write_output(asked(&first), TABLE, csv(&view.evaluations.found).as_bytes()) {
                Ok(()) => Ok(format!("The table is in {}", first.display())),
                Err(error) => Err(error.to_string()),
            });
        }
        Purpose::Report => {
            let out = html(first.clone());
            // The dialog has asked about the name that was given, not about one that got an ending.
            let replace = Replace::any_if(out == first);
            report::write(out, replace, view, panel, commands);
        }
    }
}

/// A report is an HTML file: a name without that ending gets it.
fn html(path: PathBuf) -> PathBuf {
    let is_html = path.extension().is_some_and(|ending| ["html", "htm"].iter().any(|known| ending.eq_ignore_ascii_case(known)));
    if is_html {
        return path;
    }
    let mut name = path.into_os_string();
    name.push(".html");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_ends_in_html() {
        let named = ["a/report.html", "a/report.HTM", "a/report", "a/v1.2"].map(|path| html(path.into()));
        assert_eq!(named, ["a/report.html", "a/report.HTM", "a/report.html", "a/v1.2.html"].map(PathBuf::from));
    }
}

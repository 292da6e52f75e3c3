//! What is done with the files that the evaluation pane has picked.

use std::path::PathBuf;

use bevy_egui::egui::Context;

use super::csv::{TABLE, csv};
use super::pane::{EvaluatePane, EvaluateView, Purpose};
use super::report;
use crate::files::{Replace, write_output};
use crate::session::{ChooseDataset, Shelf, Shelve};
use crate::ui::UiCommands;
use crate::ui::picker::asked;

/// Draws the dialog and does what was picked.
pub fn show(ctx: &Context, view: &EvaluateView, pane: &mut EvaluatePane, commands: &mut UiCommands) {
    let Some((purpose, picked)) = pane.picker.show(ctx) else { return };
    let Some(first) = picked.into_iter().next() else { return };
    match purpose {
        Purpose::Faces => {
            commands.dataset.write(ChooseDataset(first));
        }
        Purpose::TrainingFaces => pane.form.train = Some(first),
        Purpose::Model => {
            pane.form.tick(&view.shelf, &Shelf::request_of(&first), true);
            commands.shelve.write(Shelve::Add(first));
        }
        Purpose::Table => {
            pane.message = Some(match write_output(asked(&first), TABLE, csv(&view.evaluations.found).as_bytes()) {
                Ok(()) => Ok(format!("The table is in {}", first.display())),
                Err(error) => Err(error.to_string()),
            });
        }
        Purpose::Report => {
            let out = html(first.clone());
            // The dialog has asked about the name that was given, not about one that got an ending.
            let replace = Replace::any_if(out == first);
            report::write(out, replace, view, pane, commands);
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

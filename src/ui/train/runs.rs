//! The door to other runs, and what is said of a folder behind it that is none.

use bevy_egui::egui::Ui;

use super::pane::{Purpose, TrainPane, TrainView};
use crate::engine::{ShelfFault, ShelfItem};
use crate::session::{OpenModel, Shelf, Train};
use crate::ui::shelf::{ShelfChoice, ShelfMenu};
use crate::ui::widgets::{accent_button, share_of_row, words};
use crate::ui::{ShowPane, UiCommands, theme};

/// Draws the menu of runs, under this title.
pub fn show(ui: &mut Ui, title: &str, view: &TrainView, pane: &mut TrainPane, commands: &mut UiCommands) {
    no_run_ui(ui, view.training.no_run.as_ref(), commands);
    let open = view.training.run_path().map(Shelf::request_of);
    ui.spacing_mut().interact_size.y = 30.0;
    let menu = ShelfMenu {
        id: "runs",
        title: title.into(),
        chosen: open.as_deref(),
        offers,
        none: "There are no runs yet: what is trained here or by the command line appears here.",
        door: ("Open a run folder…", "Any run folder, wherever it stands: look at it, follow it, or train it on"),
    };
    match menu.show(ui, &view.shelf, &view.shelf_faces, commands) {
        Some(ShelfChoice::Item(request)) => {
            commands.train.write(Train::OpenRun(request.into()));
        }
        Some(ShelfChoice::Door) => pane.picker.pick(ui.ctx(), Purpose::Run),
        None => {}
    }
}

fn offers(item: &ShelfItem) -> bool {
    item.run.is_some() || item.fault == Some(ShelfFault::Gone)
}

/// A model that was picked as a run is named as what it is.
fn no_run_ui(ui: &mut Ui, model: Option<&ShelfItem>, commands: &mut UiCommands) {
    let Some(model) = model else { return };
    words(ui, &no_run_in_words(model), theme::ACCENT_HOVERED);
    let size = share_of_row(ui, 1.0);
    if accent_button(ui, "Open it in the explorer", size).on_hover_text(&model.request).clicked() {
        commands.open_model.write(OpenModel(model.request.clone()));
        commands.show_pane.write(ShowPane("explore"));
    }
}

fn no_run_in_words(model: &ShelfItem) -> String {
    let kind = model.kind().map_or("", |kind| kind.label());
    format!(
        "{} is a model ({kind}) without a run: there is no training to look at or to go on with. Its faces are in the explorer.",
        model.name
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::catalog::EMBEDDED;

    #[test]
    fn a_model_that_is_no_run_is_named_as_what_it_is() {
        let model = ShelfItem::shipped(EMBEDDED).unwrap();
        let text = no_run_in_words(&model);
        assert!(text.contains("pca-celeba64 is a model (PCA)") && text.contains("in the explorer"), "{text}");
        assert!(!offers(&model));
    }
}

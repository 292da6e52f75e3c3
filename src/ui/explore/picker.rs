//! The model picker: what is open, what else could be, and the door to any other folder.

use std::path::Path;

use bevy_egui::egui::Ui;

use super::pane::{ExplorePane, Purpose};
use super::view::ExploreView;
use crate::engine::ShelfItem;
use crate::session::{CurrentModel, OpenModel};
use crate::ui::shelf::{ShelfChoice, ShelfMenu};
use crate::ui::{UiCommands, theme};

/// Draws the picker.
pub fn show(ui: &mut Ui, view: &ExploreView, pane: &mut ExplorePane, commands: &mut UiCommands) {
    ui.spacing_mut().interact_size.y = 31.0;
    let menu = ShelfMenu {
        id: "model",
        title: theme::strong(title(&view.model)).into(),
        chosen: view.shelf.current.as_deref(),
        offers,
        none: "There are no models yet.",
        door: (
            "Open a model folder…",
            "Any model folder or run folder, wherever it stands. What was opened once is on this list from then on, and so is what \
             stands beside it, in runs/ and models/ of the working folder, and in FACEFIELD_MODELS",
        ),
    };
    match menu.show(ui, &view.shelf, &view.shelf_faces, commands) {
        Some(ShelfChoice::Item(request)) if view.shelf.current.as_ref() != Some(&request) => {
            commands.open_model.write(OpenModel(request));
        }
        Some(ShelfChoice::Door) => pane.picker.pick(ui.ctx(), Purpose::Model),
        Some(ShelfChoice::Item(_)) | None => {}
    }
}

/// A run that has written no model yet is nothing to fly through.
fn offers(item: &ShelfItem) -> bool {
    item.model.is_some() || item.fault.is_some()
}

/// The open model by the name of its folder, which tells those apart that say the same of themselves.
fn title(model: &CurrentModel) -> String {
    let Some(stored) = &model.stored else { return "Opening…".into() };
    let header = &stored.header;
    let folder = model.place.as_ref().and_then(|place| Path::new(place.folder.as_ref()?).file_name());
    let name = folder.map_or_else(|| header.name.clone().into(), |name| name.to_string_lossy());
    format!("{} · {name} · k {}", header.kind.label(), header.latent_dim)
}

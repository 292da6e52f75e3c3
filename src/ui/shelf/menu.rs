//! The menu that opens a model or a run: all that are on the shelf, and a door to folders that are not.
//!
//! Owns its look, and that the shelf is looked at anew when it opens.

use bevy_egui::egui::{ComboBox, Id, Ui, WidgetText};

use super::faces::ShelfFaces;
use super::row::{self, Clicked};
use crate::engine::ShelfItem;
use crate::session::{Shelf, Shelve};
use crate::ui::widgets::{link, words};
use crate::ui::{UiCommands, theme};

/// A longer list scrolls.
const HEIGHT: f32 = 440.0;

/// A menu over the shelf.
pub struct ShelfMenu<'a> {
    /// Tells it from others.
    pub id: &'static str,
    /// What stands on it while it is closed.
    pub title: WidgetText,
    /// What the one that is open is asked for by.
    pub chosen: Option<&'a str>,
    /// Which items it offers.
    pub offers: fn(&ShelfItem) -> bool,
    /// What it says where there are none.
    pub none: &'static str,
    /// The name of the door, and its tooltip.
    pub door: (&'static str, &'static str),
}

/// What was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShelfChoice {
    /// Something on the shelf, by what it is asked for by.
    Item(String),
    /// The door: a folder is to be picked.
    Door,
}

impl ShelfMenu<'_> {
    /// Draws the menu, as wide as there is room.
    pub fn show(self, ui: &mut Ui, shelf: &Shelf, faces: &ShelfFaces, commands: &mut UiCommands) -> Option<ShelfChoice> {
        let Self { id, title, chosen, offers, none, door } = self;
        let width = ui.available_width();
        let combo = ComboBox::from_id_salt(id).width(width).height(HEIGHT).truncate().selected_text(title);
        let open = combo.show_ui(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let mut choice = None;
            let items: Vec<&ShelfItem> = shelf.items.iter().filter(|item| offers(item)).collect();
            for item in &items {
                match row::show(ui, item, chosen == Some(&item.request), faces) {
                    Some(Clicked::Row) => choice = Some(ShelfChoice::Item(item.request.clone())),
                    Some(Clicked::Cross) => {
                        commands.shelve.write(Shelve::Forget(item.request.clone()));
                    }
                    None => {}
                }
            }
            if items.is_empty() {
                words(ui, if shelf.is_listed() { none } else { "Looking for models and runs…" }, theme::TEXT_QUIET);
            }
            ui.add_space(3.0);
            if link(ui, door.0).on_hover_text(door.1).clicked() {
                choice = Some(ShelfChoice::Door);
            }
            ui.add_space(2.0);
            choice
        });
        look_when_opened(ui, Id::new(("shelf menu", id)), open.inner.is_some(), commands);
        open.inner.flatten()
    }
}

/// The command line may have made something since it was looked last.
fn look_when_opened(ui: &Ui, id: Id, is_open: bool, commands: &mut UiCommands) {
    let was_open = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or(false);
    if is_open && !was_open {
        commands.shelve.write(Shelve::Look);
    }
    if is_open != was_open {
        ui.data_mut(|data| data.insert_temp(id, is_open));
    }
}

//! The menu that opens a model or a run: all that are on the shelf, and a door to folders that are not.
//!
//! Owns its look, and that the shelf is looked at anew when it opens.

use bevy_egui::egui::{
    Align2, Id, Popup, PopupCloseBehavior, Rect, Response, ScrollArea, Sense, Shape, Stroke, StrokeKind, TextStyle, TextWrapMode, Ui,
    WidgetText, pos2, vec2,
};

use super::faces::ShelfFaces;
use super::row::{self, Clicked};
use crate::engine::ShelfItem;
use crate::session::{Shelf, Shelve};
use crate::ui::widgets::{link, words};
use crate::ui::{UiCommands, theme};

/// A longer list scrolls.
const HEIGHT: f32 = 440.0;
/// What the popup's own frame takes of the height and of the width, above and below, left and right.
const FRAME: f32 = 14.0;
/// Width and height of the triangle that says that there is more.
const TRIANGLE: (f32, f32) = (10.0, 6.0);

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
        let button = menu_button(ui, title);
        let screen = ui.ctx().content_rect();
        // It opens to where there is more room.
        let room = (screen.bottom() - button.rect.bottom()).max(button.rect.top() - screen.top()) - theme::MARGIN - FRAME;
        let width = button.rect.width() - FRAME;
        let popup = Popup::menu(&button).width(width).close_behavior(PopupCloseBehavior::CloseOnClick);
        let open = popup.show(|ui| {
            ui.set_width(width);
            // A popup is offered what it took the frame before; without this it would never grow with its list.
            ui.set_max_height(HEIGHT.min(room));
            ScrollArea::vertical().max_height(HEIGHT.min(room)).auto_shrink([false, true]).show(ui, |ui| {
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
            })
        });
        look_when_opened(ui, Id::new(("shelf menu", id)), open.is_some(), commands);
        open.and_then(|open| open.inner.inner)
    }
}

/// What the menu opens from, as wide as there is room: a title that is cut off where it does not fit, and a triangle.
fn menu_button(ui: &mut Ui, title: WidgetText) -> Response {
    let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let visuals = *ui.style().interact(&response);
    ui.painter().rect(rect, visuals.corner_radius, visuals.weak_bg_fill, visuals.bg_stroke, StrokeKind::Inside);
    let padding = ui.spacing().button_padding.x;
    let middle = pos2(rect.right() - padding - TRIANGLE.0 / 2.0, rect.center().y);
    let triangle = Rect::from_center_size(middle, vec2(TRIANGLE.0, TRIANGLE.1));
    let corners = vec![triangle.left_top(), triangle.right_top(), triangle.center_bottom()];
    ui.painter().add(Shape::convex_polygon(corners, visuals.fg_stroke.color, Stroke::NONE));
    let width = triangle.left() - rect.left() - 2.0 * padding;
    let text = title.into_galley(ui, Some(TextWrapMode::Truncate), width, TextStyle::Button);
    let place = Align2::LEFT_CENTER.align_size_within_rect(text.size(), rect.shrink2(vec2(padding, 0.0)));
    ui.painter().galley(place.min, text, visuals.text_color());
    response
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

//! The frames that panes are drawn into: the left panel with the titles of all panes, and the dock on the right.
//!
//! Owns where they stand and how large they are; what is inside is the pane's business.

use bevy_egui::egui::{Align, Align2, Area, Context, Id, Label, Layout, RichText, ScrollArea, Sense, Ui, Vec2, pos2, vec2};

use super::pane::{PaneState, Panes};
use super::widgets::text_width;
use super::{UiState, panel, theme};

/// Room for the scroll bar, which floats.
const SCROLL_BAR: f32 = 6.0;
/// Between the titles of panes, which leave no room for more.
const TITLE_GAP: f32 = 7.0;
/// What the question mark takes that leads to all keys.
const KEYS_WIDTH: f32 = 10.0;
/// Radius of the dot above the title of a pane that is busy.
const DOT: f32 = 2.0;

/// Draws the left panel with `content` in it.
pub fn left(ctx: &Context, panes: &Panes, state: &mut UiState, content: impl FnOnce(&mut Ui)) {
    let screen = ctx.content_rect();
    let height = screen.height() - theme::STATUS_HEIGHT - 2.0 * theme::MARGIN;
    Area::new("left-panel".into()).fixed_pos(screen.left_top() + vec2(theme::MARGIN, theme::MARGIN)).show(ctx, |ui| {
        panel::show(ui, |ui| {
            ui.set_width(theme::LEFT_WIDTH - 2.0 * theme::PADDING);
            ui.set_height(height - 2.0 * theme::PADDING);
            header_ui(ui, panes, state);
            ui.add_space(3.0);
            content(ui);
        });
    });
}

/// Draws a dock of this width, where there is room for it; `content` is told how much there is inside.
pub fn dock(ctx: &Context, word: &str, width: f32, content: impl FnOnce(&mut Ui, Vec2)) {
    let screen = ctx.content_rect();
    let room = vec2(theme::dock_width(screen, width) - 2.0 * theme::PADDING, theme::dock_height(screen));
    let corner = screen.right_top() + vec2(-theme::MARGIN, theme::MARGIN);
    let name = format!("{word}-dock");
    Area::new(Id::new(&name)).pivot(Align2::RIGHT_TOP).fixed_pos(corner).show(ctx, |ui| {
        panel::show(ui, |ui| {
            ui.set_width(room.x);
            // An area is offered what it took the frame before; without this the dock would never grow again.
            ui.set_max_height(room.y);
            ScrollArea::vertical().id_salt(name.as_str()).max_height(room.y).auto_shrink([false, true]).show(ui, |ui| {
                ui.set_max_width(room.x);
                content(ui, room);
            });
        });
    });
}

/// What does not fit scrolls, and leaves the scroll bar room.
pub fn scrolling(ui: &mut Ui, word: &str, content: impl FnOnce(&mut Ui)) {
    scrolling_above(ui, word, 0.0, content);
}

/// The same, with room of this height below that stays in sight.
pub fn scrolling_above(ui: &mut Ui, word: &str, below: f32, content: impl FnOnce(&mut Ui)) {
    let height = (ui.available_height() - below).max(0.0);
    ScrollArea::vertical().id_salt(word).max_height(height).auto_shrink([false, false]).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - SCROLL_BAR);
        content(ui);
    });
}

fn header_ui(ui: &mut Ui, panes: &Panes, state: &mut UiState) {
    ui.horizontal(|ui| {
        let room = ui.available_width();
        let brand = RichText::new("facefield").font(theme::semi_bold(14.0)).color(theme::TEXT_STRONG);
        let brand_width = text_width(ui, brand.text(), theme::semi_bold(14.0)) + ui.spacing().item_spacing.x;
        if brand_width + titles_width(ui, panes) <= room {
            ui.label(brand);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = TITLE_GAP;
            let hide = RichText::new("Hide").font(theme::small()).color(theme::TEXT_QUIET);
            let hide = ui.add(Label::new(hide).sense(Sense::click()));
            if hide.on_hover_text("Hide all panels; Tab brings them back").clicked() {
                state.visible = false;
            }
            let keys = ui.add_sized(vec2(KEYS_WIDTH, 18.0), Label::new(theme::quiet("?")).sense(Sense::click()));
            if keys.on_hover_text("All keys (?)").clicked() {
                state.keys_open = !state.keys_open;
            }
            // Right to left, as the row is laid out.
            for pane in panes.list().iter().rev() {
                title_ui(ui, pane, state);
            }
        });
    });
}

/// What the titles of all panes take, with what stands behind them: where they need the room, the program's name leaves.
fn titles_width(ui: &Ui, panes: &Panes) -> f32 {
    let titles = panes.list().iter().map(|pane| text_width(ui, pane.facts.title, theme::semi_bold(12.0)) + TITLE_GAP);
    titles.sum::<f32>() + KEYS_WIDTH + TITLE_GAP + text_width(ui, "Hide", theme::small())
}

fn title_ui(ui: &mut Ui, pane: &PaneState, state: &mut UiState) {
    let facts = pane.facts;
    let color = if state.pane == facts.word { theme::ACCENT } else { theme::TEXT_QUIET };
    let label = Label::new(RichText::new(facts.title).font(theme::semi_bold(12.0)).color(color)).sense(Sense::click());
    let response = ui.add(label);
    if pane.is_busy {
        ui.painter().circle_filled(pos2(response.rect.right() + DOT, response.rect.top() + DOT), DOT, theme::TYPICAL);
    }
    let key = facts.letter.map(|letter| format!(" ({})", letter.to_uppercase())).unwrap_or_default();
    let now = if pane.is_busy { "\nThe dot: something of it is running" } else { "" };
    if response.on_hover_text(format!("{}{key}{now}", facts.purpose)).clicked() {
        state.pane = facts.word;
    }
}

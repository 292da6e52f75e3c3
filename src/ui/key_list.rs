//! Keys as the user reads them: the first hints, and the list of all.
//!
//! Owns how they look; what keys do stands in their table.

use bevy::prelude::{Res, ResMut, Result};
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, Align2, CornerRadius, Frame, Margin, Order, ScrollArea, Ui, vec2};

use super::chips::{CHIP_GAP, CHIP_PADDING, Chip, chips_ui};
use super::guide::Guide;
use super::keys::{KeyRow, table};
use super::widgets::text_width;
use super::{Panes, UiState, theme};
use crate::explorer::{Keyboard, Layout, Selection};

/// From this width on the list has two columns, in points.
const WIDE: f32 = 700.0;
/// Between hints.
const HINT_GAP: f32 = 14.0;
/// What the title and the padding of the list take of the height.
const AROUND: f32 = 64.0;

/// Draws the first hints, and the list of all keys where it is open.
pub fn show(
    mut contexts: EguiContexts,
    mut state: ResMut<UiState>,
    keyboard: Res<Keyboard>,
    selection: Res<Selection>,
    panes: Res<Panes>,
    guide: Res<Guide>,
) -> Result {
    let ctx = contexts.ctx_mut()?.clone();
    if state.keys_open {
        all_keys_ui(&ctx, &keyboard.layout, &table(&panes), &mut state);
    } else if !state.has_flown && !panes.have_dock() && guide.is_over() {
        hints_ui(&ctx, &keyboard.layout, &table(&panes), selection.0.is_some());
    }
    Ok(())
}

/// In the corner that is left free by the left panel, the status bar and the guide, which says the same at more length; in low windows
/// the panel of a face needs it.
fn hints_ui(ctx: &egui::Context, layout: &Layout, keys: &[KeyRow], shows_face: bool) {
    let screen = ctx.content_rect();
    let corner = screen.right_bottom() - vec2(theme::MARGIN, theme::STATUS_HEIGHT + theme::MARGIN);
    let room = screen.width() - theme::LEFT_WIDTH - 3.0 * theme::MARGIN;
    let place = |name: &str| ctx.memory(|memory| memory.area_rect(egui::Id::new(name)));
    let height = place("hints").map_or(40.0, |hints| hints.height());
    if shows_face && place("face-panel").is_some_and(|face| face.bottom() > corner.y - height) {
        return;
    }
    egui::Area::new("hints".into()).pivot(Align2::RIGHT_BOTTOM).fixed_pos(corner).interactable(false).show(ctx, |ui| {
        let backdrop = Frame::new().fill(theme::PANEL).corner_radius(CornerRadius::same(8)).inner_margin(Margin::symmetric(10, 6));
        backdrop.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 5.0;
            for line in lines(ui, layout, keys, room - 20.0) {
                ui.horizontal(|ui| {
                    for (index, row) in line.into_iter().enumerate() {
                        ui.add_space(if index > 0 { HINT_GAP - CHIP_GAP } else { 0.0 });
                        chips_ui(ui, &row.chips, layout);
                        ui.label(theme::quiet(&*row.meaning));
                    }
                });
            }
        });
    });
}

/// The hints in as few lines as `room` points allow.
fn lines<'a>(ui: &Ui, layout: &Layout, keys: &'a [KeyRow], room: f32) -> Vec<Vec<&'a KeyRow>> {
    let chip = |chip: &Chip| text_width(ui, &chip.text(layout), theme::small()) + 2.0 * CHIP_PADDING + CHIP_GAP;
    let mut lines: Vec<Vec<&KeyRow>> = Vec::new();
    let mut left = 0.0;
    for row in keys.iter().filter(|row| row.is_hint) {
        let width = row.chips.iter().map(chip).sum::<f32>() + text_width(ui, &row.meaning, theme::body());
        match lines.last_mut() {
            Some(line) if left >= width + HINT_GAP => {
                line.push(row);
                left -= width + HINT_GAP;
            }
            _ => {
                lines.push(vec![row]);
                left = room - width;
            }
        }
    }
    lines
}

fn all_keys_ui(ctx: &egui::Context, layout: &Layout, keys: &[KeyRow], state: &mut UiState) {
    let screen = ctx.content_rect();
    let height = screen.height() - theme::STATUS_HEIGHT - 2.0 * theme::MARGIN - AROUND;
    let columns = if screen.width() < WIDE { 1 } else { 2 };
    let mut open = true;
    egui::Window::new(theme::strong("Keys"))
        .open(&mut open)
        .order(Order::Foreground)
        .collapsible(false)
        .resizable(false)
        .anchor(Align2::CENTER_CENTER, vec2(0.0, -theme::STATUS_HEIGHT / 2.0))
        .frame(theme::panel_frame().fill(theme::PANEL.to_opaque()))
        .show(ctx, |ui| {
            ScrollArea::vertical().max_height(height).auto_shrink([true, true]).show(ui, |ui| {
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = 30.0;
                    for (index, rows) in keys.chunks(keys.len().div_ceil(columns)).enumerate() {
                        column_ui(ui, index, rows, layout);
                    }
                });
            });
        });
    state.keys_open &= open;
}

fn column_ui(ui: &mut Ui, index: usize, rows: &[KeyRow], layout: &Layout) {
    egui::Grid::new(("keys", index)).num_columns(2).spacing(vec2(24.0, 7.0)).show(ui, |ui| {
        for row in rows {
            ui.horizontal(|ui| chips_ui(ui, &row.chips, layout));
            ui.label(&*row.meaning);
            ui.end_row();
        }
    });
}

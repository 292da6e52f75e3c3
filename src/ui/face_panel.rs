//! The right panel, only while a face is selected: the face, its coordinates, how typical it is.
//!
//! Owns its layout; which face is selected is the explorer's business.

use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, Align, Align2, Button, Color32, Layout, Mesh, Rect, RichText, ScrollArea, Sense, Stroke, Ui, pos2, vec2};

use super::{SelectedFace, UiCommands, panel, theme};
use crate::explorer::{FlyTo, Select, Selection};
use crate::latent::{CellCoord, Latent, Zone};
use crate::session::{Steer, Steering};

/// The gauge ends at this multiple of the typical radius.
const GAUGE_END: f32 = 1.6;
/// Coordinates that are listed: the largest ones.
const LISTED: usize = 24;
/// How high the list of them is, in points.
const LIST_HEIGHT: f32 = 132.0;
/// What stands below the portrait, in points.
const BELOW_PORTRAIT: f32 = LIST_HEIGHT + 150.0;

/// Draws the panel.
pub fn show(
    mut contexts: EguiContexts,
    selection: Res<Selection>,
    selected: Res<SelectedFace>,
    steering: Res<Steering>,
    mut commands: UiCommands,
) -> Result {
    let Selection(Some(cell)) = *selection else { return Ok(()) };
    let ctx = contexts.ctx_mut()?;
    let latent = steering.lattice.latent_at(cell);
    let height = theme::dock_height(ctx.content_rect());
    let corner = ctx.content_rect().right_top() + vec2(-theme::MARGIN, theme::MARGIN);
    egui::Area::new("face-panel".into()).pivot(Align2::RIGHT_TOP).fixed_pos(corner).show(ctx, |ui| {
        panel::show(ui, |ui| {
            ui.set_width(theme::RIGHT_WIDTH - 2.0 * theme::PADDING);
            portrait_ui(ui, &selected, height);
            title_ui(ui, cell, &mut commands);
            gauge_ui(ui, &selected.radii, selected.typical);
            actions_ui(ui, cell, &latent, &mut commands);
            coordinates_ui(ui, &latent);
        });
    });
    Ok(())
}

/// The face, smaller where the rest of the panel would find no room below it.
fn portrait_ui(ui: &mut Ui, selected: &SelectedFace, height: f32) {
    let width = ui.available_width();
    let side = (height - BELOW_PORTRAIT).clamp(64.0, width);
    let (row, _) = ui.allocate_exact_size(vec2(width, side), Sense::hover());
    let rect = Rect::from_center_size(row.center(), egui::Vec2::splat(side));
    match &selected.texture {
        Some(texture) => egui::Image::new((texture.id(), rect.size())).corner_radius(8.0).paint_at(ui, rect),
        None => {
            ui.painter().rect_filled(rect, 8.0, theme::CONTROL);
        }
    }
}

fn title_ui(ui: &mut Ui, cell: CellCoord, commands: &mut UiCommands) {
    ui.horizontal(|ui| {
        ui.label(theme::strong("This face"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let close = ui.add(egui::Label::new(theme::quiet("×")).sense(Sense::click()));
            if close.on_hover_text("Close (Esc)").clicked() {
                commands.select.write(Select(None));
            }
            let coordinates = [cell.i, cell.j, cell.k].map(|n| n.to_string().replace('-', "−")).join(", ");
            ui.label(theme::quiet(format!("cell {coordinates}")));
        });
    });
}

fn gauge_ui(ui: &mut Ui, radii: &[(Zone, f32)], typical: f32) {
    let tooltip = "Distance from the mean in sigma units. Faces drawn from the model lie around the typical radius: \
                   nearer the mean they look alike, far beyond it they fall apart.";
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 12.0), Sense::hover());
    let track = rect.shrink2(vec2(0.0, 3.0));
    let end = (typical * GAUGE_END).max(1e-3);
    let x = |radius: f32| egui::remap_clamp(radius, 0.0..=end, track.left()..=track.right());
    let stops = [
        (0.0, theme::CONTROL_BORDER),
        (typical * 0.6, theme::CONTROL_BORDER),
        (typical * 0.92, theme::TYPICAL),
        (typical * 1.08, theme::TYPICAL),
        (typical * 1.35, theme::UNTYPICAL),
        (end, theme::UNTYPICAL),
    ];
    let mut mesh = Mesh::default();
    for (index, (at, color)) in stops.iter().enumerate() {
        mesh.colored_vertex(pos2(x(*at), track.top()), *color);
        mesh.colored_vertex(pos2(x(*at), track.bottom()), *color);
        if index > 0 {
            let corner = index as u32 * 2;
            mesh.add_triangle(corner - 2, corner - 1, corner);
            mesh.add_triangle(corner - 1, corner, corner + 1);
        }
    }
    ui.painter().add(mesh);
    for (_, radius) in radii {
        let marker = Rect::from_center_size(pos2(x(*radius), rect.center().y), vec2(2.0, 12.0));
        ui.painter().rect(marker, 1.0, Color32::WHITE, Stroke::new(1.0, theme::PANEL), egui::StrokeKind::Outside);
    }
    let each: Vec<String> = radii.iter().map(|(_, radius)| format!("{radius:.1}")).collect();
    let distances = format!("distance {} σ", each.join(" · "));
    let tooltip = match radii {
        [] | [_] => tooltip.to_owned(),
        several => {
            let words: Vec<&str> = several.iter().map(|(zone, _)| zone.word()).collect();
            format!("{tooltip} Every zone sees the axes that act there: from left to right the distance of {}.", words.join(", "))
        }
    };
    response.on_hover_text(&tooltip);
    ui.horizontal(|ui| {
        ui.label(theme::quiet(distances)).on_hover_text(&tooltip);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(theme::quiet(format!("typical {typical:.1}"))));
    });
}

fn actions_ui(ui: &mut Ui, cell: CellCoord, latent: &Latent, commands: &mut UiCommands) {
    ui.horizontal(|ui| {
        let size = vec2((ui.available_width() - ui.spacing().item_spacing.x) / 2.0, 30.0);
        if ui.add_sized(size, Button::new("Fly here")).on_hover_text("Glide to this face (F)").clicked() {
            commands.fly_to.write(FlyTo(Vec3::from(cell.centre())));
        }
        if ui.add_sized(size, Button::new("Steer here")).on_hover_text("Put its coordinates into the sliders").clicked() {
            commands.steer.write(Steer::SetLatent(latent.clone()));
            commands.select.write(Select(Some(CellCoord::default())));
        }
    });
}

fn coordinates_ui(ui: &mut Ui, latent: &Latent) {
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        ui.label(theme::title("Largest coordinates"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui
                .add(egui::Label::new(theme::quiet("Copy")).sense(Sense::click()))
                .on_hover_text("All coordinates, in sigma units")
                .clicked()
            {
                let text = latent.0.iter().map(|z| format!("{z:.4}")).collect::<Vec<_>>().join(", ");
                ui.ctx().copy_text(text);
            }
        });
    });
    let mut order: Vec<usize> = (0..latent.dim()).collect();
    order.sort_by(|a, b| latent.0[*b].abs().total_cmp(&latent.0[*a].abs()));
    let list = ScrollArea::vertical().max_height(LIST_HEIGHT).min_scrolled_height(LIST_HEIGHT).auto_shrink([false, true]);
    list.show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for axis in order.into_iter().take(LISTED) {
            coordinate_ui(ui, axis, latent.0[axis]);
        }
    });
}

fn coordinate_ui(ui: &mut Ui, axis: usize, value: f32) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width() - 8.0, 17.0), Sense::hover());
    let painter = ui.painter();
    let middle = rect.center().y;
    painter.text(rect.left_center(), Align2::LEFT_CENTER, axis + 1, theme::small(), theme::TEXT_QUIET);
    let track = Rect::from_x_y_ranges(rect.left() + 26.0..=rect.right() - 44.0, middle - 1.5..=middle + 1.5);
    painter.rect_filled(track, 1.5, theme::CONTROL_BORDER);
    let end = egui::remap_clamp(value, -4.0..=4.0, track.left()..=track.right());
    let (from, to) = (track.center().x.min(end), track.center().x.max(end));
    painter.rect_filled(Rect::from_x_y_ranges(from..=to, track.y_range()), 1.5, theme::ACCENT);
    let text = RichText::new(theme::signed(f64::from(value)));
    painter.text(rect.right_center(), Align2::RIGHT_CENTER, text.text(), theme::small(), theme::TEXT);
}

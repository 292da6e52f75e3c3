//! The status bar: device, rates, and how the lattice is spanned.
//!
//! Owns its layout; the three axes and the step are set here too.

use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, Align, Color32, CornerRadius, DragValue, Frame, Label, Layout, Margin, RichText, Sense, Stroke, Ui, vec2};

use super::widgets::start_of;
use super::{UiCommands, theme};
use crate::explorer::{LatticeScene, StreamingStats};
use crate::session::{Activity, CurrentModel, DismissNotice, FlightSpeed, Notice, OpenState, Steer, Steering};

/// What the axes, the step, the speed and the frame rate take on the right, in points.
const RIGHT_PART: f32 = 440.0;
/// What faces per second and faces in view take, in points.
const FIGURES: f32 = 180.0;
/// What the name of the device takes at least, and a notice.
const LEAST_NAME: f32 = 90.0;
const LEAST_NOTICE: f32 = 74.0;

/// Draws the bar.
pub fn show(
    mut contexts: EguiContexts,
    model: Res<CurrentModel>,
    stats: Res<StreamingStats>,
    scene: Res<LatticeScene>,
    steering: Res<Steering>,
    notice: Res<Notice>,
    flight: Res<FlightSpeed>,
    activity: Res<Activity>,
    mut commands: UiCommands,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    let screen = ctx.content_rect();
    let corner = screen.left_bottom() - vec2(0.0, theme::STATUS_HEIGHT);
    egui::Area::new("status-bar".into()).fixed_pos(corner).show(ctx, |ui| {
        let frame = Frame::new().fill(theme::PANEL).inner_margin(Margin::symmetric(14, 0)).corner_radius(CornerRadius::ZERO);
        frame.show(ui, |ui| {
            ui.set_width(screen.width() - 28.0);
            ui.set_height(theme::STATUS_HEIGHT);
            let edge = ui.max_rect().expand2(vec2(14.0, 0.0));
            ui.painter().hline(edge.x_range(), edge.top(), Stroke::new(1.0, theme::BORDER));
            ui.horizontal_centered(|ui| {
                ui.spacing_mut().item_spacing.x = 5.0;
                let room = ui.available_width() - RIGHT_PART;
                let figures = if room < FIGURES + LEAST_NAME { 0.0 } else { FIGURES };
                let asks = if notice.0.is_some() { LEAST_NOTICE } else { 0.0 };
                device_ui(ui, &model, room - figures - asks);
                if figures > 0.0 {
                    let tooltip = "Faces decoded in the last half second, per second";
                    figure(ui, &theme::grouped(stats.faces_per_second.round() as u64), "faces/s", tooltip);
                    figure(ui, &theme::grouped(scene.tile_count as u64), "in view", "Tiles drawn this frame");
                }
                notice_ui(ui, &notice, &mut commands);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.spacing_mut().item_spacing.x = 5.0;
                    let tooltip = "Frames per second while something moves; while nothing changes, none is drawn";
                    ui.label(theme::quiet("fps")).on_hover_text(tooltip);
                    ui.label(theme::strong(format!("{:.0}", activity.frames_per_second())));
                    ui.add_space(12.0);
                    let tooltip = "Speed of flight in cells per second, 0.25 to 40; scroll to change it. Default: 3.";
                    ui.label(theme::quiet("cells/s")).on_hover_text(tooltip);
                    ui.label(theme::strong(format!("{:.1}", flight.get())));
                    ui.add_space(12.0);
                    step_ui(ui, &steering, &mut commands);
                    ui.add_space(12.0);
                    axes_ui(ui, &steering, &mut commands);
                });
            });
        });
    });
    Ok(())
}

/// The device, as far as there is room for its name.
fn device_ui(ui: &mut Ui, model: &CurrentModel, room: f32) {
    let Some(device) = &model.device else {
        let text = if model.state == OpenState::Opening { "opening the model…" } else { "no model" };
        ui.label(theme::quiet(text));
        return;
    };
    let left = ui.cursor().left();
    if device.backend == "cpu" {
        // How many threads a machine has is one number, which a training tells; here one of them is left to the frames.
        let tooltip = format!("Faces are decoded on the processor, with {}; one is left to the frames", device.device);
        ui.label(theme::strong(device.label())).on_hover_text(tooltip);
        return;
    }
    let tooltip = format!("Faces are decoded on: {}", device.device);
    ui.label(theme::strong(device.label())).on_hover_text(&tooltip);
    let name = format!("· {}", device.device);
    let shown = start_of(ui, &name, theme::body(), room - (ui.cursor().left() - left));
    if shown.chars().count() > 3 {
        ui.label(theme::quiet(shown)).on_hover_text(tooltip);
    }
}

fn figure(ui: &mut Ui, number: &str, unit: &str, tooltip: &str) {
    ui.add_space(14.0);
    ui.label(theme::strong(number));
    ui.label(theme::quiet(unit)).on_hover_text(tooltip);
}

/// What the user should know, as far as there is room for it; all of it under the pointer.
fn notice_ui(ui: &mut Ui, notice: &Notice, commands: &mut UiCommands) {
    let Some(text) = &notice.0 else { return };
    ui.add_space(14.0);
    let width = (ui.available_width() - RIGHT_PART).max(60.0);
    let label = Label::new(RichText::new(text).font(theme::body()).color(theme::ACCENT_HOVERED));
    let label = label.truncate().show_tooltip_when_elided(false).sense(Sense::click());
    let response = ui.scope(|ui| {
        ui.set_max_width(width);
        ui.add(label)
    });
    if response.inner.on_hover_text(format!("{text}\n\nClick to dismiss.")).clicked() {
        commands.dismiss_notice.write(DismissNotice);
    }
}

/// The three axes; right to left, as the bar is laid out.
fn axes_ui(ui: &mut Ui, steering: &Steering, commands: &mut UiCommands) {
    let dim = steering.lattice.base.dim();
    if dim == 0 {
        // Without a model there is nothing to choose from, and a field would pull the axes into an empty range.
        return;
    }
    for place in (0..3).rev() {
        ui.label(theme::strong(["x", "y", "z"][place]));
        ui.label(theme::quiet("→"));
        let mut axis = steering.lattice.axes[place] + 1;
        let field = DragValue::new(&mut axis).range(1..=dim.max(1)).speed(0.1).update_while_editing(false);
        let tooltip = format!("The axis along {}: drag, or click and type its number", ["x (right)", "y (up)", "z (towards you)"][place]);
        if inline(ui, field).on_hover_text(tooltip).changed() {
            commands.steer.write(Steer::SetLatticeAxis(place, axis - 1));
        }
        ui.add_space(3.0);
    }
    ui.label(theme::quiet("axes"));
}

fn step_ui(ui: &mut Ui, steering: &Steering, commands: &mut UiCommands) {
    ui.label(theme::strong("σ"));
    let mut step = steering.lattice.step;
    let field = DragValue::new(&mut step).range(0.01..=5.0).speed(0.01).fixed_decimals(2).update_while_editing(false);
    if inline(ui, field).on_hover_text("Sigma units from one cell to the next, default 0.60").changed() {
        commands.steer.write(Steer::SetStep(step));
    }
    ui.label(theme::quiet("step"));
}

/// A number that looks like text until the pointer comes.
fn inline(ui: &mut Ui, field: DragValue) -> egui::Response {
    ui.scope(|ui| {
        let inactive = &mut ui.visuals_mut().widgets.inactive;
        inactive.weak_bg_fill = Color32::TRANSPARENT;
        inactive.bg_stroke = Stroke::NONE;
        inactive.fg_stroke.color = theme::TEXT_STRONG;
        ui.spacing_mut().button_padding = vec2(3.0, 1.0);
        ui.spacing_mut().interact_size = vec2(10.0, 20.0);
        ui.style_mut().drag_value_text_style = egui::TextStyle::Name("strong".into());
        ui.style_mut().text_styles.insert(egui::TextStyle::Name("strong".into()), theme::semi_bold(12.0));
        ui.add(field)
    })
    .inner
}

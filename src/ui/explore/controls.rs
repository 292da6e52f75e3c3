//! The controls of exploring: model, random faces, truncation, and what stands above the axes.
//!
//! Owns their layout; the rows of the axes have a file of their own.

use bevy_egui::egui::{self, Align, Button, DragValue, Layout, RichText, Sense, Stroke, Ui, vec2};

use super::axes::{self, AxisList};
use super::pane::ExplorePane;
use super::view::ExploreView;
use super::{photo, picker, undo_buttons};
use crate::session::{AxisChoice, CodeUnits, CurrentModel, OpenState, SamplerChoice, Steer, Steering, UseAxes};
use crate::ui::slider::slider;
use crate::ui::widgets::{accent_button, choices};
use crate::ui::{UiCommands, labels, theme};

/// What random faces can be drawn from: its name and its tooltip.
pub const SAMPLERS: [(SamplerChoice, &str, &str); 2] = [
    (SamplerChoice::Gaussian, "Gaussian", "One normal distribution over all codes. This is the default."),
    (
        SamplerChoice::Mixture,
        "Mixture",
        "Up to ten normal distributions, fitted to the codes of the training faces: faces more like those that the model has seen.",
    ),
];

/// Draws all of them.
pub fn show(ui: &mut Ui, view: &ExploreView, pane: &mut ExplorePane, commands: &mut UiCommands) {
    picker::show(ui, view, pane, commands);
    if let OpenState::Refused(reason) = &view.model.state {
        ui.label(RichText::new(reason).color(theme::ACCENT_HOVERED));
    }
    buttons_ui(ui, &view.steering, commands);
    truncation_ui(ui, &view.steering, commands);
    if view.steering.has_mixture() {
        sampler_ui(ui, &view.steering, commands);
    }
    photo::show(ui, view, pane, commands);
    rule(ui);
    axis_header_ui(ui, view, &mut pane.filter, commands);
    axes::show(
        ui,
        &AxisList {
            frame: view.model.stored.as_ref().map(|stored| &stored.frame),
            zoning: view.model.stored.as_ref().and_then(|stored| stored.header.zoning()),
            steering: &view.steering,
            faces: &view.faces,
            filter: &pane.filter,
        },
        commands,
    );
}

fn buttons_ui(ui: &mut Ui, steering: &Steering, commands: &mut UiCommands) {
    ui.horizontal(|ui| {
        let gap = ui.spacing().item_spacing.x;
        let size = vec2((ui.available_width() - 2.0 * gap) / 3.0, 31.0);
        if accent_button(ui, "Random", size).on_hover_text("A random face at this truncation (R)").clicked() {
            commands.steer.write(Steer::Randomize);
        }
        if ui.add_sized(size, Button::new("Reset")).on_hover_text("All axes to 0: the mean face (0)").clicked() {
            commands.steer.write(Steer::Reset);
        }
        let mut seed = steering.seed;
        let field = DragValue::new(&mut seed).prefix("Seed ").speed(0.1).update_while_editing(false);
        if ui.add_sized(size, field).on_hover_text("The random face's number: the same seed is the same face, on every machine").changed() {
            commands.steer.write(Steer::SetSeed(seed));
        }
    });
}

fn truncation_ui(ui: &mut Ui, steering: &Steering, commands: &mut UiCommands) {
    ui.horizontal(|ui| {
        let tooltip = if steering.has_mixture() && steering.sampler == SamplerChoice::Mixture {
            "Multiplies sigma of random faces around the middle of one of the Gaussians: 1 is the model's own mixture, less is more \
             typical. Default 0.70, double-click for it."
        } else {
            "Multiplies sigma of random faces: 1 is the model's own Gaussian, less is more typical. Default 0.70, double-click for it."
        };
        row_label(ui, labels::TRUNCATION.text, tooltip);
        let mut truncation = steering.truncation;
        let width = ui.available_width() - 42.0;
        let mut response = slider(ui, &mut truncation, 0.0..=1.2, 0.0, width);
        if response.double_clicked() {
            truncation = crate::session::DEFAULT_TRUNCATION;
            response.mark_changed();
        }
        if response.on_hover_text(tooltip).changed() {
            commands.steer.write(Steer::SetTruncation(truncation));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new(format!("{:.2}", steering.truncation)).color(theme::TEXT_STRONG));
        });
    });
}

/// What stands before the controls of a row, at the left edge.
fn row_label(ui: &mut Ui, text: &str, tooltip: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(66.0, 18.0), Sense::hover());
    ui.painter().text(rect.left_center(), egui::Align2::LEFT_CENTER, text, theme::body(), theme::TEXT_QUIET);
    response.on_hover_text(tooltip);
}

/// The switch between what random faces can be drawn from.
fn sampler_ui(ui: &mut Ui, steering: &Steering, commands: &mut UiCommands) {
    ui.horizontal(|ui| {
        row_label(ui, labels::SAMPLER.text, "What random faces are drawn from. Default: Gaussian.");
        let mut sampler = steering.sampler;
        if choices(ui, &mut sampler, &SAMPLERS) {
            commands.steer.write(Steer::SetSampler(sampler));
        }
    });
}

fn rule(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 5.0), Sense::hover());
    let full = rect.expand2(vec2(theme::PADDING, 0.0));
    ui.painter().hline(full.x_range(), rect.center().y, Stroke::new(1.0, theme::BORDER));
}

fn axis_title(model: &CurrentModel, steering: &Steering) -> String {
    if has_zones(model, steering) {
        // The button that gives them back needs the room.
        return format!("{} axes", model.latent_dim());
    }
    let order = if model.has_axis_choice() && model.axes == AxisChoice::Raw { "as in z" } else { "by influence" };
    format!("{} axes, {order}", model.latent_dim())
}

/// Whether an axis acts in one zone only.
fn has_zones(model: &CurrentModel, steering: &Steering) -> bool {
    model.stored.as_ref().is_some_and(|stored| stored.header.zoning().is_some()) && !steering.lattice.zones.are_whole()
}

/// The switch between axes by influence and the numbers of z.
fn raw_axes_ui(ui: &mut Ui, model: &CurrentModel, commands: &mut UiCommands) {
    let name = match model.axes {
        AxisChoice::Influence => "σ",
        AxisChoice::Raw => "raw z",
    };
    // What stands there is what is shown; the wish of a click waits for an opening that is under way.
    let label = if model.wanted_axes == model.axes { name.to_owned() } else { format!("{name}…") };
    let other = match model.wanted_axes {
        AxisChoice::Influence => AxisChoice::Raw,
        AxisChoice::Raw => AxisChoice::Influence,
    };
    ui.spacing_mut().button_padding = vec2(7.0, 2.0);
    let tooltip = "Axes: directions sorted by how much they change the face (σ), or the generator's own numbers (raw z). The face stays; \
                   zones of axes are given up.";
    if ui.add(Button::new(label)).on_hover_text(tooltip).clicked() {
        commands.use_axes.write(UseAxes(other));
    }
}

/// A button while axes act in zones of their own, which lets all of them act everywhere again.
fn zones_ui(ui: &mut Ui, view: &ExploreView, commands: &mut UiCommands) {
    let tooltip = "Some axes act in one zone only: coarse, middle or fine. Click to let all of them act everywhere.";
    if has_zones(&view.model, &view.steering) && ui.add(Button::new("zones ×")).on_hover_text(tooltip).clicked() {
        commands.steer.write(Steer::ClearZones);
    }
}

fn axis_header_ui(ui: &mut Ui, view: &ExploreView, filter: &mut String, commands: &mut UiCommands) {
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        ui.label(theme::title(axis_title(&view.model, &view.steering)));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let field = egui::TextEdit::singleline(filter).hint_text("filter").desired_width(44.0).margin(vec2(6.0, 2.0));
            ui.add(field).on_hover_text("Axes by number: 7, 10-20, 1 4 9");
            if view.model.has_axis_choice() {
                raw_axes_ui(ui, &view.model, commands);
                zones_ui(ui, view, commands);
                undo_buttons::show(ui, &view.history, commands);
                return;
            }
            let (label, other) = match view.steering.units {
                CodeUnits::Sigma => ("σ", CodeUnits::Raw),
                CodeUnits::Raw => ("raw", CodeUnits::Sigma),
            };
            ui.spacing_mut().button_padding = vec2(7.0, 2.0);
            if ui.add(Button::new(label)).on_hover_text("Units: sigma along the axis, or the model's raw codes").clicked() {
                commands.steer.write(Steer::SetUnits(other));
            }
            undo_buttons::show(ui, &view.history, commands);
        });
    });
}

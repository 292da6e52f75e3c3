//! The left panel: model, random faces, and a slider for every axis; or the training panel; or the evaluation panel.
//!
//! Owns its layout and the switch between the three; the rows of the axes have a file of their own, the other panels have folders.

use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, Align, Button, ComboBox, Context, DragValue, Layout, RichText, Sense, Stroke, Ui, vec2};

use super::axes::{self, AxisList};
use super::evaluate::{self, EvaluatePanel, EvaluateView};
use super::slider::slider;
use super::train::{self, TrainPanel, TrainView};
use super::widgets::{accent_button, choices};
use super::{AxisFaces, Mode, UiCommands, UiState, theme, undo_buttons};
use crate::session::{
    AxisChoice, CodeUnits, CurrentModel, History, ModelChoices, OpenModel, OpenState, SamplerChoice, Steer, Steering, UseAxes,
};

/// What random faces can be drawn from: its name and its tooltip.
const SAMPLERS: [(SamplerChoice, &str, &str); 2] = [
    (SamplerChoice::Gaussian, "Gaussian", "One normal distribution over all codes. This is the default."),
    (
        SamplerChoice::Mixture,
        "Mixture",
        "Up to ten normal distributions, fitted to the codes of the training faces: faces more like those that the model has seen.",
    ),
];

/// What the panel shows.
struct LeftView<'a> {
    model: &'a CurrentModel,
    choices: &'a ModelChoices,
    steering: &'a Steering,
    history: &'a History,
    faces: &'a AxisFaces,
}

/// Draws the panel.
pub fn show(
    mut contexts: EguiContexts,
    model: Res<CurrentModel>,
    choices: Res<ModelChoices>,
    steering: Res<Steering>,
    history: Res<History>,
    faces: Res<AxisFaces>,
    training: TrainView,
    mut train_panel: ResMut<TrainPanel>,
    evaluating: EvaluateView,
    mut evaluate_panel: ResMut<EvaluatePanel>,
    mut state: ResMut<UiState>,
    mut commands: UiCommands,
) -> Result {
    let ctx = contexts.ctx_mut()?.clone();
    let view = LeftView { model: &model, choices: &choices, steering: &steering, history: &history, faces: &faces };
    left_panel_ui(&ctx, &mut state, |ui, state| match state.mode {
        Mode::Explore => explore_ui(ui, &view, state, &mut commands),
        Mode::Train => train::panel_ui(ui, &training, &mut train_panel, &mut commands),
        Mode::Evaluate => evaluate::panel_ui(ui, &evaluating, &mut evaluate_panel, &mut commands),
    });
    Ok(())
}

fn left_panel_ui(ctx: &Context, state: &mut UiState, content: impl FnOnce(&mut Ui, &mut UiState)) {
    let screen = ctx.content_rect();
    let height = screen.height() - theme::STATUS_HEIGHT - 2.0 * theme::MARGIN;
    egui::Area::new("left-panel".into()).fixed_pos(screen.left_top() + vec2(theme::MARGIN, theme::MARGIN)).show(ctx, |ui| {
        theme::panel_frame().show(ui, |ui| {
            ui.set_width(theme::LEFT_WIDTH - 2.0 * theme::PADDING);
            ui.set_height(height - 2.0 * theme::PADDING);
            header_ui(ui, state);
            ui.add_space(3.0);
            content(ui, state);
        });
    });
}

fn explore_ui(ui: &mut Ui, view: &LeftView, state: &mut UiState, commands: &mut UiCommands) {
    model_picker_ui(ui, view, commands);
    if let OpenState::Refused(reason) = &view.model.state {
        ui.label(RichText::new(reason).color(theme::ACCENT_HOVERED));
    }
    buttons_ui(ui, view.steering, commands);
    truncation_ui(ui, view.steering, commands);
    if view.steering.has_mixture() {
        sampler_ui(ui, view.steering, commands);
    }
    rule(ui);
    axis_header_ui(ui, view, state, commands);
    axes::show(
        ui,
        &AxisList {
            frame: view.model.stored.as_ref().map(|stored| &stored.frame),
            steering: view.steering,
            faces: view.faces,
            filter: &state.filter,
        },
        commands,
    );
}

fn header_ui(ui: &mut Ui, state: &mut UiState) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("facefield").font(theme::semi_bold(14.0)).color(theme::TEXT_STRONG));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            // Three modes leave no room for more than this.
            ui.spacing_mut().item_spacing.x = 7.0;
            let hide = RichText::new("Hide").font(theme::small()).color(theme::TEXT_QUIET);
            let hide = ui.add(egui::Label::new(hide).sense(Sense::click()));
            if hide.on_hover_text("Hide all panels; Tab brings them back").clicked() {
                state.visible = false;
            }
            let keys = ui.add_sized(vec2(10.0, 18.0), egui::Label::new(theme::quiet("?")).sense(Sense::click()));
            if keys.on_hover_text("All keys (?)").clicked() {
                state.keys_open = !state.keys_open;
            }
            // Right to left, as the row is laid out.
            mode_ui(ui, state, Mode::Evaluate, "Evaluate", "Measure how well models do, beside what real faces reach (V)");
            mode_ui(ui, state, Mode::Train, "Train", "Train a model on faces, and watch it learn (T)");
            mode_ui(ui, state, Mode::Explore, "Explore", "Fly through what a model has learned (T)");
        });
    });
}

fn mode_ui(ui: &mut Ui, state: &mut UiState, mode: Mode, name: &str, tooltip: &str) {
    let color = if state.mode == mode { theme::ACCENT } else { theme::TEXT_QUIET };
    let label = egui::Label::new(RichText::new(name).font(theme::semi_bold(12.0)).color(color)).sense(Sense::click());
    if ui.add(label).on_hover_text(tooltip).clicked() {
        state.mode = mode;
    }
}

fn model_picker_ui(ui: &mut Ui, view: &LeftView, commands: &mut UiCommands) {
    let current = view.model.stored.as_ref().map_or_else(|| "Opening…".to_owned(), |stored| stored.header.title());
    let width = ui.available_width();
    ui.spacing_mut().interact_size.y = 31.0;
    ComboBox::from_id_salt("model").width(width).truncate().selected_text(theme::strong(current)).show_ui(ui, |ui| {
        for entry in &view.choices.0 {
            let chosen = view.model.stored.as_ref().is_some_and(|stored| stored.header.name == entry.name);
            if !entry.usable {
                ui.add_enabled(false, Button::selectable(false, &entry.name)).on_disabled_hover_text(&entry.title);
            } else if ui.selectable_label(chosen, &entry.title).clicked() && !chosen {
                commands.open_model.write(OpenModel(entry.name.clone()));
            }
        }
        ui.label(theme::quiet(
            "Models are looked up in models/ of this folder, beside the program,\nin the user's data folder, in FACEFIELD_MODELS, and in the program itself.",
        ));
    });
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
        row_label(ui, "Truncation", tooltip);
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
        row_label(ui, "Sampler", "What random faces are drawn from. Default: Gaussian.");
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

fn axis_title(model: &CurrentModel) -> String {
    let order = if model.has_axis_choice() && model.axes == AxisChoice::Raw { "as in z" } else { "by influence" };
    format!("{} axes, {order}", model.latent_dim())
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
    let tooltip = "Axes: directions sorted by how much they change the face (σ), or the generator's own numbers (raw z). The face stays.";
    if ui.add(Button::new(label)).on_hover_text(tooltip).clicked() {
        commands.use_axes.write(UseAxes(other));
    }
}

fn axis_header_ui(ui: &mut Ui, view: &LeftView, state: &mut UiState, commands: &mut UiCommands) {
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        ui.label(theme::title(axis_title(view.model)));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let field = egui::TextEdit::singleline(&mut state.filter).hint_text("filter").desired_width(44.0).margin(vec2(6.0, 2.0));
            ui.add(field).on_hover_text("Axes by number: 7, 10-20, 1 4 9");
            if view.model.has_axis_choice() {
                raw_axes_ui(ui, view.model, commands);
                undo_buttons::show(ui, view.history, commands);
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
            undo_buttons::show(ui, view.history, commands);
        });
    });
}

//! The form of an evaluation: models, faces, how they judge, and the job while it runs.
//!
//! Owns its layout; what figures mean stands in the table.

use bevy_egui::egui::{Align, Button, ComboBox, Layout, ScrollArea, Sense, Ui, Vec2, vec2};

use super::form::{DEFAULT_SEED, Form, SPLITS, fits, split_name};
use super::pane::{EvaluatePane, EvaluateView, Purpose};
use super::warnings::warnings_ui;
use crate::engine::ShelfItem;
use crate::session::{JobKind, Judge, Shelf};
use crate::ui::draw_faces::{self, DrawFaces};
use crate::ui::shelf::{ShelfFaces, tooltip};
use crate::ui::widgets::{ROW, accent_button, check_row, link, middle_of, number, row, section, share_of_row, tick, words};
use crate::ui::{UiCommands, dataset, job, labels, theme};

/// Height of the list of models; a longer one scrolls.
const LIST: f32 = 150.0;
/// Height of a model on the list.
const MODEL: f32 = 24.0;
/// Its faces.
const FACES: Vec2 = vec2(33.0, 22.0);
/// What tick, faces and size take beside the name of a model.
const BESIDE_NAME: f32 = 118.0;

/// Draws the form.
pub fn show(ui: &mut Ui, view: &EvaluateView, pane: &mut EvaluatePane, commands: &mut UiCommands) {
    let size = view.dataset.facts.as_ref().map(|facts| facts.size);
    models_ui(ui, view, size, pane);
    faces_ui(ui, view, pane);
    section(ui, "How");
    learned_from_ui(ui, pane);
    options_ui(ui, &mut pane.form);
    ui.add_space(4.0);
    start_ui(ui, view, size, &pane.form, commands);
    job::show(ui, &view.jobs, JobKind::Judge, commands);
    warnings_ui(ui, view.evaluations.current_warnings());
    if view.evaluations.found.is_empty() && view.jobs.title.is_none() {
        words(
            ui,
            "Evaluating encodes and decodes faces that the models have not seen, draws as many samples, and measures how near both come \
             to real faces. It takes about a minute for thousands of faces. A GAN has no encoder: the places of a few faces are searched \
             for, which takes up to a minute, and another one the first time.",
            theme::TEXT_QUIET,
        );
    }
}

fn models_ui(ui: &mut Ui, view: &EvaluateView, size: Option<usize>, pane: &mut EvaluatePane) {
    let shelf = &*view.shelf;
    section(ui, "Models");
    if !shelf.is_listed() {
        ui.label(theme::quiet("Looking for models…"));
    }
    ScrollArea::vertical().id_salt("evaluation-models").max_height(LIST).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for model in shelf.models() {
            model_ui(ui, model, shelf, &view.shelf_faces, size, &mut pane.form);
        }
    });
    if link(ui, "Add a folder…").on_hover_text("A model folder or run folder that is not on the list").clicked() {
        pane.picker.pick(ui.ctx(), Purpose::Model);
    }
    if let Some(error) = &shelf.error {
        words(ui, error, theme::ACCENT_HOVERED);
    }
}

fn model_ui(ui: &mut Ui, model: &ShelfItem, shelf: &Shelf, faces: &ShelfFaces, size: Option<usize>, form: &mut Form) {
    let fits = fits(model, size);
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = MODEL;
        let name = middle_of(ui, &model.name, theme::body(), ui.available_width() - BESIDE_NAME);
        let mut is_ticked = fits && form.is_ticked(shelf, &model.request);
        let response = ui.add_enabled_ui(fits, |ui| tick(ui, &mut is_ticked, &name)).inner;
        let response = response.on_hover_text(model_tooltip(model, size));
        if response.on_disabled_hover_text(too_large(model, size)).changed() {
            form.tick(shelf, &model.request, is_ticked);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(8.0);
            ui.label(theme::quiet(format!("{} px", model.size().unwrap_or(0))));
            let (place, _) = ui.allocate_exact_size(FACES, Sense::hover());
            faces.paint(ui, &model.request, place);
        });
    });
}

fn model_tooltip(model: &ShelfItem, size: Option<usize>) -> String {
    let own = model.size().filter(|own| size.is_some_and(|size| *own < size));
    let resized = own.map(|own| format!("\nJudged by the same faces, resized to {own} pixels.")).unwrap_or_default();
    format!("{}{resized}\nDefault: the open model is ticked.", tooltip(model))
}

fn too_large(model: &ShelfItem, size: Option<usize>) -> String {
    format!(
        "Its faces have {0} pixels, and those to judge by have {1}. Import the pictures at {0} pixels, or open faces of that size.",
        model.size().unwrap_or(0),
        size.unwrap_or(0)
    )
}

fn faces_ui(ui: &mut Ui, view: &EvaluateView, pane: &mut EvaluatePane) {
    section(ui, "Faces");
    dataset::show(ui, &view.dataset, "Held-out faces judge the models; the others are what the models may have learned from");
    ui.horizontal(|ui| {
        let size = share_of_row(ui, 2.0);
        if ui.add_sized(size, Button::new("Open…")).on_hover_text("Open a face cache (.safetensors) to judge by").clicked() {
            pane.picker.pick(ui.ctx(), Purpose::Faces);
        }
        let busy = view.busy_with();
        let draw = ui.add_enabled_ui(busy.is_none(), |ui| ui.add_sized(size, Button::new(draw_faces::NAME))).inner;
        let draw = draw.on_hover_text("Synthetic faces to judge models by that have learned from such; photographs are judged by others");
        if draw.on_disabled_hover_text(busy.unwrap_or_default()).clicked() {
            pane.drawing = Some(DrawFaces::default());
        }
    });
}

/// The faces that the models were trained on: those of the same file, or of another one.
fn learned_from_ui(ui: &mut Ui, pane: &mut EvaluatePane) {
    let path = pane.form.train.as_ref().map(|path| path.display().to_string());
    let tooltip = || {
        let now = path.as_ref().map(|path| format!("{path}\n")).unwrap_or_default();
        format!(
            "{now}The faces that the models were trained on. Floor, precision, recall, density, coverage and neighbour ratio need them.\n\
             Default: the training faces of the same file."
        )
    };
    row(ui, labels::TRAINING_FACES.text, &tooltip, |ui| {
        if pane.form.train.is_some() {
            let clear = ui.add_sized(vec2(ROW, ROW), Button::new("×"));
            if clear.on_hover_text("Back to the training faces of the same file").clicked() {
                pane.form.train = None;
            }
        }
        let size = vec2(ui.available_width(), ROW);
        let name = pane.form.train.as_ref().and_then(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned());
        let name = middle_of(ui, &name.unwrap_or_else(|| "the same file".into()), theme::body(), size.x - 20.0);
        let button = ui.add_sized(size, Button::new(name));
        if button.clicked() {
            pane.picker.pick(ui.ctx(), Purpose::TrainingFaces);
        }
        button
    });
}

fn options_ui(ui: &mut Ui, form: &mut Form) {
    let tooltip = || "Which faces of the file judge the models.\nDefault: automatic, held-out faces where there are any.".to_owned();
    row(ui, labels::SPLIT.text, &tooltip, |ui| {
        let width = ui.available_width();
        let combo = ComboBox::from_id_salt("evaluation-split").width(width).selected_text(split_name(form.split));
        let combo = combo.show_ui(ui, |ui| {
            for (split, name, about) in SPLITS {
                ui.selectable_value(&mut form.split, split, name).on_hover_text(about);
            }
        });
        combo.response
    });
    let tooltip = || {
        format!(
            "The number that samples, and the patches and directions they are compared along, are drawn from: the same seed gives the \
             same figures.\nNo unit. Default: {DEFAULT_SEED}."
        )
    };
    row(ui, labels::JUDGING_SEED.text, &tooltip, |ui| number(ui, &mut form.seed, 0..=u64::from(u32::MAX), ""));
    let tooltip = || {
        "Measure everything again. Otherwise figures that a model's folder keeps for the same question are taken from there.\nDefault: no."
            .to_owned()
    };
    check_row(ui, labels::ANEW.text, &tooltip, &mut form.anew);
}

fn start_ui(ui: &mut Ui, view: &EvaluateView, size: Option<usize>, form: &Form, commands: &mut UiCommands) {
    let models = form.chosen(&view.shelf, size);
    let lacks = match &view.dataset.path {
        None => Some("Choose faces first"),
        Some(_) if models.is_empty() => Some("Tick a model first"),
        Some(_) => view.busy_with(),
    };
    let button_size = share_of_row(ui, 1.0);
    let response = ui.add_enabled_ui(lacks.is_none(), |ui| accent_button(ui, "Evaluate", button_size)).inner;
    let response = response.on_hover_text("Judge all ticked models by these faces").on_disabled_hover_text(lacks.unwrap_or_default());
    if let Some(data) = view.dataset.path.as_ref().filter(|_| response.clicked()) {
        commands.judge.write(Judge::Evaluate(form.request(models, data)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::catalog::EMBEDDED;

    #[test]
    fn sizes_are_explained() {
        let model = |size| {
            let mut item = ShelfItem::shipped(EMBEDDED).unwrap();
            item.model.as_mut().unwrap().size = size;
            item
        };
        assert!(model_tooltip(&model(16), Some(32)).contains("resized to 16 pixels"));
        assert!(!model_tooltip(&model(32), Some(32)).contains("resized"));
        assert!(too_large(&model(64), Some(32)).contains("Import the pictures at 64 pixels"));
    }
}

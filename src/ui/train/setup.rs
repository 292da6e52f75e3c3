//! The form of a new training: faces, model, options, start.
//!
//! Owns its layout. What the fields mean stands in the settings themselves.

use bevy_egui::egui::{Button, CollapsingHeader, ComboBox, Id, RichText, Ui, vec2};

use super::ahead;
use super::confirmation::Confirmation;
use super::form::Form;
use super::pane::{Purpose, TrainPane, TrainView, begin};
use super::{runs, stages};
use crate::backend::BackendChoice;
use crate::data::SOURCES;
use crate::engine::Job;
use crate::models::ModelKind;
use crate::session::{DEFAULT_SIZE, JobKind, RunJob, TrainingStatus};
use crate::training::{Dial, Edit, Place, Range, TrainingSettings, Value, When, is_run_folder};
use crate::ui::dials::dial_row;
use crate::ui::draw_faces::{self, DrawFaces};
use crate::ui::widgets::{accent_button, check_row, choices, message, number, path_field, row, section, share_of_row, words};
use crate::ui::{UiCommands, dataset, job, labels, theme};

/// Why another job cannot be started.
const ONE_JOB: &str = "One job at a time";

/// Height of the button that starts, with the room above it.
pub const START: f32 = 40.0;

/// Draws the form, all but the button that starts.
pub fn show(ui: &mut Ui, view: &TrainView, pane: &mut TrainPane, commands: &mut UiCommands) {
    if let TrainingStatus::Failed(reason) = &view.training.status {
        words(ui, reason, theme::ACCENT_HOVERED);
    }
    message(ui, &mut pane.message);
    faces_ui(ui, view, pane, commands);
    let size = view.dataset.facts.as_ref().map_or(pane.form.import_size, |facts| facts.size);
    section(ui, "Model");
    let kinds = ModelKind::ALL.map(|kind| (kind, kind.label(), kind.facts().summary));
    choices(ui, &mut pane.form.kind, &kinds);
    match pane.form.network() {
        Some(settings) => {
            let settings = settings.clone();
            let rate = pane.known_rate(&settings, size);
            network_ui(ui, &mut pane.form, &settings, size, rate);
        }
        None => pca_ui(ui, &mut pane.form, view),
    }
    pane.form.suggest_out(size);
    let path = pane.form.out.clone();
    let tooltip = || {
        format!(
            "{path}\nWhere it goes: a folder, made when it starts. The model picker lists it from then on.\n\
             Default: a name that is free."
        )
    };
    row(ui, labels::FOLDER.text, &tooltip, |ui| path_field(ui, Id::new("train-folder"), &mut pane.form.out));
    ui.add_space(4.0);
    runs::show(ui, "Open a run…", view, pane, commands);
}

fn faces_ui(ui: &mut Ui, view: &TrainView, pane: &mut TrainPane, commands: &mut UiCommands) {
    section(ui, "Faces");
    dataset::show(
        ui,
        &view.dataset,
        match pane.form.kind.facts().has_encoder {
            true => "Held-out faces are never learned from; they tell how well it does on new ones",
            false => "Held-out faces are never learned from. There is no held-out error without an encoder",
        },
    );
    let is_idle = view.jobs.title.is_none();
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 30.0;
        // The longest of three names has to fit.
        ui.spacing_mut().button_padding.x = 4.0;
        let size = share_of_row(ui, 3.0);
        if ui.add_sized(size, Button::new("Open…")).on_hover_text("Open a face cache (.safetensors)").clicked() {
            pane.picker.pick(ui.ctx(), Purpose::Faces);
        }
        let import = ui.add_enabled_ui(is_idle, |ui| ui.add_sized(size, Button::new("Import…"))).inner;
        let import = import.on_hover_text(format!("Read pictures from {SOURCES}; the faces are written beside them"));
        if import.on_disabled_hover_text(ONE_JOB).clicked() {
            pane.picker.pick(ui.ctx(), Purpose::Pictures);
        }
        let draw = ui.add_enabled_ui(is_idle, |ui| ui.add_sized(size, Button::new(draw_faces::NAME))).inner;
        if draw.on_hover_text(draw_faces::TOOLTIP).on_disabled_hover_text(ONE_JOB).clicked() {
            pane.drawing = Some(DrawFaces::default());
        }
    });
    let tooltip = || format!("Height and width of faces that are imported.\nUnit: pixels. Default: {DEFAULT_SIZE}.");
    dataset::size_row(ui, labels::IMPORT_SIZE.text, &tooltip, &mut pane.form.import_size);
    job::show(ui, &view.jobs, JobKind::Prepare, commands);
}

/// The options of a network that is trained: those of its kind, then those of every training. `rate`: how fast such a network was before.
fn network_ui(ui: &mut Ui, form: &mut Form, settings: &TrainingSettings, size: usize, rate: Option<f64>) {
    let dials = settings.dials(size);
    let at = |place| dials.iter().filter(move |dial| dial.place == place && !stages::draws(dial.name));
    for dial in at(Place::Main) {
        form_row(ui, dial, form);
        if matches!((dial.when, dial.range), (When::Shape, Range::Words(_))) {
            summary_ui(ui, dial, settings, size);
        }
    }
    stages::show(ui, form, settings, &dials, size);
    length_ui(ui, form);
    ahead::before(ui, settings, form.budget(), rate);
    device_ui(ui, form);
    CollapsingHeader::new(RichText::new("More options").font(theme::body()).color(theme::TEXT_QUIET))
        .id_salt("more-options")
        .show_unindented(ui, |ui| {
            at(Place::More).for_each(|dial| form_row(ui, dial, form));
            run_ui(ui, form);
        });
}

fn form_row(ui: &mut Ui, dial: &Dial, form: &mut Form) {
    let mut value = dial.value.clone();
    dial_row(ui, dial, &mut value, "");
    if value != dial.value {
        form.turn(&Edit::new(dial.name, value));
    }
}

/// What network the settings come to.
fn summary_ui(ui: &mut Ui, dial: &Dial, settings: &TrainingSettings, size: usize) {
    let network = settings.network(settings.last_size(size));
    let learned = theme::grouped(network.parameters() as u64);
    let all = if settings.has_encoder() { "" } else { " in both networks" };
    let means = match dial.range {
        Range::Words(words) => words.iter().find(|choice| dial.value == Value::Word(choice.word.into())).map_or("", |choice| choice.help),
        _ => "",
    };
    ui.label(theme::quiet(network.in_words())).on_hover_text(format!("{means}.\n{learned} numbers to learn{all}."));
}

fn length_ui(ui: &mut Ui, form: &mut Form) {
    let tooltip = || {
        "How long it trains over all its sittings, counted in faces seen or in minutes without pauses. The learning rate falls along \
         this length; it can be extended later.\nDefault: 500,000 images."
            .to_owned()
    };
    row(ui, labels::LENGTH.text, &tooltip, |ui| {
        let unit = if form.by_minutes { "min" } else { "images" };
        let switch = ui.add_sized(vec2(56.0, 24.0), Button::new(unit));
        if switch.clicked() {
            form.by_minutes = !form.by_minutes;
        }
        let value = if form.by_minutes {
            number(ui, &mut form.minutes, 0.1..=100_000.0, "")
        } else {
            number(ui, &mut form.images, 1..=100_000_000_000, "")
        };
        switch.union(value)
    });
}

fn device_ui(ui: &mut Ui, form: &mut Form) {
    let tooltip = || format!("Where it trains: {}.\nDefault: {}.", BackendChoice::Auto.help(), BackendChoice::Auto.label().to_lowercase());
    row(ui, labels::DEVICE.text, &tooltip, |ui| {
        let box_width = ui.available_width();
        let combo = ComboBox::from_id_salt("train-device").width(box_width).selected_text(form.backend.label());
        let combo = combo.show_ui(ui, |ui| {
            for backend in devices() {
                ui.selectable_value(&mut form.backend, *backend, backend.label()).on_hover_text(backend.help());
            }
        });
        combo.response
    });
}

fn devices() -> &'static [BackendChoice] {
    if cfg!(target_os = "macos") {
        &[BackendChoice::Auto, BackendChoice::Cpu, BackendChoice::Metal]
    } else {
        &[BackendChoice::Auto, BackendChoice::Cpu, BackendChoice::Vulkan, BackendChoice::Cuda]
    }
}

/// The options of every run folder.
fn run_ui(ui: &mut Ui, form: &mut Form) {
    half_ui(ui, &mut form.half);
    let every = || "A checkpoint at least every so many steps, and every minute.\nUnit: steps. Default: 500.".to_owned();
    row(ui, labels::CHECKPOINT_EVERY.text, &every, |ui| number(ui, &mut form.checkpoints.steps, 1..=1_000_000, "steps"));
    let keep = || "How many of the newest checkpoints are kept, besides the best one.\nDefault: 3.".to_owned();
    row(ui, labels::CHECKPOINTS_KEPT.text, &keep, |ui| number(ui, &mut form.checkpoints.newest, 1..=1000, ""));
    if ui.add(Button::new("All to their defaults")).clicked() {
        form.reset();
    }
}

fn half_ui(ui: &mut Ui, half: &mut bool) {
    let tooltip = || "Store the model's weights in half precision: half the size, no visible difference.\nDefault: no.".to_owned();
    check_row(ui, labels::HALF.text, &tooltip, half);
}

fn pca_ui(ui: &mut Ui, form: &mut Form, view: &TrainView) {
    let most = view.dataset.facts.as_ref().map_or(512, |facts| facts.train.saturating_sub(1).min(facts.size * facts.size * 3).max(1));
    let tooltip =
        || "How many axes K: more keep more of a face.\nUnit: axes. Default: 64, at most one less than there are faces.".to_owned();
    row(ui, labels::AXES.text, &tooltip, |ui| number(ui, &mut form.components, 1..=most, "axes"));
    half_ui(ui, &mut form.half);
}

/// Draws the button that starts, below the form.
pub fn start_ui(ui: &mut Ui, view: &TrainView, pane: &mut TrainPane, commands: &mut UiCommands) {
    ui.add_space(6.0);
    let is_trained = pane.form.network().is_some();
    let lacks = match (&view.dataset.path, pane.form.out.trim().is_empty()) {
        (None, _) => Some("Choose faces first"),
        (Some(_), true) => Some("Name a folder first"),
        (Some(_), false) if !is_trained && view.jobs.title.is_some() => Some("One job at a time: wait for the one above, or cancel it"),
        _ => None,
    };
    let name = if is_trained { "Start training" } else { "Fit PCA" };
    let size = share_of_row(ui, 1.0);
    let response = ui.add_enabled_ui(lacks.is_none(), |ui| accent_button(ui, name, size)).inner;
    let response = response.on_disabled_hover_text(lacks.unwrap_or_default());
    let Some(data) = view.dataset.path.as_ref().filter(|_| response.clicked()) else { return };
    match pane.form.request(data) {
        Some(request) if is_run_folder(&request.out) => pane.confirmation = Some(Confirmation::start_over(request)),
        Some(request) => begin(request, pane, commands),
        None => {
            let fit = pane.form.fit(data);
            if fit.out.exists() {
                pane.confirmation = Some(Confirmation::ReplaceModel(fit));
            } else {
                commands.job.write(RunJob::Start(Job::FitPca(fit)));
                pane.form.suggest_again();
            }
        }
    }
}

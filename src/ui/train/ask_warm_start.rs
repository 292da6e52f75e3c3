//! The question before a run begins with the weights of another one: how large, with which faces, how long, where.
//!
//! Owns its layout; what is chosen and what it still lacks is the business of `warm_start`.

use std::path::Path;

use bevy_egui::egui::{Button, Id, Ui, vec2};

use super::pane::{Purpose, TrainPane, TrainView, begin};
use super::question::{STAY, answers, question};
use super::warm_start::WarmStart;
use crate::training::{Budget, Edit};
use crate::ui::dials::dial_row;
use crate::ui::widgets::{ROW, choices, memory, number, path_field, row, section, words};
use crate::ui::{UiCommands, dataset, labels, theme};

/// Draws the question; whether it is answered.
pub fn show(ui: &mut Ui, asked: &mut WarmStart, view: &TrainView, pane: &mut TrainPane, commands: &mut UiCommands) -> bool {
    question(ui, &title(asked), &about(asked));
    size_ui(ui, asked);
    section(ui, "Faces");
    dataset::show(ui, &view.dataset, "Held-out faces are never learned from");
    if ui.add_sized(vec2(ui.available_width(), ROW), Button::new("Open faces…")).on_hover_text("Open a face cache (.safetensors)").clicked()
    {
        pane.picker.pick(ui.ctx(), Purpose::Faces);
    }
    section(ui, "Training");
    length_ui(ui, asked);
    for dial in asked.dials() {
        let mut value = dial.value.clone();
        dial_row(ui, &dial, &mut value, "");
        if value != dial.value {
            asked.turn(&Edit::new(dial.name, value));
        }
    }
    let tooltip = || format!("{}\nThe new run: a folder, made when it starts.\nDefault: a name that is free.", asked.out);
    let mut out = asked.out.clone();
    row(ui, labels::FOLDER.text, &tooltip, |ui| path_field(ui, Id::new("warm-start-folder"), &mut out));
    asked.out = out;
    ui.label(theme::quiet(format!("A step takes about {} of memory", memory(asked.memory_bytes()))));
    let lack = asked.lack(view.dataset.facts.as_ref());
    if let Some(lack) = &lack {
        words(ui, lack, theme::ACCENT_HOVERED);
    }
    let name = if asked.grows() { "Grow and train" } else { "Begin and train" };
    match (answers(ui, &[(name, "Begin the new run"), ("Cancel", STAY)]), &view.dataset.path) {
        (Some(0), Some(data)) if lack.is_none() => {
            start(asked, data, pane, commands);
            true
        }
        (Some(1), _) => true,
        _ => false,
    }
}

fn start(asked: &WarmStart, data: &Path, pane: &mut TrainPane, commands: &mut UiCommands) {
    let request = asked.request(data, pane.form.backend);
    begin(request, pane, commands);
}

fn title(asked: &WarmStart) -> String {
    if asked.grows() { format!("Grow to {0} × {0} pixels", asked.size) } else { "Begin again with these weights".into() }
}

fn about(asked: &WarmStart) -> String {
    let grows = if asked.grows() { "Its networks get larger, and what is new fades in. " } else { "" };
    format!(
        "A new run begins at step 0 with the weights of this one, fresh optimisers and a length of its own. {grows}This run stays as it is."
    )
}

fn size_ui(ui: &mut Ui, asked: &mut WarmStart) {
    let sizes = asked.sizes();
    if sizes.len() < 2 {
        return;
    }
    let texts: Vec<(usize, String, String)> = sizes
        .iter()
        .map(|size| match *size == sizes[0] {
            true => (*size, format!("{size} px"), "As large as it is".to_owned()),
            false => (*size, format!("{size} px"), format!("Faces of {size} × {size} pixels in the end")),
        })
        .collect();
    let options: Vec<(usize, &str, &str)> = texts.iter().map(|(size, name, tooltip)| (*size, name.as_str(), tooltip.as_str())).collect();
    let mut size = asked.size;
    if choices(ui, &mut size, &options) {
        asked.grow_to(size);
    }
}

fn length_ui(ui: &mut Ui, asked: &mut WarmStart) {
    let tooltip = || "How long the new run trains. The learning rate falls along this length.\nDefault: as long as this run.".to_owned();
    row(ui, labels::LENGTH.text, &tooltip, |ui| match &mut asked.budget {
        Budget::Images(images) => number(ui, images, 1..=100_000_000_000, "images"),
        Budget::Seconds(seconds) => {
            let mut minutes = *seconds / 60.0;
            let response = number(ui, &mut minutes, 0.1..=100_000.0, "min");
            if response.changed() {
                *seconds = minutes * 60.0;
            }
            response
        }
    });
}

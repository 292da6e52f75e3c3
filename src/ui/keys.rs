//! Keys: one table from which the hints, the list of all keys and the shortcuts of the panels come.
//!
//! Owns the table and the shortcuts that belong to panels; flying has its own.

use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, Align2, Color32, CornerRadius, Frame, Margin, RichText, Stroke, Ui, vec2};

use super::{EvaluatePanel, Mode, TrainPanel, UiCommands, UiState, evaluate, theme, train};
use crate::explorer::{FlyCamera, FlyTo, InputFocus, Selection};
use crate::session::{Evaluations, Redo, Steer, Train, Training, TrainingStatus, Undo};

/// The key that commands go with.
pub(super) const COMMAND: &str = if cfg!(target_os = "macos") { "Cmd" } else { "Ctrl" };
const COMMAND_KEYS: [KeyCode; 2] =
    if cfg!(target_os = "macos") { [KeyCode::SuperLeft, KeyCode::SuperRight] } else { [KeyCode::ControlLeft, KeyCode::ControlRight] };

/// What keys do: chips, meaning, whether it is among the first hints.
pub const KEYS: &[(&[&str], &str, bool)] = &[
    (&["W", "A", "S", "D"], "fly", true),
    (&["Q", "E"], "down and up", false),
    (&["right drag"], "look", true),
    (&["scroll"], "speed", false),
    (&["Shift"], "sprint", false),
    (&["Home"], "back to the start", false),
    (&["click"], "select a face", true),
    (&["F"], "fly to the selected face", false),
    (&["Esc"], "select nothing", false),
    (&["R"], "random face", false),
    (&["0"], "the mean face", false),
    (&[COMMAND, "Z"], "undo", false),
    (&[COMMAND, "Shift", "Z"], "redo", false),
    (&[COMMAND, "Y"], "redo", false),
    (&["T"], "explore or train", false),
    (&["V"], "explore or evaluate", false),
    (&["Space"], "pause or resume training", false),
    (&["Tab"], "hide or show the panels", false),
    (&["?"], "all keys", true),
];

/// Shortcuts of the panels.
pub fn toggle_panels(
    keys: Res<ButtonInput<KeyCode>>,
    mut typed: MessageReader<KeyboardInput>,
    focus: Res<InputFocus>,
    selection: Res<Selection>,
    training: Res<Training>,
    panel: Res<TrainPanel>,
    evaluate_panel: Res<EvaluatePanel>,
    camera: Query<&FlyCamera>,
    mut state: ResMut<UiState>,
    mut commands: UiCommands,
) {
    if !state.has_flown && camera.iter().any(|camera| camera.velocity.length() > 1.0) {
        state.has_flown = true;
    }
    let typed: Vec<char> = typed.read().filter(|input| input.state.is_pressed()).filter_map(character).collect();
    if focus.keyboard_taken || panel.asks() || evaluate_panel.asks() {
        return;
    }
    if keys.just_pressed(KeyCode::KeyT) {
        state.mode = toggled(state.mode, Mode::Train);
    }
    if keys.just_pressed(KeyCode::KeyV) {
        state.mode = toggled(state.mode, Mode::Evaluate);
    }
    if keys.just_pressed(KeyCode::Space) {
        match training.status {
            TrainingStatus::Running => {
                commands.train.write(Train::Pause);
            }
            TrainingStatus::Paused(_) => {
                commands.train.write(Train::Resume);
            }
            _ => {}
        }
    }
    if keys.just_pressed(KeyCode::Tab) {
        state.visible = !state.visible;
    }
    if keys.just_pressed(KeyCode::F1) || typed.contains(&'?') {
        state.keys_open = !state.keys_open;
    }
    if keys.just_pressed(KeyCode::Escape) {
        state.keys_open = false;
    }
    if keys.just_pressed(KeyCode::KeyR) {
        commands.steer.write(Steer::Randomize);
    }
    if keys.just_pressed(KeyCode::Digit0) {
        commands.steer.write(Steer::Reset);
    }
    if keys.just_pressed(KeyCode::KeyF)
        && let Some(cell) = selection.0
    {
        commands.fly_to.write(FlyTo(Vec3::from(cell.centre())));
    }
    if keys.any_pressed(COMMAND_KEYS) {
        let shift = keys.any_pressed([KeyCode::ShiftLeft, KeyCode::ShiftRight]);
        for key in typed {
            match (key, shift) {
                ('z', false) => {
                    commands.undo.write(Undo);
                }
                ('z', true) | ('y', _) => {
                    commands.redo.write(Redo);
                }
                _ => {}
            }
        }
    }
}

/// Where the key of a mode leads to: there, or from there back to exploring.
fn toggled(now: Mode, wanted: Mode) -> Mode {
    if now == wanted { Mode::Explore } else { wanted }
}

/// The character of a key, in lower case. What is written on the key counts: on many keyboards `?`, Y and Z are not where they are
/// on an American one. Where Latin letters are not written on the keys, their places count.
fn character(input: &KeyboardInput) -> Option<char> {
    match (&input.logical_key, input.key_code) {
        (Key::Character(text), _) if text.is_ascii() => text.chars().next().map(|character| character.to_ascii_lowercase()),
        (_, KeyCode::KeyZ) => Some('z'),
        (_, KeyCode::KeyY) => Some('y'),
        _ => None,
    }
}

/// Draws the first hints, and the list of all keys where it is open.
pub fn show(mut contexts: EguiContexts, mut state: ResMut<UiState>, training: Res<Training>, evaluations: Res<Evaluations>) -> Result {
    let ctx = contexts.ctx_mut()?.clone();
    if state.keys_open {
        all_keys_ui(&ctx, &mut state);
    } else if !state.has_flown && !train::dock_is_open(&state, &training) && !evaluate::dock_is_open(&state, &evaluations) {
        hints_ui(&ctx);
    }
    Ok(())
}

fn hints_ui(ctx: &egui::Context) {
    let corner = ctx.content_rect().right_bottom() - vec2(theme::MARGIN, theme::STATUS_HEIGHT + theme::MARGIN);
    egui::Area::new("hints".into()).pivot(Align2::RIGHT_BOTTOM).fixed_pos(corner).interactable(false).show(ctx, |ui| {
        let backdrop = Frame::new().fill(theme::PANEL).corner_radius(CornerRadius::same(8)).inner_margin(Margin::symmetric(10, 6));
        backdrop.show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 5.0;
                let first = KEYS.iter().filter(|(_, _, first)| *first);
                for (index, (chips, meaning, _)) in first.enumerate() {
                    if index > 0 {
                        ui.add_space(8.0);
                    }
                    chips_ui(ui, chips);
                    ui.label(theme::quiet(*meaning));
                }
            });
        });
    });
}

fn chips_ui(ui: &mut Ui, chips: &[&str]) {
    for chip in chips {
        let frame = Frame::new()
            .fill(Color32::from_rgba_unmultiplied(0x0E, 0x11, 0x19, 200))
            .stroke(Stroke::new(1.0, theme::CONTROL_BORDER))
            .corner_radius(CornerRadius::same(4))
            .inner_margin(Margin::symmetric(6, 2));
        frame.show(ui, |ui| ui.label(RichText::new(*chip).font(theme::small()).color(theme::TEXT)));
    }
}

fn all_keys_ui(ctx: &egui::Context, state: &mut UiState) {
    let mut open = true;
    egui::Window::new(theme::strong("Keys"))
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .anchor(Align2::CENTER_CENTER, vec2(0.0, 0.0))
        .frame(theme::panel_frame())
        .show(ctx, |ui| {
            egui::Grid::new("keys").num_columns(2).spacing(vec2(24.0, 7.0)).show(ui, |ui| {
                for (chips, meaning, _) in KEYS {
                    ui.horizontal(|ui| chips_ui(ui, chips));
                    ui.label(*meaning);
                    ui.end_row();
                }
            });
        });
    state.keys_open &= open;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_mode_leads_there_and_back() {
        for mode in [Mode::Train, Mode::Evaluate] {
            assert_eq!((toggled(Mode::Explore, mode), toggled(mode, mode)), (mode, Mode::Explore));
        }
        assert_eq!(toggled(Mode::Train, Mode::Evaluate), Mode::Evaluate);
    }

    #[test]
    fn no_key_is_listed_twice() {
        let mut chips: Vec<&[&str]> = KEYS.iter().map(|(chips, _, _)| *chips).collect();
        chips.sort_unstable();
        assert!(chips.windows(2).all(|pair| pair[0] != pair[1]));
    }
}

//! Keys: one table from which the hints, the list of all keys and the shortcuts come.
//!
//! Owns the table and what each shortcut does. A letter is what is written on its key, wherever that is; flying goes by places, and
//! is the explorer's own.

use bevy::input::keyboard::Key;
use bevy::prelude::*;

use super::theme::COMMAND;
use super::{EvaluatePanel, Mode, TrainPanel, UiCommands, UiState};
use crate::explorer::{FlyCamera, FlyTo, GoHome, InputFocus, Keyboard, Layout, Press, Select, Selection};
use crate::session::{Redo, Steer, Train, Training, TrainingStatus, Undo};

/// What is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chip {
    /// What has a name everywhere.
    Name(&'static str),
    /// The key at a place, whatever is written on it.
    Place(KeyCode),
}

impl Chip {
    /// What it shows on this keyboard.
    pub fn text(&self, layout: &Layout) -> String {
        match self {
            Self::Name(name) => (*name).to_owned(),
            Self::Place(place) => layout.written_at(*place),
        }
    }
}

/// Keys with a name that are shortcuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Home,
    Escape,
    Space,
    Tab,
    F1,
}

impl Name {
    fn of(key: &Key) -> Option<Self> {
        match key {
            Key::Home => Some(Self::Home),
            Key::Escape => Some(Self::Escape),
            Key::Space => Some(Self::Space),
            Key::Tab => Some(Self::Tab),
            Key::F1 => Some(Self::F1),
            _ => None,
        }
    }
}

/// What has to be pressed for a shortcut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chord {
    /// A key on which this is written, or with which it is typed, and none that makes a command of it.
    Written(char),
    /// A key with a name, alone.
    Named(Name),
    /// The command key and a letter; goes on while it is held.
    Command(char),
    /// With Shift.
    CommandShift(char),
}

impl Chord {
    fn is(&self, press: &Press) -> bool {
        let with = press.with;
        match self {
            // With AltGr a key stands for another character, and may type this one.
            Self::Written(wanted) => {
                let is_typed = with.alt_graph && wanted.is_alphanumeric();
                press.character == Some(*wanted) && !with.commands() && !press.repeats && !is_typed
            }
            Self::Named(wanted) => Name::of(&press.key) == Some(*wanted) && !with.commands() && !with.alt_graph && !press.repeats,
            Self::Command(wanted) => press.character == Some(*wanted) && with.is_command() && !with.shift,
            Self::CommandShift(wanted) => press.character == Some(*wanted) && with.is_command() && with.shift,
        }
    }
}

/// What a shortcut does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Home,
    FlyToSelected,
    Escape,
    Random,
    Mean,
    Undo,
    Redo,
    Train,
    Evaluate,
    PauseOrResume,
    Panels,
    AllKeys,
}

/// A row of the table.
pub struct KeyRow {
    /// What is pressed, as the list shows it.
    pub chips: &'static [Chip],
    /// What it is for.
    pub meaning: &'static str,
    /// Whether it is among the first hints.
    pub is_hint: bool,
    shortcut: Option<(&'static [Chord], Action)>,
}

/// What keys do.
pub const KEYS: &[KeyRow] = {
    use Chip::{Name as Text, Place};
    use Chord::{Command, CommandShift, Named, Written};
    const fn row(chips: &'static [Chip], meaning: &'static str, is_hint: bool) -> KeyRow {
        KeyRow { chips, meaning, is_hint, shortcut: None }
    }
    const fn shortcut(chips: &'static [Chip], meaning: &'static str, chords: &'static [Chord], action: Action) -> KeyRow {
        KeyRow { chips, meaning, is_hint: matches!(action, Action::AllKeys), shortcut: Some((chords, action)) }
    }
    &[
        row(&[Place(KeyCode::KeyW), Place(KeyCode::KeyA), Place(KeyCode::KeyS), Place(KeyCode::KeyD)], "fly", true),
        row(&[Place(KeyCode::KeyQ), Place(KeyCode::KeyE)], "down and up", false),
        row(&[Text("right drag")], "look", true),
        row(&[Text("scroll")], "speed", false),
        row(&[Text("Shift")], "sprint", false),
        shortcut(&[Text("Home")], "back to the start", &[Named(Name::Home)], Action::Home),
        row(&[Text("click")], "select a face", true),
        shortcut(&[Text("F")], "fly to the selected face", &[Written('f')], Action::FlyToSelected),
        shortcut(&[Text("Esc")], "select nothing", &[Named(Name::Escape)], Action::Escape),
        shortcut(&[Text("R")], "random face", &[Written('r')], Action::Random),
        shortcut(&[Text("0")], "the mean face", &[Written('0')], Action::Mean),
        shortcut(&[Text(COMMAND), Text("Z")], "undo", &[Command('z')], Action::Undo),
        shortcut(&[Text(COMMAND), Text("Shift"), Text("Z")], "redo", &[CommandShift('z')], Action::Redo),
        shortcut(&[Text(COMMAND), Text("Y")], "redo", &[Command('y'), CommandShift('y')], Action::Redo),
        shortcut(&[Text("T")], "explore or train", &[Written('t')], Action::Train),
        shortcut(&[Text("V")], "explore or evaluate", &[Written('v')], Action::Evaluate),
        shortcut(&[Text("Space")], "pause or resume training", &[Named(Name::Space)], Action::PauseOrResume),
        shortcut(&[Text("Tab")], "hide or show the panels", &[Named(Name::Tab)], Action::Panels),
        shortcut(&[Text("?")], "all keys", &[Written('?'), Named(Name::F1)], Action::AllKeys),
    ]
};

fn action_of(press: &Press) -> Option<Action> {
    let mut shortcuts = KEYS.iter().filter_map(|row| row.shortcut);
    shortcuts.find(|(chords, _)| chords.iter().any(|chord| chord.is(press))).map(|(_, action)| action)
}

/// Does what the keys that were pressed mean. While a text field is edited or a question waits for an answer, they mean nothing here.
pub fn obey_keys(
    keyboard: Res<Keyboard>,
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
    if focus.keyboard_taken || panel.asks() || evaluate_panel.asks() {
        return;
    }
    for action in keyboard.pressed().iter().filter_map(action_of) {
        obey(action, &selection, &training.status, &mut state, &mut commands);
    }
}

fn obey(action: Action, selection: &Selection, training: &TrainingStatus, state: &mut UiState, commands: &mut UiCommands) {
    match action {
        Action::Home => {
            commands.go_home.write(GoHome);
        }
        Action::FlyToSelected => {
            if let Some(cell) = selection.0 {
                commands.fly_to.write(FlyTo(Vec3::from(cell.centre())));
            }
        }
        Action::Escape => {
            state.keys_open = false;
            commands.select.write(Select(None));
        }
        Action::Random => {
            commands.steer.write(Steer::Randomize);
        }
        Action::Mean => {
            commands.steer.write(Steer::Reset);
        }
        Action::Undo => {
            commands.undo.write(Undo);
        }
        Action::Redo => {
            commands.redo.write(Redo);
        }
        Action::Train => state.mode = toggled(state.mode, Mode::Train),
        Action::Evaluate => state.mode = toggled(state.mode, Mode::Evaluate),
        Action::PauseOrResume => match training {
            TrainingStatus::Running => {
                commands.train.write(Train::Pause);
            }
            TrainingStatus::Paused(_) => {
                commands.train.write(Train::Resume);
            }
            _ => {}
        },
        Action::Panels => state.visible = !state.visible,
        Action::AllKeys => state.keys_open = !state.keys_open,
    }
}

/// Where the key of a mode leads to: there, or from there back to exploring.
fn toggled(now: Mode, wanted: Mode) -> Mode {
    if now == wanted { Mode::Explore } else { wanted }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explorer::Modifiers;

    fn press(character: char, with: Modifiers) -> Press {
        Press { character: Some(character), key: Key::Character(character.to_string().into()), with, repeats: false }
    }

    fn named(key: Key, with: Modifiers) -> Press {
        Press { character: None, key, with, repeats: false }
    }

    #[test]
    fn the_key_of_a_mode_leads_there_and_back() {
        for mode in [Mode::Train, Mode::Evaluate] {
            assert_eq!((toggled(Mode::Explore, mode), toggled(mode, mode)), (mode, Mode::Explore));
        }
        assert_eq!(toggled(Mode::Train, Mode::Evaluate), Mode::Evaluate);
    }

    #[test]
    fn no_plain_shortcut_fires_with_a_key_for_commands() {
        let plain = |character| action_of(&press(character, Modifiers::default()));
        assert_eq!((plain('r'), plain('v'), plain('?')), (Some(Action::Random), Some(Action::Evaluate), Some(Action::AllKeys)));
        let shift = Modifiers { shift: true, ..Modifiers::default() };
        assert_eq!(action_of(&press('r', shift)), Some(Action::Random), "as when it is sprinted");
        let commands = [
            Modifiers { control: true, ..Modifiers::default() },
            Modifiers { alt: true, ..Modifiers::default() },
            Modifiers { system: true, ..Modifiers::default() },
            Modifiers { control: true, alt: true, shift: true, ..Modifiers::default() },
        ];
        for with in commands {
            for character in ['f', 'r', '0', 't', 'v', '?'] {
                assert_eq!(action_of(&press(character, with)), None, "{character} with {with:?}");
            }
            for key in [Key::Home, Key::Escape, Key::Space, Key::Tab, Key::F1] {
                assert_eq!(action_of(&named(key.clone(), with)), None, "{key:?} with {with:?}");
            }
        }
    }

    #[test]
    fn commands_are_told_by_shift_and_go_on_while_they_are_held() {
        let mac = cfg!(target_os = "macos");
        let command = Modifiers { control: !mac, system: mac, ..Modifiers::default() };
        let mut held = press('z', command);
        assert_eq!(action_of(&held), Some(Action::Undo));
        held.repeats = true;
        assert_eq!(action_of(&held), Some(Action::Undo));
        assert_eq!(action_of(&press('z', Modifiers { shift: true, ..command })), Some(Action::Redo));
        assert_eq!(action_of(&press('y', command)), Some(Action::Redo));
        assert_eq!(action_of(&press('z', Modifiers { alt: true, ..command })), None);
        assert_eq!(action_of(&press('z', Modifiers::default())), None);
        let repeated = Press { repeats: true, ..press('t', Modifiers::default()) };
        assert_eq!(action_of(&repeated), None, "a mode does not flicker while its key is held");
    }

    #[test]
    fn alt_graph_types_and_is_no_letter() {
        let with = Modifiers { alt_graph: true, ..Modifiers::default() };
        assert_eq!(action_of(&press('?', with)), Some(Action::AllKeys), "where it is typed so");
        assert_eq!(action_of(&press('r', with)), None);
    }

    #[test]
    fn nothing_is_listed_twice_and_every_chord_means_one_thing() {
        for (index, row) in KEYS.iter().enumerate() {
            for other in &KEYS[index + 1..] {
                assert_ne!(row.chips, other.chips);
                let chords = |row: &KeyRow| row.shortcut.map_or(&[][..], |(chords, _)| chords);
                assert!(chords(row).iter().all(|chord| !chords(other).contains(chord)), "{} and {}", row.meaning, other.meaning);
            }
        }
    }

    #[test]
    fn keys_that_fly_show_what_is_written_there() {
        let french = Layout::of([(KeyCode::KeyW, 'z')]);
        let flight: Vec<String> = KEYS[0].chips.iter().map(|chip| chip.text(&french)).collect();
        assert_eq!(flight, ["Z", "Q", "S", "D"]);
    }
}

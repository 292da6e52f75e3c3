//! Keys: one table from which the hints, the list of all keys and the shortcuts come.
//!
//! Owns the table and what each shortcut does. A letter is what is written on its key, wherever that is; flying goes by places, and
//! is the explorer's own.

use std::borrow::Cow;

use bevy::ecs::system::SystemParam;
use bevy::input::keyboard::Key;
use bevy::prelude::*;

use super::chips::Chip;
use super::pane::{PaneState, Panes};
use super::theme::COMMAND;
use super::{UiCommands, UiState};
use crate::engine::TrainingCommand;
use crate::explorer::{FlyCamera, FlyTo, GoHome, InputFocus, Keyboard, Press, Select, Selection};
use crate::session::{Redo, Steer, Train, Training, TrainingStatus, Undo};

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

/// What shortcuts act on.
#[derive(SystemParam)]
pub struct Deck<'w> {
    selection: Res<'w, Selection>,
    training: Res<'w, Training>,
    panes: Res<'w, Panes>,
    state: ResMut<'w, UiState>,
    commands: UiCommands<'w>,
}

/// What a shortcut does.
#[derive(Clone, Copy)]
enum Action {
    /// This.
    Do(fn(&mut Deck)),
    /// It leads to the pane with this name in files, and back from there.
    Pane(&'static str),
}

/// A row of the table.
#[derive(Clone)]
pub struct KeyRow {
    /// What is pressed, as the list shows it.
    pub chips: Cow<'static, [Chip]>,
    /// What it is for.
    pub meaning: Cow<'static, str>,
    /// Whether it is among the first hints.
    pub is_hint: bool,
    shortcut: Option<(Cow<'static, [Chord]>, Action)>,
}

const fn row(chips: &'static [Chip], meaning: &'static str, is_hint: bool) -> KeyRow {
    KeyRow { chips: Cow::Borrowed(chips), meaning: Cow::Borrowed(meaning), is_hint, shortcut: None }
}

const fn shortcut(chips: &'static [Chip], meaning: &'static str, chords: &'static [Chord], act: fn(&mut Deck)) -> KeyRow {
    let shortcut = Some((Cow::Borrowed(chords), Action::Do(act)));
    KeyRow { chips: Cow::Borrowed(chips), meaning: Cow::Borrowed(meaning), is_hint: false, shortcut }
}

/// A shortcut that is among the first hints.
const fn hinted(chips: &'static [Chip], meaning: &'static str, chords: &'static [Chord], act: fn(&mut Deck)) -> KeyRow {
    let shortcut = Some((Cow::Borrowed(chords), Action::Do(act)));
    KeyRow { chips: Cow::Borrowed(chips), meaning: Cow::Borrowed(meaning), is_hint: true, shortcut }
}

/// Keys of flying, of faces, and of steps back and forth.
pub const KEYS: &[KeyRow] = {
    use Chip::{Name as Text, Place};
    use Chord::{Command, CommandShift, Named, Written};
    &[
        row(&[Place(KeyCode::KeyW), Place(KeyCode::KeyA), Place(KeyCode::KeyS), Place(KeyCode::KeyD)], "fly", true),
        row(&[Place(KeyCode::KeyQ), Place(KeyCode::KeyE)], "down and up", false),
        row(&[Text("right drag")], "look", true),
        row(&[Text("scroll")], "speed", false),
        row(&[Text("Shift")], "sprint", false),
        shortcut(&[Text("Home")], "back to the start", &[Named(Name::Home)], |deck| {
            deck.commands.go_home.write(GoHome);
        }),
        row(&[Text("click")], "select a face", true),
        shortcut(&[Text("F")], "fly to the selected face", &[Written('f')], |deck| {
            if let Some(cell) = deck.selection.0 {
                deck.commands.fly_to.write(FlyTo(Vec3::from(cell.centre())));
            }
        }),
        shortcut(&[Text("Esc")], "select nothing", &[Named(Name::Escape)], |deck| {
            deck.state.keys_open = false;
            deck.commands.select.write(Select(None));
        }),
        shortcut(&[Text("R")], "random face", &[Written('r')], |deck| {
            deck.commands.steer.write(Steer::Randomize);
        }),
        shortcut(&[Text("0")], "the mean face", &[Written('0')], |deck| {
            deck.commands.steer.write(Steer::Reset);
        }),
        shortcut(&[Text(COMMAND), Text("Z")], "undo", &[Command('z')], |deck| {
            deck.commands.undo.write(Undo);
        }),
        shortcut(&[Text(COMMAND), Text("Shift"), Text("Z")], "redo", &[CommandShift('z')], redo),
        shortcut(&[Text(COMMAND), Text("Y")], "redo", &[Command('y'), CommandShift('y')], redo),
    ]
};

/// Keys of the panels.
const PANEL_KEYS: &[KeyRow] = {
    use Chip::Name as Text;
    use Chord::{Named, Written};
    &[
        shortcut(&[Text("Space")], "pause or resume training", &[Named(Name::Space)], pause_or_resume),
        shortcut(&[Text("Tab")], "hide or show the panels", &[Named(Name::Tab)], |deck| deck.state.visible = !deck.state.visible),
        hinted(&[Text("?")], "all keys", &[Written('?'), Named(Name::F1)], |deck| deck.state.keys_open = !deck.state.keys_open),
    ]
};

fn redo(deck: &mut Deck) {
    deck.commands.redo.write(Redo);
}

fn pause_or_resume(deck: &mut Deck) {
    match deck.training.status {
        TrainingStatus::Running => {
            deck.commands.train.write(Train::Command(TrainingCommand::Pause));
        }
        TrainingStatus::Paused(_) => {
            deck.commands.train.write(Train::Command(TrainingCommand::Resume));
        }
        _ => {}
    }
}

/// The whole table, with the letters that lead to panes.
pub fn table(panes: &Panes) -> Vec<KeyRow> {
    let home = panes.list().first().map_or("", |first| first.facts.title).to_lowercase();
    let of_pane = |pane: &PaneState| {
        let letter = pane.facts.letter?;
        Some(KeyRow {
            chips: vec![Chip::Letter(letter)].into(),
            meaning: format!("{home} or {}", pane.facts.title.to_lowercase()).into(),
            is_hint: false,
            shortcut: Some((vec![Chord::Written(letter)].into(), Action::Pane(pane.facts.word))),
        })
    };
    KEYS.iter().cloned().chain(panes.list().iter().filter_map(of_pane)).chain(PANEL_KEYS.iter().cloned()).collect()
}

fn meant<'a>(table: &'a [KeyRow], press: &Press) -> Option<(&'a KeyRow, Action)> {
    let mut shortcuts = table.iter().filter_map(|row| Some((row, row.shortcut.as_ref()?)));
    let found = shortcuts.find(|(_, (chords, _))| chords.iter().any(|chord| chord.is(press)));
    found.map(|(row, (_, action))| (row, *action))
}

/// Does what the keys that were pressed mean. While a text field is edited or a question waits for an answer, they mean nothing here.
pub fn obey_keys(keyboard: Res<Keyboard>, focus: Res<InputFocus>, camera: Query<&FlyCamera>, mut deck: Deck) {
    if !deck.state.has_flown && camera.iter().any(|camera| camera.velocity.length() > 1.0) {
        deck.state.has_flown = true;
    }
    if focus.keyboard_taken || deck.panes.ask() || keyboard.pressed().is_empty() {
        return;
    }
    let table = table(&deck.panes);
    for (_, action) in keyboard.pressed().iter().filter_map(|press| meant(&table, press)) {
        match action {
            Action::Do(act) => act(&mut deck),
            Action::Pane(word) => deck.state.pane = deck.panes.toggled(deck.state.pane, word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pane::PaneFacts;
    use super::*;
    use crate::explorer::{Layout, Modifiers};

    /// The table as it is with a pane that has a letter.
    fn keys() -> Vec<KeyRow> {
        let mut panes = Panes::default();
        for (word, title, letter) in [("explore", "Explore", None), ("train", "Train", Some('t')), ("evaluate", "Evaluate", Some('v'))] {
            panes.add(PaneFacts { word, title, purpose: "", letter, takes_faces: false });
        }
        table(&panes)
    }

    /// What a press means.
    fn meaning(press: &Press) -> Option<String> {
        meant(&keys(), press).map(|(row, _)| row.meaning.to_string())
    }

    fn press(character: char, with: Modifiers) -> Press {
        Press { character: Some(character), key: Key::Character(character.to_string().into()), with, repeats: false }
    }

    fn named(key: Key, with: Modifiers) -> Press {
        Press { character: None, key, with, repeats: false }
    }

    #[test]
    fn no_plain_shortcut_fires_with_a_key_for_commands() {
        let plain = |character| meaning(&press(character, Modifiers::default()));
        let meanings = ['r', 'v', '?'].map(|character| plain(character).unwrap());
        assert_eq!(meanings, ["random face", "explore or evaluate", "all keys"]);
        let shift = Modifiers { shift: true, ..Modifiers::default() };
        assert_eq!(meaning(&press('r', shift)), Some("random face".into()), "as when it is sprinted");
        let commands = [
            Modifiers { control: true, ..Modifiers::default() },
            Modifiers { alt: true, ..Modifiers::default() },
            Modifiers { system: true, ..Modifiers::default() },
            Modifiers { control: true, alt: true, shift: true, ..Modifiers::default() },
        ];
        for with in commands {
            for character in ['f', 'r', '0', 't', 'v', '?'] {
                assert_eq!(meaning(&press(character, with)), None, "{character} with {with:?}");
            }
            for key in [Key::Home, Key::Escape, Key::Space, Key::Tab, Key::F1] {
                assert_eq!(meaning(&named(key.clone(), with)), None, "{key:?} with {with:?}");
            }
        }
    }

    #[test]
    fn commands_are_told_by_shift_and_go_on_while_they_are_held() {
        let mac = cfg!(target_os = "macos");
        let command = Modifiers { control: !mac, system: mac, ..Modifiers::default() };
        let mut held = press('z', command);
        assert_eq!(meaning(&held), Some("undo".into()));
        held.repeats = true;
        assert_eq!(meaning(&held), Some("undo".into()));
        assert_eq!(meaning(&press('z', Modifiers { shift: true, ..command })), Some("redo".into()));
        assert_eq!(meaning(&press('y', command)), Some("redo".into()));
        assert_eq!(meaning(&press('z', Modifiers { alt: true, ..command })), None);
        assert_eq!(meaning(&press('z', Modifiers::default())), None);
        let repeated = Press { repeats: true, ..press('t', Modifiers::default()) };
        assert_eq!(meaning(&repeated), None, "a mode does not flicker while its key is held");
    }

    #[test]
    fn alt_graph_types_and_is_no_letter() {
        let with = Modifiers { alt_graph: true, ..Modifiers::default() };
        assert_eq!(meaning(&press('?', with)), Some("all keys".into()), "where it is typed so");
        assert_eq!(meaning(&press('r', with)), None);
    }

    #[test]
    fn nothing_is_listed_twice_and_every_chord_means_one_thing() {
        let keys = keys();
        for (index, row) in keys.iter().enumerate() {
            for other in &keys[index + 1..] {
                assert_ne!(row.chips, other.chips);
                let chords = |row: &KeyRow| row.shortcut.as_ref().map_or(Vec::new(), |(chords, _)| chords.to_vec());
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

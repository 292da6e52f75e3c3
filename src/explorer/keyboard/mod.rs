//! The keyboard as its user sees it: what is written on the key that was pressed, and with which others it was held.
//!
//! Owns what is held and what was pressed this frame. Shortcuts go by what is written on a key, flying goes by its place. Which
//! shortcut a press means is the panels' business, where the camera flies is its own.

mod layout;

use std::collections::HashMap;

use bevy::input::InputSystems;
use bevy::input::keyboard::{Key, KeyboardFocusLost, KeyboardInput};
use bevy::prelude::*;
use bevy_egui::EguiInputSet;
use bevy_egui::input::ModifierKeysState;

pub use layout::Layout;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Keyboard>()
        .add_message::<KeyboardInput>()
        .add_message::<KeyboardFocusLost>()
        .add_systems(PreUpdate, read_keys.after(InputSystems).before(EguiInputSet::InitReading))
        .add_systems(
            PreUpdate,
            tell_panels.after(EguiInputSet::InitReading).before(EguiInputSet::FocusContext).run_if(resource_exists::<ModifierKeysState>),
        );
}

/// The keys that change what others mean, as they were held when a key was pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Modifiers {
    /// Shift.
    pub shift: bool,
    /// Ctrl; on macOS it is no key for commands.
    pub control: bool,
    /// Alt; Option on macOS.
    pub alt: bool,
    /// The key with the system's logo; Cmd on macOS.
    pub system: bool,
    /// `AltGr`, which types further characters.
    pub alt_graph: bool,
}

impl Modifiers {
    /// Whether one is held with which no letter stands for itself.
    pub fn commands(self) -> bool {
        // Windows tells of AltGr as of Ctrl and AltGr.
        (self.control || self.alt) && !self.alt_graph || self.system
    }

    /// Whether the key for commands is held, and no other but Shift.
    pub fn is_command(self) -> bool {
        let (command, other) = if cfg!(target_os = "macos") { (self.system, self.control) } else { (self.control, self.system) };
        command && !other && !self.alt && !self.alt_graph
    }
}

/// A key that went down.
#[derive(Clone, Debug, PartialEq)]
pub struct Press {
    /// What is written on it, in lower case, or what it types; none for keys with a name.
    pub character: Option<char>,
    /// The key as the layout has it.
    pub key: Key,
    /// What was held meanwhile.
    pub with: Modifiers,
    /// Whether the system repeats a key that is held.
    pub repeats: bool,
}

/// The state of the keyboard.
#[derive(Debug, Default, Resource)]
pub struct Keyboard {
    held: HashMap<KeyCode, Held>,
    pressed: Vec<Press>,
    /// What is written on the keys, as far as it is known.
    pub layout: Layout,
}

#[derive(Debug)]
struct Held {
    key: Key,
    /// Whether it was pressed with a key for commands.
    is_command: bool,
}

impl Keyboard {
    /// A keyboard of which this is known.
    pub fn new(layout: Layout) -> Self {
        Self { layout, ..Self::default() }
    }

    /// The keys that went down this frame, in order.
    pub fn pressed(&self) -> &[Press] {
        &self.pressed
    }

    /// What is held now. A key counts as what the layout makes of it, so that swapped keys mean what their user thinks.
    pub fn modifiers(&self) -> Modifiers {
        let holds = |wanted: &[Key]| self.held.values().any(|held| wanted.contains(&held.key));
        Modifiers {
            shift: holds(&[Key::Shift]),
            control: holds(&[Key::Control]),
            alt: holds(&[Key::Alt]),
            // With Shift, Alt becomes Meta on many keyboards.
            system: holds(&[Key::Super, Key::Meta, Key::Hyper]),
            alt_graph: holds(&[Key::AltGraph]),
        }
    }

    /// Whether the key at a place is part of a command, such as Ctrl+S, and shall not fly.
    pub fn is_command(&self, place: KeyCode) -> bool {
        self.held.get(&place).is_some_and(|held| held.is_command)
    }

    fn take(&mut self, input: &KeyboardInput) {
        if !input.state.is_pressed() {
            self.held.remove(&input.key_code);
            return;
        }
        let with = self.modifiers();
        let held = Held { key: input.logical_key.clone(), is_command: with.commands() };
        if !input.repeat {
            self.held.insert(input.key_code, held);
        }
        if !with.alt_graph && !with.commands() {
            self.layout.learn(input.key_code, &input.logical_key);
        }
        let character = layout::written(input.key_code, &input.logical_key, with.shift);
        self.pressed.push(Press { character, key: input.logical_key.clone(), with, repeats: input.repeat });
    }
}

fn read_keys(mut keyboard: ResMut<Keyboard>, mut inputs: MessageReader<KeyboardInput>, mut losses: MessageReader<KeyboardFocusLost>) {
    keyboard.pressed.clear();
    for input in inputs.read() {
        keyboard.take(input);
    }
    // What is let go in another window is never told.
    if losses.read().last().is_some() {
        keyboard.held.clear();
    }
}

/// egui's own account of held keys goes by what they are called: Shift, then Alt is pressed as Meta, let go as Alt, and text fields
/// would take no letter any more.
fn tell_panels(keyboard: Res<Keyboard>, mut state: ResMut<ModifierKeysState>) {
    let Modifiers { shift, control, alt, system, alt_graph } = keyboard.modifiers();
    (state.shift, state.alt) = (shift, alt);
    // AltGr types characters, and text fields shall take them.
    (state.ctrl, state.win) = (control && !alt_graph, system && !alt_graph);
}

#[cfg(test)]
mod tests {
    use bevy::input::ButtonState;

    use super::*;

    fn input(key_code: KeyCode, logical_key: Key, state: ButtonState) -> KeyboardInput {
        KeyboardInput { key_code, logical_key, state, text: None, repeat: false, window: Entity::PLACEHOLDER }
    }

    fn letter(text: &str) -> Key {
        Key::Character(text.into())
    }

    fn press(keyboard: &mut Keyboard, code: KeyCode, key: Key) -> Press {
        keyboard.take(&input(code, key, ButtonState::Pressed));
        keyboard.pressed.pop().unwrap()
    }

    #[test]
    fn keys_for_commands_are_known_by_what_they_are_not_by_their_place() {
        for (code, key) in [
            (KeyCode::ControlLeft, Key::Control),
            (KeyCode::CapsLock, Key::Control),
            (KeyCode::AltLeft, Key::Alt),
            (KeyCode::SuperRight, Key::Super),
            (KeyCode::AltLeft, Key::Meta),
        ] {
            let mut keyboard = Keyboard::default();
            press(&mut keyboard, code, key.clone());
            assert!(press(&mut keyboard, KeyCode::KeyR, letter("r")).with.commands(), "{key:?}");
            assert!(keyboard.is_command(KeyCode::KeyR));
            keyboard.take(&input(code, key, ButtonState::Released));
            assert!(keyboard.is_command(KeyCode::KeyR), "it was pressed as a command, and does not begin to fly");
            keyboard.take(&input(KeyCode::KeyR, letter("r"), ButtonState::Released));
            assert!(!press(&mut keyboard, KeyCode::KeyR, letter("R")).with.commands());
            assert!(!keyboard.is_command(KeyCode::KeyR));
        }
    }

    #[test]
    fn alt_graph_is_no_command_though_windows_tells_of_ctrl_with_it() {
        let mut keyboard = Keyboard::default();
        press(&mut keyboard, KeyCode::ControlLeft, Key::Control);
        press(&mut keyboard, KeyCode::AltRight, Key::AltGraph);
        let with = press(&mut keyboard, KeyCode::Minus, letter("?")).with;
        assert!(!with.commands() && !with.is_command() && with.alt_graph);
    }

    #[test]
    fn a_key_that_is_let_go_under_another_name_is_let_go() {
        let mut keyboard = Keyboard::default();
        press(&mut keyboard, KeyCode::ShiftLeft, Key::Shift);
        press(&mut keyboard, KeyCode::AltLeft, Key::Meta);
        keyboard.take(&input(KeyCode::ShiftLeft, Key::Shift, ButtonState::Released));
        keyboard.take(&input(KeyCode::AltLeft, Key::Alt, ButtonState::Released));
        assert_eq!(keyboard.modifiers(), Modifiers::default());
    }
}

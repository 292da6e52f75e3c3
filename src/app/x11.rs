//! What the window system does not tell and a server of X does: what is written on the keys, and whether somebody manages windows.
//!
//! Owns the questions. Desktops of Wayland answer them too, through the server that they keep for programs of X.

use bevy::prelude::KeyCode;
use x11rb::connection::Connection;
use x11rb::protocol::xkb::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, Keysym};

/// Which key codes of X the rows of letters have; they are the same on every keyboard.
const ROWS: [(u8, &[KeyCode]); 3] = {
    use KeyCode::*;
    [
        (24, &[KeyQ, KeyW, KeyE, KeyR, KeyT, KeyY, KeyU, KeyI, KeyO, KeyP]),
        (38, &[KeyA, KeyS, KeyD, KeyF, KeyG, KeyH, KeyJ, KeyK, KeyL]),
        (52, &[KeyZ, KeyX, KeyC, KeyV, KeyB, KeyN, KeyM]),
    ]
};

/// What is known of the desktop.
#[derive(Debug, Default)]
pub struct Desktop {
    /// What is written on the keys of letters.
    pub letters: Vec<(KeyCode, char)>,
    /// Whether windows get frames and places from somebody; `None` where there is no server of X to ask.
    pub manages_windows: Option<bool>,
}

impl Desktop {
    /// Asks the server that `DISPLAY` names. Where none answers, nothing is known.
    pub fn look() -> Self {
        if std::env::var_os("DISPLAY").is_none_or(|display| display.is_empty()) {
            return Self::default();
        }
        let Ok((server, screen)) = x11rb::connect(None) else { return Self::default() };
        Self { letters: letters(&server).unwrap_or_default(), manages_windows: manages_windows(&server, screen) }
    }
}

/// The manager of windows leaves its mark on the root window.
fn manages_windows(server: &impl Connection, screen: usize) -> Option<bool> {
    let root = server.setup().roots.get(screen)?.root;
    let mark = server.intern_atom(false, b"_NET_SUPPORTING_WM_CHECK").ok()?.reply().ok()?.atom;
    let property = server.get_property(false, root, mark, AtomEnum::WINDOW, 0, 1).ok()?.reply().ok()?;
    Some(property.value32().is_some_and(|mut windows| windows.next().is_some()))
}

fn letters(server: &impl Connection) -> Option<Vec<(KeyCode, char)>> {
    let (first, last) = (server.setup().min_keycode, server.setup().max_keycode);
    let map = server.get_keyboard_mapping(first, last - first + 1).ok()?.reply().ok()?;
    let width = usize::from(map.keysyms_per_keycode);
    // Two columns for each of the layouts that the user switches between, the first two of which stand in this map.
    let column = usize::from(group(server).unwrap_or(0).min(1)) * 2;
    let letter = |code: u8| {
        let row = usize::from(code.checked_sub(first)?) * width;
        let columns = map.keysyms.get(row..row + width)?;
        character(*columns.get(column)?).or_else(|| character(*columns.first()?))
    };
    let keys = ROWS.into_iter().flat_map(|(start, keys)| (start..).zip(keys));
    Some(keys.filter_map(|(code, key)| Some((*key, letter(code)?))).collect())
}

/// Which of the user's layouts is in use.
fn group(server: &impl Connection) -> Option<u8> {
    server.xkb_use_extension(1, 0).ok()?.reply().ok()?;
    Some(u8::from(server.xkb_get_state(xkb::ID::USE_CORE_KBD.into()).ok()?.reply().ok()?.group))
}

/// The character of a key symbol; symbols of other scripts than Latin have none here, unless they are Unicode's own.
fn character(symbol: Keysym) -> Option<char> {
    match symbol {
        0x20..=0x7E | 0xA0..=0xFF => char::from_u32(symbol),
        0x0100_0100..=0x0110_FFFF => char::from_u32(symbol - 0x0100_0000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_of_keys_are_characters() {
        assert_eq!((character(0x7A), character(0xE9), character(0x0100_044F)), (Some('z'), Some('é'), Some('я')));
        assert_eq!((character(0), character(0xFE52), character(0xFFE1)), (None, None, None), "nothing, a dead accent, Shift");
    }
}

//! What is written on the keys. The window system tells it of keys that are pressed only, so it is learned from them; until then, and
//! for keys that were never pressed, the layout that agrees with all that is known stands in.

use std::collections::HashMap;

use bevy::input::keyboard::Key;
use bevy::prelude::KeyCode;

/// The places of the letters on an American keyboard, row by row.
pub const PLACES: [KeyCode; 26] = {
    use KeyCode::*;
    [
        KeyQ, KeyW, KeyE, KeyR, KeyT, KeyY, KeyU, KeyI, KeyO, KeyP, //
        KeyA, KeyS, KeyD, KeyF, KeyG, KeyH, KeyJ, KeyK, KeyL, //
        KeyZ, KeyX, KeyC, KeyV, KeyB, KeyN, KeyM,
    ]
};

/// What is written at those places: American, German, French, Dvorak, Colemak, Workman and Bépo, the likeliest first.
const KNOWN: [&str; 7] = [
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklwxcvbn,",
    "',.pyfgcrlaoeuidhtn;qjkxbm",
    "qwfpgjluy;arstdhneizxcvbkm",
    "qdrwbjfup;ashtgyneozxmcvkl",
    "bépoè^vdljauie,ctsràyx.k'q",
];

/// Letters of other scripts begin here. Their keyboards have Latin letters too, at the American places.
const LAST_LATIN: char = '\u{24F}';

/// What is written on the keys, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    seen: HashMap<KeyCode, char>,
}

impl Layout {
    /// A layout of which this is known: places, and what is written there.
    pub fn of(known: impl IntoIterator<Item = (KeyCode, char)>) -> Self {
        let mut layout = Self::default();
        known.into_iter().for_each(|(place, letter)| layout.note(place, letter));
        layout
    }

    /// What is written at a place, as a chip shows it.
    pub fn written_at(&self, place: KeyCode) -> String {
        let known = || PLACES.iter().position(|known| *known == place).and_then(|at| self.likeliest().chars().nth(at));
        self.seen.get(&place).copied().or_else(known).map(|letter| letter.to_uppercase().to_string()).unwrap_or_default()
    }

    /// Takes note of a key that was pressed alone or with Shift.
    pub(super) fn learn(&mut self, place: KeyCode, key: &Key) {
        if let Key::Character(text) = key
            && let Some(letter) = text.chars().next().filter(|letter| letter.is_alphabetic())
        {
            self.note(place, letter);
        }
    }

    fn note(&mut self, place: KeyCode, letter: char) {
        if letter > LAST_LATIN || letter.is_control() || !PLACES.contains(&place) {
            return;
        }
        let letter = letter.to_lowercase().next().unwrap_or(letter);
        let before = self.seen.get(&place).copied();
        if before.is_some_and(|before| before != letter) {
            // The user has switched to another layout: nothing of the one before holds.
            self.seen.clear();
        }
        self.seen.insert(place, letter);
    }

    /// The known layout that contradicts what was seen least; the likeliest of those.
    fn likeliest(&self) -> &'static str {
        let contradictions = |known: &str| known.chars().zip(PLACES).filter(|(letter, place)| self.contradicts(*place, *letter)).count();
        KNOWN.into_iter().min_by_key(|known| contradictions(known)).unwrap_or(KNOWN[0])
    }

    fn contradicts(&self, place: KeyCode, letter: char) -> bool {
        self.seen.get(&place).is_some_and(|seen| *seen != letter)
    }
}

/// What is written on a key, in lower case, or what it types where that is no letter or digit. On many keyboards `?`, Y and Z are not
/// where they are on an American one; where no Latin letters are typed, places count.
pub(super) fn written(place: KeyCode, key: &Key, shift: bool) -> Option<char> {
    match key {
        Key::Character(text) => {
            let typed = text.chars().next()?;
            match typed {
                '\u{61F}' | '\u{FF1F}' => Some('?'),
                // The upper half of that key says 0, on French keyboards and on Czech ones.
                'à' | 'é' if place == KeyCode::Digit0 && !shift => Some('0'),
                typed if typed > LAST_LATIN => at(place),
                typed => typed.to_lowercase().next(),
            }
        }
        Key::Unidentified(_) => at(place),
        _ => None,
    }
}

/// What is written at a place of an American keyboard.
fn at(place: KeyCode) -> Option<char> {
    let letter = PLACES.iter().position(|known| *known == place).and_then(|at| KNOWN[0].chars().nth(at));
    letter.or((place == KeyCode::Digit0).then_some('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLIGHT: [KeyCode; 6] = [KeyCode::KeyW, KeyCode::KeyA, KeyCode::KeyS, KeyCode::KeyD, KeyCode::KeyQ, KeyCode::KeyE];

    fn hints(layout: &Layout) -> String {
        FLIGHT.map(|place| layout.written_at(place)).concat()
    }

    fn learned(keys: &[(KeyCode, &str)]) -> Layout {
        let mut layout = Layout::default();
        keys.iter().for_each(|(place, text)| layout.learn(*place, &Key::Character((*text).into())));
        layout
    }

    #[test]
    fn one_key_tells_a_french_keyboard_and_none_is_american() {
        assert_eq!(hints(&Layout::default()), "WASDQE");
        for (place, text) in [(KeyCode::KeyW, "z"), (KeyCode::KeyA, "Q"), (KeyCode::KeyQ, "a"), (KeyCode::KeyZ, "w")] {
            assert_eq!(hints(&learned(&[(place, text)])), "ZQSDAE", "{text}");
        }
        assert_eq!(hints(&learned(&[(KeyCode::KeyY, "z")])), "WASDQE", "a German one");
        assert_eq!(hints(&learned(&[(KeyCode::KeyS, "o"), (KeyCode::KeyD, "e")])), ",AOE'.", "Dvorak");
    }

    #[test]
    fn another_layout_takes_the_place_of_the_one_before() {
        let mut layout = learned(&[(KeyCode::KeyW, "z"), (KeyCode::KeyA, "q"), (KeyCode::KeyS, "s")]);
        layout.learn(KeyCode::KeyW, &Key::Character("w".into()));
        assert_eq!(hints(&layout), "WASDQE");
    }

    #[test]
    fn keyboards_of_other_scripts_have_latin_letters_at_the_american_places() {
        let typed = |text: &str| Key::Character(text.into());
        assert_eq!(hints(&learned(&[(KeyCode::KeyW, "ц"), (KeyCode::KeyA, "ф")])), "WASDQE");
        assert_eq!(written(KeyCode::KeyR, &typed("к"), false), Some('r'));
        assert_eq!(written(KeyCode::KeyV, &typed("ω"), false), Some('v'));
        assert_eq!(written(KeyCode::Digit0, &typed("۰"), false), Some('0'));
        assert_eq!(written(KeyCode::Slash, &typed("؟"), true), Some('?'));
    }

    #[test]
    fn what_is_written_on_a_key_counts_wherever_it_is() {
        let typed = |place, text: &str, shift| written(place, &Key::Character(text.into()), shift);
        assert_eq!(typed(KeyCode::KeyO, "R", true), Some('r'), "Dvorak");
        assert_eq!(typed(KeyCode::KeyZ, "à", false), Some('à'), "Bépo: it is no Z");
        assert_eq!((typed(KeyCode::Digit0, "à", false), typed(KeyCode::Digit0, "0", true)), (Some('0'), Some('0')), "French");
        assert_eq!(typed(KeyCode::Digit0, ")", true), Some(')'), "American, with Shift");
        assert_eq!(typed(KeyCode::Digit0, "ö", false), Some('ö'), "Hungarian: 0 is elsewhere");
        assert_eq!(typed(KeyCode::Minus, "?", true), Some('?'), "German");
        assert_eq!(written(KeyCode::KeyY, &Key::Dead(Some('^')), false), None);
    }

    #[test]
    fn known_layouts_have_a_letter_for_every_place() {
        for known in KNOWN {
            let mut letters: Vec<char> = known.chars().collect();
            letters.sort_unstable();
            letters.dedup();
            assert_eq!(letters.len(), PLACES.len(), "{known}");
        }
    }
}

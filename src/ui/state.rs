//! What the panels remember together. What one of them remembers alone is its own business.

use bevy::prelude::{Message, Resource};

/// Asks for another pane, by its name in files.
#[derive(Clone, Copy, Debug, Message)]
pub struct ShowPane(pub &'static str);

/// What the panels remember.
#[derive(Debug, Resource)]
pub struct UiState {
    /// The pane in the left panel, by its name in files.
    pub pane: &'static str,
    /// Whether panels are shown.
    pub visible: bool,
    /// Whether the list of all keys is shown.
    pub keys_open: bool,
    /// Whether the user has flown, so that hints may go.
    pub has_flown: bool,
    /// False for the first pass: fonts are there from the second on.
    pub themed: bool,
}

impl Default for UiState {
    fn default() -> Self {
        Self { pane: "explore", visible: true, keys_open: false, has_flown: false, themed: false }
    }
}

//! What the panels remember together. What one of them remembers alone is its own business.

use bevy::prelude::Resource;

/// What the left panel is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Sliders for every axis.
    #[default]
    Explore,
    /// The training panel.
    Train,
    /// The evaluation panel.
    Evaluate,
}

/// What the panels remember.
#[derive(Debug, Resource)]
pub struct UiState {
    /// What the left panel is for.
    pub mode: Mode,
    /// Whether panels are shown.
    pub visible: bool,
    /// Whether the list of all keys is shown.
    pub keys_open: bool,
    /// Whether the user has flown, so that hints may go.
    pub has_flown: bool,
    /// What the axes are filtered by.
    pub filter: String,
    /// False for the first pass: fonts are there from the second on.
    pub themed: bool,
}

impl Default for UiState {
    fn default() -> Self {
        Self { mode: Mode::Explore, visible: true, keys_open: false, has_flown: false, filter: String::new(), themed: false }
    }
}

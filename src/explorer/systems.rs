//! When the explorer's systems run, and who holds pointer and keyboard meanwhile.

use bevy::prelude::*;

/// When the explorer's systems run within a frame.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, SystemSet)]
pub enum ExplorerSystems {
    /// Once: the camera.
    Setup,
    /// Who holds pointer and keyboard.
    Focus,
    /// The camera moves.
    Move,
    /// What the cursor points at.
    Pick,
    /// Tiles come, fade and go.
    Stream,
    /// What is drawn this frame.
    Compose,
}

/// Whether the panels hold the pointer or the keyboard: then the camera leaves them alone.
#[derive(Clone, Copy, Debug, Default, Resource)]
pub struct InputFocus {
    /// A panel is under the pointer or being dragged.
    pub pointer_taken: bool,
    /// A text field is being edited.
    pub keyboard_taken: bool,
}

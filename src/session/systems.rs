//! When the session's systems run; what they do is the business of each.

use bevy::prelude::SystemSet;

/// When the session's systems run within a frame.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, SystemSet)]
pub enum SessionSystems {
    /// Events of the decoder become messages.
    Receive,
    /// Messages of the panels become state.
    Steer,
    /// At the end of the frame, where a session is kept: every layer puts its part into the record.
    Record,
    /// The record goes to the disk.
    Save,
}

//! What the explorer's pane remembers; its parts draw it.

use bevy::prelude::Resource;

use crate::ui::picker::{FilePicker, PickFor, Wanted};

/// What exploring remembers between frames.
#[derive(Default, Resource)]
pub struct ExplorePane {
    /// What the axes are filtered by.
    pub filter: String,
    pub(super) picker: FilePicker<Purpose>,
}

/// What a path is picked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A model folder or run folder to open.
    Model,
    /// A photo to find the place of.
    Photo,
}

impl PickFor for Purpose {
    fn wanted(self) -> Wanted {
        match self {
            Self::Model => Wanted::Folder("Open a model folder or a run folder"),
            Self::Photo => Wanted::Picture("Choose a photo of a face"),
        }
    }
}

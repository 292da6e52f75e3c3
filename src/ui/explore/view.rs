//! What exploring shows.

use bevy::ecs::system::SystemParam;
use bevy::prelude::Res;

use crate::session::{CurrentModel, History, Jobs, Shelf, Steering};
use crate::ui::AxisFaces;
use crate::ui::shelf::ShelfFaces;

/// What exploring shows.
#[derive(SystemParam)]
pub struct ExploreView<'w> {
    /// The open model.
    pub model: Res<'w, CurrentModel>,
    /// The models that can be opened.
    pub shelf: Res<'w, Shelf>,
    /// Their faces.
    pub shelf_faces: Res<'w, ShelfFaces>,
    /// Where the user is.
    pub steering: Res<'w, Steering>,
    /// The job that runs, and how the last one ended.
    pub jobs: Res<'w, Jobs>,
    /// What can be undone.
    pub history: Res<'w, History>,
    /// Faces at both ends of every axis.
    pub faces: Res<'w, AxisFaces>,
}

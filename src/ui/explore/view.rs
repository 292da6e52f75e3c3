//! What exploring shows.

use bevy::ecs::system::SystemParam;
use bevy::prelude::Res;

use crate::session::{CurrentModel, History, ModelChoices, Steering};
use crate::ui::AxisFaces;

/// What exploring shows.
#[derive(SystemParam)]
pub struct ExploreView<'w> {
    /// The open model.
    pub model: Res<'w, CurrentModel>,
    /// The models that can be opened.
    pub choices: Res<'w, ModelChoices>,
    /// Where the user is.
    pub steering: Res<'w, Steering>,
    /// What can be undone.
    pub history: Res<'w, History>,
    /// Faces at both ends of every axis.
    pub faces: Res<'w, AxisFaces>,
}

//! What panels may cause: other layers' messages, gathered in one parameter.

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::state::ShowPane;
use crate::explorer::{FlyTo, GoHome, Select};
use crate::session::{ChooseDataset, DismissNotice, Judge, OpenModel, OpenPhoto, Redo, RunJob, Shelve, Steer, Train, Undo, UseAxes};

/// The messages that panels write.
#[derive(SystemParam)]
pub struct UiCommands<'w> {
    /// Changes of where in latent space the user is.
    pub steer: MessageWriter<'w, Steer>,
    /// One step back.
    pub undo: MessageWriter<'w, Undo>,
    /// One step forth again.
    pub redo: MessageWriter<'w, Redo>,
    /// The notice has been read.
    pub dismiss_notice: MessageWriter<'w, DismissNotice>,
    /// Another model.
    pub open_model: MessageWriter<'w, OpenModel>,
    /// The place of a photo.
    pub open_photo: MessageWriter<'w, OpenPhoto>,
    /// The axes of a GAN.
    pub use_axes: MessageWriter<'w, UseAxes>,
    /// A glide of the camera.
    pub fly_to: MessageWriter<'w, FlyTo>,
    /// A glide back to where the flight begins.
    pub go_home: MessageWriter<'w, GoHome>,
    /// The selection.
    pub select: MessageWriter<'w, Select>,
    /// The training.
    pub train: MessageWriter<'w, Train>,
    /// Import and PCA fit.
    pub job: MessageWriter<'w, RunJob>,
    /// The faces to learn from, or to judge by.
    pub dataset: MessageWriter<'w, ChooseDataset>,
    /// Another pane.
    pub show_pane: MessageWriter<'w, ShowPane>,
    /// Evaluations and reports.
    pub judge: MessageWriter<'w, Judge>,
    /// Models and runs to choose from.
    pub shelve: MessageWriter<'w, Shelve>,
}

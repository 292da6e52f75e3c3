//! Which model is open, and which could be.
//!
//! Owns plain data about the model; the model itself lives on the decoder thread.

use bevy::prelude::*;

use super::{DecoderLink, SessionSystems};
use crate::backend::{BackendChoice, DeviceInfo};
use crate::models::StoredModel;
use crate::models::catalog::{self, CatalogEntry};

pub(super) fn plugin(app: &mut App) {
    app.add_message::<OpenModel>()
        .add_message::<ModelOpened>()
        .init_resource::<CurrentModel>()
        .init_resource::<ModelChoices>()
        .add_systems(Update, open_models.in_set(SessionSystems::Steer));
}

/// Asks for another model, by name or path.
#[derive(Clone, Debug, Message)]
pub struct OpenModel(pub String);

/// Another model is open: everything on screen belongs to the one before.
#[derive(Clone, Copy, Debug, Message)]
pub struct ModelOpened;

/// How the last opening went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OpenState {
    /// The decoder is at it.
    #[default]
    Opening,
    /// It is open.
    Open,
    /// It could not be opened; what to tell the user.
    Refused(String),
}

/// The model that the explorer shows.
#[derive(Default, Resource)]
pub struct CurrentModel {
    /// What is open, if anything is.
    pub stored: Option<StoredModel>,
    /// Where it computes.
    pub device: Option<DeviceInfo>,
    /// How the last opening went.
    pub state: OpenState,
    opening: Option<StoredModel>,
    generation: u64,
}

impl CurrentModel {
    /// Counts openings: what belongs to an earlier one is out of date.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Number of latent axes; 0 while nothing is open.
    pub fn latent_dim(&self) -> usize {
        self.stored.as_ref().map_or(0, |stored| stored.header.latent_dim)
    }

    fn begin_opening(&mut self, stored: StoredModel) -> u64 {
        self.generation += 1;
        self.opening = Some(stored);
        self.state = OpenState::Opening;
        self.generation
    }

    /// Takes note that the decoder has opened a model; `None` where a later opening has overtaken it.
    pub(super) fn finish_opening(&mut self, generation: u64, device: DeviceInfo) -> Option<StoredModel> {
        if generation != self.generation {
            return None;
        }
        let stored = self.opening.take()?;
        self.stored = Some(stored.clone());
        self.device = Some(device);
        self.state = OpenState::Open;
        Some(stored)
    }
}

/// The models that the picker offers.
#[derive(Resource)]
pub struct ModelChoices(pub Vec<CatalogEntry>);

impl Default for ModelChoices {
    fn default() -> Self {
        Self(catalog::list())
    }
}

fn open_models(
    mut requests: MessageReader<OpenModel>,
    mut model: ResMut<CurrentModel>,
    mut choices: ResMut<ModelChoices>,
    link: Res<DecoderLink>,
) {
    let Some(OpenModel(name)) = requests.read().last() else { return };
    match catalog::resolve(name) {
        Ok(stored) => start_opening(&mut model, &link, stored),
        Err(error) => model.state = OpenState::Refused(error.to_string()),
    }
    choices.0 = catalog::list();
}

fn start_opening(model: &mut CurrentModel, link: &DecoderLink, stored: StoredModel) {
    let generation = model.begin_opening(stored.clone());
    link.0.open(generation, stored, BackendChoice::Auto);
}

/// Opens `stored` before the first frame.
pub fn open_model_on_start(app: &mut App, stored: StoredModel) {
    app.add_systems(Startup, move |mut model: ResMut<CurrentModel>, link: Res<DecoderLink>| {
        start_opening(&mut model, &link, stored.clone());
    });
}

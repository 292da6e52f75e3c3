//! What is loaded and running, as resources.
//!
//! Owns the current model, the user's steering of latent space, and the link to the decoder thread, whose events it turns
//! into messages. Draws nothing.

mod decoding;
mod model;
mod steering;

use bevy::prelude::*;

pub use decoding::{DecodeFaces, DecoderLink, FacesDecoded, TilesDecoded, decoder_threads};
pub use model::{CurrentModel, ModelChoices, ModelOpened, OpenModel, OpenState, open_model_on_start};
pub use steering::{CodeUnits, DEFAULT_SEED, DEFAULT_TRUNCATION, REACH, Steer, Steering};

/// When the session's systems run within a frame.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, SystemSet)]
pub enum SessionSystems {
    /// Events of the decoder become messages.
    Receive,
    /// Messages of the panels become state.
    Steer,
}

/// The session: model, steering, decoder.
pub fn plugin(app: &mut App) {
    app.configure_sets(Update, (SessionSystems::Receive, SessionSystems::Steer).chain());
    app.add_plugins((model::plugin, steering::plugin, decoding::plugin));
}

//! What is loaded and running, as resources.
//!
//! Owns the current model, the user's steering of latent space and speed of flight with their history, the record of the session
//! that outlives the program, and the link to the decoder thread, whose events it turns into messages. Draws nothing.

mod activity;
mod alarm;
mod averaging;
mod decoder_link;
mod decoding;
mod drawn_faces;
mod evaluation;
mod evaluations;
mod flight;
mod history;
mod job_kind;
mod jobs;
mod mixture_watch;
mod model;
mod notice;
mod pacing;
mod persistence;
mod photo;
mod photo_messages;
mod recording;
mod run_on_lattice;
mod sampler;
mod saved;
mod shelf;
mod steering;
mod systems;
mod training;
mod training_link;
mod undo;
mod unveiling;

use bevy::prelude::*;
use bevy::window::ExitSystems;

pub use activity::{Activity, Cause, Next};
pub use alarm::Alarm;
pub use decoder_link::{DecoderLink, decoder_threads};
pub use decoding::{DecodeFaces, FacesDecoded, TilesDecoded};
pub use drawn_faces::drawn_faces_file;
pub use evaluation::Judge;
pub use evaluations::{EvaluationRequest, Evaluations};
pub use flight::{FlightSpeed, SetFlightSpeed};
pub use history::{ChangeKind, HISTORY_STEPS, History};
pub use job_kind::JobKind;
pub use jobs::{ChooseDataset, DEFAULT_SIZE, Dataset, DatasetFacts, Jobs, RunJob, import_target};
pub use model::{AxisChoice, CurrentModel, ModelOpened, ModelPlace, ModelRefreshed, OpenModel, OpenState, UseAxes, open_model_on_start};
pub use notice::{DismissNotice, Notice};
pub use persistence::{RestoredSession, SessionRecord, resume, session_file};
pub use photo::PhotoFlight;
pub use photo_messages::{OpenPhoto, PhotoPlaced};
pub use sampler::SamplerChoice;
pub use saved::{SavedCamera, SavedPanels, SavedSession, SessionError};
pub use shelf::{Shelf, Shelve};
pub use steering::{CodeUnits, DEFAULT_SEED, DEFAULT_TRUNCATION, REACH, Steer, Steering, SteeringState};
pub use systems::SessionSystems;
pub use training::{AverageChoice, Train, Training, TrainingStatus};
pub use undo::{Redo, Undo};

/// The session: model, steering, decoder.
pub fn plugin(app: &mut App) {
    let is_kept = resource_exists::<SessionRecord>;
    app.configure_sets(Update, (SessionSystems::Receive, SessionSystems::Steer).chain())
        // The window's systems say in this schedule that the program ends.
        .configure_sets(Last, (SessionSystems::Record.run_if(is_kept), SessionSystems::Save.run_if(is_kept)).chain().after(ExitSystems));
    app.init_resource::<Alarm>().add_plugins(activity::plugin);
    app.add_plugins((model::plugin, recording::plugin, undo::plugin, notice::plugin, persistence::plugin, decoding::plugin));
    app.add_plugins((shelf::plugin, mixture_watch::plugin, evaluation::plugin, jobs::plugin, pacing::plugin, training_link::plugin));
    app.add_plugins((photo::plugin, averaging::plugin));
}

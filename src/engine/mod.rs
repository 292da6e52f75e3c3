//! Worker threads: jobs in, events out.
//!
//! Owns the threads on which models live. Sends plain data only: faces as bytes, never tensors.

pub mod bench;
mod decoder;
mod error;
mod evaluate;
mod fit_mixture;
mod fit_pca;
mod follower;
mod job;
mod memory;
mod mixture_fit_error;
mod model_watch;
mod newest_model;
mod open;
mod other_size;
mod preview;
mod priority;
mod record;
mod report;
mod self_test;
mod shelf;
mod showing;
mod stamp;
mod start;
mod threads;
mod tiles;
mod train;
mod trainer;
mod training_messages;
mod waker;
mod worker;

pub use decoder::{Decoder, DecoderEvent, FaceRequest, TileRequest, decode_tiles, decode_zoned_tiles};
pub use error::EngineError;
pub use evaluate::{Evaluate, EvaluateError};
pub use fit_mixture::{FitMixture, FitMixtureSummary};
pub use fit_pca::{Components, FitPca, FitPcaSummary};
pub use follower::RunFollower;
pub use job::{Job, JobOutcome, run_job};
pub use mixture_fit_error::MixtureFitError;
pub use model_watch::ModelWatch;
pub use open::open_model;
pub use other_size::OtherSize;
pub use preview::preview_png;
pub use record::{JourneyView, PortraitView, RecordJourney, record_journey, warn_of_lacking_axes, warn_of_lacking_letters};
pub use report::{ReportSummary, WriteReport};
pub use self_test::{Check, Extent, SelfTestReport, device_for_training, presets, self_test};
pub use shelf::{RunLine, ShelfFace, ShelfFault, ShelfItem, ShelfReader};
pub use start::SIZES;
pub use tiles::{LARGEST_TILE, TilePixels, mip_level_count};
pub use train::{TrainShare, train};
pub use trainer::Trainer;
pub use training_messages::{Beginning, TrainingCommand, TrainingEvent, TrainingMeans, TrainingRequest, TrainingStart};
pub use waker::Waker;
pub use worker::{JobEvent, JobHandle, Worker};

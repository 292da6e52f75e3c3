//! Worker threads: jobs in, events out.
//!
//! Owns the threads on which models live. Sends plain data only: faces as bytes, never tensors.

mod decoder;
mod error;
mod evaluate;
mod evaluation;
mod fit_mixture;
mod fit_pca;
mod job;
mod mixture_fit_error;
pub mod modes_bench;
pub mod network_bench;
mod open;
mod portrait;
mod preview;
mod priority;
mod report;
mod self_test;
mod start;
mod threads;
mod tiles;
mod train;
mod trainer;
mod training_request;
mod waker;
mod worker;

pub use decoder::{Decoder, DecoderEvent, FaceRequest, TileRequest, decode_tiles};
pub use error::EngineError;
pub use evaluate::{Evaluate, EvaluateError};
pub use evaluation::{Evaluation, LevelFigures, LikelihoodFigures, ReconstructionFigures, SampleFigures, SetFigures};
pub use fit_mixture::{FitMixture, FitMixtureSummary};
pub use fit_pca::{Components, FitPca, FitPcaSummary};
pub use job::{Job, JobOutcome, run_job};
pub use mixture_fit_error::MixtureFitError;
pub use open::open_model;
pub use portrait::{RenderOptions, RenderSummary, render_portrait, warn_of_lacking_axes, warn_of_lacking_letters};
pub use preview::preview_png;
pub use report::{ReportSummary, WriteReport};
pub use self_test::{Check, Extent, SelfTestReport, device_for_training, presets, self_test};
pub use tiles::{LARGEST_TILE, TilePixels, mip_level_count};
pub use train::{TrainShare, TrainingCommand, TrainingEvent, train};
pub use trainer::{RunFollower, RunView, Trainer, list_sheets};
pub use training_request::{Beginning, TrainingRequest, TrainingStart};
pub use waker::Waker;
pub use worker::{JobEvent, JobHandle, Worker};

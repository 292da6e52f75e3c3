//! facefield: see what generative models of faces learn.
//!
//! The code map. A folder is a layer, and imports only point upward in this list (`tests/architecture.rs` checks it):
//!
//! | layer | owns |
//! |---|---|
//! | [`faults`], [`progress`], [`words`], [`files`] | panics caught and told shortly; what long work reports and obeys; counts and advice in words; writing so that nothing is ever half there |
//! | [`backend`] | devices, how they are probed, and the operations that every model is written against |
//! | [`data`] | pictures in, face cache out: archives, annotations, crop and resize, synthetic faces |
//! | [`latent`] | coordinates: latents, frames, sampling, interpolation, the lattice, journeys |
//! | [`models`] | PCA, autoencoders, GANs, dual layers, and how models stand on disk |
//! | [`metrics`] | how well models do: likelihood, errors of reconstructions, distances between sets of faces, and all figures as one value |
//! | [`training`] | how networks learn: settings, schedule, optimiser, checkpoints, the run folder |
//! | [`video`] | frames in, MP4, GIF or PNG out: the one loop in which videos are recorded; the portrait view of a journey |
//! | [`report`] | a comparison of models as one HTML file: plots, tables, and sentences that the numbers choose |
//! | [`engine`] | worker threads: jobs in, events out; the trainer; the decoder that serves the explorer |
//! | `session` | what is loaded and running, as ECS resources; undo; the session that outlives the program |
//! | `explorer` | the lattice in 3D: camera, tiles, texture pages, the same picture drawn on the processor, picking |
//! | `recorder` | the flight view of a journey |
//! | `ui` | panels; they only write other layers' messages |
//! | `app` | the plugin list |
//! | [`cli`] | one file for each sub-command |
//!
//! The core (down to `engine`) knows no Bevy; the app (from `session`) knows no burn.

#![recursion_limit = "256"]

pub mod faults;
pub mod files;
pub mod progress;
pub mod words;

pub mod backend;
pub mod data;
pub mod latent;
pub mod metrics;
pub mod models;
pub mod report;
pub mod training;
pub mod video;

pub mod engine;

#[cfg(feature = "app")]
pub mod app;
#[cfg(feature = "app")]
pub mod explorer;
#[cfg(feature = "app")]
pub mod recorder;
#[cfg(feature = "app")]
pub mod session;
#[cfg(feature = "app")]
pub mod ui;

pub mod cli;

//! Worker threads: jobs in, events out.
//!
//! Owns the threads on which models live. Sends plain data only: faces as bytes, never tensors.

mod decoder;
mod error;
mod open;
mod tiles;

pub use decoder::{Decoder, DecoderEvent, TileRequest, decode_tiles};
pub use error::EngineError;
pub use open::open_model;
pub use tiles::{TilePixels, mip_level_count};

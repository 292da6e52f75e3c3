//! Frames in, MP4, GIF or PNG out; and the portrait view of a journey.
//!
//! Owns encoders, the canvas that captions are drawn on, and how a portrait is laid out. Who decodes the faces, and the flight
//! view, are others' business.

mod canvas;
mod caption;
mod frames;
mod gif;
mod h264;
mod mp4;
mod portrait;
mod target;
mod writer;

pub use canvas::{Area, Canvas, Colour, Weight};
pub use caption::draw_caption;
pub use portrait::Portrait;
pub use target::{FrameSize, VideoTarget};
pub use writer::VideoWriter;

use crate::files::FileError;

/// Why a video cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum VideoError {
    /// The disk refuses.
    #[error(transparent)]
    File(#[from] FileError),
    /// The encoder refuses.
    #[error("the {format} encoder failed: {reason}")]
    Encoder {
        /// MP4 or GIF.
        format: &'static str,
        /// What it says.
        reason: String,
    },
    /// The size cannot be encoded.
    #[error("{0}")]
    Size(String),
    /// The user asked to stop.
    #[error("stopped; nothing was written")]
    Cancelled,
}

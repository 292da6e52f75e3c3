//! Frames in, MP4, GIF or PNG out; and the portrait view of a journey.
//!
//! Owns encoders, the canvas that captions are drawn on, and how a portrait is laid out. Who decodes the faces, and the flight
//! view, are others' business.

mod canvas;
mod caption;
mod encoder;
mod frames;
mod gif;
mod h264;
mod level;
mod mp4;
mod palette;
mod portrait;
mod rate;
mod record;
mod spool;
mod tag;
mod target;
mod text;
mod writer;

pub use canvas::{Area, Canvas, Colour};
pub use caption::draw_caption;
pub use portrait::Portrait;
pub use rate::FrameRate;
pub use record::{FrameSource, Recorded, Recording, record};
pub use target::{FrameSize, VideoTarget};
pub use text::{Style, Weight, letters_without_font};
pub use writer::VideoWriter;

use crate::files::FileError;
use crate::progress::Cancelled;
use crate::words::Advice;

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
    /// There is nothing to draw a flight with.
    #[error("the flight view needs a Vulkan driver (Metal on macOS), and {0}. The portrait view needs none: {advice}", advice = Advice::PortraitView)]
    NoDriver(String),
    /// What draws a flight failed.
    #[error("the graphics driver failed: {0}. The portrait view needs none: {advice}", advice = Advice::PortraitView)]
    Driver(String),
    /// What the frames show cannot be had.
    #[error("{0}")]
    Source(String),
    /// The user asked to stop.
    #[error("{0}")]
    Cancelled(#[from] Cancelled),
}

//! The flight view of a journey.
//!
//! Owns the recording of journeys through the lattice, and a renderer without a window that shows what a graphics driver makes of it;
//! encoding is the video layer's business.

mod flight;
mod offscreen;
mod painter;

pub use flight::render_flight;
pub use offscreen::Offscreen;
pub use painter::Painter;

use crate::engine::EngineError;
use crate::video::VideoError;

/// Why a flight cannot be recorded, or a driver draw no picture.
#[derive(Debug, thiserror::Error)]
pub enum RecorderError {
    /// There is nothing to draw with.
    #[error("drawing with the graphics driver needs Vulkan (Metal on macOS), and {0}")]
    NoDriver(String),
    /// The driver failed.
    #[error("the graphics driver failed: {0}")]
    Driver(String),
    /// The model cannot be used.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The video cannot be written.
    #[error(transparent)]
    Video(#[from] VideoError),
}

//! The flight view of a journey, captured offscreen.
//!
//! Owns the offscreen renderer and the recording of journeys with it; encoding is the video layer's business.

mod flight;
mod offscreen;

pub use flight::render_flight;
pub use offscreen::Offscreen;

use crate::engine::EngineError;
use crate::video::VideoError;

/// Why a flight cannot be recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecorderError {
    /// There is nothing to draw with.
    #[error("the flight view needs a Vulkan driver (Metal on macOS), and {0}. The portrait view needs none: --view portrait")]
    NoDriver(String),
    /// The driver failed.
    #[error("the graphics driver failed: {0}. The portrait view needs none: --view portrait")]
    Driver(String),
    /// The model cannot be used.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The video cannot be written.
    #[error(transparent)]
    Video(#[from] VideoError),
}

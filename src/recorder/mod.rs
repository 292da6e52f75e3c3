//! The flight view of a journey, captured offscreen.
//!
//! Owns the offscreen renderer and the recording of journeys with it; encoding is the video layer's business.

mod offscreen;

pub use offscreen::Offscreen;

/// Why a flight cannot be recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecorderError {
    /// The driver failed.
    #[error("the graphics driver failed: {0}. The portrait view needs none: --view portrait")]
    Driver(String),
}

//! The flight view of a journey, captured offscreen.
//!
//! Owns the offscreen renderer and the frames that it draws of a journey; how they become a video is the video layer's business.

mod flight;
mod offscreen;

pub use flight::FlightView;
pub use offscreen::Offscreen;

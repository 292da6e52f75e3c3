//! The flight view of a journey.
//!
//! Owns the frames that are drawn of a journey, and a renderer without a window that shows what a graphics driver makes of them; how
//! frames become a video is the video layer's business.

mod flight;
mod offscreen;
mod painter;

pub use flight::FlightView;
pub use offscreen::Offscreen;
pub use painter::Painter;

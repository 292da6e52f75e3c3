//! The flight view of a journey, captured offscreen.

//! Pictures in, face cache out.
//!
//! Owns sources, annotations, crop and resize, the face cache and synthetic faces. Knows no model.

mod faces;

pub use faces::Faces;

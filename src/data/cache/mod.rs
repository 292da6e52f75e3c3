//! The face cache on disk: one safetensors file, read where it stands, readable from Python.
//!
//! Tensors `faces` u8 [N, H, W, 3], `attributes` i8 [N, A] (+1, -1, 0 unknown), `factors` f32 [N, F] (synthetic faces only) and
//! `split` u8 `[N]` (0 train, 1 valid, 2 test, 255 none). Metadata: file names, attribute and factor names, crop, filter, sources.

mod layout;
mod reader;
mod writer;

use crate::files::FileKind;

pub use layout::{CacheInfo, DRAWN, FaceRecord};
pub use reader::{FaceCache, is_face_cache};
pub use writer::CacheWriter;

/// A face cache that facefield wrote.
pub const FACES: FileKind = FileKind { name: "a face cache", is_own: reader::is_own_cache };

//! The face cache on disk: one safetensors file, read where it stands, readable from Python.
//!
//! Tensors `faces` u8 [N, H, W, 3], `attributes` i8 [N, A] (+1, -1, 0 unknown), `factors` f32 [N, F] (synthetic faces only) and
//! `split` u8 `[N]` (0 train, 1 valid, 2 test, 255 none). Metadata: file names, attribute and factor names, crop, filter, sources.

mod reader;
mod writer;

use crate::files::FileKind;

pub use reader::{FaceCache, is_face_cache};
pub use writer::CacheWriter;

/// A face cache that facefield wrote.
pub const FACES: FileKind = FileKind { name: "a face cache", is_own: reader::is_own_cache };
/// Metadata: what the file is.
const KIND: &str = "facefield.kind";
/// The kind of a face cache.
const KIND_FACES: &str = "faces";
/// Metadata: the version of the layout.
const VERSION: &str = "facefield.version";

/// What a cache says about its faces besides their pixels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CacheInfo {
    /// Names of the attributes, A of them.
    pub attribute_names: Vec<String>,
    /// Names of the factors, F of them; none for photographs.
    pub factor_names: Vec<String>,
    /// How pictures were cropped.
    pub crop: String,
    /// How they were resized.
    pub filter: String,
    /// What they came from: file names of archives or folders, in order.
    pub sources: Vec<String>,
}

/// What belongs to one face.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaceRecord {
    /// The name of the picture.
    pub name: String,
    /// One of `split`'s marks.
    pub split: u8,
    /// A values: +1, -1, or 0 where unknown.
    pub attributes: Vec<i8>,
    /// F values.
    pub factors: Vec<f32>,
}

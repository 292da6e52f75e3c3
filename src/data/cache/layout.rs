//! What stands in a face cache besides its pixels, as reading and writing share it.
//!
//! Owns the words of its metadata, and what is known of the whole and of each face; where that stands in the file is the business of
//! `reader` and `writer`.

/// Metadata: what the file is.
pub const KIND: &str = "facefield.kind";
/// The kind of a face cache.
pub const KIND_FACES: &str = "faces";
/// Metadata: the version of the layout.
pub const VERSION: &str = "facefield.version";

/// What stands in place of a filter where nothing was resized, because facefield has drawn the faces.
pub const DRAWN: &str = "drawn";

/// What a cache says about its faces besides their pixels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CacheInfo {
    /// Names of the attributes, A of them.
    pub attribute_names: Vec<String>,
    /// Names of the factors, F of them; none for photographs.
    pub factor_names: Vec<String>,
    /// How pictures were cropped.
    pub crop: String,
    /// How they were resized; "drawn" where they are no pictures.
    pub filter: String,
    /// What they came from: file names of archives or folders, in order.
    pub sources: Vec<String>,
}

impl CacheInfo {
    /// Whether its faces are drawn rather than photographed.
    pub fn is_drawn(&self) -> bool {
        self.filter == DRAWN
    }
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

//! Pictures in, face cache out.
//!
//! Owns sources, annotations, crop and resize, the face cache and synthetic faces. Knows no model.

mod annotations;
mod cache;
mod crop;
mod decode;
mod error;
mod faces;
mod import;
mod labels;
mod network_pixels;
mod photo;
mod sheet;
mod source;
pub mod split;
pub mod synth;
mod tensor_file;

pub use cache::{CacheInfo, CacheWriter, FACES, FaceCache, FaceRecord, is_face_cache};
pub use crop::Crop;
pub use decode::Background;
pub use error::DataError;
pub use faces::Faces;
pub use import::{DamagedPicture, ImportOptions, ImportSummary, RANDOM, SplitSummary, import};
pub use network_pixels::{from_network, to_network, write_face};
pub use photo::{is_picture, list_pictures, load_face};
pub use sheet::{PICTURE, PICTURES, Sheet, contact_sheet, face_png, png_bytes};
pub use source::{LeftOut, SOURCES, counted_phrase, is_archive, is_picture_name, is_zip};
pub use split::SplitChoice;
pub use tensor_file::{TensorHeader, what_is_wrong};

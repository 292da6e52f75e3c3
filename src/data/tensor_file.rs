//! The headers of safetensors files; and what a file is that should be one and is none, in words that its user knows.
//!
//! Owns the words, and reading a header alone; what the tensors should be is the business of those who read them.

use std::fs::File;
use std::io::{self, Read};

use safetensors::SafeTensorError;
use safetensors::tensor::Metadata;

use super::decode::looks_like_html;

/// The longest header that the format allows, in bytes.
const LONGEST_HEADER: u64 = 100_000_000;

/// How well-known files begin, what they are, and what to do with them.
const KNOWN: [(&[u8], &str); 19] = [
    (b"PK\x03\x04", "it is a zip archive (of pictures? Import it first)"),
    (b"PK\x05\x06", "it is an empty zip archive"),
    (b"\xFF\xD8\xFF", "it is a JPEG picture. Import the folder or archive that it belongs to first"),
    (b"\x89PNG", "it is a PNG picture. Import the folder or archive that it belongs to first"),
    (b"GIF8", "it is a GIF picture. Import the folder or archive that it belongs to first"),
    (b"RIFF", "it is a WebP picture or a sound. Import the folder or archive that it belongs to first"),
    (b"BM", "it is a BMP picture. Import the folder or archive that it belongs to first"),
    (b"\x1F\x8B", "it is a gzip archive (of pictures? Import it first)"),
    (b"7z\xBC\xAF\x27\x1C", "it is a 7z archive. Unpack it, then import the pictures"),
    (b"Rar!", "it is a RAR archive. Unpack it, then import the pictures"),
    (b"PAR1", "it is a Parquet table (of pictures? Import it first)"),
    (b"\x93NUMPY", "it is a NumPy array"),
    (b"\x89HDF", "it is an HDF5 file"),
    (b"\x80\x02", "it is a Python pickle, as PyTorch writes them"),
    (b"%PDF", "it is a PDF document"),
    (b"(", "it is a text in RON, such as a journey or a header"),
    (b"//", "it is a text in RON, such as a journey or a header"),
    (b"{", "it is a text in JSON"),
    (b"step,", "it is a table in CSV, such as curves"),
];

/// What `bytes`, the beginning of a file, are if not a safetensors file; `None` for what may be one.
pub fn other_file(bytes: &[u8]) -> Option<&'static str> {
    if bytes.is_empty() {
        return Some("it is empty");
    }
    if looks_like_html(bytes) {
        return Some("it is an HTML page: a download may have been answered by a web page");
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Some("it is a tar archive (of pictures? Import it first)");
    }
    // A safetensors file begins with the length of its header, and then an opening brace.
    if bytes.get(8) == Some(&b'{') {
        return None;
    }
    KNOWN.iter().find(|(beginning, _)| bytes.starts_with(beginning)).map(|(_, what)| *what)
}

/// What is wrong with a file that is no whole safetensors file; `bytes`: its beginning.
pub fn what_is_wrong(bytes: &[u8], error: &SafeTensorError) -> String {
    if let Some(other) = other_file(bytes) {
        return other.to_owned();
    }
    match error {
        SafeTensorError::HeaderTooSmall | SafeTensorError::InvalidHeaderLength | SafeTensorError::MetadataIncompleteBuffer => {
            "it is cut short, or no safetensors file at all"
        }
        SafeTensorError::HeaderTooLarge => "it is no safetensors file",
        _ => "it is a damaged safetensors file: its header makes no sense",
    }
    .to_owned()
}

/// What stands before the tensors of a safetensors file.
pub struct TensorHeader {
    /// Which tensors there are, and the metadata.
    pub metadata: Metadata,
    /// Where the first tensor begins, in bytes.
    pub start: u64,
    /// Where the last one ends, in bytes.
    pub end: u64,
}

impl TensorHeader {
    /// Reads the header of an open file and nothing else.
    ///
    /// # Errors
    /// What is wrong with the file; the outer error is that of the disk.
    pub fn read(file: &File) -> io::Result<Result<Self, String>> {
        let mut bytes = Vec::new();
        let mut file = file;
        (&mut file).take(8).read_to_end(&mut bytes)?;
        let length = <[u8; 8]>::try_from(bytes.as_slice()).map_or(0, u64::from_le_bytes);
        // What is no safetensors file announces anything: enough is read to tell what it is instead.
        file.take(if length > LONGEST_HEADER { 4096 } else { length }).read_to_end(&mut bytes)?;
        let whole = file.metadata()?.len();
        Ok(Self::parse(&bytes, length, whole))
    }

    fn parse(bytes: &[u8], length: u64, whole: u64) -> Result<Self, String> {
        let start = length.saturating_add(8);
        if bytes.len() as u64 != start {
            return Err(what_is_wrong(bytes, &SafeTensorError::InvalidHeaderLength));
        }
        let metadata: Metadata =
            serde_json::from_slice(&bytes[8..]).map_err(|error| what_is_wrong(bytes, &SafeTensorError::JsonError(error)))?;
        let tensors = metadata.tensors();
        let mut ranges: Vec<(usize, usize)> = tensors.values().map(|tensor| tensor.data_offsets).collect();
        ranges.sort_unstable();
        let is_dense =
            ranges.iter().zip([0].into_iter().chain(ranges.iter().map(|range| range.1))).all(|(range, before)| range.0 == before);
        let is_sized = tensors.values().all(|tensor| {
            let numbers = tensor.shape.iter().try_fold(1_usize, |product, length| product.checked_mul(*length));
            let bits = numbers.and_then(|numbers| numbers.checked_mul(tensor.dtype.bitsize()));
            let bytes = tensor.data_offsets.1.checked_sub(tensor.data_offsets.0);
            bits.is_some_and(|bits| bits % 8 == 0 && bytes == Some(bits / 8))
        });
        if !is_dense || !is_sized {
            return Err(what_is_wrong(bytes, &SafeTensorError::TensorInvalidInfo));
        }
        let end = start.saturating_add(ranges.last().map_or(0, |range| range.1 as u64));
        if end > whole { Err("it was cut short".into()) } else { Ok(Self { metadata, start, end }) }
    }
}

#[cfg(test)]
mod tests {
    use safetensors::SafeTensors;

    use super::*;

    #[test]
    fn files_of_other_kinds_are_named_and_damaged_ones_told_apart() {
        let of = |bytes: &[u8]| what_is_wrong(bytes, &SafeTensors::read_metadata(bytes).unwrap_err());
        for (bytes, word) in [
            (b"PK\x03\x04 and more bytes".as_slice(), "zip"),
            (b"\xFF\xD8\xFF\xE0 and more bytes", "JPEG"),
            (b"<!DOCTYPE html><html>", "HTML"),
            (b"(version: 1, name: \"x\")", "RON"),
            (b"", "empty"),
            (b"abc", "cut short"),
            (b"\x10\0\0\0\0\0\0\0{", "cut short"),
            (b"\x02\0\0\0\0\0\0\0{]", "header"),
        ] {
            assert!(of(bytes).contains(word), "{}", of(bytes));
        }
    }
}

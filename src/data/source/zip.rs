//! The files of a zip.
//!
//! Owns names in old encodings, and what is said of archives that are no zip, are cut, split, locked or packed in an unusual way.

use std::borrow::Cow;
use std::io::{Read, Seek, SeekFrom};

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::entry::{At, Found};
use super::shared_file::SharedFile;

/// A zip that reads by itself.
pub type Archive = ZipArchive<SharedFile>;

/// Bytes in which the end of a zip is looked for: its longest comment and its own record.
const TAIL: u64 = 65_535 + 22;

/// Opens a zip.
///
/// # Errors
/// What it is instead, to be read behind its name.
pub fn open(file: &SharedFile) -> Result<Archive, String> {
    let mut start = [0; 4];
    let read = file.clone().read(&mut start).unwrap_or(0);
    ZipArchive::new(file.clone()).map_err(|error| {
        if start[..read] == *b"PK\x07\x08" || last_disk(file).is_some_and(|disk| disk > 0) {
            return "is one part of a split archive. Join its parts first: `zip -s 0 FIRST.zip --out WHOLE.zip`, or `cat NAME.zip.* > WHOLE.zip`"
                .to_owned();
        }
        match error {
            ZipError::UnsupportedArchive(reason) => format!("is a zip of a kind that is not read ({reason}). Unpack it and name the folder"),
            _ => "is a zip that is cut short or damaged: its list of files is missing. Download it again".to_owned(),
        }
    })
}

/// The number of the disk that the end of a zip names, where it has one.
fn last_disk(file: &SharedFile) -> Option<u16> {
    let mut file = file.clone();
    file.seek(SeekFrom::Start(file.len().saturating_sub(TAIL))).ok()?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail).ok()?;
    let end = tail.windows(4).rposition(|four| four == b"PK\x05\x06")?;
    Some(u16::from_le_bytes(tail.get(end + 4..end + 6)?.try_into().expect("two bytes")))
}

/// The files of an archive with number `container`, in its order.
pub fn list(archive: &Archive, container: usize, prefix: &str) -> Vec<Found> {
    let mut found = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let Ok(entry) = archive.by_index_data(index) else { continue };
        if entry.is_dir() {
            continue;
        }
        let name = name_of(entry.name_raw(), entry.name().ok());
        found.push(Found { location: format!("{prefix}{name}"), at: At::Zip { container, index } });
    }
    found
}

/// A name with `/` between its parts. `told` is what the archive says it means.
fn name_of(raw: &[u8], told: Option<Cow<str>>) -> String {
    match (std::str::from_utf8(raw), told) {
        // Some Windows programs write `\`; in Unicode it is nothing else.
        (Ok(name), _) => name.replace('\\', "/"),
        // In old encodings of East Asia the byte of `\` may be the second half of a letter.
        (Err(_), Some(told)) if !raw.windows(2).any(|pair| pair[0] >= 0x80 && pair[1] == b'\\') => told.replace('\\', "/"),
        (Err(_), Some(told)) => told.into_owned(),
        (Err(_), None) => String::from_utf8_lossy(raw).into_owned(),
    }
}

/// Why an entry can never be read, if so, for a list of what was left out.
pub fn unreadable(archive: &Archive, index: usize) -> Option<String> {
    let entry = archive.by_index_data(index).ok()?;
    if entry.encrypted() {
        return Some("picture behind a password".into());
    }
    let method = entry.compression();
    let known = matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated);
    (!known).then(|| format!("picture packed with {}", method_name(method)))
}

fn method_name(method: CompressionMethod) -> Cow<'static, str> {
    use CompressionMethod as Method;
    match method {
        Method::SHRINK => "Shrink".into(),
        Method::REDUCE_1 | Method::REDUCE_2 | Method::REDUCE_3 | Method::REDUCE_4 => "Reduce".into(),
        Method::IMPLODE | Method::PKWARE_IMPLODE => "Implode".into(),
        Method::DEFLATE64 => "Deflate64".into(),
        Method::BZIP2 => "bzip2".into(),
        Method::LZMA => "LZMA".into(),
        Method::ZSTD | Method::ZSTD_DEPRECATED => "Zstandard".into(),
        Method::XZ => "XZ".into(),
        Method::JPEG => "JPEG recompression".into(),
        Method::PPMD => "PPMd".into(),
        Method::AES => "AES encryption".into(),
        other => format!("a method that has no name here ({other:?})").into(),
    }
}

/// Reads one entry, of at most `limit` bytes.
///
/// # Errors
/// A short reason.
pub fn read(archive: &mut Archive, index: usize, limit: u64) -> Result<Vec<u8>, String> {
    let file = archive.by_index(index).map_err(|error| match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            "it needs a password; unpack the archive and name the folder".to_owned()
        }
        ZipError::UnsupportedArchive(reason) => format!("it is packed in a way that is not read ({reason})"),
        error => format!("the archive is damaged there ({error})"),
    })?;
    // What an archive says of a size is believed only as far as it costs nothing.
    let mut bytes = Vec::with_capacity(file.size().min(1 << 20) as usize);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => format!("it ends too early ({error})"),
        _ => format!("the archive is damaged there ({error})"),
    })?;
    if bytes.len() as u64 > limit {
        return Err("it is larger than 256 MiB".into());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_encoding() {
        let told = |name: &'static str| Some(Cow::Borrowed(name));
        assert_eq!(name_of(b"a\\b.jpg", told("a\\b.jpg")), "a/b.jpg");
        assert_eq!(name_of("fünf.jpg".as_bytes(), told("f├╝nf.jpg")), "fünf.jpg");
        assert_eq!(name_of(b"f\x81nf.jpg", told("fünf.jpg")), "fünf.jpg");
        assert_eq!(name_of(b"\x83\\.jpg", told("â\\.jpg")), "â\\.jpg");
        assert_eq!(name_of(b"f\xfcnf.jpg", None), "f\u{fffd}nf.jpg");
    }
}

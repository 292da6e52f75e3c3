//! The marks by which facefield knows what it wrote itself, and that nobody has changed it since.
//!
//! A mark in a picture, film or archive says how long the file is; one in a text holds a digest of the rest. What was changed since has
//! another length or digest, and is its owner's. Marks stand where the formats have room for them: a text chunk of a PNG, a comment of a
//! GIF or zip, the encoder tag of an MP4, the first line of a text.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// How every mark begins.
const WHO: &str = "facefield, ";
/// Bytes of a mark: `facefield, 000000012345 bytes`.
pub const MARK_BYTES: usize = 29;
/// A mark for formats whose length is known only at their end, to be replaced there.
pub const PLACE_OF_MARK: &str = "facefield, 000000000000 bytes";
/// Where marks of pictures stand: everything before the pixels is far smaller.
const HEAD: u64 = 64 << 10;
/// How the digest of a text is announced.
const DIGEST: &str = "digest ";
/// Texts that are larger are not facefield's.
const LONGEST_TEXT: u64 = 1 << 30;

/// The mark of a file of `length` bytes, the mark included.
pub fn mark_of(length: u64) -> String {
    let mark = format!("{WHO}{length:012} bytes");
    debug_assert_eq!(mark.len(), MARK_BYTES, "every length has twelve digits");
    mark
}

/// FNV-1a, 64 bits.
pub(super) fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3))
}

/// True where `bytes` hold the mark of a file as long as this one.
fn holds_mark(file: &File, bytes: &[u8]) -> bool {
    let Ok(metadata) = file.metadata() else { return false };
    let mark = mark_of(metadata.len());
    bytes.windows(MARK_BYTES).any(|window| window == mark.as_bytes())
}

fn head(path: &Path, most: u64) -> io::Result<(File, Vec<u8>)> {
    // A pipe or a device would wait for ever.
    if !path.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let file = File::open(path)?;
    let mut bytes = Vec::new();
    (&file).take(most).read_to_end(&mut bytes)?;
    Ok((file, bytes))
}

/// True for a file that begins with these bytes.
pub fn starts_with(path: &Path, beginning: &[u8]) -> bool {
    head(path, beginning.len() as u64).is_ok_and(|(_, bytes)| bytes == beginning)
}

/// True for a table whose first line begins with the names of these columns: in CSV there is no room for a mark.
pub fn begins_with_columns(path: &Path, columns: &[&str]) -> bool {
    let names = columns.join(",");
    head(path, names.len() as u64 + 1).is_ok_and(|(_, bytes)| {
        bytes.strip_prefix(names.as_bytes()).is_some_and(|rest| matches!(rest.first(), None | Some(b',' | b'\n' | b'\r')))
    })
}

/// Bytes before the first chunk that may be a mark: the signature and the header of a PNG.
const PNG_HEADER: usize = 33;
const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Puts the mark of a whole file where [`PLACE_OF_MARK`] stands, among its first bytes or as its last ones.
///
/// # Errors
/// What the operating system says; `NotFound` where no place was left.
pub fn place_mark(mut file: &File) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(HEAD).read_to_end(&mut bytes)?;
    let among_first = bytes.windows(MARK_BYTES).position(|window| window == PLACE_OF_MARK.as_bytes()).map(|at| at as u64);
    let place = match (among_first, length.checked_sub(MARK_BYTES as u64)) {
        (Some(at), _) => at,
        (None, Some(last)) => {
            let mut end = [0; MARK_BYTES];
            file.seek(SeekFrom::Start(last))?;
            file.read_exact(&mut end)?;
            if end != PLACE_OF_MARK.as_bytes() {
                return Err(io::ErrorKind::NotFound.into());
            }
            last
        }
        (None, None) => return Err(io::ErrorKind::NotFound.into()),
    };
    file.seek(SeekFrom::Start(place))?;
    file.write_all(mark_of(length).as_bytes())
}

/// Gives the bytes of a whole PNG file their mark: a text chunk `Software` behind the header.
///
/// # Panics
/// Where the bytes are no PNG file.
pub fn marked_png(png: &[u8]) -> Vec<u8> {
    const CHUNK: &[u8] = b"tEXtSoftware\0";
    assert!(png.len() > PNG_HEADER && png.starts_with(PNG_SIGNATURE), "only whole PNG files are marked");
    let added = 4 + CHUNK.len() + MARK_BYTES + 4;
    let content = [CHUNK, mark_of((png.len() + added) as u64).as_bytes()].concat();
    let mut marked = Vec::with_capacity(png.len() + added);
    marked.extend_from_slice(&png[..PNG_HEADER]);
    marked.extend_from_slice(&((content.len() - 4) as u32).to_be_bytes());
    marked.extend_from_slice(&content);
    marked.extend_from_slice(&crc32fast::hash(&content).to_be_bytes());
    marked.extend_from_slice(&png[PNG_HEADER..]);
    marked
}

/// True for a PNG that facefield wrote and nobody changed since.
pub fn is_marked_png(path: &Path) -> bool {
    head(path, HEAD).is_ok_and(|(file, bytes)| {
        let before_pixels = bytes.windows(4).position(|window| window == b"IDAT").unwrap_or(0);
        bytes.starts_with(PNG_SIGNATURE) && holds_mark(&file, &bytes[..before_pixels])
    })
}

/// True for a GIF that facefield wrote and nobody changed since.
pub fn is_marked_gif(path: &Path) -> bool {
    // The comment stands before the first picture: header, 256 colours, the extension that lets it loop.
    head(path, 2 << 10).is_ok_and(|(file, bytes)| bytes.starts_with(b"GIF8") && holds_mark(&file, &bytes))
}

/// True for a zip that facefield wrote and nobody changed since: its comment, the last bytes, is a mark.
pub fn is_marked_zip(path: &Path) -> bool {
    let tail = || -> io::Result<bool> {
        let (mut file, start) = head(path, 4)?;
        let mut bytes = [0; MARK_BYTES];
        file.seek(SeekFrom::End(-(MARK_BYTES as i64)))?;
        file.read_exact(&mut bytes)?;
        Ok(start.starts_with(b"PK") && holds_mark(&file, &bytes))
    };
    tail().unwrap_or(false)
}

/// True for an MP4 that facefield wrote and nobody changed since. Its index stands before the pictures.
pub fn is_marked_mp4(path: &Path) -> bool {
    let find = || -> io::Result<bool> {
        let (mut file, start) = head(path, 8)?;
        if start.get(4..8) != Some(b"ftyp") {
            return Ok(false);
        }
        let whole = file.metadata()?.len();
        let mut position = 0_u64;
        while position.saturating_add(8) <= whole {
            let mut header = [0; 8];
            file.seek(SeekFrom::Start(position))?;
            file.read_exact(&mut header)?;
            let mut length = u64::from(u32::from_be_bytes([header[0], header[1], header[2], header[3]]));
            if length == 1 {
                // A length of 64 bits follows.
                let mut long = [0; 8];
                file.read_exact(&mut long)?;
                length = u64::from_be_bytes(long);
            }
            if &header[4..] == b"moov" {
                let mut index = Vec::new();
                (&file).take(length.saturating_sub(8)).read_to_end(&mut index)?;
                return Ok(holds_mark(&file, &index));
            }
            // 0 announces a box that ends with the file.
            if length < 8 {
                return Ok(false);
            }
            position = position.saturating_add(length);
        }
        Ok(false)
    };
    find().unwrap_or(false)
}

/// A text with its mark: a first line of `before`, the digest of the rest, and `after`; then the rest, `body`.
pub fn sealed(before: &str, after: &str, body: &str) -> String {
    format!("{before}{DIGEST}{:016x}{after}\n{body}", fnv(body.as_bytes()))
}

/// True for a text that [`sealed`] made with these beginnings and ends of its first line, and nobody changed since.
pub fn is_sealed(path: &Path, before: &str, after: &str) -> bool {
    let Ok((_, bytes)) = head(path, LONGEST_TEXT) else { return false };
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return false };
    let (line, body) = (&bytes[..end], &bytes[end + 1..]);
    line == format!("{before}{DIGEST}{:016x}{after}", fnv(body)).as_bytes()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// The smallest PNG that has all parts: its pixels are of no interest here.
    fn png() -> Vec<u8> {
        let mut bytes = PNG_SIGNATURE.to_vec();
        bytes.extend_from_slice(&[0; PNG_HEADER - 8]);
        bytes.extend_from_slice(b"\0\0\0\x01IDATx....\0\0\0\0IEND....");
        bytes
    }

    #[test]
    fn a_picture_that_was_changed_is_its_owners() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.png");
        let marked = marked_png(&png());
        fs::write(&path, &marked).unwrap();
        assert!(is_marked_png(&path));
        fs::write(&path, png()).unwrap();
        assert!(!is_marked_png(&path), "a picture of others");
        fs::write(&path, [marked.as_slice(), b"more"].concat()).unwrap();
        assert!(!is_marked_png(&path), "it is longer than its mark says");
        let mut late = png();
        let mark = mark_of((png().len() + MARK_BYTES) as u64);
        late.extend_from_slice(mark.as_bytes());
        fs::write(&path, &late).unwrap();
        assert!(!is_marked_png(&path), "a mark among the pixels is none");
        assert!(!is_marked_png(place.path()) && !is_marked_png(&place.path().join("nothing")));
    }

    #[test]
    fn a_text_that_was_changed_is_its_owners() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("codes.ron");
        let (before, after) = ("// facefield codes, ", ".");
        let text = sealed(before, after, "(a: 1)\n");
        fs::write(&path, &text).unwrap();
        assert!(is_sealed(&path, before, after) && !is_sealed(&path, "// facefield journey, ", after));
        for changed in [text.replace("1)", "2)"), format!("{text}\n"), text.replace("digest ", "digest f"), String::new(), "(a: 1)".into()]
        {
            fs::write(&path, &changed).unwrap();
            assert!(!is_sealed(&path, before, after), "{changed}");
        }
    }

    #[test]
    fn films_and_archives_are_known_by_their_mark_and_length() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("x");
        let film = |mark: &str| {
            let moov = [&[0, 0, 0, 8 + MARK_BYTES as u8], b"moov".as_slice(), mark.as_bytes()].concat();
            [b"\0\0\0\x08ftyp".as_slice(), &moov, b"\0\0\0\0mdat the pictures"].concat()
        };
        let gif = |mark: &str| [b"GIF89a", mark.as_bytes(), b"pictures"].concat();
        let zip = |mark: &str| [b"PK\x03\x04 pictures", mark.as_bytes()].concat();
        let kinds: [(&dyn Fn(&str) -> Vec<u8>, fn(&Path) -> bool); 3] =
            [(&film, is_marked_mp4), (&gif, is_marked_gif), (&zip, is_marked_zip)];
        for (make, is_marked) in kinds {
            let whole = make(&mark_of(make(PLACE_OF_MARK).len() as u64));
            fs::write(&path, make(PLACE_OF_MARK)).unwrap();
            place_mark(&File::options().read(true).write(true).open(&path).unwrap()).unwrap();
            assert_eq!(fs::read(&path).unwrap(), whole);
            assert!(is_marked(&path));
            for other in
                [make(PLACE_OF_MARK), whole[..whole.len() - 1].to_vec(), [b"x".as_slice(), &whole].concat(), b"GIF8".to_vec(), Vec::new()]
            {
                fs::write(&path, &other).unwrap();
                assert!(!is_marked(&path));
            }
        }
    }
}

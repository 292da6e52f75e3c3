//! The files of a tar, also inside gzip.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

use super::left_out::LeftOuts;
use super::names::{Promise, promise};
use super::shared_file::SharedFile;
use super::spool::Spool;
use super::{At, Found, MAX_FILE_BYTES};

/// True for what begins with a header of a tar: its sum is right.
pub fn is_tar(start: &[u8]) -> bool {
    let Some(header) = start.get(..512) else { return false };
    let told = std::str::from_utf8(&header[148..156]).ok().map(|text| text.trim_matches(['\0', ' ']));
    let told = told.and_then(|text| u32::from_str_radix(text, 8).ok());
    let sum = header.iter().enumerate().map(|(place, byte)| if (148..156).contains(&place) { 32 } else { u32::from(*byte) }).sum::<u32>();
    told == Some(sum) && header[0] != 0
}

/// Lists a tar whose files can be read where they stand.
///
/// # Errors
/// What the archive or the disk refuses.
pub fn list(file: &SharedFile, container: usize, prefix: &str, left_out: &mut LeftOuts) -> io::Result<Vec<Found>> {
    let mut archive = tar::Archive::new(file.clone());
    let mut found = Vec::new();
    for entry in archive.entries_with_seek()? {
        let Ok(entry) = entry else {
            left_out.add("rest of a tar that is cut short or damaged", prefix.trim_end_matches('/'));
            break;
        };
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let location = format!("{prefix}{}", name_of(&entry));
        let (start, len) = (entry.raw_file_position(), entry.size());
        // The last file of a tar that was cut is there in part, and nobody can tell a part of a text from the whole.
        if start + len > file.len() {
            left_out.add("rest of a tar that is cut short or damaged", &location);
            break;
        }
        found.push(Found { location, at: At::Part { container, start, len } });
    }
    Ok(found)
}

/// Unpacks the pictures and texts of a tar inside gzip.
///
/// # Errors
/// What the archive or the disk refuses.
pub fn unpack(file: &SharedFile, container: usize, prefix: &str, left_out: &mut LeftOuts) -> io::Result<(SharedFile, Vec<Found>)> {
    let mut archive = tar::Archive::new(MultiGzDecoder::new(file.clone()));
    let mut spool = Spool::new()?;
    let mut found = Vec::new();
    for entry in archive.entries()? {
        let Ok(mut entry) = entry else {
            left_out.add("rest of a tar that is cut short or damaged", prefix.trim_end_matches('/'));
            break;
        };
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let location = format!("{prefix}{}", name_of(&entry));
        // Archives inside may be larger than any picture.
        let kind = promise(&location);
        let too_large = kind != Promise::Archive && entry.size() > MAX_FILE_BYTES;
        if too_large || matches!(kind, Promise::Other | Promise::System | Promise::Hidden) {
            found.push(Found { location, at: At::Nowhere });
            continue;
        }
        match spool.add(&mut entry) {
            Ok((start, len)) => found.push(Found { location, at: At::Part { container, start, len } }),
            Err(error) if error.kind() == io::ErrorKind::StorageFull || error.kind() == io::ErrorKind::FileTooLarge => return Err(error),
            Err(_) => {
                left_out.add("rest of a tar that is cut short or damaged", &location);
                break;
            }
        }
    }
    Ok((spool.finish()?, found))
}

/// True where a gzip holds a tar.
pub fn holds_tar(file: &SharedFile) -> bool {
    let mut start = Vec::new();
    MultiGzDecoder::new(file.clone()).take(512).read_to_end(&mut start).is_ok() && is_tar(&start)
}

fn name_of<R: Read>(entry: &tar::Entry<R>) -> String {
    let name = entry.path_bytes();
    String::from_utf8_lossy(&name).trim_start_matches("./").to_owned()
}

//! The files of a tar, also inside gzip.
//!
//! Owns links inside a tar, which mean what another name in it holds, and archives that do not reach their end.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use flate2::read::MultiGzDecoder;
use tar::EntryType;

use super::entry::{At, Found, MAX_FILE_BYTES};
use super::left_out::LeftOuts;
use super::names::{Promise, promise};
use super::shared_file::SharedFile;
use super::spool::Spool;
use super::watch::Watch;

/// What is said of a tar from which on nothing can be read.
const CUT: &str = "rest of a tar that is cut short or damaged";
/// Bytes that may stand between two files: long names and the like. A header can claim gigabytes, and the reader would take them all.
const BETWEEN: u64 = 1 << 20;
/// Bytes behind the last file that are read for the sum at the very end.
const BEHIND: u64 = 64 << 20;
/// Links that lead to links are followed so often.
const ROUNDS: usize = 8;

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
    let (metered, allowance) = Metered::new(file.clone());
    let mut archive = tar::Archive::new(metered);
    let (mut found, mut links) = (Vec::new(), Links::default());
    for entry in archive.entries_with_seek()? {
        let Ok(entry) = entry else {
            left_out.add(CUT, prefix.trim_end_matches('/'));
            break;
        };
        let location = format!("{prefix}{}", name_of(&entry));
        allowance.set(BETWEEN);
        if !links.is_file(&entry, &location, prefix, left_out) {
            continue;
        }
        let (start, len) = (entry.raw_file_position(), entry.size());
        // The last file of a tar that was cut is there in part, and nobody can tell a part of a text from the whole.
        if start.saturating_add(len) > file.len() {
            left_out.add(CUT, &location);
            break;
        }
        found.push(Found { location, at: At::Part { container, start, len } });
    }
    links.follow(&mut found, left_out);
    Ok(found)
}

/// Unpacks the pictures and texts of a tar inside gzip.
///
/// # Errors
/// What the archive or the disk refuses.
pub fn unpack(
    file: &SharedFile,
    container: usize,
    prefix: &str,
    left_out: &mut LeftOuts,
    watch: &Watch,
) -> io::Result<(SharedFile, Vec<Found>)> {
    let (metered, allowance) = Metered::new(MultiGzDecoder::new(watch.over(file.clone())));
    let mut archive = tar::Archive::new(metered);
    let mut spool = Spool::new()?;
    let (mut found, mut links, mut whole) = (Vec::new(), Links::default(), true);
    for entry in archive.entries()? {
        let Ok(mut entry) = entry else {
            left_out.add(CUT, prefix.trim_end_matches('/'));
            whole = false;
            break;
        };
        // What a file holds is read on the way to the next one, also where nobody wants it.
        allowance.set(entry.size().saturating_add(BETWEEN));
        let location = format!("{prefix}{}", name_of(&entry));
        if !links.is_file(&entry, &location, prefix, left_out) {
            continue;
        }
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
                left_out.add(CUT, &location);
                whole = false;
                break;
            }
        }
    }
    links.follow(&mut found, left_out);
    // The sum that tells whether all of it is as it was stands behind the last file.
    if whole
        && io::copy(&mut archive.into_inner().inner.take(BEHIND), &mut io::sink())
            .is_err_and(|error| !error.to_string().contains("gzip header"))
    {
        let name = prefix.trim_end_matches('/');
        left_out.add("end of a tar.gz that is damaged (its sum is wrong, so any of its files may be)", name);
    }
    Ok((spool.finish()?, found))
}

/// Reads no further than it is allowed to until the next allowance.
struct Metered<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

impl<R> Metered<R> {
    /// With a first allowance of what may stand before a file.
    fn new(inner: R) -> (Self, Rc<Cell<u64>>) {
        let left = Rc::new(Cell::new(BETWEEN));
        (Self { inner, left: Rc::clone(&left) }, left)
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        let left = self.left.get().checked_sub(read as u64);
        self.left.set(left.ok_or_else(|| io::Error::other("more stands between two files than any name needs"))?);
        Ok(read)
    }
}

impl<R: Seek> Seek for Metered<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// Names in a tar that stand for another one.
#[derive(Default)]
struct Links {
    /// Their locations and those that they lead to.
    known: Vec<(String, String)>,
}

impl Links {
    /// True for a file of its own; links are kept for later, and what is neither is left out.
    fn is_file<R: Read>(&mut self, entry: &tar::Entry<R>, location: &str, prefix: &str, left_out: &mut LeftOuts) -> bool {
        let kind = entry.header().entry_type();
        let target = || entry.link_name_bytes().map(|name| String::from_utf8_lossy(&name).into_owned()).unwrap_or_default();
        match kind {
            EntryType::Link => self.known.push((location.to_owned(), resolved(prefix, &target()))),
            EntryType::Symlink => {
                let folder = location.rfind('/').map_or("", |end| &location[..=end]);
                self.known.push((location.to_owned(), resolved(folder, &target())));
            }
            EntryType::Char | EntryType::Block | EntryType::Fifo => left_out.add("device, pipe or socket", location),
            EntryType::GNUSparse => left_out.add("file with holes in a tar", location),
            kind => return kind.is_file() || kind.is_contiguous(),
        }
        false
    }

    /// Gives every link the place of what it leads to.
    fn follow(mut self, found: &mut Vec<Found>, left_out: &mut LeftOuts) {
        self.known.retain(|(location, _)| !matches!(promise(location), Promise::System));
        for _ in 0..ROUNDS {
            if self.known.is_empty() {
                return;
            }
            let places: HashMap<&str, &At> = found.iter().map(|file| (file.location.as_str(), &file.at)).collect();
            let (mut ends, mut open) = (Vec::new(), Vec::new());
            for (location, target) in self.known {
                match places.get(target.as_str()) {
                    Some(at) => ends.push(Found { location, at: (*at).clone() }),
                    None => open.push((location, target)),
                }
            }
            self.known = open;
            if ends.is_empty() {
                break;
            }
            found.append(&mut ends);
        }
        if self.known.is_empty() {
            return;
        }
        let folders: HashSet<&str> =
            found.iter().flat_map(|file| file.location.match_indices('/').map(|(end, _)| &file.location[..end])).collect();
        for (location, target) in &self.known {
            let leads_to_folder = folders.contains(target.as_str());
            left_out.add(if leads_to_folder { "link to a folder in a tar" } else { "link that leads nowhere" }, location);
        }
    }
}

/// Where a path leads from `folder`, which ends in `/` or is empty.
fn resolved(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.join("/")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_mean_what_they_lead_to() {
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(3);
        tar.append_data(&mut header, "./a/1.jpg", &b"one"[..]).unwrap();
        for (kind, name, target) in [
            (EntryType::Link, "hard.jpg", "a/1.jpg"),
            (EntryType::Symlink, "b/soft.jpg", "../a/./1.jpg"),
            (EntryType::Symlink, "b/again.jpg", "soft.jpg"),
            (EntryType::Symlink, "away.jpg", "../../none.jpg"),
            (EntryType::Symlink, "round.jpg", "round.jpg"),
            (EntryType::Symlink, "folder", "a"),
        ] {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(kind);
            header.set_size(0);
            tar.append_link(&mut header, name, target).unwrap();
        }
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(EntryType::Fifo);
        header.set_size(0);
        tar.append_data(&mut header, "pipe.jpg", io::empty()).unwrap();
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, &tar.into_inner().unwrap()).unwrap();
        let mut left_out = LeftOuts::default();
        let found = list(&SharedFile::new(file).unwrap(), 0, "x.tar/", &mut left_out).unwrap();
        let names: Vec<&str> = found.iter().map(|found| found.location.as_str()).collect();
        assert_eq!(names, ["x.tar/a/1.jpg", "x.tar/hard.jpg", "x.tar/b/soft.jpg", "x.tar/b/again.jpg"]);
        assert!(found.iter().all(|file| file.at == found[0].at));
        let mut counts: Vec<(&str, usize)> = left_out.0.iter().map(|known| (known.reason.as_str(), known.count)).collect();
        counts.sort_unstable();
        assert_eq!(counts, [("device, pipe or socket", 1), ("link that leads nowhere", 2), ("link to a folder in a tar", 1)]);
    }
}

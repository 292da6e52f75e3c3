//! Sorting out what was found: pictures, texts, archives to be opened, and what is left out.
//!
//! Owns the rules for archives inside: they are opened where no picture lies beside them, and not deeper than twice.

use std::fs::File;
use std::io::Read;

use super::container::Container;
use super::entry::{At, Entry, Found};
use super::left_out::LeftOuts;
use super::names::{Promise, promise, unread_picture};
#[cfg(feature = "parquet")]
use super::parquet;
use super::shared_file::SharedFile;
use super::spool::Spool;
use super::watch::Watch;
use super::{tar, zip};
use crate::data::decode::{Kind, LOOKED_AT};
use crate::progress::Monitor;
use crate::words::{Advice, capital, counted};

/// How deep archives may lie in archives.
const DEPTH: usize = 2;
/// How many archives are opened inside a source.
const ARCHIVES: usize = 4096;

/// What a source turns out to hold.
pub struct Listing<'a> {
    watch: Watch<'a>,
    pub containers: Vec<Container>,
    pub pictures: Vec<Entry>,
    pub texts: Vec<(Promise, Entry)>,
    pub left_out: LeftOuts,
}

impl<'a> Listing<'a> {
    /// Nothing was found yet.
    pub fn new(monitor: &'a dyn Monitor) -> Self {
        Self { watch: Watch(monitor), containers: Vec::new(), pictures: Vec::new(), texts: Vec::new(), left_out: LeftOuts::default() }
    }

    /// Sorts what was found at one depth.
    pub fn sort_out(&mut self, found: Vec<Found>, depth: usize) {
        let before = self.pictures.len();
        let mut archives = Vec::new();
        let mut unknown = Vec::new();
        for file in found {
            match promise(&file.location) {
                Promise::Picture => self.picture(file),
                kind @ (Promise::Attributes | Promise::Partition) => self.texts.push((kind, Entry::new(file))),
                Promise::Archive => archives.push(file),
                Promise::Unknown => unknown.push(file),
                Promise::Other => self.left_out.add("other file", &file.location),
                Promise::Hidden => self.left_out.add("hidden picture", &file.location),
                Promise::System => {}
            }
        }
        self.look_into(unknown);
        archives.sort_by(|a, b| a.location.cmp(&b.location));
        let enter = self.pictures.len() == before;
        for file in archives {
            if self.watch.0.cancelled() {
                return;
            }
            if !enter {
                self.left_out.add("archive beside pictures, which is not opened", &file.location);
            } else if depth >= DEPTH || self.containers.len() >= ARCHIVES {
                self.left_out.add("archive too deep inside others", &file.location);
            } else if let Err(reason) = self.enter(&file, depth) {
                self.left_out.add(&format!("archive that {reason}"), &file.location);
            }
        }
    }

    fn picture(&mut self, file: Found) {
        let unreadable = match &file.at {
            At::Zip { container, index } => match &self.containers[*container] {
                Container::Zip(archive) => zip::unreadable(archive, *index),
                Container::Parts(_) => None,
            },
            At::Nowhere => Some("file larger than 256 MiB".to_owned()),
            At::File(_) | At::Part { .. } => None,
        };
        match unreadable {
            Some(reason) => self.left_out.add(&reason, &file.location),
            None => self.pictures.push(Entry::new(file)),
        }
    }

    /// Files whose names say nothing are told by their first bytes.
    fn look_into(&mut self, files: Vec<Found>) {
        for file in files {
            let start = self.start_of(&file.at, LOOKED_AT).unwrap_or_default();
            let by_name = unread_picture(&file.location);
            match Kind::of(&start) {
                kind if kind.is_picture() => self.picture(file),
                Kind::NotRead(what) if by_name.is_none() => {
                    let what = what.trim_start_matches("an ").trim_start_matches("a ");
                    self.left_out.add(what, &file.location);
                }
                _ => self.left_out.add(by_name.unwrap_or("other file"), &file.location),
            }
        }
    }

    fn start_of(&self, at: &At, length: usize) -> Option<Vec<u8>> {
        let mut start = Vec::new();
        let length = length as u64;
        match at {
            At::File(path) => File::open(path).ok()?.take(length).read_to_end(&mut start).ok()?,
            At::Part { container, start: first, len } => match &self.containers[*container] {
                Container::Parts(file) => file.part(*first, (*len).min(length)).read_to_end(&mut start).ok()?,
                Container::Zip(_) => return None,
            },
            At::Zip { container, index } => match &self.containers[*container] {
                Container::Zip(archive) => archive.clone().by_index(*index).ok()?.take(length).read_to_end(&mut start).ok()?,
                Container::Parts(_) => return None,
            },
            At::Nowhere => return None,
        };
        Some(start)
    }

    fn enter(&mut self, file: &Found, depth: usize) -> Result<(), String> {
        let inner = self.as_file(&file.at)?;
        let found = self.open_archive(&inner, &format!("{}/", file.location))?;
        self.sort_out(found, depth + 1);
        Ok(())
    }

    /// A file as one that can be read at any place: where it stands, else unpacked.
    fn as_file(&self, at: &At) -> Result<SharedFile, String> {
        let unreadable = |error: std::io::Error| format!("cannot be read ({error})");
        match at {
            At::File(path) => SharedFile::open(path).map_err(unreadable),
            At::Part { container, start, len } => match &self.containers[*container] {
                Container::Parts(file) => Ok(file.part(*start, *len)),
                Container::Zip(_) => Err("cannot be read".into()),
            },
            At::Zip { container, index } => match &self.containers[*container] {
                Container::Zip(archive) => {
                    let outer = archive.clone();
                    let mut reading = outer.clone();
                    let mut entry = reading.by_index(*index).map_err(|error| format!("cannot be read ({error})"))?;
                    if let (::zip::CompressionMethod::Stored, Some(start)) = (entry.compression(), entry.data_start()) {
                        return Ok(outer.into_inner().part(start, entry.size()));
                    }
                    let mut spool = Spool::new().map_err(unreadable)?;
                    spool.add(&mut entry).map_err(unreadable)?;
                    spool.finish().map_err(unreadable)
                }
                Container::Parts(_) => Err("cannot be read".into()),
            },
            At::Nowhere => Err("is larger than 256 MiB".into()),
        }
    }

    /// Lists an archive. Everything in it is below `prefix`.
    ///
    /// # Errors
    /// What it is instead, to be read behind its name.
    pub fn open_archive(&mut self, file: &SharedFile, prefix: &str) -> Result<Vec<Found>, String> {
        let start = start_of(file);
        let container = self.containers.len();
        let refused = |error: std::io::Error| format!("cannot be read to its end ({error})");
        if start.starts_with(b"PK") {
            let archive = zip::open(file)?;
            let found = zip::list(&archive, container, prefix);
            self.containers.push(Container::Zip(archive));
            return Ok(found);
        }
        if tar::is_tar(&start) {
            let found = tar::list(file, container, prefix, &mut self.left_out).map_err(refused)?;
            self.containers.push(Container::Parts(file.clone()));
            return Ok(found);
        }
        if start.starts_with(&[0x1F, 0x8B]) && tar::holds_tar(file) {
            let (unpacked, found) = tar::unpack(file, container, prefix, &mut self.left_out, &self.watch).map_err(refused)?;
            self.containers.push(Container::Parts(unpacked));
            return Ok(found);
        }
        #[cfg(feature = "parquet")]
        if start.starts_with(b"PAR1") {
            let (unpacked, found) = parquet::unpack(file, container, prefix, &mut self.left_out, &self.watch)?;
            self.containers.push(Container::Parts(unpacked));
            return Ok(found);
        }
        // Something may stand before a zip: a program that unpacks it, or what a server said.
        match (what_it_is(&start), zip::open(file)) {
            (_, Ok(archive)) => {
                let found = zip::list(&archive, container, prefix);
                self.containers.push(Container::Zip(archive));
                Ok(found)
            }
            (reason, Err(_)) => Err(reason),
        }
    }

    /// What there is instead of pictures, as a sentence; empty where there is nothing.
    pub fn instead(&self) -> String {
        let known: Vec<String> = self
            .left_out
            .0
            .iter()
            .map(|known| format!("{} ({})", counted_phrase(known.count, &known.reason), known.files.join(", ")))
            .collect();
        known.join("; ")
    }
}

/// "3 AVIF pictures", "2 folders that may not be entered".
pub fn counted_phrase(count: usize, phrase: &str) -> String {
    // The noun that is counted ends where a clause begins.
    let ends = [" that ", " behind ", " packed ", " of ", " beside ", " to ", " in ", " larger ", " too ", " (", ", ", " or "];
    let end = ends.iter().filter_map(|word| phrase.find(word)).min().unwrap_or(phrase.len());
    let (noun, rest) = phrase.split_at(end);
    format!("{}{rest}", counted(count as u64, noun))
}

fn start_of(file: &SharedFile) -> Vec<u8> {
    let mut start = Vec::new();
    // What cannot be read is said when more of it is wanted.
    file.part(0, LOOKED_AT as u64).read_to_end(&mut start).ok();
    start
}

/// True for a file that can be opened as an archive.
pub fn is_archive(file: &SharedFile) -> bool {
    let start = start_of(file);
    tar::is_tar(&start) || start.starts_with(&[0x1F, 0x8B]) && tar::holds_tar(file) || start.starts_with(b"PAR1") || zip::open(file).is_ok()
}

/// What a folder is that this program made for something else.
pub fn folder_of_our_own(found: &[Found]) -> Option<&'static str> {
    let holds = |name: &str| found.iter().any(|file| file.location == name);
    (holds("model.ron") && holds("weights.safetensors"))
        .then_some("is a model, not a folder of pictures. Name the pictures, or the face cache made from them")
}

/// What a file is that cannot be opened, and what to do.
fn what_it_is(start: &[u8]) -> String {
    let unpack = |what: &str| format!("is {what}, which is not read. Unpack it and name the folder");
    match start {
        [] => return "is empty. Download it again".into(),
        [b'7', b'z', 0xBC, 0xAF, ..] => return unpack("a 7z archive"),
        [b'R', b'a', b'r', b'!', ..] => return unpack("a RAR archive"),
        [b'B', b'Z', b'h', ..] => return unpack("packed with bzip2"),
        [0xFD, b'7', b'z', b'X', b'Z', ..] => return unpack("packed with XZ"),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => return unpack("packed with Zstandard"),
        [0x1F, 0x8B, ..] => return "is packed with gzip, but is no tar inside, or is cut short. Unpack it and name the folder".into(),
        [b'P', b'A', b'R', b'1', ..] => return "is a parquet file, which this build does not read: it was made without the cargo feature `parquet`. Build it with `cargo \
                    build --release --features parquet`, or save the pictures as files"
                .into(),
        [_, _, _, _, _, _, _, 0, b'{', ..] => {
            return format!("is a safetensors file, not an archive of pictures. {}", capital(&Advice::UseAsFaces));
        }
        _ => {}
    }
    match Kind::of(start) {
        Kind::Html => "is an HTML page, not a zip: the download was answered by a web page (often a quota or login notice). Open it in a \
                       browser to see why, then download the archive again"
            .into(),
        kind if kind.is_picture() => "is a single picture. Name the folder that holds it".into(),
        Kind::NotRead(what) => format!("is {what}. Name CelebA's img_align_celeba.zip, or a folder, zip or tar of pictures"),
        _ => "is neither a folder nor an archive that is read. Name CelebA's img_align_celeba.zip, or a folder, zip or tar of pictures"
            .into(),
    }
}

//! Which attributes and which part of the split belong to which picture of a source.
//!
//! Owns the matching of names: texts and pictures of CelebA come with other endings, in other letters and in folders of their own.

use std::collections::{HashMap, HashSet};

use super::annotations::{Attributes, PARTITION_FILE, read_attributes, read_partition};
use super::cache::FaceRecord;
use super::source::{Entry, Promise, Source, base_name};
use super::{DataError, split};
use crate::progress::Monitor;
use crate::words::{counted, grouped};

/// Attributes and split of the pictures of one source.
pub struct Labels {
    /// Names of the attributes.
    pub names: Vec<String>,
    /// The text with the attributes, where one fits any picture.
    pub attributes_from: Option<String>,
    /// The text with the partition, where one fits any picture.
    pub split_from: Option<String>,
    /// By place among the pictures; empty where nothing is known.
    values: Vec<Vec<i8>>,
    /// By place among the pictures.
    marks: Vec<u8>,
}

impl Labels {
    /// Reads the texts of a source and finds the pictures that they name. Says what does not fit.
    ///
    /// # Errors
    /// [`DataError`] where a text cannot be read or makes no sense.
    pub fn read(source: &mut Source, monitor: &dyn Monitor) -> Result<Self, DataError> {
        let attributes = attributes_of(source, monitor)?;
        let partition = partition_of(source)?;
        if attributes.is_some() || partition.is_some() {
            keep_aligned(source);
        }
        let pictures = source.pictures();
        let place = source.path().display();
        let mut labels = Self {
            names: Vec::new(),
            attributes_from: None,
            split_from: None,
            values: vec![Vec::new(); pictures.len()],
            marks: Vec::new(),
        };
        let mut missing = 0;
        if let Some((file, attributes)) = attributes {
            let found = matched(pictures, &attributes.values);
            missing = missing.max(found.unused);
            let any = found.by_picture.iter().any(Option::is_some);
            labels.values = found.by_picture.into_iter().map(Option::unwrap_or_default).collect();
            if any {
                (labels.names, labels.attributes_from) = (attributes.names, Some(file));
            } else {
                monitor.warn(format!("{file} names none of the pictures in {place}: no face gets attributes"));
            }
        }
        if let Some((file, partition)) = partition {
            let found = matched(pictures, &partition);
            missing = missing.max(found.unused);
            if found.by_picture.iter().any(Option::is_some) {
                labels.marks = found.by_picture.into_iter().map(|mark| mark.unwrap_or(split::NONE)).collect();
                labels.split_from = Some(file);
            } else {
                monitor.warn(format!("{file} names none of the pictures in {place}: a random split takes the place of the official one"));
            }
        } else if let Some(file) = &labels.attributes_from {
            monitor.warn(format!(
                "{file} has the attributes, but {PARTITION_FILE} is neither in nor beside {place}: a random split takes the place of the official one"
            ));
        }
        if labels.split_from.is_none() {
            labels.marks = split::seeded_split(pictures.len());
        }
        if missing > 0 && (labels.attributes_from.is_some() || labels.split_from.is_some()) {
            monitor.warn(format!(
                "the annotations of {place} name {} that {} not there; {} ignored",
                counted(missing as u64, "picture"),
                if missing == 1 { "is" } else { "are" },
                if missing == 1 { "it is" } else { "they are" }
            ));
        }
        Ok(labels)
    }

    /// The record of the picture at `place`, with one value for each of `columns`: places among [`names`](Self::names).
    pub fn record(&self, entry: &Entry, place: usize, columns: &[Option<usize>]) -> FaceRecord {
        let value = |column: &Option<usize>| column.and_then(|column| self.values[place].get(column).copied()).unwrap_or(0);
        FaceRecord {
            name: entry.name.clone(),
            split: self.marks[place],
            attributes: columns.iter().map(value).collect(),
            factors: Vec::new(),
        }
    }
}

fn attributes_of(source: &Source, monitor: &dyn Monitor) -> Result<Option<(String, Attributes)>, DataError> {
    let mut known: Option<(String, Attributes)> = None;
    for text in source.texts(Promise::Attributes)? {
        let read = read_attributes(&text.name, &text.bytes)?;
        if let Some(promised) = read.promised.filter(|promised| *promised > read.values.len()) {
            monitor.warn(format!(
                "{} promises {} pictures but has only {}; it may be cut short",
                text.name,
                grouped(promised as u64),
                grouped(read.values.len() as u64)
            ));
        }
        match &mut known {
            None => {
                if read.zero_is_no {
                    monitor.warn(format!("{} has values of 0 and 1: 0 is taken for no, 1 for yes", text.name));
                }
                known = Some((text.name, read));
            }
            Some((_, first)) if first.names == read.names => {
                read.values.into_iter().for_each(|(name, values)| _ = first.values.entry(name).or_insert(values));
            }
            Some((file, _)) => monitor.warn(format!("{} has other attributes than {file}; it is ignored", text.name)),
        }
    }
    Ok(known)
}

fn partition_of(source: &Source) -> Result<Option<(String, HashMap<String, u8>)>, DataError> {
    let mut known: Option<(String, HashMap<String, u8>)> = None;
    for text in source.texts(Promise::Partition)? {
        let read = read_partition(&text.name, &text.bytes)?;
        match &mut known {
            None => known = Some((text.name, read)),
            Some((_, first)) => read.into_iter().for_each(|(name, part)| _ = first.entry(name).or_insert(part)),
        }
    }
    Ok(known)
}

/// What a text says of each picture, and how many of its lines fit none.
struct Matched<T> {
    by_picture: Vec<Option<T>>,
    unused: usize,
}

/// Finds the line of each picture: by its path, by its file name, and by its stem in whatever letters.
fn matched<T: Clone>(pictures: &[Entry], lines: &HashMap<String, T>) -> Matched<T> {
    let stem = |name: &str| -> String {
        let base = base_name(name);
        base.rsplit_once('.').map_or(base, |(stem, _)| stem).to_lowercase()
    };
    let by_path = |picture: &Entry| {
        let below = picture.location.match_indices('/').map(|(place, _)| &picture.location[place + 1..]);
        std::iter::once(picture.location.as_str()).chain(below).find_map(|path| lines.get_key_value(path)).map(|(name, _)| name.as_str())
    };
    let mut names: Vec<Option<&str>> = pictures.iter().map(by_path).collect();
    if names.contains(&None) {
        // Where two lines would be the same, only the whole name tells them apart.
        let mut by_base: HashMap<&str, Option<&str>> = HashMap::new();
        let mut by_stem: HashMap<String, Option<&str>> = HashMap::new();
        for name in lines.keys() {
            by_base.entry(base_name(name)).and_modify(|known| *known = None).or_insert(Some(name));
            by_stem.entry(stem(name)).and_modify(|known| *known = None).or_insert(Some(name));
        }
        for (picture, name) in pictures.iter().zip(&mut names).filter(|(_, name)| name.is_none()) {
            let base = base_name(&picture.location);
            *name = by_base.get(base).or_else(|| by_stem.get(&stem(base))).copied().flatten();
        }
    }
    let used: HashSet<&str> = names.iter().flatten().copied().collect();
    let by_picture = names.iter().map(|name| name.and_then(|name| lines.get(name).cloned())).collect();
    Matched { by_picture, unused: lines.len() - used.len() }
}

/// Size of CelebA's aligned pictures.
const ALIGNED: (u32, u32) = (178, 218);
/// Pictures of a folder whose sizes are looked at.
const LOOKED_AT: usize = 3;

/// Where several folders hold pictures of the same names and only some of them are aligned, those are kept: the annotations are theirs.
fn keep_aligned(source: &mut Source) {
    let pictures = source.pictures();
    let folder = |entry: &Entry| entry.location.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    // Pictures carry their folder in their name only where another has the same file name.
    let twice: Vec<&Entry> = pictures.iter().filter(|entry| entry.name != base_name(&entry.location)).collect();
    let mut folders: HashMap<String, Vec<&Entry>> = HashMap::new();
    for entry in twice {
        let known = folders.entry(folder(entry)).or_default();
        if known.len() < LOOKED_AT {
            known.push(entry);
        }
    }
    let mut reader = source.reader();
    let mut is_aligned = |entry: &&Entry| reader.read(entry).ok().and_then(|bytes| super::decode::size_of(&bytes)) == Some(ALIGNED);
    let aligned: HashSet<String> =
        folders.iter().filter(|(_, entries)| entries.iter().all(&mut is_aligned)).map(|(folder, _)| folder.clone()).collect();
    if aligned.is_empty() || aligned.len() == folders.len() {
        return;
    }
    let bases: HashSet<&str> =
        pictures.iter().filter(|entry| aligned.contains(&folder(entry))).map(|entry| base_name(&entry.location)).collect();
    let wanted: Vec<bool> =
        pictures.iter().map(|entry| aligned.contains(&folder(entry)) || !bases.contains(base_name(&entry.location))).collect();
    source.keep("picture of the same name as an aligned one", |place| wanted[place]);
}

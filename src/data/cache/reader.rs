//! Reads a face cache without loading it: pixels stay on disk until they are looked at.
//!
//! They are read at their place and not mapped: a mapped file that another program cuts short ends this one without a word, while a read
//! tells that the file has changed. Caches are replaced by renaming, so who reads one keeps it whole.

use std::fs::{File, Metadata as FileMetadata};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::SystemTime;

use rayon::prelude::*;
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};

use super::layout::{CacheInfo, KIND, KIND_FACES};
use crate::data::split::{self, SplitChoice};
use crate::data::{DataError, Faces, TensorHeader};
use crate::files::read_at;

/// Faces that one core reads at a time.
const SIDE_BY_SIDE: usize = 128;
/// Bytes that are read at a time where they become something else at once.
const IN_CACHE: usize = 64 << 10;
/// Faces that a hash reads at a time.
const HASHED: usize = 256;

/// An open face cache.
#[derive(Debug)]
pub struct FaceCache {
    path: PathBuf,
    file: File,
    /// What the file looked like when its content was last known to be the same.
    known: Mutex<Look>,
    /// The hash of the content, once it was computed.
    fingerprint: Mutex<Option<u64>>,
    size: usize,
    count: usize,
    /// Where the pixels begin, in bytes.
    start: u64,
    marks: Vec<u8>,
    attributes: Vec<i8>,
    factors: Vec<f32>,
    names: Vec<String>,
    info: CacheInfo,
    /// Whether its metadata say that facefield wrote it, and nothing was added since.
    is_own: bool,
}

/// What tells that a file may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    length: u64,
    changed: Option<SystemTime>,
}

impl Look {
    fn of(metadata: &FileMetadata) -> Self {
        Self { length: metadata.len(), changed: metadata.modified().ok() }
    }
}

/// True for a file that holds a tensor `faces`.
pub fn is_face_cache(path: &Path) -> bool {
    FaceCache::open(path).is_ok()
}

/// True for a whole face cache that facefield wrote.
pub(super) fn is_own_cache(path: &Path) -> bool {
    FaceCache::open(path).is_ok_and(|cache| cache.is_own)
}

impl FaceCache {
    /// Opens a cache.
    ///
    /// # Errors
    /// [`DataError::Read`] where the path cannot be read, [`DataError::Cache`] where it holds something else or was cut short.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let wrong = |reason: String| DataError::Cache { path: path.to_path_buf(), reason };
        // A pipe without a writer would be waited for as soon as it is opened.
        let metadata = std::fs::metadata(path).map_err(DataError::read(path))?;
        if !metadata.is_file() {
            return Err(wrong(if metadata.is_dir() { "it is a folder" } else { "it is a device or a pipe" }.into()));
        }
        let file = File::open(path).map_err(DataError::read(path))?;
        let metadata = file.metadata().map_err(DataError::read(path))?;
        let header = TensorHeader::read(&file).map_err(DataError::read(path))?.map_err(wrong)?;
        Self::with_header(path, file, Look::of(&metadata), &header)
    }

    fn with_header(path: &Path, file: File, look: Look, header: &TensorHeader) -> Result<Self, DataError> {
        let TensorHeader { metadata: header, start, end } = header;
        let wrong = |reason: String| DataError::Cache { path: path.to_path_buf(), reason };
        let (faces, count, size) = faces_of(header).map_err(wrong)?;
        let info = read_info(header);
        let names: Vec<String> = read_list(header, "file_names");
        let bytes_of = |name: &str, dtype: Dtype, shape: &[usize]| -> Result<Option<Vec<u8>>, DataError> {
            let Some(tensor) = checked(header, name, dtype, shape).map_err(wrong)? else { return Ok(None) };
            let mut bytes = vec![0; tensor.data_offsets.1 - tensor.data_offsets.0];
            read_at(&file, &mut bytes, start + tensor.data_offsets.0 as u64).map_err(DataError::read(path))?;
            Ok(Some(bytes))
        };
        let marks = bytes_of("split", Dtype::U8, &[count])?.unwrap_or_else(|| vec![split::NONE; count]);
        let attributes = bytes_of("attributes", Dtype::I8, &[count, info.attribute_names.len()])?;
        let attributes = attributes.map(|bytes| bytes.iter().map(|byte| *byte as i8).collect()).unwrap_or_default();
        let factors = bytes_of("factors", Dtype::F32, &[count, info.factor_names.len()])?;
        let factors = factors.map(|bytes| bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect());
        let is_whole = *end == look.length;
        let is_marked = header.metadata().as_ref().is_some_and(|metadata| metadata.get(KIND).is_some_and(|kind| kind == KIND_FACES));
        Ok(Self {
            path: path.to_path_buf(),
            known: Mutex::new(look),
            fingerprint: Mutex::new(None),
            size,
            count,
            start: start + faces.data_offsets.0 as u64,
            marks,
            attributes,
            factors: factors.unwrap_or_default(),
            names,
            info,
            is_own: is_whole && is_marked,
            file,
        })
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Height and width of its faces in pixels.
    pub fn size(&self) -> usize {
        self.size
    }

    /// How many faces it holds.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Bytes of one face: size * size * 3.
    pub fn face_len(&self) -> usize {
        self.size * self.size * 3
    }

    /// Reads faces into `pixels`, one after another, HWC.
    ///
    /// # Errors
    /// [`DataError::Changed`] where another program has changed the file meanwhile.
    ///
    /// # Panics
    /// Where there is no such face, or `pixels` is no room for them.
    pub fn read(&self, indices: &[usize], pixels: &mut [u8]) -> Result<(), DataError> {
        assert_eq!(pixels.len(), indices.len() * self.face_len(), "there is room for the faces");
        // Copying is work for every core where it is much.
        let parts = indices.par_chunks(SIDE_BY_SIDE).zip(pixels.par_chunks_mut(SIDE_BY_SIDE * self.face_len()));
        parts.try_for_each(|(indices, pixels)| self.read_unchecked(indices, pixels))?;
        self.ensure_unchanged()
    }

    /// Reads faces and turns each into numbers of its own: `turn` gets the bytes of a face, HWC, and room for as many numbers.
    ///
    /// # Errors
    /// [`DataError::Changed`] where another program has changed the file meanwhile.
    ///
    /// # Panics
    /// Where there is no such face, or `numbers` is no room for them.
    pub fn read_as<T: Send>(&self, indices: &[usize], numbers: &mut [T], turn: impl Fn(&[u8], &mut [T]) + Sync) -> Result<(), DataError> {
        let length = self.face_len();
        assert_eq!(numbers.len(), indices.len() * length, "there is room for the faces");
        // So few bytes that they are still in the cache of the core when they become numbers.
        let at_once = (IN_CACHE / length).max(1);
        let parts = indices.par_chunks(at_once).zip(numbers.par_chunks_mut(at_once * length));
        parts
            .try_for_each_init(
                || vec![0; at_once * length],
                |bytes, (indices, numbers)| {
                    let bytes = &mut bytes[..numbers.len()];
                    self.read_unchecked(indices, bytes)?;
                    bytes.chunks_exact(length).zip(numbers.chunks_exact_mut(length)).for_each(|(face, numbers)| turn(face, numbers));
                    Ok(())
                },
            )
            .and_then(|()| self.ensure_unchanged())
    }

    fn read_unchecked(&self, indices: &[usize], pixels: &mut [u8]) -> Result<(), DataError> {
        let length = self.face_len();
        let mut rest = pixels;
        // Faces that lie one behind another are read at once.
        for run in indices.chunk_by(|a, b| a + 1 == *b) {
            assert!(run[run.len() - 1] < self.count, "there is such a face");
            let (part, others) = rest.split_at_mut(run.len() * length);
            let read = read_at(&self.file, part, self.start + (run[0] * length) as u64);
            read.map_err(|error| self.changed(format!("it cannot be read any more: {error}")))?;
            rest = others;
        }
        Ok(())
    }

    /// Looks whether the file is as it was. One that was only touched is hashed again, and may go on.
    fn ensure_unchanged(&self) -> Result<(), DataError> {
        let look = Look::of(&self.file.metadata().map_err(DataError::read(&self.path))?);
        let mut known = self.known.lock().expect("no thread panics while it compares two times");
        if look == *known {
            return Ok(());
        }
        if look.length != known.length {
            return Err(self.changed(format!("it has {} bytes instead of {}", look.length, known.length)));
        }
        let before = *self.fingerprint.lock().expect("no thread panics while it holds a number");
        if before.is_none_or(|before| self.hash().map_or(true, |now| now != before)) {
            return Err(self.changed("it was written to".into()));
        }
        *known = look;
        Ok(())
    }

    fn changed(&self, how: String) -> DataError {
        DataError::Changed { path: self.path.clone(), how }
    }

    /// What each face is for: 0 train, 1 valid, 2 test, 255 none.
    pub fn marks(&self) -> &[u8] {
        &self.marks
    }

    /// The names of the pictures; empty where the cache does not say.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Names of attributes and factors, crop, filter and sources.
    pub fn info(&self) -> &CacheInfo {
        &self.info
    }

    /// The attributes of one face: +1, -1, or 0 where unknown.
    pub fn attributes(&self, index: usize) -> &[i8] {
        let len = self.info.attribute_names.len();
        self.attributes.get(index * len..(index + 1) * len).unwrap_or_default()
    }

    /// The factors of one synthetic face.
    pub fn factors(&self, index: usize) -> &[f32] {
        let len = self.info.factor_names.len();
        self.factors.get(index * len..(index + 1) * len).unwrap_or_default()
    }

    /// The indices of the faces of a split, ascending.
    ///
    /// # Errors
    /// [`DataError::EmptySplit`] where there are none.
    pub fn select(&self, choice: SplitChoice) -> Result<Vec<usize>, DataError> {
        let indices: Vec<usize> = (0..self.count).filter(|index| choice.takes(self.marks[*index])).collect();
        if !indices.is_empty() {
            return Ok(indices);
        }
        let counted = [("train", split::TRAIN), ("valid", split::VALID), ("test", split::TEST), ("unassigned", split::NONE)]
            .map(|(word, mark)| (word, self.marks.iter().filter(|m| **m == mark).count()));
        let found: Vec<String> = counted.iter().filter(|(_, count)| *count > 0).map(|(word, count)| format!("{count} {word}")).collect();
        Err(DataError::EmptySplit { path: self.path.clone(), split: choice.word(), found: found.join(", ") })
    }

    /// A number that tells caches apart: a hash (FNV-1a over 64-bit words) of all pixels and marks.
    ///
    /// # Errors
    /// [`DataError::Changed`] where another program has changed the file meanwhile.
    pub fn fingerprint(&self) -> Result<u64, DataError> {
        let kept = || self.fingerprint.lock().expect("no thread panics while it holds a number");
        if let Some(known) = *kept() {
            return Ok(known);
        }
        let hash = self.hash()?;
        // Only then is it the hash of what was opened.
        self.ensure_unchanged()?;
        *kept() = Some(hash);
        Ok(hash)
    }

    fn hash(&self) -> Result<u64, DataError> {
        let step = |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x0100_0000_01B3);
        let word = |bytes: &[u8]| {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            u64::from_le_bytes(word)
        };
        let mut hash = 0xCBF2_9CE4_8422_2325;
        // Eight faces are whole words, whatever their size, so pieces leave no word half.
        let all: Vec<usize> = (0..self.count).collect();
        for part in all.chunks(HASHED) {
            let mut pixels = vec![0; part.len() * self.face_len()];
            self.read_unchecked(part, &mut pixels)?;
            hash = pixels.chunks(8).map(word).fold(hash, step);
        }
        Ok(self.marks.chunks(8).map(word).fold(hash, step))
    }

    /// Copies some faces into memory.
    ///
    /// # Errors
    /// [`DataError::Changed`] where another program has changed the file meanwhile.
    pub fn gather(&self, indices: &[usize]) -> Result<Faces, DataError> {
        let mut pixels = vec![0; indices.len() * self.face_len()];
        self.read(indices, &mut pixels)?;
        Ok(Faces::new(self.size, pixels))
    }
}

/// The tensor `faces`, how many there are, and their size.
fn faces_of(header: &Metadata) -> Result<(&TensorInfo, usize, usize), String> {
    let faces = header.info("faces").ok_or_else(|| other_kind(header))?;
    let [count, height, width, channels] = faces.shape[..] else {
        return Err(format!("its tensor `faces` has the shape {:?} instead of [N, H, W, 3]", faces.shape));
    };
    if faces.dtype != Dtype::U8 || channels != 3 || height != width || height == 0 {
        return Err(format!("its tensor `faces` is {:?} {:?} instead of U8 [N, S, S, 3]", faces.dtype, faces.shape));
    }
    if count == 0 { Err("it holds no faces".into()) } else { Ok((faces, count, height)) }
}

fn other_kind(header: &Metadata) -> String {
    let tensors = header.tensors();
    let mut names: Vec<&str> = tensors.keys().map(String::as_str).collect();
    names.sort_unstable();
    names.truncate(4);
    format!("it holds no tensor `faces` but {}; it seems to be a safetensors file of another kind", names.join(", "))
}

/// A tensor, which must be of this kind; `None` where there is none.
fn checked<'a>(header: &'a Metadata, name: &str, dtype: Dtype, shape: &[usize]) -> Result<Option<&'a TensorInfo>, String> {
    match header.info(name) {
        None => Ok(None),
        Some(info) if info.dtype == dtype && info.shape == shape => Ok(Some(info)),
        Some(info) => Err(format!("its tensor `{name}` is {:?} {:?} instead of {dtype:?} {shape:?}", info.dtype, info.shape)),
    }
}

fn read_list(header: &Metadata, key: &str) -> Vec<String> {
    let text = header.metadata().as_ref().and_then(|metadata| metadata.get(key));
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn read_info(header: &Metadata) -> CacheInfo {
    let text = |key: &str| header.metadata().as_ref().and_then(|metadata| metadata.get(key)).cloned().unwrap_or_default();
    CacheInfo {
        attribute_names: read_list(header, "attribute_names"),
        factor_names: read_list(header, "factor_names"),
        crop: text("crop"),
        filter: text("filter"),
        sources: read_list(header, "sources"),
    }
}

#[cfg(test)]
mod tests {
    use safetensors::SafeTensors;

    use super::super::{CacheWriter, FaceRecord};
    use super::*;

    fn info() -> CacheInfo {
        CacheInfo {
            attribute_names: vec!["Smiling".into(), "Bald".into()],
            factor_names: vec!["turn".into()],
            crop: "celeba".into(),
            filter: "lanczos3".into(),
            sources: vec!["a \"quoted\" name.zip".into()],
        }
    }

    fn record(index: u8) -> FaceRecord {
        FaceRecord { name: format!("{index:06}.jpg"), split: index % 3, attributes: vec![1, -1], factors: vec![f32::from(index) * 0.5] }
    }

    fn write(path: &Path, kept: u8) {
        let announced: Vec<String> = (0..5).map(|index| record(index).name).collect();
        let mut writer = CacheWriter::create(path, 4, info(), announced.iter().map(String::as_str)).unwrap();
        for index in 0..kept {
            writer.push(&[index; 48], [record(index)]).unwrap();
        }
        writer.finish().unwrap();
    }

    #[test]
    fn faces_survive_the_round_trip_also_where_fewer_come_than_announced() {
        let place = tempfile::tempdir().unwrap();
        for kept in [5, 3] {
            let path = place.path().join("faces.safetensors");
            write(&path, kept);
            let cache = FaceCache::open(&path).unwrap();
            assert_eq!((cache.count(), cache.size()), (usize::from(kept), 4));
            assert_eq!(cache.info(), &info());
            for index in 0..kept {
                let at = usize::from(index);
                assert_eq!(cache.gather(&[at]).unwrap().face(0), [index; 48]);
                assert_eq!((cache.attributes(at), cache.factors(at)), (&[1, -1][..], &[f32::from(index) * 0.5][..]));
                assert_eq!((cache.names()[at].as_str(), cache.marks()[at]), (record(index).name.as_str(), index % 3));
            }
            let bytes = std::fs::read(&path).unwrap();
            let whole = SafeTensors::deserialize(&bytes).unwrap();
            assert_eq!(whole.tensor("split").unwrap().data().len(), usize::from(kept), "other readers understand it");
        }
    }

    #[test]
    fn same_faces_same_bytes_and_splits_are_found() {
        let place = tempfile::tempdir().unwrap();
        let (a, b) = (place.path().join("a"), place.path().join("b"));
        write(&a, 5);
        write(&b, 5);
        assert_eq!(std::fs::read(&a).unwrap(), std::fs::read(&b).unwrap());
        let cache = FaceCache::open(&a).unwrap();
        assert_eq!(cache.select(SplitChoice::Valid).unwrap(), [1, 4]);
        assert_eq!(cache.gather(&[4, 0]).unwrap().face(0), [4; 48]);
        write(&a, 1);
        let message = FaceCache::open(&a).unwrap().select(SplitChoice::Test).unwrap_err().to_string();
        assert!(message.contains("1 train"), "{message}");
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_ends_in_a_sentence() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("faces.safetensors");
        write(&path, 5);
        let whole = std::fs::read(&path).unwrap();
        let touched = |back: u64| {
            let file = File::options().append(true).open(&path).unwrap();
            file.set_modified(SystemTime::now() - std::time::Duration::from_secs(back)).unwrap();
        };
        let cache = FaceCache::open(&path).unwrap();
        let fingerprint = cache.fingerprint().unwrap();
        touched(50);
        assert_eq!(cache.gather(&[2]).unwrap().face(0), [2; 48], "what was only touched is the same");
        let mut other = whole.clone();
        let last_pixel = whole.len() - 5 * 4 - 5 * 2 - 5 - 1;
        other[last_pixel] ^= 1;
        std::fs::write(&path, &other).unwrap();
        touched(10);
        let message = cache.gather(&[0]).unwrap_err().to_string();
        assert!(message.contains("faces.safetensors") && message.contains("written to"), "{message}");
        assert_ne!(FaceCache::open(&path).unwrap().fingerprint().unwrap(), fingerprint);
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let message = cache.gather(&[4]).unwrap_err().to_string();
        assert!(message.contains("changed"), "{message}");
        std::fs::remove_file(&path).unwrap();
        write(&path, 3);
        let replaced = FaceCache::open(&path).unwrap();
        write(&path, 5);
        assert_eq!(replaced.gather(&[2]).unwrap().face(0), [2; 48], "one that is replaced by renaming stays whole for its readers");
    }

    #[test]
    fn other_files_are_named_and_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("x.safetensors");
        let message = || FaceCache::open(&path).unwrap_err().to_string();
        write(&path, 5);
        let whole = std::fs::read(&path).unwrap();
        for cut in [0, 5, 100, whole.len() - 1] {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert!(message().contains("no face cache"), "cut at {cut}: {}", message());
            assert!(CacheWriter::create(&path, 4, info(), std::iter::empty()).is_err(), "what is no cache is not replaced");
        }
        let weights = safetensors::tensor::TensorView::new(Dtype::F32, vec![1], &[0; 4]).unwrap();
        std::fs::write(&path, safetensors::serialize([("mean", weights)], None).unwrap()).unwrap();
        assert!(message().contains("mean"), "{}", message());
    }
}

//! Reads a face cache without loading it: pixels stay on disk until they are looked at.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use safetensors::tensor::{Metadata, TensorInfo};
use safetensors::{Dtype, SafeTensors};

use super::CacheInfo;
use crate::data::decode::looks_like_html;
use crate::data::split::{self, SplitChoice};
use crate::data::{DataError, Faces};

/// A memory-mapped face cache.
#[derive(Debug)]
pub struct FaceCache {
    path: PathBuf,
    map: Mmap,
    size: usize,
    count: usize,
    faces: Range<usize>,
    marks: Vec<u8>,
    attributes: Vec<i8>,
    factors: Vec<f32>,
    names: Vec<String>,
    info: CacheInfo,
}

/// True for a file that holds a tensor `faces`.
pub fn is_face_cache(path: &Path) -> bool {
    FaceCache::open(path).is_ok()
}

impl FaceCache {
    /// Opens a cache.
    ///
    /// # Errors
    /// [`DataError::Read`] where the path cannot be read, [`DataError::Cache`] where it holds something else or was cut short.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let file = File::open(path).map_err(DataError::read(path))?;
        let wrong = |reason: String| DataError::Cache { path: path.to_path_buf(), reason };
        if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Err(wrong("it is a folder".into()));
        }
        // SAFETY: the mapping is only read. Caches are replaced by renaming, never changed in place, so the bytes stay as they are.
        let map = unsafe { Mmap::map(&file) }.map_err(DataError::read(path))?;
        let (start, header) = read_header(&map).map_err(wrong)?;
        Self::from_map(path, map, start, &header).map_err(wrong)
    }

    fn from_map(path: &Path, map: Mmap, start: usize, header: &Metadata) -> Result<Self, String> {
        let faces = header.info("faces").ok_or_else(|| other_kind(header))?;
        let [count, height, width, channels] = faces.shape[..] else {
            return Err(format!("its tensor `faces` has the shape {:?} instead of [N, H, W, 3]", faces.shape));
        };
        if faces.dtype != Dtype::U8 || channels != 3 || height != width || height == 0 {
            return Err(format!("its tensor `faces` is {:?} {:?} instead of U8 [N, S, S, 3]", faces.dtype, faces.shape));
        }
        if count == 0 {
            return Err("it holds no faces".into());
        }
        let info = read_info(header);
        let names: Vec<String> = read_list(header, "file_names");
        let bytes_of = |name: &str, dtype: Dtype, shape: &[usize]| bytes_of(&map, start, header, name, dtype, shape);
        let marks = bytes_of("split", Dtype::U8, &[count])?.map_or_else(|| vec![split::NONE; count], <[u8]>::to_vec);
        let attributes = bytes_of("attributes", Dtype::I8, &[count, info.attribute_names.len()])?;
        let attributes = attributes.map(|bytes| bytes.iter().map(|byte| *byte as i8).collect()).unwrap_or_default();
        let factors = bytes_of("factors", Dtype::F32, &[count, info.factor_names.len()])?;
        let factors = factors.map(|bytes| bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect());
        Ok(Self {
            path: path.to_path_buf(),
            size: height,
            count,
            faces: range(start, faces),
            marks,
            attributes,
            factors: factors.unwrap_or_default(),
            names,
            info,
            map,
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

    /// All bytes, NHWC.
    pub fn pixels(&self) -> &[u8] {
        &self.map[self.faces.clone()]
    }

    /// The bytes of one face, HWC.
    ///
    /// # Panics
    /// Where there is no such face.
    pub fn face(&self, index: usize) -> &[u8] {
        &self.pixels()[index * self.face_len()..][..self.face_len()]
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
    pub fn fingerprint(&self) -> u64 {
        let words = self.pixels().chunks(8).chain(self.marks.chunks(8)).map(|bytes| {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            u64::from_le_bytes(word)
        });
        words.fold(0xCBF2_9CE4_8422_2325, |hash, word| (hash ^ word).wrapping_mul(0x0100_0000_01B3))
    }

    /// Copies some faces into memory.
    pub fn gather(&self, indices: &[usize]) -> Faces {
        Faces::new(self.size, indices.iter().flat_map(|index| self.face(*index)).copied().collect())
    }
}

fn read_header(bytes: &[u8]) -> Result<(usize, Metadata), String> {
    if looks_like_html(bytes) {
        return Err("it is an HTML page".into());
    }
    if bytes.starts_with(b"PK") {
        return Err("it is a zip archive of pictures; import it first".into());
    }
    let (length, header) = SafeTensors::read_metadata(bytes).map_err(|error| format!("it is no whole safetensors file ({error})"))?;
    let end = header.tensors().values().map(|info| info.data_offsets.1).max().unwrap_or(0);
    if 8 + length + end > bytes.len() {
        return Err("it was cut short".into());
    }
    Ok((8 + length, header))
}

fn other_kind(header: &Metadata) -> String {
    let tensors = header.tensors();
    let mut names: Vec<&str> = tensors.keys().map(String::as_str).collect();
    names.sort_unstable();
    names.truncate(4);
    format!("it holds no tensor `faces` but {}; it seems to be a safetensors file of another kind", names.join(", "))
}

fn range(start: usize, info: &TensorInfo) -> Range<usize> {
    start + info.data_offsets.0..start + info.data_offsets.1
}

fn bytes_of<'a>(
    map: &'a [u8],
    start: usize,
    header: &Metadata,
    name: &str,
    dtype: Dtype,
    shape: &[usize],
) -> Result<Option<&'a [u8]>, String> {
    match header.info(name) {
        None => Ok(None),
        Some(info) if info.dtype == dtype && info.shape == shape => Ok(Some(&map[range(start, info)])),
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
                assert_eq!(cache.face(at), [index; 48]);
                assert_eq!((cache.attributes(at), cache.factors(at)), (&[1, -1][..], &[f32::from(index) * 0.5][..]));
                assert_eq!((cache.names()[at].as_str(), cache.marks()[at]), (record(index).name.as_str(), index % 3));
            }
            let whole = SafeTensors::deserialize(&cache.map).unwrap();
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
        assert_eq!(cache.gather(&[4, 0]).face(0), [4; 48]);
        write(&a, 1);
        let message = FaceCache::open(&a).unwrap().select(SplitChoice::Test).unwrap_err().to_string();
        assert!(message.contains("1 train"), "{message}");
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

//! Writes a face cache as a stream: memory stays flat however many faces come.
//!
//! The header of a safetensors file stands before the pixels but is known only after them (pictures may turn out damaged), so
//! room for the largest header is left free and padded with blanks at the end, as the format allows.

use std::collections::BTreeMap;
use std::io::{BufWriter, Seek, SeekFrom, Write};

use serde_json::{Value, json};

use super::FACES;
use super::layout::{CacheInfo, FaceRecord, KIND, KIND_FACES, VERSION};
use crate::data::DataError;
use crate::files::{AtomicFile, FileError, OutputFile};

/// Writes one face cache.
pub struct CacheWriter {
    file: AtomicFile,
    size: usize,
    info: CacheInfo,
    header_room: usize,
    records: Vec<FaceRecord>,
}

impl CacheWriter {
    /// Begins a cache of `size` x `size` faces. `names` lists every face that may come; fewer may.
    ///
    /// # Errors
    /// [`DataError::File`] where `path` holds something else or cannot be written.
    pub fn create<'a>(
        output: impl Into<OutputFile<'a>>,
        size: usize,
        info: CacheInfo,
        names: impl Iterator<Item = &'a str>,
    ) -> Result<Self, DataError> {
        let (count, names) = names.fold((0, Vec::new()), |(count, mut names), name| {
            names.push(name);
            (count + 1, names)
        });
        let header_room = header(size, &info, count, &names).len().next_multiple_of(8);
        let file = AtomicFile::create_output(output, FACES)?;
        let mut open = file.file();
        open.seek(SeekFrom::Start(8 + header_room as u64)).map_err(FileError::io("write", file.target()))?;
        Ok(Self { file, size, info, header_room, records: Vec::new() })
    }

    /// Adds faces: `pixels` holds their bytes one after another.
    ///
    /// # Errors
    /// [`DataError::File`] where the disk refuses.
    ///
    /// # Panics
    /// Where pixels and records do not match.
    pub fn push(&mut self, pixels: &[u8], records: impl IntoIterator<Item = FaceRecord>) -> Result<(), DataError> {
        self.file.file().write_all(pixels).map_err(FileError::io("write", self.file.target()))?;
        let before = self.records.len();
        self.records.extend(records);
        assert_eq!(pixels.len(), (self.records.len() - before) * self.size * self.size * 3, "one record for each face");
        Ok(())
    }

    /// Completes the file and gives it its name.
    ///
    /// # Errors
    /// [`DataError::File`] where the disk refuses.
    pub fn finish(self) -> Result<(), DataError> {
        let names: Vec<&str> = self.records.iter().map(|record| record.name.as_str()).collect();
        let mut text = header(self.size, &self.info, self.records.len(), &names);
        assert!(text.len() <= self.header_room, "no more faces than announced");
        text.extend(std::iter::repeat_n(' ', self.header_room - text.len()));
        self.write_rest(&text).map_err(FileError::io("write", self.file.target()))?;
        Ok(self.file.commit()?)
    }

    fn write_rest(&self, header: &str) -> std::io::Result<()> {
        let mut file = BufWriter::new(self.file.file());
        for record in &self.records {
            for factor in &record.factors {
                file.write_all(&factor.to_le_bytes())?;
            }
        }
        for record in &self.records {
            file.write_all(bytemuck::cast_slice(&record.attributes))?;
        }
        let marks: Vec<u8> = self.records.iter().map(|record| record.split).collect();
        file.write_all(&marks)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&(header.len() as u64).to_le_bytes())?;
        file.write_all(header.as_bytes())?;
        file.flush()
    }
}

/// The JSON of a safetensors file, keys sorted. Tensors follow one another as `write_rest` writes them.
fn header(size: usize, info: &CacheInfo, count: usize, names: &[&str]) -> String {
    let list = |values: &[String]| Value::from(values.to_vec()).to_string();
    let metadata = BTreeMap::from([
        (KIND, KIND_FACES.to_owned()),
        (VERSION, "1".to_owned()),
        ("file_names", Value::from(names.to_vec()).to_string()),
        ("attribute_names", list(&info.attribute_names)),
        ("factor_names", list(&info.factor_names)),
        ("crop", info.crop.clone()),
        ("filter", info.filter.clone()),
        ("sources", list(&info.sources)),
    ]);
    let mut tensors = BTreeMap::from([("__metadata__", json!(metadata))]);
    let mut end = 0;
    let mut add = |name: &'static str, dtype: &str, shape: &[usize], bytes: usize| {
        let start = end;
        end += bytes;
        tensors.insert(name, json!({ "dtype": dtype, "shape": shape, "data_offsets": [start, end] }));
    };
    let (attributes, factors) = (info.attribute_names.len(), info.factor_names.len());
    add("faces", "U8", &[count, size, size, 3], count * size * size * 3);
    if factors > 0 {
        add("factors", "F32", &[count, factors], count * factors * 4);
    }
    add("attributes", "I8", &[count, attributes], count * attributes);
    add("split", "U8", &[count], count);
    json!(tensors).to_string()
}

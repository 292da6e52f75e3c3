//! Pictures in a parquet file, as Hugging Face hands out data sets: a column of bytes, or of bytes beside a path.
//!
//! Owns which column is meant, what rows are called, and rows without a picture. The bytes are unpacked, since pages of a column
//! can only be read from front to back.

use std::collections::HashSet;
use std::io::Read;

use bytes::Bytes;
use parquet::basic::{ConvertedType, LogicalType, Type as PhysicalType};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, FileReader, Length, SerializedFileReader};

use super::entry::{At, Found, MAX_FILE_BYTES, base_name};
use super::left_out::LeftOuts;
use super::shared_file::SharedFile;
use super::spool::Spool;
use super::watch::Watch;
use crate::data::decode::Kind;

/// Names that a column of pictures is given, the likeliest first.
const LIKELY: [&str; 8] = ["image", "img", "picture", "photo", "face", "jpg", "png", "webp"];
/// Rows that are read at a time.
const BATCH: usize = 32;

/// A column that may hold pictures.
struct Column {
    name: String,
    /// Numbers of the columns of bytes and of paths.
    bytes: usize,
    path: Option<usize>,
}

/// Unpacks the pictures of a parquet file.
///
/// # Errors
/// What is wrong with it, to be read behind its name.
pub fn unpack(
    file: &SharedFile,
    container: usize,
    prefix: &str,
    left_out: &mut LeftOuts,
    watch: &Watch,
) -> Result<(SharedFile, Vec<Found>), String> {
    let refused = |error: ParquetError| match error {
        ParquetError::EOF(_) => "is a parquet file that is cut short. Download it again".to_owned(),
        error => format!("is a parquet file that cannot be read ({error}). Download it again, or save its pictures as files"),
    };
    let reader = SerializedFileReader::new(file.clone()).map_err(refused)?;
    let column = choose(&reader, prefix, left_out)?;
    let mut rows = Rows {
        spool: Spool::new().map_err(|error| error.to_string())?,
        container,
        prefix,
        names: HashSet::new(),
        found: Vec::new(),
        row: 0,
        total: u64::try_from(reader.metadata().file_metadata().num_rows()).unwrap_or(0),
        watch,
    };
    for group in 0..reader.num_row_groups() {
        rows.take_group(&reader, group, &column, left_out).map_err(refused)?;
    }
    Ok((rows.spool.finish().map_err(|error| error.to_string())?, rows.found))
}

/// The column that holds the pictures.
fn choose(reader: &SerializedFileReader<SharedFile>, prefix: &str, left_out: &mut LeftOuts) -> Result<Column, String> {
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let mut columns = Vec::new();
    for (number, column) in schema.columns().iter().enumerate() {
        let is_text = matches!(column.logical_type_ref(), Some(LogicalType::String | LogicalType::Json | LogicalType::Enum))
            || matches!(column.converted_type(), ConvertedType::UTF8 | ConvertedType::JSON | ConvertedType::ENUM);
        if column.physical_type() != PhysicalType::BYTE_ARRAY || column.max_rep_level() > 0 || is_text {
            continue;
        }
        let (name, path) = match column.path().parts() {
            [name] => (name, None),
            [name, last] if last == "bytes" => {
                let is_path = |other: &[String]| matches!(other, [own, last] if own == name && last == "path");
                (name, schema.columns().iter().position(|other| is_path(other.path().parts())))
            }
            _ => continue,
        };
        columns.push(Column { name: name.clone(), bytes: number, path });
    }
    columns.sort_by_key(|column| {
        let name = column.name.to_lowercase();
        LIKELY.iter().position(|likely| name == *likely).unwrap_or(LIKELY.len())
    });
    let (mut pictures, others): (Vec<_>, Vec<_>) = columns.into_iter().partition(|column| holds_pictures(reader, column));
    if pictures.is_empty() {
        let mut names: Vec<&str> = Vec::new();
        for part in schema.columns().iter().filter_map(|column| column.path().parts().first()) {
            if names.last() != Some(&part.as_str()) {
                names.push(part);
            }
        }
        // Where all of the first rows are empty, what is there is said row by row.
        return others.into_iter().find(|column| column.path.is_some()).ok_or_else(|| {
            format!("is a parquet file without a column of pictures; it has {}. Name one with pictures in it", names.join(", "))
        });
    }
    pictures.iter().skip(1).for_each(|other| left_out.add("column of further pictures", &format!("{prefix}{}", other.name)));
    Ok(pictures.swap_remove(0))
}

/// True where the first of its rows that hold anything hold a picture.
fn holds_pictures(reader: &SerializedFileReader<SharedFile>, column: &Column) -> bool {
    let first = |group| Cells::of(reader, group, column.bytes).and_then(|mut cells| cells.next_rows());
    (0..reader.num_row_groups())
        .filter_map(|group| first(group).ok())
        .find_map(|cells| cells.into_iter().flatten().find(|cell| !cell.data().is_empty()))
        .is_some_and(|cell| Kind::of(cell.data()).is_picture())
}

/// The rows that were read so far.
struct Rows<'a> {
    spool: Spool,
    container: usize,
    prefix: &'a str,
    /// Names that are taken.
    names: HashSet<String>,
    found: Vec<Found>,
    row: usize,
    /// How many the file says that it has.
    total: u64,
    watch: &'a Watch<'a>,
}

impl Rows<'_> {
    fn take_group(
        &mut self,
        reader: &SerializedFileReader<SharedFile>,
        group: usize,
        column: &Column,
        left_out: &mut LeftOuts,
    ) -> ParquetResult<()> {
        let mut pictures = Cells::of(reader, group, column.bytes)?;
        let mut paths = column.path.map(|path| Cells::of(reader, group, path)).transpose()?;
        loop {
            let cells = pictures.next_rows()?;
            let mut names = paths.as_mut().map(Cells::next_rows).transpose()?.unwrap_or_default().into_iter();
            if cells.is_empty() {
                return Ok(());
            }
            self.watch.rows(self.row as u64, self.total)?;
            for cell in cells {
                let path = names.next().flatten().map(|name| String::from_utf8_lossy(name.data()).replace('\\', "/"));
                self.take(cell.as_ref().map_or(&[], ByteArray::data), path.as_deref(), left_out)?;
            }
        }
    }

    fn take(&mut self, picture: &[u8], path: Option<&str>, left_out: &mut LeftOuts) -> ParquetResult<()> {
        self.row += 1;
        let row = format!("row-{:06}", self.row);
        if picture.is_empty() {
            match path {
                Some(path) => left_out.add("row that names a picture without holding it", &format!("{}{path}", self.prefix)),
                None => left_out.add("row without a picture", &format!("{}{row}", self.prefix)),
            }
            return Ok(());
        }
        let name = path.map(base_name).filter(|name| !name.is_empty()).unwrap_or(&row);
        let location = if self.names.insert(name.to_owned()) { name.to_owned() } else { format!("{row}/{name}") };
        let location = format!("{}{location}", self.prefix);
        let at = if picture.len() as u64 > MAX_FILE_BYTES {
            At::Nowhere
        } else {
            let mut bytes = picture;
            let (start, len) = self.spool.add(&mut bytes)?;
            At::Part { container: self.container, start, len }
        };
        self.found.push(Found { location, at });
        Ok(())
    }
}

/// The values of one column in one group of rows.
struct Cells {
    reader: ColumnReaderImpl<ByteArrayType>,
    /// The level of a value that is there.
    there: i16,
}

impl Cells {
    fn of(reader: &SerializedFileReader<SharedFile>, group: usize, column: usize) -> ParquetResult<Self> {
        let there = reader.metadata().file_metadata().schema_descr().column(column).max_def_level();
        match reader.get_row_group(group)?.get_column_reader(column)? {
            ColumnReader::ByteArrayColumnReader(reader) => Ok(Self { reader, there }),
            _ => Err(ParquetError::General("its columns are not what its header says".into())),
        }
    }

    /// The next rows; none at the end.
    fn next_rows(&mut self) -> ParquetResult<Vec<Option<ByteArray>>> {
        let (mut levels, mut values) = (Vec::new(), Vec::new());
        let (rows, ..) = self.reader.read_records(BATCH, Some(&mut levels), None, &mut values)?;
        let mut values = values.into_iter();
        if self.there == 0 {
            return Ok(values.map(Some).collect());
        }
        Ok(levels.into_iter().take(rows).map(|level| if level == self.there { values.next() } else { None }).collect())
    }
}

impl Length for SharedFile {
    fn len(&self) -> u64 {
        Self::len(self)
    }
}

impl ChunkReader for SharedFile {
    type T = Self;

    fn get_read(&self, start: u64) -> ParquetResult<Self> {
        Ok(self.part(start, u64::MAX))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let mut part = self.part(start, length as u64);
        if Self::len(&part) != length as u64 {
            return Err(ParquetError::EOF("it ends too early".into()));
        }
        let mut bytes = Vec::with_capacity(length);
        part.read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }
}

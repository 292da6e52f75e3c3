//! A CSV file that grows with a run, by the names of its columns.
//!
//! Owns that nothing in it is lost: other programs and other versions may have more columns, fewer, or the same in another order.
//! Rows stay as they were written; what cannot be understood at all is set aside. What the columns mean is left to their owners.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::aside::set_aside;
use crate::files::{FileError, write_atomically};

/// The column that every row is known by.
const STEP: &str = "step";

/// The fields of a row; those in quotes may hold commas, and quotes written twice.
pub fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
            '"' if quoted || field.is_empty() => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            other => field.push(other),
        }
    }
    fields.push(field);
    fields
}

/// The text of a file as columns and rows.
#[derive(Debug, PartialEq)]
pub struct Table<'a> {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The whole rows, as they stand there.
    pub rows: Vec<&'a str>,
    /// A last row without the end of its line: one that is being written, or was cut off.
    pub cut: Option<&'a str>,
}

impl<'a> Table<'a> {
    /// Reads a text; `None` where it is no table with a column `step`.
    pub fn parse(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text.split_inclusive('\n').filter(|line| !line.trim().is_empty());
        let columns: Vec<String> = fields(lines.next()?.trim_end()).iter().map(|name| name.trim().to_owned()).collect();
        if !columns.iter().any(|name| name == STEP) {
            return None;
        }
        let (whole, cut): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.ends_with('\n'));
        Some(Self { columns, rows: whole.into_iter().map(str::trim_end).collect(), cut: cut.first().copied() })
    }

    /// The place of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// The step of a row, where it has one.
    fn step(&self, row: &str) -> Option<u64> {
        fields(row).get(self.column(STEP)?)?.trim().parse().ok()
    }

    /// The row that was cut off as far as it can be trusted: whole but for its last number, of which digits may be missing. A remark, which
    /// has no step, is kept as it is; of a row that was cut off before its last field nothing can be trusted.
    fn mended(&self) -> Option<String> {
        let row = self.cut?;
        let is_remark =
            fields(row).get(self.column(STEP)?).is_none_or(|step| !step.trim().starts_with(|letter: char| letter.is_ascii_digit()));
        if is_remark {
            return Some(row.to_owned());
        }
        if fields(row).len() != self.columns.len() {
            return None;
        }
        if row.ends_with('"') {
            return Some(row.to_owned());
        }
        row.rsplit_once(',').map(|(whole, _)| format!("{whole},"))
    }
}

/// The file, open for more rows.
pub struct LogFile {
    path: PathBuf,
    file: File,
    columns: Vec<String>,
    warning: Option<String>,
}

impl LogFile {
    /// Opens the file without the rows after `last_step`, which belong to steps that are made again. Columns of `wanted` that it lacks
    /// come behind its own.
    ///
    /// # Errors
    /// [`FileError`] where it cannot be written.
    pub fn open(path: &Path, wanted: &[&str], last_step: u64) -> Result<Self, FileError> {
        Self::open_without(path, wanted, last_step, |_, _| false)
    }

    /// The same, also without the rows that `belongs_to_later` says are of what is done again though they bear an earlier step; it is asked
    /// in the order of the rows.
    ///
    /// # Errors
    /// [`FileError`] where it cannot be written.
    pub fn open_without(
        path: &Path,
        wanted: &[&str],
        last_step: u64,
        mut belongs_to_later: impl FnMut(&Table, &str) -> bool,
    ) -> Result<Self, FileError> {
        let (text, warning) = readable(path)?;
        let table = Table::parse(&text);
        let mut columns = table.as_ref().map(|table| table.columns.clone()).unwrap_or_default();
        let known = columns.len();
        columns.extend(
            wanted.iter().filter(|name| !columns.iter().any(|column| column == *name)).map(|name| (*name).to_owned()).collect::<Vec<_>>(),
        );
        let added = if known > 0 { ",".repeat(columns.len() - known) } else { String::new() };
        let mut lines = columns.join(",") + "\n";
        if let Some(table) = &table {
            let mended = table.mended();
            let rows = table.rows.iter().copied().chain(mended.as_deref());
            // A row without a step is nobody's to remove.
            let rows = rows.filter(|row| table.step(row).is_none_or(|step| step <= last_step));
            rows.filter(|row| !belongs_to_later(table, row)).for_each(|row| {
                lines.push_str(&format!("{row}{added}\n"));
            });
        }
        if lines != text {
            write_atomically(path, lines.as_bytes())?;
        }
        Ok(Self { path: path.to_path_buf(), file: append_to(path)?, columns, warning })
    }

    /// What the user should know of how it was found, once.
    pub fn take_warning(&mut self) -> Option<String> {
        self.warning.take()
    }

    /// Adds a row of values by the names of their columns.
    ///
    /// # Errors
    /// [`FileError`] where the disk refuses.
    pub fn push(&mut self, values: &[(&str, String)]) -> Result<(), FileError> {
        let length = self.file.metadata().map_or(0, |metadata| metadata.len());
        self.file.write_all(self.row(values).as_bytes()).map_err(|error| {
            // Half a row would spoil the next one.
            self.file.set_len(length).ok();
            FileError::io("write", &self.path)(error)
        })
    }

    /// Puts values in the place of those in the last row of the same step; what else stands in it stays, as does what comes after it.
    ///
    /// # Errors
    /// [`FileError`] where the disk refuses; the last row stays then.
    pub fn replace_last(&mut self, values: &[(&str, String)]) -> Result<(), FileError> {
        let text = std::fs::read_to_string(&self.path).map_err(FileError::io("read", &self.path))?;
        let step = values.iter().find(|(name, _)| *name == STEP).and_then(|(_, step)| step.parse::<u64>().ok());
        let place = self.columns.iter().position(|column| column == STEP);
        let step_of = |line: &str| place.and_then(|place| fields(line.trim_end()).get(place)?.trim().parse::<u64>().ok());
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        match lines.iter().rposition(|line| step.is_some() && step_of(line) == step) {
            Some(at) => lines[at] = self.row_over(values, &fields(lines[at].trim_end())),
            None => lines.push(self.row(values)),
        }
        write_atomically(&self.path, lines.concat().as_bytes())?;
        self.file = append_to(&self.path)?;
        Ok(())
    }

    fn row(&self, values: &[(&str, String)]) -> String {
        self.row_over(values, &[])
    }

    /// A row of values, with those of an older row in the columns that are not among them.
    fn row_over(&self, values: &[(&str, String)], older: &[String]) -> String {
        let value = |(place, column): (usize, &String)| {
            let own = values.iter().find(|(name, _)| name == column).map(|(_, value)| value.clone());
            own.unwrap_or_else(|| older.get(place).map(|field| quoted(field)).unwrap_or_default())
        };
        self.columns.iter().enumerate().map(value).collect::<Vec<_>>().join(",") + "\n"
    }
}

/// A field as it stands in a row.
fn quoted(field: &str) -> String {
    if field.contains([',', '"']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.to_owned() }
}

fn append_to(path: &Path) -> Result<File, FileError> {
    OpenOptions::new().append(true).open(path).map_err(FileError::io("write", path))
}

/// The text of the file, empty where there is none. One that cannot be understood is set aside first, with a warning.
fn readable(path: &Path) -> Result<(String, Option<String>), FileError> {
    let reason = match std::fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((String::new(), None)),
        Err(error) => error.to_string(),
        Ok(bytes) => match String::from_utf8(bytes) {
            Err(_) => "it is no text in UTF-8".into(),
            Ok(text) if text.trim().is_empty() || Table::parse(&text).is_some() => return Ok((text, None)),
            Ok(_) => format!("its first line names no column `{STEP}` between commas"),
        },
    };
    let to = set_aside(path)?;
    let warning = format!("{} cannot be understood ({reason}); it is kept as {}, and a new one begins", path.display(), to.display());
    Ok((String::new(), Some(warning)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_in_quotes_hold_commas_and_quotes() {
        assert_eq!(fields(r#"1,"a, ""b""",c"#), ["1", r#"a, "b""#, "c"]);
        assert_eq!(fields("1,,"), ["1", "", ""]);
    }

    #[test]
    fn other_columns_and_rows_that_are_not_understood_survive() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("log.csv");
        std::fs::write(&path, "note,step,a\nmine,1,2\n# a remark\n\"x, y\",3,4\n,9,9\nlast,4,0.12").unwrap();
        let mut file = LogFile::open(&path, &["step", "a", "b"], 5).unwrap();
        file.push(&[("b", "7".into()), ("step", "5".into())]).unwrap();
        file.replace_last(&[("b", "8".into()), ("step", "5".into())]).unwrap();
        file.push(&[("step", "6".into())]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "note,step,a,b\nmine,1,2,\n# a remark,\n\"x, y\",3,4,\nlast,4,,\n,5,,8\n,6,,\n");
        assert_eq!(file.take_warning(), None);
    }

    #[test]
    fn remarks_and_columns_of_others_survive_also_at_the_end() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("log.csv");
        std::fs::write(&path, "step,a,mine\n1,2,\"so, so\"\n# good until here").unwrap();
        let mut file = LogFile::open(&path, &["step", "a"], 5).unwrap();
        file.replace_last(&[("step", "1".into()), ("a", "3".into())]).unwrap();
        file.replace_last(&[("step", "4".into()), ("a", "5".into())]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "step,a,mine\n1,3,\"so, so\"\n# good until here\n4,5,\n");
    }

    #[test]
    fn what_is_no_table_is_set_aside_with_a_warning() {
        for content in [b"step;images\n1;2\n".as_slice(), b"\xff\xfes\0t\0", b"a,b\n1,2\n"] {
            let place = tempfile::tempdir().unwrap();
            let path = place.path().join("curves.csv");
            std::fs::write(&path, content).unwrap();
            let mut file = LogFile::open(&path, &["step"], 5).unwrap();
            assert!(file.take_warning().is_some_and(|warning| warning.contains("curves-unreadable.csv")));
            assert_eq!(std::fs::read(place.path().join("curves-unreadable.csv")).unwrap(), content);
        }
    }
}

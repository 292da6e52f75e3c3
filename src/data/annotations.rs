//! CelebA's annotation texts: attributes and the official partition.
//!
//! Owns their formats (CRLF or LF, any number of blanks). Which pictures there are is the source's business.

use std::collections::HashMap;

use super::DataError;

/// The attributes' file.
pub const ATTRIBUTES_FILE: &str = "list_attr_celeba.txt";
/// The partition's file.
pub const PARTITION_FILE: &str = "list_eval_partition.txt";

/// What the texts of a source say about its pictures, by file name.
#[derive(Clone, Debug, Default)]
pub struct Annotations {
    /// Names of the attributes, in the order of the file.
    pub attribute_names: Vec<String>,
    /// One value for each attribute: +1 or -1.
    pub attributes: HashMap<String, Vec<i8>>,
    /// 0 train, 1 valid, 2 test; `None` where the source has no partition.
    pub partition: Option<HashMap<String, u8>>,
}

impl Annotations {
    /// Reads `list_attr_celeba.txt`: a count, the names, then a picture with its values on each line.
    ///
    /// # Errors
    /// [`DataError::Annotations`], naming the line.
    pub fn read_attributes(&mut self, text: &str) -> Result<(), DataError> {
        let mut lines = numbered_lines(text);
        let (_, first) = lines.next().ok_or_else(|| wrong(ATTRIBUTES_FILE, 1, "the file is empty"))?;
        if first.trim().parse::<usize>().is_err() {
            return Err(wrong(ATTRIBUTES_FILE, 1, "the first line should be the number of pictures"));
        }
        let (_, names) = lines.next().ok_or_else(|| wrong(ATTRIBUTES_FILE, 2, "the names of the attributes are missing"))?;
        self.attribute_names = names.split_whitespace().map(str::to_owned).collect();
        for (number, line) in lines {
            let mut words = line.split_whitespace();
            let Some(name) = words.next() else { continue };
            let values: Result<Vec<i8>, _> = words.map(str::parse).collect();
            match values {
                Ok(values) if values.len() == self.attribute_names.len() => self.attributes.insert(name.to_owned(), values),
                _ => {
                    let reason = format!("expected a file name and {} values of 1 or -1", self.attribute_names.len());
                    return Err(wrong(ATTRIBUTES_FILE, number, &reason));
                }
            };
        }
        Ok(())
    }

    /// Reads `list_eval_partition.txt`: a picture and 0, 1 or 2 on each line.
    ///
    /// # Errors
    /// [`DataError::Annotations`], naming the line.
    pub fn read_partition(&mut self, text: &str) -> Result<(), DataError> {
        let mut partition = HashMap::new();
        for (number, line) in numbered_lines(text) {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [] => {}
                [name, part @ ("0" | "1" | "2")] => {
                    partition.insert((*name).to_owned(), part.as_bytes()[0] - b'0');
                }
                _ => return Err(wrong(PARTITION_FILE, number, "expected a file name and 0, 1 or 2")),
            }
        }
        self.partition = Some(partition);
        Ok(())
    }

    /// How many pictures the texts name that `is_there` denies.
    pub fn missing(&self, is_there: impl Fn(&str) -> bool) -> usize {
        let in_attributes = self.attributes.keys().filter(|name| !is_there(name)).count();
        let in_partition = self.partition.iter().flat_map(HashMap::keys).filter(|name| !is_there(name)).count();
        in_attributes.max(in_partition)
    }
}

fn numbered_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.trim_start_matches('\u{feff}').lines().enumerate().map(|(index, line)| (index + 1, line))
}

fn wrong(file: &str, line: usize, reason: &str) -> DataError {
    DataError::Annotations { file: file.to_owned(), line, reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_official_format_is_read() {
        let mut annotations = Annotations::default();
        annotations.read_attributes("2\r\nBald Smiling \r\n000001.jpg  1 -1\r\n000002.jpg -1  1\r\n").unwrap();
        annotations.read_partition("000001.jpg 0\r\n000002.jpg 2\r\n").unwrap();
        assert_eq!(annotations.attribute_names, ["Bald", "Smiling"]);
        assert_eq!(annotations.attributes["000002.jpg"], [-1, 1]);
        assert_eq!(annotations.partition.as_ref().unwrap()["000002.jpg"], 2);
        assert_eq!(annotations.missing(|name| name == "000001.jpg"), 1);
    }

    #[test]
    fn a_wrong_line_is_named() {
        let line_of = |error: DataError| match error {
            DataError::Annotations { line, .. } => line,
            other => panic!("{other}"),
        };
        let mut annotations = Annotations::default();
        assert_eq!(line_of(annotations.read_attributes("many\nBald\n").unwrap_err()), 1);
        assert_eq!(line_of(annotations.read_attributes("1\nBald Smiling\n000001.jpg 1\n").unwrap_err()), 3);
        assert_eq!(line_of(annotations.read_partition("000001.jpg 0\n000002.jpg 3\n").unwrap_err()), 2);
    }
}

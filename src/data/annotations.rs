//! CelebA's annotation texts: attributes and the official partition, as the authors, Kaggle and others hand them out.
//!
//! Owns their formats (blanks, tabs, commas; any line ending and encoding; with or without a count or a name for the first column).
//! Which pictures there are is the labels' business.

use std::borrow::Cow;
use std::collections::HashMap;

use rayon::prelude::*;

use super::DataError;
use super::decode::looks_like_html;

/// The attributes' file.
pub const ATTRIBUTES_FILE: &str = "list_attr_celeba.txt";
/// The partition's file.
pub const PARTITION_FILE: &str = "list_eval_partition.txt";

/// Rows that are read at a time.
const ROWS: usize = 1 << 14;

/// What attribute texts say.
#[derive(Clone, Debug, Default)]
pub struct Attributes {
    /// In the order of the file.
    pub names: Vec<String>,
    /// One value for each attribute, +1 or -1, by the name of the picture.
    pub values: HashMap<String, Vec<i8>>,
    /// True where no was written as 0.
    pub zero_is_no: bool,
    /// How many pictures the first line promises, where it does.
    pub promised: Option<usize>,
}

/// Reads `list_attr_celeba.txt`, called `file`: a count, the names, then a picture with its values on each line.
///
/// # Errors
/// [`DataError::Annotations`], naming the line.
pub fn read_attributes(file: &str, bytes: &[u8]) -> Result<Attributes, DataError> {
    let text = decoded(file, bytes)?;
    let lines: Vec<(usize, &str)> = numbered_lines(&text).filter(|(_, line)| !line.trim().is_empty()).collect();
    let (promised, rest) = match lines.split_first() {
        None => return Err(wrong(file, 1, "the file is empty")),
        Some(((_, first), rest)) => match first.trim().trim_end_matches([',', ';']).parse::<usize>() {
            Ok(count) => (Some(count), rest),
            Err(_) => (None, lines.as_slice()),
        },
    };
    let Some(((header_line, header), rows)) = rest.split_first() else {
        return Err(wrong(file, 2, "the names of the attributes are missing"));
    };
    let mut names: Vec<String> = words(header).map(str::to_owned).collect();
    if names.iter().skip(1).any(|name| value(name).is_some()) {
        return Err(wrong(file, *header_line, "the names of the attributes are missing"));
    }
    if rows.first().is_some_and(|(_, first)| names_every_column(header, first, names.len(), promised.is_some())) {
        names.remove(0);
    }
    if names.is_empty() {
        return Err(wrong(file, *header_line, "the names of the attributes are missing"));
    }
    let mut attributes = Attributes { names, promised, ..Attributes::default() };
    let (mut first_zero, mut first_minus) = (None, None);
    // In pieces, so that rows that say the same again take no room.
    for piece in rows.chunks(ROWS) {
        let read: Vec<_> = piece.par_iter().map(|(number, line)| (*number, row(file, *number, line, attributes.names.len()))).collect();
        for (number, row) in read {
            let (name, values) = row?;
            if values.contains(&0) {
                first_zero.get_or_insert(number);
            }
            if values.contains(&-1) {
                first_minus.get_or_insert(number);
            }
            attributes.values.insert(name, values);
        }
    }
    if let (Some(zero), Some(minus)) = (first_zero, first_minus) {
        let reason = format!("0 and -1 are both used (line {} has the other); one of them has to mean no", zero.min(minus));
        return Err(wrong(file, zero.max(minus), &reason));
    }
    attributes.zero_is_no = first_zero.is_some();
    if attributes.zero_is_no {
        attributes.values.values_mut().flatten().filter(|value| **value == 0).for_each(|value| *value = -1);
    }
    Ok(attributes)
}

/// Whether the line of names has one for the column of pictures too, as tables have it; `has_count`: a count stands before it, as in
/// CelebA's own text, whose names are those of attributes only.
fn names_every_column(header: &str, first: &str, names: usize, has_count: bool) -> bool {
    let fields = |line: &str, end: char| line.split(end).filter(|field| !field.trim().is_empty()).count();
    let is_table = |end: char| fields(header, end) == names && fields(first, end) == names;
    names > 1 && [',', ';', '\t'].into_iter().any(is_table) || !has_count && words(first).count() == names
}

/// One row: the name of a picture and its values.
fn row(file: &str, number: usize, line: &str, count: usize) -> Result<(String, Vec<i8>), DataError> {
    let expected = || format!("expected the name of a picture and {count} values of 1 or -1 (or 1 and 0)");
    let (name, found) = name_and_last(line, count).ok_or_else(|| wrong(file, number, &expected()))?;
    let values: Option<Vec<i8>> = found.iter().map(|word| value(word)).collect();
    let Some(values) = values else {
        let odd = found.iter().find(|word| value(word).is_none()).copied().unwrap_or_default();
        return Err(wrong(file, number, &format!("{}, but found \"{}\"", expected(), odd.chars().take(40).collect::<String>())));
    };
    Ok((name, values))
}

/// Reads `list_eval_partition.txt`, called `file`: a picture and 0, 1 or 2 on each line.
///
/// # Errors
/// [`DataError::Annotations`], naming the line.
pub fn read_partition(file: &str, bytes: &[u8]) -> Result<HashMap<String, u8>, DataError> {
    let text = decoded(file, bytes)?;
    let mut partition = HashMap::new();
    let mut first = true;
    for (number, line) in numbered_lines(&text).filter(|(_, line)| !line.trim().is_empty()) {
        let found = name_and_last(line, 1).and_then(|(name, last)| Some((name, part(last[0])?)));
        match found {
            Some((name, part)) => _ = partition.insert(name, part),
            // A table begins with the names of its columns; a count says nothing new.
            None if first && line.chars().all(|character| !character.is_ascii_digit()) => {}
            None if first && words(line).count() == 1 && line.trim().parse::<usize>().is_ok() => {}
            None => return Err(wrong(file, number, "expected the name of a picture and 0, 1 or 2 (train, valid, test)")),
        }
        first = false;
    }
    if partition.is_empty() {
        return Err(wrong(file, 1, "the file is empty"));
    }
    Ok(partition)
}

fn value(word: &str) -> Option<i8> {
    match word {
        "1" | "+1" | "1.0" | "True" | "true" | "TRUE" => Some(1),
        "-1" | "-1.0" | "\u{2212}1" => Some(-1),
        "0" | "0.0" | "False" | "false" | "FALSE" => Some(0),
        _ => None,
    }
}

fn part(word: &str) -> Option<u8> {
    match word {
        "0" | "0.0" | "train" | "training" => Some(0),
        "1" | "1.0" | "valid" | "val" | "validation" => Some(1),
        "2" | "2.0" | "test" => Some(2),
        _ => None,
    }
}

const BETWEEN: [char; 4] = [',', ';', '\t', ' '];

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(BETWEEN).map(|word| word.trim().trim_matches('"')).filter(|word| !word.is_empty())
}

/// The last `count` words of a line and what stands before them: the name of a picture, which may hold blanks.
fn name_and_last(line: &str, count: usize) -> Option<(String, Vec<&str>)> {
    let blank = |character: char| matches!(character, ' ' | ',' | '\t' | ';') || !character.is_ascii() && character.is_whitespace();
    let mut rest = line.trim_end_matches(blank);
    let mut last = Vec::with_capacity(count);
    for _ in 0..count {
        let start = rest.rfind(blank).map(|place| place + rest[place..].chars().next().map_or(1, char::len_utf8))?;
        last.push(rest[start..].trim_matches('"'));
        rest = rest[..start].trim_end_matches(blank);
    }
    last.reverse();
    let name = rest.trim().trim_matches('"');
    // What is left is one name, unless it looks like more values than there should be.
    let too_many = name.rsplit(blank).next().is_some_and(|word| name.contains(blank) && value(word).is_some());
    (!name.is_empty() && !too_many).then(|| (name.replace('\\', "/"), last))
}

/// The text of a file in UTF-8 or UTF-16.
fn decoded<'a>(file: &str, bytes: &'a [u8]) -> Result<Cow<'a, str>, DataError> {
    let utf16 = |pairs: &[u8], read: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = pairs.chunks_exact(2).map(|pair| read([pair[0], pair[1]])).collect();
        Cow::Owned(String::from_utf16_lossy(&units))
    };
    let text = match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => utf16(bytes, u16::from_le_bytes),
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => utf16(bytes, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(bytes),
    };
    if looks_like_html(text.as_bytes()) {
        return Err(DataError::SavedWebPage { file: file.to_owned() });
    }
    if text.contains('\0') {
        return Err(wrong(file, 1, "this is no text"));
    }
    Ok(text)
}

/// Lines that end in LF, CRLF or CR, counted from 1.
fn numbered_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let ends_in_return = !text.contains('\n');
    let end = move |character: char| character == '\n' || ends_in_return && character == '\r';
    text.split(end).enumerate().map(|(index, line)| (index + 1, line.trim_end_matches('\r')))
}

fn wrong(file: &str, line: usize, reason: &str) -> DataError {
    DataError::Annotations { file: file.to_owned(), line, reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFICIAL: &str = "2\r\nBald Smiling \r\n000001.jpg  1 -1\r\n000002.jpg -1  1\r\n";

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn attributes_are_read_however_they_are_handed_out() {
        let csv = "image_id,Bald,Smiling\n000001.jpg,1,-1\n000002.jpg,-1,1\n";
        let with_mark = [&[0xFF, 0xFE][..], &utf16(OFFICIAL)].concat();
        let variants: [(&str, Vec<u8>); 12] = [
            ("official", OFFICIAL.into()),
            ("tabs", OFFICIAL.replace(' ', "\t").into()),
            ("CR", OFFICIAL.replace("\r\n", "\r").into()),
            ("no count", OFFICIAL.trim_start_matches("2\r\n").into()),
            ("blank lines", OFFICIAL.replace("\r\n", "\n\n").into()),
            ("commas at the end", OFFICIAL.replace("\r\n", ",\r\n").into()),
            ("table", csv.into()),
            ("semicolons", csv.replace(',', ";").into()),
            ("quotes", csv.replace("000001.jpg", "\"000001.jpg\"").replace("Bald", "\"Bald\"").into()),
            ("byte-order mark", format!("\u{feff}{csv}").into()),
            ("UTF-16", utf16(OFFICIAL)),
            ("UTF-16 with a mark", with_mark),
        ];
        for (name, bytes) in variants {
            let read = read_attributes("a", &bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(read.names, ["Bald", "Smiling"], "{name}");
            assert_eq!((&read.values["000001.jpg"][..], &read.values["000002.jpg"][..]), (&[1, -1][..], &[-1, 1][..]), "{name}");
            assert!(!read.zero_is_no, "{name}");
        }
        let zeros = read_attributes("a", csv.replace("-1", "0").as_bytes()).unwrap();
        assert!(zeros.zero_is_no && zeros.values["000002.jpg"] == [-1, 1]);
        let spaced = read_attributes("a", b"image_id,Bald\nmy face.jpg,1\n").unwrap();
        assert!(spaced.values.contains_key("my face.jpg"));
    }

    #[test]
    fn partitions_are_read_however_they_are_handed_out() {
        for text in
            ["a.jpg 0\r\nb.jpg 2\r\n", "image_id,partition\na.jpg,0\nb.jpg,2\n", "2\na.jpg\ttrain\nb.jpg\ttest", "a.jpg 0\rb.jpg 2\r"]
        {
            let partition = read_partition("p", text.as_bytes()).unwrap_or_else(|error| panic!("{text:?}: {error}"));
            assert_eq!((partition["a.jpg"], partition["b.jpg"], partition.len()), (0, 2, 2), "{text:?}");
        }
    }

    #[test]
    fn a_wrong_line_is_named() {
        let line_of = |error: DataError| match error {
            DataError::Annotations { line, .. } => line,
            other => panic!("{other}"),
        };
        let attributes = |text: &str| line_of(read_attributes("a", text.as_bytes()).unwrap_err());
        assert_eq!(attributes(""), 1);
        assert_eq!(attributes("2\n"), 2);
        assert_eq!(attributes("000001.jpg 1 -1\n000002.jpg 1 1\n"), 1);
        assert_eq!(attributes("1\nBald Smiling\n000001.jpg 1\n"), 3);
        assert_eq!(attributes("1\nBald Smiling\n000001.jpg 1 1 1\n"), 3);
        assert_eq!(attributes("2\nBald Smiling\n000001.jpg 1 -1\n000002.jpg 1 2\n"), 4);
        assert_eq!(attributes("2\nBald Smiling\n000001.jpg 1 -1\n000002.jpg 1 0\n"), 4);
        assert_eq!(line_of(read_partition("p", b"000001.jpg 0\n000002.jpg 3\n").unwrap_err()), 2);
        assert_eq!(line_of(read_partition("p", b"\n\n").unwrap_err()), 1);
        assert!(matches!(read_partition("p", b" <!DOCTYPE html><html>").unwrap_err(), DataError::SavedWebPage { .. }));
        assert_eq!(attributes("PK\u{3}\u{4}\0\0\0\0"), 1);
    }
}

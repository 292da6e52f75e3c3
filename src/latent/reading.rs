//! From whatever file is named as a journey to its text, and from what the parser says to sentences.
//!
//! Owns byte-order marks, UTF-16, and the names of what is no journey. The journey's own rules are [`journey`](super::journey)'s.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use ron::Error;

use super::journey_error::JourneyError;
use super::sample_texts::SAMPLES;

/// No journey is as long as this, in bytes.
const MOST: u64 = 16 << 20;
/// How like a name must be to be meant, of 1.
const ALIKE: f64 = 0.75;
/// What files of other kinds begin with.
const KINDS: [(&[u8], &str); 12] = [
    (b"\x89PNG", "a PNG picture"),
    (b"\xFF\xD8\xFF", "a JPEG picture"),
    (b"GIF8", "a GIF"),
    (b"BM", "a BMP picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"RIFF", "a WebP picture or another RIFF file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1F\x8B", "a gzip archive"),
    (b"%PDF", "a PDF"),
    (b"\x1A\x45\xDF\xA3", "a Matroska or WebM video"),
    (b"<", "a web page (HTML) or another markup file"),
];

/// The text of a journey's file.
///
/// # Errors
/// [`JourneyError`], saying what it is where it is no text.
pub fn text_of(path: &Path) -> Result<String, JourneyError> {
    let bytes = read(path)?;
    text(&bytes).map_err(|reason| JourneyError::Invalid { path: path.to_path_buf(), reason })
}

fn read(path: &Path) -> Result<Vec<u8>, JourneyError> {
    let invalid = |reason: String| JourneyError::Invalid { path: path.to_path_buf(), reason };
    if path.is_dir() {
        return Err(invalid(format!("it is a folder; name a journey's file (.ron){}", journeys_in(path))));
    }
    // One would wait for ever for what nobody writes.
    if path.exists() && !path.is_file() {
        return Err(invalid("it is a pipe or a device; name a journey's file (.ron)".into()));
    }
    let failed = |source: std::io::Error| match source.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => JourneyError::Missing { path: path.to_path_buf(), advice: advice(path) },
        _ => JourneyError::Read { path: path.to_path_buf(), source },
    };
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > MOST {
        return Err(invalid(other_kind(&bytes).unwrap_or_else(|| format!("it is larger than {} MiB, as no journey is", MOST >> 20))));
    }
    Ok(bytes)
}

/// The first names of journeys in a folder, for the end of a sentence.
fn journeys_in(folder: &Path) -> String {
    let mut names = journey_names(folder);
    names.truncate(3);
    if names.is_empty() { String::new() } else { format!(", such as {}", names.join(", ")) }
}

fn journey_names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(|name| name.ends_with(".ron")).collect();
    names.sort();
    names
}

/// Which journey may have been meant, and which there are.
fn advice(path: &Path) -> String {
    let question =
        nearest_journey(path).map_or_else(|| "check the spelling.".to_owned(), |name| format!("did you mean {name}? Check the spelling."));
    let samples = SAMPLES.map(|(name, _)| name);
    format!("{question} A journey is a file (.ron), or one of the samples: {}", samples.join(", "))
}

fn nearest_journey(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let neighbours = journey_names(folder).into_iter().map(|neighbour| path.with_file_name(&neighbour).display().to_string());
    let candidates: Vec<String> = SAMPLES.iter().map(|(name, _)| (*name).to_owned()).chain(neighbours).collect();
    let stem = |name: &str| name.rsplit('/').next().unwrap_or(name).trim_end_matches(".ron").to_lowercase();
    nearest(&stem(name), candidates.iter().map(|candidate| (stem(candidate), candidate))).cloned()
}

fn nearest<'a, T>(name: &str, candidates: impl Iterator<Item = (String, &'a T)>) -> Option<&'a T> {
    let scored = candidates.map(|(candidate, value)| (strsim::jaro_winkler(name, &candidate), value));
    scored.filter(|(score, _)| *score >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, value)| value)
}

/// What the bytes are, where they are known not to be a journey.
fn other_kind(bytes: &[u8]) -> Option<String> {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let video = bytes.get(4..8) == Some(b"ftyp");
    let kind = KINDS.iter().find(|(start, _)| text.starts_with(start)).map(|(_, kind)| *kind);
    let kind = kind.or(video.then_some("an MP4 video"))?;
    Some(format!("it is {kind} and no journey; a journey is a text file (.ron) with keyframes, or one of the samples"))
}

/// The text that bytes hold, in UTF-8 or UTF-16, with or without a byte-order mark.
fn text(bytes: &[u8]) -> Result<String, String> {
    if let Some(reason) = other_kind(bytes) {
        return Err(reason);
    }
    let (text, other) = match bytes {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => (None, "UTF-32"),
        [0xFF, 0xFE, rest @ ..] => (utf16(rest, u16::from_le_bytes), "damaged UTF-16"),
        [0xFE, 0xFF, rest @ ..] => (utf16(rest, u16::from_be_bytes), "damaged UTF-16"),
        // Journeys begin with a letter of ASCII, of which UTF-16 makes two bytes with a zero.
        [1..=127, 0, ..] => (utf16(bytes, u16::from_le_bytes), "no text"),
        [0, 1..=127, ..] => (utf16(bytes, u16::from_be_bytes), "no text"),
        _ => (String::from_utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).to_vec()).ok(), "no UTF-8 text"),
    };
    let text = text.ok_or_else(|| format!("it is {other}; save it as UTF-8 in a text editor"))?;
    if text.trim().is_empty() {
        return Err("it is empty; a journey looks like (version: 1, name: \"..\", seconds: 8, keyframes: [(axes: {1: 1.5})])".into());
    }
    if text.contains('\0') {
        return Err("it is no text; a journey is a text file (.ron) with keyframes, or one of the samples".into());
    }
    Ok(text)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let units = bytes.chunks(2).map(|pair| <[u8; 2]>::try_from(pair).map(unit));
    String::from_utf16(&units.collect::<Result<Vec<u16>, _>>().ok()?).ok()
}

/// What the parser of RON stumbled over, as a sentence.
pub fn sentence(error: &Error) -> String {
    let plain = match error {
        Error::Eof => "the text ends too early; a bracket is open",
        Error::ExpectedComma => "a comma is missing",
        Error::ExpectedMapColon => "a colon is missing",
        Error::ExpectedStructLike | Error::ExpectedNamedStructLike(_) | Error::ExpectedUnit => "a ( is missing",
        Error::ExpectedStructLikeEnd | Error::ExpectedOptionEnd => "a ) or a comma is missing",
        Error::ExpectedArray => "a list in [ ] belongs here",
        Error::ExpectedArrayEnd => "a ] or a comma is missing",
        Error::ExpectedMap => "axes and their values belong here, such as {1: 1.5, 4: -0.8}",
        Error::ExpectedMapEnd => "a } or a comma is missing",
        Error::ExpectedBoolean => "true or false belongs here",
        Error::ExpectedInteger => "a whole number belongs here",
        Error::ExpectedFloat => "a number belongs here",
        Error::ExpectedString => "a text in \"quotes\" belongs here",
        Error::ExpectedStringEnd => "a text's closing quote is missing",
        Error::ExpectedIdentifier => "the name of a field belongs here",
        Error::IntegerOutOfBounds => "a number is too large",
        Error::UnclosedBlockComment => "a comment is not closed",
        Error::TrailingCharacters => "more follows after the closing bracket",
        Error::NoSuchStructField { expected, found, .. } => return unknown("field", found, expected),
        Error::NoSuchEnumVariant { expected, found, .. } => return unknown("value", found, expected),
        Error::MissingStructField { field, .. } => return format!("`{field}` is missing"),
        Error::DuplicateStructField { field, .. } => return format!("`{field}` is given twice"),
        Error::UnexpectedChar(letter) => return format!("`{letter}` does not belong here"),
        Error::InvalidValueForType { expected, found } => return format!("{expected} belongs here, not {found}"),
        other => return other.to_string(),
    };
    plain.to_owned()
}

/// A sentence on the first bracket without its partner, with its line and column; `None` where all have one, or a text's quote is open.
pub fn unpaired_bracket(text: &str) -> Option<String> {
    let mut open: Vec<(char, usize, usize)> = Vec::new();
    for (bracket, line, column) in brackets(text)? {
        let opening = match bracket {
            ')' => '(',
            ']' => '[',
            '}' => '{',
            _ => {
                open.push((bracket, line, column));
                continue;
            }
        };
        match open.pop() {
            None => return Some(format!("line {line}, column {column}: the bracket {bracket} closes none that is open")),
            Some((other, at_line, at_column)) if other != opening => {
                return Some(format!(
                    "line {line}, column {column}: the bracket {bracket} comes before the {other} of line {at_line}, column {at_column} is closed"
                ));
            }
            Some(_) => {}
        }
    }
    open.first()
        .map(|(bracket, line, column)| format!("line {line}, column {column}: the bracket {bracket} that opens here is never closed"))
}

/// The brackets of RON with their lines and columns, without those in texts and comments; `None` where a text or a comment has no end.
fn brackets(text: &str) -> Option<Vec<(char, usize, usize)>> {
    let mut found = Vec::new();
    for (line, content) in without_texts_and_comments(text)?.lines().enumerate() {
        let brackets = content.chars().enumerate().filter(|(_, letter)| "()[]{}".contains(*letter));
        found.extend(brackets.map(|(column, letter)| (letter, line + 1, column + 1)));
    }
    Some(found)
}

/// A text of RON with spaces in place of what stands in quotes and comments.
fn without_texts_and_comments(text: &str) -> Option<String> {
    let mut rest = text;
    let mut plain = String::with_capacity(text.len());
    while let Some(letter) = rest.chars().next() {
        let length = match letter {
            '"' => quoted(rest)?,
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/")? + 2,
            _ => {
                plain.push(letter);
                rest = &rest[letter.len_utf8()..];
                continue;
            }
        };
        plain.extend(rest[..length].chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }));
        rest = &rest[length..];
    }
    Some(plain)
}

/// Bytes of the text in quotes with which `rest` begins.
fn quoted(rest: &str) -> Option<usize> {
    let mut escaped = true;
    for (at, letter) in rest.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn unknown(what: &str, found: &str, known: &[&str]) -> String {
    let meant = nearest(found, known.iter().map(|name| ((*name).to_owned(), name)));
    let question = meant.map_or(String::new(), |name| format!("; did you mean `{name}`?"));
    format!("there is no {what} `{found}`{question} Known are: {}", known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOURNEY: &str = "(version: 1, name: \"Gesichtszüge\", seconds: 1, keyframes: [()])";

    #[test]
    fn marks_and_utf16_are_read() {
        let units: Vec<u16> = JOURNEY.encode_utf16().collect();
        let (little, big): (Vec<u8>, Vec<u8>) =
            (units.iter().flat_map(|unit| unit.to_le_bytes()).collect(), units.iter().flat_map(|unit| unit.to_be_bytes()).collect());
        let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        for bytes in [
            JOURNEY.as_bytes().to_vec(),
            marked(b"\xEF\xBB\xBF", JOURNEY.as_bytes()),
            marked(b"\xFF\xFE", &little),
            marked(b"\xFE\xFF", &big),
            little.clone(),
            big.clone(),
        ] {
            assert_eq!(text(&bytes).unwrap(), JOURNEY);
        }
        for (bytes, word) in [
            (marked(b"\xFF\xFE", &little[1..]), "UTF-8"),
            (b"\xFF\xFE\0\0(\0\0\0".to_vec(), "UTF-32"),
            (b"(name: \"Gesichtsz\xFCge\")".to_vec(), "UTF-8"),
            (b"".to_vec(), "empty"),
            (b"\xEF\xBB\xBF \n".to_vec(), "empty"),
            (b"\n <!DOCTYPE html>".to_vec(), "HTML"),
            (b"\0\0\0\x18ftypisom".to_vec(), "MP4"),
        ] {
            assert!(text(&bytes).unwrap_err().contains(word), "{word}: {}", text(&bytes).unwrap_err());
        }
    }

    #[test]
    fn what_was_meant_is_guessed() {
        assert!(advice(Path::new("first-axis")).starts_with("did you mean first-axes?"));
        assert!(advice(Path::new("Portrait.ron")).starts_with("did you mean portraits?"));
        assert!(
            advice(Path::new("zzz")).starts_with("check the spelling")
                && advice(Path::new("zzz")).contains("first-axes, flight, portraits")
        );
        assert!(unknown("field", "sekonds", &["version", "seconds"]).contains("did you mean `seconds`?"));
    }

    #[test]
    fn brackets_without_a_partner_are_found_where_they_stand() {
        for (text, wanted) in [
            ("(a: [1, 2)", "line 1, column 10: the bracket ) comes before the [ of line 1, column 5"),
            ("(\n  b: [(),]\n", "line 1, column 1: the bracket ( that opens here"),
            ("(a: 1))", "line 1, column 7: the bracket ) closes none"),
            ("(a: \"ü)\\\"\", // )\n /* ( \n */ b: {1: 2)", "line 3, column 13: the bracket ) comes before the {"),
        ] {
            let sentence = unpaired_bracket(text).unwrap();
            assert!(sentence.starts_with(wanted), "{text}: {sentence}");
        }
        for text in [JOURNEY, "(a: \")\")", "(a: \"", "(a: \"\\\"(", "/* (", ""] {
            assert_eq!(unpaired_bracket(text), None, "{text}");
        }
    }
}

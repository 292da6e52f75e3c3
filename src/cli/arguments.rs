//! What stands on the command line, put right before it is read: things that every shell or habit writes and that would mean something else.
//!
//! `~` that a shell left as it is means the home folder; what begins like a negative number is a value; `-` is no name of a file.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The arguments as they are meant.
///
/// # Errors
/// A sentence where an output is to go to standard output, which none does.
pub fn tidied(given: impl IntoIterator<Item = OsString>, home: Option<PathBuf>) -> Result<Vec<OsString>, String> {
    let mut tidy: Vec<OsString> = Vec::new();
    // A folder that is really called so is meant.
    let home = home.filter(|_| !Path::new("~").exists());
    for argument in given {
        let is_value = tidy.last().is_some_and(|before| is_bare_option(before)) && looks_negative(&argument);
        let argument = at_home(argument, home.as_deref());
        match tidy.last_mut() {
            Some(option) if is_value => {
                option.push("=");
                option.push(argument);
            }
            _ => tidy.push(argument),
        }
    }
    let is_stream = |pair: &[OsString]| pair[0] == "--out" && pair[1] == "-";
    if tidy.windows(2).any(is_stream) || tidy.iter().any(|argument| argument == "--out=-") {
        return Err("nothing is written to standard output: name a file or folder as --out (./- for one of that name)".into());
    }
    Ok(tidy)
}

fn is_bare_option(argument: &OsStr) -> bool {
    let bytes = argument.as_encoded_bytes();
    bytes.len() > 2 && bytes.starts_with(b"--") && !bytes.contains(&b'=')
}

fn looks_negative(argument: &OsStr) -> bool {
    matches!(argument.as_encoded_bytes(), [b'-', b'0'..=b'9', ..] | [b'-', b'.', b'0'..=b'9', ..])
}

/// With the home folder in place of a `~` at the beginning of the argument or of its value.
fn at_home(argument: OsString, home: Option<&Path>) -> OsString {
    let (Some(text), Some(home)) = (argument.to_str(), home) else { return argument };
    let (option, value) = match text.split_once('=') {
        Some((option, value)) if option.starts_with("--") => (format!("{option}="), value),
        _ => (String::new(), text),
    };
    let Some(rest) = value.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/')) else { return argument };
    let mut whole = OsString::from(option);
    whole.push(home);
    whole.push(rest);
    whole
}

/// What the library that reads numbers says, and what is meant.
const NUMBERS: [(&str, &str); 6] = [
    ("invalid digit found in string", "a whole number is wanted"),
    ("invalid float literal", "a number is wanted"),
    ("cannot parse integer from empty string", "a whole number is missing"),
    ("cannot parse float from empty string", "a number is missing"),
    ("number too large to fit in target type", "the number is too large"),
    ("number too small to fit in target type", "the number is too small"),
];

/// A message about wrong usage, in words for who gave a number; coloured for a terminal.
pub fn in_words(error: &clap::Error) -> String {
    let styled = error.render();
    let text = if std::io::IsTerminal::is_terminal(&std::io::stderr()) { styled.ansi().to_string() } else { styled.to_string() };
    NUMBERS.iter().fold(text, |text, (theirs, ours)| text.replace(theirs, ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Result<String, String> {
        let tidy = tidied(line.split_whitespace().map(OsString::from), Some("/home/ada".into()))?;
        Ok(tidy.join(OsStr::new(" ")).into_string().unwrap())
    }

    #[test]
    fn what_is_meant_is_read() {
        for (line, meant) in [
            ("sample m --out=~/x.png", "sample m --out=/home/ada/x.png"),
            ("import ~/a ~ --size 16", "import /home/ada/a /home/ada --size 16"),
            ("import ~ada/a a~/b x=~/y", "import ~ada/a a~/b x=~/y"),
            ("sample m --seed -1 --out x", "sample m --seed=-1 --out x"),
            ("import x --crop -1,0,5,5 --size -.5", "import x --crop=-1,0,5,5 --size=-.5"),
            ("sample m --seed=3 -1", "sample m --seed=3 -1"),
            ("train gan --resume --out x", "train gan --resume --out x"),
            ("import -- -1.jpg", "import -- -1.jpg"),
        ] {
            assert_eq!(of(line).as_deref(), Ok(meant));
        }
        for line in ["sample m --out -", "sample m --out=-"] {
            assert!(of(line).unwrap_err().contains("standard output"), "{line}");
        }
    }
}

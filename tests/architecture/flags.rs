//! Flags: below `cli`, sentences say what is wrong, and only the command line says with which flag it is put right.
//!
//! A sentence is any string, in tests too, but for documentation and what clap is told in attributes.

use super::code::{CODE, Code, made_up};
use super::debt::{Findings, complaints};

/// Flags of other programs, which sentences may name.
const OF_OTHER_PROGRAMS: [(&str, &str); 3] =
    [("data/source/listing.rs", "--features"), ("data/source/listing.rs", "--release"), ("data/source/zip.rs", "--out")];
/// How many flags the sentences of a file name today.
const DEBT: &[(&str, usize)] = &[];

/// The flags that a text names, among them any that are put together: `--{name}`.
fn flags(text: &str) -> Vec<&str> {
    let is_flag = |rest: &str| rest.starts_with('{') || rest.bytes().take(2).filter(|byte| matches!(byte, b'a'..=b'z' | b'-')).count() == 2;
    let is_apart = |before: &str| !before.ends_with(|last: char| last.is_alphanumeric() || last == '-');
    let dashes = text.match_indices("--").filter(|(at, _)| is_apart(&text[..*at]) && !text[at + 2..].starts_with('-'));
    dashes
        .filter(|(at, _)| is_flag(&text[at + 2..]))
        .map(|(at, _)| {
            let rest = &text[at + 2..];
            let length = rest.find(|c: char| !matches!(c, 'a'..='z' | '-' | '_' | '{')).unwrap_or(rest.len());
            &text[at..at + 2 + length]
        })
        .collect()
}

fn flags_in_sentences(code: &Code) -> Findings {
    let mut found = Findings::new();
    for (text, place) in code.strings.iter().filter(|(_, place)| !place.file.starts_with("cli/")) {
        for flag in flags(text).into_iter().filter(|flag| !OF_OTHER_PROGRAMS.contains(&(place.file.as_str(), *flag))) {
            found.entry(place.file.clone()).or_default().push(format!("{}: {flag} in {text:?}", place.line));
        }
    }
    found
}

#[test]
fn only_the_command_line_names_flags() {
    let advice = "say what is wrong in the error and name the flag where `cli` prints it:";
    let wrong = complaints(&flags_in_sentences(&CODE), DEBT, advice);
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn flags_are_found_in_every_sentence() {
    let found = |text: &str| {
        let found = flags_in_sentences(&made_up(&[("data.rs", text)]));
        found.values().flatten().map(|line| line.split(' ').nth(1).expect("a line tells the flag").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("fn f() { \"give --out, or --over-write \\\n again\"; }"), ["--out", "--over-write"]);
    assert_eq!(found("fn f() { anyhow::bail!(format!(r#\"{x}; --size {n}\"#)) }"), ["--size"]);
    assert_eq!(found("#[derive(Error)] enum E { #[error(\"{path} is there; --resume\", path = .0)] A(u8) }"), ["--resume"]);
    assert_eq!(found("const A: &str = concat!(\"take \", \"--fps\"); fn f() { format!(\"--{name}\"); }"), ["--fps", "--{name"]);
    assert!(found("/// Give --out.\n#[arg(long, help = \"as --out\")] // --out\nfn f() { \"a -- b --- c --1 a--b\"; }").is_empty());
    assert!(flags_in_sentences(&made_up(&[("cli/a.rs", "const A: &str = \"--out\";")])).is_empty());
}

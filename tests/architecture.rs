//! The house rules as a test: imports only point upward, the core knows no Bevy, the app no burn, files need no circles, sentences name
//! no flags, kinds are told apart in their rooms, files stay readable, links of the documents lead somewhere, no real faces are handed on.
//!
//! Owns what can be seen without reading code; each rule about code has a file of its own, with a test that it can be broken.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "architecture/circles.rs"]
mod circles;
#[path = "architecture/code.rs"]
mod code;
#[path = "architecture/debt.rs"]
mod debt;
#[path = "architecture/faces.rs"]
mod faces;
#[path = "architecture/flags.rs"]
mod flags;
#[path = "architecture/kinds.rs"]
mod kinds;
#[path = "architecture/layers.rs"]
mod layers;
#[path = "architecture/links.rs"]
mod links;
#[path = "architecture/modules.rs"]
mod modules;
#[path = "architecture/reader.rs"]
mod reader;

use std::fs;

use code::{package_folder, sources};

const MAX_LINES: usize = 600;

#[test]
fn every_file_says_what_it_owns_and_stays_readable() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        if !text.starts_with("//!") {
            wrong.push(format!("src/{path} does not open with //!"));
        }
        let lines = text.lines().count();
        if lines > MAX_LINES {
            wrong.push(format!("src/{path} has {lines} lines; {MAX_LINES} are the most"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn at_most_four_test_binaries_are_linked() {
    let count = fs::read_dir(package_folder().join("tests"))
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "rs"))
        .count();
    assert!(count <= 4, "{count} integration-test binaries: each links Bevy");
}

//! The house rules as a test: imports only point upward, the core knows no Bevy, the app no burn, files stay readable.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

/// The layers, each of which may import itself and those before it.
const LAYERS: &[&str] = &[
    "faults", "progress", "words", "files", "backend", "data", "latent", "models", "metrics", "training", "video", "report", "engine",
    "session", "explorer", "recorder", "ui", "app", "cli",
];
/// The first layer of the app; those before it are the core.
const FIRST_APP_LAYER: &str = "session";
const MAX_LINES: usize = 600;

/// The package, asked for at run time: a test binary that another checkout has built must not look for its files there.
fn package_folder() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo test sets it"))
}

fn source_folder() -> PathBuf {
    package_folder().join("src")
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The layer that a source file belongs to; `None` for main.rs and lib.rs.
fn layer_of(path: &Path) -> Option<usize> {
    let first = path.strip_prefix(source_folder()).unwrap().components().next().unwrap();
    let name = first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
    LAYERS.iter().position(|layer| *layer == name)
}

/// The layers that a line names after `crate::`, including those in `crate::{a, b::c}`.
fn imported_layers(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in line.split("crate::").skip(1) {
        let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        match part.strip_prefix('{') {
            Some(group) => found.extend(group.trim_end_matches(['}', ';', ' ']).split(',').map(|item| word(item.trim()))),
            None => found.push(word(part)),
        }
    }
    found
}

fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(number, line)| (number + 1, line)).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn imports_only_point_upward() {
    let mut wrong = Vec::new();
    for path in rust_files(&source_folder()) {
        let Some(layer) = layer_of(&path) else { continue };
        for (number, line) in code_lines(&fs::read_to_string(&path).unwrap()) {
            for name in imported_layers(line) {
                if let Some(imported) = LAYERS.iter().position(|layer| *layer == name)
                    && imported > layer
                {
                    wrong.push(format!("{}:{number}: {} imports {name}", path.display(), LAYERS[layer]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "imports against the order of the layers:\n{}", wrong.join("\n"));
}

#[test]
fn the_core_knows_no_bevy_and_the_app_no_burn() {
    let first_app_layer = LAYERS.iter().position(|layer| *layer == FIRST_APP_LAYER).unwrap();
    let cli = LAYERS.len() - 1;
    let mut wrong = Vec::new();
    for path in rust_files(&source_folder()) {
        let Some(layer) = layer_of(&path) else { continue };
        let forbidden: &[&str] = match layer {
            layer if layer < first_app_layer => &["bevy::", "bevy_egui", "egui::"],
            layer if layer < cli => &["burn::", "burn_flex", "burn_wgpu", "burn_cuda"],
            _ => &["burn::", "burn_flex", "burn_wgpu", "burn_cuda", "egui::"],
        };
        for (number, line) in code_lines(&fs::read_to_string(&path).unwrap()) {
            if let Some(name) = forbidden.iter().find(|name| line.contains(**name)) {
                wrong.push(format!("{}:{number}: {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "imports across the border of core and app:\n{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_owns_and_stays_readable() {
    let mut wrong = Vec::new();
    for path in rust_files(&source_folder()) {
        let text = fs::read_to_string(&path).unwrap();
        if !text.starts_with("//!") {
            wrong.push(format!("{} does not open with //!", path.display()));
        }
        let lines = text.lines().count();
        if lines > MAX_LINES {
            wrong.push(format!("{} has {lines} lines; {MAX_LINES} are the most", path.display()));
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

#[test]
fn the_rules_catch_what_they_should() {
    assert_eq!(imported_layers("use crate::{explorer, session::Steer};"), ["explorer", "session"]);
    assert_eq!(imported_layers("    let x = crate::cli::run(crate::data::Faces::new());"), ["cli", "data"]);
    assert!(imported_layers("use super::thing;").is_empty());
}

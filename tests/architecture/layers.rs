//! Layers: imports only point upward in the code map, the core knows no Bevy, and the app no burn.

use super::code::{CODE, Code, Manner, made_up};
use super::modules::Modules;

/// The layers, each of which may import itself and those before it.
const LAYERS: [&str; 19] = [
    "faults", "progress", "words", "files", "backend", "data", "latent", "models", "metrics", "training", "video", "report", "engine",
    "session", "explorer", "recorder", "ui", "app", "cli",
];
/// The first layer of the app; those before it are the core.
const FIRST_APP_LAYER: &str = "session";

fn rank(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|known| *known == layer)
}

/// The layer that a source file belongs to; `None` for `lib.rs`.
pub fn layer_of(file: &str) -> Option<&str> {
    (file != "lib.rs").then(|| file.trim_end_matches(".rs").split('/').next().expect("a path has a first part"))
}

/// Names of layers further down, by whatever way they come. Tests keep to the order as well.
fn against_the_order(code: &Code) -> Vec<String> {
    let modules = Modules::of(code);
    let mut wrong: Vec<String> = code
        .files
        .iter()
        .filter_map(|(file, _)| layer_of(file).filter(|layer| rank(layer).is_none()))
        .map(|layer| format!("src/{layer} is no layer yet: add it to LAYERS and to the code map in src/lib.rs"))
        .collect();
    for named in &code.names {
        let place = &named.place;
        let Some(layer) = layer_of(&place.file) else { continue };
        let found = modules.find(named);
        let passed = found.iter().flat_map(|found| &found.passed).filter_map(|module| module.first());
        let defined = found.iter().filter_map(|found| found.item.as_ref()).filter_map(|(file, _)| layer_of(file));
        if let Some(below) = passed.map(String::as_str).chain(defined).find(|other| rank(other) > rank(layer)) {
            wrong.push(format!("src/{}:{}: {layer} names {below} with {}", place.file, place.line, named.segments.join("::")));
        }
    }
    wrong.sort();
    wrong.dedup();
    wrong
}

/// Names of packages that a layer must not know.
fn across_the_border(code: &Code) -> Vec<String> {
    let (first_app_layer, cli) = (rank(FIRST_APP_LAYER), rank("cli"));
    let is_of = |name: &str, package: &str| name.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
    let mut wrong = Vec::new();
    for named in code.names.iter().filter(|named| named.segments.len() > 1 || named.manner != Manner::Inline) {
        let Some(layer) = layer_of(&named.place.file) else { continue };
        let forbidden: &[&str] = match rank(layer) {
            layer if layer < first_app_layer => &["bevy", "egui"],
            layer if layer < cli => &["burn"],
            _ => &["burn", "egui"],
        };
        if let Some(name) = named.segments.iter().find(|name| forbidden.iter().any(|package| is_of(name, package))) {
            wrong.push(format!("src/{}:{}: {layer} names {name}", named.place.file, named.place.line));
        }
    }
    wrong
}

#[test]
fn imports_only_point_upward() {
    let wrong = against_the_order(&CODE);
    assert!(wrong.is_empty(), "against the order of the layers; move what is named up, or what names it down:\n{}", wrong.join("\n"));
}

#[test]
fn the_core_knows_no_bevy_and_the_app_no_burn() {
    let wrong = across_the_border(&CODE);
    assert!(wrong.is_empty(), "across the border of core and app; plain data goes between them:\n{}", wrong.join("\n"));
}

#[test]
fn the_order_is_broken_by_any_way_of_naming() {
    let is_wrong = |file: &str, text: &str| {
        let code = made_up(&[
            ("lib.rs", "pub mod data; pub mod engine; pub mod cli; pub use cli::run;"),
            ("data/mod.rs", "mod faces; pub mod deep; pub struct Faces;"),
            ("data/faces.rs", if file == "faces" { text } else { "" }),
            ("data/deep.rs", if file == "deep" { text } else { "" }),
            ("engine.rs", "pub struct Job;"),
            ("cli.rs", "pub fn run() {} pub use crate::data::Faces;"),
        ]);
        !against_the_order(&code).is_empty()
    };
    for wrong in [
        "use crate::{\n    data::Faces,\n    engine::{\n        Job,\n    },\n};",
        "use super::super::engine::Job;",
        "mod tests { use super::super::super::cli; }",
        "#[cfg(test)] mod tests { use crate::cli::run; }",
        "pub use crate::engine::*;",
        "use crate as all; fn f() { all::cli::run(); }",
        "use crate::*; fn f() { engine::Job; }",
        "fn f() { crate :: cli :: run() }",
        "fn f() { assert!(matches!(x, Some(crate::engine::Job))); }",
        "impl From<crate::engine::Job> for u8 {}",
        "#[arg(value_parser = crate::cli::run)] struct S;",
        "use crate::run;",
        "use crate::cli::Faces;",
    ] {
        assert!(is_wrong("faces", wrong) && is_wrong("deep", wrong), "{wrong}");
    }
    for right in ["use super::Faces;", "use std::engine; // crate::cli::run", "/// [`crate::cli::run`]\nfn f() { \"crate::cli\"; }"] {
        assert!(!is_wrong("faces", right), "{right}");
    }
    assert!(!against_the_order(&made_up(&[("lib.rs", "mod strange;"), ("strange/mod.rs", "")])).is_empty(), "a folder without a place");
}

#[test]
fn the_border_is_crossed_by_any_way_of_naming() {
    let is_wrong = |file: &str, text: &str| !across_the_border(&made_up(&[(file, text)])).is_empty();
    assert!(is_wrong("data.rs", "use bevy::prelude::*;") && is_wrong("data.rs", "use ::{bevy_egui as e};"));
    assert!(is_wrong("ui/a.rs", "use {\n    burn as b,\n};") && is_wrong("ui/a.rs", "fn f() { vec![burn_flex::new()] }"));
    assert!(is_wrong("cli/a.rs", "use bevy_egui::egui::Ui;") && !is_wrong("cli/a.rs", "use bevy::prelude::*;"));
    assert!(!is_wrong("ui/a.rs", "use bevy::prelude::*; fn f() { let burn = 1; burn.x; }") && !is_wrong("data.rs", "use burn::Tensor;"));
}

//! Kinds of models: what sets one apart stands in its room, in the one match that opens rooms, and in the table of facts.
//!
//! Everywhere else code asks for a fact (has it an encoder, what is it called) and never which kind it is. Tests may name kinds.

use std::collections::BTreeSet;

use super::code::{CODE, Code, Manner, made_up};
use super::debt::{Findings, complaints};

/// The enum that lists the kinds. Every other enum with a variant of the same name tells kinds apart as well.
const LIST: &str = "ModelKind";
/// Where every kind is named. Beside these each has its rooms: folders of its name in [`LAYERS_WITH_ROOMS`].
const ALLOWED: [&str; 5] = [
    // The table of facts, and that of the words in which reports speak of causes.
    "models/kind.rs",
    "report/sentences/causes.rs",
    // The one match: over models that are opened, over networks that learn, and over their shapes.
    "engine/open.rs",
    "models/network.rs",
    "training/kinds.rs",
];
/// Where a kind has a folder of its own: its name with small letters, `_` between its words.
const LAYERS_WITH_ROOMS: [&str; 2] = ["models", "training"];
/// How often other files name a kind today.
const DEBT: &[(&str, usize)] = &[];

/// The enums that tell kinds apart, under all of their names.
fn enums_of_kinds<'a>(code: &'a Code, kinds: &BTreeSet<&str>) -> BTreeSet<&'a str> {
    let enums = code.enums.iter().filter(|found| found.variants.iter().any(|(variant, _)| kinds.contains(variant.as_str())));
    let mut names: BTreeSet<&str> = enums.map(|found| found.name.as_str()).collect();
    let renamed = code.names.iter().filter_map(|named| Some((named.alias.as_deref()?, &named.segments)));
    let aliases: Vec<_> = code.type_aliases.iter().map(|(name, segments)| (name.as_str(), segments)).chain(renamed).collect();
    loop {
        let before = names.len();
        names.extend(aliases.iter().filter(|(_, stands_for)| names_last(stands_for, &names)).map(|(name, _)| *name).collect::<Vec<_>>());
        if names.len() == before {
            return names;
        }
    }
}

fn names_last(segments: &[String], names: &BTreeSet<&str>) -> bool {
    segments.last().is_some_and(|last| names.contains(last.as_str()))
}

/// The folders of a kind.
fn rooms(kind: &str) -> impl Iterator<Item = String> {
    let mut folder = String::new();
    for letter in kind.chars() {
        if letter.is_uppercase() && !folder.is_empty() {
            folder.push('_');
        }
        folder.extend(letter.to_lowercase());
    }
    LAYERS_WITH_ROOMS.into_iter().map(move |layer| format!("{layer}/{folder}/"))
}

/// Every naming of a kind outside the places for it.
fn kinds_named(code: &Code) -> Findings {
    let list = code.enums.iter().find(|found| found.name == LIST).expect("LIST names the enum that lists the kinds");
    let kinds: BTreeSet<&str> = list.variants.iter().map(|(variant, _)| variant.as_str()).collect();
    let enums = enums_of_kinds(code, &kinds);
    let rooms: Vec<String> = kinds.iter().flat_map(|kind| rooms(kind)).collect();
    let mut found = Findings::new();
    let mut note = |file: &str, line: usize, text: String| {
        if !ALLOWED.contains(&file) && !rooms.iter().any(|room| file.starts_with(room)) {
            found.entry(file.to_owned()).or_default().push(format!("{line}: {text}"));
        }
    };
    for named in code.names.iter().filter(|named| !named.place.is_test) {
        let is_variant = |pair: &[String]| enums.contains(pair[0].as_str()) && kinds.contains(pair[1].as_str());
        let is_glob = matches!(named.manner, Manner::Glob | Manner::ReExportedGlob) && names_last(&named.segments, &enums);
        if is_glob || named.segments.windows(2).any(is_variant) {
            note(&named.place.file, named.place.line, named.segments.join("::"));
        }
    }
    for definition in code.enums.iter().filter(|definition| !definition.place.is_test) {
        for (variant, line) in definition.variants.iter().filter(|(variant, _)| kinds.contains(variant.as_str())) {
            note(&definition.place.file, *line, format!("enum {} {{ {variant} }}", definition.name));
        }
    }
    found
}

#[test]
fn kinds_are_named_in_their_rooms_only() {
    let advice = "ask for a fact of the kind, and add the fact to the table where it has none:";
    let wrong = complaints(&kinds_named(&CODE), DEBT, advice);
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn kinds_are_found_under_every_name() {
    let count = |file: &str, text: &str| {
        let code = made_up(&[("models/kind.rs", "pub enum ModelKind { Pca, Gan }"), (file, text)]);
        kinds_named(&code).values().map(Vec::len).sum::<usize>()
    };
    for wrong in [
        "fn f() { kind == crate::models::ModelKind::Gan; }",
        "fn f() { matches!(kind, ModelKind::Gan) }",
        "use crate::models::ModelKind::{self as Other, Gan};",
        "use crate::{\n    models::ModelKind::*,\n};",
        "use super::ModelKind as Kind; fn f() { Kind::Pca; }",
        "type Kind = super::ModelKind; type Other = Kind; fn f() { Other::Pca; }",
        "enum Settings { Gan(u8) }",
        "fn f() { if let Some(ModelKind::Gan) = x {} }",
        "trait T { const K: ModelKind = ModelKind::Pca; }",
    ] {
        assert_eq!(count("ui/a.rs", wrong), 1, "{wrong}");
        assert_eq!(count("models/gan/a.rs", wrong), 0, "{wrong}");
    }
    assert_eq!(rooms("NoisyGan").collect::<Vec<_>>(), ["models/noisy_gan/", "training/noisy_gan/"]);
    assert_eq!(count("models/vae/a.rs", "fn f() { ModelKind::Gan; }"), 1, "a folder that no kind is called by");
    assert_eq!(count("a.rs", "enum S { Gan, Other } impl S { fn f(&self) { match self { Self::Gan => {}, Self::Other => {} } } }"), 2);
    for right in ["#[cfg(test)] mod tests { fn f() { ModelKind::Gan; } }", "struct Gan; fn f() { Gan::new(gan::Gan); Other::Gan; }"] {
        assert_eq!(count("a.rs", right), 0, "{right}");
    }
}

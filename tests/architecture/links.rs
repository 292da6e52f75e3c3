//! Links of the documents lead somewhere, and every picture is shown.
//!
//! Reads README.md, CONTRIBUTING.md, CHANGELOG.md and docs/*.md as far as links and headings go. What stands in code is no link; whether
//! addresses of the web answer is not asked.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path};

use super::code::package_folder;

/// Documents by their path from the package's folder.
type Documents = BTreeMap<String, String>;

/// What is outside of code: fenced blocks and spans between backticks are blank.
fn prose(text: &str) -> String {
    let mut is_code = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        if is_code || is_fence {
            lines.push(String::new());
        } else {
            lines.push(line.split('`').step_by(2).collect::<Vec<_>>().join(" "));
        }
    }
    lines.join("\n")
}

/// Where links and pictures lead, `[text](target "title")` and `[name]: target` alike.
fn targets(text: &str) -> Vec<String> {
    let prose = prose(text);
    let inline = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let named = prose.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: ").map(|(_, target)| target));
    inline.chain(named).filter_map(|target| Some(target.split_whitespace().next()?.trim_matches(['<', '>']).to_owned())).collect()
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = BTreeSet::new();
    let mut is_code = false;
    for line in text.lines() {
        is_code ^= line.trim_start().starts_with("```");
        let heading = line.trim_start_matches('#');
        if is_code || heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let kept = heading.trim().chars().filter(|&letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
        let name: String = kept.flat_map(char::to_lowercase).map(|letter| if letter == ' ' { '-' } else { letter }).collect();
        let count = counts.entry(name.clone()).or_default();
        found.insert(if *count == 0 { name } else { format!("{name}-{count}") });
        *count += 1;
    }
    found
}

/// The path from the package's folder that a link of a document names; `None` where it leads out of the package.
fn path_of(document: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in Path::new(target).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop()?;
            }
            Component::Normal(name) => parts.push(name.to_str()?),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

/// What is wrong with the links of the documents, and which of the pictures none of them shows.
fn complaints(documents: &Documents, pictures: &BTreeSet<String>, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut shown = BTreeSet::new();
    for (document, text) in documents {
        for target in targets(text).iter().filter(|target| !target.contains("://") && !target.starts_with("mailto:")) {
            let (file, anchor) = target.split_once('#').map_or((target.as_str(), None), |(file, anchor)| (file, Some(anchor)));
            let path = if file.is_empty() { Some(document.clone()) } else { path_of(document, file) };
            let Some(path) = path.filter(|path| exists(path)) else {
                wrong.push(format!("{document}: {target} leads nowhere"));
                continue;
            };
            if let Some(anchor) = anchor
                && !documents.get(&path).is_some_and(|text| anchors(text).contains(anchor))
            {
                wrong.push(format!("{document}: {target} names no heading of {path}"));
            }
            shown.insert(path);
        }
    }
    wrong.extend(pictures.difference(&shown).map(|picture| format!("{picture} is shown nowhere")));
    wrong
}

fn files_of(folder: &str) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(package_folder().join(folder)).unwrap();
    entries.map(move |entry| format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap()))
}

#[test]
fn links_lead_somewhere_and_pictures_are_shown() {
    let named = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(str::to_owned).into_iter();
    let names: Vec<String> = named.chain(files_of("docs").filter(|name| name.ends_with(".md"))).collect();
    let read =
        |name: String| (name.clone(), fs::read_to_string(package_folder().join(&name)).unwrap_or_else(|error| panic!("{name}: {error}")));
    let documents: Documents = names.into_iter().map(read).collect();
    let wrong = complaints(&documents, &files_of("assets/pictures").collect(), |path| package_folder().join(path).exists());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn broken_links_and_forgotten_pictures_are_found() {
    let there = ["README.md", "docs/files.md", "pictures/face.png", "pictures/forgotten.png"];
    let told = |readme: &str| {
        let files = "# Files\n## What a run's folder *holds*, and why\n## Twice\n## Twice\n```\n# no heading\n```\n[back](../README.md)";
        let documents = Documents::from([("README.md".into(), readme.into()), ("docs/files.md".into(), files.into())]);
        let pictures = BTreeSet::from(["pictures/face.png".to_owned()]);
        complaints(&documents, &pictures, |path| there.contains(&path)).join("; ")
    };
    let face = "![a face](pictures/face.png) ";
    for good in [
        "[files](docs/files.md), [a folder](docs/files.md#what-a-runs-folder-holds-and-why), [web](https://example.org/x#y)",
        "\n# Here\n[above](#here) and [the second](docs/files.md#twice-1 \"with a title\")",
        "`[code](no.md)`\n```\n[more code](no.md)\n```\n[by name][files]\n\n[files]: docs/files.md",
    ] {
        assert_eq!(told(&format!("{face}{good}")), told(face), "{good}");
    }
    assert_eq!(told(face), "");
    for (bad, complaint) in [
        ("[gone](docs/gone.md)", "README.md: docs/gone.md leads nowhere"),
        ("[two](README.md)[in a line](gone.md)", "gone.md leads nowhere"),
        ("[named][gone]\n\n[gone]: docs/gone.md", "docs/gone.md leads nowhere"),
        ("[out](../../elsewhere)", "leads nowhere"),
        ("[heading](docs/files.md#no-heading)", "names no heading of docs/files.md"),
        ("[thrice](docs/files.md#twice-2)", "names no heading"),
        ("[here](#there)", "names no heading of README.md"),
        ("[a picture's heading](pictures/face.png#x)", "names no heading"),
    ] {
        assert!(told(&format!("{face}\n{bad}")).contains(complaint), "{bad}: {}", told(&format!("{face}\n{bad}")));
    }
    assert_eq!(told("no picture"), "pictures/face.png is shown nowhere");
}

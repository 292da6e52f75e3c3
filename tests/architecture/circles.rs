//! Circles: files that need one another cannot be read one after the other.
//!
//! A file needs another where its code names something that the other defines. `mod` and re-exports are no need, and tests do not count.
//! Between layers, the order of layers leaves no room for circles.

use std::collections::{BTreeMap, BTreeSet};

use super::code::{CODE, Code, Manner, made_up};
use super::layers::layer_of;
use super::modules::Modules;

/// Circles that stay, each with its reason.
const PERMITTED: &[(&[&str], &str)] = &[];
/// The most circles that may stay.
const MOST_PERMITTED: usize = 2;
/// Files, the files that they need, and the names by which they do.
type Needs = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

fn needs(code: &Code) -> Needs {
    let modules = Modules::of(code);
    let mut needs = Needs::new();
    let named = code.names.iter().filter(|named| !named.place.is_test);
    for named in named.filter(|named| !matches!(named.manner, Manner::ReExport | Manner::ReExportedGlob)) {
        let from = &named.place.file;
        for (to, name) in
            modules.find(named).into_iter().filter_map(|found| found.item).filter(|(to, _)| to != from && layer_of(to) == layer_of(from))
        {
            needs.entry(from.clone()).or_default().entry(to).or_default().insert(name);
        }
    }
    needs
}

/// The files that a file needs, directly or not.
fn reached<'a>(needs: &'a Needs, from: &'a str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(file) = open.pop() {
        let next = needs.get(file).into_iter().flat_map(BTreeMap::keys).map(String::as_str);
        open.extend(next.filter(|next| reached.insert(*next)));
    }
    reached
}

/// Groups of files each of which needs all others of its group.
fn circles(needs: &Needs) -> BTreeSet<Vec<&str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> = needs.keys().map(|file| (file.as_str(), reached(needs, file))).collect();
    let on_circles = reached.iter().filter(|(file, reached)| reached.contains(*file));
    on_circles
        .map(|(file, all)| all.iter().copied().filter(|other| reached.get(other).is_some_and(|back| back.contains(file))).collect())
        .collect()
}

/// The pairs of files of a circle of which the first needs the second, with the names by which it does.
fn pairs<'a>(needs: &'a Needs, circle: &[&'a str]) -> Vec<(&'a str, &'a str, &'a BTreeSet<String>)> {
    let all = circle.iter().flat_map(|from| needs[*from].iter().map(|(to, names)| (*from, to.as_str(), names)));
    all.filter(|(_, to, _)| circle.contains(to)).collect()
}

/// What speaks against the list of circles that may stay.
fn complaints(code: &Code, permitted: &[(&[&str], &str)]) -> Vec<String> {
    let needs = needs(code);
    let found = circles(&needs);
    let mut complaints = Vec::new();
    for circle in found.iter().filter(|circle| !permitted.iter().any(|(permitted, _)| permitted == circle)) {
        let lines: Vec<String> = pairs(&needs, circle)
            .iter()
            .map(|(from, to, names)| format!("    {from} needs {to}: {}", names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")))
            .collect();
        let advice = "move what these files share into a file of its own, so that needs go one way";
        complaints.push(format!("a circle; {advice}:\n{circle:?}\n{}", lines.join("\n")));
    }
    let gone = permitted.iter().map(|(files, _)| *files).filter(|files| !found.contains(*files));
    complaints.extend(gone.map(|files| format!("a circle that has gone, or has other files now; take its entry out:\n{files:?}")));
    complaints
}

#[test]
fn files_need_no_circles() {
    assert!(PERMITTED.len() <= MOST_PERMITTED, "at most {MOST_PERMITTED} circles may stay");
    assert!(PERMITTED.iter().all(|(_, reason)| !reason.is_empty()), "what stays has a reason");
    let wrong = complaints(&CODE, PERMITTED);
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn circles_are_found_however_a_name_comes() {
    let circle: &[&str] = &["a/b.rs", "a/c.rs"];
    let told = |top: &str, b: &str, c: &str, permitted: &[(&[&str], &str)]| {
        let code = made_up(&[("lib.rs", "pub mod a;"), ("a/mod.rs", top), ("a/b.rs", b), ("a/c.rs", c)]);
        complaints(&code, permitted).join("\n")
    };
    let top = "mod b; mod c; pub use {b::B, c::*};";
    let c = "use super::b::B; pub struct C(B);";
    for b in [
        "use super::C; pub struct B;",
        "pub struct B; fn f() { crate::a::C; }",
        "pub struct B; fn f() { vec![super::c::C] }",
        "use super::*; pub struct B; fn f(c: C) {}",
        "pub struct B; mod inner { use super::super::{\n    c::{\n        C as D,\n    },\n}; }",
        "pub struct B; impl From<super::C> for B {}",
    ] {
        assert!(told(top, b, c, &[]).contains("a circle;") && told(top, b, c, &[]).contains("a/b.rs needs a/c.rs: C"), "{b}");
        assert!(told(top, b, c, &[(circle, "a reason")]).is_empty(), "{b}");
    }
    for b in ["pub struct B;", "pub struct B; #[cfg(test)] mod tests { use super::super::C; }", "pub use super::c::C; pub struct B;"] {
        assert!(told(top, b, c, &[]).is_empty(), "{b}");
        assert!(told(top, b, c, &[(circle, "")]).contains("has gone"));
    }
    let with_own = "mod b; mod c; pub struct Own; fn f() { c::C; }";
    assert!(told(with_own, "", "use super::Own; pub struct C;", &[]).contains("a/c.rs needs a/mod.rs: Own"));
}

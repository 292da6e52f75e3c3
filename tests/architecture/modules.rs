//! Where a name leads: through modules, imports and re-exports to the file that defines it.

use std::collections::{BTreeMap, BTreeSet};

use super::code::{Code, Manner, ModulePath, Named, below, made_up};

/// Imports that lead to one another are followed this far.
const DEEPEST: usize = 16;

/// All modules of a package.
pub struct Modules {
    modules: BTreeMap<ModulePath, Module>,
}

#[derive(Default)]
struct Module {
    file: String,
    children: BTreeSet<String>,
    definitions: BTreeSet<String>,
    imports: Vec<Import>,
}

struct Import {
    /// `None` where all names are imported.
    name: Option<String>,
    segments: Vec<String>,
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The modules that were asked for a name on the way, the last of which has it.
    pub passed: Vec<ModulePath>,
    /// The item and the file that defines it; `None` where the path ends at a module.
    pub item: Option<(String, String)>,
}

impl Modules {
    pub fn of(code: &Code) -> Self {
        let mut modules = BTreeMap::<ModulePath, Module>::new();
        for (file, module) in &code.files {
            modules.entry(module.clone()).or_default().file.clone_from(file);
        }
        for child in &code.children {
            modules.entry(child.place.module.clone()).or_default().children.insert(child.name.clone());
            if !child.is_in_own_file {
                let inner = below(&child.place.module, &child.name);
                modules.entry(inner).or_default().file.clone_from(&child.place.file);
            }
        }
        for (name, place) in &code.definitions {
            modules.entry(place.module.clone()).or_default().definitions.insert(name.clone());
        }
        for named in code.names.iter().filter(|named| named.manner != Manner::Inline) {
            let import = Import { name: named.alias.clone(), segments: named.segments.clone() };
            modules.entry(named.place.module.clone()).or_default().imports.push(import);
        }
        Self { modules }
    }

    /// Everything that a path may lead to within the package: nothing for other packages' names, and more than one thing where a type
    /// and a function share a name.
    pub fn find(&self, named: &Named) -> Vec<Found> {
        let mut found = Vec::new();
        self.enter(&named.place.module, &named.segments, true, &mut Vec::new(), &mut found);
        found
    }

    /// Follows a path from where it stands.
    fn enter(&self, from: &[String], segments: &[String], with_globs: bool, passed: &mut Vec<ModulePath>, found: &mut Vec<Found>) {
        match segments.first().map(String::as_str) {
            Some("crate") => self.walk(&[], &segments[1..], true, passed, found),
            Some(_) => self.walk(from, segments, with_globs, passed, found),
            None => {}
        }
    }

    /// Follows a path from within a module.
    fn walk(&self, module: &[String], segments: &[String], with_globs: bool, passed: &mut Vec<ModulePath>, found: &mut Vec<Found>) {
        let Some(known) = self.modules.get(module) else { return };
        if passed.len() == DEEPEST {
            return;
        }
        passed.push(module.to_vec());
        match segments.split_first() {
            None => found.push(Found { passed: passed.clone(), item: None }),
            Some((name, rest)) if name == "self" => self.walk(module, rest, true, passed, found),
            Some((name, rest)) if name == "super" => {
                if let Some((_, above)) = module.split_last() {
                    self.walk(above, rest, true, passed, found);
                }
            }
            Some((name, rest)) => {
                let before = found.len();
                let is_child = known.children.contains(name);
                if is_child {
                    self.walk(&below(module, name), rest, true, passed, found);
                }
                // A function may be called as the module is, but leads no further.
                if known.definitions.contains(name) && (rest.is_empty() || !is_child) {
                    found.push(Found { passed: passed.clone(), item: Some((known.file.clone(), name.clone())) });
                }
                for import in known.imports.iter().filter(|import| import.name.as_ref() == Some(name)) {
                    self.enter(module, &[&import.segments, rest].concat(), false, passed, found);
                }
                if with_globs && found.len() == before {
                    for import in known.imports.iter().filter(|import| import.name.is_none()) {
                        self.enter(module, &[&import.segments[..], segments].concat(), false, passed, found);
                    }
                }
            }
        }
        passed.pop();
    }
}

/// The files that define what `a/b.rs` names.
fn files(b: &str) -> Vec<String> {
    let code = made_up(&[
        ("lib.rs", "pub mod a;"),
        ("a/mod.rs", "mod b; mod c; mod d; pub use c::{C, inner::Deep}; pub use d::*; use c::helper as help; pub struct Own; fn d() {}"),
        ("a/b.rs", b),
        ("a/c.rs", "pub struct C; pub fn helper() {} pub mod inner { pub struct Deep; }"),
        ("a/d.rs", "pub use super::c::C as Again; pub enum D { One }"),
    ]);
    let modules = Modules::of(&code);
    let names = code.names.iter().filter(|named| named.place.file == "a/b.rs");
    let items = names.flat_map(|named| modules.find(named)).filter_map(|found| found.item);
    items.map(|(file, name)| format!("{file} {name}")).collect()
}

#[test]
fn names_lead_through_re_exports_to_the_file_that_defines_them() {
    assert_eq!(files("use super::{Own, C};"), ["a/mod.rs Own", "a/c.rs C"]);
    assert_eq!(files("use crate::a::Deep as Other;"), ["a/c.rs Deep"]);
    assert_eq!(files("use super::Again;"), ["a/c.rs C"]);
    assert_eq!(files("use super::help;"), ["a/c.rs helper"]);
    assert_eq!(files("mod tests { fn f() { super::super::c::helper(); } }"), ["a/c.rs helper"]);
    assert_eq!(files("use super as above; type T = above::d::D;"), ["a/d.rs D"]);
    assert_eq!(files("use super::d;"), ["a/mod.rs d"]);
    assert!(files("use std::fmt; use ::a::C; use super::c; pub(in crate::a) struct B;").is_empty());
}

#[test]
fn globs_and_bodies_of_macros_are_seen() {
    assert_eq!(files("use super::*; fn f() -> D { D::One }"), ["a/d.rs D", "a/d.rs D"]);
    assert_eq!(files("fn f() { matches!(x, super::D::One if y.Own) || vec![Vec::<u8>::new(), super::C] }"), ["a/d.rs D", "a/c.rs C"]);
    assert!(files("use super::*; fn f() { let helper = 1; helper; }").is_empty());
}

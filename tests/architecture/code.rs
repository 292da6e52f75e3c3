//! What the code says, as plain data: modules, definitions, imports, and every path and string in it.
//!
//! Owns where the files lie and what is kept of them. What only tests see is marked, and each check decides whether it counts.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::reader::Reader;

/// Texts by their path below `src`, with `/` between folders.
pub type Sources = BTreeMap<String, String>;

/// The names from the root of the package to a module; none for the root itself.
pub type ModulePath = Vec<String>;

/// The path of a module in another.
pub fn below(module: &[String], name: &str) -> ModulePath {
    module.iter().cloned().chain([name.to_owned()]).collect()
}

/// How a path is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// `use a::B;`
    Import,
    /// `use a::*;`
    Glob,
    /// `pub use a::B;`
    ReExport,
    /// `pub use a::*;`
    ReExportedGlob,
    /// `a::B` in the midst of code, or just `B`.
    Inline,
}

/// A path that the code names.
#[derive(Clone, Debug)]
pub struct Named {
    /// `["super", "B"]`; `::a::B` begins with an empty segment, which no module defines.
    pub segments: Vec<String>,
    /// What an import is called from then on.
    pub alias: Option<String>,
    pub manner: Manner,
    pub place: Place,
}

/// Where something stands.
#[derive(Clone, Debug)]
pub struct Place {
    pub file: String,
    pub line: usize,
    pub module: ModulePath,
    /// Whether only tests are built with it.
    pub is_test: bool,
}

/// A module below another.
#[derive(Clone, Debug)]
pub struct Child {
    pub name: String,
    pub is_in_own_file: bool,
    pub place: Place,
}

/// An enum, with its variants.
#[derive(Clone, Debug)]
pub struct EnumDefinition {
    pub name: String,
    pub variants: Vec<(String, usize)>,
    pub place: Place,
}

/// What all files say.
#[derive(Default)]
pub struct Code {
    /// The files with the modules that they are.
    pub files: Vec<(String, ModulePath)>,
    pub children: Vec<Child>,
    /// Names that items have.
    pub definitions: Vec<(String, Place)>,
    pub enums: Vec<EnumDefinition>,
    /// `type A = b::C;`: the new name and what it stands for.
    pub type_aliases: Vec<(String, Vec<String>)>,
    pub names: Vec<Named>,
    /// Literals, but for documentation and what clap is told in attributes.
    pub strings: Vec<(String, Place)>,
}

/// What the package's code says, read once for all checks.
pub static CODE: LazyLock<Code> = LazyLock::new(|| read(&sources()));

/// The package, asked for at run time: a test binary that another checkout has built must not look for its files there.
pub fn package_folder() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo test sets it"))
}

/// The package's own source files.
pub fn sources() -> Sources {
    let mut found = Sources::new();
    collect(&package_folder().join("src"), "", &mut found);
    found
}

fn collect(folder: &Path, before: &str, found: &mut Sources) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{before}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            collect(&path, &format!("{name}/"), found);
        } else if name.ends_with(".rs") {
            found.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

/// Reads files; `main.rs` is a package of its own and left out.
pub fn read(sources: &Sources) -> Code {
    let mut code = Code::default();
    for (path, text) in sources.iter().filter(|(path, _)| *path != "main.rs") {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("src/{path}:{}: {error}", error.span().start().line));
        let module = module_of(path);
        code.files.push((path.clone(), module.clone()));
        let place = Place { file: path.clone(), line: 0, module, is_test: false };
        Reader::new(place, &mut code).read(&file);
    }
    mark_files_of_tests(&mut code);
    code
}

/// The module that a file is.
fn module_of(path: &str) -> ModulePath {
    let mut module: ModulePath = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    module.pop_if(|last| matches!(last.as_str(), "mod" | "lib"));
    module
}

/// What stands in a file that `#[cfg(test)] mod tests;` names is a test, though the file does not say so.
fn mark_files_of_tests(code: &mut Code) {
    let only_tests: Vec<ModulePath> = code
        .children
        .iter()
        .filter(|child| child.is_in_own_file && child.place.is_test)
        .map(|child| below(&child.place.module, &child.name))
        .collect();
    let mark = |place: &mut Place| place.is_test |= only_tests.iter().any(|tests| place.module.starts_with(tests));
    code.children.iter_mut().for_each(|child| mark(&mut child.place));
    code.definitions.iter_mut().for_each(|(_, place)| mark(place));
    code.enums.iter_mut().for_each(|found| mark(&mut found.place));
    code.names.iter_mut().for_each(|named| mark(&mut named.place));
    code.strings.iter_mut().for_each(|(_, place)| mark(place));
}

/// A package made up for a test of the checks.
pub fn made_up(files: &[(&str, &str)]) -> Code {
    read(&files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
}

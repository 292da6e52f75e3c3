//! No picture of a real face goes along with the program: a run keeps held-out faces over their reconstructions among its sheets, and
//! those stay with who trained it.
//!
//! Looks into the folders whose files are handed on. What else users keep in theirs is not asked.

use std::fs;
use std::path::Path;

use super::code::package_folder;

/// Folders of which everything is handed on.
const HANDED_ON: [&str; 3] = ["assets", "docs", "models"];

/// Whether a file, by its path from the package's folder, may show real faces.
fn may_show_real_faces(path: &str) -> bool {
    path.split('/').any(|part| part == "samples" || (part.contains("reconstructions") && part.ends_with(".png")))
}

fn collect(folder: &Path, before: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = format!("{before}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() { collect(&entry.path(), &path, found) } else { found.push(path) }
    }
}

#[test]
fn no_sheet_of_real_faces_is_handed_on() {
    let mut found = Vec::new();
    HANDED_ON.iter().for_each(|folder| collect(&package_folder().join(folder), folder, &mut found));
    assert!(found.iter().any(|path| path.ends_with("preview.png")), "there is something to look at");
    found.retain(|path| may_show_real_faces(path));
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn sheets_of_real_faces_are_found() {
    assert!(may_show_real_faces("models/grown/000001000-reconstructions.png"));
    assert!(may_show_real_faces("assets/growth/samples/000001000-samples.png"));
    assert!(!may_show_real_faces("models/grown/preview.png") && !may_show_real_faces("docs/reconstructions.md"));
}

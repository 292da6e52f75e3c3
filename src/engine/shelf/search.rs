//! Where models and runs are looked for: where something was opened or made before, in the folders around those, in `runs/` and the
//! working folder itself, where models are looked up by name, and in the program.
//!
//! Owns the places and their order. Folders inside those that are found are not looked through.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::item::ShelfItem;
use crate::models::catalog::{self, CatalogEntry, Location};

/// Folders with more in them than this are not of models.
const MOST_ENTRIES: usize = 4096;
/// Where trainings go by default, and what one made beside it.
const USUAL: [&str; 2] = ["runs", "."];

/// Everything that is found, each once: what is `remembered` first and in that order, whether it is still there or not; then its
/// neighbours; then what has a name.
pub(super) fn search(remembered: &[PathBuf]) -> Vec<ShelfItem> {
    search_in(remembered, &USUAL.map(PathBuf::from), &catalog::list())
}

fn search_in(remembered: &[PathBuf], usual: &[PathBuf], named: &[CatalogEntry]) -> Vec<ShelfItem> {
    let mut shelf = Found::default();
    for folder in remembered {
        shelf.put(folder, || Some(ShelfItem::read(folder).unwrap_or_else(|| ShelfItem::gone(folder))));
    }
    let named_folders = named.iter().filter_map(|entry| if let Location::Folder(folder) = &entry.location { Some(folder) } else { None });
    let mut around: Vec<PathBuf> = Vec::new();
    for folder in remembered.iter().filter_map(|folder| folder.parent().map(Path::to_path_buf)).chain(usual.iter().cloned()) {
        if !around.contains(&folder) {
            around.push(folder);
        }
    }
    // What has a name comes at its own place, behind these.
    let is_named: BTreeSet<PathBuf> = named_folders.clone().map(|folder| identity(folder)).collect();
    for folder in around.iter().flat_map(|folder| inside(folder)).filter(|folder| !is_named.contains(&identity(folder))) {
        shelf.put(&folder, || ShelfItem::read(&folder));
    }
    for folder in named_folders {
        shelf.put(folder, || ShelfItem::read(folder));
    }
    let shipped = named.iter().filter(|entry| entry.location == Location::Embedded);
    shelf.items.extend(shipped.filter_map(|entry| ShelfItem::shipped(&entry.name)));
    shelf.items
}

/// What was found so far.
#[derive(Default)]
struct Found {
    items: Vec<ShelfItem>,
    seen: BTreeSet<PathBuf>,
}

impl Found {
    /// Puts what stands in a folder on the shelf, unless that is there by whatever path.
    fn put(&mut self, folder: &Path, read: impl FnOnce() -> Option<ShelfItem>) {
        if self.seen.insert(identity(folder)) {
            self.items.extend(read());
        }
    }
}

/// The same for every path that leads to a folder.
fn identity(folder: &Path) -> PathBuf {
    fs::canonicalize(folder).or_else(|_| std::path::absolute(folder)).unwrap_or_else(|_| folder.to_path_buf())
}

/// The folders in a folder, by name; none of one that is crowded, or that may not be looked into.
fn inside(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut entries: Vec<_> = entries.flatten().take(MOST_ENTRIES + 1).collect();
    if entries.len() > MOST_ENTRIES {
        return Vec::new();
    }
    entries.retain(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    let mut folders: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

#[cfg(test)]
mod tests {
    use super::super::item::ShelfFault;
    use super::*;
    use crate::models::StoredModel;

    fn model_at(folder: PathBuf) -> PathBuf {
        StoredModel::embedded().unwrap().save(&folder, b"").unwrap();
        folder
    }

    #[test]
    fn what_was_opened_comes_first_then_its_neighbours_then_what_has_a_name() {
        let place = tempfile::tempdir().unwrap();
        let [opened, beside, usual, named] =
            ["deep/opened", "deep/beside", "runs/usual", "models/named"].map(|name| model_at(place.path().join(name)));
        let gone = place.path().join("deep/gone");
        fs::create_dir(place.path().join("deep/something")).unwrap();
        model_at(place.path().join("deep/.hidden"));
        let entries = [
            CatalogEntry { name: "named".into(), location: Location::Folder(named.clone()) },
            CatalogEntry { name: catalog::EMBEDDED.into(), location: Location::Embedded },
        ];
        let remembered = [gone.clone(), opened.clone()];
        let usual_places = [place.path().join("runs"), place.path().join("models"), place.path().join("nowhere")];
        let found = search_in(&remembered, &usual_places, &entries);
        let requests: Vec<PathBuf> = found.iter().map(|item| PathBuf::from(&item.request)).collect();
        assert_eq!(requests, [gone.clone(), opened.clone(), beside, usual, named, catalog::EMBEDDED.into()]);
        assert_eq!(found[0].fault, Some(ShelfFault::Gone));
        assert!(found[1..].iter().all(|item| item.fault.is_none()));
        fs::remove_dir_all(place.path().join("deep/beside")).unwrap();
        let found = search_in(&remembered, &[], &[]);
        assert_eq!(found.len(), 2, "what nobody has opened goes without a word");
    }

    #[test]
    fn a_folder_stands_there_once_whatever_leads_to_it() {
        let place = tempfile::tempdir().unwrap();
        let model = model_at(place.path().join("mine"));
        let other_way = place.path().join("mine/../mine");
        let found = search_in(&[model.clone(), other_way], &[place.path().to_path_buf()], &[]);
        assert_eq!(found.iter().map(|item| item.request.as_str()).collect::<Vec<_>>(), [model.to_str().unwrap()]);
    }
}

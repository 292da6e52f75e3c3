//! Where models are looked up, by name or path.
//!
//! Owns the order of places: a path; `FACEFIELD_MODELS`; `models/` of the working folder; `models/` beside the program; the
//! user's data folder; the models that are part of the program.

use std::path::{Path, PathBuf};

use super::shipped::SHIPPED;
use super::{ModelError, StoredModel};

/// The name of the model that the program opens first; like all that ship, it is part of the program.
pub const EMBEDDED: &str = "pca-celeba64";

/// Where a model stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// In a folder.
    Folder(PathBuf),
    /// In the program itself.
    Embedded,
}

/// A model that has a name to be opened by; whether it can be opened, only opening it tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogEntry {
    /// The name to open it by.
    pub name: String,
    /// Where it stands.
    pub location: Location,
}

/// A model, and where it was found.
#[derive(Clone, Debug)]
pub struct PlacedModel {
    /// The model.
    pub stored: StoredModel,
    /// The folder where it stands; `None` for one that is part of the program.
    pub folder: Option<PathBuf>,
}

impl PlacedModel {
    fn open(folder: &Path) -> Result<Self, ModelError> {
        Ok(Self { stored: StoredModel::open(folder)?, folder: Some(folder.to_path_buf()) })
    }
}

/// Opens a model by path or name.
///
/// # Errors
/// [`ModelError`], naming what there is.
pub fn resolve(name_or_path: &str) -> Result<StoredModel, ModelError> {
    place(name_or_path).map(|placed| placed.stored)
}

/// Opens a model by path or name, and says where it stands.
///
/// # Errors
/// [`ModelError`], naming what there is.
pub fn place(name_or_path: &str) -> Result<PlacedModel, ModelError> {
    place_in(name_or_path, &search_folders())
}

fn place_in(name_or_path: &str, folders: &[PathBuf]) -> Result<PlacedModel, ModelError> {
    let path = Path::new(name_or_path);
    if path.exists() || path.components().count() > 1 {
        return PlacedModel::open(path);
    }
    if let Some(folder) = folders.iter().map(|folder| folder.join(name_or_path)).find(|folder| folder.is_dir()) {
        return PlacedModel::open(&folder);
    }
    if let Some(shipped) = StoredModel::shipped(name_or_path) {
        return Ok(PlacedModel { stored: shipped?, folder: None });
    }
    let known = list_in(folders).into_iter().map(|entry| entry.name).collect::<Vec<_>>().join(", ");
    Err(ModelError::UnknownName { name: name_or_path.to_owned(), known })
}

/// All models that can be opened by name; a name that stands in several places is listed where it is found first.
pub fn list() -> Vec<CatalogEntry> {
    list_in(&search_folders())
}

fn list_in(folders: &[PathBuf]) -> Vec<CatalogEntry> {
    let mut entries: Vec<CatalogEntry> = Vec::new();
    for folder in folders {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(folder).map(|entries| entries.flatten().map(|entry| entry.path()).collect()).unwrap_or_default();
        paths.sort();
        for path in paths.into_iter().filter(|path| path.join(super::folder::HEADER).is_file()) {
            let Some(name) = path.file_name().and_then(|name| name.to_str()).map(str::to_owned) else { continue };
            if !entries.iter().any(|entry| entry.name == name) {
                entries.push(CatalogEntry { name, location: Location::Folder(path) });
            }
        }
    }
    for name in SHIPPED.iter().map(|shipped| shipped.name) {
        if !entries.iter().any(|entry| entry.name == name) {
            entries.push(CatalogEntry { name: name.to_owned(), location: Location::Embedded });
        }
    }
    entries
}

/// Whether a model is one of those that are part of the program, wherever it was read from.
pub fn is_shipped(stored: &StoredModel) -> bool {
    let found = StoredModel::shipped(&stored.header.name).and_then(Result::ok);
    found.is_some_and(|shipped| shipped.fingerprint() == stored.fingerprint())
}

/// Where the program may keep what it can compute again; `None` where the user has no such folder.
pub fn user_cache() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "facefield").map(|folders| folders.cache_dir().to_path_buf())
}

fn search_folders() -> Vec<PathBuf> {
    let beside_program = std::env::current_exe().ok().and_then(|path| Some(path.parent()?.join("models")));
    let user = directories::ProjectDirs::from("", "", "facefield").map(|folders| folders.data_dir().join("models"));
    let named = std::env::var_os("FACEFIELD_MODELS").map(PathBuf::from);
    [named, Some(PathBuf::from("models")), beside_program, user].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_ship_are_found_by_name_where_there_is_no_folder() {
        let names: Vec<String> = list_in(&[]).into_iter().map(|entry| entry.name).collect();
        assert_eq!(names, ["autoencoder-celeba32", "gan-celeba32", EMBEDDED]);
        for name in names {
            let PlacedModel { stored, folder } = place_in(&name, &[]).unwrap();
            assert_eq!((stored.header.name.as_str(), folder), (name.as_str(), None));
            assert!(stored.header.licence.contains("non-commercial"), "{name} names its terms");
        }
        let shipped = std::fs::read_dir("models").unwrap().filter(|entry| entry.as_ref().unwrap().path().join("model.ron").is_file());
        assert_eq!(shipped.count(), SHIPPED.len(), "what lies in models/ is part of the program");
    }

    #[test]
    fn the_embedded_model_opens_and_is_found_by_name() {
        let PlacedModel { stored: model, folder } = place_in(EMBEDDED, &[]).unwrap();
        assert_eq!(folder, None);
        assert_eq!((model.header.name.as_str(), model.header.size), (EMBEDDED, 64));
        assert_eq!(model.frame.dim(), model.header.latent_dim);
        let ratios = model.frame.explained_variance_ratio();
        assert!(ratios.windows(2).all(|pair| pair[0] >= pair[1]), "axes are sorted by influence");
        assert!(model.header.licence.contains("non-commercial"));
    }

    #[test]
    fn earlier_places_win_and_unknown_names_are_answered_with_known_ones() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let model = StoredModel::embedded().unwrap();
        for (folder, origin) in [(&first, "first"), (&second, "second")] {
            let mut model = model.clone();
            model.header.origin = origin.into();
            model.save(&folder.path().join("mine"), b"").unwrap();
        }
        let folders = [first.path().to_path_buf(), second.path().to_path_buf()];
        let found = place_in("mine", &folders).unwrap();
        assert_eq!((found.stored.header.origin.as_str(), found.folder), ("first", Some(first.path().join("mine"))));
        assert_eq!(list_in(&folders).len(), 1 + SHIPPED.len(), "mine once, and those of the program");
        let error = place_in("yours", &folders).unwrap_err().to_string();
        assert!(error.contains("mine") && error.contains(EMBEDDED), "{error}");
    }
}

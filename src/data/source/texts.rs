//! Annotation texts inside a source and, as CelebA is handed out, beside it.

use std::fs;
use std::path::{Path, PathBuf};

use super::Source;
use super::entry::{Entry, MAX_FILE_BYTES};
use super::names::{Promise, promise};
use crate::data::DataError;

/// Folders beside CelebA's `Img` in which its annotation texts are handed out.
const TEXT_FOLDERS: [&str; 2] = ["anno", "eval"];

/// An annotation text.
pub struct Text {
    /// As a user would call it.
    pub name: String,
    /// As it stands in the file.
    pub bytes: Vec<u8>,
}

impl Source {
    /// The texts of one kind: those inside, else those beside. The one with the official name comes first.
    ///
    /// # Errors
    /// [`DataError`] where one cannot be read.
    pub fn texts(&self, kind: Promise) -> Result<Vec<Text>, DataError> {
        let inside: Vec<&Entry> = self.texts.iter().filter(|(found, _)| *found == kind).map(|(_, entry)| entry).collect();
        let mut texts = Vec::new();
        for entry in &inside {
            let bytes = self.reader().read(entry).map_err(|reason| DataError::Picture { file: entry.location.clone(), reason })?;
            texts.push(Text { name: entry.location.clone(), bytes });
        }
        if inside.is_empty() {
            for path in self.beside(kind) {
                let length = fs::metadata(&path).map_err(DataError::read(&path))?.len();
                if length <= MAX_FILE_BYTES {
                    let bytes = fs::read(&path).map_err(DataError::read(&path))?;
                    texts.push(Text { name: path.display().to_string(), bytes });
                }
            }
        }
        texts.sort_by_key(|text| text.name.len());
        Ok(texts)
    }

    /// The first place beside the source with texts of one kind, and those.
    fn beside(&self, kind: Promise) -> Vec<PathBuf> {
        // Only a whole path has all of its folders; a link stands in a folder of its own.
        let whole = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let named = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        let mut places = Vec::new();
        for path in [named, whole] {
            let parents: Vec<&Path> = path.ancestors().skip(1).take(2).collect();
            if let Some(beside) = parents.first() {
                places.push(beside.to_path_buf());
            }
            for parent in parents {
                let folders = fs::read_dir(parent).into_iter().flatten().flatten();
                let is_text_folder = |name: &str| TEXT_FOLDERS.iter().any(|known| name.eq_ignore_ascii_case(known));
                places.extend(folders.filter(|entry| entry.file_name().to_str().is_some_and(is_text_folder)).map(|entry| entry.path()));
            }
        }
        let texts_in = |place: PathBuf| -> Vec<PathBuf> {
            let entries = fs::read_dir(place).into_iter().flatten().flatten();
            let mut texts: Vec<PathBuf> =
                entries.filter(|entry| promise(&entry.file_name().to_string_lossy()) == kind).map(|entry| entry.path()).collect();
            texts.retain(|path| path.is_file());
            texts.sort();
            texts
        };
        places.into_iter().map(texts_in).find(|texts| !texts.is_empty()).unwrap_or_default()
    }
}

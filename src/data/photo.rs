//! Single pictures as faces: one's own photo, or a folder of them.

use std::fs;
use std::path::{Path, PathBuf};

use fast_image_resize::Resizer;

use super::crop::crop_and_resize;
use super::decode::decode;
use super::source::is_picture_name;
use super::{Crop, DataError, Faces};

/// Reads one picture as a face of `size` x `size`.
///
/// # Errors
/// [`DataError`] where it cannot be read, is no picture, or is too small for the crop.
pub fn load_face(path: &Path, size: usize, crop: Crop) -> Result<Faces, DataError> {
    let bytes = fs::read(path).map_err(DataError::read(path))?;
    let wrong = |reason| DataError::Picture { file: path.display().to_string(), reason };
    let picture = decode(&bytes).map_err(wrong)?;
    Ok(Faces::new(size, crop_and_resize(&mut Resizer::new(), &picture, crop, size).map_err(wrong)?))
}

/// The pictures that paths name: files as they are, folders by the pictures directly in them, sorted by name.
///
/// # Errors
/// [`DataError`] where a path cannot be read or a folder holds no pictures.
pub fn list_pictures(paths: &[PathBuf]) -> Result<Vec<PathBuf>, DataError> {
    let mut pictures = Vec::new();
    for path in paths {
        if !fs::metadata(path).map_err(DataError::read(path))?.is_dir() {
            pictures.push(path.clone());
            continue;
        }
        let entries = fs::read_dir(path).map_err(DataError::read(path))?;
        let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| is_visible_picture(path)).collect();
        if found.is_empty() {
            return Err(DataError::NoPictures { path: path.clone() });
        }
        found.sort();
        pictures.append(&mut found);
    }
    Ok(pictures)
}

fn is_visible_picture(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    is_picture_name(name) && !name.starts_with('.') && path.is_file()
}

//! Single pictures as faces: one's own photo, or a folder of them.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use fast_image_resize::Resizer;

use super::crop::crop_and_resize;
use super::decode::{Background, Kind, LOOKED_AT, decode};
use super::source::{MAX_FILE_BYTES, is_archive, is_picture_name};
use super::{Crop, DataError, Faces};

/// How deep a folder is looked through for pictures that a message can name.
const DEPTH: usize = 4;

/// Reads one picture as a face of `size` x `size`. What is transparent shows the background.
///
/// # Errors
/// [`DataError`] where it cannot be read, is no picture, or is too small for the crop.
pub fn load_face(path: &Path, size: usize, crop: Crop, background: Background) -> Result<Faces, DataError> {
    let wrong = |reason| DataError::Picture { file: path.display().to_string(), reason };
    // A pipe without a writer would be waited for, and a device never ends.
    if !fs::metadata(path).map_err(DataError::read(path))?.is_file() {
        return Err(wrong("it is no file but a device, pipe or socket".into()));
    }
    let mut bytes = Vec::new();
    let mut file = File::open(path).map_err(DataError::read(path))?;
    (&mut file).take(LOOKED_AT as u64).read_to_end(&mut bytes).map_err(DataError::read(path))?;
    let kind = Kind::of(&bytes);
    if !kind.is_picture() && is_archive(path) {
        return Err(DataError::ArchiveOfPictures { path: path.to_path_buf() });
    }
    // The rest of what is no picture says nothing more.
    if kind.is_picture() {
        file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).map_err(DataError::read(path))?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(wrong("it is larger than 256 MiB".into()));
        }
    }
    let picture = decode(&bytes, background, |width, height| crop.rows(width, height)).map_err(wrong)?;
    Ok(Faces::new(size, crop_and_resize(&mut Resizer::new(), &picture, crop, size).map_err(wrong)?))
}

/// Whether a file is a picture that can be read, told by how it begins.
pub fn is_picture(path: &Path) -> bool {
    let mut start = Vec::new();
    let mut read = || File::open(path).and_then(|file| file.take(LOOKED_AT as u64).read_to_end(&mut start));
    path.is_file() && read().is_ok() && Kind::of(&start).is_picture()
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
        let mut found = pictures_in(path).map_err(DataError::read(path))?;
        if found.is_empty() {
            return Err(match deeper(path, DEPTH) {
                Some(deeper) => DataError::PicturesDeeper { path: path.clone(), deeper },
                None => DataError::NoPictures { path: path.clone(), instead: String::new() },
            });
        }
        pictures.append(&mut found);
    }
    Ok(pictures)
}

/// The pictures directly in a folder, sorted by name.
fn pictures_in(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?;
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| is_visible_picture(path)).collect();
    found.sort();
    Ok(found)
}

/// A folder below with pictures in it.
fn deeper(folder: &Path, depth: usize) -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    let nearest = folders.iter().find(|folder| pictures_in(folder).is_ok_and(|found| !found.is_empty())).cloned();
    nearest.or_else(|| if depth == 0 { None } else { folders.iter().find_map(|folder| deeper(folder, depth - 1)) })
}

fn is_visible_picture(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    is_picture_name(&name) && !name.starts_with('.') && path.is_file()
}

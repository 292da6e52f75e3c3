//! Where pictures go: one sheet, or a folder of single faces. Decided by the extension of `--out`.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use rayon::prelude::*;

use crate::data::{Faces, contact_sheet, face_png, is_png, is_png_folder};
use crate::files::{AtomicFolder, FileError, ensure_replaceable, write_atomically};

/// Where pictures go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PictureTarget {
    /// One PNG file with all faces.
    Sheet(PathBuf),
    /// A folder with one PNG file for each face.
    Folder(PathBuf),
}

impl FromStr for PictureTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = PathBuf::from(text);
        match path.extension().and_then(|extension| extension.to_str()) {
            None => Ok(Self::Folder(path)),
            Some(extension) if extension.eq_ignore_ascii_case("png") => Ok(Self::Sheet(path)),
            Some(other) => Err(format!("a sheet ends in .png and a folder has no extension, but this ends in .{other}")),
        }
    }
}

impl PictureTarget {
    /// The path, whichever it is.
    pub fn path(&self) -> &Path {
        match self {
            Self::Sheet(path) | Self::Folder(path) => path,
        }
    }

    /// Refuses early what would be refused at the end.
    ///
    /// # Errors
    /// [`FileError::OtherKind`] where something else stands there.
    pub fn ensure_replaceable(&self) -> Result<(), FileError> {
        match self {
            Self::Sheet(path) => ensure_replaceable(path, "a PNG picture", is_png),
            Self::Folder(path) => ensure_replaceable(path, "a folder of PNG pictures", is_png_folder),
        }
    }
}

/// Writes a sheet of faces in rows of `columns`.
///
/// # Errors
/// [`FileError`]; nothing half-written is left.
pub fn write_sheet(path: &Path, faces: &Faces, columns: usize) -> Result<(), FileError> {
    ensure_replaceable(path, "a PNG picture", is_png)?;
    write_atomically(path, &contact_sheet(faces, columns).to_png())
}

/// Adds faces to a folder under construction, one file for each.
///
/// # Errors
/// [`FileError`] where the disk refuses.
pub fn write_faces(folder: &AtomicFolder, faces: &Faces, name: impl Fn(usize) -> String + Sync) -> Result<(), FileError> {
    (0..faces.count()).into_par_iter().try_for_each(|index| folder.write(&name(index), &face_png(faces.size(), faces.face(index))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_decides() {
        assert_eq!("a/b.PNG".parse(), Ok(PictureTarget::Sheet("a/b.PNG".into())));
        assert_eq!("a/faces".parse(), Ok(PictureTarget::Folder("a/faces".into())));
        assert!("faces.jpg".parse::<PictureTarget>().is_err());
    }

    #[test]
    fn only_pictures_are_replaced() {
        let place = tempfile::tempdir().unwrap();
        let sheet = place.path().join("x.png");
        std::fs::write(&sheet, "notes").unwrap();
        assert!(PictureTarget::Sheet(sheet.clone()).ensure_replaceable().is_err());
        assert!(PictureTarget::Folder(place.path().to_path_buf()).ensure_replaceable().is_ok(), "named like pictures, all of them");
        std::fs::write(place.path().join("thesis.tex"), "").unwrap();
        assert!(PictureTarget::Folder(place.path().to_path_buf()).ensure_replaceable().is_err());
    }
}

//! Where pictures go: one sheet, or a folder of single faces. Decided by the extension of `--out`.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use rayon::prelude::*;

use clap::Args;

use crate::data::{Faces, PICTURE, PICTURES, contact_sheet, face_png};
use crate::files::{AtomicFolder, FileError, OutputFile, Replace, known_ending, write_output};

/// What `--out` may take the place of.
#[derive(Clone, Copy, Debug, Args)]
pub struct OverwriteArgs {
    /// Replace the file at --out also where facefield did not write it, or where it was changed since. Folders with other things in
    /// them, and runs, are never replaced.
    #[arg(long)]
    overwrite: bool,
}

impl OverwriteArgs {
    /// What was allowed.
    pub fn replace(self) -> Replace {
        Replace::any_if(self.overwrite)
    }
}

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
        match known_ending(&path).as_deref() {
            _ if text.is_empty() => Err("a name is missing".into()),
            None => Ok(Self::Folder(path)),
            Some("png") => Ok(Self::Sheet(path)),
            Some(other) => Err(format!("a sheet ends in .png, and the name of a folder in no known format, but this ends in .{other}")),
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
    /// [`FileError::Taken`] where something stands there that is not to be replaced.
    pub fn ensure_replaceable(&self, replace: Replace) -> Result<(), FileError> {
        match self {
            Self::Sheet(path) => PICTURE.ensure_replaceable(OutputFile { path, replace }),
            Self::Folder(path) => PICTURES.ensure_replaceable(path),
        }
    }
}

/// Writes a sheet of faces in rows of `columns`.
///
/// # Errors
/// [`FileError`]; nothing half-written is left.
pub fn write_sheet(path: &Path, faces: &Faces, columns: usize, replace: Replace) -> Result<(), FileError> {
    write_output(OutputFile { path, replace }, PICTURE, &contact_sheet(faces, columns).to_png())
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
        assert_eq!("faces_0.5".parse(), Ok(PictureTarget::Folder("faces_0.5".into())));
        assert!("faces.jpg".parse::<PictureTarget>().is_err() && "".parse::<PictureTarget>().is_err());
    }

    #[test]
    fn only_own_pictures_are_replaced() {
        let place = tempfile::tempdir().unwrap();
        let folder = PictureTarget::Folder(place.path().to_path_buf());
        let sheet = place.path().join("x.png");
        let faces = Faces::new(4, vec![7; 48]);
        write_sheet(&sheet, &faces, 1, Replace::Own).unwrap();
        write_sheet(&sheet, &faces, 1, Replace::Own).unwrap();
        folder.ensure_replaceable(Replace::Own).unwrap();
        image::RgbImage::new(4, 4).save(&sheet).unwrap();
        assert!(write_sheet(&sheet, &faces, 1, Replace::Own).is_err() && folder.ensure_replaceable(Replace::Any).is_err());
        write_sheet(&sheet, &faces, 1, Replace::Any).unwrap();
    }
}

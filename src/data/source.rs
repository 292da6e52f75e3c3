//! Where pictures come from: a folder or a zip archive, told by content rather than by name.
//!
//! Owns listing and reading; what the bytes mean is decided by `decode` and `annotations`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;
use zip::ZipArchive;

use super::DataError;
use super::annotations::{ATTRIBUTES_FILE, Annotations, PARTITION_FILE};
use super::decode::looks_like_html;

/// Folders beside CelebA's `Img` in which its annotation texts are handed out.
const TEXT_FOLDERS: [&str; 2] = ["Anno", "Eval"];
/// A picture file larger than this is not read into memory.
const MAX_FILE_BYTES: u64 = 256 << 20;

/// A folder or zip of pictures, listed but not read.
pub struct Source {
    path: PathBuf,
    place: Place,
    pictures: Vec<Entry>,
    texts: HashMap<&'static str, Entry>,
}

enum Place {
    Folder,
    Zip(Archive),
}

type Archive = ZipArchive<Cursor<SharedBytes>>;

/// A picture of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its file name; with its folder where the file name alone is not unique.
    pub name: String,
    location: String,
    /// Its place in an archive.
    index: usize,
}

/// A memory-mapped file that many readers share.
#[derive(Clone)]
struct SharedBytes(Arc<Mmap>);

impl AsRef<[u8]> for SharedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Reads the entries of one source. Each thread has its own.
pub struct Reader {
    folder: PathBuf,
    archive: Option<Archive>,
}

impl Source {
    /// Lists a folder (with its sub-folders) or a zip.
    ///
    /// # Errors
    /// [`DataError`] where the path cannot be read, is something else, or holds no pictures.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let metadata = fs::metadata(path).map_err(DataError::read(path))?;
        let (place, files) = if metadata.is_dir() {
            let mut files = Vec::new();
            list_folder(path, "", &mut files)?;
            (Place::Folder, files)
        } else {
            let archive = open_zip(path)?;
            // A name in an unknown encoding keeps its place, so that places go on matching the archive's.
            let files = archive.file_names().map(|name| name.map(Cow::into_owned).unwrap_or_default()).collect();
            (Place::Zip(archive), files)
        };
        let entries: Vec<Entry> = files.into_iter().enumerate().filter(|(_, file)| !is_hidden(file)).map(entry).collect();
        let (pictures, others): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(|entry| is_picture_name(&entry.name));
        if pictures.is_empty() {
            return Err(DataError::NoPictures { path: path.to_path_buf() });
        }
        let text = |wanted: &'static str| others.iter().find(|entry| entry.name == wanted).map(|entry| (wanted, entry.clone()));
        let texts = [ATTRIBUTES_FILE, PARTITION_FILE].into_iter().filter_map(text).collect();
        Ok(Self { path: path.to_path_buf(), place, pictures: in_order(pictures), texts })
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its pictures by file name.
    pub fn pictures(&self) -> &[Entry] {
        &self.pictures
    }

    /// A reader for one thread.
    pub fn reader(&self) -> Reader {
        let archive = match &self.place {
            Place::Folder => None,
            Place::Zip(archive) => Some(archive.clone()),
        };
        Reader { folder: self.path.clone(), archive }
    }

    /// Reads the annotation texts inside the source or, as CelebA is handed out, beside it.
    ///
    /// # Errors
    /// [`DataError`] where a text cannot be read or makes no sense.
    pub fn annotations(&self) -> Result<Annotations, DataError> {
        let mut annotations = Annotations::default();
        if let Some(text) = self.text(ATTRIBUTES_FILE)? {
            annotations.read_attributes(&text)?;
        }
        if let Some(text) = self.text(PARTITION_FILE)? {
            annotations.read_partition(&text)?;
        }
        Ok(annotations)
    }

    fn text(&self, name: &str) -> Result<Option<String>, DataError> {
        if let Some(entry) = self.texts.get(name) {
            let bytes = self.reader().read(entry).map_err(|reason| DataError::Picture { file: name.to_owned(), reason })?;
            return Ok(Some(String::from_utf8_lossy(&bytes).into_owned()));
        }
        // Only a whole path has all of its folders.
        let whole = fs::canonicalize(&self.path).map_err(DataError::read(&self.path))?;
        let beside = whole.parent().map(Path::to_path_buf).unwrap_or_default();
        let above = beside.parent().map(Path::to_path_buf);
        let in_text_folders = above.into_iter().flat_map(|above| TEXT_FOLDERS.map(|folder| above.join(folder)));
        let found = std::iter::once(beside.clone()).chain(in_text_folders).map(|folder| folder.join(name)).find(|path| path.is_file());
        match found {
            Some(path) => {
                let bytes = fs::read(&path).map_err(DataError::read(&path))?;
                Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
            }
            None => Ok(None),
        }
    }
}

impl Reader {
    /// The bytes of an entry.
    ///
    /// # Errors
    /// A short reason, as it stands in lists of damaged pictures.
    pub fn read(&mut self, entry: &Entry) -> Result<Vec<u8>, String> {
        let unreadable = |error: std::io::Error| format!("it cannot be read ({error})");
        let mut bytes = Vec::new();
        match &mut self.archive {
            Some(archive) => {
                let file = archive.by_index(entry.index).map_err(|error| format!("the archive is damaged there ({error})"))?;
                file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
            }
            None => {
                let file = File::open(self.folder.join(&entry.location)).map_err(unreadable)?;
                file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
            }
        }
        Ok(bytes)
    }
}

/// True for names that end like a picture's.
pub fn is_picture_name(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["jpg", "jpeg", "png"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// Files of the system that made the archive, and folders themselves.
fn is_hidden(file: &str) -> bool {
    file.ends_with('/') || file.split('/').any(|part| part.starts_with('.') || part == "__MACOSX")
}

fn entry((index, location): (usize, String)) -> Entry {
    let name = location.rsplit('/').next().unwrap_or(&location).to_owned();
    Entry { name, location, index }
}

/// Sorted by file name; names that occur twice are told apart by their folders.
fn in_order(mut pictures: Vec<Entry>) -> Vec<Entry> {
    pictures.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.location.cmp(&b.location)));
    let mut counts: HashMap<String, usize> = HashMap::new();
    for picture in &pictures {
        *counts.entry(picture.name.clone()).or_default() += 1;
    }
    for picture in pictures.iter_mut().filter(|picture| counts[&picture.name] > 1) {
        picture.name.clone_from(&picture.location);
    }
    pictures
}

fn list_folder(folder: &Path, prefix: &str, files: &mut Vec<String>) -> Result<(), DataError> {
    for entry in fs::read_dir(folder).map_err(DataError::read(folder))? {
        let entry = entry.map_err(DataError::read(folder))?;
        let Some(name) = entry.file_name().to_str().map(|name| format!("{prefix}{name}")) else { continue };
        let path = entry.path();
        // Links to folders may lead in circles; links to files do no harm.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            list_folder(&path, &format!("{name}/"), files)?;
        } else if path.is_file() {
            files.push(name);
        }
    }
    Ok(())
}

/// True for a file that is a whole zip archive.
pub fn is_zip(path: &Path) -> bool {
    open_zip(path).is_ok()
}

fn open_zip(path: &Path) -> Result<Archive, DataError> {
    let archive_error = |reason: String| DataError::Archive { path: path.to_path_buf(), reason };
    let file = File::open(path).map_err(DataError::read(path))?;
    // SAFETY: the mapping is only read; another program that cuts the file short meanwhile would end this one, as with any mapped file.
    let map = unsafe { Mmap::map(&file) }.map_err(DataError::read(path))?;
    let start = map[..map.len().min(512)].to_vec();
    ZipArchive::new(Cursor::new(SharedBytes(Arc::new(map)))).map_err(|error| {
        archive_error(match start.as_slice() {
            [] => "is empty. Download it again".into(),
            _ if looks_like_html(&start) => {
                "is an HTML page, not a zip: the download was answered by a web page (often a quota or login notice). Open it in a \
                 browser to see why, then download the archive again"
                    .into()
            }
            [b'P', b'K', ..] => format!("is a zip that is cut short or damaged ({error}). Download it again"),
            [0xFF, 0xD8, ..] | [0x89, b'P', b'N', b'G', ..] => "is a single picture. Name the folder that holds it".into(),
            _ => "is neither a folder nor a zip archive. Name CelebA's img_align_celeba.zip, or a folder or zip of pictures".into(),
        })
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn names(source: &Source) -> Vec<&str> {
        source.pictures().iter().map(|entry| entry.name.as_str()).collect()
    }

    #[test]
    fn a_folder_and_its_zip_list_alike() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("faces");
        let files = ["b/2.jpg", "a/10.PNG", "a/1.jpeg", "b/.hidden.jpg", "list_attr_celeba.txt", "notes.md"];
        let zip_path = place.path().join("faces.bin");
        let mut zip = zip::ZipWriter::new(File::create(&zip_path).unwrap());
        for file in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
            zip.start_file(file, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(file.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        for path in [folder, zip_path] {
            let source = Source::open(&path).unwrap();
            assert_eq!(names(&source), ["1.jpeg", "10.PNG", "2.jpg"]);
            let mut reader = source.reader();
            assert_eq!(reader.read(&source.pictures()[2]).unwrap(), b"b/2.jpg");
        }
    }

    #[test]
    fn names_that_occur_twice_keep_their_folder() {
        let place = tempfile::tempdir().unwrap();
        for file in ["x/1.jpg", "y/1.jpg", "y/2.jpg"] {
            let path = place.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        assert_eq!(names(&Source::open(place.path()).unwrap()), ["x/1.jpg", "y/1.jpg", "2.jpg"]);
    }

    #[test]
    fn what_is_no_archive_is_named() {
        let place = tempfile::tempdir().unwrap();
        let message = |bytes: &[u8]| {
            let path = place.path().join("img_align_celeba.zip");
            fs::write(&path, bytes).unwrap();
            Source::open(&path).err().expect("this is no archive").to_string()
        };
        assert!(message(b"<!DOCTYPE html><html>quota exceeded").contains("HTML"));
        assert!(message(b"PK\x03\x04 and then nothing").contains("cut short"));
        assert!(message(b"hello").contains("neither"));
        assert!(message(b"").contains("empty"));
        let nothing = Source::open(&place.path().join("nowhere")).err().unwrap().to_string();
        assert!(nothing.contains("nowhere"), "{nothing}");
        fs::create_dir(place.path().join("bare")).unwrap();
        let bare = Source::open(&place.path().join("bare")).err().unwrap().to_string();
        assert!(bare.contains("no pictures"), "{bare}");
    }
}

//! The one rule of every output: what facefield wrote itself is replaced in one step, anything else is left alone and named.
//!
//! A file of others is replaced only where that was asked for; a folder with anything of others in it never is. Runs are hours of work:
//! nothing that belongs to one is replaced from outside.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::partial::is_alive;
use super::{FileError, follow, is_partial, parent_folder};

use crate::words::Advice;

/// What operating systems leave in folders without being asked.
const OF_THE_SYSTEM: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];
/// The file that makes a folder a run.
const RUN: &str = "run.ron";
/// What a run owns; anything else in its folder is the user's.
const OF_A_RUN: [&str; 11] = [
    "run.ron",
    "model.ron",
    "weights.safetensors",
    "inverter.safetensors",
    "preview.png",
    "curves.csv",
    "events.csv",
    "samples",
    "checkpoints",
    "snapshots",
    "run.lock",
];

/// Which files an output may take the place of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replace {
    /// Those that facefield wrote and nobody changed since.
    #[default]
    Own,
    /// Any: the user was asked, or said so.
    Any,
    /// None: a name that is free was wanted.
    Nothing,
}

impl Replace {
    /// `Any` where the user allows it.
    pub fn any_if(allowed: bool) -> Self {
        if allowed { Self::Any } else { Self::Own }
    }
}

/// A file that the user names as output.
#[derive(Clone, Copy, Debug)]
pub struct OutputFile<'a> {
    /// Where it goes.
    pub path: &'a Path,
    /// What it may take the place of.
    pub replace: Replace,
}

impl<'a, P: AsRef<Path> + ?Sized> From<&'a P> for OutputFile<'a> {
    /// One that takes the place of facefield's own files only.
    fn from(path: &'a P) -> Self {
        Self { path: path.as_ref(), replace: Replace::Own }
    }
}

/// A kind of file that facefield writes.
#[derive(Clone, Copy, Debug)]
pub struct FileKind {
    /// What it is: "a face cache".
    pub name: &'static str,
    /// Whether a file is of this kind, and as facefield wrote it.
    pub is_own: fn(&Path) -> bool,
}

/// A kind of folder that facefield writes.
#[derive(Clone, Copy, Debug)]
pub struct FolderKind {
    /// What it is: "a model".
    pub name: &'static str,
    /// The name of something in a folder that facefield did not write, or that was changed since; `None` where all of it is its own.
    pub foreign: fn(&Path) -> Option<String>,
}

impl FileKind {
    /// Refuses to write where something stands that is not to be replaced.
    ///
    /// # Errors
    /// [`FileError::Taken`], naming what stands there and what to do.
    pub fn ensure_replaceable<'a>(&self, output: impl Into<OutputFile<'a>>) -> Result<(), FileError> {
        let OutputFile { path, replace } = output.into();
        let Some(metadata) = there(path)? else { return Ok(()) };
        if metadata.is_dir() {
            return Err(taken(path, format!("is a folder, and {} is a file", self.name), (Advice::Plain("name a file"), "")));
        }
        ensure_file(path, &metadata)?;
        match replace {
            Replace::Any => return Ok(()),
            Replace::Nothing => return Err(taken(path, "already exists".into(), (Advice::AnotherFile, ""))),
            Replace::Own => {}
        }
        if is_protected(&metadata) {
            return Err(taken(path, "is write-protected".into(), (Advice::AnotherFile, ", or take the protection away")));
        }
        if !(self.is_own)(path) {
            let what = format!("already exists and is not {} that facefield wrote, or was changed since", self.name);
            return Err(taken(path, what, (Advice::AnotherFileOrOverwrite, "")));
        }
        Ok(())
    }
}

impl FolderKind {
    /// Refuses to write where something stands that is not to be replaced.
    ///
    /// # Errors
    /// [`FileError::Taken`], naming what stands there and what to do.
    pub fn ensure_replaceable(&self, path: &Path) -> Result<(), FileError> {
        if let Some(run) = run_of(path) {
            return Err(part_of_run(path, run));
        }
        if path.join(RUN).is_file() {
            let what = "is a run, hours of training".into();
            return Err(taken(path, what, (Advice::AnotherFolderThanRun, "")));
        }
        self.ensure_own(path)
    }

    /// The same for who may replace runs.
    ///
    /// # Errors
    /// [`FileError::Taken`], naming what stands there and what to do.
    pub fn ensure_own(&self, path: &Path) -> Result<(), FileError> {
        let Some(metadata) = there(path)? else { return Ok(()) };
        if !metadata.is_dir() {
            ensure_file(path, &metadata)?;
            return Err(taken(path, format!("is a file, and {} is a folder", self.name), (Advice::AnotherFolder, "")));
        }
        let foreign = if contents(path).map_err(FileError::io("read", path))?.is_empty() { None } else { (self.foreign)(path) };
        match foreign {
            None => Ok(()),
            Some(name) => {
                let what = format!("holds {name}, which is not of {} that facefield wrote, or was changed since", self.name);
                Err(taken(path, what, (Advice::AnotherFolder, ": nothing replaces a folder with other things in it")))
            }
        }
    }
}

/// What stands at a path, behind all links; `None` where nothing does.
fn there(path: &Path) -> Result<Option<Metadata>, FileError> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::io("write", path)(error)),
    }
}

fn taken(path: &Path, what: String, (advice, more): (Advice, &'static str)) -> FileError {
    FileError::Taken { path: path.to_path_buf(), what, advice, more }
}

fn part_of_run(path: &Path, run: PathBuf) -> FileError {
    taken(path, format!("belongs to the run {}", run.display()), (Advice::AnotherOutputThanRun, ""))
}

/// Refuses devices and pipes, and what belongs to a run.
fn ensure_file(path: &Path, metadata: &Metadata) -> Result<(), FileError> {
    if !metadata.is_file() {
        return Err(taken(path, "is a device or a pipe, and no file".into(), (Advice::File, "")));
    }
    match run_of(path) {
        Some(run) => Err(part_of_run(path, run)),
        None => Ok(()),
    }
}

/// The run that a file or folder belongs to: it stands in a run's folder, at most two folders up, under a name that the run owns.
/// Links and the folder that one works in are seen through.
fn run_of(path: &Path) -> Option<PathBuf> {
    let place = follow(path);
    let whole = fs::canonicalize(&place)
        .or_else(|_| Ok::<_, io::Error>(fs::canonicalize(parent_folder(&place))?.join(place.file_name().unwrap_or_default())));
    let whole = whole.ok()?;
    let mut inner = whole.as_path();
    for _ in 0..3 {
        let (folder, name) = (inner.parent()?, inner.file_name()?);
        if folder.join(RUN).is_file() && OF_A_RUN.iter().any(|known| name == *known) {
            return Some(folder.to_path_buf());
        }
        inner = folder;
    }
    None
}

fn is_protected(metadata: &Metadata) -> bool {
    metadata.permissions().readonly()
}

/// The names in a folder, without what systems and killed writes leave there. What is being written there is somebody's.
pub(super) fn contents(folder: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    let names: Result<Vec<_>, _> = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.file_name())).collect();
    let is_left = |name: &std::ffi::OsString| is_partial(name) && !is_alive(&folder.join(name));
    let is_content = |name: &std::ffi::OsString| !is_left(name) && !OF_THE_SYSTEM.iter().any(|known| name == *known);
    Ok(names?.into_iter().filter(is_content).collect())
}

/// True for a folder with nothing in it but what systems and killed writes leave.
pub fn is_vacant(folder: &Path) -> bool {
    contents(folder).is_ok_and(|names| names.is_empty())
}

impl FolderKind {
    /// For `foreign` of folders that hold files of one kind only: the first thing that is not such a file.
    pub fn first_that_is_not(folder: &Path, is_own: impl Fn(&Path) -> bool) -> Option<String> {
        let Ok(mut names) = contents(folder) else { return Some("what may not be read".into()) };
        names.sort();
        names.into_iter().find(|name| !is_own(&folder.join(name))).map(|name| name.to_string_lossy().into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: FileKind = FileKind { name: "a note", is_own: is_note };
    const NOTES: FolderKind = FolderKind { name: "a folder of notes", foreign: |folder| FolderKind::first_that_is_not(folder, is_note) };

    fn is_note(path: &Path) -> bool {
        super::super::starts_with(path, b"note")
    }

    fn refusal(result: Result<(), FileError>) -> String {
        result.expect_err("it is not to be replaced").to_string()
    }

    #[test]
    fn files_of_others_are_left_alone_unless_asked() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("x.txt");
        NOTE.ensure_replaceable(&path).unwrap();
        fs::write(&path, "note 1").unwrap();
        NOTE.ensure_replaceable(&path).unwrap();
        let wants_free_name = OutputFile { path: &path, replace: Replace::Nothing };
        assert!(refusal(NOTE.ensure_replaceable(wants_free_name)).contains("already exists"), "also facefield's own");
        fs::write(&path, "thesis").unwrap();
        let message = refusal(NOTE.ensure_replaceable(&path));
        assert!(message.contains("x.txt") && message.contains("let this one be replaced"), "{message}");
        NOTE.ensure_replaceable(OutputFile { path: &path, replace: Replace::Any }).unwrap();
        for replace in [Replace::Own, Replace::Any] {
            assert!(refusal(NOTE.ensure_replaceable(OutputFile { path: place.path(), replace })).contains("is a folder"));
            let below = refusal(NOTE.ensure_replaceable(OutputFile { path: &path.join("below.txt"), replace }));
            assert!(below.contains("is a file and no folder"), "{below}");
        }
    }

    #[test]
    fn a_folder_with_anything_of_others_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("notes");
        NOTES.ensure_replaceable(&folder).unwrap();
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(".DS_Store"), "of the system").unwrap();
        NOTES.ensure_replaceable(&folder).unwrap();
        fs::write(folder.join("1.txt"), "note").unwrap();
        fs::write(folder.join(".facefield-notes-123456.partial"), "half").unwrap();
        NOTES.ensure_replaceable(&folder).unwrap();
        let written = super::super::AtomicFile::create(&folder.join("film.mp4")).unwrap();
        assert!(refusal(NOTES.ensure_replaceable(&folder)).contains("holds .facefield-film.mp4-"), "somebody writes there");
        drop(written);
        NOTES.ensure_replaceable(&folder).unwrap();
        fs::create_dir(folder.join("2.txt")).unwrap();
        assert!(refusal(NOTES.ensure_replaceable(&folder)).contains("holds 2.txt"), "a folder inside is never its own");
        fs::write(place.path().join("file"), "note").unwrap();
        assert!(refusal(NOTES.ensure_replaceable(&place.path().join("file"))).contains("is a file"));
    }

    #[test]
    fn runs_are_not_replaced_from_outside() {
        let place = tempfile::tempdir().unwrap();
        let run = place.path().join("run");
        fs::create_dir_all(run.join("samples")).unwrap();
        for own in ["run.ron", "preview.png", "samples/000010.png", "mine.png"] {
            fs::write(run.join(own), "note").unwrap();
        }
        assert!(refusal(NOTES.ensure_replaceable(&run)).contains("is a run"));
        assert!(refusal(NOTES.ensure_replaceable(&run.join("samples"))).contains("belongs to the run"));
        for own in ["preview.png", "samples/000010.png"] {
            assert!(
                refusal(NOTE.ensure_replaceable(OutputFile { path: &run.join(own), replace: Replace::Any })).contains("belongs to the run"),
                "{own}"
            );
        }
        NOTE.ensure_replaceable(OutputFile { path: &run.join("mine.png"), replace: Replace::Own }).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn devices_and_protected_files_are_no_outputs() {
        use std::os::unix::fs::PermissionsExt;
        assert!(refusal(NOTE.ensure_replaceable(OutputFile { path: Path::new("/dev/null"), replace: Replace::Any })).contains("device"));
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("x.txt");
        fs::write(&path, "note").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        assert!(refusal(NOTE.ensure_replaceable(&path)).contains("write-protected"));
        NOTE.ensure_replaceable(OutputFile { path: &path, replace: Replace::Any }).unwrap();
    }
}

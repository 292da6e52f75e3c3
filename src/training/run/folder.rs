//! A run folder: a training on disk, and a model folder too.
//!
//! Owns its layout (`run.ron`, `curves.csv`, `events.csv`, `samples/`, `checkpoints/`, `snapshots/`, and the model of the averaged weights)
//! and the lock that keeps two processes from training the same run.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::aside::is_set_aside;
use super::curves::{CurveFile, CurvePoint, Curves};
use super::events::{EventFile, LastSeen};
use super::names::{CHECKPOINTS, CURVES, EVENTS, LOCK, RUN, SAMPLES, SNAPSHOTS};
use super::snapshots::step_of;
use super::spec::{RunSpec, read_spec};
use crate::files::{AtomicFolder, FileError, FolderKind, clear_partials, follow, is_partial, is_vacant};
use crate::models::{FIGURES, HEADER, INVERTER, PREVIEW, WEIGHTS, is_model_folder};
use crate::training::error::TrainingError;

/// So often the lock is tried to be had.
const TRIES: u32 = 4;
/// After the first try, and twice and three times as long after the next ones.
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// A run folder, locked for training.
pub struct RunFolder {
    path: PathBuf,
    _lock: File,
}

/// A run, or a model.
const RUN_FOLDER: FolderKind =
    FolderKind { name: "a run", foreign: |path| if is_model_folder(path) { None } else { foreign_in_run(path) } };

/// The first thing in a folder that no run has.
fn foreign_in_run(path: &Path) -> Option<String> {
    const KNOWN: [&str; 12] = [RUN, CURVES, EVENTS, SAMPLES, CHECKPOINTS, SNAPSHOTS, LOCK, HEADER, WEIGHTS, PREVIEW, FIGURES, INVERTER];
    let is_known = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        is_old_log(name) || KNOWN.iter().any(|known| name == *known)
    };
    let is_run = path.join(RUN).is_file();
    let inside = |folder: &str, is_own: &dyn Fn(&Path) -> bool| {
        let folder_path = path.join(folder);
        let found = if folder_path.is_dir() { FolderKind::first_that_is_not(&folder_path, is_own) } else { None };
        found.map(|name| format!("{folder}/{name}"))
    };
    FolderKind::first_that_is_not(path, |path| is_run && is_known(path))
        .or_else(|| inside(SAMPLES, &is_sheet))
        .or_else(|| inside(CHECKPOINTS, &is_checkpoint))
        .or_else(|| inside(SNAPSHOTS, &|path| path.is_file() && path.file_name().is_some_and(|name| step_of(name).is_some())))
}

/// `000000500-samples.png`, and the like.
fn is_sheet(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let kind = name.split_once('-').filter(|(step, _)| step.bytes().all(|byte| byte.is_ascii_digit())).map(|(_, kind)| kind);
    path.is_file() && matches!(kind, Some("samples.png" | "reconstructions.png"))
}

/// A folder named by its step with the files of a checkpoint and nothing else, or one that was set aside.
fn is_checkpoint(path: &Path) -> bool {
    const FILES: [&str; 6] =
        ["state.ron", "weights.safetensors", "ema.safetensors", "optimizer.safetensors", "averages.safetensors", "frame.safetensors"];
    let name = path.file_name().unwrap_or_default();
    let is_step = name.to_string_lossy().bytes().all(|byte| byte.is_ascii_digit()) || is_set_aside(name);
    let is_file = |path: &Path| path.is_file() && FILES.iter().any(|known| path.file_name().is_some_and(|name| name == *known));
    is_step && path.is_dir() && FolderKind::first_that_is_not(path, is_file).is_none()
}

/// True for a folder that holds a run and nothing else, or a model, or nothing at all.
pub fn is_run_folder(path: &Path) -> bool {
    if is_model_folder(path) {
        return true;
    }
    path.join(RUN).is_file() && foreign_in_run(path).is_none()
}

/// Curves or events that could not be understood and were set aside.
fn is_old_log(name: &std::ffi::OsStr) -> bool {
    is_set_aside(name) && name.to_str().is_some_and(|name| name.starts_with("curves-") || name.starts_with("events-"))
}

/// Removes what a write that came too late has left where a run folder stood. A folder with anything else in it stays.
pub fn remove_remains(path: &Path) {
    let known = [CURVES, EVENTS, SAMPLES, CHECKPOINTS, SNAPSHOTS, HEADER, WEIGHTS, PREVIEW, FIGURES, INVERTER];
    let Ok(entries) = fs::read_dir(path) else { return };
    let is_known = |name: &std::ffi::OsStr| is_partial(name) || known.iter().any(|known| name == *known);
    if entries.flatten().all(|entry| is_known(&entry.file_name())) {
        fs::remove_dir_all(path).ok();
    }
}

/// Whether a process trains the run at this moment.
pub fn is_locked(path: &Path) -> bool {
    File::open(path.join(LOCK)).is_ok_and(|file| matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock)))
}

/// Takes the lock, unless another process has it: then this is true. Who only looks whether it is taken has it for a moment.
fn is_taken(lock: &File) -> bool {
    (0..TRIES).all(|tries| {
        std::thread::sleep(BETWEEN_TRIES * tries);
        // File systems without locks train all the same.
        matches!(lock.try_lock(), Err(fs::TryLockError::WouldBlock))
    })
}

impl RunFolder {
    /// Makes a new run folder. `overwrite`: in place of a run that stands there.
    ///
    /// # Errors
    /// [`TrainingError::Exists`] where something stands there already, [`TrainingError::File`] where it cannot be written.
    pub fn create(path: &Path, spec: &RunSpec, overwrite: bool) -> Result<Self, TrainingError> {
        ensure_free(path, overwrite)?;
        new_folder(path, spec)?.commit()?;
        Self::lock(path)
    }

    /// Opens a run folder to go on with it.
    ///
    /// # Errors
    /// [`TrainingError::NotARun`], [`TrainingError::Busy`].
    pub fn open(path: &Path) -> Result<(Self, RunSpec), TrainingError> {
        let spec = read_spec(path)?;
        for inner in [SAMPLES, CHECKPOINTS] {
            fs::create_dir_all(path.join(inner)).map_err(FileError::io("create", &path.join(inner)))?;
        }
        Ok((Self::lock(path)?, spec))
    }

    fn lock(path: &Path) -> Result<Self, TrainingError> {
        let lock_path = path.join(LOCK);
        let lock = File::create(&lock_path).map_err(FileError::io("write", &lock_path))?;
        if is_taken(&lock) {
            return Err(TrainingError::Busy { path: path.to_path_buf() });
        }
        [path.to_path_buf(), path.join(SAMPLES), path.join(CHECKPOINTS), path.join(SNAPSHOTS)]
            .iter()
            .for_each(|folder| clear_partials(folder));
        Ok(Self { path: path.to_path_buf(), _lock: lock })
    }

    /// Removes the run: for one that was just made and is not wanted after all.
    pub fn discard(self) {
        // What cannot be removed stays a run that may be overwritten.
        fs::remove_dir_all(follow(&self.path)).ok();
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it still stands there.
    pub fn is_there(&self) -> bool {
        self.path.join(RUN).is_file()
    }

    /// The folder of checkpoints.
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join(CHECKPOINTS)
    }

    /// The picture of a step: `kind` is "samples" or "reconstructions".
    pub fn sample_path(path: &Path, step: u64, kind: &str) -> PathBuf {
        path.join(SAMPLES).join(format!("{step:09}-{kind}.png"))
    }

    /// The curves as they stand on the disk; none where they cannot be read.
    pub fn curves(&self) -> Curves {
        Curves::parse(&fs::read_to_string(self.path.join(CURVES)).unwrap_or_default())
    }

    /// The last point of the curves, with the figures of `names`.
    pub fn last_point(&self, names: &[&str]) -> Option<CurvePoint> {
        self.curves().last_of(names)
    }

    /// Opens curves and events, without what comes after a point of the run.
    ///
    /// # Errors
    /// [`TrainingError::File`].
    pub fn logs(&self, loss_names: &[&str], last: LastSeen) -> Result<(CurveFile, EventFile), TrainingError> {
        Ok((CurveFile::open(&self.path.join(CURVES), loss_names, last.step)?, EventFile::open(&self.path.join(EVENTS), last)?))
    }
}

/// Refuses to make a run where something stands that may not be replaced.
pub fn ensure_free(path: &Path, overwrite: bool) -> Result<(), TrainingError> {
    if path.exists() && !is_vacant(path) {
        RUN_FOLDER.ensure_own(path)?;
        if !overwrite {
            return Err(TrainingError::Exists { path: path.to_path_buf() });
        }
        if is_locked(path) {
            return Err(TrainingError::Busy { path: path.to_path_buf() });
        }
    }
    Ok(())
}

/// A folder for a run, still under a name of its own.
pub fn new_folder(path: &Path, spec: &RunSpec) -> Result<AtomicFolder, FileError> {
    let folder = AtomicFolder::create(path)?;
    for inner in [SAMPLES, CHECKPOINTS] {
        fs::create_dir(folder.path().join(inner)).map_err(FileError::io("create", &path.join(inner)))?;
    }
    folder.write(RUN, spec.text().as_bytes())?;
    Ok(folder)
}

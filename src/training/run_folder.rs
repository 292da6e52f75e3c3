//! A run folder: a training on disk, and a model folder too.
//!
//! Owns its layout (`run.ron`, `curves.csv`, `events.csv`, `samples/`, `checkpoints/`, and the model of the averaged weights)
//! and the lock that keeps two processes from training the same run.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::checkpoint::{RunState, copy_checkpoint, list_checkpoints};
use super::{CheckpointPlan, CurveFile, Curves, EventFile, TrainingError, TrainingSettings};
use crate::files::{AtomicFolder, FileError, FolderKind, is_partial, write_atomically};
use crate::models::{FIGURES, HEADER, PREVIEW, WEIGHTS, is_model_folder};

/// The file that makes a folder a run.
pub const RUN: &str = "run.ron";
/// The curves' file.
pub const CURVES: &str = "curves.csv";
/// The events' file.
pub const EVENTS: &str = "events.csv";
/// Pictures of what the network could do at a step.
pub const SAMPLES: &str = "samples";
/// The folder of checkpoints.
pub const CHECKPOINTS: &str = "checkpoints";
const LOCK: &str = "run.lock";
const VERSION: u32 = 2;

/// How a run was begun: `run.ron`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSpec {
    /// The version of the file.
    pub version: u32,
    /// The face cache.
    pub data: PathBuf,
    /// Tells face caches apart.
    pub fingerprint: u64,
    /// Faces are `size` x `size` pixels.
    pub size: usize,
    /// How many faces are learned from.
    pub faces: usize,
    /// How many faces are held out.
    pub held_out: usize,
    /// Where the faces come from, in a sentence.
    pub origin: String,
    /// The settings it was begun with; changes stand in the checkpoints and in `events.csv`.
    pub settings: TrainingSettings,
    /// When checkpoints are written.
    pub checkpoints: CheckpointPlan,
    /// Whether the model's weights are stored in half precision.
    pub half: bool,
    /// The run and step that it branched from.
    pub parent: Option<(PathBuf, u64)>,
}

impl RunSpec {
    /// The version that is written.
    pub const VERSION: u32 = VERSION;
}

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
    const KNOWN: [&str; 10] = [RUN, CURVES, EVENTS, SAMPLES, CHECKPOINTS, LOCK, HEADER, WEIGHTS, PREVIEW, FIGURES];
    let is_known = |path: &Path| KNOWN.iter().any(|known| path.file_name().is_some_and(|name| name == *known));
    let is_run = path.join(RUN).is_file();
    FolderKind::first_that_is_not(path, |path| is_run && is_known(path))
}

/// True for a folder that holds a run and nothing else, or a model, or nothing at all.
pub fn is_run_folder(path: &Path) -> bool {
    if is_model_folder(path) {
        return true;
    }
    path.join(RUN).is_file() && foreign_in_run(path).is_none()
}

fn remove_partials(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().filter(|entry| is_partial(&entry.file_name())) {
        // What cannot be removed is only in the way.
        if entry.path().is_dir() {
            fs::remove_dir_all(entry.path()).ok()
        } else {
            fs::remove_file(entry.path()).ok()
        };
    }
}

/// Removes what a write that came too late has left where a run folder stood. A folder with anything else in it stays.
pub fn remove_remains(path: &Path) {
    let known = [CURVES, EVENTS, SAMPLES, CHECKPOINTS, HEADER, WEIGHTS, PREVIEW, FIGURES];
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

/// Reads `run.ron`.
///
/// # Errors
/// [`TrainingError::NotARun`].
pub fn read_spec(path: &Path) -> Result<RunSpec, TrainingError> {
    let wrong = |reason: String| TrainingError::NotARun { path: path.to_path_buf(), reason };
    let text = fs::read_to_string(path.join(RUN)).map_err(|error| wrong(format!("{RUN} cannot be read ({error})")))?;
    let spec: RunSpec = ron::from_str(&text).map_err(|error| wrong(format!("{RUN}: {error}")))?;
    if spec.version == VERSION { Ok(spec) } else { Err(wrong(format!("{RUN} has version {}", spec.version))) }
}

impl RunFolder {
    /// Makes a new run folder. `overwrite`: in place of a run that stands there.
    ///
    /// # Errors
    /// [`TrainingError::Exists`] where something stands there already, [`TrainingError::File`] where it cannot be written.
    pub fn create(path: &Path, spec: &RunSpec, overwrite: bool) -> Result<Self, TrainingError> {
        let is_empty = fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
        if path.exists() && !is_empty {
            RUN_FOLDER.ensure_own(path)?;
            if !overwrite {
                return Err(TrainingError::Exists { path: path.to_path_buf() });
            }
            if is_locked(path) {
                return Err(TrainingError::Busy { path: path.to_path_buf() });
            }
        }
        let folder = AtomicFolder::create(path)?;
        for inner in [SAMPLES, CHECKPOINTS] {
            fs::create_dir(folder.path().join(inner)).map_err(FileError::io("create", &path.join(inner)))?;
        }
        folder.write(RUN, spec_text(spec).as_bytes())?;
        folder.commit()?;
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
        match lock.try_lock() {
            Err(fs::TryLockError::WouldBlock) => Err(TrainingError::Busy { path: path.to_path_buf() }),
            // File systems without locks train all the same.
            Ok(()) | Err(fs::TryLockError::Error(_)) => {
                // Only who holds the lock knows that nobody is writing them.
                [path.to_path_buf(), path.join(SAMPLES), path.join(CHECKPOINTS)].iter().for_each(|folder| remove_partials(folder));
                Ok(Self { path: path.to_path_buf(), _lock: lock })
            }
        }
    }

    /// Removes the run: for one that was just made and is not wanted after all.
    pub fn discard(self) {
        // What cannot be removed stays a run that may be overwritten.
        fs::remove_dir_all(&self.path).ok();
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

    /// Opens curves and events, without what lies after `last_step`.
    ///
    /// # Errors
    /// [`TrainingError::File`].
    pub fn logs(&self, loss_names: &[&str], last_step: u64) -> Result<(CurveFile, EventFile), TrainingError> {
        Ok((CurveFile::open(&self.path.join(CURVES), loss_names, last_step)?, EventFile::open(&self.path.join(EVENTS), last_step)?))
    }
}

/// Makes a new run that goes on from a checkpoint of another one.
///
/// # Errors
/// [`TrainingError::NoCheckpoint`], or where either folder refuses.
pub fn branch(from: &Path, step: u64, to: &Path) -> Result<RunState, TrainingError> {
    let mut spec = read_spec(from)?;
    let checkpoints = from.join(CHECKPOINTS);
    ensure_checkpoint(from, step)?;
    spec.parent = Some((from.to_path_buf(), step));
    let folder = RunFolder::create(to, &spec, false)?;
    let state = copy_checkpoint(&checkpoints, &folder.checkpoints(), step)?;
    for name in [CURVES, EVENTS] {
        fs::copy(from.join(name), to.join(name)).map_err(FileError::io("write", &to.join(name)))?;
    }
    let text = fs::read_to_string(to.join(CURVES)).unwrap_or_default();
    let mut curves = Curves::parse(&text);
    curves.points.retain(|point| point.step <= step);
    write_atomically(&to.join(CURVES), curves.to_csv().as_bytes())?;
    drop(EventFile::open(&to.join(EVENTS), step)?);
    let samples = fs::read_dir(from.join(SAMPLES)).into_iter().flatten().flatten();
    for sample in samples {
        let name = sample.file_name();
        let of_step = name.to_str().and_then(|name| name.split('-').next()?.parse::<u64>().ok());
        if of_step.is_some_and(|of_step| of_step <= step) {
            fs::copy(sample.path(), to.join(SAMPLES).join(&name)).map_err(FileError::io("write", &to.join(SAMPLES)))?;
        }
    }
    Ok(state)
}

/// Refuses a step that has no checkpoint, and says which there are.
///
/// # Errors
/// [`TrainingError::NoCheckpoint`].
pub fn ensure_checkpoint(run: &Path, step: u64) -> Result<(), TrainingError> {
    let known = list_checkpoints(&run.join(CHECKPOINTS));
    if known.contains(&step) {
        return Ok(());
    }
    let known = known.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let known = if known.is_empty() { "none".into() } else { format!("those of the steps {known}") };
    Err(TrainingError::NoCheckpoint { path: run.to_path_buf(), wanted: format!(" of step {step}"), known })
}

fn spec_text(spec: &RunSpec) -> String {
    ron::ser::to_string_pretty(spec, ron::ser::PrettyConfig::default()).expect("plain fields are always valid RON") + "\n"
}

//! A run that begins with a checkpoint of another one, which stays as it is.

use std::fs;
use std::path::Path;

use super::checkpoint::write_checkpoint;
use super::curves::CurveFile;
use super::events::EventFile;
use super::folder::{ensure_free, new_folder};
use super::names::{CHECKPOINTS, CURVES, EVENTS, SAMPLES};
use super::snapshots::copy_snapshots;
use super::spec::read_spec;
use super::standing::Standing;
use super::state::RunState;
use crate::files::FileError;
use crate::training::error::TrainingError;

/// Makes a new run that goes on from a checkpoint of another one: that of a `step`, or the newest that can be read. Returns where it
/// stands, and what the user should know of the other run.
///
/// # Errors
/// [`TrainingError`] where the other run has no such checkpoint, or the folder cannot be made; what stands at `to` is as it was then.
pub fn branch(from: &Path, step: Option<u64>, to: &Path) -> Result<(RunState, Vec<String>), TrainingError> {
    let mut spec = read_spec(from)?;
    let standing = Standing::read(from, step)?;
    let known = "none".to_owned();
    let nothing = || TrainingError::NoCheckpoint { path: from.to_path_buf(), wanted: String::new(), known };
    let checkpoint = standing.found.ok_or_else(nothing)?;
    let step = checkpoint.state.step;
    spec.parent = Some((from.to_path_buf(), step));
    ensure_free(to, false)?;
    let folder = new_folder(to, &spec)?;
    write_checkpoint(&folder.path().join(CHECKPOINTS), &checkpoint)?;
    let mut warnings: Vec<String> =
        standing.unreadable.into_iter().map(|checkpoint| format!("{}; the one before is taken", checkpoint.reason)).collect();
    for name in [CURVES, EVENTS] {
        match fs::read(from.join(name)) {
            Ok(bytes) => folder.write(name, &bytes)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => warnings.push(format!("{} cannot be read and is left out: {error}", from.join(name).display())),
        }
    }
    // What comes after the step is left out; what cannot be understood there is set aside in the new run only.
    let curves = CurveFile::open(&folder.path().join(CURVES), &[], step)?.take_warning();
    let events = EventFile::open(&folder.path().join(EVENTS), checkpoint.state.last_seen(&spec))?.take_warning();
    let named_as_it_will_be = |text: String| text.replace(&folder.path().display().to_string(), &to.display().to_string());
    warnings.extend(curves.into_iter().chain(events).map(named_as_it_will_be));
    for sample in fs::read_dir(from.join(SAMPLES)).into_iter().flatten().flatten() {
        let name = sample.file_name();
        let of_step = name.to_str().and_then(|name| name.split('-').next()?.parse::<u64>().ok());
        if of_step.is_some_and(|of_step| of_step <= step) && sample.path().is_file() {
            fs::copy(sample.path(), folder.path().join(SAMPLES).join(&name)).map_err(FileError::io("write", &to.join(SAMPLES)))?;
        }
    }
    copy_snapshots(from, folder.path(), step)?;
    // Reading a checkpoint takes its time: what has come meanwhile is not replaced.
    ensure_free(to, false)?;
    folder.commit()?;
    Ok((checkpoint.state, warnings))
}

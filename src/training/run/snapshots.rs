//! Snapshots of a run: its averages at a moment, in half precision, kept for good.
//!
//! Owns `snapshots/<step>.safetensors`: the averages (`short.*`, `long.*`, `averages.*`), where the run stood (`snapshot.*`), and the frame
//! that later ones face (`latent.*`), where there is one. Each appears whole or not at all, and none is pruned. When one is due is the
//! plan's business.

use std::fs;
use std::path::{Path, PathBuf};

use super::names::SNAPSHOTS;
use crate::files::{FileError, write_atomically};
use crate::latent::LatentFrame;
use crate::models::{FrameWeights, Precision, WeightError, Weights};
use crate::training::power_average::{KeptAverages, count_in, insert_count};

const STEP: &str = "snapshot.step";
const IMAGES: &str = "snapshot.images";
const SIZE: &str = "snapshot.size";
const ENDING: &str = ".safetensors";

/// Averages at a moment of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct AverageSnapshot {
    /// After how many steps.
    pub step: u64,
    /// After how many faces of the run; its averages may have begun later.
    pub images: u64,
    /// Faces are `size` x `size` pixels.
    pub size: usize,
    /// The averages.
    pub averages: KeptAverages,
    /// The frame that later ones face: latents keep their places along it from snapshot to snapshot.
    pub frame: Option<LatentFrame>,
}

impl AverageSnapshot {
    /// The bytes of its file.
    pub fn to_safetensors(&self) -> Vec<u8> {
        let mut file = self.averages.to_weights(Precision::Half);
        insert_count(&mut file, STEP, self.step);
        insert_count(&mut file, IMAGES, self.images);
        insert_count(&mut file, SIZE, self.size as u64);
        if let Some(frame) = &self.frame {
            file.insert_frame(frame);
        }
        file.to_safetensors()
    }

    /// Reads the bytes of its file; `dim`: the length of the run's codes.
    ///
    /// # Errors
    /// [`WeightError`] where it is something else.
    pub fn from_safetensors(bytes: &[u8], dim: usize) -> Result<Self, WeightError> {
        let file = Weights::from_safetensors(bytes)?;
        let Moment { step, images, size, .. } = Moment::of_snapshot(&file)?;
        // A frame that makes no sense is none: the averages are worth as much without it.
        let frame = file.frame(dim, dim).ok().and_then(Result::ok);
        Ok(Self { step, images, size, averages: KeptAverages::from_weights(&file)?, frame })
    }
}

/// The moment of averages that were kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// After how many steps of the run.
    pub step: u64,
    /// After how many faces of the run.
    pub images: u64,
    /// Faces are `size` x `size` pixels.
    pub size: usize,
    /// Faces that the averages have taken in, from where they began.
    pub faces: u64,
    /// After how many faces of the run they began: those with another beginning are of another network.
    pub began: u64,
}

impl Moment {
    /// Where a run stood at a step, with averages that stand in the same file or beside it.
    pub fn new(step: u64, images: u64, size: usize, averages: &KeptAverages) -> Self {
        let KeptAverages { faces, pending, .. } = averages;
        Self { step, images, size, faces: *faces, began: images.saturating_sub(faces + pending) }
    }

    /// Of the tensors of a snapshot; the averages themselves may be left out.
    ///
    /// # Errors
    /// [`WeightError`] where it is something else.
    pub fn of_snapshot(file: &Weights) -> Result<Self, WeightError> {
        let counts = KeptAverages::from_weights(file)?;
        Ok(Self::new(count_in(file, STEP)?, count_in(file, IMAGES)?, count_in(file, SIZE)? as usize, &counts))
    }
}

/// The file of a snapshot.
pub fn snapshot_path(run: &Path, step: u64) -> PathBuf {
    run.join(SNAPSHOTS).join(format!("{step:09}{ENDING}"))
}

/// The step that a file in the folder of snapshots is of.
pub fn step_of(name: &std::ffi::OsStr) -> Option<u64> {
    name.to_str()?.strip_suffix(ENDING).filter(|step| step.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

/// Writes a snapshot.
///
/// # Errors
/// [`FileError`]; nothing half-written is left then.
pub fn write_snapshot(run: &Path, step: u64, bytes: &[u8]) -> Result<(), FileError> {
    write_atomically(&snapshot_path(run, step), bytes)
}

/// The files, with their steps, ascending.
fn files(run: &Path) -> Vec<(u64, PathBuf)> {
    let entries = fs::read_dir(run.join(SNAPSHOTS)).into_iter().flatten().flatten();
    let mut files: Vec<(u64, PathBuf)> = entries.filter_map(|entry| Some((step_of(&entry.file_name())?, entry.path()))).collect();
    files.sort_unstable();
    files
}

/// The steps that have snapshots, ascending.
pub fn list_snapshots(run: &Path) -> Vec<u64> {
    files(run).into_iter().map(|(step, _)| step).collect()
}

/// How many bytes all of them take.
pub fn bytes_of_snapshots(run: &Path) -> u64 {
    files(run).iter().filter_map(|(_, path)| fs::metadata(path).ok()).map(|metadata| metadata.len()).sum()
}

/// The counts in a file of averages; the averages themselves are not read.
pub fn counts_in(path: &Path) -> Option<Weights> {
    read_counts(path).ok()
}

/// The same, or why there are none.
///
/// # Errors
/// [`WeightError`] where the file is no whole file of weights.
pub fn read_counts(path: &Path) -> Result<Weights, WeightError> {
    Weights::part_of_file(path, |name| name.starts_with("snapshot.") || name.starts_with("averages."))
}

/// The frame that a snapshot keeps, for codes of `dim` numbers; one that makes no sense is none.
pub fn frame_in(path: &Path, dim: usize) -> Option<LatentFrame> {
    Weights::part_of_file(path, |name| name.starts_with("latent.")).ok()?.frame(dim, dim).ok()?.ok()
}

/// The moment of the newest one, where it can be read.
pub fn newest_moment(run: &Path) -> Option<Moment> {
    let (_, path) = files(run).pop()?;
    Moment::of_snapshot(&counts_in(&path)?).ok()
}

/// Removes the snapshots of steps after `step`: those steps are made again.
pub fn forget_snapshots(run: &Path, step: u64) {
    // One that cannot be removed is replaced when its step comes again.
    files(run).iter().filter(|(of_step, _)| *of_step > step).for_each(|(_, path)| drop(fs::remove_file(path)));
}

/// Gives another run the snapshots up to a step: as the same files under another name, where the disk can do that, since they are never
/// changed, only replaced or removed; else as copies.
///
/// # Errors
/// [`FileError`] where they cannot be written.
pub fn copy_snapshots(from: &Path, to: &Path, step: u64) -> Result<(), FileError> {
    for (of_step, path) in files(from).into_iter().filter(|(of_step, _)| *of_step <= step) {
        let to = snapshot_path(to, of_step);
        let folder = to.parent().unwrap_or(&to);
        fs::create_dir_all(folder).map_err(FileError::io("write", folder))?;
        link_or_copy(&path, &to)?;
    }
    Ok(())
}

fn link_or_copy(from: &Path, to: &Path) -> Result<(), FileError> {
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    // Written anew, never over what stands there: that may be the very file that is read.
    let bytes = fs::read(from).map_err(FileError::io("read", from))?;
    write_atomically(to, &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(step: u64) -> AverageSnapshot {
        let mut weights = Weights::default();
        weights.insert("generator.basis", &[2], vec![0.5, -1.25], Precision::Half);
        let averages = KeptAverages { faces: 8 * step, pending: 8, weights: [weights.clone(), weights] };
        let frame = LatentFrame::rotated(vec![0.0; 2], vec![0.0, 1.0, 1.0, 0.0], vec![2.0, 1.0], vec![0.75, 0.25]).unwrap();
        AverageSnapshot { step, images: 8 * step + 108, size: 16, averages, frame: (step > 200).then_some(frame) }
    }

    #[test]
    fn snapshots_are_written_listed_and_forgotten() {
        let place = tempfile::tempdir().unwrap();
        let [run, other] = ["run", "other"].map(|name| place.path().join(name));
        assert_eq!((list_snapshots(&run), bytes_of_snapshots(&run), newest_moment(&run)), (Vec::new(), 0, None));
        for step in [300, 125, 1_234_567_890] {
            write_snapshot(&run, step, &snapshot(step).to_safetensors()).unwrap();
            let bytes = fs::read(snapshot_path(&run, step)).unwrap();
            assert_eq!(AverageSnapshot::from_safetensors(&bytes, 2).unwrap(), snapshot(step));
        }
        fs::write(run.join(SNAPSHOTS).join("notes.txt"), "mine").unwrap();
        assert_eq!(list_snapshots(&run), [125, 300, 1_234_567_890]);
        copy_snapshots(&run, &other, 300).unwrap();
        forget_snapshots(&run, 125);
        assert_eq!((list_snapshots(&run), list_snapshots(&other)), (vec![125], vec![125, 300]));
        assert_eq!(bytes_of_snapshots(&run), snapshot(125).to_safetensors().len() as u64);
        let moment = Moment { step: 300, images: 2508, size: 16, faces: 2400, began: 100 };
        assert_eq!(newest_moment(&other), Some(moment), "where the averages began follows from what they have seen");
        assert!(run.join(SNAPSHOTS).join("notes.txt").is_file() && !other.join(SNAPSHOTS).join("notes.txt").exists());
    }

    #[test]
    fn a_branch_shares_the_files_of_a_run_and_neither_changes_those_of_the_other() {
        let place = tempfile::tempdir().unwrap();
        let [run, other] = ["run", "other"].map(|name| place.path().join(name));
        let bytes = |step| snapshot(step).to_safetensors();
        [125, 300].iter().for_each(|step| write_snapshot(&run, *step, &bytes(*step)).unwrap());
        copy_snapshots(&run, &other, 300).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let file = |run: &Path| fs::metadata(snapshot_path(run, 125)).unwrap().ino();
            assert_eq!(file(&run), file(&other), "nothing was copied");
        }
        write_snapshot(&run, 125, &bytes(126)).unwrap();
        forget_snapshots(&other, 125);
        assert!(fs::read(snapshot_path(&other, 125)).unwrap() == bytes(125), "what is written anew in one stays as it was in the other");
        assert!(fs::read(snapshot_path(&run, 300)).unwrap() == bytes(300), "and what is removed from one");
        // Where there can be no link, as from one disk to another, it is a copy; here since something stands there.
        for _ in 0..2 {
            copy_snapshots(&run, &other, 125).unwrap();
            assert!(fs::read(snapshot_path(&other, 125)).unwrap() == bytes(126));
        }
    }

    #[test]
    fn other_files_are_no_snapshots() {
        assert!(AverageSnapshot::from_safetensors(b"half a file", 2).is_err());
        assert!(AverageSnapshot::from_safetensors(&Weights::default().to_safetensors(), 2).is_err());
        assert!(["12.png", "-1.safetensors", "x.safetensors"].iter().all(|name| step_of(name.as_ref()).is_none()));
    }
}

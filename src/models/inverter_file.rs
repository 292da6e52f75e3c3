//! The encoder beside a generator on disk: `inverter.safetensors` in the model's folder, in the program for models that ship, or in the
//! user's cache.
//!
//! Owns the file and the order of places. It belongs to one generator, whose fingerprint stands in it: beside other weights it is left
//! alone. What the encoder is, and how it learns, is the business of others.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::catalog::{PlacedModel, is_shipped, user_cache};
use super::folder::INVERTER;
use super::gan::GENERATOR;
use super::shipped::SHIPPED;
use super::weights::{Precision, WeightError, Weights};
use crate::files::{FileError, write_atomically};

/// Before the names of the encoder's parameters.
const ENCODER: &str = "encoder.";
/// The fingerprint of the generator, in four parts of 16 bits.
const OF_GENERATOR: &str = "generator.fingerprint";
/// The limit: its error, and how many held-out faces it is of.
const LIMIT: &str = "limit";
/// The folder of the user's cache.
const CACHED: &str = "inverters";
/// So many encoders are kept there, the newest: each can be trained anew.
const MOST: usize = 32;
/// How their names end, after 16 hexadecimal digits.
const ENDING: &str = ".safetensors";

/// An encoder as plain data.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredInverter {
    /// Its parameters.
    pub encoder: Weights,
    /// Which generator it belongs to.
    pub generator: u64,
    /// Beyond which error a picture is none that the generator can say.
    pub limit: ErrorLimit,
}

/// An error beyond which a picture is none that a generator can say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErrorLimit {
    /// Mean squared error in [0, 1] units.
    pub mse: f64,
    /// Of how many held-out faces it is the 99th percentile; 0 where there were none, and it is the median distance of samples of the
    /// generator to the next sample.
    pub faces: usize,
}

/// What tells the generators of models apart: a hash of the weights that make faces of latents.
pub fn generator_fingerprint(weights: &Weights) -> u64 {
    weights.under(GENERATOR).fingerprint()
}

impl StoredInverter {
    /// Reads a file.
    ///
    /// # Errors
    /// [`WeightError`] where it is cut short or holds something else.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, WeightError> {
        let weights = Weights::from_safetensors(bytes)?;
        let parts = weights.get(OF_GENERATOR, &[4])?;
        let limit = weights.get(LIMIT, &[2])?;
        Ok(Self {
            encoder: weights.under(ENCODER),
            generator: parts.iter().fold(0, |whole, part| whole << 16 | (*part as u64 & 0xFFFF)),
            limit: ErrorLimit { mse: f64::from(limit[0]), faces: limit[1] as usize },
        })
    }

    /// Writes a file: the same encoder, the same bytes.
    pub fn to_safetensors(&self) -> Vec<u8> {
        let mut weights = Weights::default();
        weights.extend(ENCODER, self.encoder.clone());
        let parts = [48, 32, 16, 0].map(|shift| (self.generator >> shift & 0xFFFF) as f32);
        weights.insert(OF_GENERATOR, &[4], parts.to_vec(), Precision::Single);
        weights.insert(LIMIT, &[2], vec![self.limit.mse as f32, self.limit.faces as f32], Precision::Single);
        weights.to_safetensors()
    }

    /// The encoder of a model, from the first place that has one of its generator which `is_usable`: its folder, the program, the user's
    /// cache. For a model that ships the cache comes first: one can only be there because it was asked for.
    pub fn find(model: &PlacedModel, is_usable: impl FnMut(&Weights) -> bool) -> Option<Self> {
        Self::find_in(user_cache().as_deref(), model, is_usable)
    }

    fn find_in(cache: Option<&Path>, model: &PlacedModel, mut is_usable: impl FnMut(&Weights) -> bool) -> Option<Self> {
        let wanted = generator_fingerprint(&model.stored.weights);
        let beside = || fs::read(model.folder.as_ref()?.join(INVERTER)).ok();
        let shipped = || SHIPPED.iter().find(|shipped| shipped.name == model.stored.header.name)?.inverter.map(<[u8]>::to_vec);
        let cached = || fs::read(cached_file(cache?, wanted)).ok();
        let mut places: [&dyn Fn() -> Option<Vec<u8>>; 3] = [&beside, &shipped, &cached];
        if is_shipped(&model.stored) {
            places.rotate_right(1);
        }
        let found = places.into_iter().filter_map(|bytes| Self::from_safetensors(&bytes()?).ok());
        found.into_iter().find(|found| found.generator == wanted && is_usable(&found.encoder))
    }
}

/// Where an encoder is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InverterFile {
    path: PathBuf,
    is_cached: bool,
}

impl InverterFile {
    /// Of an encoder that is asked for: in the folder of its model; for one that ships, or has none, in the user's cache. `None` where the user
    /// has no such folder.
    pub fn of(model: &PlacedModel) -> Option<Self> {
        match &model.folder {
            Some(folder) if !is_shipped(&model.stored) => Some(Self { path: folder.join(INVERTER), is_cached: false }),
            _ => Self::cached(model),
        }
    }

    /// Of an encoder that was made along the way: in the user's cache. `None` where the user has no such folder.
    pub fn cached(model: &PlacedModel) -> Option<Self> {
        Some(Self::cached_in(&user_cache()?, model))
    }

    fn cached_in(cache: &Path, model: &PlacedModel) -> Self {
        Self { path: cached_file(cache, generator_fingerprint(&model.stored.weights)), is_cached: true }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether nothing of others stands there.
    pub fn is_free(&self) -> bool {
        let is_own = || fs::read(&self.path).is_ok_and(|bytes| StoredInverter::from_safetensors(&bytes).is_ok());
        self.is_cached || fs::symlink_metadata(&self.path).is_err() || is_own()
    }

    /// Writes an encoder there. Of those in the cache the newest are kept.
    ///
    /// # Errors
    /// [`FileError::Io`], also where the folder of the model has gone meanwhile, which is not made anew; nothing half-written is left then.
    pub fn save(&self, inverter: &StoredInverter) -> Result<(), FileError> {
        let folder = self.path.parent().unwrap_or(&self.path);
        if !self.is_cached && !folder.is_dir() {
            return Err(FileError::io("write", &self.path)(io::ErrorKind::NotFound.into()));
        }
        write_atomically(&self.path, &inverter.to_safetensors())?;
        if self.is_cached {
            prune(folder);
        }
        Ok(())
    }
}

fn cached_file(cache: &Path, generator: u64) -> PathBuf {
    cache.join(CACHED).join(format!("{generator:016x}{ENDING}"))
}

/// Removes all but the newest encoders of a folder of the cache, and nothing else.
fn prune(folder: &Path) {
    let is_ours = |path: &PathBuf| {
        let digits = path.file_name().and_then(|name| name.to_str()?.strip_suffix(ENDING));
        digits.is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).filter(is_ours);
    let written = |path: &PathBuf| fs::metadata(path).and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let mut files: Vec<(SystemTime, PathBuf)> = entries.map(|path| (written(&path), path)).collect();
    files.sort_unstable_by(|a, b| b.cmp(a));
    // One that cannot be removed only takes room.
    files.iter().skip(MOST).for_each(|(_, path)| drop(fs::remove_file(path)));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::models::{MODEL, StoredModel, is_model_folder};

    /// A model that stands in a folder, with a generator of one number.
    fn placed(folder: &Path, number: f32) -> PlacedModel {
        let mut stored = StoredModel::embedded().unwrap();
        stored.header.name = "mine".into();
        Arc::make_mut(&mut stored.weights).insert("generator.bias", &[1], vec![number], Precision::Single);
        PlacedModel { stored, folder: Some(folder.to_path_buf()) }
    }

    fn inverter(model: &PlacedModel) -> StoredInverter {
        let mut encoder = Weights::default();
        encoder.insert("to_code.weight", &[2], vec![0.5, -0.25], Precision::Half);
        let generator = generator_fingerprint(&model.stored.weights);
        StoredInverter { encoder, generator, limit: ErrorLimit { mse: 0.03125, faces: 200 } }
    }

    #[test]
    fn an_encoder_survives_the_round_trip_and_belongs_to_one_generator() {
        let place = tempfile::tempdir().unwrap();
        let model = placed(place.path(), 1.0);
        let kept = inverter(&model);
        assert_eq!(StoredInverter::from_safetensors(&kept.to_safetensors()).unwrap(), kept, "all 64 bits of the fingerprint too");
        let file = InverterFile::of(&model).unwrap();
        assert_eq!(file.path(), place.path().join(INVERTER));
        file.save(&kept).unwrap();
        let find = |model: &PlacedModel| StoredInverter::find_in(None, model, |_| true);
        assert_eq!(find(&model), Some(kept));
        assert_eq!(find(&placed(place.path(), 2.0)), None, "it says nothing of other weights");
        fs::write(place.path().join(INVERTER), b"mine").unwrap();
        assert_eq!(find(&model), None, "nor does what is none");
    }

    #[test]
    fn what_is_of_others_or_has_no_folder_any_more_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let model = placed(&place.path().join("model"), 1.0);
        let file = InverterFile::of(&model).unwrap();
        let message = file.save(&inverter(&model)).unwrap_err().to_string();
        assert!(message.contains(INVERTER) && !place.path().join("model").exists(), "{message}");
        fs::create_dir(place.path().join("model")).unwrap();
        assert!(file.is_free());
        file.save(&inverter(&model)).unwrap();
        assert!(file.is_free(), "one of facefield's own");
        fs::write(file.path(), model.stored.weights.to_safetensors()).unwrap();
        assert!(!file.is_free(), "other weights are no encoder");
        fs::write(file.path(), b"mine").unwrap();
        assert!(!file.is_free());
    }

    #[test]
    fn an_encoder_that_was_asked_for_comes_before_the_one_that_ships() {
        let (place, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let model = PlacedModel { stored: StoredModel::shipped("gan-celeba32").unwrap().unwrap(), folder: None };
        let find = |model: &PlacedModel| StoredInverter::find_in(Some(cache.path()), model, |_| true);
        let shipped = find(&model).expect("it ships with one");
        InverterFile::cached_in(cache.path(), &model).save(&inverter(&model)).unwrap();
        assert_ne!(inverter(&model), shipped);
        assert_eq!(find(&model), Some(inverter(&model)));
        // A model of one's own has its encoder beside it, and that comes first.
        let mine = placed(place.path(), 1.0);
        let beside = StoredInverter { limit: ErrorLimit { mse: 0.5, faces: 0 }, ..inverter(&mine) };
        InverterFile::cached_in(cache.path(), &mine).save(&inverter(&mine)).unwrap();
        assert_eq!(find(&mine), Some(inverter(&mine)));
        InverterFile::of(&mine).unwrap().save(&beside).unwrap();
        assert_eq!(find(&mine), Some(beside.clone()));
        // One that does not fit is passed.
        let others = |encoder: &Weights| *encoder != beside.encoder;
        assert_eq!(StoredInverter::find_in(Some(cache.path()), &mine, others), None);
        let mut tries = 0;
        let second = |_: &Weights| {
            tries += 1;
            tries == 2
        };
        assert_eq!(StoredInverter::find_in(Some(cache.path()), &mine, second), Some(inverter(&mine)));
    }

    #[test]
    fn the_cache_keeps_the_newest_encoders_and_whatever_else_lies_there() {
        let cache = tempfile::tempdir().unwrap();
        let folder = cache.path().join(CACHED);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("notes.safetensors"), b"mine").unwrap();
        let write = |number: usize| {
            let path = folder.join(format!("{number:016x}{ENDING}"));
            fs::write(&path, b"an encoder").unwrap();
            let written = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1000 - number as u64);
            fs::File::options().write(true).open(&path).unwrap().set_modified(written).unwrap();
        };
        (0..MOST + 3).for_each(write);
        let model = placed(cache.path(), 1.0);
        let file = InverterFile::cached_in(cache.path(), &model);
        file.save(&inverter(&model)).unwrap();
        let mut names: Vec<String> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        let mut wanted: Vec<String> = (0..MOST - 1).map(|number| format!("{number:016x}{ENDING}")).collect();
        wanted.extend(["notes.safetensors".to_owned(), file.path().file_name().unwrap().to_str().unwrap().to_owned()]);
        wanted.sort();
        assert_eq!(names, wanted);
    }

    #[test]
    fn a_model_folder_with_one_is_still_a_model() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("model");
        let model = placed(&folder, 1.0);
        model.stored.save(&folder, b"").unwrap();
        InverterFile::of(&model).unwrap().save(&inverter(&model)).unwrap();
        assert!(is_model_folder(&folder));
        MODEL.ensure_replaceable(&folder).unwrap();
        fs::write(folder.join(INVERTER), b"of others").unwrap();
        assert!(MODEL.ensure_replaceable(&folder).unwrap_err().to_string().contains(INVERTER));
    }
}

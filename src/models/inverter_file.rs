//! The encoder beside a generator on disk: `inverter.safetensors` in the model's folder, in the program for models that ship, or in the
//! user's cache.
//!
//! Owns the file and the order of places. It belongs to one generator, whose fingerprint stands in it: beside other weights it is left
//! alone. What the encoder is, and how it learns, is the business of others.

use std::fs;
use std::path::{Path, PathBuf};

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

    /// The encoder of a model, from the first place that has one of its generator: its folder, the program, the user's cache.
    pub fn find(model: &PlacedModel) -> Option<Self> {
        let wanted = generator_fingerprint(&model.stored.weights);
        let read = |path: &Path| fs::read(path).ok();
        let shipped = || SHIPPED.iter().find(|shipped| shipped.name == model.stored.header.name)?.inverter.map(<[u8]>::to_vec);
        let places: [&dyn Fn() -> Option<Vec<u8>>; 3] =
            [&|| read(&model.folder.as_ref()?.join(INVERTER)), &shipped, &|| read(&cached_file(wanted)?)];
        let found = places.into_iter().filter_map(|bytes| Self::from_safetensors(&bytes()?).ok());
        found.into_iter().find(|found| found.generator == wanted)
    }

    /// Where an encoder is kept that is asked for: in the folder of its model; for one that ships, or has none, in the user's cache.
    /// `None` where the user has no such folder.
    pub fn file_of(model: &PlacedModel) -> Option<PathBuf> {
        match &model.folder {
            Some(folder) if !is_shipped(&model.stored) => Some(folder.join(INVERTER)),
            _ => Self::cached_file_of(model),
        }
    }

    /// Where an encoder is kept that was made along the way: in the user's cache. `None` where the user has no such folder.
    pub fn cached_file_of(model: &PlacedModel) -> Option<PathBuf> {
        cached_file(generator_fingerprint(&model.stored.weights))
    }

    /// Writes it there.
    ///
    /// # Errors
    /// [`FileError::Io`]; nothing half-written is left then.
    pub fn save(&self, path: &Path) -> Result<(), FileError> {
        write_atomically(path, &self.to_safetensors())
    }
}

fn cached_file(generator: u64) -> Option<PathBuf> {
    Some(user_cache()?.join(CACHED).join(format!("{generator:016x}.safetensors")))
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
        assert_eq!(StoredInverter::file_of(&model), Some(place.path().join(INVERTER)));
        kept.save(&place.path().join(INVERTER)).unwrap();
        assert_eq!(StoredInverter::find(&model), Some(kept));
        assert_eq!(StoredInverter::find(&placed(place.path(), 2.0)), None, "it says nothing of other weights");
        fs::write(place.path().join(INVERTER), b"mine").unwrap();
        assert_eq!(StoredInverter::find(&model), None, "nor does what is none");
    }

    #[test]
    fn a_model_folder_with_one_is_still_a_model() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("model");
        let model = placed(&folder, 1.0);
        model.stored.save(&folder, b"").unwrap();
        inverter(&model).save(&folder.join(INVERTER)).unwrap();
        assert!(is_model_folder(&folder));
        MODEL.ensure_replaceable(&folder).unwrap();
        fs::write(folder.join(INVERTER), b"of others").unwrap();
        assert!(MODEL.ensure_replaceable(&folder).unwrap_err().to_string().contains(INVERTER));
    }
}

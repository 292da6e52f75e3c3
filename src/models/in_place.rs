//! A model that is written anew where it stands, beside what else stands there: that of a run, with every checkpoint.
//!
//! Owns the order in which header and weights are written, so that no header ever stands beside weights of another shape, whoever reads and
//! whoever is killed meanwhile. What the files hold is the business of the model folder.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::folder::{HEADER, StoredModel, WEIGHTS, header_text};
use super::header::ModelHeader;
use crate::files::{FileError, write_atomically};

/// A part of the way from one model to another; none of them is ever half done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The header goes: nothing there is a model until the next one comes.
    Without,
    /// The new header comes.
    Header,
    /// The new weights come.
    Weights,
}

impl StoredModel {
    /// Writes header and weights into a folder that is there, in place of those of a model that may stand there. Who reads meanwhile, or
    /// after the program was killed, finds a header that fits the weights, or none: while a network of another shape takes the place of
    /// one, there is no model for a moment.
    ///
    /// # Errors
    /// [`FileError`] where the disk refuses.
    pub fn write_in_place(&self, folder: &Path) -> Result<(), FileError> {
        order(folder, &self.header).iter().try_for_each(|part| self.write_part(*part, folder))
    }

    fn write_part(&self, part: Part, folder: &Path) -> Result<(), FileError> {
        let header = folder.join(HEADER);
        match part {
            Part::Without => match fs::remove_file(&header) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(FileError::io("remove", &header)(error)),
                _ => Ok(()),
            },
            Part::Header => write_atomically(&header, header_text(&self.header).as_bytes()),
            Part::Weights => write_atomically(&folder.join(WEIGHTS), &self.weights.to_safetensors()),
        }
    }
}

/// The order that leads from what stands in a folder to a model of this header.
fn order(folder: &Path, new: &ModelHeader) -> &'static [Part] {
    let is_like =
        |old: ModelHeader| (old.kind, old.size, old.latent_dim, old.network) == (new.kind, new.size, new.latent_dim, new.network.clone());
    if ModelHeader::read(folder).is_ok_and(is_like) {
        // It fits the older weights as well.
        &[Part::Header, Part::Weights]
    } else {
        &[Part::Without, Part::Weights, Part::Header]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{ModelError, Precision};

    fn shipped(name: &str) -> StoredModel {
        StoredModel::shipped(name).unwrap().unwrap()
    }

    /// The same network with other weights.
    fn learned(model: &StoredModel) -> StoredModel {
        let mut weights = (*model.weights).clone();
        weights.insert("of a later step", &[1], vec![1.0], Precision::Single);
        StoredModel { weights: weights.into(), ..model.clone() }
    }

    /// What is found in a folder after a kill that left only the first `parts` of the way from one model to another; `None`: no model.
    fn found_after(parts: usize, old: &StoredModel, new: &StoredModel) -> Option<u64> {
        let place = tempfile::tempdir().unwrap();
        old.write_in_place(place.path()).unwrap();
        for part in order(place.path(), &new.header).iter().take(parts) {
            new.write_part(*part, place.path()).unwrap();
        }
        match StoredModel::open(place.path()) {
            Ok(model) => Some(model.fingerprint()),
            Err(ModelError::NotFound { .. }) => None,
            Err(error) => panic!("after {parts} parts: {error}"),
        }
    }

    #[test]
    fn killed_at_any_moment_a_network_of_another_shape_is_the_old_model_the_new_one_or_none() {
        let (small, large) = (shipped("gan-celeba32"), shipped("autoencoder-celeba32"));
        for (old, new) in [(&small, &large), (&large, &small)] {
            let found: Vec<Option<u64>> = (0..=3).map(|parts| found_after(parts, old, new)).collect();
            assert_eq!(found, [Some(old.fingerprint()), None, None, Some(new.fingerprint())]);
        }
    }

    #[test]
    fn killed_at_any_moment_a_network_of_the_same_shape_is_a_model() {
        let old = shipped("gan-celeba32");
        let new = learned(&old);
        assert_ne!(old.fingerprint(), new.fingerprint());
        let found: Vec<Option<u64>> = (0..=2).map(|parts| found_after(parts, &old, &new)).collect();
        assert_eq!(found, [old.fingerprint(), old.fingerprint(), new.fingerprint()].map(Some));
    }

    #[test]
    fn where_no_model_stands_yet_there_is_none_until_both_files_are_there() {
        let place = tempfile::tempdir().unwrap();
        let model = shipped("gan-celeba32");
        model.write_part(Part::Weights, place.path()).unwrap();
        assert!(matches!(StoredModel::open(place.path()), Err(ModelError::NotFound { .. })));
        model.write_in_place(place.path()).unwrap();
        assert_eq!(StoredModel::open(place.path()).unwrap().fingerprint(), model.fingerprint());
    }
}

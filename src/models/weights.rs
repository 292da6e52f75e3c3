//! Weights as plain data: named tensors, read from and written to safetensors.
//!
//! Owns the conversion between files and f32 numbers; which tensors a model needs is the model's business.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::Path;

use half::f16;
use half::slice::HalfFloatSliceExt;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::data::{TensorHeader, what_is_wrong};
use crate::files::read_at;

/// Metadata: what the file is.
const KIND: &str = "facefield.kind";
/// The kind of weights.
const KIND_WEIGHTS: &str = "weights";
/// Where the hash FNV-1a begins.
const FNV_START: u64 = 0xCBF2_9CE4_8422_2325;

/// One step of the hash FNV-1a over 64-bit words, which is the same on every machine and in every version.
pub(super) fn fnv(hash: u64, word: u64) -> u64 {
    (hash ^ word).wrapping_mul(0x0100_0000_01B3)
}

/// How numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Two bytes each.
    Half,
    /// Four bytes each.
    Single,
}

/// A named array of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightTensor {
    /// Its shape, row-major.
    pub shape: Vec<usize>,
    /// Its numbers.
    pub values: Vec<f32>,
    /// How it is stored.
    pub precision: Precision,
}

/// All weights of a model, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights(BTreeMap<String, WeightTensor>);

/// Why weights cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum WeightError {
    /// The bytes are no safetensors file, or only a part of one.
    #[error("{0}")]
    Format(String),
    /// A tensor is missing.
    #[error("it holds no tensor named `{0}`; it seems to belong to another kind of file")]
    Missing(String),
    /// A tensor has another shape than the model says.
    #[error("its tensor `{name}` has the shape {found:?}, but the model needs {wanted:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// What stands there.
        found: Vec<usize>,
        /// What is needed.
        wanted: Vec<usize>,
    },
    /// A tensor has numbers of a kind that weights do not have.
    #[error("its tensor `{name}` holds {found} numbers; weights are F16 or F32")]
    Type {
        /// The tensor.
        name: String,
        /// What stands there.
        found: String,
    },
    /// A number is infinite or not a number.
    #[error("its tensor `{0}` holds infinite numbers or NaN")]
    NotFinite(String),
}

impl Weights {
    /// Adds a tensor.
    ///
    /// # Panics
    /// Where shape and numbers do not match.
    pub fn insert(&mut self, name: &str, shape: &[usize], values: Vec<f32>, precision: Precision) {
        assert_eq!(shape.iter().product::<usize>(), values.len(), "the shape of {name} holds its values");
        self.0.insert(name.to_owned(), WeightTensor { shape: shape.to_vec(), values, precision });
    }

    /// The numbers of a tensor.
    ///
    /// # Errors
    /// [`WeightError`] where it is missing or has another shape.
    pub fn get(&self, name: &str, shape: &[usize]) -> Result<&[f32], WeightError> {
        let tensor = self.0.get(name).ok_or_else(|| WeightError::Missing(name.to_owned()))?;
        if tensor.shape == shape {
            Ok(&tensor.values)
        } else {
            Err(WeightError::Shape { name: name.to_owned(), found: tensor.shape.clone(), wanted: shape.to_vec() })
        }
    }

    /// The names of all tensors, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The numbers of a tensor, whatever its shape; empty where there is none of this name.
    pub fn values(&self, name: &str) -> &[f32] {
        self.0.get(name).map_or(&[], |tensor| &tensor.values)
    }

    /// The shape of a tensor, if there is one of this name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.0.get(name).map(|tensor| tensor.shape.as_slice())
    }

    /// The tensors whose names begin with `prefix`, without it.
    #[must_use]
    pub fn under(&self, prefix: &str) -> Self {
        Self(self.0.iter().filter_map(|(name, tensor)| Some((name.strip_prefix(prefix)?.to_owned(), tensor.clone()))).collect())
    }

    /// Adds the tensors of others, with `prefix` before their names.
    pub fn extend(&mut self, prefix: &str, others: Self) {
        self.0.extend(others.0.into_iter().map(|(name, tensor)| (format!("{prefix}{name}"), tensor)));
    }

    /// The first tensor that holds an infinite number or NaN.
    pub fn first_not_finite(&self) -> Option<&str> {
        self.0.iter().find(|(_, tensor)| tensor.values.iter().any(|value| !value.is_finite())).map(|(name, _)| name.as_str())
    }

    /// A number that tells weights apart: a hash (FNV-1a over 64-bit words) of names, shapes and numbers, however they are stored.
    pub fn fingerprint(&self) -> u64 {
        self.0.iter().fold(FNV_START, |hash, (name, tensor)| {
            // The lengths keep the end of a name from being taken for the beginning of a shape.
            let hash = name.bytes().map(u64::from).fold(fnv(hash, name.len() as u64), fnv);
            let hash = tensor.shape.iter().map(|length| *length as u64).fold(fnv(hash, tensor.shape.len() as u64), fnv);
            tensor.values.iter().map(|value| u64::from(value.to_bits())).fold(hash, fnv)
        })
    }

    /// The numbers that lie `share` (0 to 1) of the way from these weights to others; `None` where names or shapes differ.
    pub fn mixed(&self, other: &Self, share: f32) -> Option<Self> {
        let are_alike = self.0.len() == other.0.len() && self.0.iter().all(|(name, tensor)| other.shape(name) == Some(&tensor.shape));
        let mix = |(name, tensor): (&String, &WeightTensor)| {
            let pairs = tensor.values.iter().zip(other.values(name));
            let values = pairs.map(|(a, b)| a + (b - a) * share).collect();
            (name.clone(), WeightTensor { shape: tensor.shape.clone(), values, precision: Precision::Single })
        };
        are_alike.then(|| Self(self.0.iter().map(mix).collect()))
    }

    /// The same weights at another precision.
    #[must_use]
    pub fn at(mut self, precision: Precision) -> Self {
        self.0.values_mut().for_each(|tensor| tensor.precision = precision);
        self
    }

    /// Reads a safetensors file.
    ///
    /// # Errors
    /// [`WeightError`] where it is cut short or holds something else.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, WeightError> {
        Self::part_of_safetensors(bytes, |_| true)
    }

    /// Reads the tensors of a safetensors file whose names are wanted.
    ///
    /// # Errors
    /// [`WeightError`] where the file is cut short, or holds something else in those.
    pub fn part_of_safetensors(bytes: &[u8], is_wanted: impl Fn(&str) -> bool) -> Result<Self, WeightError> {
        let file = SafeTensors::deserialize(bytes).map_err(|error| WeightError::Format(what_is_wrong(bytes, &error)))?;
        let mut weights = Self::default();
        for (name, view) in file.iter().filter(|(name, _)| is_wanted(name)) {
            weights.0.insert(name.to_owned(), tensor_of(name, view.dtype(), view.shape(), view.data())?);
        }
        Ok(weights)
    }

    /// The same from a file, of which nothing else is read but its header.
    ///
    /// # Errors
    /// [`WeightError`] where the file cannot be read, is cut short, or holds something else in those.
    pub fn part_of_file(path: &Path, is_wanted: impl Fn(&str) -> bool) -> Result<Self, WeightError> {
        let refused = |error: std::io::Error| WeightError::Format(error.to_string());
        let file = File::open(path).map_err(refused)?;
        let header = TensorHeader::read(&file).map_err(refused)?.map_err(WeightError::Format)?;
        if file.metadata().map_err(refused)?.len() != header.end {
            return Err(WeightError::Format("it is a damaged safetensors file: it is longer than its header says".into()));
        }
        let mut weights = Self::default();
        for (name, info) in header.metadata.tensors().into_iter().filter(|(name, _)| is_wanted(name)) {
            let (start, end) = info.data_offsets;
            let mut bytes = vec![0; end - start];
            read_at(&file, &mut bytes, header.start + start as u64).map_err(refused)?;
            let tensor = tensor_of(&name, info.dtype, &info.shape, &bytes)?;
            weights.0.insert(name, tensor);
        }
        Ok(weights)
    }

    /// Writes a safetensors file: same weights, same bytes.
    pub fn to_safetensors(&self) -> Vec<u8> {
        let bytes: Vec<(&String, &WeightTensor, Vec<u8>)> =
            self.0.iter().map(|(name, tensor)| (name, tensor, tensor_bytes(tensor))).collect();
        let views = bytes.iter().map(|(name, tensor, bytes)| {
            let dtype = match tensor.precision {
                Precision::Half => Dtype::F16,
                Precision::Single => Dtype::F32,
            };
            let view = TensorView::new(dtype, tensor.shape.clone(), bytes).expect("the bytes were made for this shape");
            (name.as_str(), view)
        });
        let kind = HashMap::from([(KIND.to_owned(), KIND_WEIGHTS.to_owned())]);
        safetensors::serialize(views, Some(kind)).expect("every view was checked when it was made")
    }
}

/// True for weights as facefield writes them: numbers of 2 or 4 bytes, and the mark in the metadata, which older versions left out.
pub(super) fn is_weights_file(path: &Path) -> bool {
    let read = || -> Option<bool> {
        let file = File::open(path).ok().filter(|_| path.is_file())?;
        let length = file.metadata().ok()?.len();
        let header = TensorHeader::read(&file).ok()?.ok()?;
        let marked = header.metadata.metadata().as_ref().is_none_or(|metadata| metadata.get(KIND).is_some_and(|kind| kind == KIND_WEIGHTS));
        let is_numbers = header.metadata.tensors().values().all(|tensor| matches!(tensor.dtype, Dtype::F16 | Dtype::F32));
        Some(marked && is_numbers && header.end == length)
    };
    read().unwrap_or(false)
}

/// A tensor from its bytes.
fn tensor_of(name: &str, dtype: Dtype, shape: &[usize], bytes: &[u8]) -> Result<WeightTensor, WeightError> {
    let (values, precision): (Vec<f32>, Precision) = match dtype {
        Dtype::F32 => (bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(), Precision::Single),
        Dtype::F16 => (half_to_single(bytes), Precision::Half),
        other => return Err(WeightError::Type { name: name.to_owned(), found: format!("{other:?}") }),
    };
    if values.iter().any(|value| !value.is_finite()) {
        return Err(WeightError::NotFinite(name.to_owned()));
    }
    Ok(WeightTensor { shape: shape.to_vec(), values, precision })
}

fn tensor_bytes(tensor: &WeightTensor) -> Vec<u8> {
    match tensor.precision {
        Precision::Half => tensor.values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect(),
        Precision::Single => tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect(),
    }
}

fn half_to_single(bytes: &[u8]) -> Vec<f32> {
    let halves: Vec<f16> = bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]])).collect();
    let mut values = vec![0.0; halves.len()];
    halves.as_slice().convert_to_f32_slice(&mut values);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights() -> Weights {
        let mut weights = Weights::default();
        weights.insert("axes", &[2, 3], vec![0.5, -1.0, 2.0, 0.25, 0.0, 8.0], Precision::Half);
        weights.insert("sigma", &[2], vec![1.1, 0.3], Precision::Single);
        weights
    }

    #[test]
    fn weights_survive_the_round_trip_byte_for_byte() {
        let bytes = weights().to_safetensors();
        let read = Weights::from_safetensors(&bytes).unwrap();
        assert_eq!(read, weights());
        assert_eq!(read.to_safetensors(), bytes);
    }

    #[test]
    fn fingerprints_tell_weights_apart_and_stay_the_same() {
        assert_eq!(weights().fingerprint(), 0x624A_7C5A_C0AE_1565);
        assert_eq!(weights().at(Precision::Single).fingerprint(), weights().fingerprint(), "the same numbers, stored otherwise");
        let other = |name: &str, shape: &[usize], values: Vec<f32>| {
            let mut weights = weights();
            weights.insert(name, shape, values, Precision::Single);
            weights.fingerprint()
        };
        let others = [
            other("sigma", &[2], vec![1.1, 0.300_000_1]),
            other("sigma", &[2], vec![0.3, 1.1]),
            other("sigma", &[1, 2], vec![1.1, 0.3]),
            other("sigmb", &[2], vec![1.1, 0.3]),
            other("mean", &[0], Vec::new()),
        ];
        assert!(others.iter().all(|fingerprint| *fingerprint != weights().fingerprint()), "{others:?}");
    }

    #[test]
    fn mixed_weights_lie_between_and_others_do_not_mix() {
        let mut other = weights();
        other.insert("sigma", &[2], vec![2.1, 0.7], Precision::Single);
        let mixed = weights().mixed(&other, 0.25).unwrap();
        for (value, wanted) in mixed.values("sigma").iter().zip([1.35, 0.4]) {
            assert!((value - wanted).abs() < 1e-6, "{value}");
        }
        assert_eq!(mixed.values("axes"), weights().values("axes"));
        assert_eq!(weights().mixed(&other, 0.0).unwrap().values("sigma"), weights().values("sigma"));
        other.insert("sigma", &[1, 2], vec![2.1, 0.7], Precision::Single);
        assert_eq!(weights().mixed(&other, 0.5), None, "another shape");
        let mut more = weights();
        more.insert("mean", &[1], vec![0.0], Precision::Single);
        assert!(weights().mixed(&more, 0.5).is_none() && more.mixed(&weights(), 0.5).is_none(), "another name");
    }

    #[test]
    fn a_part_of_a_file_is_that_of_the_whole_and_a_file_that_is_not_whole_has_none() {
        let place = tempfile::tempdir().unwrap();
        let (path, bytes) = (place.path().join("weights.safetensors"), weights().to_safetensors());
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(Weights::part_of_file(&path, |_| true).unwrap(), weights());
        let part = Weights::part_of_file(&path, |name| name == "sigma").unwrap();
        assert_eq!((part.names().collect::<Vec<_>>(), part.values("sigma")), (vec!["sigma"], weights().values("sigma")));
        let mut broken = weights();
        broken.insert("axes", &[2], vec![f32::NAN, 1.0], Precision::Single);
        std::fs::write(&path, broken.to_safetensors()).unwrap();
        assert!(Weights::part_of_file(&path, |name| name == "sigma").is_ok(), "what is not wanted is not read");
        assert!(matches!(Weights::part_of_file(&path, |name| name == "axes"), Err(WeightError::NotFinite(_))));
        for content in [&bytes[..bytes.len() - 1], &bytes[..9], &[], &[&bytes[..], &[0]].concat()] {
            std::fs::write(&path, content).unwrap();
            assert!(matches!(Weights::part_of_file(&path, |name| name == "axes"), Err(WeightError::Format(_))), "{}", content.len());
        }
        assert!(matches!(Weights::part_of_file(&place.path().join("none"), |_| true), Err(WeightError::Format(_))));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(weights().get("mean", &[3]).unwrap_err().to_string().contains("`mean`"));
        assert!(weights().get("axes", &[3, 2]).unwrap_err().to_string().contains("[2, 3]"));
        let bytes = weights().to_safetensors();
        for cut in [0, 4, 40, bytes.len() - 1] {
            assert!(matches!(Weights::from_safetensors(&bytes[..cut]), Err(WeightError::Format(_))), "cut at {cut}");
        }
        let mut broken = weights();
        broken.insert("sigma", &[2], vec![f32::NAN, 1.0], Precision::Single);
        assert!(matches!(Weights::from_safetensors(&broken.to_safetensors()), Err(WeightError::NotFinite(_))));
    }
}

//! A model on disk: `model.ron`, `weights.safetensors`, `preview.png`, `figures.json` once it was judged, and beside a generator
//! `inverter.safetensors`.
//!
//! Owns the format of the first three and its errors. What the weights mean is each model's business; the figures are that of whoever
//! judges it, the inverter that of a file of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::autoencoder::AutoencoderShape;
use super::frame_weights::FrameWeights;
use super::gan::GanShape;
use super::network::{NetworkConfig, Shapes};
use super::shipped::SHIPPED;
use super::weights::{WeightError, Weights, fnv};
use super::{ModelHeader, ModelKind, pca, weights};
use crate::files::{AtomicFolder, FileError, FolderKind, is_marked_png, is_sealed, sealed, starts_with};
use crate::latent::{FrameError, LatentFrame};

/// The header's file.
pub const HEADER: &str = "model.ron";
/// The weights' file.
pub const WEIGHTS: &str = "weights.safetensors";
/// The preview's file.
pub const PREVIEW: &str = "preview.png";
/// The file of figures that were found when the model was judged: they can be computed anew, so it may be lost with the folder.
pub const FIGURES: &str = "figures.json";
/// The file of the encoder that a generator may have beside it: it can be trained anew, so it may be lost with the folder.
pub const INVERTER: &str = "inverter.safetensors";
/// A model that is written anew just now is read again at most this often.
const READS: usize = 3;
/// The version of the header that is written.
const VERSION: u32 = 1;
/// How the first line of a header begins; the digest of the rest follows.
const SEAL: &str = "// facefield model, ";
/// How the file of figures begins.
const FIGURES_OPENING: &[u8] = b"{\n  \"version\": ";
/// A model's folder: what may be replaced without losing anything that is not facefield's.
pub const MODEL: FolderKind = FolderKind { name: "a model", foreign: foreign_in_model };

/// Why a model cannot be opened or saved.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// There is nothing there.
    #[error("there is no model at {path}: {reason}", path = .path.display())]
    NotFound {
        /// Where it was looked for.
        path: PathBuf,
        /// What is missing there, and what to do.
        reason: String,
    },
    /// No model has this name.
    #[error("no model is named `{name}`. Give the path of a model folder, or one of: {known}")]
    UnknownName {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The header cannot be read.
    #[error("{path}: {reason}. Mend it, or fit or train the model again", path = .path.display())]
    Header {
        /// The header's file.
        path: PathBuf,
        /// What is wrong, and where in the file.
        reason: String,
    },
    /// The weights cannot be used.
    #[error("the weights {path} cannot be used: {source}. Fit or train the model again, or fetch its folder anew", path = .path.display())]
    Weights {
        /// The weights' file.
        path: PathBuf,
        /// What is wrong with them.
        source: WeightError,
    },
    /// The frame in the weights makes no sense.
    #[error("the weights {path} cannot be used: {source}. Fit or train the model again, or fetch its folder anew", path = .path.display())]
    Frame {
        /// The weights' file.
        path: PathBuf,
        /// What is wrong with them.
        source: FrameError,
    },
    /// The folder cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A model as plain data: cheap to clone, free to cross threads.
#[derive(Clone, Debug)]
pub struct StoredModel {
    /// What the model is.
    pub header: ModelHeader,
    /// The frame between sigma units and codes.
    pub frame: LatentFrame,
    /// Its weights.
    pub weights: Arc<Weights>,
}

/// `model.ron`, version 1.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct HeaderFile {
    version: u32,
    name: String,
    kind: String,
    size: usize,
    latent_dim: usize,
    faces: usize,
    origin: String,
    licence: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    noise_variance: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    network: Option<AutoencoderShape>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gan: Option<GanShape>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    training: Option<String>,
}

impl StoredModel {
    /// Reads a model folder.
    ///
    /// # Errors
    /// [`ModelError`], naming the file and what to do.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        let weights_path = folder.join(WEIGHTS);
        let read = || fs::read(&weights_path).map_err(FileError::io("read", &weights_path));
        let ((header_path, mut text), mut bytes) = (read_files(folder)?, read()?);
        for _ in 0..READS {
            let (_, after) = read_files(folder)?;
            if after == text {
                break;
            }
            // A training has written meanwhile: other weights belong to another header.
            (text, bytes) = (after, read()?);
        }
        Self::from_parts(&text, &header_path, &bytes, &weights_path)
    }

    /// The model that the program opens first; it is part of the program.
    ///
    /// # Errors
    /// Never in a program whose tests have passed; the error type is shared with [`open`](Self::open).
    pub fn embedded() -> Result<Self, ModelError> {
        Self::shipped("pca-celeba64").expect("it is part of the program")
    }

    /// A model that is part of the program, by its name; `None` where none is called so.
    pub(super) fn shipped(name: &str) -> Option<Result<Self, ModelError>> {
        let found = SHIPPED.iter().find(|shipped| shipped.name == name)?;
        let place = |file: &str| Path::new("part of the program").join(found.name).join(file);
        Some(Self::from_parts(found.header, &place(HEADER), found.weights, &place(WEIGHTS)))
    }

    pub(super) fn from_parts(text: &str, header_path: &Path, bytes: &[u8], weights_path: &Path) -> Result<Self, ModelError> {
        let header = parse_header(text).map_err(|reason| ModelError::Header { path: header_path.to_path_buf(), reason })?;
        let weights_error = |source| ModelError::Weights { path: weights_path.to_path_buf(), source };
        let weights = Weights::from_safetensors(bytes).map_err(weights_error)?;
        let frame = match &header.network {
            None => pca::frame(&header, &weights),
            Some(network) => weights.frame(header.latent_dim, network.latent_dim()),
        };
        let frame = frame.map_err(weights_error)?.map_err(|source| ModelError::Frame { path: weights_path.to_path_buf(), source })?;
        Ok(Self { header, frame, weights: Arc::new(weights) })
    }

    /// A number that tells models apart that make other faces, or give them another likelihood: a hash of the weights and of what the
    /// header says of their use. Name, origin, terms and training may differ.
    pub fn fingerprint(&self) -> u64 {
        let header = ModelHeader {
            name: String::new(),
            faces: 0,
            origin: String::new(),
            licence: String::new(),
            training: None,
            ..self.header.clone()
        };
        header_body(&header).bytes().map(u64::from).fold(self.weights.fingerprint(), fnv)
    }

    /// The model whose weights lie `share` (0 to 1) of the way from those of this model to those of another; `None` where their networks or
    /// frames are not made alike.
    pub fn mixed(&self, other: &Self, share: f32) -> Option<Self> {
        if self.header.network != other.header.network {
            return None;
        }
        let weights = self.weights.mixed(&other.weights, share)?;
        let frame = self.frame.mixed(&other.frame, share)?;
        Some(Self { header: self.header.clone(), frame, weights: Arc::new(weights) })
    }

    /// Writes the model folder, replacing a model folder but nothing else. `preview`: a PNG file's bytes.
    ///
    /// # Errors
    /// [`ModelError::File`]; nothing half-written is left then.
    pub fn save(&self, folder: &Path, preview: &[u8]) -> Result<(), ModelError> {
        let new = AtomicFolder::create_output(folder, MODEL)?;
        new.write(HEADER, header_text(&self.header).as_bytes())?;
        new.write(WEIGHTS, &self.weights.to_safetensors())?;
        new.write(PREVIEW, preview)?;
        new.commit()?;
        Ok(())
    }
}

impl ModelHeader {
    /// Reads what a model folder says of its model, without the weights.
    ///
    /// # Errors
    /// [`ModelError`], naming the file and what to do.
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        let (path, text) = read_files(folder)?;
        parse_header(&text).map_err(|reason| ModelError::Header { path, reason })
    }

    /// What a model says that is part of the program, and its preview, a PNG file's bytes; `None` where none has this name.
    pub fn shipped(name: &str) -> Option<(Self, &'static [u8])> {
        let found = SHIPPED.iter().find(|shipped| shipped.name == name)?;
        Some((parse_header(found.header).ok()?, found.preview))
    }
}

/// The header of a model folder in which everything is there: its path and its text.
fn read_files(folder: &Path) -> Result<(PathBuf, String), ModelError> {
    let not_found = |reason: &str| ModelError::NotFound { path: folder.to_path_buf(), reason: reason.to_owned() };
    if !folder.is_dir() {
        let reason = if folder.exists() {
            "it is a file; a model is a folder with model.ron in it"
        } else {
            "the path does not exist. Check the spelling"
        };
        return Err(not_found(reason));
    }
    let path = folder.join(HEADER);
    if !path.is_file() {
        return Err(not_found("the folder holds no model.ron. A model folder has model.ron and weights.safetensors"));
    }
    if !folder.join(WEIGHTS).is_file() {
        return Err(not_found("weights.safetensors is missing beside model.ron. Fit or train the model again, or fetch its folder anew"));
    }
    match fs::read_to_string(&path) {
        Ok(text) => Ok((path, text)),
        Err(error) => Err(ModelError::Header { path, reason: format!("cannot be read: {error}") }),
    }
}

/// True for a folder that holds a model, its figures and nothing else, as facefield wrote them.
pub fn is_model_folder(path: &Path) -> bool {
    foreign_in_model(path).is_none()
}

/// The first thing in a folder that is not of a model, or that was changed since. Models of older versions carry no marks and are known
/// by their content.
fn foreign_in_model(folder: &Path) -> Option<String> {
    let header = folder.join(HEADER);
    let is_sealed = is_sealed(&header, SEAL, "");
    let is_older = !is_sealed && fs::read_to_string(&header).is_ok_and(|text| !text.starts_with(SEAL) && parse_header(&text).is_ok());
    if !is_sealed && !is_older {
        return FolderKind::first_that_is_not(folder, |_| false);
    }
    FolderKind::first_that_is_not(folder, |path| {
        let name = path.file_name().unwrap_or_default();
        if name == HEADER {
            true
        } else if name == WEIGHTS || name == INVERTER {
            weights::is_weights_file(path)
        } else if name == PREVIEW {
            // The previews of older versions carry no mark, nor does one that was left out.
            is_marked_png(path) || fs::metadata(path).is_ok_and(|metadata| metadata.len() == 0) || is_older_preview(path)
        } else {
            name == FIGURES && starts_with(path, FIGURES_OPENING)
        }
    })
}

/// True for a PNG without any mark beside a header without one.
fn is_older_preview(path: &Path) -> bool {
    let header = path.with_file_name(HEADER);
    starts_with(path, b"\x89PNG\r\n\x1a\n") && !starts_with(&header, SEAL.as_bytes())
}

fn parse_header(text: &str) -> Result<ModelHeader, String> {
    let file: HeaderFile =
        ron::from_str(text).map_err(|error| format!("line {}, column {}: {}", error.span.start.line, error.span.start.col, error.code))?;
    if file.version != VERSION {
        return Err(format!("it has version {}, and this program reads version {VERSION}. A newer program can open it", file.version));
    }
    let kind =
        ModelKind::from_key(&file.kind).ok_or_else(|| format!("it is of the kind `{}`, which this program does not know", file.kind))?;
    if !(1..=4096).contains(&file.size) || file.latent_dim == 0 {
        return Err(format!("a size of {} and {} axes make no model", file.size, file.latent_dim));
    }
    let shapes = Shapes { network: file.network, gan: file.gan };
    let network = NetworkConfig::from_shapes(kind, file.size, file.latent_dim, shapes)?;
    if let Some(network) = network.as_ref().filter(|network| !network.is_sound()) {
        return Err(format!("{network:?} makes no network"));
    }
    Ok(ModelHeader {
        name: file.name,
        kind,
        size: file.size,
        latent_dim: file.latent_dim,
        faces: file.faces,
        origin: file.origin,
        licence: file.licence,
        noise_variance: file.noise_variance,
        network,
        training: file.training,
    })
}

/// The text of `model.ron`: a line that tells whether it was changed by hand, then the header.
pub fn header_text(header: &ModelHeader) -> String {
    sealed(SEAL, "", &header_body(header))
}

fn header_body(header: &ModelHeader) -> String {
    let Shapes { network, gan } = header.network.as_ref().map(NetworkConfig::shapes).unwrap_or_default();
    let file = HeaderFile {
        version: VERSION,
        name: header.name.clone(),
        kind: header.kind.key().to_owned(),
        size: header.size,
        latent_dim: header.latent_dim,
        faces: header.faces,
        origin: header.origin.clone(),
        licence: header.licence.clone(),
        noise_variance: header.noise_variance,
        network,
        gan,
        training: header.training.clone(),
    };
    let pretty = ron::ser::PrettyConfig::default();
    ron::ser::to_string_pretty(&file, pretty).expect("plain fields are always valid RON") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Precision;

    #[test]
    fn a_model_with_figures_is_replaced_and_the_figures_go() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("model");
        let model = StoredModel::embedded().unwrap();
        model.save(&folder, b"").unwrap();
        fs::write(folder.join(FIGURES), "{\n  \"version\": 1").unwrap();
        fs::write(folder.join(".facefield-killed.partial"), "{").unwrap();
        assert!(is_model_folder(&folder), "also where a write was cut short");
        model.save(&folder, b"").unwrap();
        assert!(folder.join(HEADER).is_file() && !folder.join(FIGURES).exists());
        fs::write(folder.join("thesis.tex"), "three years of work").unwrap();
        assert!(!is_model_folder(&folder), "anything else is still left alone");
    }

    #[test]
    fn what_was_changed_by_hand_is_the_users() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("model");
        let model = StoredModel::embedded().unwrap();
        let header = folder.join(HEADER);
        let preview = crate::data::face_png(4, &[7; 48]);
        model.save(&folder, &preview).unwrap();
        let sealed = fs::read_to_string(&header).unwrap();
        let body = sealed.split_once('\n').unwrap().1.to_owned();
        fs::write(&header, sealed.replace("research", "any")).unwrap();
        let message = model.save(&folder, &preview).unwrap_err().to_string();
        assert!(message.contains("holds model.ron"), "{message}");
        fs::write(&header, body).unwrap();
        model.save(&folder, &preview).unwrap();
        for (name, bytes) in [(PREVIEW, b"\x89PNG\r\n\x1a\n of others".as_slice()), (FIGURES, b"{}"), (WEIGHTS, b"weights of others")] {
            let before = fs::read(folder.join(name)).unwrap_or_default();
            fs::write(folder.join(name), bytes).unwrap();
            let message = model.save(&folder, &preview).unwrap_err().to_string();
            assert!(message.contains(name), "{message}");
            if before.is_empty() { fs::remove_file(folder.join(name)).unwrap() } else { fs::write(folder.join(name), before).unwrap() }
        }
        model.save(&folder, &preview).unwrap();
    }

    #[test]
    fn fingerprints_differ_by_what_decides_the_faces() {
        let model = StoredModel::embedded().unwrap();
        let with = |change: &dyn Fn(&mut StoredModel)| {
            let mut changed = model.clone();
            change(&mut changed);
            changed.fingerprint()
        };
        let described = with(&|model| {
            model.header.origin = "elsewhere".into();
            model.header.faces = 3;
        });
        assert_eq!(described, model.fingerprint(), "where it comes from changes no face");
        assert_ne!(with(&|model| model.header.noise_variance = Some(0.5)), model.fingerprint());
        let more = with(&|model| Arc::make_mut(&mut model.weights).insert("more", &[1], vec![0.5], Precision::Single));
        assert_ne!(more, model.fingerprint());
    }
}

//! A model folder or run folder as a list shows it, read without its weights.
//!
//! Owns what is told of it. Where it was found is the business of the search.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::face::ShelfFace;
use crate::models::{HEADER, ModelHeader, ModelKind, PREVIEW};
use crate::training::{RUN, RunFacts, RunFolder, TrainingSettings, read_run};

/// A model, a run, or a place where one was.
#[derive(Clone, Debug, PartialEq)]
pub struct ShelfItem {
    /// What it is asked for by: its folder from the root, or the name of a model that is part of the program.
    pub request: String,
    /// The folder from the root; `None` for a model that is part of the program.
    pub folder: Option<PathBuf>,
    /// The name of the folder, which tells models apart that say the same of themselves; else that of the model.
    pub name: String,
    /// What the model in it is, where there is one that can be read.
    pub model: Option<ModelHeader>,
    /// What is known of the run, where it is one.
    pub run: Option<RunLine>,
    /// Why it cannot be opened.
    pub fault: Option<ShelfFault>,
    /// Some of its faces.
    pub face: Option<Arc<ShelfFace>>,
}

/// Why something on the shelf cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShelfFault {
    /// Its folder is not there any more.
    Gone,
    /// It is there and cannot be read: what is wrong, and what to do.
    Unreadable(String),
}

/// A run in a line.
#[derive(Clone, Debug, PartialEq)]
pub struct RunLine {
    /// What it trains.
    pub kind: ModelKind,
    /// How large the network is, in a word.
    pub preset: &'static str,
    /// Its settings, in a sentence's worth of words.
    pub settings: String,
    /// Faces are `size` x `size` pixels.
    pub size: usize,
    /// Number of latent axes.
    pub latent_dim: usize,
    /// How many faces it has seen.
    pub images: u64,
    /// Seconds of training; pauses do not count.
    pub seconds: f64,
    /// The smallest mean squared error on held-out faces, in [0, 1] units; `None` where none was measured.
    pub error: Option<f64>,
    /// The share of the planned length that is done, 0 to 1.
    pub progress: f64,
    /// Whether a process trains it now.
    pub is_live: bool,
}

impl RunLine {
    fn of(facts: &RunFacts) -> Option<Self> {
        let settings: &TrainingSettings = facts.settings.as_ref()?;
        Some(Self {
            kind: settings.kind(),
            preset: settings.preset().word(),
            settings: settings.in_words(),
            size: facts.size()?,
            latent_dim: settings.latent(),
            images: facts.images,
            seconds: facts.seconds,
            error: facts.best.map(|(_, error)| error),
            progress: facts.progress(),
            is_live: facts.is_live,
        })
    }
}

impl ShelfItem {
    /// What stands in a folder; `None` where that is neither a model nor a run.
    pub fn read(folder: &Path) -> Option<Self> {
        let (has_model, has_run) = (folder.join(HEADER).is_file(), folder.join(RUN).is_file());
        if !has_model && !has_run {
            return None;
        }
        let model = has_model.then(|| ModelHeader::read(folder));
        let facts = has_run.then(|| read_run(folder));
        let fault = match (&model, &facts) {
            (_, Some(Err(error))) => Some(error.to_string()),
            (Some(Err(error)), _) => Some(error.to_string()),
            _ => None,
        };
        let facts = facts.and_then(Result::ok);
        Some(Self {
            model: model.and_then(Result::ok),
            run: facts.as_ref().and_then(RunLine::of),
            fault: fault.map(ShelfFault::Unreadable),
            face: picture_of(folder, facts.as_ref()).map(Arc::new),
            ..Self::at(folder)
        })
    }

    /// The place of something whose folder is not there any more.
    pub fn gone(folder: &Path) -> Self {
        Self { fault: Some(ShelfFault::Gone), ..Self::at(folder) }
    }

    /// A model that is part of the program; `None` where none has this name.
    pub fn shipped(name: &str) -> Option<Self> {
        let (header, preview) = ModelHeader::shipped(name)?;
        let name = name.to_owned();
        let face = ShelfFace::of_png(preview).map(Arc::new);
        Some(Self { request: name.clone(), folder: None, name, model: Some(header), run: None, fault: None, face })
    }

    /// What it is: of a run that has written no model yet, what it trains.
    pub fn kind(&self) -> Option<ModelKind> {
        self.model.as_ref().map(|model| model.kind).or(self.run.as_ref().map(|run| run.kind))
    }

    /// Its faces are of so many pixels along each side.
    pub fn size(&self) -> Option<usize> {
        self.model.as_ref().map(|model| model.size).or(self.run.as_ref().map(|run| run.size))
    }

    /// The number of its latent axes.
    pub fn latent_dim(&self) -> Option<usize> {
        self.model.as_ref().map(|model| model.latent_dim).or(self.run.as_ref().map(|run| run.latent_dim))
    }

    fn at(folder: &Path) -> Self {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
        let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
        let request = folder.to_string_lossy().into_owned();
        Self { request, folder: Some(folder), name, model: None, run: None, fault: None, face: None }
    }
}

/// The preview of the model, or the newest samples of a run that has none.
fn picture_of(folder: &Path, run: Option<&RunFacts>) -> Option<ShelfFace> {
    let samples = || ShelfFace::read(&RunFolder::sample_path(folder, *run?.sheets.last()?, "samples"));
    ShelfFace::read(&folder.join(PREVIEW)).or_else(samples)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::preview_png;
    use crate::models::StoredModel;

    #[test]
    fn a_folder_is_told_by_its_own_name_and_what_its_header_says() {
        let place = tempfile::tempdir().unwrap();
        let model = StoredModel::embedded().unwrap();
        let preview = preview_png(&model).unwrap();
        let [one, other] = ["one", "other"].map(|name| {
            model.save(&place.path().join(name), &preview).unwrap();
            ShelfItem::read(&place.path().join(name)).unwrap()
        });
        assert_eq!((one.name.as_str(), other.name.as_str(), one.model == other.model), ("one", "other", true));
        assert_eq!((one.size(), one.latent_dim(), one.kind()), (Some(64), Some(model.header.latent_dim), Some(model.header.kind)));
        assert!(one.face.is_some() && one.fault.is_none() && one.run.is_none());
        assert_eq!(one.request, place.path().join("one").to_string_lossy());
    }

    #[test]
    fn what_cannot_be_read_says_why_and_what_is_neither_is_nothing() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("broken");
        std::fs::create_dir(&folder).unwrap();
        assert_eq!(ShelfItem::read(&folder), None);
        std::fs::write(folder.join(HEADER), "(version: 1").unwrap();
        let lacking = ShelfItem::read(&folder).unwrap();
        assert!(matches!(&lacking.fault, Some(ShelfFault::Unreadable(reason)) if reason.contains("weights.safetensors")));
        std::fs::write(folder.join("weights.safetensors"), "").unwrap();
        let broken = ShelfItem::read(&folder).unwrap();
        assert!(matches!(&broken.fault, Some(ShelfFault::Unreadable(reason)) if reason.contains("model.ron")), "{:?}", broken.fault);
        std::fs::write(folder.join(RUN), "(version: 1").unwrap();
        assert!(matches!(ShelfItem::read(&folder).unwrap().fault, Some(ShelfFault::Unreadable(reason)) if reason.contains("run.ron")));
        assert_eq!(ShelfItem::gone(&folder).fault, Some(ShelfFault::Gone));
    }

    #[test]
    fn models_of_the_program_show_their_faces_without_a_folder() {
        let item = ShelfItem::shipped("gan-celeba32").unwrap();
        assert_eq!((item.size(), item.folder.as_ref(), item.request.as_str()), (Some(32), None, "gan-celeba32"));
        assert!(item.face.is_some());
        assert_eq!(ShelfItem::shipped("a-model-of-a-test"), None);
    }
}

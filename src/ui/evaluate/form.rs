//! What is filled into the evaluation panel: the models that are ticked, and how they are judged.
//!
//! Owns defaults, and which of the ticked models can be judged by the faces that are chosen.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::data::SplitChoice;
use crate::engine::ShelfItem;
use crate::session::{EvaluationRequest, Shelf};

/// The seed at first, as on the command line.
pub const DEFAULT_SEED: u64 = 1;

/// What the form is filled with.
pub struct Form {
    /// The models that are ticked; before the user has ticked any, the open one counts.
    ticked: Option<BTreeSet<String>>,
    /// Another face cache with training faces.
    pub train: Option<PathBuf>,
    /// Which faces judge; `None` takes held-out ones where there are any.
    pub split: Option<SplitChoice>,
    /// Of samples, patches and directions.
    pub seed: u64,
    /// Whether figures are computed again that model folders keep.
    pub anew: bool,
}

impl Default for Form {
    fn default() -> Self {
        Self { ticked: None, train: None, split: None, seed: DEFAULT_SEED, anew: false }
    }
}

impl Form {
    /// Whether a model is ticked.
    pub fn is_ticked(&self, shelf: &Shelf, request: &str) -> bool {
        match &self.ticked {
            Some(ticked) => ticked.contains(request),
            None => shelf.current.as_deref() == Some(request),
        }
    }

    /// Ticks a model, or takes the tick away; the others stay as they are.
    pub fn tick(&mut self, shelf: &Shelf, request: &str, is_ticked: bool) {
        let ticked = self.ticked.get_or_insert_with(|| shelf.current.iter().cloned().collect());
        if is_ticked {
            ticked.insert(request.to_owned());
        } else {
            ticked.remove(request);
        }
    }

    /// The models that are ticked and that faces of `size` pixels can judge, in the order of the list.
    pub fn chosen(&self, shelf: &Shelf, size: Option<usize>) -> Vec<String> {
        let models = shelf.models().filter(|model| fits(model, size) && self.is_ticked(shelf, &model.request));
        models.map(|model| model.request.clone()).collect()
    }

    /// What the form asks for.
    pub fn request(&self, models: Vec<String>, data: &Path) -> EvaluationRequest {
        EvaluationRequest {
            models,
            data: data.to_path_buf(),
            split: self.split,
            train: self.train.clone(),
            seed: self.seed,
            reuse: !self.anew,
        }
    }
}

/// Whether faces of `size` pixels can judge a model: they can be made smaller, but not larger. True while no faces are chosen.
pub fn fits(model: &ShelfItem, size: Option<usize>) -> bool {
    size.zip(model.size()).is_none_or(|(size, own)| own <= size)
}

/// Which faces judge: choice, name, and what it means.
pub const SPLITS: [(Option<SplitChoice>, &str, &str); 5] = [
    (None, "Automatic", "Validation faces where there are any, else test faces, else all"),
    (Some(SplitChoice::Valid), "Validation", "Faces that are marked for validation"),
    (Some(SplitChoice::Test), "Test", "Faces that are marked for testing"),
    (Some(SplitChoice::Train), "Training", "Faces that are marked for training: floor and neighbour ratio say little then"),
    (Some(SplitChoice::All), "All", "Every face"),
];

/// The name of a choice.
pub fn split_name(split: Option<SplitChoice>) -> &'static str {
    SPLITS.iter().find(|(choice, _, _)| *choice == split).map_or("", |(_, name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::catalog::EMBEDDED;

    fn shelf() -> Shelf {
        let model = |name: &str, size: usize| {
            let mut item = ShelfItem::shipped(EMBEDDED).unwrap();
            item.request = format!("/models/{name}");
            item.model.as_mut().unwrap().size = size;
            item
        };
        let mut shelf = Shelf::default();
        shelf.items = vec![model("large", 64), model("small", 32), model("tiny", 16)];
        shelf.current = Some("/models/small".into());
        shelf
    }

    #[test]
    fn the_open_model_is_ticked_until_the_user_chooses() {
        let mut shelf = shelf();
        let mut form = Form::default();
        assert_eq!(form.chosen(&shelf, Some(32)), ["/models/small"]);
        form.tick(&shelf, "/models/tiny", true);
        assert_eq!(form.chosen(&shelf, Some(32)), ["/models/small", "/models/tiny"], "it stays ticked");
        shelf.current = Some("/models/large".into());
        form.tick(&shelf, "/models/small", false);
        assert_eq!(form.chosen(&shelf, Some(64)), ["/models/tiny"], "what is opened later is the user's choice");
    }

    #[test]
    fn models_that_are_too_large_are_left_out() {
        let shelf = shelf();
        let mut form = Form::default();
        form.tick(&shelf, "/models/large", true);
        assert_eq!(form.chosen(&shelf, Some(64)).len(), 2);
        assert_eq!(form.chosen(&shelf, Some(32)), ["/models/small"]);
        assert!(form.chosen(&shelf, Some(16)).is_empty());
        assert_eq!(form.chosen(&shelf, None).len(), 2, "without faces nothing is too large");
    }

    #[test]
    fn the_form_starts_with_the_defaults_of_the_command_line() {
        let request = Form::default().request(vec!["a".into()], Path::new("faces.safetensors"));
        assert_eq!((request.seed, request.split, request.train.as_ref(), request.reuse), (1, None, None, true));
        assert!(!Form { anew: true, ..Form::default() }.request(Vec::new(), Path::new("faces.safetensors")).reuse);
    }

    #[test]
    fn every_split_has_a_name() {
        let names: BTreeSet<&str> = SPLITS.iter().map(|(split, _, _)| split_name(*split)).collect();
        assert_eq!(names.len(), SPLITS.len());
    }
}

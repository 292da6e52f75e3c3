//! The figures that a model's folder keeps, so that nothing is computed twice: `figures.json`.
//!
//! Owns the file: when figures answer a question, how many are kept, and what is left alone because it is no such file. What the figures
//! are is the business of those who compute them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::job::Evaluate;
use super::subjects::{Fingerprints, Subjects};
use crate::files::{FileError, write_atomically};
use crate::metrics::Evaluation;
use crate::models::{FIGURES, StoredModel};
use crate::progress::Monitor;

/// The version of the file; raised where an older program could not read it any more.
const VERSION: u32 = 1;
/// Raised whenever the same question would be answered by other figures: where the definition of a metric changes, or the seeds, batches,
/// samples or faces that it is computed with. Figures of another method are computed anew.
const METHOD: u32 = 1;
/// So many answers are kept for each model, the newest.
const MOST: usize = 8;
/// How every file of [`VERSION`] begins: what tells one that was cut short or damaged from a file of others.
const OPENING: &[u8] = b"{\n  \"version\": 1,\n  \"figures\": [\n    {\n      \"question\": {";

/// All that decides the figures. Fingerprints are 16 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// That of the model.
    model: String,
    /// That of the cache with the faces to judge by, at the size of the model.
    data: String,
    /// Which of them.
    split: String,
    /// That of the cache with the training faces.
    train: String,
    /// Which of them.
    train_split: String,
    /// Of samples, patches and directions.
    seed: u64,
    /// [`METHOD`].
    method: u32,
    /// How many faces go there and back; none in files of earlier versions.
    #[serde(default, skip_serializing_if = "is_zero")]
    invert: usize,
    /// Where they are searched for: that of the encoder with which the search begins; none where there is none, and in files of earlier
    /// versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encoder: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields over like this")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Question {
    /// How well a model does on some faces.
    pub fn new(job: &Evaluate, stored: &StoredModel, subjects: &Subjects, fingerprints: Fingerprints) -> Self {
        let digits = |fingerprint: u64| format!("{fingerprint:016x}");
        Self {
            model: digits(stored.fingerprint()),
            data: digits(fingerprints.data),
            split: subjects.split.word().to_owned(),
            train: digits(fingerprints.train),
            train_split: subjects.training_split().word().to_owned(),
            seed: job.seed,
            method: METHOD,
            invert: job.invert,
            encoder: None,
        }
    }

    /// The same where a search begins with an encoder.
    #[must_use]
    pub fn beginning_with(self, encoder: Option<u64>) -> Self {
        Self { encoder: encoder.map(|fingerprint| format!("{fingerprint:016x}")), ..self }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptFigures {
    question: Question,
    /// What was warned of when they were computed.
    pub warnings: Vec<String>,
    /// The figures.
    pub evaluation: Evaluation,
}

/// The whole file, the newest figures first.
#[derive(Serialize, Deserialize)]
struct KeptFile {
    version: u32,
    figures: Vec<KeptFigures>,
}

/// As much of a file as all versions have in common.
#[derive(Deserialize)]
struct AnyVersion {
    version: u32,
    #[serde(rename = "figures")]
    _figures: Vec<IgnoredAny>,
}

/// What stands where figures are kept.
enum Found {
    /// Figures, or nothing yet.
    Figures(Vec<KeptFigures>),
    /// A file of figures that cannot be read any more.
    Damaged,
    /// Something that is not to be replaced, and what is known of it.
    Foreign(String),
}

/// Where a model keeps the answer to a question.
pub struct FigureFile {
    path: PathBuf,
    question: Question,
}

impl FigureFile {
    /// Of the model in a folder.
    pub fn new(folder: &Path, question: Question) -> Self {
        Self { path: folder.join(FIGURES), question }
    }

    /// The same file, asked for a search that begins with another encoder.
    #[must_use]
    pub fn beginning_with(&self, encoder: Option<u64>) -> Self {
        Self { path: self.path.clone(), question: self.question.clone().beginning_with(encoder) }
    }

    /// The figures that answer the question, if they are kept. `monitor` is told of a file that cannot be used.
    pub fn find(&self, monitor: &dyn Monitor) -> Option<KeptFigures> {
        self.read(monitor).unwrap_or_default().into_iter().find(|kept| kept.question == self.question)
    }

    /// Keeps figures, before those that are kept already. `monitor` is told where that cannot be.
    pub fn keep(&self, evaluation: &Evaluation, warnings: Vec<String>, monitor: &dyn Monitor) {
        let Some(mut figures) = self.read(monitor) else { return };
        if !survives(evaluation) {
            return;
        }
        figures.retain(|kept| kept.question != self.question);
        figures.insert(0, KeptFigures { question: self.question.clone(), warnings, evaluation: evaluation.clone() });
        figures.truncate(MOST);
        if let Err(error) = self.write(figures) {
            monitor.warn(format!("the figures of {} are not kept: {error}", evaluation.model));
        }
    }

    /// What is kept; `None` where something stands there that must not be replaced.
    fn read(&self, monitor: &dyn Monitor) -> Option<Vec<KeptFigures>> {
        let path = self.path.display();
        match found_at(&self.path) {
            Found::Figures(figures) => Some(figures),
            Found::Damaged => {
                monitor.warn(format!("{path} is damaged, so its figures are computed anew, and it is replaced"));
                Some(Vec::new())
            }
            Found::Foreign(what) => {
                monitor.warn(format!("{path} {what}, so it is left as it is and no figures are kept; move it away to change that"));
                None
            }
        }
    }

    fn write(&self, figures: Vec<KeptFigures>) -> Result<(), FileError> {
        // A folder that has gone meanwhile is not made anew.
        if !self.path.parent().is_some_and(Path::is_dir) {
            return Err(FileError::io("write", &self.path)(io::ErrorKind::NotADirectory.into()));
        }
        let file = KeptFile { version: VERSION, figures };
        let text = serde_json::to_string_pretty(&file).expect("plain fields are always valid JSON") + "\n";
        write_atomically(&self.path, text.as_bytes())
    }
}

fn found_at(path: &Path) -> Found {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Found::Figures(Vec::new()),
        Err(error) => return Found::Foreign(format!("cannot be read ({error})")),
    };
    if let Ok(KeptFile { version: VERSION, figures }) = serde_json::from_slice(&bytes) {
        return Found::Figures(figures);
    }
    if bytes.starts_with(OPENING) || OPENING.starts_with(&bytes) {
        return Found::Damaged;
    }
    match serde_json::from_slice(&bytes) {
        Ok(AnyVersion { version, .. }) if version > VERSION => Found::Foreign("was written by a newer program".into()),
        _ => Found::Foreign("holds no figures of a model".into()),
    }
}

/// Whether JSON holds the figures to the bit. It has no word for infinity and NaN: it writes null, as for what is absent.
fn survives(evaluation: &Evaluation) -> bool {
    let text = serde_json::to_string(evaluation);
    text.is_ok_and(|text| serde_json::from_str::<Evaluation>(&text).is_ok_and(|read| read == *evaluation))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{LikelihoodFigures, ReconstructionFigures, SampleFigures, SetFigures};
    use crate::progress::Silent;

    fn question(seed: u64) -> Question {
        let word = |text: &str| text.to_owned();
        let (model, data, train) = (word("01"), word("02"), word("03"));
        Question { model, data, split: word("valid"), train, train_split: word("train"), seed, method: METHOD, invert: 0, encoder: None }
    }

    fn evaluation(psnr: f64) -> Evaluation {
        let (figures, floor) = (SetFigures::absent(32), SetFigures::absent(32));
        Evaluation {
            model: "mine".into(),
            kind: "pca".into(),
            size: 32,
            latent_dim: 4,
            faces: 10,
            n: 10,
            seed: 1,
            split: "valid".into(),
            training_faces: 90,
            reconstruction: ReconstructionFigures { psnr: Some(psnr), ..ReconstructionFigures::default() },
            likelihood: LikelihoodFigures::default(),
            samples: SampleFigures { figures, floor, neighbour_ratio: None },
            way_back: None,
            is_kept: false,
        }
    }

    #[test]
    fn the_newest_eight_are_kept_and_begin_as_ours_do() {
        let place = tempfile::tempdir().unwrap();
        let file = |seed: u64| FigureFile::new(place.path(), question(seed));
        (0..9).for_each(|seed| file(seed).keep(&evaluation(seed as f64 + 0.1), vec![format!("of {seed}")], &Silent));
        file(5).keep(&evaluation(50.0), Vec::new(), &Silent);
        let bytes = fs::read(place.path().join(FIGURES)).unwrap();
        assert!(bytes.starts_with(OPENING), "{}", String::from_utf8_lossy(&bytes));
        let Found::Figures(found) = found_at(&place.path().join(FIGURES)) else { panic!("they can be read") };
        assert_eq!(found.iter().map(|kept| kept.question.seed).collect::<Vec<_>>(), [5, 8, 7, 6, 4, 3, 2, 1]);
        assert!(file(0).find(&Silent).is_none());
        assert_eq!(file(5).find(&Silent).unwrap().evaluation, evaluation(50.0));
        let kept = file(8).find(&Silent).unwrap();
        assert_eq!((kept.evaluation, kept.warnings), (evaluation(8.0 + 0.1), vec!["of 8".to_owned()]));
    }

    #[test]
    fn a_search_that_begins_with_another_encoder_is_another_question() {
        let place = tempfile::tempdir().unwrap();
        let file = FigureFile::new(place.path(), question(1));
        let [one, other] = [1, 2].map(|encoder| file.beginning_with(Some(encoder)));
        one.keep(&evaluation(20.5), Vec::new(), &Silent);
        assert!(other.find(&Silent).is_none() && file.find(&Silent).is_none());
        assert_eq!(one.find(&Silent).unwrap().evaluation, evaluation(20.5));
        assert!(other.beginning_with(Some(1)).find(&Silent).is_some());
    }

    #[test]
    fn figures_that_json_cannot_hold_are_not_kept() {
        let place = tempfile::tempdir().unwrap();
        FigureFile::new(place.path(), question(1)).keep(&evaluation(f64::INFINITY), Vec::new(), &Silent);
        assert!(!place.path().join(FIGURES).exists());
    }

    #[test]
    fn files_of_ours_that_are_damaged_are_told_from_those_of_others() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join(FIGURES);
        FigureFile::new(place.path(), question(1)).keep(&evaluation(20.5), Vec::new(), &Silent);
        let whole = fs::read_to_string(&path).unwrap();
        let found = |text: &str| {
            fs::write(&path, text).unwrap();
            found_at(&path)
        };
        assert!(matches!(found(&whole), Found::Figures(figures) if figures.len() == 1));
        for cut in [0, 1, 20, OPENING.len(), whole.len() / 2, whole.len() - 3] {
            assert!(matches!(found(&whole[..cut]), Found::Damaged), "cut at {cut}");
        }
        assert!(matches!(found(&whole.replace("20.5", "\"twenty\"")), Found::Damaged));
        assert!(matches!(found(&whole.replace("\"version\": 1", "\"version\": 2")), Found::Foreign(what) if what.contains("newer")));
        for text in ["my notes", "{\"figures\": []}", "[1, 2]", "{\"version\": 1, \"figures\": [{\"png\": 3}]}"] {
            assert!(matches!(found(text), Found::Foreign(what) if what.contains("no figures")), "{text}");
        }
    }
}

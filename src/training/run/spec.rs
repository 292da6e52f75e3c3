//! What a run is made of: `run.ron`, with the faces that it learns from now and those that it learned from before.
//!
//! Owns the file's fields and versions. Settings that were changed since the beginning stand in the checkpoints and in `events.csv`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::names::RUN;
use crate::files::{FileError, write_atomically};
use crate::training::error::TrainingError;
use crate::training::kinds::{SettingsOfVersion1, TrainingSettings};
use crate::training::plan::CheckpointPlan;
use crate::words::{Setting, counted};

const VERSION: u32 = 2;

/// How a run was begun, and with which faces it goes on: `run.ron`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSpec {
    /// The version of the file.
    pub version: u32,
    /// The face cache.
    pub data: PathBuf,
    /// Tells face caches apart.
    pub fingerprint: u64,
    /// Faces are `size` x `size` pixels.
    pub size: usize,
    /// How many faces are learned from.
    pub faces: usize,
    /// How many faces are held out.
    pub held_out: usize,
    /// Where the faces come from, in a sentence.
    pub origin: String,
    /// The settings it was begun with; changes stand in the checkpoints and in `events.csv`.
    pub settings: TrainingSettings,
    /// When checkpoints are written.
    pub checkpoints: CheckpointPlan,
    /// Whether the model's weights are stored in half precision.
    pub half: bool,
    /// The run and step that it branched from.
    pub parent: Option<(PathBuf, u64)>,
    /// The faces that it learned from before those above, from the beginning on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<EarlierFaces>,
}

/// `run.ron` as long as there was one kind of network.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpecOfVersion1 {
    version: u32,
    #[serde(rename = "kind")]
    _kind: String,
    data: PathBuf,
    fingerprint: u64,
    size: usize,
    faces: usize,
    held_out: usize,
    origin: String,
    settings: SettingsOfVersion1,
    checkpoints: CheckpointPlan,
    half: bool,
    parent: Option<(PathBuf, u64)>,
}

impl From<SpecOfVersion1> for RunSpec {
    fn from(old: SpecOfVersion1) -> Self {
        let SpecOfVersion1 { data, fingerprint, size, faces, held_out, origin, checkpoints, half, parent, .. } = old;
        let (version, settings, earlier) = (VERSION, old.settings.into(), Vec::new());
        Self { version, data, fingerprint, size, faces, held_out, origin, settings, checkpoints, half, parent, earlier }
    }
}

/// Faces that are learned from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FacesUsed {
    /// The face cache.
    pub data: PathBuf,
    /// Tells face caches apart.
    pub fingerprint: u64,
    /// How many faces are learned from.
    pub faces: usize,
    /// How many faces are held out.
    pub held_out: usize,
    /// Where the faces come from, in a sentence.
    pub origin: String,
}

impl FacesUsed {
    /// "b.safetensors, 10 faces".
    pub fn in_words(&self) -> String {
        format!("{}, {}", self.data.display(), counted(self.faces as u64, "face"))
    }
}

/// Faces that a run learned from until others took their place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EarlierFaces {
    /// The faces.
    pub faces: FacesUsed,
    /// After how many steps others took their place.
    pub until: u64,
    /// The best checkpoint by them, and its mean squared error on those held out: with others it cannot be compared.
    pub best: Option<(u64, f64)>,
}

impl RunSpec {
    /// The version that is written.
    pub const VERSION: u32 = VERSION;

    /// The faces in use now.
    pub fn faces_used(&self) -> FacesUsed {
        let Self { data, fingerprint, faces, held_out, origin, .. } = self.clone();
        FacesUsed { data, fingerprint, faces, held_out, origin }
    }

    /// Puts other faces in the place of those in use now.
    pub fn use_faces(&mut self, now: FacesUsed) {
        let FacesUsed { data, fingerprint, faces, held_out, origin } = now;
        (self.data, self.fingerprint, self.faces, self.held_out, self.origin) = (data, fingerprint, faces, held_out, origin);
    }

    /// Where all its faces come from, in a sentence.
    pub fn whole_origin(&self) -> String {
        let earlier = self.earlier.iter().rev().filter(|earlier| earlier.until > 0);
        let earlier: String = earlier.map(|earlier| format!("; until step {} {}", earlier.until, earlier.faces.origin)).collect();
        format!("{}{earlier}", self.origin)
    }

    /// Writes `run.ron`.
    ///
    /// # Errors
    /// [`FileError`] where it cannot be written.
    pub fn write(&self, run: &Path) -> Result<(), FileError> {
        write_atomically(&run.join(RUN), self.text().as_bytes())
    }

    /// The text of `run.ron`.
    pub fn text(&self) -> String {
        ron::ser::to_string_pretty(self, ron::ser::PrettyConfig::default()).expect("plain fields are always valid RON") + "\n"
    }
}

/// Reads `run.ron`, of this version or an older one.
///
/// # Errors
/// [`TrainingError::NotARun`].
pub fn read_spec(path: &Path) -> Result<RunSpec, TrainingError> {
    let wrong = |reason: String| TrainingError::NotARun { path: path.to_path_buf(), reason };
    let text = fs::read_to_string(path.join(RUN)).map_err(|error| wrong(format!("{RUN} cannot be read ({error})")))?;
    let damaged = |error: ron::error::SpannedError| {
        let at = error.span.start;
        format!(
            "{RUN} is damaged at line {}, column {} ({}). Restore it from a copy, or begin a run with another {}",
            at.line,
            at.col,
            error.code,
            Setting::Folder
        )
    };
    let spec = match ron::from_str::<RunSpec>(&text) {
        Ok(spec) => spec,
        Err(error) => match ron::from_str::<SpecOfVersion1>(&text) {
            Ok(old) if old.version == 1 => old.into(),
            _ => return Err(wrong(damaged(error))),
        },
    };
    if spec.version == VERSION {
        Ok(spec)
    } else {
        Err(wrong(format!("{RUN} has version {}, and this program reads version {VERSION}. A newer program can open it", spec.version)))
    }
}

#[cfg(test)]
impl RunSpec {
    /// One of a run that begins with faces of `size` pixels.
    pub(super) fn example(settings: TrainingSettings, size: usize) -> Self {
        Self {
            version: VERSION,
            data: "faces.safetensors".into(),
            fingerprint: 1,
            size,
            faces: 9,
            held_out: 0,
            origin: "9 faces".into(),
            settings,
            checkpoints: CheckpointPlan::default(),
            half: false,
            parent: None,
            earlier: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::AutoencoderSettings;

    #[test]
    fn a_run_remembers_the_faces_before() {
        let faces = |name: &str, faces: usize| FacesUsed {
            data: name.into(),
            fingerprint: faces as u64,
            faces,
            held_out: 2,
            origin: format!("{faces} faces of {name}"),
        };
        let old = "(version: 2, data: \"a\", fingerprint: 540, size: 16, faces: 540, held_out: 2, origin: \"540 faces of a\", settings: ";
        let settings = TrainingSettings::from(AutoencoderSettings::default());
        let rest = ", checkpoints: (steps: 5, seconds: 1.0, newest: 3), half: false, parent: None)";
        let mut spec: RunSpec = ron::from_str(&format!("{old}{}{rest}", ron::to_string(&settings).unwrap())).unwrap();
        assert!(spec.earlier.is_empty() && !spec.text().contains("earlier"), "a run with one cache is written as ever");
        spec.earlier.push(EarlierFaces { faces: spec.faces_used(), until: 400, best: Some((380, 0.01)) });
        spec.use_faces(faces("b", 10));
        assert_eq!((spec.faces_used(), spec.whole_origin().as_str()), (faces("b", 10), "10 faces of b; until step 400 540 faces of a"));
        assert_eq!(ron::from_str::<RunSpec>(&spec.text()).unwrap(), spec);
        assert_eq!(spec.faces_used().in_words(), "b, 10 faces");
    }
}

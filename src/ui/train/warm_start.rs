//! A run that is to begin with the weights of a finished one, larger or as it is: what is asked, what it still lacks, and the request.
//!
//! Owns what can be chosen. How it is drawn is the business of `ask_warm_start`, what a warm start is that of the engine.

use std::path::{Path, PathBuf};

use super::form::free_name;
use crate::backend::BackendChoice;
use crate::engine::{Beginning, TrainingRequest, settings_to_begin_with, sizes_to_grow_to};
use crate::session::DatasetFacts;
use crate::training::{Budget, CheckpointPlan, Dial, Edit, RunFacts, TrainingSettings};

/// The knobs that make a difference in the beginning, where a kind has them.
const KNOBS: [&str; 4] = ["learning_rate", "stage_fade", "stage_rest", "stage_warm_up"];

/// What is asked.
#[derive(Clone, Debug)]
pub struct WarmStart {
    /// The run whose weights it begins with.
    pub from: PathBuf,
    /// The new run folder.
    pub out: String,
    /// How long it trains.
    pub budget: Budget,
    /// The size that faces have in the end.
    pub size: usize,
    /// The size of the network that has learned, and what it was told.
    own: usize,
    learned: TrainingSettings,
    settings: TrainingSettings,
    checkpoints: CheckpointPlan,
    half: bool,
}

/// The size to which the network of a run can grow next.
pub fn next_size(facts: &RunFacts) -> Option<usize> {
    sizes_to_grow_to(facts.settings.as_ref()?, facts.size()?).first().copied()
}

impl WarmStart {
    /// Whether a run has come to its end and has weights that another one can begin with.
    pub fn is_possible(facts: &RunFacts) -> bool {
        let is_known = facts.path.is_some() && facts.spec.is_some() && facts.settings.is_some();
        is_known && facts.progress() >= 1.0 && !facts.checkpoints.is_empty()
    }

    /// A run that begins with the newest weights of this one, twice as large where it can grow.
    pub fn of(facts: &RunFacts) -> Option<Self> {
        let (from, spec, learned, own) = (facts.path.clone()?, facts.spec.as_ref()?, facts.settings.clone()?, facts.size()?);
        let mut asked = Self {
            out: String::new(),
            budget: facts.budget,
            size: own,
            own,
            settings: learned.clone(),
            learned,
            checkpoints: spec.checkpoints,
            half: spec.half,
            from,
        };
        asked.grow_to(next_size(facts).unwrap_or(own));
        Some(asked)
    }

    /// The sizes to choose from: its own, and those to which it can grow.
    pub fn sizes(&self) -> Vec<usize> {
        std::iter::once(self.own).chain(sizes_to_grow_to(&self.learned, self.own)).collect()
    }

    /// Whether it is to grow.
    pub fn grows(&self) -> bool {
        self.size > self.own
    }

    /// Chooses another size, with a name for it; what was turned stays.
    pub fn grow_to(&mut self, size: usize) {
        let turned: Vec<Edit> = self.settings.stands().into_iter().filter(|edit| KNOBS.contains(&edit.knob.as_str())).collect();
        self.settings = settings_to_begin_with(&self.learned, self.own, size);
        turned.iter().for_each(|edit| drop(self.settings.turn(edit)));
        self.size = size;
        let name = if self.grows() { format!("{}-at-{size}", self.from.display()) } else { format!("{}-again", self.from.display()) };
        self.out = free_name(&name, &|name| Path::new(name).exists());
    }

    /// The knobs that make a difference in the beginning.
    pub fn dials(&self) -> Vec<Dial> {
        self.settings.dials(self.size).into_iter().filter(|dial| KNOBS.contains(&dial.name)).collect()
    }

    /// Turns one of them.
    pub fn turn(&mut self, edit: &Edit) {
        self.settings.turn(edit);
    }

    /// About how much memory a step takes in the end, in bytes.
    pub fn memory_bytes(&self) -> u64 {
        self.settings.network(self.size).training_bytes(self.settings.batch_at(self.size))
    }

    /// What is still missing, as a sentence; `faces`: those that are chosen.
    pub fn lack(&self, faces: Option<&DatasetFacts>) -> Option<String> {
        let wanted = self.size;
        let Some(faces) = faces else { return Some(format!("Open faces of {wanted} pixels to learn from.")) };
        let (has, out) = (faces.size, self.out.trim());
        match () {
            () if has < wanted => Some(format!(
                "These faces have {has} pixels, and {wanted} are wanted. Import the pictures at {wanted} pixels, and open them here."
            )),
            () if !self.grows() && has != wanted => {
                Some(format!("These faces have {has} pixels, and the network makes {wanted}. Open faces of that size, or let it grow."))
            }
            () if out.is_empty() || Path::new(out).exists() => Some("A name that is not taken is wanted.".into()),
            () => None,
        }
    }

    /// The training that is asked for.
    pub fn request(&self, data: &Path, backend: BackendChoice) -> TrainingRequest {
        TrainingRequest {
            data: data.to_path_buf(),
            out: PathBuf::from(self.out.trim()),
            settings: self.settings.clone(),
            budget: Some(self.budget),
            checkpoints: self.checkpoints,
            half: self.half,
            beginning: Beginning::WarmStart(self.from.clone(), None),
            edits: Vec::new(),
            backend,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::{AutoencoderSettings, GanSettings, RunSpec, Value};

    fn finished(settings: TrainingSettings) -> RunFacts {
        let spec = RunSpec {
            version: RunSpec::VERSION,
            data: "small".into(),
            fingerprint: 1,
            size: 16,
            faces: 9,
            held_out: 1,
            origin: "a".into(),
            settings: settings.clone(),
            checkpoints: CheckpointPlan { steps: 7, ..CheckpointPlan::default() },
            half: true,
            parent: None,
            earlier: Vec::new(),
        };
        RunFacts {
            path: Some("runs/small".into()),
            spec: Some(spec),
            settings: Some(settings),
            budget: Budget::Images(100),
            images: 100,
            checkpoints: vec![10],
            ..RunFacts::default()
        }
    }

    fn faces(size: usize) -> DatasetFacts {
        DatasetFacts { size, faces: 40, train: 36, held_out: 4, is_drawn: true }
    }

    #[test]
    fn a_finished_gan_is_offered_twice_its_size_and_keeps_what_it_was_told() {
        let facts = finished(GanSettings { latent: 9, ..Default::default() }.into());
        assert!(WarmStart::is_possible(&facts) && !WarmStart::is_possible(&RunFacts { images: 99, ..facts.clone() }));
        assert!(!WarmStart::is_possible(&RunFacts { checkpoints: Vec::new(), ..facts.clone() }));
        let mut asked = WarmStart::of(&facts).unwrap();
        assert_eq!((asked.size, asked.sizes(), asked.out.as_str()), (32, vec![16, 32, 64], "runs/small-at-32"));
        asked.turn(&Edit::new("stage_rest", Value::Number(0.25)));
        asked.grow_to(64);
        let request = asked.request(Path::new("large"), BackendChoice::Cpu);
        let growth = request.settings.growth().unwrap();
        assert_eq!((growth.sizes(), growth.end_of(16), request.settings.latent()), (&[16, 32, 64][..], 0.0, 9));
        assert!(request.settings.stands().contains(&Edit::new("stage_rest", Value::Number(0.25))), "what was turned stays");
        assert_eq!(request.beginning, Beginning::WarmStart("runs/small".into(), None));
        assert_eq!((request.out, request.checkpoints.steps, request.half), ("runs/small-at-64".into(), 7, true));
        let turned: Vec<&str> = asked.dials().iter().map(|dial| dial.name).collect();
        assert_eq!(turned, KNOBS);
        asked.grow_to(16);
        assert!(asked.request(Path::new("small"), BackendChoice::Cpu).settings.growth().is_none() && !asked.grows());
    }

    #[test]
    fn what_is_missing_is_said() {
        let mut asked = WarmStart::of(&finished(GanSettings::default().into())).unwrap();
        assert!(asked.lack(None).is_some_and(|text| text.contains("faces of 32 pixels")));
        assert!(asked.lack(Some(&faces(16))).is_some_and(|text| text.contains("have 16 pixels, and 32 are wanted")));
        assert_eq!((asked.lack(Some(&faces(32))), asked.lack(Some(&faces(64)))), (None, None), "larger ones are made smaller");
        asked.out = " ".into();
        assert!(asked.lack(Some(&faces(32))).is_some_and(|text| text.contains("name")));
        asked.grow_to(16);
        assert!(asked.lack(Some(&faces(32))).is_some_and(|text| text.contains("let it grow")));
    }

    #[test]
    fn what_cannot_grow_begins_again_with_its_weights() {
        let facts = finished(AutoencoderSettings::default().into());
        let asked = WarmStart::of(&facts).unwrap();
        assert_eq!((next_size(&facts), asked.sizes(), asked.out.as_str()), (None, vec![16], "runs/small-again"));
        assert_eq!(asked.request(Path::new("small"), BackendChoice::Cpu).settings, AutoencoderSettings::default().into());
    }
}

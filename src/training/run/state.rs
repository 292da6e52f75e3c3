//! Where a training stands: `state.ron` of a checkpoint.
//!
//! Owns the file's fields and versions. The numbers of the network stand beside it.

use serde::{Deserialize, Serialize};

use super::events::LastSeen;
use super::spec::RunSpec;
use crate::training::growth::{Stage, StageMoment, size_at};
use crate::training::kinds::{SettingsOfVersion1, TrainingSettings};
use crate::training::plan::Budget;

const VERSION: u32 = 2;

/// Where a training stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunState {
    /// The version of the file.
    pub version: u32,
    /// How many steps were made.
    pub step: u64,
    /// How many faces were seen: the order of faces and the random numbers follow from it.
    pub images: u64,
    /// Seconds of training; pauses do not count.
    pub seconds: f64,
    /// How many steps each optimiser has made.
    pub optimizer_steps: Vec<u32>,
    /// The settings, with every change so far.
    pub settings: TrainingSettings,
    /// The planned length.
    pub budget: Budget,
    /// The best checkpoint so far, and its mean squared error on held-out faces.
    pub best: Option<(u64, f64)>,
    /// Whether the planned length was reached and everything was written.
    pub finished: bool,
    /// What came after the first stage, whose size stands in `run.ron`; the settings make the network for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Stage>,
    /// Faces that its first weights had seen in the run that they come from.
    #[serde(default, skip_serializing_if = "is_none")]
    pub before: u64,
}

fn is_none(faces: &u64) -> bool {
    *faces == 0
}

/// `state.ron` as long as there was one kind of network with one optimiser.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StateOfVersion1 {
    version: u32,
    step: u64,
    images: u64,
    seconds: f64,
    optimizer_steps: u32,
    settings: SettingsOfVersion1,
    budget: Budget,
    best: Option<(u64, f64)>,
    finished: bool,
}

impl From<StateOfVersion1> for RunState {
    fn from(old: StateOfVersion1) -> Self {
        let StateOfVersion1 { version: _, step, images, seconds, optimizer_steps, settings, budget, best, finished } = old;
        let new = Self::new(settings.into(), budget);
        Self { step, images, seconds, optimizer_steps: vec![optimizer_steps], best, finished, ..new }
    }
}

impl RunState {
    /// A training that has not begun.
    pub fn new(settings: TrainingSettings, budget: Budget) -> Self {
        Self {
            version: VERSION,
            step: 0,
            images: 0,
            seconds: 0.0,
            optimizer_steps: Vec::new(),
            settings,
            budget,
            best: None,
            finished: false,
            stages: Vec::new(),
            before: 0,
        }
    }

    /// Faces are of so many pixels by now.
    pub fn size(&self, spec: &RunSpec) -> usize {
        size_at(spec.size, &self.stages, self.step)
    }

    /// The point at which it stands, for who forgets what came after it.
    pub fn last_seen(&self, spec: &RunSpec) -> LastSeen {
        let sizes = std::iter::once(spec.size).chain(self.stages.iter().map(|stage| stage.size));
        // A run that began with the weights of another one has a stage of the size that it began with: it has not grown.
        let has_grown_now = |(stage, before): &(&Stage, usize)| stage.since == self.step && stage.size > *before;
        LastSeen { step: self.step, grown: self.stages.iter().zip(sizes).filter(has_grown_now).count() }
    }

    /// The stage by now; `None` as long as it is the first one.
    pub fn stage(&self) -> Option<&Stage> {
        self.stages.last()
    }

    /// The share of the planned length that is used.
    pub fn progress(&self) -> f64 {
        self.budget.share(self.images, self.seconds)
    }

    /// The share of the planned length that was used before the stage of now.
    fn begun(&self) -> f64 {
        self.stage().map_or(0.0, |stage| self.budget.share(stage.images, stage.seconds))
    }

    /// Where the next step stands in its stage, where faces have `size` pixels.
    pub fn stage_moment(&self, size: usize) -> StageMoment {
        let moment = match self.settings.growth() {
            Some(growth) => growth.moment(self.stage(), self.begun(), self.images, self.progress()),
            // A run that began with the weights of another one stands in a stage of its own.
            None => {
                StageMoment { images: self.stage().map(|stage| self.images - stage.images), ..StageMoment::only(size, self.progress()) }
            }
        };
        StageMoment { before: self.before, ..moment }
    }

    /// The size of pictures that the network is to grow to before the next step, where faces have `size` pixels by now.
    pub fn grows_to(&self, size: usize) -> Option<usize> {
        let growth = self.settings.growth()?;
        let faded = self.stage().map_or(1.0, |stage| stage.faded);
        growth.is_due(size, self.begun(), self.progress(), faded).then(|| growth.after(size)).flatten()
    }

    /// Lets the newest stage fade in as far as it has to.
    pub fn fade_in(&mut self) {
        let (growth, begun, progress) = (self.settings.growth(), self.begun(), self.progress());
        if let (Some(growth), Some(stage)) = (growth, self.stages.last_mut()) {
            stage.faded = growth.faded(stage, begun, progress);
        }
    }

    /// The text of `state.ron`.
    pub fn text(&self) -> String {
        ron::ser::to_string_pretty(self, ron::ser::PrettyConfig::default()).expect("plain fields are always valid RON")
    }

    /// Reads the text of `state.ron`, of this version or an older one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let state = match ron::from_str::<Self>(text) {
            Ok(state) => state,
            Err(error) => match ron::from_str::<StateOfVersion1>(text) {
                Ok(old) if old.version == 1 => old.into(),
                _ => return Err(error.to_string()),
            },
        };
        let version = state.version;
        if version == VERSION { Ok(state) } else { Err(format!("it has version {version}, and this program reads version {VERSION}")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::AutoencoderSettings;

    #[test]
    fn a_state_names_stages_only_where_there_are_several() {
        let mut state = RunState { step: 50, ..RunState::new(AutoencoderSettings::default().into(), Budget::Images(9)) };
        assert!(!state.text().contains("stages") && RunState::parse(&state.text()).unwrap() == state);
        let stage = |since: u64, size, faded| Stage { since, size, images: 10 * since, seconds: 0.1, faded };
        state.stages = vec![stage(20, 32, 1.0), stage(60, 64, 0.25)];
        assert_eq!(RunState::parse(&state.text()).unwrap(), state);
        assert_eq!([0, 19, 20, 59, 60].map(|step| size_at(16, &state.stages, step)), [16, 16, 32, 32, 64]);
    }
    #[test]
    fn what_a_state_has_seen_grow_at_its_step_is_counted_and_a_warm_start_is_no_growth() {
        let settings = TrainingSettings::from(AutoencoderSettings::default());
        let spec = RunSpec::example(settings.clone(), 16);
        let stage = |since: u64, size| Stage { since, size, images: 10 * since, seconds: 0.1, faded: 1.0 };
        let seen = |step, stages: &[Stage]| {
            let state = RunState { step, stages: stages.to_vec(), ..RunState::new(settings.clone(), Budget::Images(9)) };
            state.last_seen(&spec)
        };
        assert_eq!(seen(20, &[]), LastSeen { step: 20, grown: 0 }, "the checkpoint before it grows");
        assert_eq!(seen(20, &[stage(20, 32)]), LastSeen { step: 20, grown: 1 });
        assert_eq!(seen(30, &[stage(20, 32)]).grown, 0, "what grew earlier is not of this step");
        assert_eq!(seen(0, &[stage(0, 16)]).grown, 0);
        assert_eq!(seen(0, &[stage(0, 16), stage(0, 32)]).grown, 1);
    }
}

//! The one match over the kinds of networks that are trained: settings of whatever kind, and the learner that they make.
//!
//! Each kind has a room of its own for what it can be told, what it measures and how it learns.

use serde::{Deserialize, Serialize};

use super::autoencoder::{AUTOENCODER_EXPECTATION, AUTOENCODER_FIGURES, AutoencoderLearner, AutoencoderSettings};
use super::batches::Variation;
use super::expectation::Expectation;
use super::figure::Figure;
use super::gan::{GAN_EXPECTATION, GAN_FIGURES, GanLearner, GanSettings};
use super::growth::{Growth, StageMoment};
use super::knob::{Dial, Edit, Fixed, Knobs, Unsound};
use super::learner::Learner;
use super::moment::StepMoment;
use super::preset::Preset;
use crate::backend::FaceBackend;
use crate::models::{ModelKind, NetworkConfig};

/// What is trained, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TrainingSettings {
    /// An autoencoder.
    Autoencoder(AutoencoderSettings),
    /// A GAN.
    Gan(GanSettings),
}

/// Somebody who does the same with the settings of every kind, of which only the type differs.
pub trait EachKind {
    /// Sees the settings of a kind.
    fn see<S: Knobs + Into<TrainingSettings>>(&mut self);
}

/// Settings as files of version 1 hold them: there was one kind of network then, and nothing named it.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct SettingsOfVersion1(AutoencoderSettings);

impl From<SettingsOfVersion1> for TrainingSettings {
    fn from(SettingsOfVersion1(settings): SettingsOfVersion1) -> Self {
        settings.into()
    }
}

/// Does the same with the settings of whatever kind.
macro_rules! each {
    ($settings:expr, $of:ident => $do:expr) => {
        match $settings {
            TrainingSettings::Autoencoder($of) => $do,
            TrainingSettings::Gan($of) => $do,
        }
    };
}

impl TrainingSettings {
    /// The settings of every kind of network as they are before anyone changes them.
    pub fn defaults() -> Vec<Self> {
        vec![AutoencoderSettings::default().into(), GanSettings::default().into()]
    }

    /// Shows the settings of every kind, in the order in which they are offered.
    pub fn show_kinds(to: &mut impl EachKind) {
        to.see::<AutoencoderSettings>();
        to.see::<GanSettings>();
    }

    /// What is measured at a step of every kind of network.
    pub fn all_figures() -> [&'static [Figure]; 2] {
        [AUTOENCODER_FIGURES, GAN_FIGURES]
    }

    /// What is seen after how many images.
    pub fn expectation(&self) -> &'static Expectation {
        match self {
            Self::Autoencoder(_) => &AUTOENCODER_EXPECTATION,
            Self::Gan(_) => &GAN_EXPECTATION,
        }
    }

    /// What is measured at a step.
    pub fn figures(&self) -> &'static [Figure] {
        each!(self, settings => settings.figures())
    }

    /// The kind of model that comes out.
    pub fn kind(&self) -> ModelKind {
        each!(self, settings => settings.kind())
    }

    /// Whether the network finds codes of faces, as all but GANs do.
    pub fn has_encoder(&self) -> bool {
        self.kind().facts().has_encoder
    }

    /// How large the network is.
    pub fn preset(&self) -> Preset {
        each!(self, settings => settings.preset)
    }

    /// Length of the code or latent.
    pub fn latent(&self) -> usize {
        each!(self, settings => settings.latent)
    }

    /// Faces in a step.
    pub fn batch(&self) -> usize {
        each!(self, settings => settings.batch)
    }

    /// The learning rate at its height.
    pub fn learning_rate(&self) -> f32 {
        each!(self, settings => settings.learning_rate)
    }

    /// Where weights and random numbers come from.
    pub fn seed(&self) -> u64 {
        each!(self, settings => settings.seed)
    }

    /// How faces are varied before a network sees them.
    pub fn variation(&self) -> Variation {
        each!(self, settings => settings.variation())
    }

    /// The network for faces of `size` pixels.
    pub fn network(&self, size: usize) -> NetworkConfig {
        each!(self, settings => settings.network(size).into())
    }

    /// A network that has not learned yet, for faces of `size` pixels.
    pub fn learner<B: FaceBackend>(&self, size: usize, device: B::Device) -> Box<dyn Learner> {
        match self {
            Self::Autoencoder(settings) => Box::new(AutoencoderLearner::<B>::new(settings, size, device)),
            Self::Gan(settings) => Box::new(GanLearner::<B>::new(settings, size, device)),
        }
    }

    /// How the network grows while it learns; `None` where it does not.
    pub fn growth(&self) -> Option<Growth> {
        match self {
            Self::Autoencoder(_) => None,
            Self::Gan(settings) => settings.growth(),
        }
    }

    /// The size of the first pictures, where faces have `size` pixels.
    pub fn first_size(&self, size: usize) -> usize {
        self.growth().map_or(size, |growth| growth.first())
    }

    /// The size of the last pictures, where faces have `size` pixels.
    pub fn last_size(&self, size: usize) -> usize {
        self.growth().map_or(size, |growth| growth.last())
    }

    /// Faces in a step as long as they have `size` pixels.
    pub fn batch_at(&self, size: usize) -> usize {
        match self {
            Self::Autoencoder(settings) => settings.batch,
            Self::Gan(settings) => settings.batch_at(size),
        }
    }

    /// What a face of `size` pixels costs, beside one of another size.
    pub fn work_at(&self, size: usize) -> f64 {
        match self {
            Self::Autoencoder(_) => 1.0,
            Self::Gan(settings) => settings.network(size).work() as f64,
        }
    }

    /// Whether it can be trained on faces of `size` pixels.
    ///
    /// # Errors
    /// [`Unsound`] where it cannot.
    pub fn check(&self, size: usize) -> Result<(), Unsound> {
        each!(self, settings => settings.check(size))
    }

    /// Where a step stands in the schedule: `step` and `images` before it, the share of the planned length that is used, and its stage.
    pub fn moment(&self, step: u64, images: u64, progress: f64, stage: StageMoment) -> StepMoment {
        each!(self, settings => settings.moment(step, images, progress, stage))
    }

    /// Turns a knob, brought into its range; what changed, as the curves name it, or `None` where nothing did.
    pub fn turn(&mut self, edit: &Edit) -> Option<String> {
        each!(self, settings => settings.turn(edit))
    }

    /// The same while it trains: what cannot change any more stays.
    pub fn turn_live(&mut self, edit: &Edit) -> Option<String> {
        each!(self, settings => settings.turn_live(edit))
    }

    /// Where every knob stands, as turns that lead there.
    pub fn stands(&self) -> Vec<Edit> {
        each!(self, settings => settings.stands())
    }

    /// The knobs as they stand for faces of `size` pixels, those that count.
    pub fn dials(&self, size: usize) -> Vec<Dial> {
        each!(self, settings => settings.dials(size))
    }

    /// What a run that was begun with these settings does with those that were `given` by name among `asked`.
    ///
    /// # Errors
    /// [`Fixed`] where one of them cannot change any more.
    pub fn obeying(&self, asked: &Self, given: &dyn Fn(&str) -> bool) -> Result<(Self, Vec<Edit>), Fixed> {
        match (self, asked) {
            (Self::Autoencoder(kept), Self::Autoencoder(asked)) => kept.obeying(asked, given).map(|(kept, edits)| (kept.into(), edits)),
            (Self::Gan(kept), Self::Gan(asked)) => kept.obeying(asked, given).map(|(kept, edits)| (kept.into(), edits)),
            // The engine refuses it, and says what the run was begun with.
            _ => Ok((asked.clone(), Vec::new())),
        }
    }

    /// The settings as a note: "preset small, k 64, batch 32, learning rate 0.002".
    pub fn in_words(&self) -> String {
        let extra = each!(self, settings => settings.remark());
        let sizes = self.growth().map(|growth| growth.sizes().iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
        let extra = extra + &sizes.map(|sizes| format!(", grown through {sizes} pixels")).unwrap_or_default();
        let (preset, latent, batch, rate) = (self.preset().word(), self.latent(), self.batch(), self.learning_rate());
        format!("preset {preset}{extra}, k {latent}, batch {batch}, learning rate {rate}")
    }
}

impl From<AutoencoderSettings> for TrainingSettings {
    fn from(settings: AutoencoderSettings) -> Self {
        Self::Autoencoder(settings)
    }
}

impl From<GanSettings> for TrainingSettings {
    fn from(settings: GanSettings) -> Self {
        Self::Gan(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::gan::{Objective, Turns};
    use crate::training::knob::{Range, Value};
    use crate::training::preset::Preset;

    #[test]
    fn settings_survive_a_file_and_older_files_get_defaults() {
        for settings in TrainingSettings::defaults() {
            let text = ron::to_string(&settings).unwrap();
            assert_eq!(ron::from_str::<TrainingSettings>(&text).unwrap(), settings);
        }
        let older = ron::from_str::<TrainingSettings>("Autoencoder((latent: 16))").unwrap();
        assert_eq!(older, AutoencoderSettings { latent: 16, ..Default::default() }.into());
        assert!(ron::from_str::<AutoencoderSettings>("(nonsense: 1)").is_err());
    }

    #[test]
    fn what_is_expected_comes_in_order_and_is_what_the_readme_says() {
        let readme = include_str!("../../README.md");
        for settings in TrainingSettings::defaults() {
            let Expectation { milestones, .. } = settings.expectation();
            assert!(milestones.is_sorted_by(|a, b| a.images < b.images) && !milestones.is_empty(), "{milestones:?}");
            for milestone in milestones.iter().filter(|_| !settings.has_encoder()) {
                let said = format!("{} after {}", milestone.shows, crate::words::grouped(milestone.images));
                let said_on_two_lines = said.replacen(' ', "\n", 1);
                assert!(readme.contains(&said) || readme.contains(&said_on_two_lines), "the README does not say `{said}`");
            }
        }
    }

    #[test]
    fn every_field_has_a_knob_that_reads_and_writes_it() {
        fn check<S: Knobs + Serialize + std::fmt::Debug>() {
            let json = serde_json::to_value(S::default()).unwrap();
            let fields: std::collections::BTreeSet<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(S::KNOBS.iter().map(|knob| knob.name).collect::<std::collections::BTreeSet<_>>(), fields);
            for knob in S::KNOBS {
                assert!(knob.help.len() > 10 && !knob.help.ends_with('.') && !knob.label.is_empty(), "{}", knob.name);
                let value = match knob.range {
                    Range::Number(least, most) => Value::Number((least + most) / 3.0),
                    Range::Count(least, _) => Value::Count(least + 3),
                    Range::Flag => Value::Flag((knob.access.get)(&S::default()) == Value::Flag(false)),
                    Range::Words(choices) => Value::Word(choices.last().unwrap().word.into()),
                    Range::Numbers(least, most) => Value::Numbers(vec![least, most]),
                };
                let mut turned = S::default();
                turned.turn(&Edit::new(knob.name, value.clone())).unwrap_or_else(|| panic!("{} turns", knob.name));
                assert_eq!((knob.access.get)(&turned), value, "{}", knob.name);
                let after = serde_json::to_value(&turned).unwrap();
                let changed: Vec<&str> = fields.iter().copied().filter(|field| after[field] != json[field]).collect();
                let others: Vec<&str> = changed.iter().copied().filter(|field| *field != knob.name).collect();
                assert!(changed.contains(&knob.name), "{} turns its field", knob.name);
                assert!(others.iter().all(|field| knob.leads.contains(field)), "{} turns {others:?} as well", knob.name);
                let place = |name: &str| S::KNOBS.iter().position(|knob| knob.name == name);
                assert!(knob.leads.iter().all(|led| place(led) > place(knob.name)), "{} comes before what it leads", knob.name);
            }
        }
        check::<AutoencoderSettings>();
        check::<GanSettings>();
    }

    #[test]
    fn words_are_those_of_files() {
        for preset in Preset::ALL {
            assert_eq!(serde_json::to_value(preset).unwrap(), preset.word());
        }
        for objective in Objective::ALL {
            assert_eq!(serde_json::to_value(objective).unwrap(), objective.word());
        }
        for turns in Turns::ALL {
            assert_eq!(serde_json::to_value(turns).unwrap(), turns.word());
        }
    }

    #[test]
    fn a_run_that_goes_on_obeys_what_was_given_or_says_that_it_cannot() {
        let kept = AutoencoderSettings { latent: 16, batch: 8, ..Default::default() };
        let asked = AutoencoderSettings { latent: 64, batch: 99, seed: 2, ..Default::default() };
        let (settings, edits) = kept.obeying(&asked, &|name| name == "batch").unwrap();
        assert_eq!((settings, edits), (kept.clone(), vec![Edit::new("batch", Value::Count(99))]));
        let (settings, _) = kept.obeying(&asked, &|name| name == "latent").unwrap();
        assert_eq!(settings.latent, 64, "the engine compares networks as a whole");
        let fixed = kept.obeying(&asked, &|name| name == "seed").unwrap_err();
        assert_eq!(fixed, Fixed { knob: "seed", asked: "2".into(), kept: "1".into() });
        assert!(kept.obeying(&asked, &|name| name == "flips").is_ok(), "it is as it was");
    }
}

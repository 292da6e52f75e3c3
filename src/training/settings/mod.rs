//! Everything that a training can be told: one struct for each kind of network, and the one match over kinds.
//!
//! What the fields mean, and what they can stand at, is written down once, in the knobs of each kind.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

mod autoencoder;
mod gan;

use super::autoencoder::AUTOENCODER_FIGURES;
use super::figure::Figure;
use super::gan::GAN_FIGURES;
use super::knob::{Dial, Edit, Fixed, Knobs, held_as_word};
use super::{StepMoment, Variation};
use crate::models::autoencoder::AutoencoderConfig;
use crate::models::gan::GanConfig;
use crate::models::{ModelKind, NetworkConfig};

pub use autoencoder::AutoencoderSettings;
pub use gan::{GanSettings, Objective, Turns};

/// How large a network is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// 8 to 32 channels: recognisable faces in a minute on two cores.
    Tiny,
    /// 16 to 128 channels: sharp faces in half an hour on two cores.
    #[default]
    Small,
    /// 32 to 256 channels: for a graphics card, or a night.
    Medium,
}

impl Preset {
    /// All of them, smallest first.
    pub const ALL: [Self; 3] = [Self::Tiny, Self::Small, Self::Medium];

    /// The word that users write.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tiny => "tiny",
            Self::Small => "small",
            Self::Medium => "medium",
        }
    }

    /// The network for faces of `size` pixels and codes of `latent` numbers.
    pub fn autoencoder(self, size: usize, latent: usize) -> AutoencoderConfig {
        let (channels, widest) = match self {
            Self::Tiny => (8, 32),
            Self::Small => (16, 128),
            Self::Medium => (32, 256),
        };
        AutoencoderConfig { size, channels, widest, latent_dim: latent }
    }

    /// The GAN for faces of `size` pixels and latents of `latent` numbers.
    pub fn gan(self, size: usize, latent: usize) -> GanConfig {
        let widths: [usize; 5] = match self {
            Self::Tiny => [32, 32, 24, 16, 8],
            Self::Small => [64, 64, 48, 32, 16],
            Self::Medium => [256, 256, 128, 64, 32],
        };
        let stages = (size / crate::models::autoencoder::BASE_SIZE).max(1).ilog2() as usize + 1;
        GanConfig { size, widths: widths[..stages.min(widths.len())].to_vec(), latent_dim: latent, minibatch_deviation: false }
    }
}

held_as_word!(Preset);

/// What is trained, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TrainingSettings {
    /// An autoencoder.
    Autoencoder(AutoencoderSettings),
    /// A GAN.
    Gan(GanSettings),
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

    /// What is measured at a step of every kind of network.
    pub fn all_figures() -> [&'static [Figure]; 2] {
        [AUTOENCODER_FIGURES, GAN_FIGURES]
    }

    /// What is measured at a step.
    pub fn figures(&self) -> &'static [Figure] {
        match self {
            Self::Autoencoder(_) => AUTOENCODER_FIGURES,
            Self::Gan(_) => GAN_FIGURES,
        }
    }

    /// The kind of model that comes out.
    pub fn kind(&self) -> ModelKind {
        match self {
            Self::Autoencoder(_) => ModelKind::Autoencoder,
            Self::Gan(_) => ModelKind::Gan,
        }
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
        match self {
            Self::Autoencoder(settings) => Variation { flips: settings.flips, shift: settings.shift },
            Self::Gan(settings) => Variation { flips: settings.flips, shift: 0 },
        }
    }

    /// The network for faces of `size` pixels.
    pub fn network(&self, size: usize) -> NetworkConfig {
        each!(self, settings => settings.network(size).into())
    }

    /// Where a step stands in the schedule: `step` and `images` before it, and the share of the planned length that is used.
    pub fn moment(&self, step: u64, images: u64, progress: f64) -> StepMoment {
        each!(self, settings => settings.moment(step, images, progress))
    }

    /// Turns a knob, brought into its range; what changed, as the curves name it, or `None` where nothing did.
    pub fn turn(&mut self, edit: &Edit) -> Option<String> {
        each!(self, settings => settings.turn(edit))
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
        let extra = match self {
            Self::Autoencoder(settings) => settings.width.map(|width| format!(", width {width}")).unwrap_or_default(),
            Self::Gan(settings) => format!(", {}", settings.objective.word()),
        };
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

/// How long a training is planned to be, over all its sittings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Budget {
    /// So many faces seen.
    Images(u64),
    /// So many seconds of training; pauses do not count.
    Seconds(f64),
}

impl Default for Budget {
    fn default() -> Self {
        Self::Images(500_000)
    }
}

impl std::fmt::Display for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Images(total) => write!(f, "{total} faces"),
            Self::Seconds(total) => write!(f, "{total:.0} s"),
        }
    }
}

impl Budget {
    /// The share that is used, from 0; 1 and more means done.
    pub fn share(&self, images: u64, seconds: f64) -> f64 {
        match self {
            Self::Images(total) => images as f64 / (*total).max(1) as f64,
            Self::Seconds(total) => seconds / total.max(1e-9),
        }
    }
}

/// When the state of a training is written down.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckpointPlan {
    /// At least every so many steps.
    pub steps: u64,
    /// At least every so many seconds.
    pub seconds: f64,
    /// How many of the newest are kept, besides the best.
    pub newest: usize,
}

impl Default for CheckpointPlan {
    fn default() -> Self {
        Self { steps: 500, seconds: 60.0, newest: 3 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::knob::{Range, Value};

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
                };
                let mut turned = S::default();
                turned.turn(&Edit::new(knob.name, value.clone())).unwrap_or_else(|| panic!("{} turns", knob.name));
                assert_eq!((knob.access.get)(&turned), value, "{}", knob.name);
                let after = serde_json::to_value(&turned).unwrap();
                let changed: Vec<&str> = fields.iter().copied().filter(|field| after[field] != json[field]).collect();
                assert_eq!(changed, [knob.name], "a knob turns its own field");
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
    fn another_objective_takes_its_own_penalty() {
        let mut settings = TrainingSettings::from(GanSettings { penalty: Some(3.0), ..Default::default() });
        settings.turn(&Edit::new("objective", Value::Word("wgan-gp".into())));
        assert_eq!(settings, GanSettings { objective: Objective::WganGp, ..Default::default() }.into());
        let shown: Vec<&str> = settings.dials(32).into_iter().map(|dial| dial.name).collect();
        assert!(shown.contains(&"drift") && shown.contains(&"penalty") && !shown.contains(&"final_penalty"), "{shown:?}");
    }

    #[test]
    fn penalties_fall_where_that_is_said() {
        for objective in Objective::ALL {
            let settings = GanSettings { objective, penalty: Some(1.0), ..Default::default() };
            assert_eq!(objective.penalty_falls(), settings.penalty_at(32, 1.0) < settings.penalty_at(32, 0.0), "{objective:?}");
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

    #[test]
    fn widths_follow_the_preset_or_the_user() {
        let mut settings = AutoencoderSettings { preset: Preset::Tiny, ..Default::default() };
        assert_eq!(settings.network(32).widths(), [8, 16, 32, 32]);
        settings.preset = Preset::Small;
        settings.width = Some(24);
        assert_eq!(settings.network(32).widths(), [24, 48, 96, 192]);
    }

    #[test]
    fn shares_of_budgets() {
        assert_eq!(Budget::Images(200).share(50, 1e9), 0.25);
        assert_eq!(Budget::Seconds(60.0).share(0, 90.0), 1.5);
    }
}

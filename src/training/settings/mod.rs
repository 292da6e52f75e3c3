//! Everything that a training can be told: one struct for each kind of network that is command line, file, panel and default at once.
//!
//! Owns names, units, ranges and defaults. Help texts are the doc comments: the command line prints them, panels show them.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

mod autoencoder;
mod gan;
mod ranges;

use crate::models::autoencoder::AutoencoderConfig;
use crate::models::gan::GanConfig;
use crate::models::{ModelKind, NetworkConfig};

use super::{StepMoment, Variation};

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

    /// What it means, in a few words.
    pub fn description(self) -> &'static str {
        match self {
            Self::Tiny => "8 to 32 channels: recognisable faces in a minute on two cores",
            Self::Small => "16 to 128 channels: sharp faces in half an hour on two cores",
            Self::Medium => "32 to 256 channels: for a graphics card, or a night",
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

    /// What it means for a GAN, in a few words.
    pub fn gan_description(self) -> &'static str {
        match self {
            Self::Tiny => "32 channels and fewer: faces that move while you watch, on two cores",
            Self::Small => "64 channels and fewer: faces in an hour or three on two cores",
            Self::Medium => "256 channels and fewer: for a graphics card",
        }
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

/// What is trained, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TrainingSettings {
    /// An autoencoder.
    Autoencoder(AutoencoderSettings),
    /// A GAN.
    Gan(GanSettings),
}

impl TrainingSettings {
    /// The kind of model that comes out.
    pub fn kind(&self) -> ModelKind {
        match self {
            Self::Autoencoder(_) => ModelKind::Autoencoder,
            Self::Gan(_) => ModelKind::Gan,
        }
    }

    /// Whether the network finds codes of faces, as all but GANs do.
    pub fn has_encoder(&self) -> bool {
        self.kind() != ModelKind::Gan
    }

    /// How large the network is.
    pub fn preset(&self) -> Preset {
        match self {
            Self::Autoencoder(settings) => settings.preset,
            Self::Gan(settings) => settings.preset,
        }
    }

    /// Length of the code or latent.
    pub fn latent(&self) -> usize {
        match self {
            Self::Autoencoder(settings) => settings.latent,
            Self::Gan(settings) => settings.latent,
        }
    }

    /// Faces in a step.
    pub fn batch(&self) -> usize {
        match self {
            Self::Autoencoder(settings) => settings.batch,
            Self::Gan(settings) => settings.batch,
        }
    }

    /// The learning rate at its height.
    pub fn learning_rate(&self) -> f32 {
        match self {
            Self::Autoencoder(settings) => settings.learning_rate,
            Self::Gan(settings) => settings.learning_rate,
        }
    }

    /// Where weights and random numbers come from.
    pub fn seed(&self) -> u64 {
        match self {
            Self::Autoencoder(settings) => settings.seed,
            Self::Gan(settings) => settings.seed,
        }
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
        match self {
            Self::Autoencoder(settings) => settings.network(size).into(),
            Self::Gan(settings) => settings.network(size).into(),
        }
    }

    /// Where a step stands in the schedule: `step` and `images` before it, and the share of the planned length that is used.
    pub fn moment(&self, step: u64, images: u64, progress: f64) -> StepMoment {
        match self {
            Self::Autoencoder(settings) => settings.moment(step, images, progress),
            Self::Gan(settings) => settings.moment(step, images, progress),
        }
    }

    /// Makes a change, brought into its range; what changed, as the curves name it, or `None` where nothing did.
    pub fn apply(&mut self, change: LiveChange) -> Option<String> {
        match self {
            Self::Autoencoder(settings) => settings.apply(change),
            Self::Gan(settings) => settings.apply(change),
        }
    }

    /// The changes that lead to these settings.
    pub fn changes(&self) -> Vec<LiveChange> {
        match self {
            Self::Autoencoder(settings) => settings.changes(),
            Self::Gan(settings) => settings.changes(),
        }
    }

    /// The help text of a field, as the command line prints it; empty for a name that is no field.
    pub fn help(&self, field: &str) -> String {
        match self {
            Self::Autoencoder(_) => AutoencoderSettings::help(field),
            Self::Gan(_) => GanSettings::help(field),
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

/// A change of settings while a training runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum LiveChange {
    /// The height of the learning rate.
    LearningRate(f32),
    /// Faces in a step.
    Batch(usize),
    /// The share of the learning rate that is left at the end.
    FinalRate(f32),
    /// Steps over which the learning rate rises.
    WarmUp(u64),
    /// Decoupled weight decay.
    WeightDecay(f32),
    /// Weight of the mean squared code.
    LatentPenalty(f32),
    /// Weight of the mean absolute error.
    AbsoluteError(f32),
    /// Weight of the gradient penalty.
    Penalty(f32),
    /// The share of the penalty's weight that is left at the end.
    FinalPenalty(f32),
    /// Steps from one gradient penalty to the next.
    PenaltyEvery(u32),
    /// Steps of the critic for each of the generator.
    CriticSteps(u32),
    /// How likely a face is changed in each of the ways of augmentation.
    Augment(f32),
    /// Which of the two networks learns.
    Turns(Turns),
}

impl LiveChange {
    /// The field of the settings that it changes.
    pub fn field(&self) -> &'static str {
        match self {
            Self::LearningRate(_) => "learning_rate",
            Self::Batch(_) => "batch",
            Self::FinalRate(_) => "final_rate",
            Self::WarmUp(_) => "warm_up",
            Self::WeightDecay(_) => "weight_decay",
            Self::LatentPenalty(_) => "latent_penalty",
            Self::AbsoluteError(_) => "absolute_error",
            Self::Penalty(_) => "penalty",
            Self::FinalPenalty(_) => "final_penalty",
            Self::PenaltyEvery(_) => "penalty_every",
            Self::CriticSteps(_) => "critic_steps",
            Self::Augment(_) => "augment",
            Self::Turns(_) => "turns",
        }
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

    #[test]
    fn defaults_come_from_the_command_line_and_survive_a_file() {
        let settings = AutoencoderSettings::default();
        assert_eq!((settings.preset, settings.latent, settings.batch), (Preset::Small, 64, 32));
        let text = ron::to_string(&settings).unwrap();
        assert_eq!(ron::from_str::<AutoencoderSettings>(&text).unwrap(), settings);
        assert!(ron::from_str::<AutoencoderSettings>("(nonsense: 1)").is_err());
    }

    #[test]
    fn every_field_has_a_help_text() {
        let value = serde_json::to_value(AutoencoderSettings::default()).unwrap();
        for field in value.as_object().unwrap().keys() {
            assert!(AutoencoderSettings::help(field).len() > 10, "{field}");
        }
        assert_eq!(AutoencoderSettings::help("nonsense"), "");
    }

    #[test]
    fn changes_are_clamped_and_named() {
        let mut settings = AutoencoderSettings::default();
        assert_eq!(settings.apply(LiveChange::LearningRate(1e-3)).unwrap(), "learning rate 0.002 -> 0.001");
        assert_eq!(settings.apply(LiveChange::LearningRate(1e-3)), None, "nothing changed");
        settings.apply(LiveChange::Batch(0));
        settings.apply(LiveChange::LearningRate(f32::NAN));
        assert_eq!((settings.batch, settings.learning_rate), (1, 0.0));
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

//! Everything that a training can be told: one struct that is command line, file, panel and default at once.
//!
//! Owns names, units, ranges and defaults. Help texts are the doc comments: the command line prints them, panels show them.

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::models::autoencoder::AutoencoderConfig;

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
}

/// What an autoencoder is and how it learns.
#[derive(Clone, Debug, PartialEq, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutoencoderSettings {
    /// How large the network is.
    #[arg(long, value_enum, default_value_t = Preset::Small)]
    pub preset: Preset,
    /// Base width in channels, instead of the preset's.
    #[arg(long, value_name = "CHANNELS", value_parser = width_in_range)]
    pub width: Option<usize>,
    /// Length of the code k, 2 to 512: more numbers keep more of a face.
    #[arg(long, value_name = "K", default_value_t = 64, value_parser = latent_in_range)]
    pub latent: usize,
    /// Faces in a step, 1 to 1024.
    #[arg(long, value_name = "FACES", default_value_t = 32, value_parser = batch_in_range)]
    pub batch: usize,
    /// Learning rate of AdamW at its height, after warming up and before falling along a cosine.
    #[arg(long, value_name = "RATE", default_value_t = 2e-3, value_parser = rate_in_range)]
    pub learning_rate: f32,
    /// The share of the learning rate that is left at the end, 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.01, value_parser = share_in_range)]
    pub final_rate: f32,
    /// Steps over which the learning rate rises from zero.
    #[arg(long, value_name = "STEPS", default_value_t = 200)]
    pub warm_up: u64,
    /// Decoupled weight decay of AdamW.
    #[arg(long, value_name = "DECAY", default_value_t = 1e-4, value_parser = weight_in_range)]
    pub weight_decay: f32,
    /// Weight of the mean squared code in the loss: without it, codes drift apart and Gaussian samples with them.
    #[arg(long, value_name = "WEIGHT", default_value_t = 1e-4, value_parser = weight_in_range)]
    pub latent_penalty: f32,
    /// Weight of the mean absolute error in the loss, beside the mean squared error: sharper edges, more noise.
    #[arg(long, value_name = "WEIGHT", default_value_t = 0.0, value_parser = weight_in_range)]
    pub absolute_error: f32,
    /// How much of the averaged weights stays at each step, 0 to 1: what you see and keep is the average, not the last step.
    #[arg(long, value_name = "DECAY", default_value_t = 0.999, value_parser = share_in_range)]
    pub ema: f32,
    /// Show every second face mirrored.
    #[arg(long, value_name = "true|false", default_value_t = true, action = clap::ArgAction::Set)]
    pub flips: bool,
    /// Move every face by up to so many pixels along each side, 0 to 8: helps where faces are few.
    #[arg(long, value_name = "PIXELS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=8))]
    pub shift: u32,
    /// Same seed, same weights on the CPU, bit for bit.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

impl Default for AutoencoderSettings {
    fn default() -> Self {
        #[derive(clap::Parser)]
        struct Defaults {
            #[command(flatten)]
            settings: AutoencoderSettings,
        }
        <Defaults as clap::Parser>::parse_from(["facefield"]).settings
    }
}

impl AutoencoderSettings {
    /// The network for faces of `size` pixels.
    pub fn network(&self, size: usize) -> AutoencoderConfig {
        let preset = self.preset.autoencoder(size, self.latent);
        match self.width {
            Some(channels) => AutoencoderConfig { channels, widest: preset.widest / preset.channels * channels, ..preset },
            None => preset,
        }
    }

    /// The help text of a field, as the command line prints it; empty for a name that is no field.
    pub fn help(field: &str) -> String {
        let command = Self::augment_args(clap::Command::new("facefield"));
        let argument = command.get_arguments().find(|argument| argument.get_id() == field);
        argument.and_then(clap::Arg::get_help).map(ToString::to_string).unwrap_or_default()
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
}

impl LiveChange {
    /// The changes that lead to these settings.
    pub fn all_of(settings: &AutoencoderSettings) -> [Self; 7] {
        [
            Self::LearningRate(settings.learning_rate),
            Self::FinalRate(settings.final_rate),
            Self::WarmUp(settings.warm_up),
            Self::Batch(settings.batch),
            Self::WeightDecay(settings.weight_decay),
            Self::LatentPenalty(settings.latent_penalty),
            Self::AbsoluteError(settings.absolute_error),
        ]
    }
}

impl AutoencoderSettings {
    /// Makes a change, brought into its range; what changed, as the curves name it, or `None` where nothing did.
    pub fn apply(&mut self, change: LiveChange) -> Option<String> {
        let before = self.clone();
        let clamp = |value: f32, most: f32| if value.is_finite() { value.clamp(0.0, most) } else { 0.0 };
        match change {
            LiveChange::LearningRate(rate) => self.learning_rate = clamp(rate, MOST_RATE),
            LiveChange::FinalRate(share) => self.final_rate = clamp(share, 1.0),
            LiveChange::WarmUp(steps) => self.warm_up = steps,
            LiveChange::Batch(batch) => self.batch = batch.clamp(1, MOST_BATCH),
            LiveChange::WeightDecay(decay) => self.weight_decay = clamp(decay, MOST_WEIGHT),
            LiveChange::LatentPenalty(weight) => self.latent_penalty = clamp(weight, MOST_WEIGHT),
            LiveChange::AbsoluteError(weight) => self.absolute_error = clamp(weight, MOST_WEIGHT),
        }
        let text = match change {
            LiveChange::LearningRate(_) => format!("learning rate {} -> {}", before.learning_rate, self.learning_rate),
            LiveChange::FinalRate(_) => format!("final rate {} -> {}", before.final_rate, self.final_rate),
            LiveChange::WarmUp(_) => format!("warm-up {} -> {}", before.warm_up, self.warm_up),
            LiveChange::Batch(_) => format!("batch {} -> {}", before.batch, self.batch),
            LiveChange::WeightDecay(_) => format!("weight decay {} -> {}", before.weight_decay, self.weight_decay),
            LiveChange::LatentPenalty(_) => format!("latent penalty {} -> {}", before.latent_penalty, self.latent_penalty),
            LiveChange::AbsoluteError(_) => format!("absolute error {} -> {}", before.absolute_error, self.absolute_error),
        };
        (*self != before).then_some(text)
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

const MOST_BATCH: usize = 1024;
const MOST_RATE: f32 = 1.0;
const MOST_WEIGHT: f32 = 100.0;

fn in_range<T: std::str::FromStr + PartialOrd + std::fmt::Display>(text: &str, least: T, most: T) -> Result<T, String> {
    match text.parse::<T>() {
        Ok(value) if value >= least && value <= most => Ok(value),
        _ => Err(format!("a number from {least} to {most} is wanted")),
    }
}

fn latent_in_range(text: &str) -> Result<usize, String> {
    in_range(text, 2, 512)
}

fn width_in_range(text: &str) -> Result<usize, String> {
    in_range(text, 4, 128)
}

fn batch_in_range(text: &str) -> Result<usize, String> {
    in_range(text, 1, MOST_BATCH)
}

fn rate_in_range(text: &str) -> Result<f32, String> {
    in_range(text, 0.0, MOST_RATE)
}

fn weight_in_range(text: &str) -> Result<f32, String> {
    in_range(text, 0.0, MOST_WEIGHT)
}

fn share_in_range(text: &str) -> Result<f32, String> {
    in_range(text, 0.0, 1.0)
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

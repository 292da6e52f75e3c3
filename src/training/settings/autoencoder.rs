//! What an autoencoder is and how it learns.

use clap::Args;
use serde::{Deserialize, Serialize};

use super::ranges::{
    MOST_BATCH, MOST_RATE, MOST_WEIGHT, batch_in_range, clamped, latent_in_range, rate_in_range, share_in_range, weight_in_range,
    width_in_range,
};
use super::{LiveChange, Preset};
use crate::models::autoencoder::AutoencoderConfig;
use crate::training::StepMoment;
use crate::training::schedule::{ema_decay, rate_share};

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

impl AutoencoderSettings {
    /// Makes a change, brought into its range; what changed, as the curves name it, or `None` where nothing did.
    pub fn apply(&mut self, change: LiveChange) -> Option<String> {
        let before = self.clone();
        match change {
            LiveChange::LearningRate(rate) => self.learning_rate = clamped(rate, MOST_RATE),
            LiveChange::FinalRate(share) => self.final_rate = clamped(share, 1.0),
            LiveChange::WarmUp(steps) => self.warm_up = steps,
            LiveChange::Batch(batch) => self.batch = batch.clamp(1, MOST_BATCH),
            LiveChange::WeightDecay(decay) => self.weight_decay = clamped(decay, MOST_WEIGHT),
            LiveChange::LatentPenalty(weight) => self.latent_penalty = clamped(weight, MOST_WEIGHT),
            LiveChange::AbsoluteError(weight) => self.absolute_error = clamped(weight, MOST_WEIGHT),
            _ => return None,
        }
        let text = match change {
            LiveChange::LearningRate(_) => format!("learning rate {} -> {}", before.learning_rate, self.learning_rate),
            LiveChange::FinalRate(_) => format!("final rate {} -> {}", before.final_rate, self.final_rate),
            LiveChange::WarmUp(_) => format!("warm-up {} -> {}", before.warm_up, self.warm_up),
            LiveChange::Batch(_) => format!("batch {} -> {}", before.batch, self.batch),
            LiveChange::WeightDecay(_) => format!("weight decay {} -> {}", before.weight_decay, self.weight_decay),
            LiveChange::LatentPenalty(_) => format!("latent penalty {} -> {}", before.latent_penalty, self.latent_penalty),
            LiveChange::AbsoluteError(_) => format!("absolute error {} -> {}", before.absolute_error, self.absolute_error),
            _ => return None,
        };
        (*self != before).then_some(text)
    }
}

impl AutoencoderSettings {
    /// The changes that lead to these settings.
    pub fn changes(&self) -> Vec<LiveChange> {
        vec![
            LiveChange::LearningRate(self.learning_rate),
            LiveChange::FinalRate(self.final_rate),
            LiveChange::WarmUp(self.warm_up),
            LiveChange::Batch(self.batch),
            LiveChange::WeightDecay(self.weight_decay),
            LiveChange::LatentPenalty(self.latent_penalty),
            LiveChange::AbsoluteError(self.absolute_error),
        ]
    }
}

impl AutoencoderSettings {
    /// Where a step stands in the schedule.
    pub fn moment(&self, step: u64, images: u64, progress: f64) -> StepMoment {
        let share = rate_share(step, self.warm_up, progress, f64::from(self.final_rate));
        let learning_rate = (f64::from(self.learning_rate) * share) as f32;
        StepMoment { step, images, progress, learning_rate, ema_decay: ema_decay(step, self.ema) }
    }
}

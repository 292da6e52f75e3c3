//! What a GAN is and how it learns.

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::ranges::{
    MOST_BATCH, MOST_PENALTY, MOST_RATE, MOST_STEPS, batch_in_range, clamped, latent_in_range, penalty_in_range, rate_in_range,
    share_in_range, steps_in_range, weight_in_range,
};
use super::{LiveChange, Preset};
use crate::models::gan::GanConfig;
use crate::training::StepMoment;
use crate::training::schedule::{half_life_decay, rate_share, settled_share};

/// What critic and generator play for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objective {
    /// Real faces against fake ones in pairs, with R1 and R2 (Huang et al. 2024, R3GAN): stable, keeps all modes.
    #[default]
    Rpgan,
    /// The Wasserstein distance with a gradient penalty (Gulrajani et al. 2017): the classic.
    WganGp,
    /// Margins with spectral normalisation (Miyato et al. 2018): the cheapest step.
    Hinge,
}

impl Objective {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rpgan, Self::WganGp, Self::Hinge];

    /// The word that users write.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rpgan => "rpgan",
            Self::WganGp => "wgan-gp",
            Self::Hinge => "hinge",
        }
    }

    /// What it means, in a few words.
    pub fn description(self) -> &'static str {
        match self {
            Self::Rpgan => "Real faces against fake ones in pairs, with R1 and R2 (R3GAN): stable, keeps all modes",
            Self::WganGp => "The Wasserstein distance with a gradient penalty: the classic",
            Self::Hinge => "Margins with spectral normalisation: the cheapest step",
        }
    }
}

/// Which of the two networks learns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Turns {
    /// Both, in turns.
    #[default]
    Both,
    /// The critic only: what could it tell apart, given time?
    Critic,
    /// The generator only: what does this critic let pass?
    Generator,
}

impl Turns {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Both, Self::Critic, Self::Generator];

    /// The word that users write.
    pub fn word(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Critic => "critic",
            Self::Generator => "generator",
        }
    }
}

/// What a GAN is and how it learns.
#[derive(Clone, Debug, PartialEq, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GanSettings {
    /// How large the networks are.
    #[arg(long, value_enum, default_value_t = Preset::Small)]
    pub preset: Preset,
    /// What critic and generator play for.
    #[arg(long, value_enum, default_value_t = Objective::Rpgan)]
    pub objective: Objective,
    /// Length of the latent z, 2 to 512.
    #[arg(long, value_name = "K", default_value_t = 64, value_parser = latent_in_range)]
    pub latent: usize,
    /// Faces in a step, 1 to 1024.
    #[arg(long, value_name = "FACES", default_value_t = 32, value_parser = batch_in_range)]
    pub batch: usize,
    /// Learning rate of Adam for both networks, before falling along a cosine.
    #[arg(long, value_name = "RATE", default_value_t = 3e-4, value_parser = rate_in_range)]
    pub learning_rate: f32,
    /// The share of the learning rate that is left at the end, 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = share_in_range)]
    pub final_rate: f32,
    /// Weight of the gradient penalty: gamma of R1 and R2 [default: 2 at 64 pixels, 0.5 at 32, 0.12 at 16], or lambda of WGAN-GP [default: 10].
    #[arg(long, value_name = "WEIGHT", value_parser = penalty_in_range)]
    pub penalty: Option<f32>,
    /// The share of gamma that is left from half of the training on, 0 to 1; lambda stays.
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = share_in_range)]
    pub final_penalty: f32,
    /// Take the gradient penalty at every n-th step only, n times as heavy: faster, less steady.
    #[arg(long, value_name = "STEPS", default_value_t = 1, value_parser = steps_in_range)]
    pub penalty_every: u32,
    /// Weight of the squared scores of real faces in WGAN-GP, which keeps scores near zero.
    #[arg(long, value_name = "WEIGHT", default_value_t = 1e-3, value_parser = weight_in_range)]
    pub drift: f32,
    /// Steps of the critic for each of the generator.
    #[arg(long, value_name = "STEPS", default_value_t = 1, value_parser = steps_in_range)]
    pub critic_steps: u32,
    /// How likely a face, real or fake, is changed before the critic sees it, in each of three ways: brightness, place, a part cut out; 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, value_parser = share_in_range)]
    pub augment: f32,
    /// Faces after which half of the averaged generator is new; less in the beginning. What you see and keep is the average, not the last step.
    #[arg(long, value_name = "FACES", default_value_t = 20_000)]
    pub ema: u64,
    /// Show every second face mirrored.
    #[arg(long, value_name = "true|false", default_value_t = true, action = clap::ArgAction::Set)]
    pub flips: bool,
    /// Let the critic see how much faces of a group differ: works against collapsing onto few faces.
    #[arg(long)]
    pub minibatch_deviation: bool,
    /// Which of the two networks learns.
    #[arg(long, value_enum, default_value_t = Turns::Both)]
    pub turns: Turns,
    /// Same seed, same weights on the CPU, bit for bit.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

impl Default for GanSettings {
    fn default() -> Self {
        #[derive(clap::Parser)]
        struct Defaults {
            #[command(flatten)]
            settings: GanSettings,
        }
        <Defaults as clap::Parser>::parse_from(["facefield"]).settings
    }
}

impl GanSettings {
    /// The networks for faces of `size` pixels.
    pub fn network(&self, size: usize) -> GanConfig {
        GanConfig { minibatch_deviation: self.minibatch_deviation, ..self.preset.gan(size, self.latent) }
    }

    /// The help text of a field, as the command line prints it; empty for a name that is no field.
    pub fn help(field: &str) -> String {
        let command = Self::augment_args(clap::Command::new("facefield"));
        let argument = command.get_arguments().find(|argument| argument.get_id() == field);
        argument.and_then(clap::Arg::get_help).map(ToString::to_string).unwrap_or_default()
    }

    /// The weight of the gradient penalty at the beginning, for faces of `size` pixels.
    pub fn first_penalty(&self, size: usize) -> f32 {
        match (self.penalty, self.objective) {
            (Some(weight), _) => weight,
            (None, Objective::Rpgan) => match size {
                64.. => 2.0,
                32.. => 0.5,
                _ => 0.12,
            },
            (None, Objective::WganGp) => 10.0,
            (None, Objective::Hinge) => 0.0,
        }
    }

    /// The weight of the gradient penalty when a share of the planned length is used.
    pub fn penalty_at(&self, size: usize, progress: f64) -> f32 {
        let first = self.first_penalty(size);
        match self.objective {
            Objective::Rpgan => (f64::from(first) * settled_share(progress, f64::from(self.final_penalty))) as f32,
            Objective::WganGp | Objective::Hinge => first,
        }
    }

    /// Where a step stands in the schedule.
    pub fn moment(&self, step: u64, images: u64, progress: f64) -> StepMoment {
        let share = rate_share(step, 0, progress, f64::from(self.final_rate));
        let learning_rate = (f64::from(self.learning_rate) * share) as f32;
        StepMoment { step, images, progress, learning_rate, ema_decay: half_life_decay(images, self.batch, self.ema) }
    }

    /// The changes that lead to these settings.
    pub fn changes(&self) -> Vec<LiveChange> {
        let mut changes = vec![
            LiveChange::LearningRate(self.learning_rate),
            LiveChange::FinalRate(self.final_rate),
            LiveChange::Batch(self.batch),
            LiveChange::FinalPenalty(self.final_penalty),
            LiveChange::PenaltyEvery(self.penalty_every),
            LiveChange::CriticSteps(self.critic_steps),
            LiveChange::Augment(self.augment),
            LiveChange::Turns(self.turns),
        ];
        changes.extend(self.penalty.map(LiveChange::Penalty));
        changes
    }

    /// Makes a change, brought into its range; what changed, as the curves name it, or `None` where nothing did.
    pub fn apply(&mut self, change: LiveChange) -> Option<String> {
        let before = self.clone();
        match change {
            LiveChange::LearningRate(rate) => self.learning_rate = clamped(rate, MOST_RATE),
            LiveChange::FinalRate(share) => self.final_rate = clamped(share, 1.0),
            LiveChange::Batch(batch) => self.batch = batch.clamp(1, MOST_BATCH),
            LiveChange::Penalty(weight) => self.penalty = Some(clamped(weight, MOST_PENALTY)),
            LiveChange::FinalPenalty(share) => self.final_penalty = clamped(share, 1.0),
            LiveChange::PenaltyEvery(steps) => self.penalty_every = steps.clamp(1, MOST_STEPS),
            LiveChange::CriticSteps(steps) => self.critic_steps = steps.clamp(1, MOST_STEPS),
            LiveChange::Augment(share) => self.augment = clamped(share, 1.0),
            LiveChange::Turns(turns) => self.turns = turns,
            LiveChange::WarmUp(_) | LiveChange::WeightDecay(_) | LiveChange::LatentPenalty(_) | LiveChange::AbsoluteError(_) => {
                return None;
            }
        }
        let shown = |penalty: Option<f32>| penalty.map_or("by size".to_owned(), |penalty| penalty.to_string());
        let text = match change {
            LiveChange::FinalRate(_) => format!("final rate {} -> {}", before.final_rate, self.final_rate),
            LiveChange::Batch(_) => format!("batch {} -> {}", before.batch, self.batch),
            LiveChange::Penalty(_) => format!("penalty {} -> {}", shown(before.penalty), shown(self.penalty)),
            LiveChange::FinalPenalty(_) => format!("final penalty {} -> {}", before.final_penalty, self.final_penalty),
            LiveChange::PenaltyEvery(_) => format!("penalty every {} -> {} steps", before.penalty_every, self.penalty_every),
            LiveChange::CriticSteps(_) => format!("critic steps {} -> {}", before.critic_steps, self.critic_steps),
            LiveChange::Augment(_) => format!("augmentation {} -> {}", before.augment, self.augment),
            LiveChange::Turns(_) => format!("turns {} -> {}", before.turns.word(), self.turns.word()),
            _ => format!("learning rate {} -> {}", before.learning_rate, self.learning_rate),
        };
        (*self != before).then_some(text)
    }
}

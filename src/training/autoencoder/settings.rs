//! What an autoencoder is and how it learns.

use serde::{Deserialize, Serialize};

use super::figures::AUTOENCODER_FIGURES;
use crate::models::ModelKind;
use crate::models::autoencoder::AutoencoderConfig;
use crate::training::batches::Variation;
use crate::training::figure::Figure;
use crate::training::growth::StageMoment;
use crate::training::held::{Held, field};
use crate::training::knob::{Choice, Knob, Knobs, Range};
use crate::training::moment::StepMoment;
use crate::training::preset::Preset;
use crate::training::schedule::{ema_decay, rate_share};
use crate::training::shared_knobs::{self, ANY_COUNT, SHARES, WEIGHTS};

/// What an autoencoder is and how it learns. What the fields mean stands in their knobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the knobs describe the fields")]
pub struct AutoencoderSettings {
    pub preset: Preset,
    pub width: Option<usize>,
    pub latent: usize,
    pub batch: usize,
    pub learning_rate: f32,
    pub final_rate: f32,
    pub warm_up: u64,
    pub weight_decay: f32,
    pub latent_penalty: f32,
    pub absolute_error: f32,
    pub ema: f32,
    pub flips: bool,
    pub shift: u32,
    pub seed: u64,
}

impl Default for AutoencoderSettings {
    fn default() -> Self {
        Self {
            preset: Preset::Small,
            width: None,
            latent: 64,
            batch: 32,
            learning_rate: 2e-3,
            final_rate: 0.01,
            warm_up: 200,
            weight_decay: 1e-4,
            latent_penalty: 1e-4,
            absolute_error: 0.0,
            ema: 0.999,
            flips: true,
            shift: 0,
            seed: 1,
        }
    }
}

/// The presets, and what each means.
const PRESETS: &[Choice] = &[
    Choice { word: "tiny", label: "Tiny", help: "8 to 32 channels: recognisable faces in a minute on two cores" },
    Choice { word: "small", label: "Small", help: "16 to 128 channels: sharp faces in half an hour on two cores" },
    Choice { word: "medium", label: "Medium", help: "32 to 256 channels: for a graphics card, or a night" },
];

impl Knobs for AutoencoderSettings {
    const ABOUT: &'static str = "A convolutional autoencoder; PCA of its codes gives the axes";
    const KNOBS: &'static [Knob<Self>] = &[
        shared_knobs::preset(field!(Self, preset), PRESETS, "How large the network is"),
        Knob::new("width", "Base width", field!(Self, width), Range::Count(4, 128), "Base width in channels, instead of the preset's")
            .measured("CHANNELS", "channels")
            .shape()
            .or("by preset", |settings, _| Held::to_value(&channels(settings.preset).0)),
        shared_knobs::latent(field!(Self, latent), "Code length k", "Code length k, 2 to 512: more numbers keep more of a face"),
        shared_knobs::batch(field!(Self, batch)),
        shared_knobs::learning_rate(
            field!(Self, learning_rate),
            "Learning rate of AdamW at its height, after warming up and before falling along a cosine",
        ),
        shared_knobs::final_rate(field!(Self, final_rate)),
        Knob::new("warm_up", "Warm-up", field!(Self, warm_up), ANY_COUNT, "Steps over which the learning rate rises from zero")
            .measured("STEPS", "steps")
            .live(),
        Knob::new("weight_decay", "Weight decay", field!(Self, weight_decay), WEIGHTS, "Decoupled weight decay of AdamW")
            .measured("DECAY", "")
            .live(),
        Knob::new(
            "latent_penalty",
            "Latent penalty",
            field!(Self, latent_penalty),
            WEIGHTS,
            "Weight of the mean squared code in the loss: without it, codes drift apart and Gaussian samples with them",
        )
        .measured("WEIGHT", "")
        .live(),
        Knob::new(
            "absolute_error",
            "Absolute error",
            field!(Self, absolute_error),
            WEIGHTS,
            "Weight of the mean absolute error in the loss, beside the mean squared error: sharper edges, more noise",
        )
        .measured("WEIGHT", "")
        .live(),
        shared_knobs::ema(
            field!(Self, ema),
            SHARES,
            "Averaging: how much of the averaged weights stays at each step, 0 to 1: what you see and keep is the average, not the last step",
        )
        .measured("DECAY", ""),
        shared_knobs::flips(field!(Self, flips)),
        Knob::new(
            "shift",
            "Shift faces",
            field!(Self, shift),
            Range::Count(0, 8),
            "Shift faces by up to so many pixels along each side, 0 to 8: helps where faces are few",
        )
        .measured("PIXELS", "px"),
        shared_knobs::seed(field!(Self, seed)),
    ];
}

/// Base width of a preset, and the width that no layer exceeds.
fn channels(preset: Preset) -> (usize, usize) {
    match preset {
        Preset::Tiny => (8, 32),
        Preset::Small => (16, 128),
        Preset::Medium => (32, 256),
    }
}

impl AutoencoderSettings {
    /// The kind of model that comes out.
    pub fn kind(&self) -> ModelKind {
        ModelKind::Autoencoder
    }

    /// What is measured at a step.
    pub fn figures(&self) -> &'static [Figure] {
        AUTOENCODER_FIGURES
    }

    /// How faces are varied before the network sees them.
    pub fn variation(&self) -> Variation {
        Variation { flips: self.flips, shift: self.shift }
    }

    /// What a note says behind the preset.
    pub fn remark(&self) -> String {
        self.width.map(|width| format!(", width {width}")).unwrap_or_default()
    }

    /// The network for faces of `size` pixels.
    pub fn network(&self, size: usize) -> AutoencoderConfig {
        let (narrow, widest) = channels(self.preset);
        let channels = self.width.unwrap_or(narrow);
        AutoencoderConfig { size, channels, widest: widest / narrow * channels, latent_dim: self.latent }
    }

    /// Where a step stands in the schedule.
    pub fn moment(&self, step: u64, images: u64, progress: f64, stage: StageMoment) -> StepMoment {
        let share = rate_share(step, self.warm_up, progress, f64::from(self.final_rate));
        let learning_rate = (f64::from(self.learning_rate) * share) as f32;
        // What was learned before the run counts: its average is one of the networks that learned it.
        let steps = step + stage.before / self.batch.max(1) as u64;
        StepMoment { step, images, progress, learning_rate, ema_decay: ema_decay(steps, self.ema), stage }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_follow_the_preset_or_the_user() {
        let mut settings = AutoencoderSettings { preset: Preset::Tiny, ..Default::default() };
        assert_eq!(settings.network(32).widths(), [8, 16, 32, 32]);
        settings.preset = Preset::Small;
        settings.width = Some(24);
        assert_eq!(settings.network(32).widths(), [24, 48, 96, 192]);
    }
}

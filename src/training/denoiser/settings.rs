//! What a denoiser is and how it learns.

use serde::{Deserialize, Serialize};

use super::figures::DENOISER_FIGURES;
use crate::models::ModelKind;
use crate::models::denoiser::DenoiserConfig;
use crate::training::autoencoder::AutoencoderSettings;
use crate::training::batches::Variation;
use crate::training::figure::Figure;
use crate::training::knob::{Choice, Knob, Knobs, Range, field};
use crate::training::moment::StepMoment;
use crate::training::preset::Preset;
use crate::training::shared_knobs::{self, ANY_COUNT, SHARES, WEIGHTS};

/// What a denoiser is and how it learns. What the fields mean stands in their knobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the knobs describe the fields")]
pub struct DenoiserSettings {
    pub preset: Preset,
    pub latent: usize,
    pub batch: usize,
    pub learning_rate: f32,
    pub final_rate: f32,
    pub warm_up: u64,
    pub weight_decay: f32,
    pub latent_penalty: f32,
    pub noise: f32,
    pub ema: f32,
    pub flips: bool,
    pub seed: u64,
}

impl Default for DenoiserSettings {
    fn default() -> Self {
        let AutoencoderSettings {
            preset,
            latent,
            batch,
            learning_rate,
            final_rate,
            warm_up,
            weight_decay,
            latent_penalty,
            ema,
            flips,
            seed,
            ..
        } = AutoencoderSettings::default();
        let noise = 0.1;
        Self { preset, latent, batch, learning_rate, final_rate, warm_up, weight_decay, latent_penalty, noise, ema, flips, seed }
    }
}

/// The presets, and what each means.
const PRESETS: &[Choice] = &[
    Choice { word: "tiny", label: "Tiny", help: "8 to 32 channels: recognisable faces in a minute on two cores" },
    Choice { word: "small", label: "Small", help: "16 to 128 channels: sharp faces in half an hour on two cores" },
    Choice { word: "medium", label: "Medium", help: "32 to 256 channels: for a graphics card, or a night" },
];

impl Knobs for DenoiserSettings {
    const ABOUT: &'static str = "An autoencoder that learns from faces with noise on them, which no code tells of";
    const KNOBS: &'static [Knob<Self>] = &[
        shared_knobs::preset(field!(Self, preset), PRESETS, "How large the network is"),
        shared_knobs::latent(field!(Self, latent), "Code length k", "Length of the code k, 2 to 512: more numbers keep more of a face"),
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
        Knob::new("latent_penalty", "Latent penalty", field!(Self, latent_penalty), WEIGHTS, "Weight of the mean squared code in the loss")
            .measured("WEIGHT", "")
            .live(),
        Knob::new(
            "noise",
            "Noise",
            field!(Self, noise),
            Range::Number(0.0, 1.0),
            "Standard deviation of the noise on every face, in [0, 1] units: 0 makes it an autoencoder",
        )
        .measured("DEVIATION", "")
        .live(),
        shared_knobs::ema(
            field!(Self, ema),
            SHARES,
            "How much of the averaged weights stays at each step, 0 to 1: what you see and keep is the average, not the last step",
        )
        .measured("DECAY", ""),
        shared_knobs::flips(field!(Self, flips)),
        shared_knobs::seed(field!(Self, seed)),
    ];
}

impl DenoiserSettings {
    /// The kind of model that comes out.
    pub fn kind(&self) -> ModelKind {
        ModelKind::Denoiser
    }

    /// What is measured at a step.
    pub fn figures(&self) -> &'static [Figure] {
        DENOISER_FIGURES
    }

    /// How faces are varied before noise comes upon them.
    pub fn variation(&self) -> Variation {
        self.autoencoder().variation()
    }

    /// What a note says behind the preset.
    pub fn remark(&self) -> String {
        format!(", noise {}", self.noise)
    }

    /// The network for faces of `size` pixels.
    pub fn network(&self, size: usize) -> DenoiserConfig {
        DenoiserConfig(self.autoencoder().network(size))
    }

    /// Where a step stands in the schedule.
    pub fn moment(&self, step: u64, images: u64, progress: f64) -> StepMoment {
        self.autoencoder().moment(step, images, progress)
    }

    /// The autoencoder that learns from what has noise on it.
    pub fn autoencoder(&self) -> AutoencoderSettings {
        let Self { preset, latent, batch, learning_rate, final_rate, warm_up, weight_decay, latent_penalty, ema, flips, seed, noise: _ } =
            *self;
        AutoencoderSettings {
            preset,
            latent,
            batch,
            learning_rate,
            final_rate,
            warm_up,
            weight_decay,
            latent_penalty,
            ema,
            flips,
            seed,
            ..AutoencoderSettings::default()
        }
    }
}

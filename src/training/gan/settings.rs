//! What a GAN is and how it learns.

use serde::{Deserialize, Serialize};

use super::choices::{Objective, Recipe, Turns};
use super::figures::GAN_FIGURES;
use crate::models::ModelKind;
use crate::models::autoencoder::BASE_SIZE;
use crate::models::gan::{BlockKind, GanConfig};
use crate::training::batches::Variation;
use crate::training::figure::Figure;
use crate::training::growth::{Growth, StageMoment};
use crate::training::held::{Held, field, held_as_word};
use crate::training::knob::{Access, Choice, Knob, Knobs, Place, Range, Unsound, Value};
use crate::training::moment::StepMoment;
use crate::training::preset::Preset;
use crate::training::schedule::{half_life_decay, rate_share, settled_share};
use crate::training::shared_knobs::{self, ANY_COUNT, SHARES, WEIGHTS};

held_as_word!(BlockKind);

/// Brings the settings that a recipe leads to where it has them.
fn follow(recipe: Recipe, settings: &mut GanSettings) {
    let usual = GanSettings::default();
    let led = match recipe {
        Recipe::Modern => usual,
        Recipe::Progressive => GanSettings {
            objective: Objective::WganGp,
            block: BlockKind::Plain,
            minibatch_deviation: true,
            grow: vec![4, 8, 16, 32, 64],
            learning_rate: 1e-3,
            final_rate: 1.0,
            augment: 0.0,
            ..usual
        },
    };
    let GanSettings { objective, block, minibatch_deviation, grow, learning_rate, final_rate, augment, penalty, .. } = led;
    let kept = settings.clone();
    *settings = GanSettings { recipe, objective, block, minibatch_deviation, grow, learning_rate, final_rate, augment, penalty, ..kept };
}

/// Another recipe brings what it leads to with it.
const RECIPE: Access<GanSettings> = Access {
    get: |settings| settings.recipe.to_value(),
    set: |settings, value| {
        if let Some(recipe) = Recipe::of(value).filter(|recipe| *recipe != settings.recipe) {
            follow(recipe, settings);
        }
    },
};

/// What a GAN is and how it learns. What the fields mean stands in their knobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the knobs describe the fields")]
pub struct GanSettings {
    pub recipe: Recipe,
    pub preset: Preset,
    pub widths: Vec<usize>,
    pub block: BlockKind,
    pub noise: bool,
    pub objective: Objective,
    pub latent: usize,
    pub batch: usize,
    pub learning_rate: f32,
    pub final_rate: f32,
    pub penalty: Option<f32>,
    pub final_penalty: f32,
    pub penalty_every: u32,
    pub drift: f32,
    pub critic_steps: u32,
    pub augment: f32,
    pub ema: u64,
    pub flips: bool,
    pub minibatch_deviation: bool,
    pub turns: Turns,
    pub seed: u64,
    pub grow: Vec<usize>,
    pub stage_shares: Vec<f32>,
    pub stage_fade: f32,
    pub stage_rest: f32,
    pub stage_warm_up: u64,
    pub stage_batch: f32,
    pub stage_penalty: f32,
    pub stage_augment: f32,
}

impl Default for GanSettings {
    fn default() -> Self {
        Self {
            recipe: Recipe::Modern,
            preset: Preset::Small,
            widths: Vec::new(),
            block: BlockKind::Fixup,
            noise: false,
            objective: Objective::Rpgan,
            latent: 64,
            batch: 32,
            learning_rate: 3e-4,
            final_rate: 0.1,
            penalty: None,
            final_penalty: 0.1,
            penalty_every: 1,
            drift: 1e-3,
            critic_steps: 1,
            augment: 0.2,
            ema: 20_000,
            flips: true,
            minibatch_deviation: false,
            turns: Turns::Both,
            seed: 1,
            grow: Vec::new(),
            stage_shares: Vec::new(),
            stage_fade: 0.5,
            stage_rest: 0.0,
            stage_warm_up: 5_000,
            stage_batch: 1.0,
            stage_penalty: 4.0,
            stage_augment: 1.0,
        }
    }
}

/// The presets, and what each means.
const PRESETS: &[Choice] = &[
    Choice { word: "tiny", label: "Tiny", help: "32 channels and fewer: faces that move while you watch, on two cores" },
    Choice { word: "small", label: "Small", help: "64 channels and fewer: faces in an hour or three on two cores" },
    Choice { word: "medium", label: "Medium", help: "256 channels and fewer: for a graphics card" },
];
/// A stage never makes a step of more faces.
const MOST_FACES: usize = 1024;
/// What blocks are made of.
const BLOCKS: &[Choice] = &[
    Choice { word: "fixup", label: "Fixup", help: "Residual blocks that begin as nothing (Zhang et al. 2019)" },
    Choice {
        word: "normalised",
        label: "Normalised",
        help: "Residual blocks whose filters keep one length, with a learned gain (Karras et al. 2024)",
    },
    Choice {
        word: "plain",
        label: "Plain",
        help: "Blocks without a way past them, with equalised learning rates and pixel norm (Karras et al. 2018)",
    },
];
/// Steps of one network for each of another.
const STEPS: Range = Range::Count(1, 64);

/// Another objective takes the penalty back to what suits it: a weight that suits one is far off for another.
const OBJECTIVE: Access<GanSettings> = Access {
    get: |settings| settings.objective.to_value(),
    set: |settings, value| {
        if let Some(objective) = Held::of(value).filter(|objective| *objective != settings.objective) {
            (settings.objective, settings.penalty) = (objective, None);
        }
    },
};

impl Knobs for GanSettings {
    const ABOUT: &'static str = "A GAN: a generator that learns to pass a critic; directions in its latent space give the axes";
    const KNOBS: &'static [Knob<Self>] = &[
        Knob::new("recipe", "Recipe", RECIPE, Range::Words(Recipe::CHOICES), "What the other settings begin with")
            .measured("RECIPE", "")
            .leading(&["objective", "block", "minibatch_deviation", "grow", "learning_rate", "final_rate", "augment", "penalty"]),
        shared_knobs::preset(field!(Self, preset), PRESETS, "How large the networks are"),
        Knob::new("objective", "Objective", OBJECTIVE, Range::Words(Objective::CHOICES), "What critic and generator play for")
            .measured("OBJECTIVE", "")
            .at(Place::Main),
        Knob::new(
            "widths",
            "Widths",
            field!(Self, widths),
            Range::Numbers(1.0, 1024.0),
            "Channels at each resolution from 4 x 4 on, such as 64,64,48,32,16, the last for all that follow; none: those of the preset",
        )
        .measured("CHANNELS", "channels")
        .shape(),
        Knob::new("block", "Blocks", field!(Self, block), Range::Words(BLOCKS), "What the blocks of both networks are made of")
            .measured("BLOCK", "")
            .shape(),
        Knob::new(
            "noise",
            "Noise",
            field!(Self, noise),
            Range::Flag,
            "Let every block of the generator add noise to each pixel, for what no latent has to say: strands of hair, grain",
        )
        .shape(),
        shared_knobs::latent(field!(Self, latent), "Latent size k", "Latent size k, the length of z, 2 to 512"),
        shared_knobs::batch(field!(Self, batch)),
        shared_knobs::learning_rate(field!(Self, learning_rate), "Learning rate of Adam for both networks, before falling along a cosine"),
        shared_knobs::final_rate(field!(Self, final_rate)),
        Knob::new(
            "penalty",
            "Penalty",
            field!(Self, penalty),
            Range::Number(0.0, 1000.0),
            "Weight of the gradient penalty: gamma of R1 and R2 [default: 2 at 64 pixels, 0.5 at 32, 0.12 at 16], or lambda of WGAN-GP \
             [default: 10]; where networks grow, gamma is that of the last size, and stage penalty says what it is before",
        )
        .measured("WEIGHT", "")
        .live()
        .or("automatic", |settings, size| Value::Number(settings.suited_penalty(settings.last_size(size))))
        .only(|settings| settings.objective.has_penalty()),
        Knob::new(
            "final_penalty",
            "Final penalty",
            field!(Self, final_penalty),
            SHARES,
            "The share of gamma that is left from half of the training on, 0 to 1; lambda stays",
        )
        .measured("SHARE", "")
        .live()
        .only(|settings| settings.objective.penalty_falls()),
        Knob::new(
            "penalty_every",
            "Penalty every",
            field!(Self, penalty_every),
            STEPS,
            "Take the gradient penalty at every n-th step only, n times as heavy: faster, less steady",
        )
        .measured("STEPS", "steps")
        .live()
        .only(|settings| settings.objective.has_penalty()),
        Knob::new(
            "drift",
            "Drift",
            field!(Self, drift),
            WEIGHTS,
            "Weight of the squared scores of real faces in WGAN-GP, which keeps scores near zero",
        )
        .measured("WEIGHT", "")
        .only(|settings| settings.objective == Objective::WganGp),
        Knob::new("critic_steps", "Critic steps", field!(Self, critic_steps), STEPS, "Steps of the critic for each of the generator")
            .measured("STEPS", "steps")
            .live(),
        Knob::new(
            "augment",
            "Augmentation",
            field!(Self, augment),
            SHARES,
            "How likely a face, real or fake, is changed before the critic sees it, in each of three ways: brightness, place, a part \
             cut out; 0 to 1",
        )
        .measured("SHARE", "")
        .live(),
        shared_knobs::ema(
            field!(Self, ema),
            ANY_COUNT,
            "Averaging: faces after which half of the averaged generator is new; less in the beginning. What you see and keep is the average, \
             not the last step",
        )
        .measured("FACES", "faces"),
        shared_knobs::flips(field!(Self, flips)),
        Knob::new(
            "minibatch_deviation",
            "Batch deviation",
            field!(Self, minibatch_deviation),
            Range::Flag,
            "Let the critic see how much faces of a group differ: works against collapsing onto few faces",
        ),
        Knob::new("turns", "Turns", field!(Self, turns), Range::Words(Turns::CHOICES), "Which of the two networks learns")
            .measured("TURNS", "")
            .live()
            .at(Place::Training),
        shared_knobs::seed(field!(Self, seed)),
        Knob::new(
            "grow",
            "Grow",
            field!(Self, grow),
            Range::Numbers(4.0, 64.0),
            "Sizes through which the networks grow, such as 8,16,32,64: they begin with small pictures, and every new size fades in",
        )
        .measured("SIZES", "pixels"),
        Knob::new(
            "stage_shares",
            "Stage shares",
            field!(Self, stage_shares),
            Range::Numbers(0.0, 1.0),
            "The share of the planned length that each size gets, such as 0.5,0.25,0.25; none: a quarter for each of the last two, and \
             what is left for those before",
        )
        .measured("SHARES", "")
        .only(GanSettings::grows),
        Knob::new(
            "stage_fade",
            "Stage fade",
            field!(Self, stage_fade),
            SHARES,
            "The share of a new stage over which its layers fade in, 0 to 1",
        )
        .measured("SHARE", "")
        .only(GanSettings::grows),
        Knob::new(
            "stage_rest",
            "Stage rest",
            field!(Self, stage_rest),
            SHARES,
            "The share of a new stage in which only its own layers learn, and all others rest, 0 to 1",
        )
        .measured("SHARE", "")
        .only(GanSettings::grows),
        Knob::new(
            "stage_warm_up",
            "Stage warm-up",
            field!(Self, stage_warm_up),
            ANY_COUNT,
            "Faces over which the learning rate rises again after the networks have grown, or have begun with the weights of others",
        )
        .measured("FACES", "faces"),
        Knob::new(
            "stage_batch",
            "Stage batch",
            field!(Self, stage_batch),
            Range::Number(0.25, 4.0),
            "How many times as many faces are in a step at each smaller size",
        )
        .measured("FACTOR", "")
        .live()
        .only(GanSettings::grows),
        Knob::new(
            "stage_penalty",
            "Stage penalty",
            field!(Self, stage_penalty),
            Range::Number(0.25, 16.0),
            "How many times smaller gamma of R1 and R2 is at each smaller size: a gradient is spread over four times as many pixels when \
             the size doubles",
        )
        .measured("FACTOR", "")
        .live()
        .only(|settings| settings.grows() && settings.objective.penalty_falls()),
        Knob::new(
            "stage_augment",
            "Stage augmentation",
            field!(Self, stage_augment),
            Range::Number(0.25, 16.0),
            "How many times less likely a face is changed at each smaller size",
        )
        .measured("FACTOR", "")
        .live()
        .only(GanSettings::grows),
    ];

    fn check(&self, size: usize) -> Result<(), Unsound> {
        if self.objective == Objective::Hinge && !self.block.computes_with_its_weights() {
            let reason = format!(
                "hinge bounds the weights that are learned, and blocks that are {} compute with others: take fixup, or another objective",
                self.block.word()
            );
            return Err(Unsound { knob: "block", reason });
        }
        let Some(plan) = self.plan() else { return Ok(()) };
        let unsound = |reason| Unsound { knob: "grow", reason };
        let growth = plan.map_err(unsound)?;
        if growth.last() > size {
            let reason = format!("the faces have {size} pixels, and {} are grown to: import them as large as that", growth.last());
            return Err(unsound(reason));
        }
        Ok(())
    }
}

impl GanSettings {
    /// The kind of model that comes out.
    pub fn kind(&self) -> ModelKind {
        ModelKind::Gan
    }

    /// What is measured at a step.
    pub fn figures(&self) -> &'static [Figure] {
        GAN_FIGURES
    }

    /// How faces are varied before the critic sees them.
    pub fn variation(&self) -> Variation {
        Variation { flips: self.flips, shift: 0 }
    }

    /// What a note says behind the preset.
    pub fn remark(&self) -> String {
        let config = self.network(BASE_SIZE);
        format!(", {}{}", self.objective.word(), config.remark())
    }

    /// The networks for faces of `size` pixels.
    pub fn network(&self, size: usize) -> GanConfig {
        let widths: [usize; 5] = match self.preset {
            Preset::Tiny => [32, 32, 24, 16, 8],
            Preset::Small => [64, 64, 48, 32, 16],
            Preset::Medium => [256, 256, 128, 64, 32],
        };
        let stages = (size / BASE_SIZE).max(1).ilog2() as usize + 1;
        // Where fewer are given, larger pictures have the last of them.
        let width = |stage: usize| self.widths.get(stage).or(self.widths.last()).copied().unwrap_or_else(|| widths[stage]);
        let widths = (0..stages.min(widths.len())).map(width).collect();
        let Self { latent: latent_dim, minibatch_deviation, block, noise, .. } = *self;
        GanConfig { size, widths, latent_dim, minibatch_deviation, block, noise }
    }

    /// Whether the networks grow.
    fn grows(&self) -> bool {
        !self.grow.is_empty()
    }

    /// How the networks grow, if they do, or what is wrong with it.
    fn plan(&self) -> Option<Result<Growth, String>> {
        self.grows().then(|| Growth::new(&self.grow, &self.stage_shares, self.stage_fade, self.stage_rest))
    }

    /// How the networks grow; `None` where they do not, or cannot.
    pub fn growth(&self) -> Option<Growth> {
        self.plan()?.ok()
    }

    /// What a factor for each smaller size comes to for faces of `size` pixels.
    fn at_stage(&self, size: usize, factor: f32) -> f32 {
        self.growth().map_or(1.0, |growth| factor.powi(growth.doublings_to(size) as i32))
    }

    /// Faces in a step as long as they have `size` pixels.
    pub fn batch_at(&self, size: usize) -> usize {
        ((self.batch as f32 * self.at_stage(size, self.stage_batch)).round() as usize).clamp(1, MOST_FACES.max(self.batch))
    }

    /// How likely faces of `size` pixels are changed before the critic sees them.
    pub fn augment_at(&self, size: usize) -> f32 {
        (self.augment / self.at_stage(size, self.stage_augment)).clamp(0.0, 1.0)
    }

    /// The size of the last pictures, where faces have `size` pixels.
    fn last_size(&self, size: usize) -> usize {
        self.growth().map_or(size, |growth| growth.last())
    }

    /// The weight of the gradient penalty at the beginning, for faces of `size` pixels.
    pub fn first_penalty(&self, size: usize) -> f32 {
        let penalty = self.penalty.unwrap_or_else(|| self.suited_penalty(self.last_size(size)));
        if self.objective.penalty_falls() { penalty / self.at_stage(size, self.stage_penalty) } else { penalty }
    }

    /// What suits objective and size.
    fn suited_penalty(&self, size: usize) -> f32 {
        match (self.objective, size) {
            (Objective::Rpgan, 64..) => 2.0,
            (Objective::Rpgan, 32..) => 0.5,
            (Objective::Rpgan, _) => 0.12,
            (Objective::WganGp, _) => 10.0,
            (Objective::Hinge, _) => 0.0,
        }
    }

    /// The weight of the gradient penalty when a share of the planned length, or of the stage, is used.
    pub fn penalty_at(&self, size: usize, progress: f64) -> f32 {
        let first = self.first_penalty(size);
        if self.objective.penalty_falls() {
            (f64::from(first) * settled_share(progress, f64::from(self.final_penalty))) as f32
        } else {
            first
        }
    }

    /// Where a step stands in the schedule.
    pub fn moment(&self, step: u64, images: u64, progress: f64, stage: StageMoment) -> StepMoment {
        let batch = self.batch_at(stage.size);
        let rise = match stage.images {
            Some(seen) if seen < self.stage_warm_up => ((seen + batch as u64) as f64 / self.stage_warm_up as f64).min(1.0),
            _ => 1.0,
        };
        let share = rise * rate_share(step, 0, progress, f64::from(self.final_rate));
        let learning_rate = (f64::from(self.learning_rate) * share) as f32;
        // What was seen before the run counts: its average is one of the networks that saw it.
        StepMoment { step, images, progress, learning_rate, ema_decay: half_life_decay(images + stage.before, batch, self.ema), stage }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::knob::Edit;

    #[test]
    fn another_objective_takes_its_own_penalty() {
        let mut settings = GanSettings { penalty: Some(3.0), ..Default::default() };
        settings.turn(&Edit::new("objective", Value::Word("wgan-gp".into())));
        assert_eq!(settings, GanSettings { objective: Objective::WganGp, ..Default::default() });
        let shown: Vec<&str> = settings.dials(32).into_iter().map(|dial| dial.name).collect();
        assert!(shown.contains(&"drift") && shown.contains(&"penalty") && !shown.contains(&"final_penalty"), "{shown:?}");
    }

    #[test]
    fn an_automatic_penalty_that_is_set_as_it_is_shown_changes_nothing() {
        let mut settings = GanSettings { grow: vec![16, 32, 64], ..Default::default() };
        let (sizes, before) = ([16, 32, 64], settings.clone());
        for size in sizes {
            let dial = settings.dials(size).into_iter().find(|dial| dial.name == "penalty").unwrap();
            assert_eq!(dial.automatic, Some(("automatic", Value::Number(2.0))), "that of 64 pixels, also at {size}");
        }
        settings.turn_live(&Edit::new("penalty", Value::Number(2.0))).unwrap();
        assert_eq!(sizes.map(|size| settings.first_penalty(size)), sizes.map(|size| before.first_penalty(size)));
        assert_eq!(settings.first_penalty(16), 2.0 / 16.0);
    }

    #[test]
    fn a_bound_on_weights_wants_blocks_that_compute_with_them() {
        for block in BlockKind::ALL {
            let settings = GanSettings { objective: Objective::Hinge, block, ..Default::default() };
            assert_eq!(settings.check(32).is_ok(), block == BlockKind::Fixup, "{block:?}");
        }
    }

    #[test]
    fn an_average_that_comes_with_its_weights_is_not_forgotten_at_once() {
        let settings = GanSettings::default();
        let kept = |before| settings.moment(0, 0, 0.0, StageMoment { before, ..StageMoment::only(32, 0.0) }).ema_decay;
        assert!(kept(0) < 1e-5 && kept(1_000_000) > 0.99, "{} {}", kept(0), kept(1_000_000));
    }

    #[test]
    fn penalties_fall_where_that_is_said() {
        for objective in Objective::ALL {
            let settings = GanSettings { objective, penalty: Some(1.0), ..Default::default() };
            assert_eq!(objective.penalty_falls(), settings.penalty_at(32, 1.0) < settings.penalty_at(32, 0.0), "{objective:?}");
        }
    }
}

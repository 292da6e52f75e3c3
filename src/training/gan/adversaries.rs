//! Generator and critic with their optimisers: one step of each, for networks of any make.

use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use burn::tensor::Tensor;

use super::Augmentation;
use super::clock::{StepClock, StepPart};
use super::objective::{critic_loss, generator_loss};
use super::penalty::{PenaltyKind, penalty_of};
use super::spectral::Spectral;
use crate::backend::FaceBackend;
use crate::models::dual::{Dual, Scorer};
use crate::models::gan::{Generator, Noise};
use crate::models::layers::{ParameterMapper, map_parameters, normalised};
use crate::models::{WeightError, Weights};
use crate::training::{Adam, AdamConfig, Objective};

/// Samples that a minibatch standard deviation is taken over, where the batch allows it (Karras et al. 2018).
const GROUP: usize = 4;

/// A network from latents to pictures.
pub trait Painter<B: FaceBackend> {
    /// [N, k] -> [N, C, S, S], with this noise where it adds any.
    fn paint(&self, latents: Tensor<B, 2>, noise: Noise) -> Tensor<B, 4>;
}

impl<B: FaceBackend> Painter<B> for Generator<B> {
    fn paint(&self, latents: Tensor<B, 2>, noise: Noise) -> Tensor<B, 4> {
        self.forward_with(latents, noise)
    }
}

/// What holds for a step of either network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CriticRules {
    /// What they play for.
    pub objective: Objective,
    /// The weight of the gradient penalty in this step; `None` leaves it out.
    pub penalty: Option<f32>,
    /// The penalty is so many times as heavy, because it is taken that seldom.
    pub penalty_every: u32,
    /// Weight of the squared scores of real pictures in WGAN-GP.
    pub drift: f32,
    /// Learning rate.
    pub learning_rate: f32,
    /// Decay of Adam's second moment.
    pub beta2: f32,
    /// Where the generator's noise comes from in this step: this seed and the one after it.
    pub noise: u64,
}

/// What is known after a step of the critic.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StepFigures {
    /// Its loss, with the penalty where it was taken.
    pub critic_loss: f32,
    /// The penalty.
    pub penalty: Option<f32>,
    /// The mean length of the gradients for pictures.
    pub gradient_norm: Option<f32>,
    /// The mean score of real pictures.
    pub real_score: f32,
    /// The mean score of fake pictures.
    pub fake_score: f32,
    /// The share of pairs in which the real picture scores higher.
    pub accuracy: f32,
    /// How much fakes of a batch differ, as a share of how much real pictures do: the ratio of their standard deviations.
    pub diversity: f32,
}

/// Both networks, both optimisers.
pub struct Adversaries<B: FaceBackend, G, C> {
    /// Handed over whole at every step, so that weights change in place; there again after it.
    generator: Option<G>,
    critic: Option<C>,
    generator_adam: Adam<B>,
    critic_adam: Adam<B>,
    spectral: Spectral,
    /// Of each network the beginnings of the paths of parameters that learn; none where all do.
    learning: [Vec<String>; 2],
    clock: StepClock<B>,
}

const BACK: &str = "every step gives the network back";

impl<B: FaceBackend, G, C> Adversaries<B, G, C>
where
    G: AutodiffModule<Autodiff<B>> + Painter<Autodiff<B>>,
    G::InnerModule: Painter<B>,
    C: AutodiffModule<Autodiff<B>> + Scorer<Autodiff<B>>,
    C::InnerModule: Scorer<B>,
{
    /// Two networks that have not learned yet.
    pub fn new(generator: G, critic: C) -> Self {
        // Momentum would answer to a critic that is no longer there: beta1 = 0.
        let adam = || Adam::new(AdamConfig { beta1: 0.0, beta2: 0.99, weight_decay: 0.0, ..AdamConfig::default() });
        let (generator_adam, critic_adam) = (adam(), adam());
        let (spectral, learning) = (Spectral::default(), <[Vec<String>; 2]>::default());
        let (generator, critic) = (Some(generator), Some(critic));
        Self { generator, critic, generator_adam, critic_adam, spectral, learning, clock: StepClock::default() }
    }

    /// Puts others in the place of both networks. What the optimisers knew was of those before, and is forgotten.
    pub fn change(&mut self, change: impl FnOnce(G, C) -> (G, C)) {
        let (generator, critic) = (self.generator.take().expect(BACK), self.critic.take().expect(BACK));
        let (generator, critic) = change(generator, critic);
        (self.generator, self.critic) = (Some(generator), Some(critic));
        self.generator_adam.forget();
        self.critic_adam.forget();
        self.spectral = Spectral::default();
    }

    /// Both networks, to change what is no parameter of them.
    pub fn networks_mut(&mut self) -> (&mut G, &mut C) {
        (self.generator.as_mut().expect(BACK), self.critic.as_mut().expect(BACK))
    }

    /// Brings every filter of which only the direction counts back to one length, so that none learns the more slowly the longer it has
    /// become (Karras et al. 2024, Analyzing and Improving the Training Dynamics of Diffusion Models, section 2.3).
    pub fn force_directions(&mut self) {
        self.generator = self.generator.take().map(|network| map_parameters(network, &mut Forced));
        self.critic = self.critic.take().map(|network| map_parameters(network, &mut Forced));
    }

    /// Of generator and critic, only parameters whose paths begin with one of these learn from now on; all where there is none.
    pub fn learn_only(&mut self, learning: [Vec<String>; 2]) {
        self.learning = learning;
    }

    /// What measures the parts of steps.
    pub fn clock(&mut self) -> &mut StepClock<B> {
        &mut self.clock
    }

    /// The generator.
    pub fn generator(&self) -> &G {
        self.generator.as_ref().expect(BACK)
    }

    /// The critic.
    pub fn critic(&self) -> &C {
        self.critic.as_ref().expect(BACK)
    }

    /// The critic learns from `real` pictures [N, C, S, S] and fakes of `latents` [N, k]. `between`: for every pair the place on the line
    /// from real to fake where WGAN-GP looks, [N, 1, 1, 1] in [0, 1].
    pub fn critic_step(
        &mut self,
        real: Tensor<B, 4>,
        latents: Tensor<B, 2>,
        between: Tensor<B, 4>,
        augmentation: [Option<&Augmentation>; 2],
        rules: &CriticRules,
    ) -> StepFigures {
        let critic = self.critic.take().expect(BACK);
        let fake = self.generator().valid().paint(latents, Noise::Drawn(rules.noise)); // [N, C, S, S]
        self.clock.lap(StepPart::Fakes);
        let diversity = spread(fake.clone()) / (spread(real.clone()) + 1e-8); // [1]
        self.clock.lap(StepPart::Figures);
        let real = changed(real, augmentation[0]);
        let fake = changed(fake, augmentation[1]);
        self.clock.lap(StepPart::Augmentation);
        let count = real.dims()[0];
        let group = group_of(count);
        if rules.objective == Objective::Hinge {
            self.spectral.follow(&critic.valid());
        }
        let judge = self.normalised(critic.clone(), rules.objective);
        let both = Tensor::cat(vec![real.clone(), fake.clone()], 0); // [2 N, C, S, S]
        let track = |tensor: Tensor<B, 4>| Tensor::<Autodiff<B>, 4>::from_inner(tensor);
        let heavy = |weight: f32| weight * rules.penalty_every as f32;
        let (scores, penalty, tangents) = match (rules.objective, rules.penalty) {
            (Objective::Rpgan, Some(weight)) => {
                let penalty = penalty_of(&judge, both.clone(), group, PenaltyKind::ZeroCentred { weight: heavy(weight), count });
                self.clock.lap(StepPart::Penalty);
                let dual = judge.score(Dual { value: track(both), tangent: track(penalty.directions.clone()) }, group);
                (dual.value, Some(penalty), Some(dual.tangent)) // [2 N, 1]
            }
            (Objective::WganGp, Some(weight)) => {
                let points = real.clone() + (fake - real) * between; // [N, C, S, S]
                let penalty = penalty_of(&judge, points.clone(), group, PenaltyKind::OneCentred { weight: heavy(weight) });
                self.clock.lap(StepPart::Penalty);
                let dual = judge.score(Dual { value: track(points), tangent: track(penalty.directions.clone()) }, group);
                (judge.score(track(both), group), Some(penalty), Some(dual.tangent))
            }
            _ => (judge.score(track(both), group), None, None),
        };
        let (real_scores, fake_scores) = (scores.clone().slice([0..count, 0..1]), scores.slice([count..2 * count, 0..1])); // [N, 1]
        let played = critic_loss(rules.objective, real_scores.clone(), fake_scores.clone(), rules.drift); // [1]
        // Its value means nothing; its gradient is that of the penalty.
        let loss = tangents.map_or(played.clone(), |tangents| played.clone() + tangents.sum());
        self.clock.lap(StepPart::CriticForward);
        let gradients = loss.backward();
        self.clock.lap(StepPart::CriticBackward);
        let (real_scores, fake_scores) = (real_scores.inner(), fake_scores.inner());
        let mut figures = vec![
            played.inner(),
            real_scores.clone().mean(),
            fake_scores.clone().mean(),
            (real_scores.greater(fake_scores)).float().mean(),
            diversity,
        ];
        if let Some(penalty) = penalty {
            figures.extend([penalty.value / rules.penalty_every as f32, penalty.norms.mean()]);
        }
        let figures = Tensor::cat(figures, 0).into_data().into_vec::<f32>().expect("the backend computes in f32");
        drop(judge);
        self.clock.lap(StepPart::Figures);
        self.critic_adam.set_beta2(rules.beta2);
        self.critic = Some(self.critic_adam.step_only(critic, gradients, rules.learning_rate, &self.learning[1]));
        self.clock.lap(StepPart::Optimisers);
        let penalty = figures.get(5).copied();
        StepFigures {
            critic_loss: figures[0] + penalty.unwrap_or(0.0),
            penalty,
            gradient_norm: figures.get(6).copied(),
            real_score: figures[1],
            fake_score: figures[2],
            accuracy: figures[3],
            diversity: figures[4],
        }
    }

    /// The generator learns to pass the critic with fakes of `latents` [N, k], beside `real` pictures [N, C, S, S]; its loss, and how much
    /// fakes differ, as in [`StepFigures::diversity`].
    pub fn generator_step(
        &mut self,
        real: Tensor<B, 4>,
        latents: Tensor<B, 2>,
        augmentation: [Option<&Augmentation>; 2],
        rules: &CriticRules,
    ) -> (f32, f32) {
        let generator = self.generator.take().expect(BACK);
        let group = group_of(real.dims()[0]);
        let fake = generator.paint(Tensor::from_inner(latents), Noise::Drawn(rules.noise + 1)); // [N, C, S, S]
        self.clock.lap(StepPart::GeneratorForward);
        let diversity = spread(fake.clone().inner()) / (spread(real.clone()) + 1e-8); // [1]
        self.clock.lap(StepPart::Figures);
        let fake = changed(fake, augmentation[1]);
        let real = (rules.objective == Objective::Rpgan).then(|| changed(real, augmentation[0]));
        self.clock.lap(StepPart::Augmentation);
        let judge = self.normalised(self.critic().clone().no_grad(), rules.objective);
        let fake_scores = judge.score(fake, group); // [N, 1]
        let real_scores = real.map(|real| Tensor::from_inner(self.critic().valid().score(real, group))); // [N, 1]
        let loss = generator_loss(rules.objective, real_scores, fake_scores); // [1]
        self.clock.lap(StepPart::GeneratorForward);
        let gradients = loss.backward();
        self.clock.lap(StepPart::GeneratorBackward);
        self.generator_adam.set_beta2(rules.beta2);
        self.generator = Some(self.generator_adam.step_only(generator, gradients, rules.learning_rate, &self.learning[0]));
        self.clock.lap(StepPart::Optimisers);
        let figures = Tensor::cat(vec![loss.inner(), diversity], 0).into_data().into_vec::<f32>().expect("the backend computes in f32");
        self.clock.lap(StepPart::Figures);
        (figures[0], figures[1])
    }

    fn normalised(&self, critic: C, objective: Objective) -> C {
        if objective == Objective::Hinge { self.spectral.normalised(critic) } else { critic }
    }

    /// Moments of both optimisers and singular vectors, as plain data.
    pub fn optimizer_state(&self) -> Weights {
        let mut state = Weights::default();
        state.extend("generator.", self.generator_adam.state());
        state.extend("critic.", self.critic_adam.state());
        state.extend("spectral.", self.spectral.state());
        state
    }

    /// How many steps generator and critic have made.
    pub fn steps(&self) -> [u32; 2] {
        [self.generator_adam.steps(), self.critic_adam.steps()]
    }

    /// Takes up networks and optimisers where they were left.
    ///
    /// # Errors
    /// [`WeightError`] where they belong to other networks.
    pub fn restore(&mut self, generator: G, critic: C, state: &Weights, steps: [u32; 2], device: &B::Device) -> Result<(), WeightError> {
        self.generator_adam.restore(&state.under("generator."), steps[0], device)?;
        self.critic_adam.restore(&state.under("critic."), steps[1], device)?;
        self.spectral.restore(&state.under("spectral."))?;
        (self.generator, self.critic) = (Some(generator), Some(critic));
        Ok(())
    }
}

/// Brings the filters of blocks to the length that first weights have.
struct Forced;

impl<B: FaceBackend> ParameterMapper<Autodiff<B>> for Forced {
    fn map<const D: usize>(&mut self, name: &str, tensor: Tensor<Autodiff<B>, D>) -> Tensor<Autodiff<B>, D> {
        if D != 4 || !name.contains(".block.") || !name.ends_with(".weight") {
            return tensor;
        }
        let shape = tensor.dims();
        let filters = tensor.inner().reshape([shape[0], shape[1], shape[2], shape[3]]); // [K, C, 3, 3]
        let length = (shape[1..].iter().product::<usize>() as f32).sqrt();
        let forced = (normalised(filters) * length).reshape(shape);
        Tensor::from_inner(forced).require_grad()
    }
}

fn changed<B: FaceBackend>(pictures: Tensor<B, 4>, augmentation: Option<&Augmentation>) -> Tensor<B, 4> {
    match augmentation {
        Some(augmentation) => augmentation.apply(pictures),
        None => pictures,
    }
}

/// The root of the mean variance of a number over a batch: `[1]`.
fn spread<B: FaceBackend>(pictures: Tensor<B, 4>) -> Tensor<B, 1> {
    (pictures.clone() - pictures.mean_dim(0)).powi_scalar(2).mean().sqrt()
}

/// The largest number up to [`GROUP`] that divides a batch: groups never mix real and fake pictures.
fn group_of(batch: usize) -> usize {
    (1..=GROUP).rev().find(|group| batch.is_multiple_of(*group)).unwrap_or(1)
}

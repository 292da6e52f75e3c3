//! A GAN as the training loop sees it: a learner of two networks.

use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use burn::tensor::{Tensor, TensorData};

use super::figures::{GAN_FIGURES, place};
use super::random::Purpose;
use super::{Adversaries, Augmentation, CriticRules, Draws, GanWatch};
use crate::backend::FaceBackend;
use crate::data::Faces;
use crate::latent::LatentFrame;
use crate::models::gan::{Critic, FrameCare, GanModel, Generator, latent_frame, latent_frame_while};
use crate::models::layers::{load_parameters, store_parameters};
use crate::models::{FaceModel, ModelHeader, Precision, WeightError, Weights};
use crate::training::ema::averaged;
use crate::training::figure::Figure;
use crate::training::power_average::{KeptAverages, PowerAverages};
use crate::training::schedule::settled_share;
use crate::training::watch::Watch;
use crate::training::{Edit, GanSettings, Knobs, Learner, LearnerState, Objective, StepMoment, Turns};

/// Before the paths of each network's parameters.
const GENERATOR: &str = "generator.";
const CRITIC: &str = "critic.";
/// The critic's first weights are not those of the generator.
const CRITIC_SEED: u64 = 0x0063_7269_7469_6300;
/// Decay of Adam's second moment: early on the past counts less, as the adversary changes fast.
const FIRST_BETA2: f64 = 0.9;
const LAST_BETA2: f64 = 0.99;
/// Steps after which a quick frame is found anew.
const FRAME_LASTS: u64 = 200;

/// A GAN that learns on a device.
pub struct GanLearner<B: FaceBackend> {
    networks: Adversaries<B, Generator<Autodiff<B>>, Critic<Autodiff<B>>>,
    average: Option<Generator<B>>,
    /// Of which an average of any length comes later.
    powers: PowerAverages<Generator<B>>,
    settings: GanSettings,
    size: usize,
    device: B::Device,
}

impl<B: FaceBackend> GanLearner<B> {
    /// Networks that have not learned yet, for faces of `size` pixels.
    pub fn new(settings: &GanSettings, size: usize, device: B::Device) -> Self {
        let (generator, critic) = Self::networks(settings, size, &device);
        let average = Some(generator.valid());
        let powers = PowerAverages::new(generator.valid());
        Self { networks: Adversaries::new(generator, critic), average, powers, settings: settings.clone(), size, device }
    }

    fn networks(settings: &GanSettings, size: usize, device: &B::Device) -> (Generator<Autodiff<B>>, Critic<Autodiff<B>>) {
        let config = settings.network(size);
        (Generator::new(&config, settings.seed, device), Critic::new(&config, settings.seed ^ CRITIC_SEED, device))
    }

    fn average(&self) -> &Generator<B> {
        self.average.as_ref().expect("every step gives the averaged generator back")
    }

    /// A generator's weights, as a model folder holds them.
    fn weights_of(generator: &Generator<B>) -> Weights {
        let (mut part, mut weights) = (Weights::default(), Weights::default());
        store_parameters(generator, Precision::Single, &mut part);
        weights.extend(GENERATOR, part);
        weights
    }

    fn rules(&self, moment: &StepMoment) -> CriticRules {
        let settings = &self.settings;
        let is_due = moment.step.is_multiple_of(u64::from(settings.penalty_every));
        let weight = settings.penalty_at(self.size, moment.progress);
        CriticRules {
            objective: settings.objective,
            penalty: (is_due && weight > 0.0 && settings.objective != Objective::Hinge).then_some(weight),
            penalty_every: settings.penalty_every,
            drift: settings.drift,
            learning_rate: moment.learning_rate,
            beta2: (LAST_BETA2 - (LAST_BETA2 - FIRST_BETA2) * settled_share(moment.progress, 0.0)) as f32,
        }
    }

    fn latents(&self, draws: Draws, purpose: Purpose, batch: usize) -> Tensor<B, 2> {
        let numbers = draws.normal(purpose, batch * self.settings.latent);
        Tensor::from_data(TensorData::new(numbers, [batch, self.settings.latent]), &self.device) // [N, k]
    }
}

impl<B: FaceBackend> Learner for GanLearner<B> {
    fn figures(&self) -> &'static [Figure] {
        GAN_FIGURES
    }

    fn watch(&self) -> Box<dyn Watch> {
        Box::new(GanWatch::new(self.settings.objective))
    }

    fn step(&mut self, pictures: Vec<f32>, batch: usize, moment: &StepMoment) -> Vec<Option<f32>> {
        let shape = [batch, 3, self.size, self.size];
        let real = Tensor::<B, 4>::from_data(TensorData::new(pictures, shape), &self.device); // [N, 3, S, S]
        let draws = Draws::new(self.settings.seed, moment.step);
        let rules = self.rules(moment);
        let augmentation = |purpose| Augmentation::draw(draws, purpose, batch, self.size, self.settings.augment);
        let mut figures = vec![None; GAN_FIGURES.len()];
        if self.settings.turns != Turns::Generator {
            let latents = self.latents(draws, Purpose::CriticLatents, batch);
            let between = TensorData::new(draws.uniform(Purpose::Between, batch), [batch, 1, 1, 1]);
            let changes = [augmentation(Purpose::CriticReal), augmentation(Purpose::CriticFake)];
            let between = Tensor::from_data(between, &self.device); // [N, 1, 1, 1]
            let step = self.networks.critic_step(real.clone(), latents, between, changes.each_ref().map(Option::as_ref), &rules);
            figures[place::CRITIC_LOSS] = Some(step.critic_loss);
            figures[place::PENALTY] = step.penalty;
            figures[place::GRADIENT_NORM] = step.gradient_norm;
            figures[place::REAL_SCORE] = Some(step.real_score);
            figures[place::FAKE_SCORE] = Some(step.fake_score);
            figures[place::ACCURACY] = Some(step.accuracy);
            figures[place::DIVERSITY] = Some(step.diversity);
        }
        let is_turn = (moment.step + 1).is_multiple_of(u64::from(self.settings.critic_steps));
        if self.settings.turns == Turns::Generator || (self.settings.turns == Turns::Both && is_turn) {
            let augmentation = |purpose| Augmentation::draw(draws, purpose, batch, self.size, self.settings.augment);
            let latents = self.latents(draws, Purpose::GeneratorLatents, batch);
            let changes = [augmentation(Purpose::GeneratorReal), augmentation(Purpose::GeneratorFake)];
            let (loss, diversity) = self.networks.generator_step(real, latents, changes.each_ref().map(Option::as_ref), &rules);
            figures[place::GENERATOR_LOSS] = Some(loss);
            figures[place::DIVERSITY] = figures[place::DIVERSITY].or(Some(diversity));
        }
        if batch < 2 {
            // One face has no spread.
            figures[place::DIVERSITY] = None;
        }
        let average = self.average.take().expect("every step gives the averaged generator back");
        let generator = self.networks.generator().valid();
        self.average = Some(averaged(average, &generator, moment.ema_decay));
        self.powers.follow::<B>(&generator, batch);
        figures
    }

    fn adopt(&mut self, stands: &[Edit]) {
        self.settings.take(stands);
    }

    fn state(&self) -> LearnerState {
        let mut weights = Weights::default();
        let mut part = Weights::default();
        store_parameters(self.networks.generator(), Precision::Single, &mut part);
        weights.extend(GENERATOR, std::mem::take(&mut part));
        store_parameters(self.networks.critic(), Precision::Single, &mut part);
        weights.extend(CRITIC, part);
        let optimizer = self.networks.optimizer_state();
        let optimizer_steps = self.networks.steps().to_vec();
        LearnerState { weights, ema: self.ema_weights(), optimizer, optimizer_steps, averages: self.averages() }
    }

    fn restore(&mut self, state: &LearnerState) -> Result<(), WeightError> {
        let (generator, critic) = Self::networks(&self.settings, self.size, &self.device);
        let average = load_parameters(generator.valid(), &state.ema.under(GENERATOR))?;
        let generator = load_parameters(generator, &state.weights.under(GENERATOR))?;
        let critic = load_parameters(critic, &state.weights.under(CRITIC))?;
        let load = |weights: &Weights| load_parameters(average.clone(), &weights.under(GENERATOR));
        self.powers = PowerAverages::restored(state.averages.as_ref(), generator.valid(), load)?;
        let steps = [0, 1].map(|index| state.optimizer_steps.get(index).copied().unwrap_or_default());
        self.networks.restore(generator, critic, &state.optimizer, steps, &self.device)?;
        self.average = Some(average);
        Ok(())
    }

    fn ema_weights(&self) -> Weights {
        Self::weights_of(self.average())
    }

    fn averages(&self) -> Option<KeptAverages> {
        Some(self.powers.kept(Self::weights_of))
    }

    fn averaged_faces(&self) -> u64 {
        self.powers.faces()
    }

    fn frame(&self, _faces: &Faces, care: FrameCare, is_wanted: &dyn Fn() -> bool) -> LatentFrame {
        match care {
            // It is there in a fraction of a second, and a part of it is none.
            FrameCare::Quick => latent_frame(self.average(), self.settings.latent, care, &self.device),
            FrameCare::Thorough => latent_frame_while(self.average(), self.settings.latent, care, &self.device, is_wanted),
        }
    }

    fn frame_lasts(&self) -> u64 {
        FRAME_LASTS
    }

    fn model(&self, header: ModelHeader, frame: LatentFrame) -> Box<dyn FaceModel> {
        Box::new(GanModel::from_network(header, frame, self.average().clone(), self.device.clone()))
    }
}

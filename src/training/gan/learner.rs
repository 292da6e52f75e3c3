//! A GAN as the training loop sees it: a learner of two networks.

use burn::backend::Autodiff;
use burn::module::{AutodiffModule, Module};
use burn::tensor::{Tensor, TensorData};

use super::figures::{GAN_FIGURES, place};
use super::random::Purpose;
use super::{Adversaries, Augmentation, CriticRules, Draws, GanWatch, StepClock, StepPart};
use crate::backend::FaceBackend;
use crate::backend::operations::{average_pool2, upsample2};
use crate::data::Faces;
use crate::latent::LatentFrame;
use crate::models::dual::Maps;
use crate::models::gan::{
    BlockKind, Critic, FrameCare, GanModel, Generator, critic_weights, generator_weights, grown_average, latent_frame, latent_frame_while,
    load_critic, load_generator,
};
use crate::models::{FaceModel, ModelHeader, WeightError, Weights};
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
/// What networks grow by is drawn anew.
const GROWN_SEED: u64 = 0x0067_726f_776e_0000;
/// What noise is drawn from follows from the seed, and is not that of latents.
const NOISE_SALT: u64 = 0x6e6f_6973_6500_0000;
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

    /// What measures the parts of its steps.
    pub fn clock(&mut self) -> &mut StepClock<B> {
        self.networks.clock()
    }

    /// How many numbers both networks learn, with those of layers that are on their way out while a stage fades in.
    pub fn parameters(&self) -> usize {
        self.networks.generator().num_params() + self.networks.critic().num_params()
    }

    fn average(&self) -> &Generator<B> {
        self.average.as_ref().expect("every step gives the averaged generator back")
    }

    /// A generator's weights, as a model folder holds them.
    fn weights_of(generator: &Generator<B>) -> Weights {
        let mut weights = Weights::default();
        weights.extend(GENERATOR, generator_weights(generator));
        weights
    }

    fn rules(&self, moment: &StepMoment) -> CriticRules {
        let settings = &self.settings;
        let is_due = moment.step.is_multiple_of(u64::from(settings.penalty_every));
        let weight = settings.penalty_at(self.size, moment.stage.progress);
        CriticRules {
            objective: settings.objective,
            penalty: (is_due && weight > 0.0 && settings.objective != Objective::Hinge).then_some(weight),
            penalty_every: settings.penalty_every,
            drift: settings.drift,
            learning_rate: moment.learning_rate,
            noise: (settings.seed ^ NOISE_SALT).wrapping_add(2 * moment.step),
            beta2: (LAST_BETA2 - (LAST_BETA2 - FIRST_BETA2) * settled_share(moment.stage.progress, 0.0)) as f32,
        }
    }

    /// Real faces as the fading generator could make them: what the new stage adds to a picture of half the size fades in alike.
    fn faded(&self, real: Tensor<B, 4>) -> Tensor<B, 4> {
        match self.networks.generator().share() {
            Some(share) => Maps::blend(upsample2(average_pool2(real.clone())), real, share), // [N, 3, S, S]
            None => real,
        }
    }

    fn newest(&self) -> [Vec<String>; 2] {
        [self.networks.generator().newest(), self.networks.critic().newest()]
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
        let real = self.faded(real); // [N, 3, S, S]
        self.networks.learn_only(if moment.stage.rests { self.newest() } else { Default::default() });
        self.clock().lap(StepPart::Faces);
        let draws = Draws::new(self.settings.seed, moment.step);
        let rules = self.rules(moment);
        let augmentation = |purpose| Augmentation::draw(draws, purpose, batch, self.size, self.settings.augment_at(self.size));
        let mut figures = vec![None; GAN_FIGURES.len()];
        if self.settings.turns != Turns::Generator {
            let latents = self.latents(draws, Purpose::CriticLatents, batch);
            let between = TensorData::new(draws.uniform(Purpose::Between, batch), [batch, 1, 1, 1]);
            let between = Tensor::from_data(between, &self.device); // [N, 1, 1, 1]
            self.networks.clock().lap(StepPart::Fakes);
            let changes = [augmentation(Purpose::CriticReal), augmentation(Purpose::CriticFake)];
            self.networks.clock().lap(StepPart::Augmentation);
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
            let augmentation = |purpose| Augmentation::draw(draws, purpose, batch, self.size, self.settings.augment_at(self.size));
            let latents = self.latents(draws, Purpose::GeneratorLatents, batch);
            self.networks.clock().lap(StepPart::GeneratorForward);
            let changes = [augmentation(Purpose::GeneratorReal), augmentation(Purpose::GeneratorFake)];
            self.networks.clock().lap(StepPart::Augmentation);
            let (loss, diversity) = self.networks.generator_step(real, latents, changes.each_ref().map(Option::as_ref), &rules);
            figures[place::GENERATOR_LOSS] = Some(loss);
            figures[place::DIVERSITY] = figures[place::DIVERSITY].or(Some(diversity));
        }
        if self.settings.block == BlockKind::Normalised {
            self.networks.force_directions();
            self.clock().lap(StepPart::Optimisers);
        }
        if batch < 2 {
            // One face has no spread.
            figures[place::DIVERSITY] = None;
        }
        let average = self.average.take().expect("every step gives the averaged generator back");
        let generator = self.networks.generator().valid();
        self.average = Some(averaged(average, &generator, moment.ema_decay));
        self.powers.follow::<B>(&generator, batch);
        self.clock().lap(StepPart::Averages);
        figures
    }

    fn adopt(&mut self, stands: &[Edit]) {
        self.settings.take(stands);
    }

    fn state(&self) -> LearnerState {
        let mut weights = Weights::default();
        weights.extend(GENERATOR, generator_weights(self.networks.generator()));
        weights.extend(CRITIC, critic_weights(self.networks.critic()));
        let optimizer = self.networks.optimizer_state();
        let optimizer_steps = self.networks.steps().to_vec();
        LearnerState { weights, ema: self.ema_weights(), optimizer, optimizer_steps, averages: self.averages() }
    }

    fn restore(&mut self, state: &LearnerState, size: usize) -> Result<(), WeightError> {
        let config = self.settings.network(size);
        let load = |weights: &Weights| load_generator(&config, &weights.under(GENERATOR), &self.device);
        let average = load(&state.ema)?;
        let generator = load_generator(&config, &state.weights.under(GENERATOR), &self.device)?;
        let critic = load_critic(&config, &state.weights.under(CRITIC), &self.device)?;
        self.powers = PowerAverages::restored(state.averages.as_ref(), AutodiffModule::valid(&generator), load)?;
        let steps = [0, 1].map(|index| state.optimizer_steps.get(index).copied().unwrap_or_default());
        self.networks.restore(generator, critic, &state.optimizer, steps, &self.device)?;
        (self.average, self.size) = (Some(average), size);
        Ok(())
    }

    fn grow(&mut self, size: usize) {
        let config = self.settings.network(size);
        let seed = self.settings.seed ^ GROWN_SEED ^ size as u64;
        let device = &self.device;
        self.networks
            .change(|generator, critic| (generator.grown(&config, seed, device), critic.grown(&config, seed ^ CRITIC_SEED, device)));
        let grown = self.networks.generator().valid();
        self.powers.restart(grown.clone());
        self.average = Some(grown_average(grown, self.average()).expect("the average has the layers of its network"));
        self.size = size;
    }

    fn fade(&mut self, share: f32) {
        let (generator, critic) = self.networks.networks_mut();
        generator.fade(share);
        critic.fade(share);
        if let Some(average) = &mut self.average {
            average.fade(share);
        }
        self.powers.change(|average| average.fade(share));
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

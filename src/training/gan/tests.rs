//! The penalty's gradient against numbers, and that it trains.

use std::cell::Cell;
use std::rc::Rc;

use burn::backend::Autodiff;
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::penalty::{PenaltyKind, penalty_of};
use super::spectral::Spectral;
use super::{Adversaries, CriticRules, GanWatch};
use crate::backend::{Activation, Cpu, Exact, FaceBackend};
use crate::models::dual::{Dual, Maps, Rows, Scorer};
use crate::models::gan::{Critic, GanConfig, Generator};
use crate::models::layers::{Conv1x1, Conv3x3, Linear, ParameterMapper, ParameterVisitor, map_parameters, visit_parameters};
use crate::training::watch::{Verdict, Watch};
use crate::training::{GanLearner, GanSettings, Learner, Objective, Preset, StageMoment, StepMoment, Turns};

const BATCH: usize = 4;
const SIZE: usize = 8;
/// Nothing may come nearer to the kink of an activation: f32 rounds at about a hundredth of it.
const LEAST: f64 = 1e-4;
/// The step of the numerical derivative; it moves no activation over its kink.
const STEP: f64 = 1e-6;

/// Gives every parameter normal numbers of a seed: first weights are partly zero, which would hide errors.
struct Shaken {
    random: ChaCha8Rng,
}

impl<B: FaceBackend> ModuleMapper<B> for Shaken {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let (id, tensor, mapper) = param.consume();
        let shape = tensor.dims();
        let scale = 0.6 / (shape[1..].iter().product::<usize>() as f32).sqrt().max(1.0);
        let values: Vec<f32> = (0..shape.iter().product()).map(|_| scale * self.random.sample::<f32, _>(StandardNormal)).collect();
        let shaken = Tensor::from_data(TensorData::new(values, shape), &tensor.device()).set_require_grad(tensor.is_require_grad());
        Param::from_mapped_value(id, shaken, mapper)
    }
}

/// Adds a number to one entry of the n-th parameter.
struct Moved {
    parameter: usize,
    entry: usize,
    by: f64,
}

impl<B: FaceBackend> ModuleMapper<B> for Moved {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let (id, tensor, mapper) = param.consume();
        let is_meant = self.parameter == 0;
        self.parameter = self.parameter.wrapping_sub(1);
        if !is_meant {
            return Param::from_mapped_value(id, tensor, mapper);
        }
        let shape = tensor.dims();
        let mut change = vec![0.0_f64; shape.iter().product()];
        change[self.entry] = self.by;
        let moved = tensor.clone() + Tensor::from_data(TensorData::new(change, shape), &tensor.device());
        Param::from_mapped_value(id, moved.detach().set_require_grad(tensor.is_require_grad()), mapper)
    }
}

/// How many numbers each parameter has, in order.
struct Lengths(Vec<usize>);

impl<B: FaceBackend> burn::module::ModuleVisitor<B> for Lengths {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.0.push(param.val().dims().iter().product());
    }
}

/// The gradients of all parameters, in order.
struct GradientsOf<'a, B: FaceBackend> {
    gradients: &'a <Autodiff<B> as burn::tensor::backend::AutodiffBackend>::Gradients,
    found: Vec<Vec<f64>>,
}

impl<B: FaceBackend> burn::module::ModuleVisitor<Autodiff<B>> for GradientsOf<'_, B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<Autodiff<B>, D>>) {
        let length = param.val().dims().iter().product();
        let gradient = param.val().grad(self.gradients).map(|gradient| gradient.into_data().convert::<f64>().into_vec().unwrap());
        // What the penalty does not depend on, such as the last bias, has none.
        self.found.push(gradient.unwrap_or_else(|| vec![0.0; length]));
    }
}

/// Maps that remember how near to zero the input of any activation came.
#[derive(Clone)]
struct Probe<T> {
    value: T,
    least: Rc<Cell<f64>>,
}

impl<T> Probe<T> {
    fn with<U>(&self, value: U) -> Probe<U> {
        Probe { value, least: Rc::clone(&self.least) }
    }
}

fn note<const D: usize>(least: &Cell<f64>, tensor: &Tensor<Exact, D>) {
    let near: f64 = tensor.clone().abs().min().into_scalar();
    least.set(least.get().min(near));
}

impl Maps<Exact> for Probe<Tensor<Exact, 4>> {
    type Rows = Probe<Tensor<Exact, 2>>;

    fn conv3x3(self, layer: &Conv3x3<Exact>, activation: Activation) -> Self {
        if !activation.is_identity() {
            note(&self.least, &self.value);
        }
        self.with(self.value.clone().conv3x3(layer, activation))
    }

    fn conv3x3_residual(self, layer: &Conv3x3<Exact>, residual: Self, activation: Activation) -> Self {
        note(&self.least, &self.value);
        self.with(self.value.clone().conv3x3_residual(layer, residual.value, activation))
    }

    fn conv1x1(self, layer: &Conv1x1<Exact>) -> Self {
        self.with(self.value.clone().conv1x1(layer))
    }

    fn activate(self, activation: Activation) -> Self {
        note(&self.least, &self.value);
        self.with(Maps::activate(self.value.clone(), activation))
    }

    fn average_pool2(self) -> Self {
        self.with(self.value.clone().average_pool2())
    }

    fn upsample2(self) -> Self {
        self.with(self.value.clone().upsample2())
    }

    fn blend(self, other: Self, share: f32) -> Self {
        self.with(self.value.clone().blend(other.value, share))
    }

    fn add(self, other: Self) -> Self {
        self.with(Maps::add(self.value.clone(), other.value))
    }

    fn with_deviation(self, group: usize) -> Self {
        self.with(self.value.clone().with_deviation(group))
    }

    fn level(self) -> Self {
        self.with(self.value.clone().level())
    }

    fn flatten(self) -> Self::Rows {
        self.with(Maps::flatten(self.value.clone()))
    }
}

impl Rows<Exact> for Probe<Tensor<Exact, 2>> {
    fn linear(self, layer: &Linear<Exact>) -> Self {
        self.with(Rows::linear(self.value.clone(), layer))
    }

    fn activate(self, activation: Activation) -> Self {
        note(&self.least, &self.value);
        self.with(Rows::activate(self.value.clone(), activation))
    }
}

fn critic<B: FaceBackend>(minibatch_deviation: bool, seed: u64) -> Critic<B> {
    let config = GanConfig { size: SIZE, widths: vec![5, 4], latent_dim: 3, minibatch_deviation, ..GanConfig::default() };
    Critic::new(&config, 1, &Default::default()).map(&mut Shaken { random: ChaCha8Rng::seed_from_u64(seed) })
}

/// A critic whose newest stage has faded in by a share.
fn fading<B: FaceBackend>(minibatch_deviation: bool, seed: u64) -> Critic<B> {
    let config = GanConfig { size: SIZE, widths: vec![5, 4], latent_dim: 3, minibatch_deviation, ..GanConfig::default() };
    let before = config.before().expect("it has two stages");
    let grown = Critic::new(&before, 1, &Default::default()).grown(&config, 2, &Default::default());
    let mut critic: Critic<B> = grown.map(&mut Shaken { random: ChaCha8Rng::seed_from_u64(seed) });
    critic.fade(0.3);
    critic
}

fn points<B: FaceBackend>(seed: u64) -> Tensor<B, 4> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let numbers: Vec<f32> = (0..BATCH * 3 * SIZE * SIZE).map(|_| random.random_range(-1.0..1.0)).collect();
    Tensor::from_data(TensorData::new(numbers, [BATCH, 3, SIZE, SIZE]), &Default::default())
}

/// The gradient of the penalty for the weights, by tangents.
fn by_tangents<B: FaceBackend>(critic: &Critic<Autodiff<B>>, at: &Tensor<B, 4>, kind: PenaltyKind) -> Vec<Vec<f64>> {
    let penalty = penalty_of(critic, at.clone(), BATCH, kind);
    let dual = Dual { value: Tensor::from_inner(at.clone()), tangent: Tensor::from_inner(penalty.directions) };
    let gradients = critic.score(dual, BATCH).tangent.sum().backward();
    let mut of = GradientsOf::<B> { gradients: &gradients, found: Vec::new() };
    critic.visit(&mut of);
    of.found
}

/// Central differences of the penalty itself, in f64, for every second number of every parameter.
fn by_differences(critic: &Critic<Autodiff<Exact>>, at: &Tensor<Exact, 4>, kind: PenaltyKind) -> Vec<Vec<Option<f64>>> {
    let mut lengths = Lengths(Vec::new());
    critic.visit(&mut lengths);
    let value = |parameter: usize, entry: usize, by: f64| -> f64 {
        let moved = critic.clone().map(&mut Moved { parameter, entry, by });
        penalty_of(&moved, at.clone(), BATCH, kind).value.into_scalar()
    };
    let difference = |parameter, entry| (value(parameter, entry, STEP) - value(parameter, entry, -STEP)) / (2.0 * STEP);
    let of = |(parameter, length): (usize, usize)| {
        (0..length).map(|entry| entry.is_multiple_of(1 + length / 12).then(|| difference(parameter, entry))).collect()
    };
    lengths.0.into_iter().enumerate().map(of).collect()
}

/// max|e| / max|reference| over all parameters.
fn error(found: &[Vec<f64>], reference: &[Vec<Option<f64>>]) -> f64 {
    let pairs: Vec<(f64, f64)> =
        found.iter().flatten().zip(reference.iter().flatten()).filter_map(|(found, reference)| Some((*found, (*reference)?))).collect();
    let most = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).fold(0.0_f64, f64::max);
    most(&|(found, reference)| (found - reference).abs()) / most(&|(_, reference)| reference.abs())
}

#[test]
fn the_penalty_gradient_is_that_of_the_true_penalty() {
    let kinds = [PenaltyKind::ZeroCentred { weight: 0.7, count: BATCH / 2 }, PenaltyKind::OneCentred { weight: 10.0 }];
    for (kind, deviation, fades) in kinds.into_iter().flat_map(|kind| [(kind, false, false), (kind, true, false), (kind, true, true)]) {
        // Seeds whose activations all stay clear of their kinks.
        let seed = (1..400)
            .find(|seed| {
                let least = Rc::new(Cell::new(f64::MAX));
                let critic: Critic<Exact> = if fades { fading(deviation, *seed) } else { critic(deviation, *seed) };
                critic.score(Probe { value: points::<Exact>(*seed), least: Rc::clone(&least) }, BATCH);
                least.get() > LEAST
            })
            .expect("some critic has no activation near its kink");
        let exact: Critic<Autodiff<Exact>> = if fades { fading(deviation, seed) } else { critic(deviation, seed) };
        let single: Critic<Autodiff<Cpu>> = if fades { fading(deviation, seed) } else { critic(deviation, seed) };
        let reference = by_differences(&exact, &points(seed), kind);
        let in_f64 = error(&by_tangents(&exact, &points(seed), kind), &reference);
        let ours = error(&by_tangents::<Cpu>(&single, &points(seed), kind), &reference);
        let what = format!("{kind:?}, deviation {deviation}, fades {fades}");
        println!("{what}: {in_f64:.1e} in f64, {ours:.1e} with our kernels in f32");
        assert!(in_f64 < 1e-7, "{what}: {in_f64}");
        assert!(ours <= 1e-5, "{what}: {ours}");
    }
}

/// The names of all parameters, in order.
struct Names(Vec<String>);

impl<B: FaceBackend> ParameterVisitor<B> for Names {
    fn visit<const D: usize>(&mut self, name: &str, _tensor: Tensor<B, D>) {
        self.0.push(name.to_owned());
    }
}

fn generator<B: FaceBackend>() -> Generator<B> {
    let config = GanConfig { size: SIZE, widths: vec![5, 4], latent_dim: 3, ..GanConfig::default() };
    Generator::new(&config, 1, &Default::default()).map(&mut Shaken { random: ChaCha8Rng::seed_from_u64(1) })
}

fn latents() -> Tensor<Cpu, 2> {
    Tensor::from_floats([[0.5, -1.0, 0.2], [-0.3, 0.8, 1.1]], &Default::default())
}

fn real(seed: u64) -> Tensor<Cpu, 4> {
    points::<Cpu>(seed).narrow(0, 0, 2)
}

/// The gradient that moves the critic in a step: Adam's first moment, which with a beta1 of 0 remembers nothing else.
fn of_a_step(seed: u64, between: f32, rules: &CriticRules) -> Vec<Vec<f64>> {
    let critic = critic::<Autodiff<Cpu>>(false, seed);
    let mut names = Names(Vec::new());
    visit_parameters(&critic, &mut names);
    let mut networks = Adversaries::<Cpu, _, _>::new(generator::<Autodiff<Cpu>>(), critic);
    let between = Tensor::full([2, 1, 1, 1], between, &Default::default());
    networks.critic_step(real(seed), latents(), between, [None; 2], rules);
    let state = networks.optimizer_state().under("critic.");
    names.0.iter().map(|name| state.values(&format!("{name}.first_moment")).iter().map(|number| f64::from(*number)).collect()).collect()
}

#[test]
fn a_step_of_the_critic_follows_the_true_penalty() {
    const WEIGHT: f32 = 0.7;
    const BETWEEN: f32 = 0.3;
    for objective in [Objective::Rpgan, Objective::WganGp] {
        let looked_at = |seed: u64| -> Tensor<Exact, 4> {
            let (real, fake) = (real(seed), generator::<Cpu>().forward(latents()));
            let at = match objective {
                Objective::Rpgan => Tensor::cat(vec![real, fake], 0),
                _ => real.clone() + (fake - real) * BETWEEN,
            };
            Tensor::from_data(at.into_data().convert::<f64>(), &Default::default())
        };
        let seed = (1..200)
            .find(|seed| {
                let least = Rc::new(Cell::new(f64::MAX));
                critic::<Exact>(false, *seed).score(Probe { value: looked_at(*seed), least: Rc::clone(&least) }, BATCH);
                least.get() > LEAST
            })
            .expect("some critic has no activation near its kink");
        let step = |penalty, penalty_every| of_a_step(seed, BETWEEN, &CriticRules { penalty_every, ..rules(objective, penalty) });
        let game = step(None, 1);
        for every in [1, 4] {
            let whole = step(Some(WEIGHT), every);
            let of_penalty: Vec<Vec<f64>> =
                whole.iter().zip(&game).map(|(whole, game)| whole.iter().zip(game).map(|(a, b)| a - b).collect()).collect();
            let weight = WEIGHT * every as f32;
            let kind = match objective {
                Objective::Rpgan => PenaltyKind::ZeroCentred { weight, count: 2 },
                _ => PenaltyKind::OneCentred { weight },
            };
            let off = error(&of_penalty, &by_differences(&critic(false, seed), &looked_at(seed), kind));
            println!("{objective:?}, every {every}: {off:.1e}");
            assert!(off < 1e-4, "{objective:?}, every {every}: {off}");
        }
    }
}

/// Smooth pictures that differ: gradients from corner to corner in random colours.
fn smooth(seed: u64, count: usize) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut numbers = Vec::new();
    for _ in 0..count * 3 {
        let [from, right, down] = [0; 3].map(|_| random.random_range(-0.5_f32..0.5));
        numbers.extend((0..SIZE * SIZE).map(|at| from + right * (at % SIZE) as f32 / 8.0 + down * (at / SIZE) as f32 / 8.0));
    }
    numbers
}

fn rules(objective: Objective, penalty: Option<f32>) -> CriticRules {
    CriticRules { objective, penalty, penalty_every: 1, drift: 1e-3, learning_rate: 1e-3, beta2: 0.99, noise: 0 }
}

fn small_gan(seed: u64) -> Adversaries<Cpu, Generator<Autodiff<Cpu>>, Critic<Autodiff<Cpu>>> {
    let config = GanConfig { size: SIZE, widths: vec![8, 8], latent_dim: 4, ..GanConfig::default() };
    Adversaries::new(Generator::new(&config, seed, &Default::default()), Critic::new(&config, seed + 1, &Default::default()))
}

#[test]
fn the_penalty_trains() {
    let mut networks = small_gan(1);
    let device = Default::default();
    let mut norms = Vec::new();
    for step in 0..200 {
        let draws = super::Draws::new(5, step);
        let real = || Tensor::<Cpu, 4>::from_data(TensorData::new(smooth(step, 16), [16, 3, SIZE, SIZE]), &device);
        let latents = |purpose| Tensor::<Cpu, 2>::from_data(TensorData::new(draws.normal(purpose, 64), [16, 4]), &device);
        let between = TensorData::new(draws.uniform(super::random::Purpose::Between, 16), [16, 1, 1, 1]);
        let rules = rules(Objective::WganGp, Some(10.0));
        let between = Tensor::from_data(between, &device);
        let figures = networks.critic_step(real(), latents(super::random::Purpose::CriticLatents), between, [None; 2], &rules);
        networks.generator_step(real(), latents(super::random::Purpose::GeneratorLatents), [None; 2], &rules);
        norms.push(figures.gradient_norm.unwrap());
    }
    let last = norms[180..].iter().sum::<f32>() / 20.0;
    assert!((0.8..=1.2).contains(&last), "mean gradient norm {last} after {:?}", &norms[..3]);
}

/// The largest singular value of every weight as a matrix, by the power iteration in f64.
struct Largest(Vec<f64>);

impl<B: FaceBackend> ParameterVisitor<B> for Largest {
    fn visit<const D: usize>(&mut self, name: &str, tensor: Tensor<B, D>) {
        if !name.ends_with("weight") {
            return;
        }
        let columns = tensor.dims()[1..].iter().product();
        let numbers: Vec<f64> = tensor.into_data().convert::<f64>().into_vec().unwrap();
        let rows = || numbers.chunks(columns);
        let mut right = vec![1.0; columns];
        let mut length = 0.0;
        for _ in 0..300 {
            let left: Vec<f64> = rows().map(|row| row.iter().zip(&right).map(|(a, b)| a * b).sum()).collect();
            let back = (0..columns).map(|at| rows().zip(&left).map(|(row, left)| row[at] * left).sum());
            right = back.collect();
            length = right.iter().map(|number: &f64| number * number).sum::<f64>().sqrt();
            right.iter_mut().for_each(|number| *number /= length);
        }
        self.0.push(length.sqrt());
    }
}

struct Scaled(f32);

impl<B: FaceBackend> ParameterMapper<B> for Scaled {
    fn map<const D: usize>(&mut self, _name: &str, tensor: Tensor<B, D>) -> Tensor<B, D> {
        tensor * self.0
    }
}

#[test]
fn spectral_normalisation_brings_the_largest_singular_value_down_to_one() {
    let largest = |critic: &Critic<Cpu>| {
        let mut largest = Largest(Vec::new());
        visit_parameters(critic, &mut largest);
        largest.0
    };
    for (scale, expected) in [(20.0, None), (0.05, Some(0.05))] {
        let before = critic::<Cpu>(false, 3);
        let scaled = map_parameters(before.clone(), &mut Scaled(scale));
        let mut spectral = Spectral::default();
        (0..60).for_each(|_| spectral.follow(&scaled));
        for (before, after) in largest(&before).into_iter().zip(largest(&spectral.normalised(scaled))) {
            let expected = expected.map_or(1.0, |scale| scale * before);
            assert!((after - expected).abs() < 0.01 * expected, "{before} times {scale} became {after}");
        }
    }
}

#[test]
fn a_weight_of_zeros_keeps_a_direction_to_search_from() {
    let config = GanConfig { size: SIZE, widths: vec![5, 4], latent_dim: 3, ..GanConfig::default() };
    let critic = Critic::<Cpu>::new(&config, 1, &Default::default());
    let mut spectral = Spectral::default();
    (0..3).for_each(|_| spectral.follow(&critic));
    let state = spectral.state();
    for name in state.names() {
        let length = state.values(name).iter().map(|number| number * number).sum::<f32>();
        assert!((length - 1.0).abs() < 1e-3, "{name}: {length}");
    }
    let mut restored = Spectral::default();
    restored.restore(&state).unwrap();
    assert_eq!(restored, spectral);
}

fn settings(objective: Objective) -> GanSettings {
    GanSettings { preset: Preset::Tiny, objective, latent: 6, batch: 8, ..Default::default() }
}

fn step(learner: &mut GanLearner<Cpu>, step: u64) -> Vec<Option<f32>> {
    let moment =
        StepMoment { step, images: step * 8, progress: 0.3, learning_rate: 1e-3, ema_decay: 0.9, stage: StageMoment::only(SIZE, 0.3) };
    learner.step(smooth(step, 8), 8, &moment)
}

#[test]
fn a_restored_gan_goes_on_bit_for_bit() {
    for objective in Objective::ALL {
        let mut whole = GanLearner::<Cpu>::new(&settings(objective), SIZE, Default::default());
        (0..4).for_each(|at| drop(step(&mut whole, at)));
        let mut restored = GanLearner::<Cpu>::new(&GanSettings { seed: 1, ..settings(objective) }, SIZE, Default::default());
        restored.restore(&whole.state(), SIZE).unwrap();
        for at in 4..7 {
            assert_eq!(step(&mut restored, at), step(&mut whole, at), "{objective:?}");
        }
        assert_eq!(restored.state(), whole.state(), "{objective:?}");
    }
}

#[test]
fn a_gan_grows_and_goes_on_bit_for_bit_in_the_middle_of_its_fade() {
    let step_at = |learner: &mut GanLearner<Cpu>, step: u64, size: usize, rests: bool| {
        let stage = StageMoment { rests, ..StageMoment::only(size, 0.3) };
        let moment = StepMoment { step, images: step * 8, progress: 0.3, learning_rate: 1e-3, ema_decay: 0.9, stage };
        let pictures = smooth(step, 8).chunks(SIZE * SIZE).flat_map(|plane| plane[..size * size].to_vec()).collect();
        learner.step(pictures, 8, &moment)
    };
    for objective in Objective::ALL {
        let mut whole = GanLearner::<Cpu>::new(&settings(objective), SIZE / 2, Default::default());
        (0..3).for_each(|at| drop(step_at(&mut whole, at, SIZE / 2, false)));
        let before = whole.state();
        whole.grow(SIZE);
        let grown = whole.state();
        assert!(grown.optimizer_steps == [0, 0] && grown.weights.names().count() > before.weights.names().count());
        // Without a share nothing of what is new is felt.
        whole.fade(0.25);
        step_at(&mut whole, 3, SIZE, true);
        let rested = whole.state();
        let same = |name: &str| rested.weights.values(name) == grown.weights.values(name);
        assert!(same("generator.basis") && same("critic.to_score.weight"), "{objective:?}: what is old rests");
        let moment = rested.optimizer.values("generator.basis.second_moment");
        assert!(
            moment.iter().any(|number| *number > 0.0),
            "{objective:?}: its moments do not, so that it wakes with steps of the right length"
        );
        assert!(!same("critic.stages.0.block.second.weight") && !same("critic.from_picture.weight"), "{objective:?}: what is new learns");
        step_at(&mut whole, 4, SIZE, false);
        whole.fade(0.5);
        let mut restored = GanLearner::<Cpu>::new(&settings(objective), SIZE / 2, Default::default());
        restored.restore(&whole.state(), SIZE).unwrap();
        assert_eq!(restored.state(), whole.state(), "{objective:?}");
        for (at, share) in [(5, 0.75), (6, 1.0), (7, 1.0)] {
            assert_eq!(step_at(&mut restored, at, SIZE, false), step_at(&mut whole, at, SIZE, false), "{objective:?}");
            restored.fade(share);
            whole.fade(share);
        }
        assert_eq!(restored.state(), whole.state(), "{objective:?}");
        assert!(!whole.state().weights.names().any(|name| name.contains("fading")), "it has faded in for good");
        restored.restore(&before, SIZE / 2).unwrap();
        assert_eq!(restored.state(), before, "{objective:?}: and back over the stage");
    }
}

#[test]
fn only_the_network_whose_turn_it_is_learns() {
    for turns in Turns::ALL {
        let mut learner = GanLearner::<Cpu>::new(&GanSettings { turns, ..settings(Objective::Rpgan) }, SIZE, Default::default());
        let before = learner.state().weights;
        let figures = step(&mut learner, 0);
        let after = learner.state().weights;
        let has_learned = |prefix: &str| before.under(prefix) != after.under(prefix);
        assert_eq!((has_learned("generator."), has_learned("critic.")), (turns != Turns::Critic, turns != Turns::Generator), "{turns:?}");
        assert_eq!((figures[0].is_some(), figures[1].is_some()), (turns != Turns::Critic, turns != Turns::Generator), "{turns:?}");
    }
}

#[test]
fn margins_bound_a_critic_whose_layers_begin_at_zero() {
    let mut learner = GanLearner::<Cpu>::new(&settings(Objective::Hinge), SIZE, Default::default());
    let before = learner.state().weights;
    for at in 0..60 {
        let figures = step(&mut learner, at);
        assert!(figures.iter().flatten().all(|figure| figure.abs() < 100.0), "step {at}: {figures:?}");
    }
    let after = learner.state().weights;
    let still = before.names().filter(|name| before.values(name) == after.values(name));
    assert_eq!(still.collect::<Vec<_>>(), Vec::<&str>::new(), "every parameter learns");
}

#[test]
fn penalties_and_turns_come_as_often_as_they_are_asked_for() {
    let lazy = GanSettings { penalty_every: 3, critic_steps: 2, ..settings(Objective::Rpgan) };
    let mut learner = GanLearner::<Cpu>::new(&lazy, SIZE, Default::default());
    let figures: Vec<_> = (0..6).map(|at| step(&mut learner, at)).collect();
    let present = |index: usize| figures.iter().map(|figures| figures[index].is_some()).collect::<Vec<_>>();
    assert_eq!(present(0), [false, true, false, true, false, true], "the generator at every second step");
    assert_eq!(present(2), [true, false, false, true, false, false], "the penalty at every third");
}

/// The warnings of so many steps with these settings, all at the beginning of the schedule; up to the one that has these words.
fn warnings_until(words: &str, settings: &GanSettings, steps: u64) -> Vec<String> {
    let mut learner = GanLearner::<Cpu>::new(settings, SIZE, Default::default());
    let mut watch = GanWatch::new(settings.objective);
    let mut found = Vec::new();
    for step in 0..steps {
        let moment = StepMoment { progress: 0.0, ..settings.moment(step, step * 8, 0.0, StageMoment::only(SIZE, 0.0)) };
        match watch.look(&learner.step(smooth(step, 8), 8, &moment)) {
            Verdict::Warned(text) => found.push(text),
            Verdict::Fine => {}
            // A run stops here.
            Verdict::Broken(text) => {
                found.push(text);
                break;
            }
        }
        if found.last().is_some_and(|text| text.contains(words)) {
            break;
        }
    }
    found
}

/// What a game without rules comes to hangs on the last bit of every number, and so on the processor: one of three seeds has to do.
fn assert_warned_of(words: &str, settings: &GanSettings, steps: u64) {
    let mut seeds = (1..4).map(|seed| warnings_until(words, &GanSettings { seed, augment: 0.0, ..settings.clone() }, steps));
    assert!(seeds.any(|found| found.iter().any(|text| text.contains(words))), "{words}");
}

#[test]
fn a_critic_that_wins_is_warned_of() {
    let alone = GanSettings { turns: Turns::Critic, learning_rate: 2e-3, ..settings(Objective::Rpgan) };
    assert_warned_of("the critic wins", &alone, 500);
}

#[test]
fn modes_that_collapse_are_warned_of() {
    assert_warned_of("modes collapse", &GanSettings { penalty: Some(0.0), learning_rate: 3e-3, ..settings(Objective::WganGp) }, 1400);
}

#[test]
fn penalties_that_are_too_heavy_or_hold_nothing_are_warned_of() {
    let heavy = GanSettings { penalty: Some(1000.0), learning_rate: 0.0, ..settings(Objective::Rpgan) };
    assert_warned_of("heavier than the game", &heavy, 350);
    let light = GanSettings { penalty: Some(1e-6), learning_rate: 1e-3, ..settings(Objective::WganGp) };
    assert_warned_of("does not hold", &light, 600);
}

#[test]
fn a_penalty_that_has_lost_its_grip_is_warned_of() {
    assert_warned_of("lost its grip", &GanSettings { learning_rate: 0.0, ..settings(Objective::WganGp) }, 350);
}

#[test]
fn of_a_sound_game_nothing_is_warned_of() {
    let sound = GanSettings { turns: Turns::Both, learning_rate: 5e-4, ..settings(Objective::Rpgan) };
    assert_eq!(warnings_until("", &sound, 500), Vec::<String>::new());
}

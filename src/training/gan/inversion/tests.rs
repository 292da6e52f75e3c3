//! The loss against numbers, and that places are found, kept within bounds, found again, and given up at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use burn::backend::Autodiff;
use burn::module::{AutodiffModule, Module};
use burn::tensor::{Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::loss::InversionLoss;
use super::{GanInverter, InversionSettings, Invert, InverterPlan};
use crate::backend::{Cpu, Exact, FaceBackend};
use crate::data::{Faces, from_network};
use crate::metrics::{face_errors, levels_down_to};
use crate::models::gan::{GanConfig, Generator, Noise};
use crate::models::layers::{ParameterMapper, map_parameters};
use crate::progress::{Monitor, Progress, Silent};
use crate::training::Painter;

const STEP: f64 = 1e-6;

/// Adds to every parameter, as first weights are partly zero, so that every block changes the picture; and keeps pictures within [-1, 1].
struct Nudged(ChaCha8Rng);

impl<B: FaceBackend> ParameterMapper<B> for Nudged {
    fn map<const D: usize>(&mut self, name: &str, tensor: Tensor<B, D>) -> Tensor<B, D> {
        let shape = tensor.dims();
        let scale = 0.15 / (shape[1..].iter().product::<usize>() as f32).sqrt().max(1.0);
        let nudge: Vec<f32> = (0..shape.iter().product()).map(|_| scale * self.0.sample::<f32, _>(StandardNormal)).collect();
        let nudged = tensor.clone().detach() + Tensor::from_data(TensorData::new(nudge, shape), &tensor.device());
        let factor = if name.starts_with("to_picture") { 0.25 } else { 1.0 };
        (nudged * factor).detach().set_require_grad(tensor.is_require_grad())
    }
}

fn config() -> GanConfig {
    GanConfig { size: 16, widths: vec![8, 8, 6], latent_dim: 4, ..GanConfig::default() }
}

fn generator<B: FaceBackend>() -> Generator<Autodiff<B>> {
    let generator = Generator::<Autodiff<B>>::new(&config(), 1, &Default::default());
    map_parameters(generator, &mut Nudged(ChaCha8Rng::seed_from_u64(3)))
}

fn inverter() -> GanInverter<Cpu> {
    GanInverter::from_network(generator(), &config(), Default::default())
}

fn normal(seed: u64, count: usize) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| random.sample(StandardNormal)).collect()
}

/// Samples of the generator as bytes, with their latents.
fn samples(count: usize) -> (Vec<f32>, Faces) {
    let latents = normal(5, count * 4);
    (latents.clone(), faces(&latents))
}

fn faces(latents: &[f32]) -> Faces {
    let latents = Tensor::<Cpu, 2>::from_data(TensorData::new(latents.to_vec(), [latents.len() / 4, 4]), &Default::default());
    let pictures: Vec<f32> = generator::<Cpu>().valid().paint(latents, Noise::Same).into_data().into_vec().unwrap();
    Faces::new(16, from_network(16, &pictures))
}

fn quick() -> InversionSettings {
    InversionSettings { steps: 120, ..InversionSettings::default() }
}

fn invert(inverter: &GanInverter<Cpu>, faces: &Faces, settings: &InversionSettings) -> Vec<super::Inversion> {
    inverter.invert(faces, settings, &Silent, &mut |_| {}).unwrap()
}

fn length(latent: &[f32]) -> f32 {
    latent.iter().map(|z| z * z).sum::<f32>().sqrt()
}

#[test]
fn gradients_for_the_latent_agree_with_numerical_derivatives() {
    let device = Default::default();
    let generator = generator::<Exact>().no_grad();
    let loss = InversionLoss::<Autodiff<Exact>>::new(16, 0.3, &device);
    let wanted: Vec<f64> = normal(9, 2 * 3 * 256).into_iter().map(f64::from).collect();
    let wanted = Tensor::<Autodiff<Exact>, 4>::from_data(TensorData::new(wanted, [2, 3, 16, 16]), &device);
    let at: Vec<f64> = normal(2, 8).into_iter().map(f64::from).collect();
    let tensor = |latents: &[f64]| Tensor::<Autodiff<Exact>, 2>::from_data(TensorData::new(latents.to_vec(), [2, 4]), &device);
    let sum = |latents: Tensor<Autodiff<Exact>, 2>| loss.of(generator.paint(latents.clone(), Noise::Same), wanted.clone(), latents).sum();
    let value = |latents: &[f64]| -> f64 { sum(tensor(latents)).inner().into_data().into_vec::<f64>().unwrap()[0] };
    let tracked = tensor(&at).require_grad();
    let gradients = sum(tracked.clone()).backward();
    let found: Vec<f64> = tracked.grad(&gradients).unwrap().into_data().into_vec().unwrap();
    for (entry, found) in found.into_iter().enumerate() {
        let moved = |by: f64| {
            let mut latents = at.clone();
            latents[entry] += by;
            value(&latents)
        };
        let numerical = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
        // An absolute difference that changes its sign within the step moves the derivative a little.
        assert!((found - numerical).abs() < 1e-3 * numerical.abs().max(1e-2), "number {entry}: {found} and {numerical}");
    }
}

#[test]
fn the_loss_is_that_of_the_pyramid() {
    let device = Default::default();
    let loss = InversionLoss::<Cpu>::new(32, 0.25, &device);
    let flat = |value: f32| Tensor::<Cpu, 4>::full([1, 3, 32, 32], value, &device);
    let first = |tensor: Tensor<Cpu, 2>| tensor.into_data().into_vec::<f32>().unwrap()[0];
    // A flat difference is all in the coarsest level.
    assert!((first(loss.difference(flat(0.5), flat(0.2))) - 0.3).abs() < 1e-5);
    let latents = Tensor::<Cpu, 2>::from_data(TensorData::new(vec![3.0_f32, 4.0, 0.0, 0.0], [1, 4]), &device);
    assert!((first(loss.untypical(latents.clone())) - 1.5 * 1.5).abs() < 1e-5, "5 where 2 is typical");
    assert!((first(loss.of(flat(0.5), flat(0.5), latents)) - 0.25 * 2.25).abs() < 1e-5);
}

#[test]
fn the_difference_is_the_sum_over_the_levels_of_the_pyramid_that_metrics_have() {
    let device = Default::default();
    for size in [16, 32, 64] {
        let loss = InversionLoss::<Cpu>::new(size, 0.25, &device);
        let tensor = |numbers: &[f32]| Tensor::<Cpu, 4>::from_data(TensorData::new(numbers.to_vec(), [2, 3, size, size]), &device);
        let (one, other) = (normal(4, 2 * 3 * size * size), normal(6, 2 * 3 * size * size));
        let found: Vec<f32> = loss.difference(tensor(&one), tensor(&other)).into_data().into_vec().unwrap();
        for (picture, found) in found.into_iter().enumerate() {
            let at = |pixel: usize, channel: usize| (picture * 3 + channel) * size * size + pixel;
            let places = (0..size * size).flat_map(|pixel| [at(pixel, 0), at(pixel, 1), at(pixel, 2)]);
            let difference: Vec<f32> = places.map(|place| one[place] - other[place]).collect();
            let levels = levels_down_to(8, size, difference);
            assert_eq!(levels.len(), (size / 8).ilog2() as usize + 1);
            let wanted: f32 = levels.iter().map(|level| level.iter().map(|value| value.abs()).sum::<f32>() / level.len() as f32).sum();
            assert!((found / wanted - 1.0).abs() < 1e-4, "{size} pixels: {found} and {wanted}");
        }
    }
}

#[test]
fn the_finest_pattern_is_seen_by_the_finest_level_alone() {
    let device = Default::default();
    let loss = InversionLoss::<Cpu>::new(32, 0.25, &device);
    let board: Vec<f32> = (0..3 * 32 * 32).map(|at| if (at % 32 + at / 32) % 2 == 0 { 0.5 } else { -0.5 }).collect();
    let board = Tensor::<Cpu, 4>::from_data(TensorData::new(board, [1, 3, 32, 32]), &device);
    let found = loss.difference(board.clone(), board.zeros_like()).into_data().into_vec::<f32>().unwrap()[0];
    assert!((found - 0.5).abs() < 1e-5, "{found}: coarser levels see grey");
}

#[test]
fn a_sample_of_the_generator_is_found_back() {
    let (_, faces) = samples(3);
    let found = invert(&inverter(), &faces, &quick());
    let codes: Vec<f32> = found.iter().flat_map(|found| found.code.clone()).collect();
    for error in face_errors(&faces, &self::faces(&codes)) {
        assert!(error.psnr > 30.0, "{error:?}");
    }
}

#[test]
fn more_steps_come_nearer_and_the_best_start_is_kept() {
    let (_, faces) = samples(2);
    let loss = |settings: &InversionSettings| invert(&inverter(), &faces, settings).iter().map(|found| found.loss).sum::<f32>();
    let of = |steps, starts| loss(&InversionSettings { steps, starts, kept: starts, ..quick() });
    let (few, many) = (of(4, 2), of(120, 2));
    assert!(many < 0.5 * few, "{many} after 120 steps, {few} after 4");
    assert!(of(120, 6) <= 1.01 * of(120, 1), "more starts lose no more than rounding");
}

#[test]
fn the_same_question_has_the_same_answer() {
    let (_, faces) = samples(2);
    let mut trained = inverter();
    let plan = InverterPlan { images: 96, ..InverterPlan::default() };
    let learned = trained.train(&plan, &Silent).unwrap();
    let settings = InversionSettings { steps: 20, ..quick() };
    assert_eq!(invert(&trained, &faces, &settings), invert(&trained, &faces, &settings));
    assert_ne!(
        invert(&trained, &faces, &settings),
        invert(&trained, &faces, &InversionSettings { seed: 2, starts: 6, ..settings.clone() })
    );
    let mut again = inverter();
    assert_eq!(again.train(&plan, &Silent).unwrap(), learned);
    let mut read = inverter();
    read.adopt(&learned.weights).unwrap();
    assert_eq!(invert(&read, &faces, &settings), invert(&trained, &faces, &settings), "a kept encoder begins where a new one does");
}

#[test]
fn an_encoder_learns_where_samples_lie() {
    let (latents, faces) = samples(16);
    let error = |images| {
        let mut inverter = inverter();
        inverter.train(&InverterPlan { images, ..InverterPlan::default() }, &Silent).unwrap();
        assert!(inverter.has_encoder());
        let found = invert(&inverter, &faces, &InversionSettings { steps: 1, ..quick() });
        let starts: Vec<f32> = found.into_iter().flat_map(|found| found.start.unwrap()).collect();
        starts.iter().zip(&latents).map(|(found, wanted)| (found - wanted).powi(2)).sum::<f32>() / latents.len() as f32
    };
    let (early, late) = (error(32), error(6400));
    assert!(late < 0.5 && late < 0.7 * early, "{late} after 6400 samples, {early} after 32");
}

#[test]
fn no_place_lies_beyond_the_bound_and_the_pull_holds_them_where_samples_are() {
    // Noise that no place makes: without a bound the search would run far out.
    let noise = Faces::new(16, (0..2 * 768_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect());
    let lengths = |pull: f32, farthest: f32| -> Vec<f32> {
        let settings = InversionSettings { pull, farthest, learning_rate: 1.0, ..quick() };
        invert(&inverter(), &noise, &settings).iter().map(|found| length(&found.code)).collect()
    };
    for found in lengths(0.0, 1.5) {
        assert!(found <= 1.5 * 2.0 + 1e-4, "{found}");
    }
    for found in lengths(100.0, 5.0) {
        assert!((found - 2.0).abs() < 0.1, "a heavy pull leaves no choice: {found}");
    }
}

/// Stops after so many reports.
struct Impatient {
    reports: AtomicUsize,
    patience: usize,
}

impl Monitor for Impatient {
    fn report(&self, _progress: Progress) {
        self.reports.fetch_add(1, Ordering::Relaxed);
    }
    fn warn(&self, _message: String) {}
    fn cancelled(&self) -> bool {
        self.reports.load(Ordering::Relaxed) >= self.patience
    }
}

#[test]
fn both_stop_at_once() {
    let (_, faces) = samples(1);
    for patience in [0, 3] {
        let search = Impatient { reports: AtomicUsize::new(0), patience };
        assert!(inverter().invert(&faces, &quick(), &search, &mut |_| {}).is_err());
        let learning = Impatient { reports: AtomicUsize::new(0), patience };
        assert!(inverter().train(&InverterPlan::default(), &learning).is_err());
        for monitor in [search, learning] {
            assert_eq!(monitor.reports.load(Ordering::Relaxed), patience, "not one step more");
        }
    }
}

#[test]
fn stages_lead_from_the_mean_to_the_place() {
    let (_, faces) = samples(1);
    let mut stages: Vec<Vec<f32>> = Vec::new();
    let found = inverter().invert(&faces, &quick(), &Silent, &mut |code| stages.push(code.to_vec())).unwrap();
    assert_eq!(stages.len(), 13, "the mean and a dozen");
    assert_eq!(stages[0], [0.0; 4]);
    let away = |stage: &[f32]| stage.iter().zip(&found[0].code).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
    assert!(away(&stages[12]) < 0.1 * away(&stages[0]), "{stages:?}");
}

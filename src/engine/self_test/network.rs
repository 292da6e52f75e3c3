//! Whole networks: a training step and a decode of an autoencoder, two steps of a GAN's critic, on a device and on the processor.

use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use burn::tensor::{Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::layers::LayerError;
use crate::backend::{Cpu, FaceBackend};
use crate::models::autoencoder::{Autoencoder, AutoencoderConfig};
use crate::models::gan::{Critic, Generator};
use crate::training::{Adam, AdamConfig, Adversaries, CriticRules, GanSettings, Objective, Preset};

const COUNT: usize = 2;
const SEED: u64 = 1;
const LEARNING_RATE: f32 = 1e-3;

/// The smallest preset.
fn config() -> AutoencoderConfig {
    AutoencoderConfig::peer(16, 16)
}

/// How far loss, decoded pictures before the step, and loss after it are from the processor's.
pub fn compare<B: FaceBackend>(device: &B::Device) -> Vec<LayerError> {
    let mut found = results::<B>(device).to_vec();
    let mut wanted = results::<Cpu>(&Default::default()).to_vec();
    found.extend(critic_results::<B>(device));
    wanted.extend(critic_results::<Cpu>(&Default::default()));
    let names = [
        "training step, loss",
        "decode",
        "training step, loss after it",
        "critic step with penalties",
        "critic step after it",
        "fake face",
    ];
    names.into_iter().zip(found.iter().zip(&wanted)).map(|(name, (found, wanted))| error(name, found, wanted)).collect()
}

fn results<B: FaceBackend>(device: &B::Device) -> [Vec<f32>; 3] {
    let config = config();
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let mut numbers = |len: usize| (0..len).map(|_| random.random_range(-1.0_f32..1.0)).collect::<Vec<f32>>();
    let shape = [COUNT, 3, config.size, config.size];
    let pictures = Tensor::<Autodiff<B>, 4>::from_data(TensorData::new(numbers(shape.iter().product()), shape), device);
    let codes = Tensor::<B, 2>::from_data(TensorData::new(numbers(COUNT * config.latent_dim), [COUNT, config.latent_dim]), device);
    let network = Autoencoder::<Autodiff<B>>::new(&config, SEED, device);
    let decoded = values(network.valid().decoder.forward(codes));
    let loss = |network: &Autoencoder<Autodiff<B>>| (network.forward(pictures.clone()) - pictures.clone()).powi_scalar(2).mean();
    let before = loss(&network);
    let gradients = before.backward();
    let network = Adam::<B>::new(AdamConfig::default()).step(network, gradients, LEARNING_RATE);
    [values(before.inner()), decoded, values(loss(&network).inner())]
}

/// Losses, penalties, gradient norms and scores of two steps of the smallest critic, and a fake face.
fn critic_results<B: FaceBackend>(device: &B::Device) -> [Vec<f32>; 3] {
    let config = GanSettings { preset: Preset::Tiny, latent: 8, ..Default::default() }.network(16);
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let mut numbers = |shape: &[usize]| (0..shape.iter().product()).map(|_| random.random_range(-1.0_f32..1.0)).collect::<Vec<f32>>();
    let shape = [COUNT, 3, config.size, config.size];
    let real = Tensor::<B, 4>::from_data(TensorData::new(numbers(&shape), shape), device);
    let latents = Tensor::<B, 2>::from_data(TensorData::new(numbers(&[COUNT, 8]), [COUNT, 8]), device);
    let between = Tensor::<B, 4>::zeros([COUNT, 1, 1, 1], device);
    let (generator, critic) = (Generator::<Autodiff<B>>::new(&config, SEED, device), Critic::<Autodiff<B>>::new(&config, SEED, device));
    let fake = values(generator.valid().forward(latents.clone()));
    let mut networks = Adversaries::<B, _, _>::new(generator, critic);
    let rules = CriticRules {
        objective: Objective::Rpgan,
        penalty: Some(1.0),
        penalty_every: 1,
        drift: 0.0,
        learning_rate: LEARNING_RATE,
        beta2: 0.99,
        noise: 0,
    };
    let mut step = || {
        let figures = networks.critic_step(real.clone(), latents.clone(), between.clone(), [None; 2], &rules);
        let penalties = [figures.penalty, figures.gradient_norm].map(|figure| figure.unwrap_or(f32::NAN));
        [[figures.critic_loss, figures.real_score, figures.fake_score].as_slice(), &penalties].concat()
    };
    [step(), step(), fake]
}

fn values<B: FaceBackend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().into_vec().expect("f32 was just asked for")
}

/// The first step of Adam is the sign of every gradient, and signs of gradients near 0 may differ: losses after it are compared
/// as gradients are.
fn error(name: &str, found: &[f32], wanted: &[f32]) -> LayerError {
    let largest = wanted.iter().fold(f32::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
    let complete = found.len() == wanted.len() && found.iter().all(|value| value.is_finite());
    let off = found.iter().zip(wanted).map(|(found, wanted)| (found - wanted).abs()).fold(0.0, f32::max);
    let error = if complete { f64::from(off / largest) } else { f64::INFINITY };
    LayerError { name: name.to_owned(), error, is_gradient: name != "decode" && name != "fake face" }
}

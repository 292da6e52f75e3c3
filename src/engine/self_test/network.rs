//! A whole network: one training step and a decode, on a device and on the processor.

use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use burn::tensor::{Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::layers::LayerError;
use crate::backend::{Cpu, FaceBackend};
use crate::models::autoencoder::{Autoencoder, AutoencoderConfig};
use crate::training::{Adam, AdamConfig};

const COUNT: usize = 2;
const SEED: u64 = 1;
const LEARNING_RATE: f32 = 1e-3;

/// The smallest preset.
fn config() -> AutoencoderConfig {
    AutoencoderConfig::peer(16, 16)
}

/// How far loss, decoded pictures before the step, and loss after it are from the processor's.
pub fn compare<B: FaceBackend>(device: &B::Device) -> Vec<LayerError> {
    let (found, wanted) = (results::<B>(device), results::<Cpu>(&Default::default()));
    let names = ["training step, loss", "decode", "training step, loss after it"];
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
    LayerError { name: name.to_owned(), error, is_gradient: name != "decode" }
}

//! How the encoder beside a generator learns: squared error in z on the generator's own samples, of which there is no end.

use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use burn::tensor::{Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::settings::InverterPlan;
use crate::backend::FaceBackend;
use crate::models::gan::{GanConfig, Inverter, Noise};
use crate::progress::{Cancelled, Monitor, Progress};
use crate::training::gan::Painter;
use crate::training::schedule::rate_share;
use crate::training::{Adam, AdamConfig};

/// Keeps its samples apart from those that anybody else draws with the same seed.
const SALT: u64 = 0x696e_7665_7274_6572;

/// Trains an encoder for a generator of a shape: the encoder, and its mean squared error over the last tenth of the steps. The same plan
/// gives the same encoder.
///
/// # Errors
/// [`Cancelled`].
pub fn learn<B: FaceBackend, G: Painter<B>>(
    generator: &G,
    config: &GanConfig,
    plan: &InverterPlan,
    device: &B::Device,
    monitor: &dyn Monitor,
) -> Result<(Inverter<B>, f32), Cancelled> {
    let mut encoder = Inverter::<Autodiff<B>>::new(config, plan.seed, device);
    let mut adam = Adam::new(AdamConfig { beta2: 0.99, weight_decay: 1e-3, ..AdamConfig::default() });
    let steps = plan.images.div_ceil(plan.batch as u64).max(1);
    let (mut error, mut counted) = (0.0_f32, 0_u32);
    for step in 0..steps {
        monitor.ensure_wanted()?;
        let (latents, pictures) = samples(generator, config, plan, step, device); // [N, k], [N, 3, S, S]
        let found = encoder.forward(Tensor::from_inner(pictures)); // [N, k]
        let loss = (found - Tensor::from_inner(latents)).powi_scalar(2).mean(); // [1]
        let gradients = loss.backward();
        let rate = plan.learning_rate * rate_share(step, plan.warm_up, step as f64 / steps as f64, plan.final_share) as f32;
        encoder = adam.step(encoder, gradients, rate);
        if step >= steps - steps.div_ceil(10) {
            error += loss.inner().into_data().into_vec::<f32>().expect("the backend computes in f32")[0];
            counted += 1;
        }
        let done = ((step + 1) * plan.batch as u64).min(plan.images);
        monitor.report(Progress { stage: "learning the way back", unit: "samples", done, total: plan.images, part: None });
    }
    Ok((encoder.valid(), error / counted as f32))
}

/// The samples of a step, through their noise, and where they lie.
fn samples<B: FaceBackend, G: Painter<B>>(
    generator: &G,
    config: &GanConfig,
    plan: &InverterPlan,
    step: u64,
    device: &B::Device,
) -> (Tensor<B, 2>, Tensor<B, 4>) {
    let mut random = ChaCha8Rng::seed_from_u64(plan.seed ^ SALT);
    random.set_stream(step);
    let mut normal = |count: usize| (0..count).map(|_| random.sample::<f32, _>(StandardNormal)).collect::<Vec<f32>>();
    let (count, dim, size) = (plan.batch, config.latent_dim, config.size);
    let latents = Tensor::<B, 2>::from_data(TensorData::new(normal(count * dim), [count, dim]), device); // [N, k]
    let noise = Tensor::<B, 4>::from_data(TensorData::new(normal(count * 3 * size * size), [count, 3, size, size]), device);
    let pictures = generator.paint(latents.clone(), Noise::Same) + noise * plan.noise; // [N, 3, S, S]
    (latents, pictures)
}

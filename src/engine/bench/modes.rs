//! Whether a GAN finds every mode: 25 Gaussians on a grid in the plane, small networks, seconds to minutes.
//!
//! The classic test of mode collapse, on the grid of Azadi et al. 2019, Discriminator Rejection Sampling. The same steps train here that train on faces; points are
//! pictures of one pixel with two channels.

use std::time::Instant;

use burn::backend::Autodiff;
use burn::module::{AutodiffModule, Module};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use crate::backend::{Activation, Cpu, FaceBackend};
use crate::models::dual::{Maps, Rows, Scorer};
use crate::models::gan::Noise;
use crate::models::layers::{Init, Linear};
use crate::training::{Adversaries, CriticRules, Objective, Painter, averaged, rate_share, settled_share};

/// Modes along each side of the full grid.
pub const SIDE: usize = 5;
/// From one mode to the next.
const SPACING: f32 = 1.0;
/// The standard deviation of a mode.
const SIGMA: f32 = 0.05;
/// What the weight of R1 and R2 falls to: weak penalties let modes be sharp once they are found.
const FINAL_PENALTY: f64 = 0.03;
/// Width of every hidden layer.
const WIDTH: usize = 128;
const LATENT: usize = 16;
/// Samples that are judged.
const JUDGED: usize = 2500;
/// A mode is covered by at least this share of the samples.
const COVERED: f64 = 0.01;
const ACTIVATION: Activation = Activation::LeakyRelu(0.2);
const EMA: f32 = 0.999;

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct ModesBench {
    /// What the networks play for.
    pub objective: Objective,
    /// Where weights and random numbers come from.
    pub seed: u64,
    /// Modes along each side of the grid.
    pub side: usize,
    /// Steps of both networks.
    pub steps: u64,
    /// Points in a step.
    pub batch: usize,
    /// The learning rate at its height; it falls to nothing along half a cosine.
    pub learning_rate: f32,
    /// Weight of the gradient penalty; that of R1 and R2 falls over the first half.
    pub penalty: f32,
    /// The standard deviation that points are brought to. Where the critic's slope is limited, they have to lie apart.
    pub spread: f32,
    /// Steps of the critic for each of the generator.
    pub critic_steps: u64,
}

impl ModesBench {
    /// What works for an objective, for a seed.
    pub fn of(objective: Objective, seed: u64) -> Self {
        let (penalty, critic_steps, spread) = match objective {
            Objective::Rpgan => (0.3, 1, 1.0),
            Objective::WganGp => (0.1, 2, 8.0),
            Objective::Hinge => (0.0, 2, 8.0),
        };
        Self { objective, seed, side: SIDE, steps: 60_000, batch: 128, learning_rate: 1e-3, penalty, spread, critic_steps }
    }

    /// What points are multiplied by.
    fn zoom(&self) -> f32 {
        // The coordinates of a grid vary by the root of (n^2 - 1) / 12 spacings.
        self.spread / (SPACING * (((self.side * self.side - 1) as f32) / 12.0).sqrt())
    }

    fn rules(&self, step: u64) -> CriticRules {
        let progress = step as f64 / self.steps as f64;
        let penalty = match self.objective {
            Objective::Rpgan => Some(self.penalty * settled_share(progress, FINAL_PENALTY) as f32),
            Objective::WganGp => Some(self.penalty),
            Objective::Hinge => None,
        };
        CriticRules {
            objective: self.objective,
            penalty,
            penalty_every: 1,
            drift: 1e-3,
            learning_rate: self.learning_rate * rate_share(step, 0, progress, 0.0) as f32,
            beta2: 0.99,
            noise: 0,
        }
    }
}

/// How well modes are found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModesFound {
    /// Modes of the 25 with at least 1 % of the samples within 3 sigma.
    pub covered: usize,
    /// The share of samples within 3 sigma of any mode.
    pub near: f64,
    /// Seconds of training.
    pub seconds: f64,
}

/// Three layers, two activations.
#[derive(Module, Debug)]
struct Mlp<B: Backend> {
    zoom: f32,
    first: Linear<B>,
    second: Linear<B>,
    third: Linear<B>,
    last: Linear<B>,
}

impl<B: FaceBackend> Mlp<B> {
    fn new(inputs: usize, outputs: usize, zoom: f32, seed: u64) -> Self {
        let device = B::Device::default();
        let mut init = Init::new(seed, &device);
        let mut layer = |inputs, outputs| Linear::normal(inputs, outputs, &mut init);
        Self { zoom, first: layer(inputs, WIDTH), second: layer(WIDTH, WIDTH), third: layer(WIDTH, WIDTH), last: layer(WIDTH, outputs) }
    }

    fn through<R: Rows<B>>(&self, rows: R) -> R {
        let hidden = rows.linear(&self.first).activate(ACTIVATION); // [N, 128]
        let hidden = hidden.linear(&self.second).activate(ACTIVATION); // [N, 128]
        let hidden = hidden.linear(&self.third).activate(ACTIVATION); // [N, 128]
        hidden.linear(&self.last) // [N, K]
    }
}

impl<B: FaceBackend> Scorer<B> for Mlp<B> {
    fn score<M: Maps<B>>(&self, pictures: M, _group: usize) -> M::Rows {
        self.through(pictures.flatten()) // [N, 1]
    }
}

impl<B: FaceBackend> Painter<B> for Mlp<B> {
    fn paint(&self, latents: Tensor<B, 2>, _noise: Noise) -> Tensor<B, 4> {
        let points = self.through(latents) * self.zoom; // [N, 2]
        let [count, coordinates] = points.dims();
        points.reshape([count, coordinates, 1, 1]) // [N, 2, 1, 1]
    }
}

/// Trains on the CPU and counts modes.
pub fn find_modes(bench: &ModesBench) -> ModesFound {
    let start = Instant::now();
    let mut random = ChaCha8Rng::seed_from_u64(bench.seed);
    let generator = Mlp::<Autodiff<Cpu>>::new(LATENT, 2, bench.spread, random.random());
    let mut average = generator.valid();
    let mut networks = Adversaries::<Cpu, _, _>::new(generator, Mlp::new(2, 1, 1.0, random.random()));
    let device = Default::default();
    for step in 0..bench.steps {
        let rules = bench.rules(step);
        let real = bench.real_points(&mut random, bench.batch); // [N, 2, 1, 1]
        let between: Vec<f32> = (0..bench.batch).map(|_| random.random()).collect();
        let between = Tensor::from_data(TensorData::new(between, [bench.batch, 1, 1, 1]), &device);
        networks.critic_step(real.clone(), latents(&mut random, bench.batch), between, [None; 2], &rules);
        if (step + 1).is_multiple_of(bench.critic_steps) {
            networks.generator_step(real, latents(&mut random, bench.batch), [None; 2], &rules);
            average = averaged(average, &networks.generator().valid(), EMA);
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let points =
        average.paint(latents(&mut random, JUDGED), Noise::Same).into_data().into_vec::<f32>().expect("the backend computes in f32");
    let (covered, near) = bench.count_modes(&points);
    ModesFound { covered, near, seconds }
}

fn latents(random: &mut ChaCha8Rng, count: usize) -> Tensor<Cpu, 2> {
    let numbers: Vec<f32> = (0..count * LATENT).map(|_| random.sample(StandardNormal)).collect();
    Tensor::from_data(TensorData::new(numbers, [count, LATENT]), &Default::default()) // [N, k]
}

impl ModesBench {
    /// The coordinate of a mode along one side.
    fn centre(&self, index: usize) -> f32 {
        (index as f32 - (self.side as f32 - 1.0) / 2.0) * SPACING
    }

    fn real_points(&self, random: &mut ChaCha8Rng, count: usize) -> Tensor<Cpu, 4> {
        let mut coordinate =
            || (self.centre(random.random_range(0..self.side)) + SIGMA * random.sample::<f32, _>(StandardNormal)) * self.zoom();
        let numbers: Vec<f32> = (0..2 * count).map(|_| coordinate()).collect();
        Tensor::from_data(TensorData::new(numbers, [count, 2, 1, 1]), &Default::default()) // [N, 2, 1, 1]
    }

    /// Modes that are covered, and the share of points near any.
    fn count_modes(&self, points: &[f32]) -> (usize, f64) {
        let (side, zoom) = (self.side, self.zoom());
        let mut counts = vec![0_usize; side * side];
        let nearest = |coordinate: f32| ((coordinate / SPACING + (side as f32 - 1.0) / 2.0).round().max(0.0) as usize).min(side - 1);
        for point in points.chunks_exact(2).map(|point| [point[0] / zoom, point[1] / zoom]) {
            let [column, row] = point.map(nearest);
            if (point[0] - self.centre(column)).hypot(point[1] - self.centre(row)) <= 3.0 * SIGMA {
                counts[row * side + column] += 1;
            }
        }
        let count = (points.len() / 2) as f64;
        let covered = counts.iter().filter(|found| **found as f64 >= COVERED * count).count();
        (covered, counts.iter().sum::<usize>() as f64 / count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_points_cover_every_mode_and_one_mode_is_one() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let bench = ModesBench::of(Objective::Rpgan, 1);
        let (covered, near) = bench.count_modes(&bench.real_points(&mut random, JUDGED).into_data().into_vec().unwrap());
        // Within 3 sigma lie 1 - exp(-4.5) of a normal in the plane.
        assert!(covered == 25 && (near - 0.989).abs() < 0.01, "{covered} {near}");
        assert_eq!(bench.count_modes(&[bench.zoom(); 200]), (1, 1.0));
        assert_eq!(bench.count_modes(&[0.5 * bench.zoom(); 200]), (0, 0.0), "between modes there is none");
    }

    #[test]
    fn a_small_grid_is_found_soon() {
        let bench = ModesBench { side: 2, steps: 3000, ..ModesBench::of(Objective::Rpgan, 1) };
        let found = find_modes(&bench);
        assert!(found.covered == 4 && found.near > 0.5, "{found:?}");
    }
}

//! Adam on latents: several places for each picture go downhill side by side, as one batch through the generator.
//!
//! Owns the steps, who goes on after the first part, the bound on how far places lie from the mean, and that the best is kept.

use burn::backend::Autodiff;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Int, Tensor, TensorData, TensorPrimitive};

use super::loss::{InversionLoss, lengths};
use super::settings::InversionSettings;
use crate::backend::{AdamParameter, AdamStep, FaceBackend};
use crate::models::gan::Noise;
use crate::progress::{Cancelled, Monitor};
use crate::training::gan::Painter;
use crate::training::schedule::rate_share;

/// The best place of a picture so far.
#[derive(Clone, Debug)]
pub struct Best {
    /// Its loss.
    pub loss: f32,
    /// The latent, `[k]`.
    pub latent: Vec<f32>,
}

/// The pictures whose places are looked for, and by what.
pub struct Search<'a, B: FaceBackend, G> {
    /// Its weights are held fixed.
    pub generator: &'a G,
    /// What is made small.
    pub loss: &'a InversionLoss<Autodiff<B>>,
    /// [P, 3, S, S].
    pub pictures: Tensor<B, 4>,
    /// How.
    pub settings: &'a InversionSettings,
}

/// The places under way, row by row, and what Adam remembers of them.
struct Places<B: FaceBackend> {
    /// [N, k].
    latents: Tensor<B, 2>,
    first_moment: Tensor<B, 2>,
    second_moment: Tensor<B, 2>,
    /// The picture of each place.
    of: Vec<usize>,
}

impl<B: FaceBackend, G: Painter<Autodiff<B>>> Search<'_, B, G> {
    /// Goes downhill from `starts`, row-major [P, starts, k]: the best place of each picture. `on_step` is told of them after every step,
    /// with how many steps are done.
    ///
    /// # Errors
    /// [`Cancelled`]: asked before every step.
    pub fn run(
        &self,
        starts: Vec<f32>,
        dim: usize,
        monitor: &dyn Monitor,
        on_step: &mut dyn FnMut(u32, &[Best]),
    ) -> Result<Vec<Best>, Cancelled> {
        let (settings, device) = (self.settings, self.pictures.device());
        let [count, ..] = self.pictures.dims();
        let each = starts.len() / dim / count;
        let mut best: Vec<Best> = (0..count).map(|_| Best { loss: f32::INFINITY, latent: vec![0.0; dim] }).collect();
        let latents = Tensor::from_data(TensorData::new(starts, [count * each, dim]), &device); // [N, k]
        let of = (0..count).flat_map(|picture| std::iter::repeat_n(picture, each)).collect();
        let mut places =
            Places { first_moment: latents.zeros_like(), second_moment: latents.zeros_like(), latents: bounded(latents, settings), of };
        let narrow_at = (settings.together * f64::from(settings.steps)) as u32;
        for step in 0..settings.steps {
            monitor.ensure_wanted()?;
            let (losses, gradient) = self.slope(&places);
            note_best(&mut best, &places, &losses);
            places = places.stepped(gradient, settings, step);
            if step == narrow_at && each > settings.kept {
                places = places.narrowed(&losses, count, settings.kept.max(1));
            }
            on_step(step + 1, &best);
        }
        monitor.ensure_wanted()?;
        note_best(&mut best, &places, &self.losses(&places));
        Ok(best)
    }

    /// The losses of all places, and their gradients for the latents [N, k].
    fn slope(&self, places: &Places<B>) -> (Vec<f32>, Tensor<B, 2>) {
        let latents = Tensor::<Autodiff<B>, 2>::from_inner(places.latents.clone()).require_grad(); // [N, k]
        let losses = self.loss.of(self.generator.paint(latents.clone(), Noise::Same), self.wanted(places), latents.clone()); // [N, 1]
        let gradients = losses.clone().sum().backward();
        let gradient = latents.grad(&gradients).expect("every picture depends on its latent"); // [N, k]
        (numbers(losses.inner()), gradient)
    }

    fn losses(&self, places: &Places<B>) -> Vec<f32> {
        let latents = Tensor::<Autodiff<B>, 2>::from_inner(places.latents.clone()); // [N, k]
        numbers(self.loss.of(self.generator.paint(latents.clone(), Noise::Same), self.wanted(places), latents).inner())
    }

    /// The picture of each place: [N, 3, S, S].
    fn wanted(&self, places: &Places<B>) -> Tensor<Autodiff<B>, 4> {
        Tensor::from_inner(self.pictures.clone().select(0, rows(&places.of, &self.pictures.device())))
    }
}

impl<B: FaceBackend> Places<B> {
    fn stepped(self, gradient: Tensor<B, 2>, settings: &InversionSettings, step: u32) -> Self {
        let share = rate_share(u64::from(step), settings.warm_up, f64::from(step) / f64::from(settings.steps), settings.final_share);
        let numbers = AdamStep {
            learning_rate: settings.learning_rate * share as f32,
            beta1: 0.9,
            beta2: 0.99,
            epsilon: 1e-8,
            weight_decay: 0.0,
            step: step + 1,
        };
        let parameter = AdamParameter::<B> {
            weight: primitive(self.latents),
            first_moment: primitive(self.first_moment),
            second_moment: primitive(self.second_moment),
        };
        let AdamParameter { weight, first_moment, second_moment } = B::adam_step(parameter, primitive(gradient), numbers);
        let tensor = |primitive| Tensor::from_primitive(TensorPrimitive::Float(primitive));
        Self {
            latents: bounded(tensor(weight), settings),
            first_moment: tensor(first_moment),
            second_moment: tensor(second_moment),
            of: self.of,
        }
    }

    /// The `kept` places of each picture whose losses were least.
    fn narrowed(self, losses: &[f32], pictures: usize, kept: usize) -> Self {
        let mut chosen = Vec::new();
        for picture in 0..pictures {
            let mut of_picture: Vec<usize> = (0..losses.len()).filter(|at| self.of[*at] == picture).collect();
            of_picture.sort_by(|a, b| losses[*a].total_cmp(&losses[*b]));
            chosen.extend(of_picture.into_iter().take(kept));
        }
        let rows = rows::<B>(&chosen, &self.latents.device());
        Self {
            latents: self.latents.select(0, rows.clone()),
            first_moment: self.first_moment.select(0, rows.clone()),
            second_moment: self.second_moment.select(0, rows),
            of: chosen.iter().map(|at| self.of[*at]).collect(),
        }
    }
}

/// Latents that are too far from the mean come nearer along their own line.
fn bounded<B: FaceBackend>(latents: Tensor<B, 2>, settings: &InversionSettings) -> Tensor<B, 2> {
    let [_, dim] = latents.dims();
    let farthest = settings.farthest * (dim as f32).sqrt();
    let factors = (lengths(latents.clone()).recip() * farthest).clamp_max(1.0); // [N, 1]
    latents * factors
}

fn note_best<B: FaceBackend>(best: &mut [Best], places: &Places<B>, losses: &[f32]) {
    let [_, dim] = places.latents.dims();
    let latents = numbers(places.latents.clone());
    for ((picture, loss), latent) in places.of.iter().zip(losses).zip(latents.chunks_exact(dim)) {
        if *loss < best[*picture].loss {
            best[*picture] = Best { loss: *loss, latent: latent.to_vec() };
        }
    }
}

fn rows<B: FaceBackend>(indices: &[usize], device: &B::Device) -> Tensor<B, 1, Int> {
    let rows: Vec<i32> = indices.iter().map(|index| *index as i32).collect();
    Tensor::from_data(TensorData::new(rows, [indices.len()]), device)
}

fn primitive<B: FaceBackend>(tensor: Tensor<B, 2>) -> FloatTensor<B> {
    tensor.into_primitive().tensor()
}

fn numbers<B: FaceBackend>(tensor: Tensor<B, 2>) -> Vec<f32> {
    tensor.into_data().into_vec().expect("the backend computes in f32")
}

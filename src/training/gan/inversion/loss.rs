//! What the search for a picture's place makes small: the differences at every scale of a Laplacian pyramid, and how untypically far from
//! the mean the place lies.
//!
//! After Bojanowski et al. 2018, "Optimizing the Latent Space of Generative Networks": mean absolute differences, each level as heavy as
//! any other. The filter is that of the metrics.

use burn::tensor::{Tensor, TensorData};

use crate::backend::FaceBackend;
use crate::metrics::{doubling, halving};

/// The coarsest level has so many pixels along a side.
const COARSEST: usize = 8;
/// Keeps the slope of a length finite at the mean.
const LEAST: f32 = 1e-12;

/// The loss of pictures of a size, on a device.
pub struct InversionLoss<B: FaceBackend> {
    /// From each level to the next coarser one, and back: [S, S / 2] and [S / 2, S].
    steps: Vec<[Tensor<B, 2>; 2]>,
    pull: f32,
}

impl<B: FaceBackend> InversionLoss<B> {
    /// For pictures of `size` pixels; `pull` weighs the deviation from the typical distance.
    pub fn new(size: usize, pull: f32, device: &B::Device) -> Self {
        let matrix = |rows: Vec<f32>, from: usize, to: usize| {
            let whole = Tensor::<B, 2>::from_data(TensorData::new(rows, [to, from]), device); // [to, from]
            whole.transpose() // [from, to]
        };
        let sizes = std::iter::successors(Some(size), |size| Some(size / 2)).take_while(|size| *size > COARSEST);
        let step = |size: usize| [matrix(halving(size), size, size / 2), matrix(doubling(size / 2), size / 2, size)];
        Self { steps: sizes.map(step).collect(), pull }
    }

    /// The loss of each place: `pictures` [N, 3, S, S] that it makes, beside `wanted` [N, 3, S, S] -> [N, 1].
    pub fn of(&self, pictures: Tensor<B, 4>, wanted: Tensor<B, 4>, latents: Tensor<B, 2>) -> Tensor<B, 2> {
        self.difference(pictures, wanted) + self.untypical(latents) * self.pull
    }

    /// The sum over levels of mean absolute differences: [N, 3, S, S] -> [N, 1].
    pub fn difference(&self, pictures: Tensor<B, 4>, wanted: Tensor<B, 4>) -> Tensor<B, 2> {
        let mean = |level: Tensor<B, 4>| level.abs().flatten::<2>(1, 3).mean_dim(1); // [N, 1]
        // The pyramid is linear: that of the difference is the difference of both.
        let mut picture = pictures - wanted; // [N, 3, S, S]
        let mut sum = None;
        for [down, up] in &self.steps {
            let coarse = both_ways(picture.clone(), down); // [N, 3, S / 2, S / 2]
            let band = mean(picture - both_ways(coarse.clone(), up)); // [N, 1]
            sum = Some(sum.map_or(band.clone(), |sum| sum + band));
            picture = coarse;
        }
        let coarsest = mean(picture); // [N, 1]
        sum.map_or(coarsest.clone(), |sum| sum + coarsest)
    }

    /// The squared deviation of |z| / sqrt(k) from 1: [N, k] -> [N, 1].
    pub fn untypical(&self, latents: Tensor<B, 2>) -> Tensor<B, 2> {
        let [_, dim] = latents.dims();
        (lengths(latents) * (1.0 / (dim as f32).sqrt()) - 1.0).powi_scalar(2)
    }
}

/// How far latents lie from the mean: [N, k] -> [N, 1].
pub fn lengths<B: FaceBackend>(latents: Tensor<B, 2>) -> Tensor<B, 2> {
    (latents.powi_scalar(2).sum_dim(1) + LEAST).sqrt()
}

/// Rows and columns through a matrix: [N, C, S, S] through [S, T] -> [N, C, T, T].
fn both_ways<B: FaceBackend>(pictures: Tensor<B, 4>, matrix: &Tensor<B, 2>) -> Tensor<B, 4> {
    let along_rows = |pictures: Tensor<B, 4>| {
        let [count, channels, height, width] = pictures.dims();
        let [_, to] = matrix.dims();
        let rows = pictures.reshape([count * channels * height, width]).matmul(matrix.clone()); // [N C H, T]
        rows.reshape([count, channels, height, to]).swap_dims(2, 3) // [N, C, T, H]
    };
    along_rows(along_rows(pictures))
}

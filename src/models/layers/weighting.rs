//! Filters of which only the direction counts.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// Keeps the length of a filter of zeros finite.
const LEAST: f32 = 1e-8;

/// Filters [K, C, 3, 3] without their means and of length 1 (Salimans and Kingma 2016, Weight Normalization).
pub fn normalised<B: Backend>(weight: Tensor<B, 4>) -> Tensor<B, 4> {
    let shape = weight.dims();
    let rows = weight.flatten::<2>(1, 3); // [K, 9 C]
    let rows = rows.clone() - rows.mean_dim(1); // [K, 9 C]
    let length = rows.clone().powi_scalar(2).sum_dim(1).sqrt() + LEAST; // [K, 1]
    (rows / length).reshape(shape) // [K, C, 3, 3]
}

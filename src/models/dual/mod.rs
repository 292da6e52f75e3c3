//! Layers that carry a value and, where it is wanted, its tangent: gradient penalties with first-order autodiff alone.
//!
//! The identity this rests on: for a critic D and directions u that do not depend on its weights,
//!
//! `sum_i <u_i, grad_{x_i} sum_j D(x_j)> = sum_j D'_j(x; u)`,
//!
//! the directional derivative, which one forward pass of tangents gives. A penalty `P = mean_i phi(|g_i|)` on the gradients `g_i` of D for
//! its inputs therefore has the weight gradient of that sum, with `u_i = phi'(|g_i|) / |g_i| * g_i / N` held fixed. Exact also where
//! a layer mixes samples, because the weights of the mean stand in the direction.
//!
//! Owns the two rules of every layer that critics are made of. A critic is written once, over [`Maps`]: with plain tensors it computes
//! scores, with [`Dual`]s scores and their tangents.

mod plain;
mod tangent;

#[cfg(test)]
mod tests;

use crate::backend::{Activation, FaceBackend};
use crate::models::layers::{Conv1x1, Conv3x3, Linear};

pub use tangent::Dual;

/// Keeps the slope of the standard deviation finite where all samples agree (Karras et al. 2018).
const DEVIATION_EPSILON: f32 = 1e-8;
/// The same where all features of a pixel are zero.
const LEVEL_EPSILON: f32 = 1e-8;

/// Feature maps [N, C, H, W] on their way through a critic.
pub trait Maps<B: FaceBackend>: Clone {
    /// What they become when they are laid out in rows.
    type Rows: Rows<B>;

    /// A 3x3 convolution of the activated maps: [N, C, H, W] -> [N, K, H, W].
    #[must_use]
    fn conv3x3(self, layer: &Conv3x3<B>, activation: Activation) -> Self;

    /// The same, plus `residual` [N, K, H, W].
    #[must_use]
    fn conv3x3_residual(self, layer: &Conv3x3<B>, residual: Self, activation: Activation) -> Self;

    /// A 1x1 convolution: [N, C, H, W] -> [N, K, H, W].
    #[must_use]
    fn conv1x1(self, layer: &Conv1x1<B>) -> Self;

    /// Every number activated.
    #[must_use]
    fn activate(self, activation: Activation) -> Self;

    /// Means of 2x2 blocks: [N, C, H, W] -> [N, C, H / 2, W / 2].
    #[must_use]
    fn average_pool2(self) -> Self;

    /// Every number as a block of 2x2: [N, C, H, W] -> [N, C, 2 H, 2 W].
    #[must_use]
    fn upsample2(self) -> Self;

    /// (1 - share) * self + share * other: how a new stage fades in.
    #[must_use]
    fn blend(self, other: Self, share: f32) -> Self;

    /// The sum.
    #[must_use]
    fn add(self, other: Self) -> Self;

    /// One more channel, constant over each `group` of successive samples: the mean over channels and pixels of the standard deviation
    /// over the group (Karras et al. 2018, section 3): [N, C, H, W] -> [N, C + 1, H, W].
    ///
    /// # Panics
    /// Where `group` does not divide N.
    #[must_use]
    fn with_deviation(self, group: usize) -> Self;

    /// The features of every pixel brought to a mean square of 1 (Karras et al. 2018, section 4.2): [N, C, H, W] -> [N, C, H, W].
    #[must_use]
    fn level(self) -> Self;

    /// [N, C, H, W] -> [N, C H W].
    fn flatten(self) -> Self::Rows;
}

/// Rows [N, C] on their way through a critic.
pub trait Rows<B: FaceBackend>: Clone {
    /// y = x W + b: [N, C] -> [N, K].
    #[must_use]
    fn linear(self, layer: &Linear<B>) -> Self;

    /// Every number activated.
    #[must_use]
    fn activate(self, activation: Activation) -> Self;
}

/// A critic: a network from pictures to scores, written once for plain and dual maps.
pub trait Scorer<B: FaceBackend> {
    /// [N, 3, S, S] -> [N, 1]. `group`: samples that a minibatch standard deviation is taken over, where there is one.
    fn score<M: Maps<B>>(&self, pictures: M, group: usize) -> M::Rows;
}

//! Gradient penalties on a critic, exact with first-order autodiff: see [`dual`](crate::models::dual) for the identity.
//!
//! First the gradients of the scores for the pictures, with the critic's weights held fixed; from them the value of the penalty, and the
//! directions along which tangents carry its gradient for the weights.

use burn::backend::Autodiff;
use burn::module::Module;
use burn::tensor::Tensor;

use crate::backend::FaceBackend;
use crate::models::dual::Scorer;

/// Keeps the direction of a gradient of length zero finite.
const LEAST_NORM: f32 = 1e-12;

/// What is punished.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PenaltyKind {
    /// gamma / 2 * mean over `count` of |g|^2: R1 on real and R2 on fake pictures (Mescheder et al. 2018). With both kinds in one batch,
    /// `count` is that of one kind.
    ZeroCentred {
        /// gamma.
        weight: f32,
        /// What the sum is divided by.
        count: usize,
    },
    /// lambda * mean (|g| - 1)^2: WGAN-GP (Gulrajani et al. 2017).
    OneCentred {
        /// lambda.
        weight: f32,
    },
}

/// A penalty at some points.
pub struct Penalty<B: FaceBackend> {
    /// Its value `[1]`.
    pub value: Tensor<B, 1>,
    /// The lengths of the gradients [N, 1].
    pub norms: Tensor<B, 2>,
    /// The sum of the tangents of the scores along these directions [N, C, H, W] has the penalty's gradient for the weights.
    pub directions: Tensor<B, 4>,
}

/// The penalty on a critic at `points` [N, C, H, W].
pub fn penalty_of<B: FaceBackend, C>(critic: &C, points: Tensor<B, 4>, group: usize, kind: PenaltyKind) -> Penalty<B>
where
    C: Module<Autodiff<B>> + Scorer<Autodiff<B>>,
{
    let gradients = input_gradients(critic, points, group); // [N, C, H, W]
    let squares = gradients.clone().flatten::<2>(1, 3).powi_scalar(2).sum_dim(1); // [N, 1]
    let norms = squares.clone().sqrt(); // [N, 1]
    let [count, _] = norms.dims();
    let (value, factors) = match kind {
        PenaltyKind::ZeroCentred { weight, count } => {
            let scale = weight / count as f32;
            (squares.sum() * (0.5 * scale), norms.ones_like() * scale)
        }
        PenaltyKind::OneCentred { weight } => {
            let excess = norms.clone() - 1.0; // [N, 1]
            let factors = excess.clone() / (norms.clone() + LEAST_NORM) * (2.0 * weight / count as f32); // [N, 1]
            (excess.powi_scalar(2).mean() * weight, factors)
        }
    };
    Penalty { value, norms, directions: gradients * factors.reshape([count, 1, 1, 1]) }
}

/// The gradients of the sum of scores for the pictures, the weights held fixed.
fn input_gradients<B: FaceBackend, C>(critic: &C, points: Tensor<B, 4>, group: usize) -> Tensor<B, 4>
where
    C: Module<Autodiff<B>> + Scorer<Autodiff<B>>,
{
    let points = Tensor::<Autodiff<B>, 4>::from_inner(points).require_grad(); // [N, C, H, W]
    let scores = critic.clone().no_grad().score(points.clone(), group); // [N, 1]
    points.grad(&scores.sum().backward()).expect("every score depends on its picture")
}

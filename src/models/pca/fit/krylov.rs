//! Randomised block Krylov iteration (Musco and Musco 2015) for the leading eigenvectors of the covariance.
//!
//! Every block that the iteration passes through is kept, and the Ritz problem is solved over all of them together, in f64: few
//! passes over the faces give nearly the exact answer, even for eigenvalues that lie close together.

use faer::{Mat, Side};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::error::FitError;
use super::faces_matrix::FacesMatrix;
use super::spectrum::Spectrum;

/// Multiplications by the covariance after the first.
const STEPS: usize = 4;
/// With more faces than four samples, the first block has been multiplied by the covariance of a sample: nearly as good as a whole
/// step, at a small part of its cost.
const SAMPLE: usize = 2048;
const STEPS_ON_THE_SAMPLE: usize = 2;
/// Width of a block for up to 128 axes.
const NARROW: usize = 96;
/// A column that shares more than this with the basis after it was made orthogonal to it had nothing of its own.
const OVERLAP: f64 = 1e-6;

/// How wide and how long the iteration is.
#[derive(Clone, Copy)]
pub struct Plan {
    width: usize,
    steps: usize,
    sampled: bool,
}

impl Plan {
    /// Blocks of 96 up to 128 axes, of three quarters of the axes beyond.
    pub fn new(components: usize, faces: usize) -> Self {
        let sampled = faces >= 4 * SAMPLE;
        let steps = if sampled { STEPS - 1 } else { STEPS };
        Self { width: if components <= 128 { NARROW } else { (components * 3).div_ceil(4) }, steps, sampled }
    }

    /// Dimension of the basis in the end.
    pub fn basis(self) -> usize {
        self.width * (self.steps + 1)
    }

    /// Passes over the faces.
    pub fn passes(self) -> usize {
        self.steps + 1
    }
}

/// The leading eigenvectors.
///
/// # Errors
/// [`FitError::Cancelled`], or [`FitError::Eigen`] where the small problem has no solution.
pub fn spectrum(matrix: &FacesMatrix, components: usize, plan: Plan) -> Result<Spectrum, FitError> {
    let values = matrix.values();
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut basis = Mat::<f64>::zeros(values, 0);
    let mut images = Mat::<f64>::zeros(values, 0);
    let mut block = random(values, plan.width, &mut rng);
    if plan.sampled {
        for _ in 0..STEPS_ON_THE_SAMPLE {
            block = matrix.sample_covariance_times(&block.qr().compute_thin_Q(), SAMPLE)?;
        }
    }
    for _ in 0..=plan.steps {
        let orthonormal = orthonormal_against(&basis, block, &mut rng);
        block = matrix.covariance_times(&orthonormal)?;
        basis = beside(&basis, &orthonormal);
        images = beside(&images, &block);
    }
    let projected = basis.transpose() * &images;
    let symmetric = Mat::from_fn(basis.ncols(), basis.ncols(), |i, j| 0.5 * (projected[(i, j)] + projected[(j, i)]));
    let eigen = symmetric.self_adjoint_eigen(Side::Lower).map_err(|_| FitError::Eigen)?;
    let last = basis.ncols() - 1;
    // Eigenvalues come in rising order.
    let leading = Mat::from_fn(basis.ncols(), components, |i, k| eigen.U()[(i, last - k)]);
    let spectrum_values = (0..components).map(|k| eigen.S().column_vector()[last - k].max(0.0)).collect();
    Ok(Spectrum { vectors: &basis * &leading, values: spectrum_values })
}

/// An orthonormal block that is orthogonal to `basis` and spans what `block` adds to it. Directions that add nothing are
/// replaced by random ones, so that the basis grows also where the faces lie in fewer dimensions.
pub fn orthonormal_against(basis: &Mat<f64>, mut block: Mat<f64>, rng: &mut ChaCha8Rng) -> Mat<f64> {
    loop {
        let shared = basis.transpose() * &block;
        block -= basis * &shared;
        block = block.qr().compute_thin_Q();
        let shared = basis.transpose() * &block;
        let lost: Vec<usize> = (0..block.ncols()).filter(|j| shared.col(*j).norm_l2() >= OVERLAP).collect();
        if lost.is_empty() {
            // What cancellation left is taken away once more; it is too small for the columns to lose their angles.
            block -= basis * &shared;
            return block;
        }
        for j in lost {
            let fresh = random(block.nrows(), 1, rng);
            block.col_mut(j).copy_from(fresh.col(0));
        }
    }
}

/// Independent standard normal numbers.
pub fn random(rows: usize, columns: usize, rng: &mut ChaCha8Rng) -> Mat<f64> {
    Mat::from_fn(rows, columns, |_, _| rng.sample(StandardNormal))
}

fn beside(left: &Mat<f64>, right: &Mat<f64>) -> Mat<f64> {
    let mut both = Mat::zeros(left.nrows(), left.ncols() + right.ncols());
    both.subcols_mut(0, left.ncols()).copy_from(left);
    both.subcols_mut(left.ncols(), right.ncols()).copy_from(right);
    both
}

//! The exact decomposition for small problems: of the covariance where values are fewer, of the Gram matrix where faces are.

use faer::{Mat, Side};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::error::FitError;
use super::faces_matrix::FacesMatrix;
use super::krylov::{orthonormal_against, random};
use super::spectrum::Spectrum;

/// Eigenvalues below this share of the largest are rounding.
const RELATIVE_ZERO: f64 = 1e-12;

/// The leading eigenvectors.
///
/// # Errors
/// [`FitError::Cancelled`], or [`FitError::Eigen`] where there is no solution.
pub fn spectrum(matrix: &FacesMatrix, components: usize) -> Result<Spectrum, FitError> {
    let faces = matrix.dense()?; // [N, d]
    let degrees = matrix.faces() as f64 - 1.0;
    let by_value = matrix.values() <= matrix.faces();
    let product = if by_value { faces.transpose() * &faces } else { &faces * faces.transpose() };
    let eigen = product.self_adjoint_eigen(Side::Lower).map_err(|_| FitError::Eigen)?;
    let last = product.nrows() - 1;
    // Eigenvalues come in rising order.
    let value = |k: usize| eigen.S().column_vector()[last - k].max(0.0);
    let values: Vec<f64> = (0..components).map(|k| value(k) / degrees).collect();
    let leading = Mat::from_fn(product.nrows(), components, |i, k| eigen.U()[(i, last - k)]);
    let vectors = if by_value { leading } else { from_faces(&faces, &leading, &values, degrees) };
    Ok(Spectrum { vectors, values })
}

/// Mixtures of faces to axes. Where the faces span fewer dimensions than asked for, the rest of the axes is any orthonormal set.
fn from_faces(faces: &Mat<f64>, mixtures: &Mat<f64>, values: &[f64], degrees: f64) -> Mat<f64> {
    let zero = values.first().copied().unwrap_or(0.0) * RELATIVE_ZERO;
    let rank = values.iter().take_while(|value| **value > zero).count();
    let mut axes = faces.transpose() * mixtures; // [d, K]
    for (k, value) in values.iter().enumerate().take(rank) {
        let norm = (value * degrees).sqrt();
        axes.col_mut(k).iter_mut().for_each(|value| *value /= norm);
    }
    if rank < values.len() {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let basis = axes.subcols(0, rank).to_owned();
        let rest = orthonormal_against(&basis, random(axes.nrows(), values.len() - rank, &mut rng), &mut rng);
        axes.subcols_mut(rank, values.len() - rank).copy_from(&rest);
    }
    axes
}

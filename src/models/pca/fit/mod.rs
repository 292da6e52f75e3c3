//! Fits PCA to faces: mean, principal axes, their standard deviations, and what is left.
//!
//! Owns the choice of the method: exact where the problem is small, block Krylov where it is not. Variances are those of the
//! sample (divided by N - 1), in [0, 1] pixel units.

mod error;
mod exact;
mod faces_matrix;
mod krylov;
mod product;
mod spectrum;

use faer::Mat;

pub use error::FitError;
use faces_matrix::FacesMatrix;

use crate::data::FaceCache;
use crate::models::{Precision, Weights};
use crate::progress::Monitor;

/// The smallest sigma that is stored: along an axis on which faces do not differ, no sigma unit shows in a pixel.
const SMALLEST_SIGMA: f64 = 1e-4;

/// A fitted PCA.
#[derive(Clone, Debug)]
pub struct PcaFit {
    /// The mean face, HWC, in [0, 1].
    pub mean: Vec<f32>,
    /// Orthonormal axes, row-major [K, H * W * 3], by falling variance.
    pub axes: Vec<f32>,
    /// The variance along each axis.
    pub variances: Vec<f64>,
    /// The variance of all pixels together.
    pub total_variance: f64,
    /// The mean variance along each direction that the axes leave: sigma squared of probabilistic PCA (Tipping and Bishop 1999).
    pub noise_variance: f64,
    /// How many faces it was fitted on.
    pub faces: usize,
}

impl PcaFit {
    /// The share of the total variance along each axis, in [0, 1].
    pub fn explained_variance_ratio(&self) -> Vec<f64> {
        // Faces that are all alike have no variance to share out; what their axes show is rounding.
        let share = |variance: &f64| if self.total_variance > 0.0 { variance / self.total_variance } else { 0.0 };
        self.variances.iter().map(share).collect()
    }

    /// The tensors of a model folder for faces of `size` x `size`. Axes take by far the most room and may be stored in half precision.
    pub fn weights(&self, size: usize, precision: Precision) -> Weights {
        let dim = self.variances.len();
        let sigma = self.variances.iter().map(|variance| variance.sqrt().max(SMALLEST_SIGMA) as f32).collect();
        let ratio = self.explained_variance_ratio().into_iter().map(|ratio| ratio as f32).collect();
        let mut weights = Weights::default();
        weights.insert("mean", &[size, size, 3], self.mean.clone(), Precision::Single);
        weights.insert("axes", &[dim, size, size, 3], self.axes.clone(), precision);
        weights.insert("sigma", &[dim], sigma, Precision::Single);
        weights.insert("explained_variance_ratio", &[dim], ratio, Precision::Single);
        weights
    }
}

/// Fits `components` axes to the faces with the given indices.
///
/// # Errors
/// [`FitError`] where there are too few faces or the monitor cancels.
pub fn fit(cache: &FaceCache, indices: &[usize], components: usize, monitor: &dyn Monitor) -> Result<PcaFit, FitError> {
    let (faces, values) = (indices.len(), cache.face_len());
    let most = faces.saturating_sub(1).min(values);
    if components == 0 || components > most {
        return Err(FitError::TooManyComponents { wanted: components, faces, values, most });
    }
    let plan = krylov::Plan::new(components, faces);
    let small = plan.basis() >= faces.min(values);
    let passes = 1 + if small { 1 } else { plan.passes() };
    let matrix = FacesMatrix::measure(cache, indices, passes, monitor)?;
    let spectrum = if small { exact::spectrum(&matrix, components)? } else { krylov::spectrum(&matrix, components, plan)? };
    let left = (matrix.total_variance() - spectrum.values.iter().sum::<f64>()).max(0.0);
    Ok(PcaFit {
        mean: matrix.mean().to_vec(),
        axes: rows_with_fixed_sign(&spectrum.vectors),
        variances: spectrum.values,
        total_variance: matrix.total_variance(),
        noise_variance: if values > components { left / (values - components) as f64 } else { 0.0 },
        faces,
    })
}

/// Columns to rows, each turned so that its largest number is positive: an axis and its opposite are both right, one is kept.
fn rows_with_fixed_sign(vectors: &Mat<f64>) -> Vec<f32> {
    let column = |k: usize| (0..vectors.nrows()).map(move |i| vectors[(i, k)]);
    let sign = |k: usize| {
        let largest = column(k).fold(0.0_f64, |largest, value| if value.abs() > largest.abs() { value } else { largest });
        if largest < 0.0 { -1.0 } else { 1.0 }
    };
    let mut rows = Vec::with_capacity(vectors.nrows() * vectors.ncols());
    for k in 0..vectors.ncols() {
        let sign = sign(k);
        rows.extend(column(k).map(|value| (value * sign) as f32));
    }
    rows
}

#[cfg(test)]
mod tests;

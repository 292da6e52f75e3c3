//! What both methods find: eigenvectors and eigenvalues.

use faer::Mat;

/// Eigenvectors of the covariance as columns, with their eigenvalues, by falling eigenvalue.
pub struct Spectrum {
    /// [d, K]
    pub vectors: Mat<f64>,
    /// [K]
    pub values: Vec<f64>,
}

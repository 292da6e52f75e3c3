//! Why PCA cannot be fitted.

use crate::data::DataError;
use crate::progress::Cancelled;
use crate::words::{Advice, capital};

/// Why PCA cannot be fitted.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// More axes than the faces can determine.
    #[error(
        "{wanted} components cannot be fitted: {faces} faces of {values} values determine at most {most}. \
         {fewer}, or import more faces",
        fewer = capital(&Advice::FewerAxes)
    )]
    TooManyComponents {
        /// What was asked for.
        wanted: usize,
        /// How many faces there are.
        faces: usize,
        /// Numbers in a face: size * size * 3.
        values: usize,
        /// min(faces - 1, values).
        most: usize,
    },
    /// The eigenvalue problem has no solution in numbers.
    #[error("the eigenvalues could not be computed; the faces may hold too little variation")]
    Eigen,
    /// Faces cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The user asked to stop.
    #[error("{0}")]
    Cancelled(#[from] Cancelled),
}

//! The frame: how sigma units along sorted axes become a model's raw codes, and back.
//!
//! Owns the affine map and the explained variance of its axes; finding the axes is each model's business.

use super::Latent;

/// Why a frame cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The parts do not have matching lengths.
    #[error("the latent frame does not fit together: {0}")]
    Shape(String),
    /// A sigma is not a positive number.
    #[error("the latent frame has a sigma of {value} on axis {axis}; each must be a positive number")]
    Sigma {
        /// The axis, counted from 1 as users see it.
        axis: usize,
        /// What was found.
        value: f32,
    },
}

/// code = mean + sum over axes of (sigma * coordinate) * axis, with orthonormal axes sorted by influence.
#[derive(Clone, Debug, PartialEq)]
pub struct LatentFrame {
    mean: Vec<f32>,
    /// Row-major [K, code dimension]; `None` means that the codes' own coordinates are the axes.
    axes: Option<Vec<f32>>,
    sigma: Vec<f32>,
    explained_variance_ratio: Vec<f32>,
}

impl LatentFrame {
    /// A frame whose axes are the code's own coordinates around zero, as for PCA.
    ///
    /// # Errors
    /// [`FrameError`] where lengths differ or a sigma is not positive.
    pub fn diagonal(sigma: Vec<f32>, explained_variance_ratio: Vec<f32>) -> Result<Self, FrameError> {
        let mean = vec![0.0; sigma.len()];
        Self { mean, axes: None, sigma, explained_variance_ratio }.checked()
    }

    /// A frame with orthonormal `axes`, row-major [K, D] for `mean` `[D]` and `sigma` `[K]`.
    ///
    /// # Errors
    /// [`FrameError`] where lengths differ or a sigma is not positive.
    pub fn rotated(mean: Vec<f32>, axes: Vec<f32>, sigma: Vec<f32>, explained_variance_ratio: Vec<f32>) -> Result<Self, FrameError> {
        Self { mean, axes: Some(axes), sigma, explained_variance_ratio }.checked()
    }

    fn checked(self) -> Result<Self, FrameError> {
        let (dim, code_dim) = (self.sigma.len(), self.mean.len());
        if dim == 0 {
            return Err(FrameError::Shape("it has no axes".into()));
        }
        if self.explained_variance_ratio.len() != dim {
            return Err(FrameError::Shape(format!("{dim} sigmas but {} explained-variance ratios", self.explained_variance_ratio.len())));
        }
        if let Some(axes) = &self.axes
            && axes.len() != dim * code_dim
        {
            return Err(FrameError::Shape(format!("{} numbers for {dim} axes of {code_dim}", axes.len())));
        }
        match self.sigma.iter().position(|s| !(s.is_finite() && *s > 0.0)) {
            Some(axis) => Err(FrameError::Sigma { axis: axis + 1, value: self.sigma[axis] }),
            None => Ok(self),
        }
    }

    /// Number of axes K.
    pub fn dim(&self) -> usize {
        self.sigma.len()
    }

    /// Number of raw code coordinates D.
    pub fn code_dim(&self) -> usize {
        self.mean.len()
    }

    /// Standard deviation of the codes along each axis.
    pub fn sigma(&self) -> &[f32] {
        &self.sigma
    }

    /// Share of the total variance that each axis explains, in [0, 1].
    pub fn explained_variance_ratio(&self) -> &[f32] {
        &self.explained_variance_ratio
    }

    /// Sigma units `[K]` to a raw code `[D]`. Axes that the latent lacks count as 0, further ones are ignored.
    pub fn to_code(&self, latent: &Latent) -> Vec<f32> {
        let mut code = self.mean.clone();
        for (axis, (z, sigma)) in latent.0.iter().zip(&self.sigma).enumerate() {
            let length = z * sigma;
            match &self.axes {
                None => code[axis] += length,
                Some(axes) => {
                    let direction = &axes[axis * self.mean.len()..][..self.mean.len()];
                    for (c, a) in code.iter_mut().zip(direction) {
                        *c += length * a;
                    }
                }
            }
        }
        code
    }

    /// A raw code `[D]` to sigma units `[K]`; what lies outside the axes is dropped.
    ///
    /// # Panics
    /// Where the code has not [`code_dim`](Self::code_dim) numbers.
    pub fn to_latent(&self, code: &[f32]) -> Latent {
        assert_eq!(code.len(), self.code_dim(), "a code has one number for each code dimension");
        let centred: Vec<f32> = code.iter().zip(&self.mean).map(|(c, m)| c - m).collect();
        let coordinate = |axis: usize| match &self.axes {
            None => centred[axis],
            Some(axes) => axes[axis * centred.len()..][..centred.len()].iter().zip(&centred).map(|(a, c)| a * c).sum(),
        };
        Latent((0..self.dim()).map(|axis| coordinate(axis) / self.sigma[axis]).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_latents_are_inverse_in_a_rotated_frame() {
        let (sin, cos) = 0.7_f32.sin_cos();
        let frame = LatentFrame::rotated(vec![1.0, -2.0], vec![cos, sin, -sin, cos], vec![3.0, 0.5], vec![0.9, 0.1]).unwrap();
        let latent = Latent(vec![1.25, -0.75]);
        let back = frame.to_latent(&frame.to_code(&latent));
        for (a, b) in back.0.iter().zip(&latent.0) {
            assert!((a - b).abs() < 1e-5, "{back:?} is not {latent:?}");
        }
        assert_eq!(frame.to_code(&Latent::zeros(2)), vec![1.0, -2.0], "the origin is the mean");
    }

    #[test]
    fn a_diagonal_frame_only_scales() {
        let frame = LatentFrame::diagonal(vec![2.0, 4.0], vec![0.5, 0.3]).unwrap();
        assert_eq!(frame.to_code(&Latent(vec![1.0, -1.0])), vec![2.0, -4.0]);
        assert_eq!(frame.to_latent(&[2.0, -4.0]), Latent(vec![1.0, -1.0]));
        assert_eq!(frame.to_code(&Latent(vec![1.0])), vec![2.0, 0.0], "absent axes count as zero");
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        assert!(LatentFrame::diagonal(vec![], vec![]).is_err());
        assert!(LatentFrame::diagonal(vec![1.0], vec![0.5, 0.5]).is_err());
        assert!(LatentFrame::diagonal(vec![1.0, 0.0], vec![0.5, 0.5]).is_err());
        assert!(LatentFrame::diagonal(vec![1.0, f32::NAN], vec![0.5, 0.5]).is_err());
        assert!(LatentFrame::rotated(vec![0.0; 3], vec![0.0; 5], vec![1.0; 2], vec![0.5; 2]).is_err());
    }
}

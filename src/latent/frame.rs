//! The frame: how sigma units along sorted axes become a model's raw codes, and back.
//!
//! Owns the affine map and the explained variance of its axes; finding the axes is each model's business.

use faer::{Mat, Side};

use super::Latent;
use super::interpolation::linear;

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

/// The cosine of the angle, 30 degrees, up to which an axis counts as the same one.
const SAME: f32 = 0.866;

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

    /// The frame of a sample of codes, row-major [N, `code_dim`]: their mean, and the eigenvectors of their covariance by falling
    /// eigenvalue (PCA of the codes). Every axis keeps the sign that makes its largest number positive, so that the frames of
    /// similar samples are similar. `None` where there are fewer than two codes or numbers that are none.
    pub fn of_codes(codes: &[f32], code_dim: usize) -> Option<Self> {
        let count = codes.len().checked_div(code_dim)?;
        if count < 2 {
            return None;
        }
        let mean: Vec<f64> =
            (0..code_dim).map(|c| codes.iter().skip(c).step_by(code_dim).map(|x| f64::from(*x)).sum::<f64>() / count as f64).collect();
        let centred = Mat::from_fn(count, code_dim, |n, c| f64::from(codes[n * code_dim + c]) - mean[c]); // [N, D]
        let covariance = centred.transpose() * &centred; // [D, D]
        if (0..code_dim).any(|c| !covariance[(c, c)].is_finite()) {
            return None;
        }
        let eigen = covariance.self_adjoint_eigen(Side::Lower).ok()?;
        // Eigenvalues come in rising order.
        let variance: Vec<f64> =
            (0..code_dim).map(|k| eigen.S().column_vector()[code_dim - 1 - k].max(0.0) / (count as f64 - 1.0)).collect();
        let total: f64 = variance.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let axes = (0..code_dim).flat_map(|k| {
            let axis: Vec<f64> = (0..code_dim).map(|c| eigen.U()[(c, code_dim - 1 - k)]).collect();
            let largest = axis.iter().copied().fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
            axis.into_iter().map(move |x| (x * largest.signum()) as f32)
        });
        // Directions that the codes do not use still need a length; next to the first one it is nothing.
        let least = (variance[0].sqrt() * 1e-6).max(1e-12);
        Self::rotated(
            mean.iter().map(|m| *m as f32).collect(),
            axes.collect(),
            variance.iter().map(|v| v.sqrt().max(least) as f32).collect(),
            variance.iter().map(|v| (v / total) as f32).collect(),
        )
        .ok()
    }

    /// The same frame with every axis turned to the side of the axis of `previous` that is most like it, where both have the same shape:
    /// nothing flips on screen when a frame is computed anew, also where two axes have changed places.
    #[must_use]
    pub fn facing_as(mut self, previous: &Self) -> Self {
        if !self.has_shape_of(previous) {
            return self;
        }
        let before: Vec<Vec<f32>> = (0..previous.dim()).map(|axis| previous.axis(axis)).collect();
        let likest = |axis: Vec<f32>| {
            before.iter().map(|other| cosine(&axis, other)).fold(0.0, |most: f32, next| if next.abs() > most.abs() { next } else { most })
        };
        let turned: Vec<bool> = (0..self.dim()).map(|axis| likest(self.axis(axis)) < 0.0).collect();
        if let Some(axes) = &mut self.axes {
            for (axis, _) in axes.chunks_exact_mut(self.mean.len()).zip(&turned).filter(|(_, turned)| **turned) {
                axis.iter_mut().for_each(|x| *x = -*x);
            }
        }
        self
    }

    /// The axes, counted from 0, along which a coordinate means something else than in `previous`: those that point elsewhere by more
    /// than a third of a right angle, or to the other side. All of them where the shapes differ.
    pub fn axes_moved_since(&self, previous: &Self) -> Vec<usize> {
        let is_same = |axis: &usize| self.has_shape_of(previous) && cosine(&self.axis(*axis), &previous.axis(*axis)) > SAME;
        (0..self.dim()).filter(|axis| !is_same(axis)).collect()
    }

    fn has_shape_of(&self, other: &Self) -> bool {
        (self.dim(), self.code_dim()) == (other.dim(), other.code_dim())
    }

    /// The same space along the codes' own coordinates instead of its axes: raw codes, around the same mean. Sigmas and shares are those
    /// that the axes give them.
    #[must_use]
    pub fn unrotated(&self) -> Self {
        let mut sigma = vec![0.0_f64; self.code_dim()];
        let mut ratio = vec![0.0_f64; self.code_dim()];
        for axis in 0..self.dim() {
            let (length, share) = (f64::from(self.sigma[axis]), f64::from(self.explained_variance_ratio[axis]));
            for (c, direction) in self.axis(axis).into_iter().enumerate() {
                sigma[c] += (length * f64::from(direction)).powi(2);
                ratio[c] += share * f64::from(direction).powi(2);
            }
        }
        let sigma = sigma.into_iter().map(|variance| variance.sqrt().max(1e-12) as f32).collect();
        Self { mean: self.mean.clone(), axes: None, sigma, explained_variance_ratio: ratio.into_iter().map(|share| share as f32).collect() }
    }

    /// The frame whose codes lie `share` (0 to 1) of the way from those of this frame to those of another; `None` where their shapes
    /// differ, or an axis would vanish on the way.
    pub fn mixed(&self, other: &Self, share: f32) -> Option<Self> {
        if self == other {
            return Some(self.clone());
        }
        let mix = |a: &[f32], b: &[f32]| linear(a, b, share);
        let step = |frame: &Self, axis: usize| frame.axis(axis).iter().map(|x| x * frame.sigma[axis]).collect::<Vec<f32>>();
        let is_alike = self.has_shape_of(other);
        let steps: Vec<Vec<f32>> =
            (0..if is_alike { self.dim() } else { 0 }).map(|axis| mix(&step(self, axis), &step(other, axis))).collect();
        let sigma: Vec<f32> = steps.iter().map(|step| step.iter().map(|x| x * x).sum::<f32>().sqrt()).collect();
        let axes = steps.iter().zip(&sigma).flat_map(|(step, sigma)| step.iter().map(move |x| x / sigma)).collect();
        let ratio = mix(&self.explained_variance_ratio, &other.explained_variance_ratio);
        Self::rotated(mix(&self.mean, &other.mean), axes, sigma, ratio).ok()
    }

    /// The code of the origin, `[D]`.
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// The direction of an axis (counted from 0) among codes, of length 1, `[D]`.
    ///
    /// # Panics
    /// Where there is no such axis.
    pub fn axis(&self, axis: usize) -> Vec<f32> {
        let dim = self.mean.len();
        match &self.axes {
            Some(axes) => axes[axis * dim..][..dim].to_vec(),
            None => (0..dim).map(|c| if c == axis { 1.0 } else { 0.0 }).collect(),
        }
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

fn cosine(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
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
    fn the_frame_of_codes_finds_their_axes() {
        // Codes along (3, 4) / 5 with sigma 2 and across with sigma 0.5, around (1, -1).
        let mut sampler = crate::latent::LatentSampler::new(5, 1.0);
        let codes: Vec<f32> = (0..4000)
            .flat_map(|_| {
                let z = sampler.sample(2).0;
                let (long, short) = (2.0 * z[0], 0.5 * z[1]);
                [1.0 + 0.6 * long - 0.8 * short, -1.0 + 0.8 * long + 0.6 * short]
            })
            .collect();
        let frame = LatentFrame::of_codes(&codes, 2).unwrap();
        let close = |a: f32, b: f32| (a - b).abs() < 0.06;
        assert!(close(frame.mean()[0], 1.0) && close(frame.mean()[1], -1.0), "{:?}", frame.mean());
        assert!(close(frame.axis(0)[0], 0.6) && close(frame.axis(0)[1], 0.8), "{:?}", frame.axis(0));
        assert!(close(frame.sigma()[0], 2.0) && close(frame.sigma()[1], 0.5), "{:?}", frame.sigma());
        assert!(close(frame.explained_variance_ratio().iter().sum(), 1.0));
        // Their coordinates are standard normal.
        let latents: Vec<Latent> = codes.chunks(2).map(|code| frame.to_latent(code)).collect();
        for axis in 0..2 {
            let variance = latents.iter().map(|z| f64::from(z.0[axis]).powi(2)).sum::<f64>() / 4000.0;
            assert!((variance - 1.0).abs() < 0.01, "axis {axis}: {variance}");
        }
        assert_eq!(LatentFrame::of_codes(&codes[..2], 2), None, "one code has no spread");
        assert_eq!(LatentFrame::of_codes(&[f32::NAN; 8], 2), None);
        let dead = LatentFrame::of_codes(&[1.0, 7.0, 2.0, 7.0, 3.0, 7.0], 2).unwrap();
        assert!(dead.sigma()[1] > 0.0 && dead.sigma()[1] < 1e-5, "unused directions have next to no length");
    }

    #[test]
    fn unrotated_axes_are_the_codes_own() {
        let frame = LatentFrame::rotated(vec![1.0, -2.0], vec![0.6, 0.8, -0.8, 0.6], vec![1.0, 1.0], vec![0.75, 0.25]).unwrap();
        let raw = frame.unrotated();
        assert_eq!(raw.to_code(&Latent(vec![0.5, 0.0])), vec![1.5, -2.0], "the first axis is the first number of the code");
        assert!((raw.explained_variance_ratio()[0] - (0.75 * 0.36 + 0.25 * 0.64)).abs() < 1e-6);
        let code = frame.to_code(&Latent(vec![0.3, -0.7]));
        let back = raw.to_code(&raw.to_latent(&code));
        assert!(back.iter().zip(&code).all(|(a, b)| (a - b).abs() < 1e-6), "the same space");
    }

    #[test]
    fn codes_of_mixed_frames_lie_between() {
        let one = LatentFrame::rotated(vec![0.0, 1.0], vec![0.6, 0.8, -0.8, 0.6], vec![3.0, 0.5], vec![0.9, 0.1]).unwrap();
        let other = LatentFrame::rotated(vec![2.0, 1.0], vec![1.0, 0.0, 0.0, 1.0], vec![2.0, 1.0], vec![0.7, 0.3]).unwrap();
        let mixed = one.mixed(&other, 0.25).unwrap();
        let latent = Latent(vec![1.5, -0.7]);
        for (found, (a, b)) in mixed.to_code(&latent).iter().zip(one.to_code(&latent).iter().zip(other.to_code(&latent))) {
            assert!((found - (0.75 * a + 0.25 * b)).abs() < 1e-5, "{found}: {a} and {b}");
        }
        assert_eq!(one.mixed(&one, 0.5), Some(one.clone()));
        assert_eq!(one.mixed(&LatentFrame::diagonal(vec![1.0], vec![1.0]).unwrap(), 0.5), None);
    }

    #[test]
    fn frames_computed_anew_do_not_flip() {
        let frame = LatentFrame::rotated(vec![0.0; 2], vec![0.6, 0.8, -0.8, 0.6], vec![3.0, 0.5], vec![0.9, 0.1]).unwrap();
        let flipped = LatentFrame::rotated(vec![0.0; 2], vec![-0.6, -0.8, -0.8, 0.6], vec![3.0, 0.5], vec![0.9, 0.1]).unwrap();
        assert_eq!(flipped.facing_as(&frame), frame);
    }

    #[test]
    fn axes_that_change_places_keep_their_sides_and_are_named_as_moved() {
        let identity = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
        let of = |axes: &[f32]| LatentFrame::rotated(vec![0.0; 3], axes.to_vec(), vec![3.0, 2.0, 1.0], vec![0.5, 0.3, 0.2]).unwrap();
        let before = of(&identity);
        let swapped = of(&[0.1, -0.995, 0.0, -0.995, -0.1, 0.0, 0.0, 0.0, -1.0]);
        let facing = swapped.clone().facing_as(&before);
        assert_eq!((facing.axis(0)[1], facing.axis(1)[0], facing.axis(2)[2]), (0.995, 0.995, 1.0), "each faces as the one it is most like");
        assert_eq!(facing.clone().facing_as(&facing), facing, "once is enough");
        assert_eq!(facing.axes_moved_since(&before), [0, 1]);
        assert_eq!(swapped.axes_moved_since(&before), [0, 1, 2], "an axis that flips has moved");
        assert_eq!(before.axes_moved_since(&before), [] as [usize; 0]);
        let other = LatentFrame::diagonal(vec![1.0; 2], vec![0.5; 2]).unwrap();
        assert_eq!(other.axes_moved_since(&before), [0, 1], "another shape is another frame");
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

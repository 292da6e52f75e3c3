//! A Gaussian mixture over codes: where codes lie in several clusters, one Gaussian also fills the holes between them.
//!
//! Owns the fit by expectation maximisation (Dempster, Laird and Rubin 1977; Bishop 2006, *Pattern Recognition and Machine
//! Learning*, section 9.2) from centres spread by k-means++ (Arthur and Vassilvitskii 2007), the density, and seeded samples.
//! Which codes it is fitted on, and how it stands on disk, is decided elsewhere. Codes are f32, all that is computed is f64; sums
//! run in a fixed order, so that a seed means the same mixture with any number of threads.

use std::f64::consts::TAU;

use faer::{Mat, Side};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::CodeSampler;

/// The mixture that a model keeps has at most so many components (Ghosh et al. 2020, *From variational to deterministic autoencoders*).
const MOST_COMPONENTS: usize = 10;
/// The seed of the mixture that a model keeps.
const SEED: u64 = 1;
/// The mixture that a model keeps is fitted on at most so many codes times `D²`: some seconds on two cores.
const WORK: usize = 150_000_000;
/// Iterations of expectation maximisation, at most.
const MOST_ITERATIONS: usize = 100;
/// It has converged where an iteration adds less to the mean log-likelihood, in nats per code (the default of scikit-learn).
const CONVERGED: f64 = 1e-3;
/// Added to every variance, as a share of the codes' mean variance: covariances of clusters that lie in fewer dimensions stay
/// positive definite.
const RIDGE: f64 = 1e-6;
/// A code adds nothing to the covariance of a component that has less of it.
const NEGLIGIBLE: f64 = 1e-10;
/// Codes that one thread takes at a time.
const CHUNK: usize = 512;

/// Why there is no mixture.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MixtureError {
    /// Fewer codes than would determine anything.
    #[error("{codes} codes are too few for a mixture of {components} Gaussians; take more faces or fewer components")]
    TooFewCodes {
        /// How many there are.
        codes: usize,
        /// How many components were asked for.
        components: usize,
    },
    /// Codes without a spread, or with numbers that are none.
    #[error("the codes have no spread, or infinite numbers among them; the model has not learned anything that a density could follow")]
    NoSpread,
    /// The parts of a stored mixture do not belong together.
    #[error("the mixture does not fit together: {0}")]
    Parts(String),
}

/// A weighted sum of Gaussians with full covariances.
#[derive(Clone, Debug)]
pub struct GaussianMixture {
    components: Vec<Component>,
}

#[derive(Clone, Debug)]
struct Component {
    /// Its share of the whole, in [0, 1].
    weight: f64,
    /// `[D]`
    mean: Vec<f64>,
    /// The lower Cholesky factor of its covariance, [D, D].
    factor: Mat<f64>,
    /// The inverse of the factor, [D, D]: makes the component a standard normal.
    whitening: Mat<f64>,
    /// The logarithm of weight times density at the mean.
    log_peak: f64,
}

impl GaussianMixture {
    /// Fits `components` Gaussians to codes, row-major [N, `dim`]. Same codes and seed, same mixture.
    ///
    /// # Errors
    /// [`MixtureError`] where there are not more codes than components, or where they have no spread.
    pub fn fit(codes: &[f32], dim: usize, components: usize, seed: u64) -> Result<Self, MixtureError> {
        Self::fit_and_log(codes, dim, components, seed, &|| true).map(|(mixture, _)| mixture)
    }

    /// The mixture that a model keeps of its training codes, row-major [N, `dim`]: ten Gaussians, or fewer, so that each has twice as many
    /// codes as its covariance has rows; of very many codes, or very long ones, an even choice is taken. `None` where codes are too few
    /// or have no spread.
    pub fn of_codes(codes: &[f32], dim: usize) -> Option<Self> {
        Self::of_codes_while(codes, dim, &|| true)
    }

    /// The same, as long as it is wanted: asked between two iterations, of which each takes less than a second. What has come out when it
    /// no longer is, is of no use.
    pub fn of_codes_while(codes: &[f32], dim: usize, is_wanted: &dyn Fn() -> bool) -> Option<Self> {
        let count = codes.len().checked_div(dim)?;
        let stride = count.div_ceil((WORK / (dim * dim)).max(1)).max(1);
        let chosen: Vec<f32> = codes.chunks_exact(dim).step_by(stride).flatten().copied().collect();
        let components = MOST_COMPONENTS.min(chosen.len() / dim / (2 * dim));
        Self::fit_and_log(&chosen, dim, components, SEED, is_wanted).ok().map(|(mixture, _)| mixture)
    }

    /// The mixture, and the mean log-likelihoods that the iteration went through.
    fn fit_and_log(
        codes: &[f32],
        dim: usize,
        components: usize,
        seed: u64,
        is_wanted: &dyn Fn() -> bool,
    ) -> Result<(Self, Vec<f64>), MixtureError> {
        let count = codes.len().checked_div(dim).unwrap_or(0);
        if components == 0 || count <= components {
            return Err(MixtureError::TooFewCodes { codes: count, components });
        }
        let ridge = RIDGE * mean_variance(codes, dim).ok_or(MixtureError::NoSpread)?;
        let centres = spread_centres(codes, dim, components, &mut ChaCha8Rng::seed_from_u64(seed));
        let mut shares = vec![0.0; count * components]; // [N, M]
        for (shares, (cluster, _)) in shares.chunks_exact_mut(components).zip(nearest(codes, dim, &centres)) {
            shares[cluster] = 1.0;
        }
        let mut mixture = Self::maximised(codes, dim, &shares, ridge)?;
        let mut log: Vec<f64> = Vec::new();
        for _ in 0..MOST_ITERATIONS {
            let (shares, reached) = mixture.responsibilities(codes);
            let gained = log.last().map_or(f64::INFINITY, |before| reached - before);
            log.push(reached);
            if gained < CONVERGED || !is_wanted() {
                break;
            }
            mixture = Self::maximised(codes, dim, &shares, ridge)?;
        }
        Ok((mixture, log))
    }

    /// The M step: the mixture that is most likely where each component has its `shares` [N, M] of the codes.
    fn maximised(codes: &[f32], dim: usize, shares: &[f64], ridge: f64) -> Result<Self, MixtureError> {
        let count = codes.len() / dim;
        let components = shares.len() / count;
        let estimated = |m: usize| {
            let shares: Vec<f64> = shares.iter().skip(m).step_by(components).copied().collect(); // [N]
            Component::estimated(codes, dim, &shares, ridge)
        };
        let found: Option<Vec<Component>> = (0..components).into_par_iter().map(estimated).collect();
        found.map(|components| Self { components }).ok_or(MixtureError::NoSpread)
    }

    /// The E step: which share of each code each component has, [N, M], and the mean log-likelihood, in nats per code.
    fn responsibilities(&self, codes: &[f32]) -> (Vec<f64>, f64) {
        let (dim, components) = (self.dim(), self.components());
        let count = codes.len() / dim;
        let mut shares = vec![0.0; count * components];
        let parts = shares.par_chunks_mut(CHUNK * components).zip(codes.par_chunks(CHUNK * dim)).map(|(shares, codes)| {
            for (m, component) in self.components.iter().enumerate() {
                let logs = component.log_joint(codes);
                shares.iter_mut().skip(m).step_by(components).zip(logs).for_each(|(share, log)| *share = log);
            }
            shares.chunks_exact_mut(components).map(logs_to_shares).sum::<f64>()
        });
        // Collected before they are added: the order is that of the codes.
        let parts: Vec<f64> = parts.collect();
        (shares, parts.into_iter().sum::<f64>() / count as f64)
    }

    /// A mixture from its parts: weights `[M]`, means [M, D] and lower Cholesky factors [M, D, D], all row-major.
    ///
    /// # Errors
    /// [`MixtureError::Parts`] where lengths differ, a weight is negative, or a factor is not that of a covariance.
    pub fn from_parts(weights: &[f32], means: &[f32], factors: &[f32]) -> Result<Self, MixtureError> {
        let components = weights.len();
        let dim = means.len().checked_div(components).unwrap_or(0);
        if dim == 0 || means.len() != components * dim || factors.len() != components * dim * dim {
            let found = format!("{components} weights, {} numbers in means, {} in factors", means.len(), factors.len());
            return Err(MixtureError::Parts(found));
        }
        let total: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        let finite = weights.iter().chain(means).chain(factors).all(|value| value.is_finite());
        if !finite || total <= 0.0 || weights.iter().any(|weight| *weight < 0.0) {
            return Err(MixtureError::Parts(format!("weights of {weights:?}, or numbers that are none")));
        }
        if let Some(m) = (0..components).find(|m| (0..dim).any(|i| factors[(m * dim + i) * dim + i] <= 0.0)) {
            return Err(MixtureError::Parts(format!("the factor of component {} has a diagonal that is not positive", m + 1)));
        }
        let component = |m: usize| {
            let mean = means[m * dim..][..dim].iter().map(|x| f64::from(*x)).collect();
            let factor = Mat::from_fn(dim, dim, |i, j| if j <= i { f64::from(factors[(m * dim + i) * dim + j]) } else { 0.0 });
            Component::new(f64::from(weights[m]) / total, mean, factor)
        };
        Ok(Self { components: (0..components).map(component).collect() })
    }

    /// How many Gaussians it has, M.
    pub fn components(&self) -> usize {
        self.components.len()
    }

    /// How many numbers a code has, D.
    pub fn dim(&self) -> usize {
        self.components[0].mean.len()
    }

    /// The weights `[M]`; their sum is 1.
    pub fn weights(&self) -> Vec<f32> {
        self.components.iter().map(|component| component.weight as f32).collect()
    }

    /// The means, row-major [M, D].
    pub fn means(&self) -> Vec<f32> {
        self.components.iter().flat_map(|component| component.mean.iter().map(|x| *x as f32)).collect()
    }

    /// The lower Cholesky factors of the covariances, row-major [M, D, D].
    pub fn factors(&self) -> Vec<f32> {
        let dim = self.dim();
        let rows = |component: &Component| (0..dim * dim).map(|at| component.factor[(at / dim, at % dim)] as f32).collect::<Vec<f32>>();
        self.components.iter().flat_map(rows).collect()
    }

    /// The logarithm of the density at a code `[D]`, in nats.
    ///
    /// # Panics
    /// Where the code has another length.
    pub fn log_density(&self, code: &[f32]) -> f64 {
        assert_eq!(code.len(), self.dim(), "a code has as many numbers as the mixture");
        self.responsibilities(code).1
    }

    /// The mean of [`log_density`](Self::log_density) over codes, row-major [N, D]: nats per code. NaN without codes.
    pub fn mean_log_likelihood(&self, codes: &[f32]) -> f64 {
        self.responsibilities(codes).1
    }
}

/// How likely held-out codes are under a mixture fitted to training codes, both row-major [N, `dim`]: nats per code. One component is
/// a single Gaussian with full covariance.
///
/// # Errors
/// [`MixtureError`], as [`GaussianMixture::fit`]; also where no codes are held out.
pub fn held_out_log_likelihood(training: &[f32], held_out: &[f32], dim: usize, components: usize, seed: u64) -> Result<f64, MixtureError> {
    if held_out.is_empty() {
        return Err(MixtureError::TooFewCodes { codes: 0, components });
    }
    Ok(GaussianMixture::fit(training, dim, components, seed)?.mean_log_likelihood(held_out))
}

impl Component {
    fn new(weight: f64, mean: Vec<f64>, factor: Mat<f64>) -> Self {
        let dim = mean.len();
        let mut whitening = Mat::<f64>::identity(dim, dim);
        factor.solve_lower_triangular_in_place(&mut whitening);
        let log_volume: f64 = (0..dim).map(|i| factor[(i, i)].ln()).sum();
        let log_peak = weight.ln() - log_volume - 0.5 * dim as f64 * TAU.ln();
        Self { weight, mean, factor, whitening, log_peak }
    }

    /// The Gaussian of codes of which it has `shares` `[N]`; `None` where they make no covariance.
    fn estimated(codes: &[f32], dim: usize, shares: &[f64], ridge: f64) -> Option<Self> {
        // A component that has lost all its codes keeps a place with next to no weight.
        let mass = shares.iter().sum::<f64>() + 10.0 * f64::EPSILON;
        let mut mean = vec![0.0; dim];
        for (code, share) in codes.chunks_exact(dim).zip(shares) {
            mean.iter_mut().zip(code).for_each(|(mean, x)| *mean += share * f64::from(*x));
        }
        mean.iter_mut().for_each(|mean| *mean /= mass);
        let own: Vec<(&[f32], &f64)> = codes.chunks_exact(dim).zip(shares).filter(|(_, share)| **share > NEGLIGIBLE).collect();
        let scaled = Mat::from_fn(dim, own.len(), |c, n| own[n].1.sqrt() * (f64::from(own[n].0[c]) - mean[c])); // [D, n]
        let scatter = &scaled * scaled.transpose(); // [D, D]
        let covariance = Mat::from_fn(dim, dim, |i, j| scatter[(i, j)] / mass + if i == j { ridge } else { 0.0 });
        let factor = covariance.llt(Side::Lower).ok()?.L().to_owned();
        Some(Self::new(mass / shares.len() as f64, mean, factor))
    }

    /// The logarithm of weight times density at each of some codes, row-major [N, D].
    fn log_joint(&self, codes: &[f32]) -> Vec<f64> {
        let dim = self.mean.len();
        let centred = Mat::from_fn(dim, codes.len() / dim, |c, n| f64::from(codes[n * dim + c]) - self.mean[c]); // [D, N]
        let white = &self.whitening * &centred; // [D, N]
        let square = |n: usize| white.col_as_slice(n).iter().map(|y| y * y).sum::<f64>();
        (0..white.ncols()).map(|n| self.log_peak - 0.5 * square(n)).collect()
    }
}

/// Logarithms to their shares of the sum, in place; the logarithm of the sum. Nothing overflows on the way.
fn logs_to_shares(logs: &mut [f64]) -> f64 {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total = largest + logs.iter().map(|log| (log - largest).exp()).sum::<f64>().ln();
    logs.iter_mut().for_each(|log| *log = (*log - total).exp());
    total
}

/// The variance of codes, averaged over their numbers; `None` where there is none.
fn mean_variance(codes: &[f32], dim: usize) -> Option<f64> {
    let count = (codes.len() / dim) as f64;
    let variance = |c: usize| {
        let column = || codes.iter().skip(c).step_by(dim).map(|x| f64::from(*x));
        let mean = column().sum::<f64>() / count;
        column().map(|x| (x - mean).powi(2)).sum::<f64>() / count
    };
    let mean = (0..dim).map(variance).sum::<f64>() / dim as f64;
    (mean.is_finite() && mean > 0.0).then_some(mean)
}

/// Centres [M, D] as k-means++ begins: each next one is a code, drawn with the square of its distance to the nearest centre so far.
fn spread_centres(codes: &[f32], dim: usize, count: usize, random: &mut ChaCha8Rng) -> Vec<f64> {
    let codes_in_all = codes.len() / dim;
    let mut chosen = random.random_range(0..codes_in_all);
    let mut centres: Vec<f64> = Vec::with_capacity(count * dim);
    loop {
        centres.extend(codes[chosen * dim..][..dim].iter().map(|x| f64::from(*x)));
        if centres.len() == count * dim {
            return centres;
        }
        let squares: Vec<f64> = nearest(codes, dim, &centres).into_iter().map(|(_, square)| square).collect();
        let mut left = random.random::<f64>() * squares.iter().sum::<f64>();
        let drawn = squares.iter().position(|square| {
            left -= square;
            left < 0.0
        });
        chosen = drawn.unwrap_or(codes_in_all - 1);
    }
}

/// The nearest centre of each code, and the square of the distance.
fn nearest(codes: &[f32], dim: usize, centres: &[f64]) -> Vec<(usize, f64)> {
    let square = |code: &[f32], centre: &[f64]| code.iter().zip(centre).map(|(x, c)| (f64::from(*x) - c).powi(2)).sum::<f64>();
    let of_code = |code: &[f32]| {
        let squares = centres.chunks_exact(dim).map(|centre| square(code, centre)).enumerate();
        squares.min_by(|a, b| a.1.total_cmp(&b.1)).expect("there is at least one centre")
    };
    codes.par_chunks_exact(dim).map(of_code).collect()
}

/// Draws codes from a mixture one after another; the n-th draw depends on the seed and n only.
pub struct MixtureSampler<'a> {
    mixture: &'a GaussianMixture,
    random: ChaCha8Rng,
    truncation: f64,
}

impl<'a> MixtureSampler<'a> {
    /// `truncation` multiplies the distance from the mean of the component that a code is drawn from: 1 is the mixture, 0 leaves the
    /// means. Which component that is does not depend on it.
    pub fn new(mixture: &'a GaussianMixture, seed: u64, truncation: f32) -> Self {
        Self { mixture, random: ChaCha8Rng::seed_from_u64(seed), truncation: f64::from(truncation) }
    }
}

impl CodeSampler for MixtureSampler<'_> {
    fn code(&mut self) -> Vec<f32> {
        let components = &self.mixture.components;
        let mut left: f64 = self.random.random();
        let drawn = components.iter().find(|component| {
            left -= component.weight;
            left < 0.0
        });
        // Rounding may leave a trifle of the weight undrawn.
        let component = drawn.unwrap_or_else(|| components.last().expect("a mixture has components"));
        let normal: Vec<f64> = component.mean.iter().map(|_| StandardNormal.sample(&mut self.random)).collect();
        let along = |i: usize| (0..=i).map(|j| component.factor[(i, j)] * normal[j]).sum::<f64>();
        component.mean.iter().enumerate().map(|(i, mean)| (mean + self.truncation * along(i)) as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of `scripts/likelihood-reference`.
    const WEIGHTS: [f32; 2] = [0.25, 0.75];
    const MEANS: [f32; 6] = [1.0, -2.0, 0.5, -1.5, 0.25, 3.0];
    const FACTORS: [f32; 18] = [
        1.5, 0.0, 0.0, 0.5, 1.0, 0.0, -0.25, 0.75, 0.5, //
        0.5, 0.0, 0.0, -0.25, 2.0, 0.0, 0.125, -0.5, 1.25,
    ];

    fn known() -> GaussianMixture {
        GaussianMixture::from_parts(&WEIGHTS, &MEANS, &FACTORS).unwrap()
    }

    /// Two clusters far apart: the means of `known`, ten times as far away.
    fn far_apart() -> GaussianMixture {
        GaussianMixture::from_parts(&WEIGHTS, &MEANS.map(|x| 10.0 * x), &FACTORS).unwrap()
    }

    fn samples(mixture: &GaussianMixture, count: usize, seed: u64) -> Vec<f32> {
        let mut sampler = MixtureSampler::new(mixture, seed, 1.0);
        sampler.codes(count)
    }

    #[test]
    fn densities_agree_with_scikit_learn() {
        let mut state = 2_u64;
        let points: Vec<f32> = (0..150)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                ((state >> 33) % 1024) as f32 / 128.0 - 4.0
            })
            .collect();
        assert_eq!(points[..3], [-0.15625, 3.328125, -0.9375]);
        let mixture = known();
        for (point, wanted) in points.chunks(3).zip([-12.197895130, -8.773307119, -46.914892328]) {
            let found = mixture.log_density(point);
            assert!((found - wanted).abs() < 1e-8, "{found} instead of {wanted}");
        }
        assert!((mixture.mean_log_likelihood(&points) + 16.043168527).abs() < 1e-8);
    }

    #[test]
    fn two_clusters_are_found() {
        let mixture = far_apart();
        let codes = samples(&mixture, 8000, 5);
        let found = GaussianMixture::fit(&codes, 3, 2, 1).unwrap();
        let order: [usize; 2] = if found.weights()[0] < found.weights()[1] { [0, 1] } else { [1, 0] };
        for (m, at) in order.into_iter().enumerate() {
            assert!((found.weights()[at] - WEIGHTS[m]).abs() < 0.02, "{:?}", found.weights());
            for c in 0..3 {
                let (mean, wanted) = (found.means()[at * 3 + c], mixture.means()[m * 3 + c]);
                assert!((mean - wanted).abs() < 0.15, "component {m}: {mean} instead of {wanted}");
            }
            for (factor, wanted) in found.factors()[at * 9..][..9].iter().zip(&FACTORS[m * 9..][..9]) {
                assert!((factor - wanted).abs() < 0.15, "component {m}: {factor} instead of {wanted}");
            }
        }
        let held_out = samples(&mixture, 2000, 6);
        let likelihood = |components| held_out_log_likelihood(&codes, &held_out, 3, components, 1).unwrap();
        assert!(likelihood(2) > likelihood(1) + 0.5, "{} and {}", likelihood(2), likelihood(1));
        assert!((likelihood(2) - mixture.mean_log_likelihood(&held_out)).abs() < 0.05, "as likely as under the truth");
        let gaussian = GaussianMixture::fit(&codes, 3, 1, 1).unwrap();
        let mean = codes.iter().step_by(3).map(|x| f64::from(*x)).sum::<f64>() / 8000.0;
        let variance = codes.iter().step_by(3).map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / 8000.0;
        assert!((f64::from(gaussian.factors()[0]).powi(2) / variance - 1.0).abs() < 1e-5, "one component is the Gaussian of the codes");
    }

    #[test]
    fn the_likelihood_never_falls_and_threads_change_nothing() {
        let codes = samples(&known(), 3000, 7);
        let fit = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| GaussianMixture::fit_and_log(&codes, 3, 4, 3, &|| true)).unwrap()
        };
        let (mixture, log) = fit(1);
        assert!(log.len() > 3, "clusters that overlap take some steps: {log:?}");
        assert!(log.windows(2).all(|pair| pair[1] >= pair[0] - 1e-9), "{log:?}");
        assert!((mixture.weights().iter().sum::<f32>() - 1.0).abs() < 1e-6);
        let (other, other_log) = fit(3);
        assert_eq!((mixture.means(), mixture.factors(), log), (other.means(), other.factors(), other_log));
        let seeded = GaussianMixture::fit(&codes, 3, 4, 4).unwrap();
        assert_ne!(seeded.means(), mixture.means(), "another seed begins elsewhere");
    }

    #[test]
    fn samples_are_seeded_and_truncated_towards_the_means() {
        let mixture = known();
        assert_eq!(samples(&mixture, 5, 1), samples(&mixture, 5, 1));
        assert_ne!(samples(&mixture, 5, 1), samples(&mixture, 5, 2));
        let [mut none, mut half, mut full] = [0.0, 0.5, 1.0].map(|truncation| MixtureSampler::new(&mixture, 1, truncation));
        for _ in 0..50 {
            let [mean, half, full] = [none.code(), half.code(), full.code()];
            assert!(MEANS.chunks(3).any(|known| known == mean), "{mean:?} is a mean");
            for c in 0..3 {
                assert!((half[c] - 0.5 * (mean[c] + full[c])).abs() < 1e-5, "half way to {full:?}");
            }
        }
    }

    #[test]
    fn what_makes_no_mixture_is_refused() {
        assert_eq!(GaussianMixture::fit(&[1.0; 8], 2, 4, 1).unwrap_err(), MixtureError::TooFewCodes { codes: 4, components: 4 });
        assert_eq!(GaussianMixture::fit(&[], 2, 1, 1).unwrap_err(), MixtureError::TooFewCodes { codes: 0, components: 1 });
        assert_eq!(GaussianMixture::fit(&[1.0; 8], 2, 1, 1).unwrap_err(), MixtureError::NoSpread);
        assert_eq!(GaussianMixture::fit(&[1.0, f32::NAN, 3.0, 4.0], 2, 1, 1).unwrap_err(), MixtureError::NoSpread);
        let flat: Vec<f32> = (0..40).flat_map(|n| [n as f32, 7.0]).collect();
        assert!(GaussianMixture::fit(&flat, 2, 2, 1).unwrap().log_density(&[3.0, 7.0]).is_finite(), "unused directions are no obstacle");
        let codes = samples(&known(), 200, 9);
        let kept = |count: usize| GaussianMixture::of_codes(&codes[..3 * count], 3).map(|mixture| mixture.components());
        assert_eq!([kept(200), kept(20), kept(5), kept(0)], [Some(10), Some(3), None, None], "never more than the codes can determine");
        assert!(GaussianMixture::from_parts(&[], &[], &[]).is_err());
        assert!(GaussianMixture::from_parts(&WEIGHTS, &MEANS, &FACTORS[1..]).is_err());
        assert!(GaussianMixture::from_parts(&[1.0, -1.0], &MEANS, &FACTORS).is_err());
        assert!(GaussianMixture::from_parts(&WEIGHTS, &MEANS, &FACTORS.map(|x| -x)).is_err());
    }
}

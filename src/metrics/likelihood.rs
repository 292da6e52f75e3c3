//! How likely faces are under PCA, read as a Gaussian: probabilistic PCA (Tipping and Bishop 1999, *Probabilistic principal
//! component analysis*).
//!
//! Owns the exact log-likelihood, bits per dimension, and the curve of both over the number of axes, with the best number of axes on
//! held-out faces. The fit itself is the model's business. Everything is computed in f64; sums run in a fixed order.
//!
//! With K axes `a_k` of variance `λ_k` and d values in a face, the covariance is `λ_k` along each axis and `σ²` along the d - K
//! directions that are left, where `σ²` is the mean of the eigenvalues left out: (total variance - sum of `λ_k`) / (d - K). The
//! quadratic form of a centred face x is then the sum of `(a_k·x)² / λ_k` and `(|x|² - sum of (a_k·x)²) / σ²`: it needs projections and
//! one norm, never the covariance matrix.
//!
//! *Log-likelihoods* are in nats per face, of the density of pixel values in [0, 1]. *Bits per dimension* are those of the picture
//! of 8 bits, by uniform dequantisation (Theis, van den Oord and Bethge 2016, *A note on the evaluation of generative models*): of
//! the density of y = b + u, where b are the grey values 0 to 255 and every number of u is uniform in [0, 1). The Gaussian is scaled
//! to grey values (by 255), and its mean is moved by the 1/2 that u adds on average. Nothing is drawn: in expectation over u the
//! quadratic form grows by the variance 1/12 of each number of u times the trace of the inverse covariance of grey values, and that is
//! what is added. The result is an upper bound of what an ideal coder that uses the model spends, divided by d.

use std::collections::BTreeSet;
use std::f64::consts::{LN_2, TAU};

use faer::Mat;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;

use crate::data::{DataError, FaceCache, Faces, SplitChoice, split};
use crate::models::pca::{FitError, PcaFit, fit};
use crate::models::{Density, StoredModel, WeightError};
use crate::progress::Monitor;
use crate::words::{Advice, Setting};

/// The curve goes up to so many axes, if the faces determine as many.
pub const MOST_AXES: usize = 1024;
/// Faces that one thread takes at a time.
const CHUNK: usize = 256;
/// Where the axes leave no more than this share of the variance, what they leave is rounding: eigenvalues come from faces in f32.
const NO_NOISE: f64 = 1e-6;
/// Axes that hold no more than this share of the variance are rounding.
const NO_VARIANCE: f64 = 1e-12;
/// The largest grey value.
const WHITE: f64 = 255.0;

/// Why there is no likelihood.
#[derive(Debug, thiserror::Error)]
pub enum LikelihoodError {
    /// The axes of the curve cannot be fitted, or the user asked to stop.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// Faces cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A tensor of the model is missing or has another shape.
    #[error(transparent)]
    Weights(#[from] WeightError),
    /// There are no faces to judge.
    #[error("there are no faces whose likelihood could be computed; choose another {}", Setting::Split)]
    NoFaces,
    /// Not enough faces to fit on some and judge on others.
    #[error("{faces} faces are too few to hold some out; import at least 3, or name the number of axes")]
    TooFewFaces {
        /// How many there are.
        faces: usize,
    },
    /// The Gaussian is flat in some direction.
    #[error(
        "the axes leave no variance along the other directions of a face, so that a face beside them has no density. \
         Fit with fewer axes, or on more faces"
    )]
    Singular,
    /// Faces of another size than the model.
    #[error("the faces are {faces}x{faces} pixels, but the model's are {model}x{model}; import them {}", Advice::AtSize(*model))]
    Size {
        /// The faces' height and width.
        faces: usize,
        /// The model's.
        model: usize,
    },
}

/// How likely faces are on average.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Likelihood {
    /// The logarithm of the density of pixel values in [0, 1], in nats per face: higher is better.
    pub log_likelihood: f64,
    /// Bits for each of the size * size * 3 values of a face of 8 bits: lower is better.
    pub bits_per_dim: f64,
}

/// A PCA as a Gaussian over faces of d = size * size * 3 values in [0, 1].
#[derive(Clone, Debug)]
pub struct ProbabilisticPca {
    size: usize,
    /// `[d]`
    mean: Vec<f64>,
    /// Orthonormal columns by falling variance, [d, K].
    axes: Mat<f64>,
    /// `[K]`
    variances: Vec<f64>,
    total_variance: f64,
}

/// The Gaussian of the first of the axes.
#[derive(Clone, Copy)]
struct Gaussian<'a> {
    variances: &'a [f64],
    /// Of each of the directions that are left.
    noise_variance: f64,
    /// How many directions are left, d - K.
    noise_directions: f64,
}

/// Squared distances of a face from the mean, or their means over faces: log-densities depend on nothing else, and linearly.
#[derive(Clone, Debug, PartialEq)]
struct Squares {
    /// Along each axis, `[K]`.
    along: Vec<f64>,
    /// In all directions together.
    whole: f64,
}

impl ProbabilisticPca {
    /// The Gaussian of a mean `[d]` and orthonormal axes, row-major [K, d], with the variance along each by falling variance; all
    /// in [0, 1] units. `total_variance`: that of all values of a face together.
    ///
    /// # Panics
    /// Where the lengths do not belong together, or d is none of square pictures of three channels.
    pub fn new(mean: &[f32], axes: &[f32], variances: &[f64], total_variance: f64) -> Self {
        let values = mean.len();
        let size = (values / 3).isqrt();
        assert!(size * size * 3 == values && axes.len() == values * variances.len(), "axes are faces, one for each variance");
        Self {
            size,
            mean: mean.iter().map(|x| f64::from(*x)).collect(),
            axes: Mat::from_fn(values, variances.len(), |i, k| f64::from(axes[k * values + i])),
            variances: variances.to_vec(),
            total_variance,
        }
    }

    /// The Gaussian of a fit.
    pub fn of_fit(fit: &PcaFit) -> Self {
        Self::new(&fit.mean, &fit.axes, &fit.variances, fit.total_variance)
    }

    /// The Gaussian of a stored PCA; `None` for other kinds of models.
    ///
    /// # Errors
    /// [`LikelihoodError::Weights`] where a tensor is missing or has another shape.
    pub fn of_model(stored: &StoredModel) -> Result<Option<Self>, LikelihoodError> {
        let (header, weights) = (&stored.header, &stored.weights);
        if header.kind.facts().density != Density::Pictures {
            return Ok(None);
        }
        let (size, dim) = (header.size, header.latent_dim);
        let (mean, axes) = (weights.get("mean", &[size, size, 3])?, weights.get("axes", &[dim, size, size, 3])?);
        let variances: Vec<f64> = weights.get("sigma", &[dim])?.iter().map(|sigma| f64::from(*sigma).powi(2)).collect();
        let left = header.noise_variance.unwrap_or(0.0) * mean.len().saturating_sub(dim) as f64;
        let total_variance = variances.iter().sum::<f64>() + left;
        Ok(Some(Self::new(mean, axes, &variances, total_variance)))
    }

    /// The logarithm of the density at each face, in nats.
    ///
    /// # Errors
    /// [`LikelihoodError`] where there are no faces, faces of another size, or no density.
    pub fn log_likelihoods(&self, faces: &Faces) -> Result<Vec<f64>, LikelihoodError> {
        let pictures = self.pictures(faces)?;
        let gaussian = self.gaussian(self.variances.len()).ok_or(LikelihoodError::Singular)?;
        let of_chunk = |chunk: &[&[u8]]| self.squares(chunk).iter().map(|squares| gaussian.log_density(squares)).collect::<Vec<f64>>();
        Ok(pictures.par_chunks(CHUNK).flat_map_iter(of_chunk).collect())
    }

    /// How likely faces are on average.
    ///
    /// # Errors
    /// [`LikelihoodError`] where there are no faces, faces of another size, or no density.
    pub fn likelihood(&self, faces: &Faces) -> Result<Likelihood, LikelihoodError> {
        let pictures = self.pictures(faces)?;
        let gaussian = self.gaussian(self.variances.len()).ok_or(LikelihoodError::Singular)?;
        Ok(gaussian.likelihood(&self.mean_squares(&pictures)))
    }

    fn pictures<'a>(&self, faces: &'a Faces) -> Result<Vec<&'a [u8]>, LikelihoodError> {
        match (faces.count(), faces.size()) {
            (0, _) => Err(LikelihoodError::NoFaces),
            (_, size) if size != self.size => Err(LikelihoodError::Size { faces: size, model: self.size }),
            _ => Ok(faces.iter().collect()),
        }
    }

    /// The Gaussian of the first `components` axes; `None` where it is flat in some direction.
    fn gaussian(&self, components: usize) -> Option<Gaussian<'_>> {
        let variances = &self.variances[..components];
        let noise_directions = (self.mean.len() - components) as f64;
        let left = self.total_variance - variances.iter().sum::<f64>();
        let is_flat_beside_them = noise_directions > 0.0 && left <= NO_NOISE * self.total_variance;
        if is_flat_beside_them || variances.iter().any(|variance| *variance <= NO_VARIANCE * self.total_variance) {
            return None;
        }
        let noise_variance = if noise_directions > 0.0 { left / noise_directions } else { 0.0 };
        Some(Gaussian { variances, noise_variance, noise_directions })
    }

    /// The squares of some faces, in their order.
    fn squares(&self, faces: &[&[u8]]) -> Vec<Squares> {
        let centred = Mat::from_fn(self.mean.len(), faces.len(), |i, n| f64::from(faces[n][i]) / WHITE - self.mean[i]); // [d, N]
        let projections = self.axes.transpose() * &centred; // [K, N]
        let of_face = |n: usize| Squares {
            along: projections.col_as_slice(n).iter().map(|z| z * z).collect(),
            whole: centred.col_as_slice(n).iter().map(|x| x * x).sum(),
        };
        (0..faces.len()).map(of_face).collect()
    }

    /// The means of the squares over all faces.
    fn mean_squares(&self, faces: &[&[u8]]) -> Squares {
        let none = || Squares { along: vec![0.0; self.variances.len()], whole: 0.0 };
        let sum = |squares: Vec<Squares>| squares.into_iter().fold(none(), Squares::plus);
        // Collected before they are added: the order is that of the faces, whichever thread was first.
        let parts: Vec<Squares> = faces.par_chunks(CHUNK).map(|chunk| sum(self.squares(chunk))).collect();
        sum(parts).scaled(1.0 / faces.len() as f64)
    }
}

impl Squares {
    fn plus(mut self, other: Self) -> Self {
        self.along.iter_mut().zip(&other.along).for_each(|(sum, square)| *sum += square);
        self.whole += other.whole;
        self
    }

    fn scaled(mut self, factor: f64) -> Self {
        self.along.iter_mut().for_each(|square| *square *= factor);
        self.whole *= factor;
        self
    }
}

impl Gaussian<'_> {
    /// d, the number of values of a face.
    fn values(&self) -> f64 {
        self.variances.len() as f64 + self.noise_directions
    }

    /// The logarithm of the density of numbers in [0, 1], in nats.
    fn log_density(&self, squares: &Squares) -> f64 {
        let along = &squares.along[..self.variances.len()];
        let on_axes: f64 = along.iter().zip(self.variances).map(|(square, variance)| variance.ln() + square / variance).sum();
        let rest = (squares.whole - along.iter().sum::<f64>()).max(0.0);
        let beside =
            if self.noise_directions > 0.0 { self.noise_directions * self.noise_variance.ln() + rest / self.noise_variance } else { 0.0 };
        -0.5 * (self.values() * TAU.ln() + on_axes + beside)
    }

    /// The trace of the inverse of the covariance.
    fn inverse_trace(&self) -> f64 {
        let beside = if self.noise_directions > 0.0 { self.noise_directions / self.noise_variance } else { 0.0 };
        self.variances.iter().map(|variance| 1.0 / variance).sum::<f64>() + beside
    }

    fn likelihood(&self, squares: &Squares) -> Likelihood {
        let log_likelihood = self.log_density(squares);
        let dequantisation = 0.5 * self.inverse_trace() / (12.0 * WHITE * WHITE);
        let bits_per_dim = (dequantisation - log_likelihood) / (self.values() * LN_2) + WHITE.log2();
        Likelihood { log_likelihood, bits_per_dim }
    }
}

/// Bits per dimension of faces under the Gaussian that a stored model is; `None` for models that give no density of faces (an
/// autoencoder's and a GAN's decoders reach a surface only, and nothing beside it).
///
/// # Errors
/// [`LikelihoodError`] where there are no faces, faces of another size, or no density.
pub fn bits_per_dim_of(stored: &StoredModel, faces: &Faces) -> Result<Option<f64>, LikelihoodError> {
    match ProbabilisticPca::of_model(stored)? {
        Some(model) => Ok(Some(model.likelihood(faces)?.bits_per_dim)),
        None => Ok(None),
    }
}

/// One number of axes on the curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// How many axes K.
    pub components: usize,
    /// Of the faces that the axes were fitted on.
    pub training: Likelihood,
    /// Of the faces held out.
    pub held_out: Likelihood,
}

/// Likelihood over the number of axes: where the held-out faces turn, more axes begin to describe the training faces only.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LikelihoodCurve {
    /// By rising number of axes: 1, 2, 3, 4, 6, 8, 12, 16 and on, the best, and the most.
    pub points: Vec<CurvePoint>,
    /// The number of axes, of all up to the most, that costs the fewest bits on held-out faces.
    pub best: CurvePoint,
    /// True where the best is the most that could be measured: more axes might be better still.
    pub at_edge: bool,
    /// How many faces the axes were fitted on.
    pub training_faces: usize,
    /// How many faces were held out.
    pub held_out_faces: usize,
}

/// Measures the curve with a fit of its own, up to [`MOST_AXES`] axes, N - 1, or d - 1: the d-th axis adds nothing to d - 1 axes and one
/// direction that is left. `indices`: the training faces, of which some may be held out by the rule of [`hold_out`].
///
/// # Errors
/// [`LikelihoodError`] where there are too few faces, faces that are all alike, or the monitor cancels.
pub fn likelihood_curve(
    cache: &FaceCache,
    indices: &[usize],
    seed: u64,
    monitor: &dyn Monitor,
) -> Result<LikelihoodCurve, LikelihoodError> {
    let (training, held_out) = hold_out(cache, indices, seed)?;
    let most = MOST_AXES.min(training.len() - 1).min(cache.face_len() - 1);
    let model = ProbabilisticPca::of_fit(&fit(cache, &training, most, monitor)?);
    let faces = cache.gather(&held_out)?;
    let pictures: Vec<&[u8]> = faces.iter().collect();
    let held_out_squares = model.mean_squares(&pictures);
    // What the axes were fitted to is their variances, but for the division by N - 1.
    let fitted = Squares { along: model.variances.clone(), whole: model.total_variance };
    let training_squares = fitted.scaled((training.len() - 1) as f64 / training.len() as f64);
    let point = |components: usize| {
        let gaussian = model.gaussian(components)?;
        let [training, held_out] = [&training_squares, &held_out_squares].map(|squares| gaussian.likelihood(squares));
        Some(CurvePoint { components, training, held_out })
    };
    let all: Vec<CurvePoint> = (1..=most).filter_map(point).collect();
    let by_bits = |a: &&CurvePoint, b: &&CurvePoint| a.held_out.bits_per_dim.total_cmp(&b.held_out.bits_per_dim);
    let (Some(best), Some(last)) = (all.iter().min_by(by_bits), all.last()) else { return Err(LikelihoodError::Singular) };
    let shown: BTreeSet<usize> = steps(last.components).chain([best.components, last.components]).collect();
    Ok(LikelihoodCurve {
        points: all.iter().filter(|point| shown.contains(&point.components)).copied().collect(),
        best: *best,
        at_edge: best.components == last.components,
        training_faces: training.len(),
        held_out_faces: held_out.len(),
    })
}

/// 1, 2, 3, 4, 6, 8, 12, 16 and on, up to `most`: powers of two, and half way between.
fn steps(most: usize) -> impl Iterator<Item = usize> {
    (0..usize::BITS - 2).flat_map(|power| [1_usize << power, 3_usize << power]).filter(move |components| *components <= most)
}

/// Parts faces into those to fit on and those held out, both as ascending indices: held out are the faces marked for validation;
/// where there are none, or nothing else, a tenth of `indices` drawn by the seed.
///
/// # Errors
/// [`LikelihoodError::TooFewFaces`] where fewer than two would be left to fit on.
pub fn hold_out(cache: &FaceCache, indices: &[usize], seed: u64) -> Result<(Vec<usize>, Vec<usize>), LikelihoodError> {
    let is_valid = |index: &usize| SplitChoice::Valid.takes(cache.marks()[*index]);
    let training: Vec<usize> = indices.iter().copied().filter(|index| !is_valid(index)).collect();
    if training.len() > 1 && cache.marks().contains(&split::VALID) {
        return Ok((training, (0..cache.count()).filter(is_valid).collect()));
    }
    if indices.len() < 3 {
        return Err(LikelihoodError::TooFewFaces { faces: indices.len() });
    }
    let mut shuffled = indices.to_vec();
    shuffled.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let mut held_out = shuffled.split_off(shuffled.len() - (shuffled.len() / 10).max(1));
    shuffled.sort_unstable();
    held_out.sort_unstable();
    Ok((shuffled, held_out))
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use rand::RngExt;
    use rand_distr::StandardNormal;

    use super::*;
    use crate::data::{CacheInfo, CacheWriter, FaceRecord, synth};
    use crate::models::ModelKind;
    use crate::models::{ModelHeader, Precision, pca};
    use crate::progress::Silent;

    /// Faces of 4 x 4 pixels.
    const VALUES: usize = 48;

    /// A cache of faces with their marks.
    fn cache_of(place: &Path, faces: &[Vec<u8>], marks: &[u8]) -> FaceCache {
        let path = place.join("faces.safetensors");
        let names: Vec<String> = (0..faces.len()).map(|index| format!("{index:05}.jpg")).collect();
        let mut writer = CacheWriter::create(&path, 4, CacheInfo::default(), names.iter().map(String::as_str)).unwrap();
        for ((face, name), split) in faces.iter().zip(&names).zip(marks) {
            writer.push(face, [FaceRecord { name: name.clone(), split: *split, ..FaceRecord::default() }]).unwrap();
        }
        writer.finish().unwrap();
        FaceCache::open(&path).unwrap()
    }

    /// So many faces for training, then so many for validation.
    fn marks(training: usize, held_out: usize) -> Vec<u8> {
        [vec![split::TRAIN; training], vec![split::VALID; held_out]].concat()
    }

    /// The faces of `scripts/likelihood-reference`, integer for integer.
    fn reference_face(state: &mut u64) -> Vec<u8> {
        let mut below = |most: u64| {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((*state >> 33) % most) as i64
        };
        let strengths: Vec<i64> = (0..6).map(|_| (0..4).map(|_| below(64)).sum::<i64>() - 126).collect();
        let pixel = |p: i64| {
            let weight = |k: i64| ((k * p * 7 + 3 * k + 5 * p + k * k) % 13 - 6) * (6 - k);
            let pattern: i64 = (0..).zip(&strengths).map(|(k, strength)| strength * weight(k)).sum();
            let noise = (0..4).map(|_| below(16)).sum::<i64>() - 30;
            (120 + pattern.div_euclid(64) + noise).clamp(0, 255) as u8
        };
        (0..VALUES as i64).map(pixel).collect()
    }

    /// A face for each draw of `strengths` times patterns plus noise of `sigma` grey values, by a normal distribution.
    fn drawn(count: usize, patterns: &[Vec<f64>], sigma: f64, random: &mut ChaCha8Rng) -> Vec<Vec<u8>> {
        let mut face = || -> Vec<u8> {
            let mut values = vec![128.0; VALUES];
            for pattern in patterns {
                let strength: f64 = random.sample(StandardNormal);
                values.iter_mut().zip(pattern).for_each(|(value, part)| *value += strength * part);
            }
            values.iter().map(|value| (value + sigma * random.sample::<f64, _>(StandardNormal)).round() as u8).collect()
        };
        (0..count).map(|_| face()).collect()
    }

    fn close(found: f64, wanted: f64) {
        assert!((found / wanted - 1.0).abs() < 1e-6, "{found} instead of {wanted}");
    }

    #[test]
    fn likelihoods_agree_with_scikit_learn() {
        let place = tempfile::tempdir().unwrap();
        let mut state = 1;
        let faces: Vec<Vec<u8>> = (0..360).map(|_| reference_face(&mut state)).collect();
        assert_eq!(faces[0][..6], [137, 87, 124, 112, 118, 89]);
        assert_eq!(faces.iter().flatten().map(|byte| u64::from(*byte)).sum::<u64>(), 2_065_101);
        let cache = cache_of(place.path(), &faces, &marks(300, 60));
        let indices = cache.select(SplitChoice::Train).unwrap();
        let [training, held_out] = [&indices, &cache.select(SplitChoice::Valid).unwrap()].map(|indices| cache.gather(indices).unwrap());
        // Axes; score and bits per dimension of training and of held-out faces; the scores of the first faces held out.
        let wanted = [
            (1, [62.637447993, 6.111939656, 62.958546608, 6.102288669], [53.813196374, 63.213926730, 50.419033052]),
            (5, [84.148820632, 5.465811303, 83.406800865, 5.488113558], [86.437630038, 73.686573005, 88.968084518]),
            (20, [85.182640451, 5.434797534, 82.248620869, 5.522982857], [84.481010903, 70.831531403, 88.185513393]),
        ];
        let curve = likelihood_curve(&cache, &indices, 1, &Silent).unwrap();
        for (components, [score, bits, held_out_score, held_out_bits], first) in wanted {
            let model = ProbabilisticPca::of_fit(&fit(&cache, &indices, components, &Silent).unwrap());
            let [of_training, of_held_out] = [&training, &held_out].map(|faces| model.likelihood(faces).unwrap());
            close(of_training.log_likelihood, score);
            close(of_training.bits_per_dim, bits);
            close(of_held_out.log_likelihood, held_out_score);
            close(of_held_out.bits_per_dim, held_out_bits);
            model.log_likelihoods(&held_out).unwrap().into_iter().zip(first).for_each(|(found, wanted)| close(found, wanted));
            // On the curve, though never measured on the training faces.
            if let Some(point) = curve.points.iter().find(|point| point.components == components) {
                close(point.training.log_likelihood, score);
                close(point.held_out.bits_per_dim, held_out_bits);
            }
        }
        assert_eq!((curve.training_faces, curve.held_out_faces), (300, 60));
        assert!(curve.points.windows(2).all(|pair| pair[0].training.log_likelihood < pair[1].training.log_likelihood));
    }

    #[test]
    fn the_number_of_axes_of_a_probabilistic_pca_is_recovered() {
        let place = tempfile::tempdir().unwrap();
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let patterns: Vec<Vec<f64>> =
            (0..7).map(|_| (0..VALUES).map(|_| 6.0 * random.sample::<f64, _>(StandardNormal)).collect()).collect();
        let faces = drawn(1300, &patterns, 4.0, &mut random);
        let cache = cache_of(place.path(), &faces, &marks(300, 1000));
        let curve = likelihood_curve(&cache, &cache.select(SplitChoice::Train).unwrap(), 1, &Silent).unwrap();
        assert_eq!((curve.best.components, curve.at_edge), (7, false));
        let shown: Vec<usize> = curve.points.iter().map(|point| point.components).collect();
        assert_eq!(shown, [1, 2, 3, 4, 6, 7, 8, 12, 16, 24, 32, 47]);
    }

    #[test]
    fn a_best_at_the_edge_is_named() {
        let place = tempfile::tempdir().unwrap();
        // Every value varies by itself, each more than the one before: no direction is like another.
        let patterns: Vec<Vec<f64>> =
            (0..VALUES).map(|k| (0..VALUES).map(|i| if i == k { 1.5 + 0.6 * k as f64 } else { 0.0 }).collect()).collect();
        let faces = drawn(3000, &patterns, 0.0, &mut ChaCha8Rng::seed_from_u64(1));
        let cache = cache_of(place.path(), &faces, &marks(2000, 1000));
        let curve = likelihood_curve(&cache, &cache.select(SplitChoice::Train).unwrap(), 1, &Silent).unwrap();
        assert_eq!((curve.best.components, curve.at_edge), (47, true));
    }

    #[test]
    fn valid_faces_are_held_out_or_else_a_tenth() {
        let place = tempfile::tempdir().unwrap();
        let faces = vec![vec![0; VALUES]; 40];
        let cache = cache_of(place.path(), &faces, &marks(30, 10));
        let all: Vec<usize> = (0..40).collect();
        let parted = (all[..30].to_vec(), all[30..].to_vec());
        for given in [&all[..30], &all[..]] {
            assert_eq!(hold_out(&cache, given, 1).unwrap(), parted, "faces that are held out are not fitted on");
        }
        let tenth = |cache: &FaceCache, given: &[usize], seed| {
            let (training, held_out) = hold_out(cache, given, seed).unwrap();
            let mut both = [training.clone(), held_out.clone()].concat();
            both.sort_unstable();
            assert_eq!(both, given);
            held_out
        };
        assert_eq!(tenth(&cache, &all[30..], 1).len(), 1, "valid faces alone are parted too");
        let unmarked = cache_of(place.path(), &faces, &[split::NONE; 40]);
        assert_eq!(tenth(&unmarked, &all, 1).len(), 4);
        assert_eq!(tenth(&unmarked, &all, 1), tenth(&unmarked, &all, 1));
        assert_ne!(tenth(&unmarked, &all, 1), tenth(&unmarked, &all, 2));
        assert!(matches!(hold_out(&unmarked, &all[..2], 1), Err(LikelihoodError::TooFewFaces { faces: 2 })));
    }

    #[test]
    fn few_faces_give_no_infinite_numbers() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("faces.safetensors");
        synth::write_cache(30, 7, 8, &path, &Silent).unwrap();
        let cache = FaceCache::open(&path).unwrap();
        let curve = likelihood_curve(&cache, &(0..12).collect::<Vec<usize>>(), 1, &Silent).unwrap();
        assert!(curve.points.iter().all(|point| point.held_out.bits_per_dim.is_finite()), "{curve:?}");
        let alike = cache_of(place.path(), &vec![vec![9; VALUES]; 20], &marks(16, 4));
        assert!(matches!(likelihood_curve(&alike, &(0..16).collect::<Vec<usize>>(), 1, &Silent), Err(LikelihoodError::Singular)));
    }

    #[test]
    fn stored_models_give_the_same_or_say_why_not() {
        let place = tempfile::tempdir().unwrap();
        let mut state = 3;
        let faces: Vec<Vec<u8>> = (0..50).map(|_| reference_face(&mut state)).collect();
        let cache = cache_of(place.path(), &faces, &marks(40, 10));
        let [training, held_out] = [SplitChoice::Train, SplitChoice::Valid].map(|choice| cache.select(choice).unwrap());
        let stored = |components: usize| {
            let fitted = fit(&cache, &training, components, &Silent).unwrap();
            let header = ModelHeader {
                name: "model".into(),
                kind: ModelKind::Pca,
                size: 4,
                latent_dim: components,
                faces: 40,
                origin: String::new(),
                licence: String::new(),
                noise_variance: Some(fitted.noise_variance),
                network: None,
                training: None,
            };
            let weights = fitted.weights(4, Precision::Single);
            let frame = pca::frame(&header, &weights).unwrap().unwrap();
            (StoredModel { header, frame, weights: Arc::new(weights) }, fitted)
        };
        let (model, fitted) = stored(6);
        let held_out = cache.gather(&held_out).unwrap();
        let bits = bits_per_dim_of(&model, &held_out).unwrap().unwrap();
        close(bits, ProbabilisticPca::of_fit(&fitted).likelihood(&held_out).unwrap().bits_per_dim);
        let other_size = held_out.resized(8);
        assert!(matches!(bits_per_dim_of(&model, &other_size), Err(LikelihoodError::Size { faces: 8, model: 4 })));
        assert!(matches!(bits_per_dim_of(&model, &cache.gather(&[]).unwrap()), Err(LikelihoodError::NoFaces)));
        assert!(matches!(bits_per_dim_of(&stored(39).0, &held_out), Err(LikelihoodError::Singular)), "39 axes of 40 faces leave nothing");
        let mut generator = model;
        generator.header.kind = ModelKind::Gan;
        assert_eq!(bits_per_dim_of(&generator, &held_out).unwrap(), None);
    }
}

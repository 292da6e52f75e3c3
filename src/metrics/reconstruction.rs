//! How far reconstructions are from their originals: mean squared error, PSNR and SSIM of every face.
//!
//! Owns the definitions on 8-bit pictures, in [0, 1] units. PSNR is averaged over faces. SSIM: Wang, Bovik, Sheikh and Simoncelli 2004,
//! "Image Quality Assessment", with the settings of their code: a Gaussian window of 11 x 11 pixels with sigma 1.5, K1 = 0.01, K2 = 0.03,
//! a data range of 1, variances that are divided by the sum of the weights. It is the mean over the places where the whole window lies
//! inside the picture (a border of 5 pixels is left out), and over the channels: scikit-image's
//! `structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.0, channel_axis=-1)`.

use rayon::prelude::*;

use super::pyramid::CHANNELS;
use crate::data::Faces;

/// Pixels of the window of SSIM along a side; smaller faces have no SSIM.
pub const WINDOW: usize = 11;
const SIGMA: f64 = 1.5;
/// (K L) squared, for the means and for the variances.
const C1: f64 = 0.01 * 0.01;
const C2: f64 = 0.03 * 0.03;

/// How far a reconstruction is from its original, or the means over many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaceError {
    /// Mean squared error over pixels and channels, in [0, 1] units.
    pub mse: f64,
    /// Peak signal-to-noise ratio in dB: 10 log10(1 / MSE).
    pub psnr: f64,
    /// Structural similarity, at most 1; `None` for faces of less than 11 pixels.
    pub ssim: Option<f64>,
}

/// The error of every face.
///
/// # Panics
/// Where the two are not as many faces of one size.
pub fn face_errors(originals: &Faces, reconstructions: &Faces) -> Vec<FaceError> {
    assert_eq!((originals.size(), originals.count()), (reconstructions.size(), reconstructions.count()), "one reconstruction for each");
    let size = originals.size();
    (0..originals.count()).into_par_iter().map(|index| face_error(originals.face(index), reconstructions.face(index), size)).collect()
}

/// The mean of every figure over faces: of PSNR, not of the MSE that it is made of. `None` for no faces.
pub fn mean_error(errors: &[FaceError]) -> Option<FaceError> {
    let mean = |figure: &dyn Fn(&FaceError) -> f64| errors.iter().map(figure).sum::<f64>() / errors.len() as f64;
    let first = errors.first()?;
    let ssim = first.ssim.map(|_| mean(&|error| error.ssim.unwrap_or(0.0)));
    Some(FaceError { mse: mean(&|error| error.mse), psnr: mean(&|error| error.psnr), ssim })
}

fn face_error(original: &[u8], reconstruction: &[u8], size: usize) -> FaceError {
    let squares: u64 = original.iter().zip(reconstruction).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum();
    let mse_of = |squares: u64| squares as f64 / original.len() as f64 / (255.0 * 255.0);
    FaceError {
        mse: mse_of(squares),
        // A face without any error counts as one with a single byte that is off by one, so that means stay finite.
        psnr: -10.0 * mse_of(squares.max(1)).log10(),
        ssim: (size >= WINDOW).then(|| ssim(&unit(original), &unit(reconstruction), size)),
    }
}

fn unit(face: &[u8]) -> Vec<f64> {
    face.iter().map(|byte| f64::from(*byte) / 255.0).collect()
}

/// SSIM of two pictures [size, size, 3] in [0, 1].
fn ssim(a: &[f64], b: &[f64], size: usize) -> f64 {
    let window = window();
    let mean = |values: &[f64]| through_window(values, size, &window);
    let mean_of_product = |a: &[f64], b: &[f64]| mean(&a.iter().zip(b).map(|(a, b)| a * b).collect::<Vec<f64>>());
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (aa, bb, ab) = (mean_of_product(a, a), mean_of_product(b, b), mean_of_product(a, b));
    let similarity = |at: usize| {
        let (a, b) = (mean_a[at], mean_b[at]);
        let (variance_a, variance_b, covariance) = (aa[at] - a * a, bb[at] - b * b, ab[at] - a * b);
        (2.0 * a * b + C1) * (2.0 * covariance + C2) / ((a * a + b * b + C1) * (variance_a + variance_b + C2))
    };
    (0..mean_a.len()).map(similarity).sum::<f64>() / mean_a.len() as f64
}

/// The window along one axis; its weights add up to 1.
fn window() -> [f64; WINDOW] {
    let weights: [f64; WINDOW] = std::array::from_fn(|at| (-0.5 * ((at as f64 - (WINDOW / 2) as f64) / SIGMA).powi(2)).exp());
    let sum: f64 = weights.iter().sum();
    weights.map(|weight| weight / sum)
}

/// Weighted means at every place where the window fits: [size, size, 3] to [size - 10, size - 10, 3].
fn through_window(values: &[f64], size: usize, window: &[f64; WINDOW]) -> Vec<f64> {
    let (row, places) = (size * CHANNELS, size - WINDOW + 1);
    let mut means = vec![0.0; places * places * CHANNELS];
    let mut column_means = vec![0.0; row];
    for (y, means) in means.chunks_exact_mut(places * CHANNELS).enumerate() {
        column_means.fill(0.0);
        for (at, weight) in window.iter().enumerate() {
            add_weighted(&mut column_means, &values[(y + at) * row..][..row], *weight);
        }
        for (at, weight) in window.iter().enumerate() {
            add_weighted(means, &column_means[at * CHANNELS..][..places * CHANNELS], *weight);
        }
    }
    means
}

fn add_weighted(sum: &mut [f64], line: &[f64], weight: f64) {
    sum.iter_mut().zip(line).for_each(|(sum, value)| *sum += weight * value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::formula::{mixed, pictures};

    #[test]
    fn errors_agree_with_scikit_image() {
        let originals = pictures(0, 5, 32);
        let errors = face_errors(&originals, &mixed(&originals, &pictures(50, 5, 32)));
        let mean = mean_error(&errors).unwrap();
        for (found, wanted) in [
            (mean.mse, 0.005_635_867_21),
            (mean.psnr, 22.492_583_4),
            (mean.ssim.unwrap(), 0.895_204_307),
            (errors[0].ssim.unwrap(), 0.892_889_076),
        ] {
            assert!((found - wanted).abs() < 1e-6, "{found} instead of {wanted}");
        }
    }

    #[test]
    fn perfect_reconstructions_have_no_error_and_finite_figures() {
        let faces = pictures(4, 3, 16);
        let mean = mean_error(&face_errors(&faces, &faces)).unwrap();
        assert_eq!(mean.mse, 0.0);
        assert!((mean.ssim.unwrap() - 1.0).abs() < 1e-12);
        let mut pixels = faces.pixels().to_vec();
        pixels[0] += 1;
        let nearly = face_errors(&faces, &Faces::new(16, pixels));
        assert!(nearly[0].mse > 0.0 && (nearly[0].psnr - mean.psnr).abs() < 1e-9, "{nearly:?}");
        assert!((mean.psnr - 10.0 * (768.0_f64 * 255.0 * 255.0).log10()).abs() < 1e-9);
    }

    #[test]
    fn small_faces_have_no_ssim_and_no_faces_no_figures() {
        let faces = pictures(0, 2, 10);
        assert_eq!(mean_error(&face_errors(&faces, &faces)).unwrap().ssim, None);
        assert_eq!(mean_error(&[]), None);
    }
}

//! Curves over the number of axes of a PCA, and the likelihood of codes.

use faer::Mat;

use crate::data::{FaceCache, Faces};
use crate::engine::EngineError;
use crate::engine::evaluate::{SizedFaces, TrainingFaces, default_split};
use crate::latent::held_out_log_likelihood;
use crate::metrics::{LikelihoodCurve, likelihood_curve};
use crate::models::pca::{PcaFit, fit};
use crate::models::{Density, FaceModel};
use crate::progress::{Monitor, Progress, is_cancelled};
use crate::report::{CodeLikelihood, PcaErrors};

/// Errors are measured up to so many axes.
const MOST_AXES: usize = 256;
/// Less than this mean squared error, in [0, 1] units, is none: what 8-bit pictures cannot tell apart.
const EXACT: f64 = 1e-6;
/// Faces projected at a time.
const CHUNK: usize = 256;
/// A mixture is fitted to at most so many codes.
const CODES: usize = 4096;
/// Components of the mixture.
const COMPONENTS: usize = 10;

/// Likelihood over the number of axes; `None`, and a warning, where the faces do not allow it.
pub fn likelihood_of(faces: &SizedFaces, seed: u64, monitor: &dyn Monitor) -> Result<Option<LikelihoodCurve>, EngineError> {
    let TrainingFaces { cache, indices: training, .. } = faces.training()?;
    match likelihood_curve(&cache, &training, seed, monitor).map_err(EngineError::from) {
        Ok(curve) => Ok(Some(curve)),
        Err(error) if is_cancelled(&error) => Err(error),
        Err(error) => {
            monitor.warn(format!("there is no likelihood curve: {error}"));
            Ok(None)
        }
    }
}

/// Errors of held-out faces over the number of axes, and PSNR of the first `invert` of them; `None`, and a warning, where there are too few
/// training faces.
pub fn pca_errors(faces: &SizedFaces, invert: usize, monitor: &dyn Monitor) -> Result<Option<PcaErrors>, EngineError> {
    let TrainingFaces { cache, indices: training, .. } = faces.training()?;
    let most = MOST_AXES.min(training.len().saturating_sub(1)).min(cache.face_len());
    if most == 0 {
        monitor.warn("there are no training faces, so errors are not compared with those of a PCA".into());
        return Ok(None);
    }
    let fitted = fit(&cache, &training, most, monitor)?;
    let data = FaceCache::open(faces.data())?;
    let held_out = data.select(default_split(data.marks()))?;
    let errors = errors_over_axes(&fitted, &data, &held_out, monitor)?;
    let psnr = psnr_over_axes(&fitted, &data.gather(&held_out[..invert.min(held_out.len())])?);
    let shown = |k: &usize| k.is_power_of_two() || (k.is_multiple_of(3) && (k / 3).is_power_of_two()) || *k == most;
    let points = |figures: &[f64]| (1..=figures.len()).filter(shown).map(|k| (k, figures[k - 1])).collect();
    Ok(Some(PcaErrors { size: data.size(), points: points(&errors), psnr: points(&psnr), training_faces: training.len() }))
}

/// The mean squared error with 1, 2 and on axes.
fn errors_over_axes(fitted: &PcaFit, cache: &FaceCache, indices: &[usize], monitor: &dyn Monitor) -> Result<Vec<f64>, EngineError> {
    let mut sums = vec![0.0_f64; fitted.variances.len()];
    for (chunk, done) in indices.chunks(CHUNK).zip((0..).step_by(CHUNK)) {
        monitor.report(Progress { stage: "measuring errors", unit: "faces", done, total: indices.len() as u64, part: None });
        monitor.ensure_wanted()?;
        for errors in errors_of_faces(fitted, &cache.gather(chunk)?) {
            sums.iter_mut().zip(errors).for_each(|(sum, error)| *sum += error);
        }
    }
    Ok(sums.into_iter().map(|sum| sum / indices.len() as f64).collect())
}

/// The mean PSNR of faces with 1, 2 and on axes, in dB; nothing where there are none.
fn psnr_over_axes(fitted: &PcaFit, faces: &Faces) -> Vec<f64> {
    let errors = errors_of_faces(fitted, faces);
    let count = errors.len() as f64;
    let mean = |k: usize| errors.iter().map(|errors| -10.0 * errors[k].max(EXACT).log10()).sum::<f64>() / count;
    (0..fitted.variances.len()).filter(|_| !errors.is_empty()).map(mean).collect()
}

/// The mean squared error of each face with 1, 2 and on axes: what the first k projections leave of the squared distance from the mean.
fn errors_of_faces(fitted: &PcaFit, faces: &Faces) -> Vec<Vec<f64>> {
    let (values, most) = (fitted.mean.len(), fitted.variances.len());
    let axes = Mat::from_fn(most, values, |k, i| fitted.axes[k * values + i]); // [K, d]
    let centred = Mat::from_fn(values, faces.count(), |i, n| f32::from(faces.face(n)[i]) / 255.0 - fitted.mean[i]); // [d, N]
    let projections = &axes * &centred; // [K, N]
    let square = |x: &f32| f64::from(*x).powi(2);
    let of_face = |n: usize| {
        let whole = centred.col_as_slice(n).iter().map(square).sum::<f64>();
        let left = projections.col_as_slice(n).iter().scan(whole, |left, z| {
            *left -= square(z);
            Some(left.max(0.0) / values as f64)
        });
        left.collect()
    };
    (0..faces.count()).map(of_face).collect()
}

/// How likely the codes of held-out faces are under one Gaussian and under a mixture, both fitted to codes of training faces; `None` for
/// models other than autoencoders, and, with a warning, where there are too few faces.
pub fn code_likelihood(
    model: &dyn FaceModel,
    faces: &SizedFaces,
    held_out: &[usize],
    seed: u64,
    monitor: &dyn Monitor,
) -> Result<Option<CodeLikelihood>, EngineError> {
    if model.header().kind.facts().density != Density::Codes {
        return Ok(None);
    }
    let TrainingFaces { cache: training, indices, .. } = faces.training()?;
    let held_out = &held_out[..held_out.len().min(CODES)];
    // Spread over all training faces, whichever order they have.
    let step = indices.len().div_ceil(CODES).max(1);
    let indices: Vec<usize> = indices.into_iter().step_by(step).collect();
    let training_codes = encode(model, &training, &indices, monitor)?;
    let held_out_codes = encode(model, &FaceCache::open(faces.data())?, held_out, monitor)?;
    let dim = model.frame().code_dim();
    let of = |components| held_out_log_likelihood(&training_codes, &held_out_codes, dim, components, seed);
    match of(1).and_then(|gaussian| Ok((gaussian, of(COMPONENTS)?))) {
        Ok((gaussian, mixture)) => Ok(Some(CodeLikelihood {
            gaussian,
            mixture,
            components: COMPONENTS,
            training_codes: indices.len(),
            held_out_codes: held_out.len(),
        })),
        Err(error) => {
            monitor.warn(format!("{} has no likelihood of codes: {error}", model.header().title()));
            Ok(None)
        }
    }
}

fn encode(model: &dyn FaceModel, cache: &FaceCache, indices: &[usize], monitor: &dyn Monitor) -> Result<Vec<f32>, EngineError> {
    let mut codes = Vec::new();
    for (batch, done) in indices.chunks(CHUNK).zip((0..).step_by(CHUNK)) {
        monitor.report(Progress { stage: "encoding", unit: "faces", done, total: indices.len() as u64, part: None });
        monitor.ensure_wanted()?;
        codes.extend(model.encode(&cache.gather(batch)?).unwrap_or_default());
    }
    Ok(codes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{SplitChoice, synth};
    use crate::metrics::face_errors;
    use crate::progress::Silent;

    #[test]
    fn errors_fall_and_end_at_the_variance_that_is_left() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("faces.safetensors");
        synth::write_cache(60, 3, 16, &path, &Silent).unwrap();
        let cache = FaceCache::open(&path).unwrap();
        let training = cache.select(SplitChoice::Train).unwrap();
        let fitted = fit(&cache, &training, 12, &Silent).unwrap();
        let errors = errors_over_axes(&fitted, &cache, &training, &Silent).unwrap();
        assert!(errors.windows(2).all(|pair| pair[1] <= pair[0]), "{errors:?}");
        // Variances of a sample are divided by N - 1.
        let (n, values) = (training.len() as f64, cache.face_len() as f64);
        let left = (fitted.total_variance - fitted.variances.iter().sum::<f64>()) * (n - 1.0) / n / values;
        assert!((errors[11] / left - 1.0).abs() < 0.01, "{} instead of {left}", errors[11]);
        let faces = SizedFaces::new(&path, None, 16, &Silent).unwrap();
        let shown = pca_errors(&faces, 2, &Silent).unwrap().unwrap();
        assert_eq!(shown.points.iter().map(|point| point.0).take(7).collect::<Vec<_>>(), [1, 2, 3, 4, 6, 8, 12]);
        assert_eq!(shown.psnr.len(), shown.points.len());
        assert_eq!(pca_errors(&faces, 0, &Silent).unwrap().unwrap().psnr, []);
    }

    #[test]
    fn psnr_is_that_of_every_face_on_average_as_of_what_comes_back_through_a_model() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("faces.safetensors");
        synth::write_cache(60, 3, 16, &path, &Silent).unwrap();
        let cache = FaceCache::open(&path).unwrap();
        let fitted = fit(&cache, &cache.select(SplitChoice::Train).unwrap(), 6, &Silent).unwrap();
        let faces = cache.gather(&cache.select(SplitChoice::Valid).unwrap()).unwrap();
        assert!(faces.count() > 1);
        // Reconstructed the plain way, with all six axes.
        let values = fitted.mean.len();
        let mut pixels = Vec::new();
        for face in faces.iter() {
            let centred: Vec<f32> = face.iter().zip(&fitted.mean).map(|(byte, mean)| f32::from(*byte) / 255.0 - mean).collect();
            let mut back = fitted.mean.clone();
            for axis in fitted.axes.chunks_exact(values).take(6) {
                let z: f32 = axis.iter().zip(&centred).map(|(axis, value)| axis * value).sum();
                back.iter_mut().zip(axis).for_each(|(back, axis)| *back += z * axis);
            }
            pixels.extend(back.iter().map(|value| (value * 255.0).round().clamp(0.0, 255.0) as u8));
        }
        let errors = face_errors(&faces, &Faces::new(16, pixels));
        let wanted = errors.iter().map(|error| error.psnr).sum::<f64>() / errors.len() as f64;
        let found = psnr_over_axes(&fitted, &faces)[5];
        assert!((found - wanted).abs() < 0.2, "{found} and {wanted} dB");
    }
}

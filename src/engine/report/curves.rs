//! Curves over the number of axes of a PCA, and the likelihood of codes.

use faer::Mat;

use crate::data::FaceCache;
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

/// Errors of held-out faces over the number of axes; `None`, and a warning, where there are too few training faces.
pub fn pca_errors(faces: &SizedFaces, monitor: &dyn Monitor) -> Result<Option<PcaErrors>, EngineError> {
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
    let shown = |k: &usize| k.is_power_of_two() || (k.is_multiple_of(3) && (k / 3).is_power_of_two()) || *k == most;
    let points = (1..=most).filter(shown).map(|k| (k, errors[k - 1])).collect();
    Ok(Some(PcaErrors { size: data.size(), points, training_faces: training.len() }))
}

/// The mean squared error with 1, 2 and on axes: what the first k projections leave of the squared distance from the mean.
fn errors_over_axes(fitted: &PcaFit, cache: &FaceCache, indices: &[usize], monitor: &dyn Monitor) -> Result<Vec<f64>, EngineError> {
    let (values, most) = (fitted.mean.len(), fitted.variances.len());
    let axes = Mat::from_fn(most, values, |k, i| fitted.axes[k * values + i]); // [K, d]
    let (mut along, mut whole) = (vec![0.0_f64; most], 0.0_f64);
    let square = |x: &f32| f64::from(*x).powi(2);
    for (chunk, done) in indices.chunks(CHUNK).zip((0..).step_by(CHUNK)) {
        monitor.report(Progress { stage: "measuring errors", unit: "faces", done, total: indices.len() as u64, part: None });
        monitor.ensure_wanted()?;
        let faces = cache.gather(chunk)?;
        let centred = Mat::from_fn(values, chunk.len(), |i, n| f32::from(faces.face(n)[i]) / 255.0 - fitted.mean[i]); // [d, N]
        let projections = &axes * &centred; // [K, N]
        for n in 0..chunk.len() {
            whole += centred.col_as_slice(n).iter().map(square).sum::<f64>();
            along.iter_mut().zip(projections.col_as_slice(n)).for_each(|(sum, z)| *sum += square(z));
        }
    }
    let count = (indices.len() * values) as f64;
    let errors = along.iter().scan(whole, |left, along| {
        *left -= along;
        Some(left.max(0.0) / count)
    });
    Ok(errors.collect())
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
        let shown = pca_errors(&faces, &Silent).unwrap().unwrap();
        assert_eq!(shown.points.iter().map(|point| point.0).take(7).collect::<Vec<_>>(), [1, 2, 3, 4, 6, 8, 12]);
    }
}

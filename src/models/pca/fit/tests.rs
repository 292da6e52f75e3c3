//! The fit against what PCA promises, and the iteration against the exact decomposition.

use super::*;
use crate::data::synth;
use crate::data::{CacheInfo, CacheWriter, FaceRecord};
use crate::progress::{CancelFlag, Progress, Silent};

fn synthetic(count: usize, size: usize) -> (tempfile::TempDir, FaceCache) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("faces.safetensors");
    synth::write_cache(count, 7, size, &path, &Silent).unwrap();
    let cache = FaceCache::open(&path).unwrap();
    (place, cache)
}

fn all(cache: &FaceCache) -> Vec<usize> {
    (0..cache.count()).collect()
}

/// Orthonormal, sorted, and each axis holds as much variance of the faces as it says.
fn check(cache: &FaceCache, indices: &[usize], fit: &PcaFit, tolerance: f64) {
    let values = cache.face_len();
    let axis = |k: usize| &fit.axes[k * values..(k + 1) * values];
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    assert!(fit.variances.windows(2).all(|pair| pair[0] >= pair[1]));
    for i in 0..fit.variances.len() {
        for j in 0..=i {
            let wanted = if i == j { 1.0 } else { 0.0 };
            assert!((dot(axis(i), axis(j)) - wanted).abs() < 1e-5, "axes {i} and {j}: {}", dot(axis(i), axis(j)));
        }
        let code = |index: &usize| {
            let face = cache.gather(&[*index]).unwrap();
            let face = face.face(0).iter().zip(&fit.mean).map(|(byte, mean)| f32::from(*byte) / 255.0 - mean);
            dot(&face.collect::<Vec<f32>>(), axis(i))
        };
        let variance = indices.iter().map(|index| code(index).powi(2)).sum::<f64>() / (indices.len() - 1) as f64;
        assert!((variance - fit.variances[i]).abs() <= tolerance * fit.variances[0], "axis {i}: {variance} against {}", fit.variances[i]);
    }
}

#[test]
fn few_faces_and_few_values_are_fitted_exactly() {
    for (count, size, components) in [(20, 8, 19), (12, 16, 5), (300, 4, 48), (2, 8, 1)] {
        let (_place, cache) = synthetic(count, size);
        let indices = all(&cache);
        let fit = fit(&cache, &indices, components, &Silent).unwrap();
        check(&cache, &indices, &fit, 1e-5);
        let sum: f64 = fit.explained_variance_ratio().iter().sum();
        if components == (count - 1).min(size * size * 3) {
            assert!((sum - 1.0).abs() < 1e-5 && fit.noise_variance < 1e-7, "{components} axes explain {sum}");
        }
    }
}

#[test]
fn the_iteration_agrees_with_the_exact_decomposition() {
    let (_place, cache) = synthetic(700, 16);
    let indices = all(&cache);
    let components = 32;
    let iterated = fit(&cache, &indices, components, &Silent).unwrap();
    check(&cache, &indices, &iterated, 1e-5);
    let matrix = FacesMatrix::measure(&cache, &indices, 2, &Silent).unwrap();
    let exact = exact::spectrum(&matrix, components).unwrap();
    for (k, (found, wanted)) in iterated.variances.iter().zip(&exact.values).enumerate() {
        assert!((found - wanted).abs() < 1e-3 * wanted, "axis {k}: {found} against {wanted}");
    }
    assert!((iterated.noise_variance * (768 - 32) as f64 + iterated.variances.iter().sum::<f64>() - iterated.total_variance).abs() < 1e-9);
}

#[test]
fn same_faces_same_bits() {
    let (_place, cache) = synthetic(600, 16);
    let indices = all(&cache);
    let fits = [0, 1].map(|_| fit(&cache, &indices, 10, &Silent).unwrap());
    assert_eq!(fits[0].axes, fits[1].axes);
    assert_eq!(fits[0].variances, fits[1].variances);
}

#[test]
fn faces_that_are_all_alike_still_give_axes() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("faces.safetensors");
    for count in [9, 1000] {
        let names: Vec<String> = (0..count).map(|index| format!("{index}.jpg")).collect();
        let mut writer = CacheWriter::create(&path, 16, CacheInfo::default(), names.iter().map(String::as_str)).unwrap();
        for name in &names {
            writer.push(&[99; 768], [FaceRecord { name: name.clone(), ..FaceRecord::default() }]).unwrap();
        }
        writer.finish().unwrap();
        let cache = FaceCache::open(&path).unwrap();
        let fit = fit(&cache, &all(&cache), 8, &Silent).unwrap();
        check(&cache, &all(&cache), &fit, 1.0);
        let weights = fit.weights(16, Precision::Single);
        assert!(weights.get("sigma", &[8]).unwrap().iter().all(|sigma| *sigma > 0.0), "no axis is without a scale");
    }
}

#[test]
fn too_many_components_are_refused_with_the_limit() {
    let (_place, cache) = synthetic(10, 8);
    let message = fit(&cache, &all(&cache), 10, &Silent).unwrap_err().to_string();
    assert!(message.contains("at most 9"), "{message}");
}

#[test]
fn a_fit_can_be_cancelled_and_reports_all_its_faces() {
    struct CancelAt(u64, CancelFlag, std::sync::Mutex<Vec<Progress>>);
    impl Monitor for CancelAt {
        fn report(&self, progress: Progress) {
            if progress.done >= self.0 {
                self.1.raise();
            }
            self.2.lock().unwrap().push(progress);
        }
        fn warn(&self, _message: String) {}
        fn cancelled(&self) -> bool {
            self.1.is_raised()
        }
    }
    let (_place, cache) = synthetic(600, 16);
    let stop = CancelAt(900, CancelFlag::default(), Default::default());
    assert!(matches!(fit(&cache, &all(&cache), 10, &stop), Err(FitError::Cancelled(_))));
    let whole = CancelAt(u64::MAX, CancelFlag::default(), Default::default());
    fit(&cache, &all(&cache), 10, &whole).unwrap();
    let reports = whole.2.into_inner().unwrap();
    assert!(reports.windows(2).all(|pair| pair[0].done < pair[1].done));
    assert_eq!(reports[0].total, 600 * 6);
}

//! The job that gives an autoencoder the mixture of Gaussians that a finished training leaves of its codes: for models that were trained
//! before there were mixtures, and for those whose training has not ended.
//!
//! Owns which models can have one, and that nothing else in their folder changes. Codes and fit are those of the training.

use std::path::PathBuf;
use std::time::Instant;

use serde::Serialize;

use super::error::EngineError;
use super::mixture_fit_error::MixtureFitError;
use super::open::open_model;
use super::other_size::OtherSize;
use crate::backend::BackendChoice;
use crate::data::FaceCache;
use crate::files::write_atomically;
use crate::latent::GaussianMixture;
use crate::models::{MixtureFact, MixtureWeights, ModelError, ModelHeader, StoredModel, WEIGHTS, Weights};
use crate::progress::Monitor;
use crate::training::{TrainingFaces, is_locked};
use crate::words::counted;

/// Fits a mixture to the codes of an autoencoder.
#[derive(Clone, Debug)]
pub struct FitMixture {
    /// The model folder; of what stands there only the weights are written anew.
    pub model: PathBuf,
    /// The face cache that it was trained on.
    pub data: PathBuf,
}

/// What was fitted.
#[derive(Clone, Debug, Serialize)]
pub struct FitMixtureSummary {
    /// The model's name.
    pub model: String,
    /// How many Gaussians the mixture has.
    pub components: usize,
    /// How many training faces were encoded.
    pub faces: usize,
    /// How likely their codes are under the mixture: the mean logarithm of the density, in nats per face.
    pub log_likelihood: f64,
    /// How long it took.
    pub seconds: f64,
    /// The model folder.
    pub path: PathBuf,
}

/// Runs the job.
///
/// # Errors
/// [`EngineError`] where the model or the faces cannot be used, the model is being trained, or the monitor cancels; it is as it was then.
pub fn fit_mixture(job: &FitMixture, monitor: &dyn Monitor) -> Result<FitMixtureSummary, EngineError> {
    let start = Instant::now();
    let stored = StoredModel::open(&job.model)?;
    ensure_fits(&stored.header)?;
    ensure_idle(job)?;
    let faces = faces_of(job, &stored.header, monitor)?;
    let (mixture, log_likelihood) = fit(job, &stored, &faces, monitor)?;
    monitor.ensure_wanted()?;
    // A training may have come and gone meanwhile, and what it has written is not to be replaced.
    ensure_idle(job)?;
    if StoredModel::open(&job.model)?.fingerprint() != stored.fingerprint() {
        return Err(MixtureFitError::Changed { path: job.model.clone() }.into());
    }
    let mut weights = Weights::clone(&stored.weights);
    weights.insert_mixture(&mixture);
    write_atomically(&job.model.join(WEIGHTS), &weights.to_safetensors()).map_err(ModelError::from)?;
    Ok(FitMixtureSummary {
        model: stored.header.name,
        components: mixture.components(),
        faces: faces.count(),
        log_likelihood,
        seconds: start.elapsed().as_secs_f64(),
        path: job.model.clone(),
    })
}

fn ensure_idle(job: &FitMixture) -> Result<(), MixtureFitError> {
    if is_locked(&job.model) { Err(MixtureFitError::Busy { path: job.model.clone() }) } else { Ok(()) }
}

/// Refuses a kind whose codes no mixture can stand for.
fn ensure_fits(header: &ModelHeader) -> Result<(), MixtureFitError> {
    let (model, kind) = (header.name.clone(), header.kind.label());
    match header.kind.facts().mixture {
        MixtureFact::Fits => Ok(()),
        MixtureFact::OneGaussian => Err(MixtureFitError::OneGaussian { model, kind }),
        MixtureFact::NoEncoder => Err(MixtureFitError::NoEncoder { model, kind }),
    }
}

/// The faces that a training on this face cache learns from.
fn faces_of(job: &FitMixture, header: &ModelHeader, monitor: &dyn Monitor) -> Result<TrainingFaces, EngineError> {
    let cache = FaceCache::open(&job.data)?;
    let (model, data, size) = (header.name.clone(), job.data.clone(), cache.size());
    if size != header.size {
        return Err(MixtureFitError::from(OtherSize { model, model_size: header.size, data, size, other: "face cache" }).into());
    }
    // The seed orders faces, and here their order is that of the cache.
    let faces = TrainingFaces::new(cache, 0)?;
    if faces.count() != header.faces {
        monitor.warn(format!(
            "{model} was trained on {}, and {} holds {} for training: the mixture is of these",
            counted(header.faces as u64, "face"),
            data.display(),
            faces.count()
        ));
    }
    Ok(faces)
}

/// The mixture of the codes of `faces`, and its mean log-likelihood in nats per face.
fn fit(
    job: &FitMixture,
    stored: &StoredModel,
    faces: &TrainingFaces,
    monitor: &dyn Monitor,
) -> Result<(GaussianMixture, f64), EngineError> {
    // The processor computes the same everywhere, so the same faces give the same mixture.
    let (model, _) = open_model(stored, BackendChoice::Cpu)?;
    let codes = faces.codes(model.as_ref(), monitor)?.expect("what has codes that a mixture fits has an encoder");
    let dim = stored.frame.code_dim();
    let mixture = GaussianMixture::of_codes(&codes, dim).ok_or_else(|| MixtureFitError::Codes {
        model: stored.header.name.clone(),
        dim,
        data: job.data.clone(),
        faces: faces.count(),
    })?;
    let log_likelihood = mixture.mean_log_likelihood(&codes);
    Ok((mixture, log_likelihood))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::backend::Cpu;
    use crate::data::synth;
    use crate::latent::LatentFrame;
    use crate::models::autoencoder::{Autoencoder, AutoencoderConfig};
    use crate::models::layers::store_parameters;
    use crate::models::{FrameWeights, ModelKind, Precision};
    use crate::progress::{Progress, Silent, is_cancelled};

    /// Wants to stop from the beginning.
    struct Impatient;

    impl Monitor for Impatient {
        fn report(&self, _progress: Progress) {}
        fn warn(&self, _message: String) {}
        fn cancelled(&self) -> bool {
            true
        }
    }

    /// An autoencoder for 16 pixels that has learned nothing, in half precision, with codes of three numbers and a turned frame.
    fn untrained() -> StoredModel {
        let config = AutoencoderConfig { size: 16, channels: 4, widest: 8, latent_dim: 3 };
        let mut weights = Weights::default();
        store_parameters(&Autoencoder::<Cpu>::new(&config, 1, &Default::default()), Precision::Half, &mut weights);
        let axes = vec![0.6, 0.8, 0.0, -0.8, 0.6, 0.0, 0.0, 0.0, 1.0];
        let frame = LatentFrame::rotated(vec![0.5, -0.25, 0.1], axes, vec![2.0, 1.0, 0.3], vec![0.7, 0.2, 0.1]).unwrap();
        weights.insert_frame(&frame);
        let header = ModelHeader {
            name: "untrained".into(),
            kind: ModelKind::Autoencoder,
            size: 16,
            latent_dim: 3,
            faces: 54,
            origin: "nowhere".into(),
            licence: "none".into(),
            noise_variance: None,
            network: Some(config.into()),
            training: None,
        };
        StoredModel { header, frame, weights: Arc::new(weights) }
    }

    /// The job for the model above, and 60 synthetic faces, 54 of them for training.
    fn job(place: &Path) -> FitMixture {
        let job = FitMixture { model: place.join("untrained"), data: place.join("faces.safetensors") };
        untrained().save(&job.model, b"a picture").unwrap();
        synth::write_cache(60, 1, 16, &job.data, &Silent).unwrap();
        job
    }

    /// Every file of a folder with its bytes, in order.
    fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let files = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![(path.clone(), fs::read(&path).unwrap())] };
        paths.into_iter().flat_map(files).collect()
    }

    #[test]
    fn an_autoencoder_has_its_mixture_afterwards_and_nothing_else_has_changed() {
        let place = tempfile::tempdir().unwrap();
        let job = job(place.path());
        fs::create_dir(job.model.join("resume")).unwrap();
        fs::write(job.model.join("resume/state.ron"), "a run").unwrap();
        fs::write(job.model.join("figures.json"), "{}").unwrap();
        let (before, files_before) = (StoredModel::open(&job.model).unwrap(), files(&job.model));
        let summary = fit_mixture(&job, &Silent).unwrap();
        assert_eq!((summary.model.as_str(), summary.faces, summary.components), ("untrained", 54, 9), "54 faces / (2 * 3 numbers)");
        // The mixture of a finished training: that of all codes at once.
        let faces = TrainingFaces::new(FaceCache::open(&job.data).unwrap(), 1).unwrap().all().unwrap();
        let codes = open_model(&before, BackendChoice::Cpu).unwrap().0.encode(&faces).unwrap();
        let mixture = GaussianMixture::of_codes(&codes, 3).unwrap();
        assert_eq!(summary.log_likelihood, mixture.mean_log_likelihood(&codes));
        let mut wanted = Weights::clone(&before.weights);
        wanted.insert_mixture(&mixture);
        let after = StoredModel::open(&job.model).unwrap();
        assert_eq!(*after.weights, wanted, "every other number and its precision are the same");
        assert_eq!((&after.header, &after.frame), (&before.header, &before.frame));
        assert_eq!(after.weights.mixture(3).unwrap().unwrap().components(), 9);
        let is_other = |(path, _): &(PathBuf, Vec<u8>)| !path.ends_with(WEIGHTS);
        let others = |files: Vec<(PathBuf, Vec<u8>)>| files.into_iter().filter(is_other).collect::<Vec<_>>();
        assert_eq!(others(files(&job.model)), others(files_before), "header, preview and what stands beside them");
        let written = files(&job.model);
        fit_mixture(&job, &Silent).unwrap();
        assert_eq!(files(&job.model), written, "fitted again, it is the same to the last byte");
    }

    #[test]
    fn what_can_have_no_mixture_is_refused_and_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let good = job(place.path());
        let before = files(&good.model);
        let message = |job: &FitMixture| fit_mixture(job, &Silent).unwrap_err().to_string();
        let pca = place.path().join("pca");
        StoredModel::embedded().unwrap().save(&pca, b"").unwrap();
        assert!(message(&FitMixture { model: pca, ..good.clone() }).contains("one Gaussian already"));
        let gan = ModelHeader { kind: ModelKind::Gan, ..untrained().header };
        assert!(ensure_fits(&gan).unwrap_err().to_string().contains("no encoder"));
        let (small, few) = (place.path().join("small.safetensors"), place.path().join("few.safetensors"));
        synth::write_cache(60, 1, 8, &small, &Silent).unwrap();
        synth::write_cache(4, 1, 16, &few, &Silent).unwrap();
        let of_size = message(&FitMixture { data: small, ..good.clone() });
        assert!(of_size.contains("at 16 pixels") && of_size.contains("small.safetensors"), "{of_size}");
        let of_few = message(&FitMixture { data: few, ..good.clone() });
        assert!(of_few.contains("few.safetensors") && of_few.contains("4 are too few"), "{of_few}");
        assert!(message(&FitMixture { model: place.path().join("nowhere"), ..good.clone() }).contains("nowhere"));
        assert!(is_cancelled(&fit_mixture(&good, &Impatient).unwrap_err()));
        assert_eq!(files(&good.model), before);
    }
}

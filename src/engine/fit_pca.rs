//! The job that fits PCA to a face cache and writes its model folder.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;

use super::{EngineError, preview_png};
use crate::data::{FaceCache, SplitChoice};
use crate::metrics::{LikelihoodCurve, likelihood_curve};
use crate::models::pca::{self, fit};
use crate::models::{MODEL, Precision, StoredModel};
use crate::progress::Monitor;

/// The seed of the faces that are held out where none are marked.
const SEED: u64 = 1;

/// How many axes K are fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Components {
    /// So many, at most min(faces - 1, values of a face).
    Count(usize),
    /// As many as make held-out faces most likely under probabilistic PCA.
    Auto,
}

/// Fits PCA.
#[derive(Clone, Debug)]
pub struct FitPca {
    /// The face cache.
    pub data: PathBuf,
    /// How many axes K.
    pub components: Components,
    /// Which faces; by default those marked for training where there are any, else all.
    pub split: Option<SplitChoice>,
    /// The model folder to write.
    pub out: PathBuf,
    /// How the axes are stored.
    pub precision: Precision,
    /// Where the faces come from; by default what the face cache says.
    pub origin: Option<String>,
    /// Under which terms the model may be used.
    pub licence: Option<String>,
}

/// What was fitted.
#[derive(Clone, Debug, Serialize)]
pub struct FitPcaSummary {
    /// How many axes K.
    pub latent_dim: usize,
    /// The share of the total variance along each axis, in [0, 1].
    pub explained_variance_ratio: Vec<f64>,
    /// The variance along each direction that the axes leave, in [0, 1] pixel units.
    pub noise_variance: f64,
    /// How many faces it was fitted on.
    pub faces: usize,
    /// How long it took.
    pub seconds: f64,
    /// The model folder.
    pub path: PathBuf,
    /// Likelihood over the number of axes, where that was to be found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likelihood: Option<LikelihoodCurve>,
}

/// Runs the job.
///
/// # Errors
/// [`EngineError`] where the data or the output cannot be used, K is too large, or the monitor cancels.
pub fn fit_pca(job: &FitPca, monitor: &dyn Monitor) -> Result<FitPcaSummary, EngineError> {
    let start = Instant::now();
    MODEL.ensure_replaceable(&job.out).map_err(crate::models::ModelError::from)?;
    let cache = FaceCache::open(&job.data)?;
    let split = job.split.unwrap_or_else(|| SplitChoice::default_for_fitting(cache.marks()));
    // Faces marked for training are a default, not a wall: where there are none, `train` means all.
    let split = if split == SplitChoice::Train { SplitChoice::default_for_fitting(cache.marks()) } else { split };
    let indices = cache.select(split)?;
    let likelihood = match job.components {
        Components::Count(_) => None,
        Components::Auto => Some(likelihood_curve(&cache, &indices, SEED, monitor)?),
    };
    let components = match (job.components, &likelihood) {
        (Components::Count(count), _) => count,
        (Components::Auto, curve) => curve.as_ref().expect("the curve was just measured").best.components,
    };
    if likelihood.as_ref().is_some_and(|curve| curve.at_edge) {
        monitor.warn(format!("{components} axes are the most that were measured; more might make held-out faces more likely still"));
    }
    // Fitted anew, so that the model is that of `--components K`.
    let fitted = fit(&cache, &indices, components, monitor)?;
    let weights = fitted.weights(cache.size(), job.precision);
    let name = job.out.file_name().unwrap_or(job.out.as_os_str()).to_string_lossy().into_owned();
    let origin = job.origin.clone().unwrap_or_else(|| origin(&cache, split, indices.len()));
    let licence = job.licence.clone().unwrap_or_else(|| "the terms of the faces that it was fitted on".into());
    let header = pca::header(name.clone(), cache.size(), &fitted, origin, licence);
    let unusable = |source| EngineError::Weights { name: name.clone(), source };
    let frame = pca::frame(&header, &weights).map_err(unusable)?.expect("a fit has positive sigmas and one ratio for each");
    let stored = StoredModel { header, frame, weights: Arc::new(weights) };
    stored.save(&job.out, &preview_png(&stored)?)?;
    Ok(FitPcaSummary {
        latent_dim: components,
        explained_variance_ratio: fitted.explained_variance_ratio(),
        noise_variance: fitted.noise_variance,
        faces: fitted.faces,
        seconds: start.elapsed().as_secs_f64(),
        path: job.out.clone(),
        likelihood,
    })
}

/// Where the faces of a split of a cache come from, in a sentence.
pub(super) fn origin(cache: &FaceCache, split: SplitChoice, faces: usize) -> String {
    let info = cache.info();
    let sources = if info.sources.is_empty() { cache.path().display().to_string() } else { info.sources.join(", ") };
    let made = if info.is_drawn() { "drawn, not photographed".into() } else { format!("crop {}, resized with {}", info.crop, info.filter) };
    format!("{faces} faces (split {}) of {sources}; {made}", split.word())
}

//! The job that trains the encoder beside a generator, so that the way back from a picture begins near its place, and measures with held-out
//! faces, where there are some, which pictures the generator cannot say.
//!
//! Owns which models can have one, and that nothing else in their folder changes.

use std::path::PathBuf;
use std::time::Instant;

use serde::Serialize;

use super::error::EngineError;
use super::error_limit::{limit_of_errors, limit_of_samples};
use super::evaluate::default_split;
use super::inverter_fit_error::InverterFitError;
use super::open::{open_inverter, open_model};
use super::other_size::OtherSize;
use crate::backend::BackendChoice;
use crate::data::{FaceCache, Faces};
use crate::metrics::face_errors;
use crate::models::{ErrorLimit, FaceModel, InverterFile, ModelError, PlacedModel, StoredInverter, generator_fingerprint};
use crate::progress::Monitor;
use crate::training::{InversionSettings, Invert, InverterPlan, is_locked};
use crate::words::counted;

/// Held-out faces that the limit is measured with.
const MEASURED: usize = 200;
/// Fewer do not tell where 99 in 100 lie.
const FEWEST: usize = 50;

/// Trains the encoder of a generator.
#[derive(Clone, Debug)]
pub struct FitInverter {
    /// The model; where it has a folder and does not ship, the encoder is written there, else into the user's cache.
    pub model: PlacedModel,
    /// The face cache with held-out faces that the limit is measured with; without one it comes from the model's own samples.
    pub data: Option<PathBuf>,
    /// How the encoder learns.
    pub plan: InverterPlan,
}

/// What was trained.
#[derive(Clone, Debug, Serialize)]
pub struct FitInverterSummary {
    /// The model's name.
    pub model: String,
    /// Samples that the encoder has learned from.
    pub images: u64,
    /// Its mean squared error in z, of samples that it had not seen; whoever says nothing has 1.
    pub error: f32,
    /// The mean squared error, in [0, 1] units, beyond which a picture is none that the generator can say.
    pub limit: f64,
    /// Of how many held-out faces the limit is the 99th percentile; 0 where it comes from the model's own samples.
    pub faces: usize,
    /// How long it took.
    pub seconds: f64,
    /// The file.
    pub path: PathBuf,
}

/// Runs the job.
///
/// # Errors
/// [`EngineError`] where the model or the faces cannot be used, the model is being trained, or the monitor cancels; all is as it was then.
pub fn fit_inverter(job: &FitInverter, monitor: &dyn Monitor) -> Result<FitInverterSummary, EngineError> {
    let start = Instant::now();
    let FitInverter { model, data, plan } = job;
    let header = &model.stored.header;
    let not_inverted = || InverterFitError::NotInverted { model: header.name.clone(), kind: header.kind.label() };
    let mut invert = open_inverter(&model.stored)?.ok_or_else(not_inverted)?;
    ensure_idle(model)?;
    let file = InverterFile::of(model).ok_or_else(|| InverterFitError::NoPlace { model: header.name.clone() })?;
    ensure_free(&file)?;
    let faces = data.as_deref().map(|data| held_out(data, model, monitor)).transpose()?.flatten();
    let learned = invert.train(plan, monitor)?;
    let (opened, _) = open_model(&model.stored, BackendChoice::Cpu)?;
    let limit = match faces {
        Some(faces) => measured(invert.as_ref(), opened.as_ref(), &faces, monitor)?,
        None => limit_of_samples(opened.as_ref()),
    };
    monitor.ensure_wanted()?;
    // A training may have come meanwhile, whose folder this is now.
    ensure_idle(model)?;
    ensure_free(&file)?;
    let stored = StoredInverter { encoder: learned.weights, generator: generator_fingerprint(&model.stored.weights), limit };
    file.save(&stored).map_err(ModelError::from)?;
    Ok(FitInverterSummary {
        model: header.name.clone(),
        images: plan.images,
        error: learned.error,
        limit: limit.mse,
        faces: limit.faces,
        seconds: start.elapsed().as_secs_f64(),
        path: file.path().to_path_buf(),
    })
}

fn ensure_free(file: &InverterFile) -> Result<(), InverterFitError> {
    if file.is_free() { Ok(()) } else { Err(InverterFitError::Foreign { path: file.path().to_path_buf() }) }
}

fn ensure_idle(model: &PlacedModel) -> Result<(), InverterFitError> {
    match &model.folder {
        Some(path) if is_locked(path) => Err(InverterFitError::Busy { path: path.clone() }),
        _ => Ok(()),
    }
}

/// Faces that were held out, spread over all of them; `None` where they are too few, which is told.
fn held_out(data: &std::path::Path, model: &PlacedModel, monitor: &dyn Monitor) -> Result<Option<Faces>, EngineError> {
    let cache = FaceCache::open(data)?;
    let (header, size) = (&model.stored.header, cache.size());
    if size != header.size {
        let (model, data) = (header.name.clone(), data.to_path_buf());
        return Err(InverterFitError::from(OtherSize { model, model_size: header.size, data, size, other: "face cache" }).into());
    }
    let indices = cache.select(default_split(cache.marks()))?;
    if indices.len() < FEWEST {
        monitor.warn(format!(
            "{} holds {} that were held out, and fewer than {FEWEST} do not tell which pictures {} cannot say; its own samples do instead",
            data.display(),
            counted(indices.len() as u64, "face"),
            header.title()
        ));
        return Ok(None);
    }
    let count = MEASURED.min(indices.len());
    Ok(Some(cache.gather(&(0..count).map(|at| indices[at * indices.len() / count]).collect::<Vec<_>>())?))
}

fn measured(invert: &dyn Invert, model: &dyn FaceModel, faces: &Faces, monitor: &dyn Monitor) -> Result<ErrorLimit, EngineError> {
    let found = invert.invert(faces, &InversionSettings::default(), monitor, &mut |_| {})?;
    let codes: Vec<f32> = found.into_iter().flat_map(|found| found.code).collect();
    Ok(limit_of_errors(face_errors(faces, &model.decode(&codes)).into_iter().map(|error| error.mse).collect()))
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
    use crate::models::gan::{GENERATOR, GanConfig, Generator};
    use crate::models::layers::store_parameters;
    use crate::models::{FrameWeights, INVERTER, ModelHeader, ModelKind, Precision, StoredModel, Weights};
    use crate::progress::{Noted, Silent};

    /// A generator for 16 pixels that has learned nothing, in a folder.
    fn untrained(folder: &Path) -> PlacedModel {
        let config = GanConfig { size: 16, widths: vec![8, 6, 4], latent_dim: 4, ..GanConfig::default() };
        let (mut generator, mut weights) = (Weights::default(), Weights::default());
        store_parameters(&Generator::<Cpu>::new(&config, 1, &Default::default()), Precision::Single, &mut generator);
        weights.extend(GENERATOR, generator);
        let frame =
            LatentFrame::rotated(vec![0.0; 4], (0..16).map(|at| f32::from(u8::from(at % 5 == 0))).collect(), vec![1.0; 4], vec![0.25; 4]);
        let frame = frame.unwrap();
        weights.insert_frame(&frame);
        let header = ModelHeader {
            name: "untrained".into(),
            kind: ModelKind::Gan,
            size: 16,
            latent_dim: 4,
            faces: 54,
            origin: "nowhere".into(),
            licence: "none".into(),
            noise_variance: None,
            network: Some(config.into()),
            training: None,
        };
        let stored = StoredModel { header, frame, weights: Arc::new(weights) };
        stored.save(folder, b"").unwrap();
        PlacedModel { stored: StoredModel::open(folder).unwrap(), folder: Some(folder.to_path_buf()) }
    }

    fn job(place: &Path) -> FitInverter {
        let model = untrained(&place.join("untrained"));
        FitInverter { model, data: None, plan: InverterPlan { images: 64, ..InverterPlan::default() } }
    }

    #[test]
    fn an_encoder_stands_in_the_folder_and_is_found_there() {
        let place = tempfile::tempdir().unwrap();
        let job = job(place.path());
        let summary = fit_inverter(&job, &Silent).unwrap();
        assert_eq!((summary.images, summary.faces, &summary.path), (64, 0, &place.path().join("untrained").join(INVERTER)));
        assert!(summary.error.is_finite() && summary.limit > 0.0);
        let kept = StoredInverter::find(&job.model, |_| true).unwrap();
        assert!((kept.limit.mse / summary.limit - 1.0).abs() < 1e-5, "{kept:?}");
        let bytes = fs::read(&summary.path).unwrap();
        fit_inverter(&job, &Silent).unwrap();
        assert_eq!(fs::read(&summary.path).unwrap(), bytes, "trained again, it is the same to the last byte");
    }

    #[test]
    fn held_out_faces_set_the_limit_and_those_of_another_size_are_refused() {
        let place = tempfile::tempdir().unwrap();
        let (data, small) = (place.path().join("faces.safetensors"), place.path().join("small.safetensors"));
        synth::write_cache(20 * FEWEST, 1, 16, &data, &Silent).unwrap();
        synth::write_cache(40, 1, 8, &small, &Silent).unwrap();
        let with = |data: &Path| FitInverter { data: Some(data.to_path_buf()), ..job(place.path()) };
        let listener = Noted::new(&Silent);
        let summary = fit_inverter(&with(&data), &listener).unwrap();
        assert!(summary.faces >= FEWEST && summary.limit > 0.0, "{summary:?}");
        assert!(listener.into_warnings().is_empty());
        let message = fit_inverter(&with(&small), &Silent).unwrap_err().to_string();
        assert!(message.contains("small.safetensors") && message.contains("at 16 pixels"), "{message}");
    }

    #[test]
    fn too_few_held_out_faces_set_no_limit() {
        let place = tempfile::tempdir().unwrap();
        let data = place.path().join("faces.safetensors");
        synth::write_cache(40, 1, 16, &data, &Silent).unwrap();
        let listener = Noted::new(&Silent);
        let summary = fit_inverter(&FitInverter { data: Some(data), ..job(place.path()) }, &listener).unwrap();
        let without = fit_inverter(&job(place.path()), &Silent).unwrap();
        assert_eq!((summary.faces, summary.limit), (0, without.limit), "that of the model's own samples");
        let warnings = listener.into_warnings();
        assert!(matches!(&warnings[..], [one] if one.contains("faces.safetensors holds 2 faces")), "{warnings:?}");
    }

    #[test]
    fn what_is_of_others_is_left_alone_before_anything_is_trained() {
        let place = tempfile::tempdir().unwrap();
        let job = job(place.path());
        let theirs = place.path().join("untrained").join(INVERTER);
        fs::write(&theirs, b"mine").unwrap();
        let long = FitInverter { plan: InverterPlan { images: u64::MAX / 2, ..job.plan.clone() }, ..job };
        let message = fit_inverter(&long, &Silent).unwrap_err().to_string();
        assert!(message.contains(INVERTER) && message.contains("Move it away"), "{message}");
        assert_eq!(fs::read(&theirs).unwrap(), b"mine");
    }

    #[test]
    fn a_model_with_an_encoder_needs_none() {
        let model = PlacedModel { stored: StoredModel::embedded().unwrap(), folder: None };
        let message = fit_inverter(&FitInverter { model, data: None, plan: InverterPlan::default() }, &Silent).unwrap_err().to_string();
        assert!(message.contains("is a PCA"), "{message}");
    }
}

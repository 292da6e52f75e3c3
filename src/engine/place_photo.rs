//! The job that finds the place of a photo in the latent space of a model, and shows the way there.
//!
//! Owns what is told on the way: codes, which mean the same whatever axes are on screen. What becomes of them is the session's business.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::error::EngineError;
use super::open::open_model;
use super::way_back::{FoundCodes, beyond_limit, codes_of};
use crate::backend::BackendChoice;
use crate::data::{Background, Crop, load_face};
use crate::metrics::face_errors;
use crate::models::PlacedModel;
use crate::progress::{Monitor, Progress};
use crate::training::InversionSettings;

/// Finds the place of a photo.
#[derive(Clone, Debug)]
pub struct PlacePhoto {
    /// The model.
    pub model: PlacedModel,
    /// The photo.
    pub picture: PathBuf,
    /// How a place is searched for, for a model that has no encoder.
    pub settings: InversionSettings,
    /// Where the places on the way are told.
    pub stages: PhotoStages,
}

/// Codes on the way to a place, in order, until they are taken.
#[derive(Clone, Debug, Default)]
pub struct PhotoStages(Arc<Mutex<VecDeque<Vec<f32>>>>);

/// Where a photo lies.
#[derive(Clone, Debug, PartialEq)]
pub struct PhotoPlace {
    /// The photo.
    pub picture: PathBuf,
    /// Its code, `[D]`.
    pub code: Vec<f32>,
    /// How far the face there is from it: PSNR in dB.
    pub psnr: f64,
    /// How long it took.
    pub seconds: f64,
}

impl PhotoStages {
    /// The next code on the way, if there is another one by now.
    pub fn take(&self) -> Option<Vec<f32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// Tells the next one.
    pub fn tell(&self, code: &[f32]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(code.to_vec());
    }
}

/// Runs the job. A picture that the model cannot say is placed, with a warning.
///
/// # Errors
/// [`EngineError`] where the photo or the model cannot be used, or the monitor cancels.
pub fn place_photo(job: &PlacePhoto, monitor: &dyn Monitor) -> Result<PhotoPlace, EngineError> {
    let start = Instant::now();
    let header = &job.model.stored.header;
    monitor.report(Progress { stage: "reading", unit: "pictures", done: 0, total: 1, part: None });
    let photo = load_face(&job.picture, header.size, Crop::Auto, Background::default())?;
    let (model, _) = open_model(&job.model.stored, BackendChoice::Cpu)?;
    let found = codes_of(&job.model, model.as_ref(), &photo, &job.settings, monitor, &mut |code| job.stages.tell(code))?;
    let Some(FoundCodes { codes, limit }) = found else { return Err(EngineError::NoWayBack { model: header.title() }) };
    monitor.ensure_wanted()?;
    let error = face_errors(&photo, &model.decode(&codes))[0];
    let name = job.picture.file_name().unwrap_or_default().to_string_lossy();
    if let Some(warning) = beyond_limit(&name, &header.title(), error.mse, limit, &job.settings) {
        monitor.warn(warning);
    }
    Ok(PhotoPlace { picture: job.picture.clone(), code: codes, psnr: error.psnr, seconds: start.elapsed().as_secs_f64() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::face_png;
    use crate::latent::Latent;
    use crate::models::StoredModel;
    use crate::progress::{Silent, is_cancelled};

    struct Impatient;

    impl Monitor for Impatient {
        fn report(&self, _progress: Progress) {}
        fn warn(&self, _message: String) {}
        fn cancelled(&self) -> bool {
            true
        }
    }

    #[test]
    fn a_photo_lies_where_its_encoder_says() {
        let place = tempfile::tempdir().unwrap();
        let picture = place.path().join("me.png");
        let stored = StoredModel::embedded().unwrap();
        let (model, _) = open_model(&stored, BackendChoice::Cpu).unwrap();
        let face = model.decode_latents(&[Latent(vec![0.8, -0.5, 0.25])]);
        std::fs::write(&picture, face_png(face.size(), face.face(0))).unwrap();
        let model = PlacedModel { stored, folder: None };
        let job = PlacePhoto { model, picture, settings: InversionSettings::default(), stages: PhotoStages::default() };
        let found = place_photo(&job, &Silent).unwrap();
        let latent = job.model.stored.frame.to_latent(&found.code);
        assert!((latent.0[0] - 0.8).abs() < 0.05 && (latent.0[1] + 0.5).abs() < 0.05, "{:?}", &latent.0[..3]);
        assert!(found.psnr > 30.0 && job.stages.take().is_none(), "an encoder goes no way");
        assert!(is_cancelled(&place_photo(&job, &Impatient).unwrap_err()));
        let message = place_photo(&PlacePhoto { picture: place.path().join("nowhere.png"), ..job }, &Silent).unwrap_err().to_string();
        assert!(message.contains("nowhere.png"), "{message}");
    }
}

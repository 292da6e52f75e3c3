//! The way back from pictures to codes: the encoder of a model that has one, or, for a generator, a search that begins with an encoder from
//! wherever it is kept. Where none is kept, one is trained first, and kept in the user's cache.
//!
//! Owns when that is so, and what is said of a picture that a generator cannot say. How encoders learn and places are searched for is
//! the training's business.

use super::error::EngineError;
use super::error_limit::limit_of_samples;
use super::open::{open_inverter, open_model};
use crate::backend::BackendChoice;
use crate::data::Faces;
use crate::models::{ErrorLimit, FaceModel, PlacedModel, StoredInverter, generator_fingerprint};
use crate::progress::Monitor;
use crate::training::{Inversion, InversionSettings, Invert, InverterPlan, is_locked};

/// A generator whose codes can be searched for.
pub struct WayBack {
    invert: Box<dyn Invert>,
    /// Beyond which error a picture is none that it can say; `None` for a generator that is being trained.
    pub limit: Option<ErrorLimit>,
}

impl WayBack {
    /// Opens that of a model; `None` for one that is not inverted.
    ///
    /// # Errors
    /// [`EngineError::Weights`] where weights are missing, [`EngineError::Cancelled`].
    pub fn open(model: &PlacedModel, monitor: &dyn Monitor) -> Result<Option<Self>, EngineError> {
        let Some(mut invert) = open_inverter(&model.stored)? else { return Ok(None) };
        // In a moment its weights are others: the search begins without an encoder.
        if model.folder.as_deref().is_some_and(is_locked) {
            return Ok(Some(Self { invert, limit: None }));
        }
        let kept = StoredInverter::find(model).filter(|kept| invert.adopt(&kept.encoder).is_ok());
        let limit = match kept {
            Some(kept) => kept.limit,
            None => trained(model, invert.as_mut(), monitor)?.limit,
        };
        Ok(Some(Self { invert, limit: Some(limit) }))
    }

    /// The places of faces; `on_stage` is told of those of the first one on the way there.
    ///
    /// # Errors
    /// [`EngineError::Cancelled`].
    ///
    /// # Panics
    /// Where the faces have another size than the model's.
    pub fn invert(
        &self,
        faces: &Faces,
        settings: &InversionSettings,
        monitor: &dyn Monitor,
        on_stage: &mut dyn FnMut(&[f32]),
    ) -> Result<Vec<Inversion>, EngineError> {
        Ok(self.invert.invert(faces, settings, monitor, on_stage)?)
    }
}

/// Trains an encoder of the usual length, and keeps it where it can be found again.
fn trained(model: &PlacedModel, invert: &mut dyn Invert, monitor: &dyn Monitor) -> Result<StoredInverter, EngineError> {
    let encoder = invert.train(&InverterPlan::default(), monitor)?.weights;
    let (opened, _) = open_model(&model.stored, BackendChoice::Cpu)?;
    let stored =
        StoredInverter { encoder, generator: generator_fingerprint(&model.stored.weights), limit: limit_of_samples(opened.as_ref()) };
    let saved = StoredInverter::cached_file_of(model).map(|path| stored.save(&path));
    if let Some(Err(error)) = saved {
        monitor.warn(format!("the encoder of {} is not kept: {error}", model.stored.header.title()));
    }
    Ok(stored)
}

/// Codes of faces, and beyond which error one is no face that the model can say.
pub struct FoundCodes {
    /// Row-major [N, code dimension].
    pub codes: Vec<f32>,
    /// For a generator.
    pub limit: Option<ErrorLimit>,
}

/// The codes of faces, however the model comes by them; `None` for a model without any way back. `on_stage` is told of those of the first
/// one on the way there.
///
/// # Errors
/// [`EngineError`] where weights are missing, or the monitor cancels.
///
/// # Panics
/// Where the faces have another size than the model's.
pub fn codes_of(
    placed: &PlacedModel,
    model: &dyn FaceModel,
    faces: &Faces,
    settings: &InversionSettings,
    monitor: &dyn Monitor,
    on_stage: &mut dyn FnMut(&[f32]),
) -> Result<Option<FoundCodes>, EngineError> {
    if let Some(codes) = model.encode(faces) {
        return Ok(Some(FoundCodes { codes, limit: None }));
    }
    let Some(way_back) = WayBack::open(placed, monitor)? else { return Ok(None) };
    let found = way_back.invert(faces, settings, monitor, on_stage)?;
    Ok(Some(FoundCodes { codes: found.into_iter().flat_map(|found| found.code).collect(), limit: way_back.limit }))
}

/// What is said of a picture that a generator cannot say; `None` of others.
pub fn beyond_limit(picture: &str, title: &str, mse: f64, limit: Option<ErrorLimit>) -> Option<String> {
    let ErrorLimit { mse: most, faces } = limit.filter(|limit| mse > limit.mse)?;
    let than = if faces > 0 {
        format!("of 99 in 100 of {faces} held-out faces ({most:.4})")
    } else {
        format!("between a sample of the model and the one that is most like it ({most:.4})")
    };
    Some(format!(
        "{picture} is hardly a face that {title} can say: the error of the nearest place that was found, {mse:.4}, is larger than that {than}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_beyond_the_limit_is_told_of_and_no_other() {
        let limit = |faces| Some(ErrorLimit { mse: 0.02, faces });
        let told = beyond_limit("car.png", "GAN · mine · k 64", 0.031, limit(200)).unwrap();
        assert!(told.contains("car.png") && told.contains("0.0310") && told.contains("200 held-out faces (0.0200)"), "{told}");
        assert!(beyond_limit("car.png", "mine", 0.031, limit(0)).unwrap().contains("a sample of the model"));
        assert_eq!(beyond_limit("me.png", "mine", 0.02, limit(200)), None);
        assert_eq!(beyond_limit("me.png", "mine", 9.0, None), None);
    }
}

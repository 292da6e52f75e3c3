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
use crate::models::{ErrorLimit, FaceModel, InverterFile, PlacedModel, StoredInverter, Weights, generator_fingerprint};
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
        let mut misfits = 0;
        let mut fits = |encoder: &Weights| {
            let fits = invert.adopt(encoder).is_ok();
            misfits += usize::from(!fits);
            fits
        };
        let kept = StoredInverter::find(model, &mut fits);
        if kept.is_none() && misfits > 0 {
            let title = model.stored.header.title();
            monitor.warn(format!("the encoder that is kept of {title} does not fit its generator, so another one is trained"));
        }
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

/// What tells apart the encoder that a search in the space of a model begins with; `None` where none is kept that fits.
pub fn kept_encoder(model: &PlacedModel) -> Option<u64> {
    let mut invert = open_inverter(&model.stored).ok()??;
    StoredInverter::find(model, |encoder| invert.adopt(encoder).is_ok()).map(|kept| kept.encoder.fingerprint())
}

/// Trains an encoder of the usual length, and keeps it where it can be found again.
fn trained(model: &PlacedModel, invert: &mut dyn Invert, monitor: &dyn Monitor) -> Result<StoredInverter, EngineError> {
    let encoder = invert.train(&InverterPlan::default(), monitor)?.weights;
    let (opened, _) = open_model(&model.stored, BackendChoice::Cpu)?;
    let stored =
        StoredInverter { encoder, generator: generator_fingerprint(&model.stored.weights), limit: limit_of_samples(opened.as_ref()) };
    let title = model.stored.header.title();
    match InverterFile::cached(model).map(|file| file.save(&stored)) {
        Some(Ok(())) => {}
        Some(Err(error)) => monitor.warn(format!("the encoder of {title} is not kept: {error}")),
        None => monitor.warn(format!("this user has no folder for a cache, so the encoder of {title} is trained anew each time")),
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

/// What is said of a picture that a generator cannot say; `None` of others. The limit is that of a search of the usual length: of a shorter one
/// nothing is known but that it may not have come near.
pub fn beyond_limit(picture: &str, title: &str, mse: f64, limit: Option<ErrorLimit>, settings: &InversionSettings) -> Option<String> {
    let ErrorLimit { mse: most, faces } = limit.filter(|limit| mse > limit.mse)?;
    let than = if faces > 0 {
        format!("of 99 in 100 of {faces} held-out faces ({most:.4})")
    } else {
        format!("between a sample of the model and the one that is most like it ({most:.4})")
    };
    let usual = InversionSettings::default();
    Some(if settings.steps < usual.steps || settings.starts < usual.starts {
        format!(
            "whether {title} can say {picture} is not known after a search as short as this: the error of the nearest place that was found, \
             {mse:.4}, is larger than that {than}. Search with {} steps from {} places to tell",
            usual.steps, usual.starts
        )
    } else {
        format!(
            "{picture} is hardly a face that {title} can say: the error of the nearest place that was found, {mse:.4}, is larger than that \
             {than}"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_beyond_the_limit_is_told_of_and_no_other() {
        let limit = |faces| Some(ErrorLimit { mse: 0.02, faces });
        let usual = InversionSettings::default();
        let told = |mse, limit, settings: &InversionSettings| beyond_limit("car.png", "GAN · mine · k 64", mse, limit, settings);
        let sentence = told(0.031, limit(200), &usual).unwrap();
        assert!(sentence.starts_with("car.png is hardly a face") && sentence.contains("0.0310"), "{sentence}");
        assert!(sentence.contains("200 held-out faces (0.0200)"), "{sentence}");
        assert!(told(0.031, limit(0), &usual).unwrap().contains("a sample of the model"));
        assert_eq!(told(0.02, limit(200), &usual), None);
        assert_eq!(told(9.0, None, &usual), None);
        let longer = InversionSettings { steps: 2 * usual.steps, ..usual.clone() };
        assert_eq!(told(0.031, limit(200), &longer), Some(sentence), "which only comes nearer");
        for short in
            [InversionSettings { steps: usual.steps - 1, ..usual.clone() }, InversionSettings { starts: usual.starts - 1, ..usual.clone() }]
        {
            let sentence = told(0.031, limit(200), &short).unwrap();
            assert!(!sentence.contains("hardly") && sentence.contains("200 steps from 4 places"), "{sentence}");
            assert_eq!(told(0.02, limit(200), &short), None);
        }
    }
}

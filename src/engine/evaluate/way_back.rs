//! What comes back of a few faces: through the encoder of a model, or from the places that a search finds in that of a generator.
//!
//! Owns the figures of it. How places are found is the business of the way back itself.

use crate::data::Faces;
use crate::engine::EngineError;
use crate::engine::way_back::WayBack;
use crate::metrics::{FaceError, LevelFigures, WayBackFigures, band_deviations, band_energy, face_errors, mean_error};
use crate::models::{FaceModel, PlacedModel};
use crate::progress::Monitor;
use crate::training::InversionSettings;

/// The figures of a model; `None` where it has no way back.
///
/// # Errors
/// [`EngineError`] where weights are missing, or the monitor cancels.
pub fn way_back(
    placed: &PlacedModel,
    model: &dyn FaceModel,
    faces: &Faces,
    monitor: &dyn Monitor,
) -> Result<Option<WayBackFigures>, EngineError> {
    if let Some(codes) = model.encode(faces) {
        return Ok(Some(figures(faces, &model.decode(&codes), None)));
    }
    let Some(way_back) = WayBack::open(placed, monitor)? else { return Ok(None) };
    let found = way_back.invert(faces, &InversionSettings::default(), monitor, &mut |_| {})?;
    let starts: Option<Vec<f32>> = found.iter().map(|found| found.start.clone()).collect::<Option<Vec<_>>>().map(|starts| starts.concat());
    let codes: Vec<f32> = found.into_iter().flat_map(|found| found.code).collect();
    let start_psnr = starts.and_then(|starts| errors(faces, &model.decode(&starts))).map(|error| error.psnr);
    Ok(Some(WayBackFigures { is_inversion: true, ..figures(faces, &model.decode(&codes), start_psnr) }))
}

fn errors(faces: &Faces, returned: &Faces) -> Option<FaceError> {
    mean_error(&face_errors(faces, returned))
}

fn figures(faces: &Faces, returned: &Faces, start_psnr: Option<f64>) -> WayBackFigures {
    let FaceError { mse, psnr, ssim } = errors(faces, returned).expect("there are faces");
    let energy = band_energy(&band_deviations(faces), &band_deviations(returned));
    let band_energy = LevelFigures::of(energy.into_iter());
    WayBackFigures { faces: faces.count(), is_inversion: false, mse, psnr, ssim, band_energy, start_psnr }
}

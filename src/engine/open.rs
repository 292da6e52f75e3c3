//! Opening models: plain data in, a model that computes out. The one match over kinds of models that are opened.

use crate::backend::{BackendChoice, Cpu, DeviceError, DeviceInfo, DeviceVisitor, FaceBackend, Probed, probe, probe_next};
use crate::faults::caught;
use crate::models::autoencoder::AutoencoderModel;
use crate::models::gan::GanModel;
use crate::models::pca::PcaModel;
use crate::models::{FaceModel, NetworkConfig, StoredModel};
use crate::training::{GanInverter, Invert};

use super::EngineError;

/// Puts a model on the device of a choice, and says which device that is.
///
/// # Errors
/// [`EngineError::Device`] where a device was named and is not there; [`EngineError::Weights`] where weights are missing.
pub fn open_model(stored: &StoredModel, choice: BackendChoice) -> Result<(Box<dyn FaceModel>, DeviceInfo), EngineError> {
    let found = probe(choice)?;
    Ok((put(stored, &found)?, found.info))
}

/// The way back from pictures to the codes of a model that has no encoder, on the processor: it computes the same everywhere, so that a
/// picture has one place. `None` for a model with an encoder.
///
/// # Errors
/// [`EngineError::Weights`] where weights are missing.
pub(super) fn open_inverter(stored: &StoredModel) -> Result<Option<Box<dyn Invert>>, EngineError> {
    let unusable = |source| EngineError::Weights { name: stored.header.name.clone(), source };
    match &stored.header.network {
        Some(NetworkConfig::Gan(config)) => {
            Ok(Some(Box::new(GanInverter::<Cpu>::new(stored, config, Default::default()).map_err(unusable)?)))
        }
        None | Some(NetworkConfig::Autoencoder(_)) => Ok(None),
    }
}

/// Puts a model on the best device that is not among those `lost`. A driver that fails at it is lost from then on, and the next
/// device is tried; the processor comes last.
///
/// # Errors
/// As [`open_model`]; [`EngineError::Fault`] where even the processor fails.
pub(super) fn open_model_somewhere(
    stored: &StoredModel,
    choice: BackendChoice,
    lost: &mut Vec<DeviceError>,
) -> Result<(Box<dyn FaceModel>, DeviceInfo), EngineError> {
    loop {
        let found = match choice {
            BackendChoice::Auto => probe_next(lost.clone()),
            named => probe(named)?,
        };
        match caught(|| put(stored, &found)) {
            Ok(model) => return Ok((model?, found.info)),
            Err(reason) if choice == BackendChoice::Auto && found.info.backend != "cpu" => {
                lost.push(DeviceError { backend: found.info.backend, reason });
            }
            Err(reason) => return Err(EngineError::Fault(reason)),
        }
    }
}

fn put(stored: &StoredModel, found: &Probed) -> Result<Box<dyn FaceModel>, EngineError> {
    found.device.visit(Opening { stored })
}

/// Puts a model on a device.
struct Opening<'a> {
    stored: &'a StoredModel,
}

impl DeviceVisitor for Opening<'_> {
    type Output = Result<Box<dyn FaceModel>, EngineError>;

    fn visit<B: FaceBackend>(self, device: &B::Device) -> Self::Output {
        on_device::<B>(self.stored, device.clone())
    }
}

fn on_device<B: FaceBackend>(stored: &StoredModel, device: B::Device) -> Result<Box<dyn FaceModel>, EngineError> {
    let unusable = |source| EngineError::Weights { name: stored.header.name.clone(), source };
    match &stored.header.network {
        None => Ok(Box::new(PcaModel::<B>::new(stored, device).map_err(unusable)?)),
        Some(NetworkConfig::Autoencoder(config)) => Ok(Box::new(AutoencoderModel::<B>::new(stored, config, device).map_err(unusable)?)),
        Some(NetworkConfig::Gan(config)) => Ok(Box::new(GanModel::<B>::new(stored, config, device).map_err(unusable)?)),
    }
}

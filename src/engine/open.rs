//! The one match over devices: plain data in, a model that computes out.

use crate::backend::{BackendChoice, Cpu, Device, DeviceInfo, FaceBackend, Probed, probe};
use crate::models::pca::PcaModel;
use crate::models::{FaceModel, ModelKind, StoredModel};

use super::EngineError;

/// Puts a model on the device of a choice, and says which device that is.
///
/// # Errors
/// [`EngineError::Device`] where a device was named and is not there; [`EngineError::Weights`] where weights are missing.
pub fn open_model(stored: &StoredModel, choice: BackendChoice) -> Result<(Box<dyn FaceModel>, DeviceInfo), EngineError> {
    let Probed { device, info, .. } = probe(choice)?;
    let model = match device {
        Device::Cpu => on_device::<Cpu>(stored, Default::default())?,
        #[cfg(feature = "gpu")]
        Device::Gpu(device) => on_device::<crate::backend::Gpu>(stored, device)?,
        #[cfg(all(feature = "cuda", not(target_os = "macos")))]
        Device::Cuda(device) => on_device::<crate::backend::Cuda>(stored, device)?,
    };
    Ok((model, info))
}

fn on_device<B: FaceBackend>(stored: &StoredModel, device: B::Device) -> Result<Box<dyn FaceModel>, EngineError> {
    let model = match stored.header.kind {
        ModelKind::Pca => PcaModel::<B>::new(stored, device),
    };
    match model {
        Ok(model) => Ok(Box::new(model)),
        Err(source) => Err(EngineError::Weights { name: stored.header.name.clone(), source }),
    }
}

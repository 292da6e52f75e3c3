//! The one match over devices: plain data in, a model that computes out.

use crate::backend::{BackendChoice, Cpu, Device, DeviceInfo, FaceBackend, Probed, probe};
use crate::models::autoencoder::AutoencoderModel;
use crate::models::gan::GanModel;
use crate::models::pca::PcaModel;
use crate::models::{FaceModel, NetworkConfig, StoredModel};

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
    let unusable = |source| EngineError::Weights { name: stored.header.name.clone(), source };
    match &stored.header.network {
        None => Ok(Box::new(PcaModel::<B>::new(stored, device).map_err(unusable)?)),
        Some(NetworkConfig::Autoencoder(config)) => Ok(Box::new(AutoencoderModel::<B>::new(stored, config, device).map_err(unusable)?)),
        Some(NetworkConfig::Gan(config)) => Ok(Box::new(GanModel::<B>::new(stored, config, device).map_err(unusable)?)),
    }
}

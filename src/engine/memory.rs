//! Whether a device's memory holds a training step, asked before anything of it is allocated.

use super::EngineError;
use crate::backend::DeviceInfo;
use crate::models::NetworkConfig;
use crate::training::TrainingSettings;

/// Refuses before a device runs out of memory in the middle of a step.
///
/// # Errors
/// [`EngineError::Memory`], with a batch that fits.
pub(super) fn ensure_memory(config: &NetworkConfig, batch: usize, device: &DeviceInfo) -> Result<(), EngineError> {
    let needed = config.training_bytes(batch);
    // A tenth is left to the driver and the screen.
    let Some(available) = device.memory_bytes.map(|bytes| bytes / 10 * 9).filter(|available| needed > *available) else { return Ok(()) };
    let advice = match config.batch_that_fits(batch, available) {
        0 => "Train a narrower network, or on the CPU".to_owned(),
        fits => format!("A batch of {fits} fits"),
    };
    let mib = |bytes: u64| bytes >> 20;
    let (needed_mib, available_mib) = (mib(needed), mib(available));
    Err(EngineError::Memory { batch, needed_mib, available_mib, device: device.device.clone(), advice })
}

/// The same at every size that a network grows through, where faces have `size` pixels in the end.
///
/// # Errors
/// [`EngineError::Memory`].
pub(super) fn ensure_memory_while_it_grows(settings: &TrainingSettings, size: usize, device: &DeviceInfo) -> Result<(), EngineError> {
    let sizes = settings.growth().map_or_else(|| vec![size], |growth| growth.sizes().to_vec());
    sizes.into_iter().rev().try_for_each(|size| ensure_memory(&settings.network(size), settings.batch_at(size), device))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::autoencoder::AutoencoderConfig;

    #[test]
    fn too_large_a_batch_is_refused_with_one_that_fits() {
        let config: NetworkConfig = AutoencoderConfig::peer(16, 16).into();
        let card = DeviceInfo { memory_bytes: Some(64 << 20), ..DeviceInfo::cpu() };
        let error = ensure_memory(&config, 4096, &card).unwrap_err().to_string();
        assert!(error.contains("4096") && error.contains("fits"), "{error}");
        ensure_memory(&config, 4, &card).unwrap();
        let tiny = DeviceInfo { memory_bytes: Some(1 << 20), ..card };
        assert!(ensure_memory(&config, 4096, &tiny).unwrap_err().to_string().contains("narrower"));
    }
}

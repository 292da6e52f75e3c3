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

/// What the most expensive of the steps to come takes.
pub(super) struct MostMemory {
    /// Faces have `size` x `size` pixels then.
    pub size: usize,
    /// Bytes, about.
    pub bytes: u64,
}

/// What the most expensive step takes in a run whose faces have `size` pixels by now: where its network grows, that may be one at an
/// earlier size with a larger batch.
pub(super) fn most_memory(settings: &TrainingSettings, size: usize) -> MostMemory {
    let of = |size| MostMemory { size, bytes: settings.network(size).training_bytes(settings.batch_at(size)) };
    sizes_to_come(settings, size).into_iter().map(of).max_by_key(|most| most.bytes).unwrap_or_else(|| of(size))
}

/// Refuses before a device runs out of memory in the middle of a step of a run whose faces have `size` pixels by now, at whatever size it
/// comes to.
///
/// # Errors
/// [`EngineError::Memory`], or [`EngineError::MemoryOfStage`] where the network grows, with the size that needs most.
pub(super) fn ensure_memory_while_it_grows(settings: &TrainingSettings, size: usize, device: &DeviceInfo) -> Result<(), EngineError> {
    let most = most_memory(settings, size);
    let refused = ensure_memory(&settings.network(most.size), settings.batch_at(most.size), device);
    refused.map_err(|error| match settings.growth() {
        Some(_) => EngineError::MemoryOfStage { size: most.size, source: Box::new(error) },
        None => error,
    })
}

/// The sizes that faces still have in a run in which they have `size` pixels by now.
fn sizes_to_come(settings: &TrainingSettings, size: usize) -> Vec<usize> {
    let sizes = settings.growth().map(|growth| growth.sizes().iter().copied().filter(|later| *later >= size).collect());
    sizes.unwrap_or_else(|| vec![size])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::autoencoder::AutoencoderConfig;
    use crate::training::GanSettings;

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

    #[test]
    fn the_size_that_needs_most_is_found_and_named_though_it_is_not_the_last() {
        let growing = |stage_batch| TrainingSettings::from(GanSettings { grow: vec![16, 32, 64], stage_batch, ..Default::default() });
        let (same, more) = (growing(1.0), growing(4.0));
        let bytes = |settings: &TrainingSettings, size| settings.network(size).training_bytes(settings.batch_at(size));
        assert_eq!((most_memory(&same, 16).size, most_memory(&same, 16).bytes), (64, bytes(&same, 64)));
        let sizes = [16, 32, 64];
        let most = sizes.into_iter().max_by_key(|size| bytes(&more, *size)).unwrap();
        assert!(most < 64, "sixteen times as many faces at 16 pixels");
        assert_eq!((most_memory(&more, 16).size, most_memory(&more, 16).bytes), (most, bytes(&more, most)));
        assert_eq!(most_memory(&more, 64).size, 64, "what is over needs no more");
        // Enough for the last size, and not for the one that needs most.
        let card = DeviceInfo { memory_bytes: Some(bytes(&more, most) - 1), ..DeviceInfo::cpu() };
        let error = ensure_memory_while_it_grows(&more, 16, &card).unwrap_err().to_string();
        assert!(error.contains(&format!("at {most} x {most}")) && error.contains("fits"), "{error}");
        ensure_memory_while_it_grows(&same, 16, &DeviceInfo { memory_bytes: Some(2 * bytes(&same, 64)), ..DeviceInfo::cpu() }).unwrap();
    }
}

//! Looking for devices without ever panicking: a missing driver or toolkit is a sentence, and `Auto` goes on to the next.
//!
//! Owns the order of preference. Each kind of device says in its own file how it is found.

use super::{BackendChoice, DeviceInfo};
use crate::faults::caught;
use crate::words::{Advice, Setting, capital};

#[cfg(all(feature = "cuda", not(target_os = "macos")))]
use super::cuda;
#[cfg(feature = "gpu")]
use super::gpu;

/// A device that was found and can be computed on.
#[derive(Clone, Debug)]
pub enum Device {
    /// The processor, through burn-flex.
    Cpu,
    /// Vulkan or Metal, through burn-wgpu.
    #[cfg(feature = "gpu")]
    Gpu(burn_wgpu::WgpuDevice),
    /// CUDA, through burn-cuda.
    #[cfg(all(feature = "cuda", not(target_os = "macos")))]
    Cuda(burn_cuda::CudaDevice),
}

/// The device that was asked for by name is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is not available here: {reason}. {}", capital(&Setting::Device(backend)), capital(&Advice::AnotherDevice))]
pub struct DeviceError {
    /// The name that was asked for.
    pub backend: &'static str,
    /// Why it cannot be used, and what would help.
    pub reason: String,
}

/// What was found for a choice.
#[derive(Clone, Debug)]
pub struct Probed {
    /// The device.
    pub device: Device,
    /// What it is called.
    pub info: DeviceInfo,
    /// The devices that `Auto` would have preferred, and why they cannot be used.
    pub skipped: Vec<DeviceError>,
}

/// Finds the device for a choice.
///
/// # Errors
/// [`DeviceError`] where a device was named and is not there; `Auto` and `Cpu` always find one.
pub fn probe(choice: BackendChoice) -> Result<Probed, DeviceError> {
    let named = |backend, found: Result<(Device, DeviceInfo), String>| match found {
        Ok((device, info)) => Ok(Probed { device, info, skipped: Vec::new() }),
        Err(reason) => Err(DeviceError { backend, reason }),
    };
    match choice {
        BackendChoice::Auto => Ok(probe_next(Vec::new())),
        BackendChoice::Cpu => Ok(Probed { device: Device::Cpu, info: DeviceInfo::cpu(), skipped: Vec::new() }),
        BackendChoice::Vulkan => named("vulkan", guarded(|| probe_gpu("vulkan", false))),
        BackendChoice::Metal => named("metal", guarded(|| probe_gpu("metal", false))),
        BackendChoice::Cuda => named("cuda", guarded(probe_cuda)),
    }
}

/// The first device by preference that is not among those `skipped` already; the processor at last.
pub fn probe_next(mut skipped: Vec<DeviceError>) -> Probed {
    for (backend, find) in [("cuda", probe_cuda as fn() -> _), (native_api(), || probe_gpu(native_api(), true))] {
        if skipped.iter().any(|error| error.backend == backend) {
            continue;
        }
        match guarded(find) {
            Ok((device, info)) => return Probed { device, info, skipped },
            Err(reason) => skipped.push(DeviceError { backend, reason }),
        }
    }
    Probed { device: Device::Cpu, info: DeviceInfo::cpu(), skipped }
}

/// Driver libraries may panic where something of theirs is missing; here that is one more reason.
fn guarded<T>(probe: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    caught(probe).unwrap_or_else(|_| Err("its driver failed while it was looked at; update or reinstall it".into()))
}

fn native_api() -> &'static str {
    if cfg!(target_os = "macos") { "metal" } else { "vulkan" }
}

#[cfg(feature = "gpu")]
fn probe_gpu(api: &'static str, real_only: bool) -> Result<(Device, DeviceInfo), String> {
    if api != native_api() {
        return Err(format!("this system has {}", native_api()));
    }
    let (device, info) = gpu::find(api, real_only)?;
    Ok((Device::Gpu(device), info))
}

#[cfg(not(feature = "gpu"))]
fn probe_gpu(_api: &'static str, _real_only: bool) -> Result<(Device, DeviceInfo), String> {
    Err("this build has no GPU support; build with the cargo feature `gpu`".into())
}

#[cfg(all(feature = "cuda", not(target_os = "macos")))]
fn probe_cuda() -> Result<(Device, DeviceInfo), String> {
    let (device, info) = cuda::find()?;
    Ok((Device::Cuda(device), info))
}

#[cfg(not(all(feature = "cuda", not(target_os = "macos"))))]
fn probe_cuda() -> Result<(Device, DeviceInfo), String> {
    Err(if cfg!(target_os = "macos") {
        "CUDA does not exist on macOS".into()
    } else {
        "this build has no CUDA support; build with the cargo feature `cuda`".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panicking_driver_is_a_reason() {
        let found: Result<(), String> = guarded(|| panic!("no library"));
        assert!(found.unwrap_err().contains("driver"));
    }

    #[test]
    fn the_processor_is_always_there_and_auto_always_finds_something() {
        assert_eq!(probe(BackendChoice::Cpu).unwrap().info.backend, "cpu");
        let found = probe(BackendChoice::Auto).unwrap();
        assert!(found.info.threads > 0);
        let wanted = match found.info.backend {
            "cpu" => 2,
            "cuda" => 0,
            _ => 1,
        };
        assert_eq!(found.skipped.len(), wanted, "every device before it says why it was not taken: {:?}", found.skipped);
        assert!(found.skipped.iter().all(|error| !error.reason.is_empty()));
    }

    #[test]
    fn what_was_refused_is_not_offered_again() {
        let refused = |backend| DeviceError { backend, reason: "gives wrong numbers".into() };
        let found = probe_next(vec![refused("cuda"), refused(native_api())]);
        assert_eq!((found.info.backend, found.skipped.len()), ("cpu", 2));
        assert_ne!(probe_next(vec![refused("cuda")]).info.backend, "cuda");
    }

    #[test]
    fn a_device_of_another_system_is_refused_by_name() {
        let foreign = if cfg!(target_os = "macos") { BackendChoice::Cuda } else { BackendChoice::Metal };
        let message = probe(foreign).unwrap_err().to_string();
        assert!(message.contains("use the processor"), "{message}");
    }
}

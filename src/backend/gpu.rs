//! Vulkan (Metal on macOS) through burn-wgpu: how its devices are found.

use burn_wgpu::WgpuDevice;
use wgpu::{Backends, DeviceType, Instance, InstanceDescriptor};

use super::DeviceInfo;

/// The backend of this system's graphics interface.
#[cfg(target_os = "macos")]
pub type Gpu = burn_wgpu::Metal;
/// The backend of this system's graphics interface.
#[cfg(not(target_os = "macos"))]
pub type Gpu = burn_wgpu::Vulkan;

#[cfg(target_os = "macos")]
const API: Backends = Backends::METAL;
#[cfg(not(target_os = "macos"))]
const API: Backends = Backends::VULKAN;

/// The best device and its description: discrete before integrated before virtual; software drivers last, or never with `real_only`.
///
/// # Errors
/// Why there is none, and what would help.
pub fn find(api: &'static str, real_only: bool) -> Result<(WgpuDevice, DeviceInfo), String> {
    let instance = Instance::new(InstanceDescriptor { backends: API, ..InstanceDescriptor::new_without_display_handle() });
    let adapters = burn::tensor::try_read_sync(instance.enumerate_adapters(API)).unwrap_or_default();
    let infos: Vec<_> = adapters.iter().map(wgpu::Adapter::get_info).collect();
    let first = |kind: DeviceType| infos.iter().find(|info| info.device_type == kind);
    let kinds = [
        (DeviceType::DiscreteGpu, WgpuDevice::DiscreteGpu(0)),
        (DeviceType::IntegratedGpu, WgpuDevice::IntegratedGpu(0)),
        (DeviceType::VirtualGpu, WgpuDevice::VirtualGpu(0)),
        (DeviceType::Cpu, WgpuDevice::Cpu),
    ];
    let allowed = kinds.into_iter().filter(|(kind, _)| !(real_only && *kind == DeviceType::Cpu));
    let found = allowed.into_iter().find_map(|(kind, device)| Some((first(kind)?, kind, device)));
    match (found, first(DeviceType::Cpu)) {
        (Some((info, kind, device)), _) => Ok((device, description(api, info, kind))),
        (None, Some(software)) => Err(format!(
            "only a software driver was found ({}), which counts as a CPU; install the driver of your graphics card",
            software.name
        )),
        (None, None) => Err("no GPU driver was found; install the driver of your graphics card".into()),
    }
}

fn description(api: &'static str, info: &wgpu::AdapterInfo, kind: DeviceType) -> DeviceInfo {
    DeviceInfo {
        backend: api,
        device: info.name.clone(),
        driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
        is_software: kind == DeviceType::Cpu,
        // The interface does not tell.
        memory_bytes: None,
        threads: rayon::current_num_threads(),
    }
}

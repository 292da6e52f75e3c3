//! Vulkan (Metal on macOS) through burn-wgpu: how its devices are found.

use burn_wgpu::WgpuDevice;
use wgpu::{Backends, DeviceType, Instance, InstanceDescriptor};

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

/// The best device and its name: discrete before integrated before virtual; software drivers last, or never with `real_only`.
///
/// # Errors
/// Why there is none, and what would help.
pub fn find(real_only: bool) -> Result<(WgpuDevice, String), String> {
    let instance = Instance::new(InstanceDescriptor { backends: API, ..InstanceDescriptor::new_without_display_handle() });
    let adapters = burn::tensor::try_read_sync(instance.enumerate_adapters(API)).unwrap_or_default();
    let infos: Vec<_> = adapters.iter().map(wgpu::Adapter::get_info).collect();
    let first = |kind: DeviceType| infos.iter().find(|info| info.device_type == kind).map(|info| info.name.clone());
    let kinds = [
        (DeviceType::DiscreteGpu, WgpuDevice::DiscreteGpu(0)),
        (DeviceType::IntegratedGpu, WgpuDevice::IntegratedGpu(0)),
        (DeviceType::VirtualGpu, WgpuDevice::VirtualGpu(0)),
        (DeviceType::Cpu, WgpuDevice::Cpu),
    ];
    kinds
        .into_iter()
        .filter(|(kind, _)| !(real_only && *kind == DeviceType::Cpu))
        .find_map(|(kind, device)| first(kind).map(|name| (device, name)))
        .ok_or_else(|| "no GPU driver was found; install the driver of your graphics card".into())
}

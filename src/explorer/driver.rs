//! Whether anything can draw here, found out without ever panicking.

use crate::faults::caught;

/// True where a graphics driver is found, the software one included.
pub fn driver_is_there() -> bool {
    let found = caught(|| {
        let backends = wgpu::Backends::PRIMARY;
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor { backends, ..wgpu::InstanceDescriptor::new_without_display_handle() });
        let adapters = bevy::tasks::block_on(instance.enumerate_adapters(backends));
        !adapters.is_empty()
    });
    found.unwrap_or(false)
}

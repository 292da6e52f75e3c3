//! Whether anything can draw here, found out without ever panicking.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// True where a graphics driver is found, the software one included.
pub fn driver_is_there() -> bool {
    let found = quietly(|| {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let adapters = bevy::tasks::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
        !adapters.is_empty()
    });
    found.unwrap_or(false)
}

/// Runs `work`; a panic, which is how window systems and drivers report some failures, becomes its message instead of a trace on
/// the terminal.
///
/// # Errors
/// The message of the panic.
pub fn quietly<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = catch_unwind(AssertUnwindSafe(work));
    std::panic::set_hook(hook);
    result.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_else(|| "unknown reason".to_owned())
    })
}

//! Devices and the operations that every model is written against.
//!
//! Owns [`FaceBackend`], the choice of a device and how devices are probed. Knows no model.

mod choice;
#[cfg(all(feature = "cuda", not(target_os = "macos")))]
mod cuda;
mod face_backend;
#[cfg(feature = "gpu")]
mod gpu;
mod probe;

pub use choice::{BackendChoice, DeviceInfo};
pub use face_backend::FaceBackend;
#[cfg(feature = "gpu")]
pub use gpu::Gpu;
pub use probe::{Device, DeviceError, probe};

/// The backend of NVIDIA GPUs.
#[cfg(all(feature = "cuda", not(target_os = "macos")))]
pub type Cuda = burn_cuda::Cuda;

/// The backend of the processor.
pub type Cpu = burn_flex::Flex;

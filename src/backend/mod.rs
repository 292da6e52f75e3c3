//! Devices and the operations that every model is written against.
//!
//! Owns [`FaceBackend`], the choice of a device and how devices are probed. Knows no model.

mod activation;
mod autodiff;
mod choice;
mod conv_choice;
#[cfg(any(feature = "gpu", feature = "cuda", test))]
mod conv_matmul;
pub mod cpu;
#[cfg(any(feature = "gpu", feature = "cuda"))]
mod cube;
#[cfg(all(feature = "cuda", not(target_os = "macos")))]
mod cuda;
#[cfg(test)]
mod exact;
mod face_backend;
#[cfg(feature = "gpu")]
mod gpu;
pub mod operations;
mod probe;
#[cfg(test)]
mod tests;
mod visit;

pub use activation::Activation;
pub use choice::{BackendChoice, DeviceInfo};
pub use conv_choice::{ConvAlgorithm, ConvCase, ConvChoices, ConvPass};
#[cfg(test)]
pub use exact::Exact;
pub use face_backend::{AdamParameter, AdamStep, FaceBackend};
#[cfg(feature = "gpu")]
pub use gpu::Gpu;
pub use probe::{Device, DeviceError, Probed, probe, probe_next};
pub use visit::DeviceVisitor;

/// The backend of NVIDIA GPUs.
#[cfg(all(feature = "cuda", not(target_os = "macos")))]
pub type Cuda = burn_cuda::Cuda;

/// The backend of the processor.
pub type Cpu = burn_flex::Flex;

//! Devices and the operations that every model is written against.
//!
//! Owns [`FaceBackend`], the choice of a device and how devices are probed. Knows no model.

mod choice;
mod face_backend;

pub use choice::{BackendChoice, DeviceInfo};
pub use face_backend::FaceBackend;

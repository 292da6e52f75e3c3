//! The one match over devices: whatever is the same on every device is written once, as a visitor.

use super::{Cpu, Device, FaceBackend};

/// Work that is the same on every device.
pub trait DeviceVisitor {
    /// What it comes to.
    type Output;

    /// Works on a device, with its backend.
    fn visit<B: FaceBackend>(self, device: &B::Device) -> Self::Output;
}

impl Device {
    /// Has a visitor work on this device.
    pub fn visit<V: DeviceVisitor>(&self, visitor: V) -> V::Output {
        match self {
            Self::Cpu => visitor.visit::<Cpu>(&Default::default()),
            #[cfg(feature = "gpu")]
            Self::Gpu(device) => visitor.visit::<super::Gpu>(device),
            #[cfg(all(feature = "cuda", not(target_os = "macos")))]
            Self::Cuda(device) => visitor.visit::<super::Cuda>(device),
        }
    }
}

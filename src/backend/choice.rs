//! temp
/// t
#[derive(Clone, Copy, Debug)]
pub enum BackendChoice { /// a
 Auto }
/// t
#[derive(Clone, Debug)]
pub struct DeviceInfo { /// a
pub backend: &'static str, /// b
pub device: String, /// c
pub threads: usize }

//! What a self-test is asked for and what it tells.

use serde::Serialize;

use crate::backend::{ConvChoices, DeviceInfo};

/// How much is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Every layer shape of every preset.
    Full,
    /// Those of the smallest preset.
    Short,
}

/// One figure of a device beside its limit.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What was compared.
    pub name: String,
    /// max|e| / max|reference|; null in JSON where the device gave no number.
    pub error: f64,
    /// What is allowed.
    pub limit: f64,
    /// Whether it holds.
    pub pass: bool,
}

/// What a device has shown.
#[derive(Clone, Debug, Serialize)]
pub struct SelfTestReport {
    /// The device.
    #[serde(flatten)]
    pub device: DeviceInfo,
    /// Devices that come first by preference and are not there, and why.
    pub skipped: Vec<String>,
    /// The checks.
    pub checks: Vec<Check>,
    /// Whether all of them hold.
    pub pass: bool,
    /// How long a convolution takes there, forward and backward, as a multiple of the processor's time.
    pub time_against_cpu: f64,
    /// Whether the device is slower than the processor, so that training on it makes no sense.
    pub too_slow: bool,
    /// What was measured to be right and fastest for each convolution, on devices that have several ways.
    #[serde(skip)]
    pub conv_choices: ConvChoices,
    /// How long the test took.
    pub seconds: f64,
}

//! Devices prove themselves: every layer shape of the shipped networks, forward and backward, against f64, and a training step
//! against the processor's.
//!
//! Owns which checks there are and what may be off by how much. A device that fails them is not trained on.

mod device_for_training;
mod layers;
mod measure;
mod network;
mod reference;
mod report;
mod speed;
mod verdict;

use std::collections::BTreeSet;

use super::EngineError;
use crate::backend::{BackendChoice, DeviceError, DeviceInfo, DeviceVisitor, FaceBackend, Probed, probe};
use crate::models::NetworkConfig;
use crate::models::autoencoder::{AutoencoderConfig, LayerShape};
use crate::progress::{Monitor, Progress};
use crate::training::{AutoencoderSettings, GanSettings, Preset};
use layers::LayerError;
use verdict::Verdict;

pub use device_for_training::device_for_training;
pub use report::{Check, Extent, SelfTestReport};

/// Length of the code in the networks that are checked.
const DEFAULT_LATENT: usize = 64;
/// Pictures in a batch of every check.
const COUNT: usize = 2;
/// max|e| / max|reference| of results, and of gradients, which sum up more numbers.
const FORWARD_LIMIT: f64 = 5e-5;
const GRADIENT_LIMIT: f64 = 2e-4;
/// Both on CUDA, whose tensor cores round f32 to TF32 (10 bits of fraction).
const TENSOR_CORE_LIMIT: f64 = 2e-2;

/// The networks whose layers are checked.
pub fn presets() -> Vec<NetworkConfig> {
    let peers = |size| [16, 32, 48].map(|channels| AutoencoderConfig::peer(channels, size).into());
    let trained =
        |size| Preset::ALL.map(|preset| AutoencoderSettings { preset, latent: DEFAULT_LATENT, ..Default::default() }.network(size).into());
    let gans = |size| Preset::ALL.map(|preset| GanSettings { preset, latent: DEFAULT_LATENT, ..Default::default() }.network(size).into());
    [16, 32, 64].into_iter().flat_map(|size| peers(size).into_iter().chain(trained(size)).chain(gans(size))).collect()
}

/// Tests the device of a choice.
///
/// # Errors
/// [`EngineError::Device`] where a device was named and is not there; [`EngineError::Cancelled`].
pub fn self_test(choice: BackendChoice, extent: Extent, monitor: &dyn Monitor) -> Result<SelfTestReport, EngineError> {
    let found = probe(choice)?;
    let report = run_on(&found, extent, monitor)?;
    if extent == Extent::Full && report.device.backend != "cpu" {
        Verdict::of(&report).keep();
    }
    Ok(report)
}

fn run_on(found: &Probed, extent: Extent, monitor: &dyn Monitor) -> Result<SelfTestReport, EngineError> {
    found.device.visit(Testing { found, extent, monitor })
}

/// Tests a device.
struct Testing<'a> {
    found: &'a Probed,
    extent: Extent,
    monitor: &'a dyn Monitor,
}

impl DeviceVisitor for Testing<'_> {
    type Output = Result<SelfTestReport, EngineError>;

    fn visit<B: FaceBackend>(self, device: &B::Device) -> Self::Output {
        run::<B>(device, self.found, self.extent, self.monitor)
    }
}

fn run<B: FaceBackend>(device: &B::Device, found: &Probed, extent: Extent, monitor: &dyn Monitor) -> Result<SelfTestReport, EngineError> {
    let start = std::time::Instant::now();
    let info = found.info.clone();
    let layers = layer_shapes(extent);
    // On the software driver every kernel takes long to compile, and nobody trains there.
    let measured = if info.is_software { BTreeSet::new() } else { layers.clone() };
    let limit = if info.backend == "cuda" { TENSOR_CORE_LIMIT } else { GRADIENT_LIMIT };
    let conv_choices = measure::choices::<B>(measured, limit, device);
    B::set_conv_choices(device, conv_choices.clone());
    let total = layers.len() as u64 + 2;
    let step = |done: usize| {
        monitor.report(Progress { stage: "testing", unit: "layers", done: done as u64, total, part: None });
        monitor.ensure_wanted()
    };
    let mut checks = Vec::new();
    for (done, layer) in layers.iter().enumerate() {
        step(done)?;
        checks.extend(layers::compare::<B>(*layer, COUNT, device).into_iter().map(|found| check(found, &info)));
    }
    step(layers.len())?;
    checks.extend(network::compare::<B>(device).into_iter().map(|found| check(found, &info)));
    step(layers.len() + 1)?;
    let time_against_cpu = if info.backend == "cpu" { 1.0 } else { speed::time_against_cpu::<B>(device) };
    step(layers.len() + 2)?;
    Ok(SelfTestReport {
        device: info,
        skipped: found.skipped.iter().map(|DeviceError { backend, reason }| format!("{backend}: {reason}")).collect(),
        conv_choices,
        pass: checks.iter().all(|check| check.pass),
        checks,
        time_against_cpu,
        too_slow: time_against_cpu > 1.0,
        seconds: start.elapsed().as_secs_f64(),
    })
}

fn layer_shapes(extent: Extent) -> BTreeSet<LayerShape> {
    let presets = presets();
    let wanted = match extent {
        Extent::Full => presets.as_slice(),
        Extent::Short => &presets[..1],
    };
    wanted.iter().flat_map(NetworkConfig::layers).collect()
}

fn check(found: LayerError, device: &DeviceInfo) -> Check {
    let limit = match (device.backend, found.is_gradient) {
        ("cuda", _) => TENSOR_CORE_LIMIT,
        (_, false) => FORWARD_LIMIT,
        (_, true) => GRADIENT_LIMIT,
    };
    Check { name: found.name, error: found.error, limit, pass: found.error <= limit }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    #[test]
    fn the_processor_passes() {
        let report = self_test(BackendChoice::Cpu, Extent::Short, &Silent).unwrap();
        assert!(report.pass && report.checks.len() > 30, "{:#?}", report.checks.iter().filter(|check| !check.pass).collect::<Vec<_>>());
    }

    #[test]
    fn a_number_that_is_none_fails_whatever_the_limit() {
        let found = |error| LayerError { name: "x".into(), error, is_gradient: false };
        let passes = |error| check(found(error), &DeviceInfo::cpu()).pass;
        assert!(passes(1e-6) && !passes(1e-3) && !passes(f64::INFINITY) && !passes(f64::NAN));
    }

    /// The software driver stands in for graphics cards: the same kernels, the same way through burn.
    #[cfg(all(feature = "gpu", target_os = "linux"))]
    #[test]
    fn the_graphics_interface_passes_on_the_software_driver() {
        let report =
            self_test(BackendChoice::Vulkan, Extent::Short, &Silent).expect("a Vulkan driver, such as Debian's mesa-vulkan-drivers");
        assert!(report.pass, "{:#?}", report.checks.iter().filter(|check| !check.pass).collect::<Vec<_>>());
    }
}

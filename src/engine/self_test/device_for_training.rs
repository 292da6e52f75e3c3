//! The device to train on, told by its verdict: what it has shown before, or else what it shows now.

use super::report::Extent;
use super::run_on;
use super::verdict::Verdict;
use crate::backend::{BackendChoice, ConvChoices, DeviceError, DeviceVisitor, FaceBackend, Probed, probe, probe_next};
use crate::engine::EngineError;
use crate::faults::caught;
use crate::progress::Monitor;

/// The device to train on: one that computes what it should. `auto` goes on where a device is wrong or slower than the processor; a
/// device that is named is refused where it is wrong, and used with a warning where it is slow.
///
/// # Errors
/// [`EngineError::Device`] where the device that was named is not there or gives wrong numbers; [`EngineError::Cancelled`].
pub fn device_for_training(choice: BackendChoice, monitor: &dyn Monitor) -> Result<Probed, EngineError> {
    let mut found = probe(choice)?;
    loop {
        if found.info.backend == "cpu" {
            return Ok(found);
        }
        let verdict = match caught(|| verdict_on(&found, monitor)) {
            Ok(verdict) => verdict?,
            Err(reason) => {
                let error = DeviceError { backend: found.info.backend, reason: format!("its driver failed in the self-test ({reason})") };
                if choice != BackendChoice::Auto {
                    return Err(error.into());
                }
                found.skipped.push(error);
                found = probe_next(found.skipped);
                continue;
            }
        };
        match verdict.objection() {
            None => {}
            Some(reason) if choice == BackendChoice::Auto => {
                found.skipped.push(DeviceError { backend: found.info.backend, reason });
                found = probe_next(found.skipped);
                continue;
            }
            Some(reason) if verdict.failed.is_some() => return Err(DeviceError { backend: found.info.backend, reason }.into()),
            Some(reason) => monitor.warn(format!("{reason}: training on it makes no sense")),
        }
        found.device.visit(Choosing(verdict.conv_choices.into_iter().collect()));
        return Ok(found);
    }
}

/// Has a device compute convolutions as was measured to be best.
struct Choosing(ConvChoices);

impl DeviceVisitor for Choosing {
    type Output = ();

    fn visit<B: FaceBackend>(self, device: &B::Device) {
        B::set_conv_choices(device, self.0);
    }
}

/// What is remembered of a device, or else what it shows now.
fn verdict_on(found: &Probed, monitor: &dyn Monitor) -> Result<Verdict, EngineError> {
    if let Some(verdict) = Verdict::load(&found.info) {
        return Ok(verdict);
    }
    // The software driver is never measured whole: it is for tests, and named only.
    let extent = if found.info.is_software { Extent::Short } else { Extent::Full };
    let verdict = Verdict::of(&run_on(found, extent, monitor)?);
    verdict.keep();
    Ok(verdict)
}

//! What a device has shown, kept in a small file in the user's cache folder for the device and its driver, so that it is tested once.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Extent, SelfTestReport, run_on};
use crate::backend::{BackendChoice, ConvAlgorithm, ConvCase, DeviceError, DeviceInfo, Probed, probe, set_conv_choices};
use crate::engine::EngineError;
use crate::files::write_atomically;
use crate::progress::Monitor;

/// What a device has shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The program's version: another one tests anew.
    program: String,
    backend: String,
    device: String,
    driver: String,
    /// The first check that failed, if any did.
    failed: Option<String>,
    /// Time of a convolution as a multiple of the processor's.
    time_against_cpu: f64,
    /// What was measured to be right and fastest.
    conv_choices: Vec<(ConvCase, ConvAlgorithm)>,
}

impl Verdict {
    pub(super) fn of(report: &SelfTestReport) -> Self {
        Self {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            backend: report.device.backend.to_owned(),
            device: report.device.device.clone(),
            driver: report.device.driver.clone(),
            failed: report.checks.iter().find(|check| !check.pass).map(|check| format!("{} is off by {:.1e}", check.name, check.error)),
            time_against_cpu: report.time_against_cpu,
            conv_choices: report.conv_choices.iter().map(|(case, algorithm)| (*case, *algorithm)).collect(),
        }
    }

    fn is_of(&self, device: &DeviceInfo) -> bool {
        self.program == env!("CARGO_PKG_VERSION")
            && (self.backend.as_str(), &self.device, &self.driver) == (device.backend, &device.device, &device.driver)
    }

    /// Keeps the verdict; where the cache folder cannot be written, the device is tested again next time.
    pub(super) fn keep(&self) {
        let text = ron::ser::to_string(self).unwrap_or_default();
        if let Some(path) = path(&self.backend, &self.device) {
            write_atomically(&path, text.as_bytes()).ok();
        }
    }

    fn load(device: &DeviceInfo) -> Option<Self> {
        let text = std::fs::read_to_string(path(device.backend, &device.device)?).ok()?;
        ron::from_str::<Self>(&text).ok().filter(|verdict| verdict.is_of(device))
    }
}

fn path(backend: &str, device: &str) -> Option<PathBuf> {
    let folder = match std::env::var_os("FACEFIELD_CACHE") {
        Some(folder) => PathBuf::from(folder),
        None => directories::ProjectDirs::from("", "", "facefield")?.cache_dir().to_path_buf(),
    };
    let name: String = format!("{backend}-{device}").chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    Some(folder.join("devices").join(format!("{name}.ron")))
}

/// The device to train on: one that computes what it should. `auto` goes on where a device is wrong or slower than the processor; a
/// device that is named is refused where it is wrong, and used with a warning where it is slow.
///
/// # Errors
/// [`EngineError::Device`] where the device that was named is not there or gives wrong numbers; [`EngineError::Cancelled`].
pub fn device_for_training(choice: BackendChoice, monitor: &dyn Monitor) -> Result<Probed, EngineError> {
    let mut found = probe(choice)?;
    if found.info.backend == "cpu" {
        return Ok(found);
    }
    let verdict = match Verdict::load(&found.info) {
        Some(verdict) => verdict,
        None => {
            // The software driver is never measured whole: it is for tests, and named only.
            let extent = if found.info.is_software { Extent::Short } else { Extent::Full };
            let verdict = Verdict::of(&run_on(&found, extent, monitor)?);
            verdict.keep();
            verdict
        }
    };
    let slow = verdict.time_against_cpu > 1.0;
    let objection = match &verdict.failed {
        Some(failed) => Some(format!("{} gives wrong numbers: {failed}. Update its driver", found.info.device)),
        None if slow => Some(format!("{} takes {:.1} times as long as the CPU", found.info.device, verdict.time_against_cpu)),
        None => None,
    };
    match objection {
        None => {}
        Some(reason) if choice == BackendChoice::Auto => {
            let refused = DeviceError { backend: found.info.backend, reason };
            let mut cpu = probe(BackendChoice::Cpu)?;
            cpu.skipped = std::mem::take(&mut found.skipped);
            cpu.skipped.push(refused);
            return Ok(cpu);
        }
        Some(reason) if verdict.failed.is_some() => return Err(DeviceError { backend: found.info.backend, reason }.into()),
        Some(reason) => monitor.warn(format!("{reason}: training on it makes no sense")),
    }
    set_conv_choices(verdict.conv_choices.into_iter().collect());
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::ConvPass;

    #[test]
    fn a_verdict_survives_the_round_trip_and_belongs_to_one_driver() {
        let case = ConvCase { pass: ConvPass::InputGradient, channels: 3, filters: 16, height: 64, width: 64 };
        let device = DeviceInfo { backend: "cuda", device: "A card".into(), driver: "550.1".into(), ..DeviceInfo::cpu() };
        let verdict = Verdict {
            program: env!("CARGO_PKG_VERSION").into(),
            backend: "cuda".into(),
            device: "A card".into(),
            driver: "550.1".into(),
            failed: None,
            time_against_cpu: 0.02,
            conv_choices: vec![(case, ConvAlgorithm::Matmul)],
        };
        let read: Verdict = ron::from_str(&ron::ser::to_string(&verdict).unwrap()).unwrap();
        assert_eq!(read, verdict);
        assert!(read.is_of(&device));
        assert!(!read.is_of(&DeviceInfo { driver: "551.0".into(), ..device }));
    }
}

//! What a device has shown, kept in a small file in the user's cache folder for the device and its driver, so that it is tested once.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::report::SelfTestReport;
use crate::backend::{ConvAlgorithm, ConvCase, DeviceInfo};
use crate::files::write_atomically;

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
    pub failed: Option<String>,
    /// Time of a convolution as a multiple of the processor's.
    time_against_cpu: f64,
    /// What was measured to be right and fastest.
    pub conv_choices: Vec<(ConvCase, ConvAlgorithm)>,
}

impl Verdict {
    /// Of what a self-test told.
    pub fn of(report: &SelfTestReport) -> Self {
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

    /// Why one should not train there.
    pub fn objection(&self) -> Option<String> {
        match &self.failed {
            Some(failed) => Some(format!("{} gives wrong numbers: {failed}. Update its driver", self.device)),
            None if self.time_against_cpu > 1.0 => {
                Some(format!("{} takes {:.1} times as long as the CPU", self.device, self.time_against_cpu))
            }
            None => None,
        }
    }

    fn is_of(&self, device: &DeviceInfo) -> bool {
        self.program == env!("CARGO_PKG_VERSION")
            && (self.backend.as_str(), &self.device, &self.driver) == (device.backend, &device.device, &device.driver)
    }

    /// Keeps the verdict; where the cache folder cannot be written, the device is tested again next time.
    pub fn keep(&self) {
        let text = ron::ser::to_string(self).unwrap_or_default();
        if let Some(path) = path(&self.backend, &self.device) {
            write_atomically(&path, text.as_bytes()).ok();
        }
    }

    /// What is remembered of a device, if anything.
    pub fn load(device: &DeviceInfo) -> Option<Self> {
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
        assert_eq!(read.objection(), None);
        assert!(Verdict { time_against_cpu: 3.0, ..read.clone() }.objection().is_some_and(|reason| reason.contains("3.0 times")));
        assert!(Verdict { failed: Some("decode".into()), ..read }.objection().is_some_and(|reason| reason.contains("wrong")));
    }
}

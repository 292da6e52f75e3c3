//! Which device to compute on, as users name it, and what was found, as they read it.
//!
//! Owns plain data only; looking at the machine is `probe`'s business.

use clap::ValueEnum;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

/// The device a user asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackendChoice {
    /// CUDA, then Vulkan or Metal on a real GPU, then the CPU.
    #[default]
    Auto,
    /// The processor: always there.
    Cpu,
    /// A GPU through Vulkan; asked for by name, a software driver counts too.
    Vulkan,
    /// A GPU through Metal, on macOS.
    Metal,
    /// An NVIDIA GPU through CUDA.
    Cuda,
}

impl BackendChoice {
    /// What panels call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Auto => "Automatic",
            Self::Cpu => CPU,
            Self::Vulkan => VULKAN,
            Self::Metal => METAL,
            Self::Cuda => CUDA,
        }
    }

    /// What it is, as the command line describes it.
    pub fn help(self) -> String {
        self.to_possible_value().and_then(|value| value.get_help().map(ToString::to_string)).unwrap_or_default()
    }
}

/// Backends as people write them.
const CPU: &str = "CPU";
const VULKAN: &str = "Vulkan";
const METAL: &str = "Metal";
const CUDA: &str = "CUDA";

/// The word for a kind of device.
type BackendWord = &'static str;

/// The words of devices, on whatever machine.
const BACKENDS: [BackendWord; 4] = ["cpu", "vulkan", "metal", "cuda"];

fn backend_word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BackendWord, D::Error> {
    let word = String::deserialize(deserializer)?;
    BACKENDS.into_iter().find(|known| *known == word).ok_or_else(|| D::Error::custom(format!("no device is called {word}")))
}

/// The device that computes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// "cpu", "vulkan", "metal" or "cuda".
    #[serde(deserialize_with = "backend_word")]
    pub backend: BackendWord,
    /// The device's own name: "NVIDIA H100 80GB HBM3", "2 threads".
    pub device: String,
    /// Name and version of its driver; empty for the processor and where nobody says.
    pub driver: String,
    /// Whether a processor plays the graphics card.
    pub is_software: bool,
    /// Its own memory, where the driver tells.
    pub memory_bytes: Option<u64>,
    /// Threads of the pool that feeds it.
    pub threads: usize,
}

impl DeviceInfo {
    /// The backend as people write it: "CPU", "Vulkan", "Metal", "CUDA".
    pub fn label(&self) -> &'static str {
        match self.backend {
            "vulkan" => VULKAN,
            "metal" => METAL,
            "cuda" => CUDA,
            _ => CPU,
        }
    }

    /// The processor, with the threads of the pool that this is called in.
    pub fn cpu() -> Self {
        let threads = rayon::current_num_threads();
        let device = if threads == 1 { "1 thread".into() } else { format!("{threads} threads") };
        Self { backend: "cpu", device, driver: String::new(), is_software: false, memory_bytes: None, threads }
    }
}

//! CUDA through burn-cuda: how its devices are found without touching a library that is not there.

use std::path::PathBuf;

use burn_cuda::CudaDevice;
use cudarc::driver::CudaContext;

use super::DeviceInfo;

/// The first CUDA device and its description.
///
/// # Errors
/// Which library or device is missing, and what would help.
pub fn find() -> Result<(CudaDevice, DeviceInfo), String> {
    // SAFETY: only tries to open the NVIDIA driver's own library; loading it runs its documented initialisers and nothing of ours.
    if !unsafe { cudarc::driver::sys::is_culib_present() } {
        return Err("the NVIDIA driver (libcuda) is not installed".into());
    }
    // SAFETY: as above, for the run-time compiler.
    if !unsafe { cudarc::nvrtc::sys::is_culib_present() } {
        return Err("the CUDA toolkit's run-time compiler (NVRTC) is not installed; install the CUDA toolkit".into());
    }
    let failed = |error: cudarc::driver::DriverError| format!("the CUDA driver answers {error}");
    if CudaContext::device_count().map_err(failed)? == 0 {
        return Err("the NVIDIA driver finds no GPU".into());
    }
    if !headers_are_there() {
        return Err("the CUDA toolkit's headers (cuda_runtime.h) were not found; install the CUDA toolkit, or set CUDA_PATH to it".into());
    }
    let context = CudaContext::new(0).map_err(failed)?;
    let info = DeviceInfo {
        backend: "cuda",
        device: context.name().map_err(failed)?,
        driver: driver_version().unwrap_or_default(),
        is_software: false,
        memory_bytes: context.total_mem().ok().map(|bytes| bytes as u64),
        threads: rayon::current_num_threads(),
    };
    Ok((CudaDevice::new(0), info))
}

/// Kernels are compiled when they are first used, against headers that are looked for in these places.
fn headers_are_there() -> bool {
    let named = std::env::var_os("CUDA_PATH").map(PathBuf::from);
    let places = match named {
        Some(named) => vec![named],
        None => ["/usr/local/cuda", "/opt/cuda", "/usr", "C:/Program Files/NVIDIA GPU Computing Toolkit/CUDA"].map(PathBuf::from).to_vec(),
    };
    places.iter().any(|place| place.join("include/cuda_runtime.h").is_file())
}

/// What the kernel module says of itself, on Linux.
fn driver_version() -> Option<String> {
    let text = std::fs::read_to_string("/proc/driver/nvidia/version").ok()?;
    Some(text.lines().next()?.trim_start_matches("NVRM version:").trim().to_owned())
}

//! CUDA through burn-cuda: how its devices are found without touching a library that is not there.

use burn_cuda::CudaDevice;
use cudarc::driver::CudaContext;

/// The first CUDA device and its name.
///
/// # Errors
/// Which library or device is missing, and what would help.
pub fn find() -> Result<(CudaDevice, String), String> {
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
    let name = CudaContext::new(0).and_then(|context| context.name()).map_err(failed)?;
    Ok((CudaDevice::new(0), name))
}

//! The priority of threads that work while the app draws.

/// How much lower it is, as `nice` counts.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// Lets frames go before the calling thread, from here on. Where the system has no such thing, nothing happens.
pub fn yield_to_frames() {
    #[cfg(target_os = "linux")]
    rustix::process::setpriority_process(None, NICENESS).ok();
}

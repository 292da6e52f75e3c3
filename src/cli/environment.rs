//! What the program puts right in its own environment before anything else runs: the libraries of the desktop read it, and some of
//! them say on the terminal what is none of the user's business.
//!
//! Owns variables only; which of them a window needs is the app's business.

/// A folder that is nowhere: whoever looks for a socket there finds none, and says nothing.
#[cfg(all(unix, not(target_os = "macos")))]
const NOWHERE: &str = "/nonexistent";

/// Puts right what libraries would complain about. To be called before there is a second thread.
#[cfg(all(unix, not(target_os = "macos")))]
pub fn prepare() {
    // Under ssh, sudo and in containers it is missing. Mesa's Vulkan asks libwayland for a display even for computing, which then
    // prints "error: XDG_RUNTIME_DIR is invalid or not set".
    let is_usable = std::env::var_os("XDG_RUNTIME_DIR").is_some_and(|folder| std::path::Path::new(&folder).is_absolute());
    if !is_usable {
        // SAFETY: this is the first thing that `main` does, so no other thread reads the environment meanwhile.
        unsafe { std::env::set_var("XDG_RUNTIME_DIR", NOWHERE) };
    }
}

/// Nothing is to be put right here.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub fn prepare() {}

/// Takes away a Wayland display that nobody serves, so that X is asked where there is one. To be called before there is a second
/// thread.
#[cfg(all(feature = "app", unix, not(target_os = "macos")))]
pub fn leave_stale_wayland() {
    for name in crate::app::display::stale_wayland() {
        // SAFETY: nothing but `prepare` has run before in `main`, so no other thread reads the environment meanwhile.
        unsafe { std::env::remove_var(name) };
    }
}

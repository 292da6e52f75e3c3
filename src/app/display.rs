//! Whether there is a display to open a window on, found out before the window system is asked: it reports what is missing by
//! panicking only.
//!
//! Owns the look at the sockets; which of two displays is used is decided by the environment that the window system reads.

use super::error::AppError;

/// The variables that name a Wayland display which nobody serves, as in a terminal that outlived its session, where a display of X is
/// there instead. Without these variables the window system asks X.
#[cfg(all(unix, not(target_os = "macos")))]
pub fn stale_wayland() -> Vec<&'static str> {
    let found = Displays::of(&Environment::now());
    if found.wayland.is_some_and(|answers| !answers) && found.x == Some(true) {
        vec!["WAYLAND_DISPLAY", "WAYLAND_SOCKET"]
    } else {
        Vec::new()
    }
}

/// Fails where no window can be opened.
///
/// # Errors
/// [`AppError::NoDisplay`] where none is named, [`AppError::DeadDisplay`] where none that is named answers.
#[cfg(all(unix, not(target_os = "macos")))]
pub fn ensure() -> Result<(), AppError> {
    let environment = Environment::now();
    match Displays::of(&environment) {
        Displays { wayland: None, x: None } => Err(AppError::NoDisplay),
        Displays { wayland: Some(true), .. } | Displays { x: Some(true), .. } => Ok(()),
        _ => Err(AppError::DeadDisplay(environment.named())),
    }
}

/// Whether there is one, the system itself knows.
///
/// # Errors
/// None here.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub fn ensure() -> Result<(), AppError> {
    Ok(())
}

/// What the window system reads.
#[cfg(all(unix, not(target_os = "macos")))]
#[derive(Clone, Debug, Default)]
struct Environment {
    wayland_display: Option<String>,
    wayland_socket: Option<String>,
    runtime_folder: Option<String>,
    display: Option<String>,
}

/// Which displays are named, and whether they answer.
#[cfg(all(unix, not(target_os = "macos")))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Displays {
    wayland: Option<bool>,
    x: Option<bool>,
}

#[cfg(all(unix, not(target_os = "macos")))]
impl Environment {
    fn now() -> Self {
        let read = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            wayland_display: read("WAYLAND_DISPLAY"),
            wayland_socket: read("WAYLAND_SOCKET"),
            runtime_folder: read("XDG_RUNTIME_DIR"),
            display: read("DISPLAY"),
        }
    }

    /// The variables as one would type them.
    fn named(&self) -> String {
        let all = [("WAYLAND_DISPLAY", &self.wayland_display), ("WAYLAND_SOCKET", &self.wayland_socket), ("DISPLAY", &self.display)];
        let all: Vec<String> = all.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value.as_ref()?))).collect();
        all.join(" and ")
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
impl Displays {
    fn of(environment: &Environment) -> Self {
        let Environment { wayland_display, wayland_socket, runtime_folder, display } = environment;
        let wayland = match (wayland_socket, wayland_display) {
            // A socket that was handed down is open, or it is none.
            (Some(descriptor), _) => Some(descriptor.parse::<u32>().is_ok_and(is_socket)),
            (None, Some(name)) => Some(wayland_answers(name, runtime_folder.as_deref())),
            (None, None) => None,
        };
        Self { wayland, x: display.as_deref().map(x_answers) }
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
fn is_socket(descriptor: u32) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata(format!("/proc/self/fd/{descriptor}")).is_ok_and(|about| about.file_type().is_socket())
}

/// Whether somebody listens where the name leads: a path, or a name in the runtime folder.
#[cfg(all(unix, not(target_os = "macos")))]
fn wayland_answers(name: &str, runtime_folder: Option<&str>) -> bool {
    use std::path::{Path, PathBuf};
    let path = Path::new(name);
    let socket = if path.is_absolute() { Some(PathBuf::from(path)) } else { runtime_folder.map(|folder| Path::new(folder).join(path)) };
    socket.is_some_and(|socket| std::os::unix::net::UnixStream::connect(socket).is_ok())
}

/// Whether somebody listens at a display of X. One on another machine is believed: the window system will see.
#[cfg(all(unix, not(target_os = "macos")))]
fn x_answers(display: &str) -> bool {
    use std::os::unix::net::UnixStream;
    let Some((host, rest)) = display.rsplit_once(':') else { return false };
    let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
    if number.is_empty() {
        return false;
    }
    if !(host.is_empty() || host == "unix") {
        // The path of a socket, as on a Mac, or the name of a machine.
        return !host.starts_with('/') || UnixStream::connect(display).is_ok() || UnixStream::connect(host).is_ok();
    }
    let path = format!("/tmp/.X11-unix/X{number}");
    UnixStream::connect(&path).is_ok() || abstract_socket_answers(&path) || tcp_answers(&number)
}

/// Some servers of X, those of sandboxes among them, have no file, but a name that only Linux knows.
#[cfg(target_os = "linux")]
fn abstract_socket_answers(name: &str) -> bool {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixStream};
    SocketAddr::from_abstract_name(name).is_ok_and(|address| UnixStream::connect_addr(&address).is_ok())
}

#[cfg(all(unix, not(target_os = "macos"), not(target_os = "linux")))]
fn abstract_socket_answers(_name: &str) -> bool {
    false
}

#[cfg(all(unix, not(target_os = "macos")))]
fn tcp_answers(number: &str) -> bool {
    let port = number.parse::<u16>().ok().and_then(|number| number.checked_add(6000));
    port.is_some_and(|port| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok())
}

#[cfg(all(test, unix, not(target_os = "macos")))]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn a_wayland_display_is_there_only_while_somebody_listens() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().to_str().unwrap().to_owned();
        let named =
            |name: &str| Environment { wayland_display: Some(name.into()), runtime_folder: Some(text.clone()), ..Environment::default() };
        let wayland = |environment: &Environment| Displays::of(environment).wayland;
        assert_eq!(wayland(&named("wayland-0")), Some(false), "there is no socket");
        let listener = UnixListener::bind(folder.path().join("wayland-0")).unwrap();
        assert_eq!(wayland(&named("wayland-0")), Some(true));
        assert_eq!(wayland(&named(&format!("{text}/wayland-0"))), Some(true), "a path needs no folder");
        drop(listener);
        assert!(folder.path().join("wayland-0").exists());
        assert_eq!(wayland(&named("wayland-0")), Some(false), "its compositor has ended");
        std::fs::write(folder.path().join("file"), "").unwrap();
        assert_eq!(wayland(&named("file")), Some(false));
        assert_eq!(wayland(&Environment { runtime_folder: None, ..named("wayland-0") }), Some(false));
        assert_eq!(wayland(&Environment { wayland_socket: Some("99999".into()), ..named("wayland-0") }), Some(false));
        assert_eq!(wayland(&Environment::default()), None);
    }

    #[test]
    fn names_of_displays_of_x_are_understood() {
        for dead in ["", "nonsense", ":", ":x", ":54321", ":54321.0", "unix:54321", "/nowhere/socket:0"] {
            assert!(!x_answers(dead), "{dead}");
        }
        assert!(x_answers("other.machine:10.0"), "only the window system can ask another machine");
    }

    #[test]
    fn what_is_named_is_told_as_it_would_be_typed() {
        let environment =
            Environment { wayland_display: Some("wayland-9".into()), display: Some(":54321".into()), ..Environment::default() };
        assert_eq!(environment.named(), "WAYLAND_DISPLAY=wayland-9 and DISPLAY=:54321");
    }
}

//! What commands say where there is no display, no driver, or nothing but leftovers of a session in the environment.

use super::*;

/// Words that no message for a user has.
const DEBUG_WORDS: [&str; 6] = ["panicked", "XDG_RUNTIME_DIR", "RUST_BACKTRACE", ".cargo", "/src/", "unwrap()"];

fn is_for_users(message: &str) -> bool {
    DEBUG_WORDS.iter().all(|word| !message.contains(word))
}

/// A place whose environment names these displays.
#[cfg(all(feature = "app", target_os = "linux"))]
fn with(variables: &[(&'static str, &'static str)]) -> Place {
    let mut place = Place::empty();
    place.variables = variables.to_vec();
    place
}

#[test]
fn looking_for_devices_says_nothing_of_the_machine_it_was_built_on_nor_of_sockets() {
    let place = Place::new();
    for (at, backend) in ["auto", "cuda", "metal"].iter().enumerate() {
        let line =
            format!("train autoencoder --data faces.safetensors --out run{at} --preset tiny --latent 4 --images 8 --backend {backend}");
        let output = place.command(&line).env_remove("XDG_RUNTIME_DIR").output().expect("the program starts");
        let message = text(&output.stderr);
        assert!(is_for_users(&message), "{line}: {message}");
        assert!(*backend != "auto" || output.status.success(), "{line}: {message}");
    }
}

#[cfg(all(feature = "app", target_os = "linux"))]
#[test]
fn a_display_that_nobody_serves_is_named() {
    for (variables, names) in [
        (&[("WAYLAND_DISPLAY", "wayland-of-nobody")][..], "WAYLAND_DISPLAY=wayland-of-nobody"),
        (&[("WAYLAND_DISPLAY", "/nowhere/wayland-0"), ("DISPLAY", ":54321")], "WAYLAND_DISPLAY=/nowhere/wayland-0 and DISPLAY=:54321"),
        (&[("DISPLAY", ":54321")], "DISPLAY=:54321"),
        (&[("WAYLAND_DISPLAY", ""), ("DISPLAY", "")], "there is no display here"),
    ] {
        let (code, _, message) = with(variables).run("");
        assert_eq!(code, Some(1), "{message}");
        assert!(message.contains(names) && is_for_users(&message), "{variables:?}: {message}");
    }
}

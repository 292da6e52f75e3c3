//! The plugin list: the explorer in a window.
//!
//! Owns how the app is put together and started. What it does is in the layers it lists.

pub mod bench;

use bevy::app::PluginGroupBuilder;
use bevy::diagnostic::FrameTimeDiagnosticsPlugin;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::window::{PresentMode, WindowResolution};
use bevy_egui::EguiPlugin;

use crate::explorer::LatticePlugin;
use crate::models::StoredModel;
use crate::{explorer, session, ui};

/// Why the explorer cannot open.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// There is no display server.
    #[error(
        "there is no display here (neither WAYLAND_DISPLAY nor DISPLAY is set). Start it in a desktop session, or under a virtual \
         display: `xvfb-run -s '-screen 0 1280x720x24' facefield`. Everything else works without one: see `facefield --help`"
    )]
    NoDisplay,
    /// No graphics driver can draw.
    #[error(
        "there is no Vulkan driver here. Install the graphics card's driver, or the software one (Debian and Ubuntu: \
         `apt-get install mesa-vulkan-drivers`). Everything but the explorer and the flight view works without one: see `facefield --help`"
    )]
    NoDriver,
    /// The window system refused.
    #[error("the window could not be opened: {0}. Is DISPLAY right, and may this user connect to it?")]
    Window(String),
}

/// How the explorer is opened.
pub struct AppOptions {
    /// The first model.
    pub model: StoredModel,
    /// Size of the window in logical pixels.
    pub size: (u32, u32),
    /// Wait for the screen between frames.
    pub vsync: bool,
}

/// Opens the explorer and runs it until its window is closed.
///
/// # Errors
/// [`AppError`] where there is no display or no driver.
pub fn run(options: AppOptions) -> Result<(), AppError> {
    run_with(options, |_| {})
}

/// [`run`], with more plugins.
///
/// # Errors
/// [`AppError`] where there is no display or no driver.
pub fn run_with(options: AppOptions, extend: impl FnOnce(&mut App)) -> Result<(), AppError> {
    ensure_display()?;
    if !explorer::driver_is_there() {
        return Err(AppError::NoDriver);
    }
    // The window system and the driver report some failures by panicking only.
    explorer::quietly(move || {
        let mut app = App::new();
        app.add_plugins(window_plugins(&options));
        add_explorer(&mut app, options.model);
        extend(&mut app);
        app.run();
    })
    .map_err(AppError::Window)
}

/// Everything of the explorer but window and renderer.
pub fn add_explorer(app: &mut App, model: StoredModel) {
    app.insert_resource(ClearColor(Color::srgb_u8(0x10, 0x13, 0x1C)))
        .add_plugins(LatticePlugin { instant: false })
        .add_plugins(FrameTimeDiagnosticsPlugin::default())
        .add_plugins(EguiPlugin::default())
        .add_plugins((session::plugin, explorer::plugin, ui::plugin));
    session::open_model_on_start(app, model);
}

fn window_plugins(options: &AppOptions) -> PluginGroupBuilder {
    let window = Window {
        title: "facefield".into(),
        name: Some("facefield".into()),
        resolution: WindowResolution::new(options.size.0, options.size.1),
        present_mode: if options.vsync { PresentMode::AutoVsync } else { PresentMode::AutoNoVsync },
        ..default()
    };
    DefaultPlugins
        .set(WindowPlugin { primary_window: Some(window), ..default() })
        .set(LogPlugin { filter: "warn,wgpu_hal=error,naga=error".into(), ..default() })
}

#[cfg(all(unix, not(target_os = "macos")))]
fn ensure_display() -> Result<(), AppError> {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if set("WAYLAND_DISPLAY") || set("WAYLAND_SOCKET") || set("DISPLAY") { Ok(()) } else { Err(AppError::NoDisplay) }
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn ensure_display() -> Result<(), AppError> {
    Ok(())
}

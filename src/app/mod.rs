//! The plugin list: the explorer in a window.
//!
//! Owns how the app is put together and started. What it does is in the layers it lists.

pub mod bench;
pub mod display;
mod error;
mod fit;
mod rest;
#[cfg(all(unix, not(target_os = "macos")))]
mod x11;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bevy::app::{PluginGroupBuilder, TerminalCtrlCHandlerPlugin};
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::window::{PresentMode, PrimaryWindow, WindowResolution};
use bevy_egui::EguiPlugin;

use crate::explorer::{Drawing, LatticePlugin};
use crate::faults::caught_everywhere;
use crate::models::StoredModel;
use crate::session::{Activity, RestoredSession, SessionRecord, SessionSystems};
use crate::words::speak_as;
use crate::{explorer, session, ui};

pub use error::AppError;
pub use rest::plugin as rest;

/// How the explorer is opened.
pub struct AppOptions {
    /// The first model.
    pub model: StoredModel,
    /// Size of the window in logical pixels.
    pub size: (u32, u32),
    /// Whether it is made smaller where the screen does not hold it.
    pub fits: bool,
    /// Wait for the screen between frames.
    pub vsync: bool,
    /// Draw nothing while nothing changes; otherwise frame follows frame.
    pub rests: bool,
}

/// Opens the explorer and runs it until its window is closed. What was left of the session in the file `session` is taken up before
/// what the options say, and kept there from then on.
///
/// # Errors
/// [`AppError`] where there is no display or no driver.
pub fn run(options: AppOptions, session: Option<PathBuf>) -> Result<(), AppError> {
    open(options, session, |_| {})
}

/// [`run`], with more plugins, and a session that leaves nothing.
///
/// # Errors
/// [`AppError`] where there is no display or no driver.
pub fn run_with(options: AppOptions, extend: impl FnOnce(&mut App)) -> Result<(), AppError> {
    open(options, None, extend)
}

fn open(mut options: AppOptions, session: Option<PathBuf>, extend: impl FnOnce(&mut App)) -> Result<(), AppError> {
    speak_as(ui::advice::VOICE);
    let display = display::ensure();
    if matches!(display, Err(AppError::NoDisplay)) {
        return display;
    }
    if !explorer::driver_is_there() {
        return Err(AppError::NoDriver);
    }
    display?;
    let is_open = Arc::new(AtomicBool::new(false));
    let opened = is_open.clone();
    // The window system and the driver report some failures by panicking only.
    caught_everywhere(move || {
        let session = session.map(|file| RestoredSession::read(&file));
        if let Some(size) = session.as_ref().and_then(RestoredSession::window_size) {
            options.size = size;
        }
        let mut app = App::new();
        app.add_plugins(window_plugins(&options)).add_plugins(fit::plugin);
        app.add_plugins(rest::plugin).world_mut().resource_mut::<Activity>().rests = options.rests;
        let fits = options.fits;
        match session {
            Some(session) => resume_explorer(&mut app, session, options.model),
            None => add_explorer(&mut app, options.model),
        }
        look_at_desktop(&mut app, fits);
        extend(&mut app);
        // Before the first frame there is a window, or there never will be one.
        app.add_systems(Update, move || opened.store(true, Ordering::Release));
        app.run();
    })
    .map_err(|reason| if is_open.load(Ordering::Acquire) { AppError::BrokeOff(reason) } else { AppError::Window(reason) })
}

/// Everything of the explorer but window and renderer.
pub fn add_explorer(app: &mut App, model: StoredModel) {
    add_layers(app);
    session::open_model_on_start(app, model);
}

/// [`add_explorer`] as it was left, and kept from now on; where the session has no model that opens, it starts with `otherwise`.
pub fn resume_explorer(app: &mut App, session: RestoredSession, otherwise: StoredModel) {
    add_layers(app);
    app.add_systems(Last, record_window.in_set(SessionSystems::Record));
    session::resume(app, session, otherwise);
}

fn add_layers(app: &mut App) {
    app.insert_resource(ClearColor(Color::srgb_u8(0x10, 0x13, 0x1C)))
        .add_plugins(LatticePlugin { instant: false, drawing: Drawing::Fastest })
        .add_plugins(EguiPlugin::default())
        .add_plugins((session::plugin, explorer::plugin, ui::plugin));
}

/// What can be known before the first frame: whether the window has to leave room for a frame, and what is written on the keys.
fn look_at_desktop(app: &mut App, fits: bool) {
    #[cfg(all(unix, not(target_os = "macos")))]
    let manages_windows = {
        let desktop = x11::Desktop::look();
        app.insert_resource(explorer::Keyboard::new(explorer::Layout::of(desktop.letters)));
        desktop.manages_windows
    };
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    let manages_windows = None;
    if fits {
        app.insert_resource(fit::HasFrames(manages_windows.unwrap_or(true)));
    }
}

fn record_window(mut record: ResMut<SessionRecord>, fitted: Option<Res<fit::FittedSize>>, window: Query<&Window, With<PrimaryWindow>>) {
    // A minimised window has no size, and that of a screen is no wish.
    if let Ok(window) = window.single()
        && window.size().min_element() >= 1.0
        && fitted.is_none_or(|fitted| !fitted.is(window))
    {
        record.saved.window = Some((window.width().round() as u32, window.height().round() as u32));
    }
}

fn window_plugins(options: &AppOptions) -> PluginGroupBuilder {
    let window = Window {
        title: "facefield".into(),
        name: Some("facefield".into()),
        resolution: WindowResolution::new(options.size.0, options.size.1),
        // It is shown once it fits.
        visible: !options.fits,
        present_mode: if options.vsync { PresentMode::AutoVsync } else { PresentMode::AutoNoVsync },
        ..default()
    };
    let plugins = DefaultPlugins.set(WindowPlugin { primary_window: Some(window), ..default() });
    let plugins = plugins.set(LogPlugin { filter: "error".into(), ..default() });
    // What rests has to be woken by signals, too.
    plugins.disable::<TerminalCtrlCHandlerPlugin>()
}

//! The first window fits its screen: a size from a larger monitor, or one that a scaled or small screen does not hold, is made smaller
//! before the window is shown.
//!
//! Owns the fitting; later the window is the user's and the desktop's.

use bevy::prelude::*;
use bevy::window::{Monitor, PrimaryMonitor, PrimaryWindow, WindowPosition};

/// The share of a screen that a window may take where it gets a frame and shares the screen with bars of the desktop.
const ROOM: Vec2 = Vec2::new(0.98, 0.9);
/// Frames that may pass until the window system has told of a screen.
const PATIENCE: u32 = 30;
/// A window is never made smaller than this, in logical pixels: what is cut off then can at least be read.
const LEAST: Vec2 = Vec2::new(320.0, 240.0);

/// Keeps the first window hidden until it fits.
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<FittedSize>().add_systems(First, fit_and_show);
}

/// Whether windows get a frame and a place from somebody; else they have the whole screen.
#[derive(Clone, Copy, Debug, Resource)]
pub(super) struct HasFrames(pub(super) bool);

/// The size that the window was made to have, in logical pixels: it is the screen's, not what its user wanted.
#[derive(Clone, Copy, Debug, Default, Resource)]
pub(super) struct FittedSize(Option<Vec2>);

impl FittedSize {
    /// Whether a window still has that size.
    pub(super) fn is(self, window: &Window) -> bool {
        self.0.is_some_and(|size| (window.size() - size).abs().max_element() < 1.5)
    }
}

fn fit_and_show(
    monitors: Query<(&Monitor, Has<PrimaryMonitor>)>,
    frames: Option<Res<HasFrames>>,
    mut fitted: ResMut<FittedSize>,
    mut window: Query<&mut Window, With<PrimaryWindow>>,
    mut waited: Local<u32>,
) {
    let Some(frames) = frames.filter(|_| *waited <= PATIENCE) else { return };
    let Ok(mut window) = window.single_mut() else { return };
    *waited += 1;
    let Some(screen) = screen(monitors.iter().map(|(monitor, is_primary)| (size_of(monitor), is_primary))) else {
        // A window on a screen that nobody knows is better than none.
        window.visible = *waited > PATIENCE;
        return;
    };
    *waited = PATIENCE + 1;
    let wanted = window.size();
    let size = fitting(wanted, screen, frames.0);
    if size != wanted {
        window.resolution.set(size.x, size.y);
        // What the desktop leaves free it knows best.
        if frames.0 {
            window.set_maximized(true);
        }
        fitted.0 = Some(size);
    }
    if cfg!(any(windows, target_os = "macos")) {
        // Their cascade of new windows ends beyond the edge.
        window.position = WindowPosition::Centered(MonitorSelection::Primary);
    }
    window.visible = true;
}

fn size_of(monitor: &Monitor) -> Vec2 {
    Vec2::new(monitor.physical_width as f32, monitor.physical_height as f32) / monitor.scale_factor.max(0.1) as f32
}

/// What any window may take: the primary screen; where none is, as much as fits every screen, for nobody knows where it will open.
fn screen(screens: impl Iterator<Item = (Vec2, bool)>) -> Option<Vec2> {
    let screens: Vec<(Vec2, bool)> = screens.filter(|(size, _)| size.min_element() >= 1.0).collect();
    let primary = screens.iter().find(|(_, is_primary)| *is_primary).map(|(size, _)| *size);
    primary.or_else(|| screens.iter().map(|(size, _)| *size).reduce(Vec2::min))
}

/// The size that a window gets which wants another one.
fn fitting(wanted: Vec2, screen: Vec2, has_frame: bool) -> Vec2 {
    let room = if has_frame { (screen * ROOM).floor() } else { screen };
    wanted.min(room.max(LEAST.min(screen)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_and_what_does_not_is_made_smaller() {
        let screen = Vec2::new(1280.0, 720.0);
        assert_eq!(fitting(Vec2::new(800.0, 600.0), screen, true), Vec2::new(800.0, 600.0));
        assert_eq!(fitting(Vec2::new(3840.0, 2100.0), screen, false), screen, "nobody puts a frame around it");
        assert_eq!(fitting(Vec2::new(3840.0, 2100.0), screen, true), Vec2::new(1254.0, 648.0));
        assert_eq!(fitting(screen, screen, true), Vec2::new(1254.0, 648.0), "the default on a small screen");
        assert_eq!(fitting(Vec2::new(600.0, 2100.0), screen, false), Vec2::new(600.0, 720.0), "sides are apart");
        let scaled = Vec2::new(1280.0, 720.0) / 3.0;
        assert!(fitting(screen, scaled, true).cmple(scaled).all());
    }

    #[test]
    fn the_screen_is_the_primary_one_or_the_smallest_of_all() {
        let (laptop, desk) = (Vec2::new(1366.0, 768.0), Vec2::new(2560.0, 1440.0));
        assert_eq!(screen([(laptop, false), (desk, true)].into_iter()), Some(desk));
        assert_eq!(screen([(desk, false), (laptop, false)].into_iter()), Some(laptop));
        assert_eq!(screen([(Vec2::ZERO, true)].into_iter()), None, "a screen that is switched off");
    }

    #[test]
    fn a_window_is_shown_once_it_fits_and_its_wish_is_remembered() {
        let mut app = App::new();
        app.add_plugins(plugin).insert_resource(HasFrames(false));
        let mut window = Window { visible: false, ..default() };
        window.resolution.set(3840.0, 2100.0);
        let window = app.world_mut().spawn((window, PrimaryWindow)).id();
        app.update();
        assert!(!app.world().get::<Window>(window).unwrap().visible, "no screen is known yet");
        let monitor = Monitor {
            name: None,
            physical_height: 1440,
            physical_width: 2560,
            physical_position: IVec2::ZERO,
            refresh_rate_millihertz: None,
            scale_factor: 2.0,
            video_modes: Vec::new(),
        };
        app.world_mut().spawn(monitor);
        app.update();
        let shown = app.world().get::<Window>(window).unwrap().clone();
        assert!(shown.visible && shown.size() == Vec2::new(1280.0, 720.0), "{}", shown.size());
        assert!(app.world().resource::<FittedSize>().is(&shown));
        app.world_mut().get_mut::<Window>(window).unwrap().resolution.set(900.0, 600.0);
        app.update();
        let resized = app.world().get::<Window>(window).unwrap();
        assert!(resized.width() == 900.0 && !app.world().resource::<FittedSize>().is(resized), "from then on it is the user's");
    }

    #[test]
    fn a_window_is_shown_though_no_screen_is_ever_told_of() {
        let mut app = App::new();
        app.add_plugins(plugin).insert_resource(HasFrames(true));
        let window = app.world_mut().spawn((Window { visible: false, ..default() }, PrimaryWindow)).id();
        (0..=PATIENCE).for_each(|_| app.update());
        assert!(app.world().get::<Window>(window).unwrap().visible);
    }
}

//! The fly camera: weightful flight, immediate looking.
//!
//! Owns its pose and input. It yields to the panels; how fast it flies is a setting of the session, and what it looks at is nobody's
//! business here.

use bevy::camera::CameraMainTextureUsages;
use bevy::core_pipeline::tonemapping::{DebandDither, Tonemapping};
use bevy::input::mouse::{AccumulatedMouseMotion, MouseScrollUnit, MouseWheel};
use bevy::prelude::*;
use bevy::render::render_resource::TextureUsages;
use bevy::window::{CursorGrabMode, CursorOptions, PrimaryWindow};

use super::{ExplorerSystems, InputFocus, Keyboard, look};
use crate::session::{FlightSpeed, SetFlightSpeed};

/// Time constant of speeding up, in seconds: 95 % of the speed after 150 ms.
const ACCELERATION_SECONDS: f32 = 0.05;
/// Time constant of coming to rest: 95 % after 250 ms.
const STOP_SECONDS: f32 = 0.083;
/// Sprint multiplies the speed by this.
const SPRINT: f32 = 3.0;
/// Degrees of turn for one pixel of mouse motion.
const DEGREES_PER_PIXEL: f32 = 0.16;
/// One notch of the wheel multiplies the speed by this.
const SPEED_PER_NOTCH: f32 = 1.2;
/// So many notches count in one frame.
const MOST_NOTCHES: f32 = 3.0;
/// A touchpad scrolls this far for a notch of the wheel, in logical pixels.
const PIXELS_PER_NOTCH: f32 = 100.0;
/// How long *fly here* takes, in seconds.
const GLIDE_SECONDS: f32 = 0.9;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<FlyTo>()
        .add_message::<GoHome>()
        .add_systems(Startup, spawn_camera.in_set(ExplorerSystems::Setup))
        .add_systems(Update, (start_glide, look_around, change_speed, fly, glide).chain().in_set(ExplorerSystems::Move));
}

/// Asks the camera to glide to where it faces a cell.
#[derive(Clone, Copy, Debug, Message)]
pub struct FlyTo(pub Vec3);

/// Asks the camera to glide back to its start.
#[derive(Clone, Copy, Debug, Message)]
pub struct GoHome;

/// The camera that the user flies. Its `Transform` is in cells.
#[derive(Component, Debug, Default)]
pub struct FlyCamera {
    /// Turn to the left in radians; 0 looks along -z.
    pub yaw: f32,
    /// Tilt upwards in radians.
    pub pitch: f32,
    /// Cells per second.
    pub velocity: Vec3,
    /// A glide that is under way.
    glide: Option<Glide>,
}

#[derive(Debug)]
struct Glide {
    from: (Vec3, f32, f32),
    to: (Vec3, f32, f32),
    seconds: f32,
}

impl FlyCamera {
    /// Whether it is elsewhere in the next frame.
    pub fn is_moving(&self) -> bool {
        self.velocity != Vec3::ZERO || self.glide.is_some()
    }
}

/// Position, yaw and pitch of the start: between rows and turned, so that they run into the depth, and level with a layer, where
/// no tile is half faded: those before the camera are either gone or fully there.
pub fn home() -> (Vec3, f32, f32) {
    (Vec3::new(1.5, 0.5, 5.0), 21.0_f32.to_radians(), -9.0_f32.to_radians())
}

/// The rotation of a camera with this yaw and pitch.
pub fn rotation(yaw: f32, pitch: f32) -> Quat {
    Quat::from_euler(EulerRot::YXZ, yaw, pitch, 0.0)
}

/// The projection of every camera that shows the lattice.
pub fn projection() -> Projection {
    Projection::Perspective(PerspectiveProjection { fov: look::FIELD_OF_VIEW.to_radians(), near: 0.05, far: 60.0, ..default() })
}

/// [`projection`] for a picture of a known shape: width over height.
pub fn projection_of_aspect(aspect_ratio: f32) -> Projection {
    let mut projection = projection();
    projection.update(aspect_ratio, 1.0);
    projection
}

/// What every camera that shows the lattice has: no tone mapping, so that faces keep their colours.
pub fn lattice_camera() -> impl Bundle {
    (
        Camera3d::default(),
        // The lattice is drawn apart and copied in.
        CameraMainTextureUsages::default().with(TextureUsages::COPY_DST),
        Msaa::Off,
        projection(),
        Tonemapping::None,
        DebandDither::Disabled,
    )
}

fn spawn_camera(mut commands: Commands) {
    let (position, yaw, pitch) = home();
    commands.spawn((
        Name::new("Fly camera"),
        lattice_camera(),
        Transform::from_translation(position).with_rotation(rotation(yaw, pitch)),
        FlyCamera { yaw, pitch, ..default() },
    ));
}

fn start_glide(mut camera: Query<(&Transform, &mut FlyCamera)>, mut targets: MessageReader<FlyTo>, mut homes: MessageReader<GoHome>) {
    for (transform, mut camera) in &mut camera {
        let from = (transform.translation, camera.yaw, camera.pitch);
        if let Some(FlyTo(cell)) = targets.read().last() {
            // Stop before the tile, on the side from which one comes, where it fills a good part of the view.
            let away = (from.0 - *cell).normalize_or(Vec3::Z);
            let (yaw, pitch) = facing(-away);
            camera.glide = Some(Glide { from, to: (*cell + away * look::NEAR_START, yaw, pitch), seconds: 0.0 });
        }
        if homes.read().last().is_some() {
            camera.glide = Some(Glide { from, to: home(), seconds: 0.0 });
        }
    }
}

/// Yaw and pitch that look along a direction.
fn facing(direction: Vec3) -> (f32, f32) {
    ((-direction.x).atan2(-direction.z), direction.y.clamp(-1.0, 1.0).asin())
}

fn look_around(
    mut camera: Query<(&mut Transform, &mut FlyCamera)>,
    mut cursor: Query<&mut CursorOptions, With<PrimaryWindow>>,
    focus: Res<InputFocus>,
    buttons: Res<ButtonInput<MouseButton>>,
    motion: Res<AccumulatedMouseMotion>,
    mut looking: Local<bool>,
) {
    if buttons.just_pressed(MouseButton::Right) && !focus.pointer_taken {
        *looking = true;
    }
    if !buttons.pressed(MouseButton::Right) {
        *looking = false;
    }
    for mut cursor in &mut cursor {
        let wanted = if *looking { CursorGrabMode::Locked } else { CursorGrabMode::None };
        if cursor.grab_mode != wanted {
            cursor.grab_mode = wanted;
            cursor.visible = !*looking;
        }
    }
    if !*looking || motion.delta == Vec2::ZERO {
        return;
    }
    for (mut transform, mut camera) in &mut camera {
        let turn = motion.delta * DEGREES_PER_PIXEL.to_radians();
        camera.yaw -= turn.x;
        camera.pitch = (camera.pitch - turn.y).clamp(-1.5, 1.5);
        camera.glide = None;
        transform.rotation = rotation(camera.yaw, camera.pitch);
    }
}

/// How far the wheel was turned. Touchpads tell it in pixels of the screen, a few at a time.
fn notches(moved: &MouseWheel, scale: f32) -> f32 {
    match moved.unit {
        MouseScrollUnit::Line => moved.y,
        MouseScrollUnit::Pixel => moved.y / (PIXELS_PER_NOTCH * scale),
    }
}

fn change_speed(
    flight: Res<FlightSpeed>,
    focus: Res<InputFocus>,
    mut wheel: MessageReader<MouseWheel>,
    window: Query<&Window, With<PrimaryWindow>>,
    mut speeds: MessageWriter<SetFlightSpeed>,
) {
    let scale = window.single().map_or(1.0, Window::scale_factor);
    let notches: f32 = wheel.read().map(|moved| notches(moved, scale)).sum();
    if !focus.pointer_taken && notches != 0.0 {
        let notches = notches.clamp(-MOST_NOTCHES, MOST_NOTCHES);
        speeds.write(SetFlightSpeed(flight.get() * SPEED_PER_NOTCH.powf(notches)));
    }
}

fn fly(
    mut camera: Query<(&mut Transform, &mut FlyCamera)>,
    flight: Res<FlightSpeed>,
    focus: Res<InputFocus>,
    keys: Res<ButtonInput<KeyCode>>,
    keyboard: Res<Keyboard>,
    time: Res<Time>,
) {
    let is_free = !focus.keyboard_taken && !keyboard.modifiers().commands();
    let wish = if is_free { wished_direction(&|place| keys.pressed(place) && !keyboard.is_command(place)) } else { Vec3::ZERO };
    let seconds = time.delta_secs();
    for (mut transform, mut camera) in &mut camera {
        let sprint = if keys.any_pressed([KeyCode::ShiftLeft, KeyCode::ShiftRight]) { SPRINT } else { 1.0 };
        let target = transform.rotation * wish * flight.get() * sprint;
        if wish != Vec3::ZERO {
            camera.glide = None;
        }
        let constant = if wish == Vec3::ZERO { STOP_SECONDS } else { ACCELERATION_SECONDS };
        let velocity = approach(camera.velocity, target, seconds, constant);
        if camera.velocity != velocity {
            camera.velocity = velocity;
        }
        if velocity.length_squared() > 1e-8 {
            transform.translation += velocity * seconds;
        }
    }
}

/// Exponential approach that does not depend on the frame rate.
fn approach(from: Vec3, to: Vec3, seconds: f32, time_constant: f32) -> Vec3 {
    let next = to + (from - to) * (-seconds / time_constant).exp();
    if (next - to).length_squared() < 1e-6 { to } else { next }
}

/// Where the keys at their places lead, in the camera's own directions.
fn wished_direction(is_held: &dyn Fn(KeyCode) -> bool) -> Vec3 {
    let axis = |positive: [KeyCode; 2], negative: [KeyCode; 2]| {
        let any = |places: [KeyCode; 2]| f32::from(u8::from(places.into_iter().any(is_held)));
        any(positive) - any(negative)
    };
    Vec3::new(
        axis([KeyCode::KeyD, KeyCode::ArrowRight], [KeyCode::KeyA, KeyCode::ArrowLeft]),
        axis([KeyCode::KeyE, KeyCode::PageUp], [KeyCode::KeyQ, KeyCode::PageDown]),
        axis([KeyCode::KeyS, KeyCode::ArrowDown], [KeyCode::KeyW, KeyCode::ArrowUp]),
    )
    .normalize_or_zero()
}

fn glide(mut camera: Query<(&mut Transform, &mut FlyCamera)>, time: Res<Time>) {
    for (mut transform, mut camera) in &mut camera {
        let Some(mut glide) = camera.glide.take() else { continue };
        glide.seconds += time.delta_secs();
        let t = crate::latent::interpolation::ease_in_out(glide.seconds / GLIDE_SECONDS);
        let turn = std::f32::consts::TAU;
        // The short way round.
        let turned = (glide.to.1 - glide.from.1 + turn / 2.0).rem_euclid(turn) - turn / 2.0;
        transform.translation = glide.from.0.lerp(glide.to.0, t);
        camera.yaw = glide.from.1 + turned * t;
        camera.pitch = glide.from.2 + (glide.to.2 - glide.from.2) * t;
        camera.velocity = Vec3::ZERO;
        transform.rotation = rotation(camera.yaw, camera.pitch);
        if glide.seconds < GLIDE_SECONDS {
            camera.glide = Some(glide);
        }
    }
}

#[cfg(test)]
mod tests {
    use bevy::input::touch::TouchPhase;

    use super::*;

    #[test]
    fn facing_and_rotation_agree() {
        for direction in [Vec3::NEG_Z, Vec3::X, Vec3::new(0.3, -0.5, 0.8).normalize(), Vec3::new(-0.7, 0.6, -0.2).normalize()] {
            let (yaw, pitch) = facing(direction);
            assert!((rotation(yaw, pitch) * Vec3::NEG_Z - direction).length() < 1e-5, "{direction}");
        }
    }

    #[test]
    fn a_touchpad_scrolls_as_far_as_the_wheel_whatever_the_screen() {
        let moved = |unit, y| MouseWheel { unit, x: 0.0, y, window: Entity::PLACEHOLDER, phase: TouchPhase::Moved };
        assert_eq!(notches(&moved(MouseScrollUnit::Line, 1.0), 2.0), 1.0);
        let stroke: f32 = (0..40).map(|_| notches(&moved(MouseScrollUnit::Pixel, 5.0), 2.0)).sum();
        assert!((stroke - 1.0).abs() < 1e-4, "{stroke}");
        assert!(notches(&moved(MouseScrollUnit::Pixel, 3.0), 1.0) < 0.04, "no jump");
    }

    #[test]
    fn speed_builds_up_and_dies_away_in_the_promised_time() {
        let run = |from: Vec3, to: Vec3, seconds: f32, constant: f32, frames: u32| {
            (0..frames).fold(from, |velocity, _| approach(velocity, to, seconds / frames as f32, constant))
        };
        let target = Vec3::new(0.0, 0.0, -3.0);
        let up = run(Vec3::ZERO, target, 0.15, ACCELERATION_SECONDS, 9);
        assert!((0.93..=1.0).contains(&(up.length() / 3.0)), "{up}");
        let down = run(target, Vec3::ZERO, 0.25, STOP_SECONDS, 15);
        assert!(down.length() / 3.0 < 0.06, "{down}");
        let coarse = run(Vec3::ZERO, target, 0.15, ACCELERATION_SECONDS, 2);
        assert!((coarse - up).length() < 1e-3, "the frame rate does not matter");
    }
}

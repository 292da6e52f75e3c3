//! What the script of the measurement sees and does.

use std::time::{Duration, Instant};

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;

use super::probe::FirstFrame;
use crate::explorer::{FlyCamera, LatticeScene, StreamingStats, TileStore, home, rotation};
use crate::session::{Activity, Alarm, Train, Training};
use crate::training::{EventKind, RunEvent};

/// Radians that the camera turns to the left in a second of flying.
const TURN: f32 = 0.25;

/// What the script sees and does.
#[derive(SystemParam)]
pub struct Stagehand<'w, 's> {
    pub keys: ResMut<'w, ButtonInput<KeyCode>>,
    pub camera: Query<'w, 's, (&'static mut Transform, &'static mut FlyCamera)>,
    pub time: Res<'w, Time<Real>>,
    pub store: Res<'w, TileStore>,
    pub stats: Res<'w, StreamingStats>,
    pub scene: Res<'w, LatticeScene>,
    pub adapter: Option<Res<'w, RenderAdapterInfo>>,
    pub training: Res<'w, Training>,
    pub train: MessageWriter<'w, Train>,
    pub activity: ResMut<'w, Activity>,
    pub alarm: Res<'w, Alarm>,
    pub first_frame: Res<'w, FirstFrame>,
    pub exit: MessageWriter<'w, AppExit>,
}

impl Stagehand<'_, '_> {
    pub fn go_home(&mut self) {
        let (position, yaw, pitch) = home();
        self.keys.release(KeyCode::KeyW);
        for (mut transform, mut camera) in &mut self.camera {
            *transform = Transform::from_translation(position).with_rotation(rotation(yaw, pitch));
            *camera = FlyCamera::default();
            (camera.yaw, camera.pitch) = (yaw, pitch);
        }
    }

    pub fn fly_on(&mut self) {
        self.keys.press(KeyCode::KeyW);
        let turn = TURN * self.time.delta_secs();
        for (mut transform, mut camera) in &mut self.camera {
            camera.yaw += turn;
            transform.rotation = rotation(camera.yaw, camera.pitch);
        }
    }

    /// Looks up again after so many seconds, though everything rests.
    pub fn look_up_after(&mut self, seconds: f32) {
        self.activity.by(Instant::now() + Duration::from_secs_f32(seconds.max(0.0)));
    }
}

/// Faces and seconds of training between the newest two moments at which it went on and was paused.
pub fn newest_stretch(events: &[RunEvent]) -> Option<(u64, f64)> {
    let end = events.iter().rposition(|event| event.kind == EventKind::Paused)?;
    let end_of = &events[end];
    let begin = events[..end].iter().rfind(|event| event.kind == EventKind::Resumed)?;
    Some((end_of.images.checked_sub(begin.images)?, end_of.seconds - begin.seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_lies_between_going_on_and_the_pause_after_it() {
        let event = |kind, images, seconds| RunEvent { step: images / 32, images, seconds, kind, detail: String::new() };
        use EventKind::{Changed, Paused, Resumed, Started};
        assert_eq!(newest_stretch(&[event(Started, 0, 0.0), event(Paused, 64, 1.0)]), None);
        let events = [
            event(Started, 0, 0.0),
            event(Paused, 64, 1.0),
            event(Resumed, 64, 1.0),
            event(Changed, 128, 2.0),
            event(Paused, 320, 5.0),
            event(Resumed, 320, 5.0),
        ];
        assert_eq!(newest_stretch(&events), Some((256, 4.0)));
    }
}

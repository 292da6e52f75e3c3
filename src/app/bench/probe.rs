//! What a resting explorer costs and how soon it answers.
//!
//! Owns the two measurements; when they are made is the benchmark's business.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy::render::render_resource::PollType;
use bevy::render::renderer::RenderDevice;
use bevy::render::{Render, RenderApp, RenderSystems};

use crate::engine::Waker;

/// Linux counts the time of processes in steps of this many seconds, whatever the machine.
const TICK: f64 = 0.01;

/// Seconds that all threads of this program have worked so far; `None` where the system does not tell.
pub fn worked_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    worked_seconds_of(&text)
}

fn worked_seconds_of(stat: &str) -> Option<f64> {
    // The name comes second, in brackets, and may contain anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) * TICK)
}

/// How long it takes from an input that wakes the app until the first frame with it has been drawn.
#[derive(Clone, Default, Resource)]
pub struct FirstFrame(Arc<Mutex<State>>);

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Idle,
    /// The input has come, at this time, and no frame has seen it.
    Came(Instant),
    /// The frame under way has seen it.
    Seen(Instant),
    /// That frame was drawn after this time.
    Drawn(Duration),
}

impl FirstFrame {
    /// Measures in apps that draw.
    pub fn add_to(app: &mut App) {
        let probe = Self::default();
        app.insert_resource(probe.clone());
        if let Some(render_app) = app.get_sub_app_mut(RenderApp) {
            render_app.insert_resource(probe).add_systems(Render, note_drawn.in_set(RenderSystems::Cleanup));
        }
    }

    /// Lets an input come, from a thread of its own as the window system's do, after a while of rest.
    pub fn ask(&self, after: Duration, waker: Waker) {
        let state = self.clone();
        std::thread::spawn(move || {
            std::thread::sleep(after);
            *state.state() = State::Came(Instant::now());
            waker.wake();
        });
    }

    /// Whether the input has come before this frame.
    pub fn has_come(&self) -> bool {
        let mut state = self.state();
        let State::Came(at) = *state else { return false };
        *state = State::Seen(at);
        true
    }

    /// How long it took, once the frame has been drawn.
    pub fn take(&self) -> Option<Duration> {
        let mut state = self.state();
        let State::Drawn(after) = *state else { return None };
        *state = State::Idle;
        Some(after)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn note_drawn(probe: Res<FirstFrame>, device: Res<RenderDevice>) {
    let State::Seen(seen) = *probe.state() else { return };
    // Until here it has only been asked for.
    device.poll(PollType::wait_indefinitely()).ok();
    *probe.state() = State::Drawn(seen.elapsed());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_program_is_found_whatever_its_name() {
        let stat = "17 (a (b) c) S 1 17 17 0 -1 4194304 900 0 0 0 250 50 0 0 20 0 9 0 100 1 1";
        assert_eq!(worked_seconds_of(stat), Some(3.0));
        assert_eq!(worked_seconds_of("nothing"), None);
    }
}

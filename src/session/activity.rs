//! What keeps frames coming: as long as nothing moves, fades or arrives, the app rests.
//!
//! Owns the causes that every layer names, the decision at the end of a frame, and how fast frames follow each other. How an app
//! rests and is woken is the window's business; an app without one draws frame after frame.

use std::time::{Duration, Instant};

use bevy::log::trace;
use bevy::prelude::*;
use bevy::time::TimeSystems;

/// So many frames follow the last cause: what one layer asks of another takes a frame or two, and so does a layout that settles.
const SETTLING_FRAMES: u32 = 2;
/// Where the camera has not moved for so long, nobody moves.
const STILL_AFTER: Duration = Duration::from_secs(2);
/// How much the newest frame counts for the frame rate.
const NEWEST: f32 = 0.1;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Activity>().add_systems(First, measure_rate.after(TimeSystems));
}

/// Why another frame is drawn at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The app has only just begun.
    Begins,
    /// The user has done something, or the window system.
    Input,
    /// The decoder, the training or a job has brought something.
    Arrives,
    /// The camera moves, or is about to.
    Moves,
    /// A tile fades in, or into another.
    Fades,
    /// A panel moves by itself.
    Panels,
}

/// When the next frame is drawn, if nothing comes before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Right after this one.
    AtOnce,
    /// Not before this.
    At(Instant),
    /// Not by itself.
    WhenWoken,
}

/// What keeps frames coming.
#[derive(Debug, Default, Resource)]
pub struct Activity {
    /// Whether the app rests at all; otherwise frame follows frame.
    pub rests: bool,
    causes: Vec<Cause>,
    due: Option<Instant>,
    settling: u32,
    follows_rest: bool,
    moved_at: Option<Instant>,
    seconds_per_frame: Option<f32>,
}

impl Activity {
    /// That of an app that rests.
    pub fn resting() -> Self {
        Self { rests: true, ..Self::default() }
    }

    /// Another frame is to be drawn at once.
    pub fn because(&mut self, cause: Cause) {
        if !self.causes.contains(&cause) {
            self.causes.push(cause);
        }
    }

    /// Another frame is to be drawn by then.
    pub fn by(&mut self, at: Instant) {
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// The end of a frame: when the next one comes. What was named until now has been heard.
    pub fn decide(&mut self, now: Instant) -> Next {
        let causes = std::mem::take(&mut self.causes);
        let due = self.due.take();
        if causes.contains(&Cause::Moves) {
            self.moved_at = Some(now);
        }
        if causes.iter().any(|cause| *cause != Cause::Panels) {
            self.settling = SETTLING_FRAMES;
        } else if causes.is_empty() {
            self.settling = self.settling.saturating_sub(1);
        }
        let next = match due {
            _ if !self.rests || !causes.is_empty() || self.settling > 0 => Next::AtOnce,
            Some(due) if due <= now => Next::AtOnce,
            Some(due) => Next::At(due),
            None => Next::WhenWoken,
        };
        trace!(?next, ?causes, settling = self.settling);
        self.follows_rest = next != Next::AtOnce;
        next
    }

    /// Whether the app has rested before the frame that is under way: how long says nothing about how fast things move.
    pub fn follows_rest(&self) -> bool {
        self.follows_rest
    }

    /// Whether the app rests and nobody has moved for a while.
    pub fn is_still(&self, now: Instant) -> bool {
        self.rests && self.moved_at.is_none_or(|moved| now.duration_since(moved) >= STILL_AFTER)
    }

    /// Frames in a second, of those that followed each other.
    pub fn frames_per_second(&self) -> f32 {
        self.seconds_per_frame.map_or(0.0, f32::recip)
    }

    fn measure(&mut self, seconds: f32) {
        if !self.follows_rest && seconds > 0.0 {
            self.seconds_per_frame = Some(self.seconds_per_frame.map_or(seconds, |known| known + NEWEST * (seconds - known)));
        }
    }
}

fn measure_rate(mut activity: ResMut<Activity>, time: Res<Time<Real>>) {
    activity.measure(time.delta_secs());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many frames are drawn in a row from now on, up to ten.
    fn frames(activity: &mut Activity) -> usize {
        (0..10).take_while(|_| activity.decide(Instant::now()) == Next::AtOnce).count()
    }

    #[test]
    fn without_a_cause_it_rests_and_every_cause_ends_that() {
        use Cause::{Arrives, Begins, Fades, Input, Moves, Panels};
        let mut activity = Activity::resting();
        assert_eq!(frames(&mut activity), 0);
        for cause in [Begins, Input, Arrives, Moves, Fades] {
            activity.because(cause);
            assert_eq!(frames(&mut activity), SETTLING_FRAMES as usize, "{cause:?}");
        }
        activity.because(Panels);
        assert_eq!(frames(&mut activity), 1, "panels know themselves how many they need");
        activity.because(Moves);
        activity.decide(Instant::now());
        activity.because(Panels);
        assert_eq!(frames(&mut activity), SETTLING_FRAMES as usize, "nor do they cut short what others need");
        activity.rests = false;
        assert_eq!(frames(&mut activity), 10, "an app that never rests");
    }

    #[test]
    fn the_earliest_time_counts_and_one_that_has_passed_is_now() {
        let (mut activity, now) = (Activity::resting(), Instant::now());
        let later = |seconds| now + Duration::from_secs(seconds);
        activity.by(later(9));
        activity.by(later(3));
        activity.by(later(5));
        assert_eq!(activity.decide(now), Next::At(later(3)));
        assert_eq!(activity.decide(now), Next::WhenWoken, "who still wants it says so again");
        activity.by(now);
        assert_eq!(activity.decide(now), Next::AtOnce);
        activity.by(later(3));
        activity.because(Cause::Input);
        assert_eq!(activity.decide(now), Next::AtOnce);
    }

    #[test]
    fn frames_after_a_rest_count_for_no_rate() {
        let mut activity = Activity::resting();
        activity.because(Cause::Moves);
        activity.decide(Instant::now());
        activity.measure(0.02);
        assert!(!activity.follows_rest() && (activity.frames_per_second() - 50.0).abs() < 0.01);
        assert_eq!(frames(&mut activity), 1);
        activity.measure(30.0);
        assert!(activity.follows_rest() && (activity.frames_per_second() - 50.0).abs() < 0.01);
    }

    #[test]
    fn nobody_moves_once_the_camera_has_stood_for_a_while() {
        let (mut activity, now) = (Activity::resting(), Instant::now());
        assert!(activity.is_still(now));
        activity.because(Cause::Moves);
        activity.decide(now);
        assert!(!activity.is_still(now + STILL_AFTER / 2) && activity.is_still(now + STILL_AFTER));
        activity.because(Cause::Input);
        activity.decide(now + STILL_AFTER);
        assert!(activity.is_still(now + STILL_AFTER), "reading a panel moves nobody");
        activity.rests = false;
        assert!(!activity.is_still(now + STILL_AFTER));
    }
}

//! How frames make room for a training: the other half of the train share.
//!
//! A renderer in software takes every core it gets, so that a training beside it would starve. Above a share the frames rest, too;
//! without a running training they never do.

use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy::time::TimeSystems;

use super::{Activity, Training, TrainingStatus};

/// Up to this share frames do not rest: training alone holds back.
const UNDISTURBED: f32 = 0.3;
/// At the full share frames rest this many times as long as they take.
const LONGEST: f32 = 2.0;
/// No frame rests longer, so that the view still answers.
const MOST: Duration = Duration::from_millis(120);

pub(super) fn plugin(app: &mut App) {
    app.add_systems(First, rest.before(TimeSystems));
}

/// How long to rest after a frame that took `worked`.
fn rest_after(worked: Duration, share: f32) -> Duration {
    let part = ((share - UNDISTURBED) / (1.0 - UNDISTURBED)).clamp(0.0, 1.0);
    worked.mul_f32(part * LONGEST).min(MOST)
}

/// Before a frame, so that what it shows is shown at once. The first frame after the app has rested follows nothing.
fn rest(training: Res<Training>, activity: Res<Activity>, mut since: Local<Option<Instant>>) {
    if training.status == TrainingStatus::Running
        && !activity.follows_rest()
        && let Some(since) = *since
    {
        let rest = rest_after(since.elapsed(), training.share);
        if !rest.is_zero() {
            std::thread::sleep(rest);
        }
    }
    *since = Some(Instant::now());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_rest_the_longer_the_larger_the_share() {
        let frame = Duration::from_millis(30);
        assert_eq!(rest_after(frame, 0.05), Duration::ZERO);
        assert!(rest_after(frame, 1.0).abs_diff(Duration::from_millis(60)) < Duration::from_micros(10));
        assert_eq!(rest_after(Duration::from_secs(1), 1.0), MOST);
        let rests: Vec<Duration> = (0..=20).map(|n| rest_after(frame, n as f32 / 20.0)).collect();
        assert!(rests.windows(2).all(|pair| pair[0] <= pair[1]));
    }
}

//! How often the lattice shows what a training has learned meanwhile.
//!
//! Owns when new weights are wanted. Where nobody moves, reading, decoding and fading everything anew every few seconds would only take
//! the machine from the training.

use std::time::{Duration, Instant};

use bevy::prelude::Resource;

use super::Activity;

/// While nobody moves, new weights are shown this often.
const SHOW_EVERY: Duration = Duration::from_secs(10);

/// When weights of the run that is shown were shown last.
#[derive(Debug, Default, Resource)]
pub struct Unveiling {
    shown: Option<Instant>,
}

impl Unveiling {
    /// Whether new weights of a run may be shown now; if not, the app looks up when they may. Those of a run that learns no more
    /// are the last ones, and may always be shown.
    pub fn may_show(&self, learns: bool, activity: &mut Activity) -> bool {
        self.may_show_at(Instant::now(), learns, activity)
    }

    fn may_show_at(&self, now: Instant, learns: bool, activity: &mut Activity) -> bool {
        match self.shown.map(|shown| shown + SHOW_EVERY) {
            Some(due) if learns && due > now && activity.is_still(now) => {
                activity.by(due);
                false
            }
            _ => true,
        }
    }

    /// Takes note that they are shown.
    pub fn shows_now(&mut self) {
        self.shown = Some(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Cause, Next};

    #[test]
    fn new_weights_wait_while_nobody_moves_and_come_when_they_are_due() {
        let now = Instant::now();
        let mut still = Activity::resting();
        let unveiling = Unveiling { shown: Some(now) };
        let soon = now + SHOW_EVERY / 2;
        assert!(Unveiling::default().may_show_at(now, true, &mut still), "the first ones at once");
        assert!(!unveiling.may_show_at(soon, true, &mut still));
        assert_eq!(still.decide(soon), Next::At(now + SHOW_EVERY));
        assert!(unveiling.may_show_at(now + SHOW_EVERY, true, &mut still));
        assert!(unveiling.may_show_at(soon, false, &mut still), "the last ones at once");
        still.because(Cause::Moves);
        still.decide(soon);
        assert!(unveiling.may_show_at(soon, true, &mut still), "who flies sees them as they come");
        let mut restless = Activity::default();
        assert!(unveiling.may_show_at(soon, true, &mut restless), "and so does an app that never rests");
    }
}

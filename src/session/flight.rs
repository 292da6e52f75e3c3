//! How fast the user flies: a setting like others, kept where it can be undone.
//!
//! Owns the speed and the one message that changes it. What flies, and which input asks for another speed, is the explorer's
//! business.

use std::ops::RangeInclusive;

use bevy::prelude::*;

/// What the speed may be, in cells per second.
const SPEEDS: RangeInclusive<f32> = 0.25..=40.0;
/// The speed of the first flight, in cells per second.
const DEFAULT_SPEED: f32 = 3.0;
/// Speeds that differ by less than this share of them are the same: rounding leaves as much after scrolling to and fro.
const SAME: f32 = 1e-5;

/// Asks for another speed of flight, in cells per second.
#[derive(Clone, Copy, Debug, Message)]
pub struct SetFlightSpeed(pub f32);

/// How fast the user flies.
#[derive(Clone, Copy, Debug, PartialEq, Resource)]
pub struct FlightSpeed(f32);

impl Default for FlightSpeed {
    fn default() -> Self {
        Self(DEFAULT_SPEED)
    }
}

impl FlightSpeed {
    /// Cells per second, 0.25 to 40.
    pub fn get(self) -> f32 {
        self.0
    }

    /// Changes the speed, as far as it may go. What is set here cannot be undone: it is for what was left of a session.
    pub fn set(&mut self, speed: f32) {
        self.0 = speed.clamp(*SPEEDS.start(), *SPEEDS.end());
    }

    /// True where the user sees no difference.
    pub(super) fn looks_like(self, other: Self) -> bool {
        (self.0 - other.0).abs() <= SAME * self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_stay_within_what_can_be_flown() {
        let mut flight = FlightSpeed::default();
        for (asked, got) in [(7.5, 7.5), (0.0, 0.25), (1000.0, 40.0)] {
            flight.set(asked);
            assert_eq!(flight.get(), got);
        }
    }

    #[test]
    fn scrolling_to_and_fro_ends_at_the_same_speed() {
        let mut flight = FlightSpeed::default();
        (0..9).for_each(|_| flight.set(flight.get() * 1.2));
        assert!(!flight.looks_like(FlightSpeed::default()));
        (0..9).for_each(|_| flight.set(flight.get() / 1.2));
        assert!(flight.looks_like(FlightSpeed::default()), "{flight:?}");
    }
}

//! Undo and redo of what the user steers: sliders, truncation, seed, sampler, units, axes and step of the lattice, speed of flight.
//!
//! Owns the earlier states and what counts as one step; `undo` has the systems. The camera's place is no part of it: one flies back. Another model starts
//! another history, for coordinates mean something else there.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use bevy::prelude::Resource;

use super::flight::FlightSpeed;
use super::steering::{Steer, Steering, SteeringState};

/// This many steps can be undone.
pub const HISTORY_STEPS: usize = 100;
/// Changes of the same kind that follow each other at most this quickly are one step.
const PAUSE: Duration = Duration::from_millis(600);

/// What a step has changed; its `Display` is what the user reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// One coordinate; axes are counted from 0.
    Coordinate(usize),
    /// All coordinates.
    Face,
    /// All coordinates: those of a photo.
    Photo,
    /// A random face.
    Random,
    /// Back to the mean.
    Mean,
    /// The seed of random faces.
    Seed,
    /// The truncation of random faces.
    Truncation,
    /// What random faces are drawn from.
    Sampler,
    /// The axis along x, y or z (0 to 2).
    LatticeAxis(usize),
    /// Where an axis acts, counted from 0.
    Zone(usize),
    /// Where all axes act.
    Zones,
    /// The step of the lattice.
    LatticeStep,
    /// The units of codes.
    Units,
    /// The speed of flight.
    FlightSpeed,
}

impl ChangeKind {
    /// True for what is dragged or scrolled: many changes in a row are one step then. Of what is pressed, every time is a step.
    fn is_gradual(self) -> bool {
        match self {
            Self::Coordinate(_) | Self::Seed | Self::Truncation | Self::LatticeAxis(_) | Self::LatticeStep | Self::FlightSpeed => true,
            Self::Face | Self::Photo | Self::Random | Self::Mean | Self::Sampler | Self::Zone(_) | Self::Zones | Self::Units => false,
        }
    }
}

impl From<&Steer> for ChangeKind {
    fn from(change: &Steer) -> Self {
        match change {
            Steer::SetCoordinate(axis, _) => Self::Coordinate(*axis),
            Steer::SetLatent(_) => Self::Face,
            Steer::Randomize => Self::Random,
            Steer::Reset => Self::Mean,
            Steer::SetSeed(_) => Self::Seed,
            Steer::SetTruncation(_) => Self::Truncation,
            Steer::SetSampler(_) => Self::Sampler,
            Steer::SetLatticeAxis(place, _) => Self::LatticeAxis(*place),
            Steer::SetZone(axis, _) => Self::Zone(*axis),
            Steer::ClearZones => Self::Zones,
            Steer::SetStep(_) => Self::LatticeStep,
            Steer::SetUnits(_) => Self::Units,
        }
    }
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Coordinate(axis) => write!(text, "axis {}", axis + 1),
            Self::Face => text.write_str("steering to a face"),
            Self::Photo => text.write_str("steering to a photo"),
            Self::Random => text.write_str("random face"),
            Self::Mean => text.write_str("reset"),
            Self::Seed => text.write_str("seed"),
            Self::Truncation => text.write_str("truncation"),
            Self::Sampler => text.write_str("sampler"),
            Self::LatticeAxis(place) => write!(text, "axis along {}", ["x", "y", "z"].get(*place).unwrap_or(&"?")),
            Self::Zone(axis) => write!(text, "zone of axis {}", axis + 1),
            Self::Zones => text.write_str("zones"),
            Self::LatticeStep => text.write_str("step"),
            Self::Units => text.write_str("units"),
            Self::FlightSpeed => text.write_str("speed of flight"),
        }
    }
}

/// Earlier states, and those that were left by undoing.
#[derive(Debug, Default, Resource)]
pub struct History {
    done: VecDeque<Step>,
    undone: Vec<Step>,
    open: Option<OpenStep>,
    /// What could be done again before the last change that may be called off.
    put_by: Vec<Step>,
}

/// A step, and the state on its far side: before it where it is done, after it where it is undone.
#[derive(Debug)]
struct Step {
    kind: ChangeKind,
    state: State,
}

impl Step {
    /// Goes to the far side; what is left is the step back.
    fn take(self, steering: &mut Steering, flight: &mut FlightSpeed) -> Self {
        let left = match self.state {
            State::Steering(state) => {
                let left = steering.state();
                steering.set_state(&state);
                State::Steering(left)
            }
            State::Flight(speed) => State::Flight(std::mem::replace(flight, speed)),
        };
        Self { kind: self.kind, state: left }
    }
}

/// What a step may change: the steering as a whole, or how fast one flies.
#[derive(Debug)]
enum State {
    Steering(SteeringState),
    Flight(FlightSpeed),
}

impl State {
    /// True where the user sees no difference.
    fn looks_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Steering(state), Self::Steering(other)) => state.looks_like(other),
            (Self::Flight(speed), Self::Flight(other)) => speed.looks_like(*other),
            _ => false,
        }
    }
}

/// The last step, while more of the same may join it.
#[derive(Debug)]
struct OpenStep {
    kind: ChangeKind,
    changed: Duration,
    /// The pointer has been held since the last change: however long the user rests, it is the same drag.
    held: bool,
}

impl History {
    /// What would be undone.
    pub fn next_undo(&self) -> Option<ChangeKind> {
        self.done.back().map(|step| step.kind)
    }

    /// What would be done again.
    pub fn next_redo(&self) -> Option<ChangeKind> {
        self.undone.last().map(|step| step.kind)
    }

    /// Takes note of a change of the steering, `now` counting from any moment.
    pub(super) fn record(&mut self, kind: ChangeKind, before: SteeringState, after: &SteeringState, now: Duration) {
        self.note(kind, State::Steering(before), &State::Steering(after.clone()), now);
    }

    /// Takes note of a change that may yet be called off.
    pub(super) fn begin(&mut self, kind: ChangeKind, before: SteeringState, after: &SteeringState, now: Duration) {
        let undone = std::mem::take(&mut self.undone);
        self.record(kind, before, after, now);
        self.put_by = undone;
    }

    /// The last such change never was; whoever calls it off takes back what it has changed.
    pub(super) fn call_off(&mut self, kind: ChangeKind) {
        let Some(place) = self.done.iter().rposition(|step| step.kind == kind) else { return };
        // Whatever came after it is a change all the same, and has cleared what could be done again.
        if place + 1 == self.done.len() {
            self.undone = std::mem::take(&mut self.put_by);
        }
        self.done.remove(place);
        self.open = None;
    }

    /// Takes note of another speed of flight.
    pub(super) fn record_speed(&mut self, before: FlightSpeed, after: FlightSpeed, now: Duration) {
        self.note(ChangeKind::FlightSpeed, State::Flight(before), &State::Flight(after), now);
    }

    fn note(&mut self, kind: ChangeKind, before: State, after: &State, now: Duration) {
        if before.looks_like(after) {
            return;
        }
        self.undone.clear();
        let joins = self.open.take().is_some_and(|open| open.kind == kind && (open.held || now.saturating_sub(open.changed) <= PAUSE));
        if !joins {
            self.done.push_back(Step { kind, state: before });
            if self.done.len() > HISTORY_STEPS {
                self.done.pop_front();
            }
        } else if self.done.back().is_some_and(|step| step.state.looks_like(after)) {
            // Dragged to and fro: there is nothing to undo, unless the drag goes on.
            self.done.pop_back();
            return;
        }
        self.open = kind.is_gradual().then_some(OpenStep { kind, changed: now, held: true });
    }

    /// Goes back to before the last step; false where there is none.
    pub(super) fn undo(&mut self, steering: &mut Steering, flight: &mut FlightSpeed) -> bool {
        self.open = None;
        let step = self.done.pop_back().map(|step| step.take(steering, flight));
        let is_there = step.is_some();
        self.undone.extend(step);
        is_there
    }

    /// Goes to after the step that was undone last; false where there is none.
    pub(super) fn redo(&mut self, steering: &mut Steering, flight: &mut FlightSpeed) -> bool {
        self.open = None;
        let step = self.undone.pop().map(|step| step.take(steering, flight));
        let is_there = step.is_some();
        self.done.extend(step);
        is_there
    }

    /// The pointer is up: a drag, if there was one, is over.
    pub(super) fn release(&mut self) {
        if let Some(open) = &mut self.open {
            open.held = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::recording::{apply_and_record, set_and_record};
    use super::super::sampler::tests::mixture;
    use super::super::{CodeUnits, DEFAULT_SEED, SamplerChoice};
    use super::*;

    struct User {
        steering: Steering,
        flight: FlightSpeed,
        history: History,
        now: Duration,
    }

    impl User {
        fn new() -> Self {
            let mut steering = Steering::default();
            steering.adopt(8, None);
            Self { steering, flight: FlightSpeed::default(), history: History::default(), now: Duration::ZERO }
        }

        fn after(&mut self, milliseconds: u64, change: Steer) {
            self.now += Duration::from_millis(milliseconds);
            apply_and_record(&mut self.steering, &mut self.history, &change, self.now);
        }

        /// A drag of an axis, with a rest in the middle, and the release of the pointer.
        fn drag(&mut self, axis: usize, to: f32) {
            self.after(1000, Steer::SetCoordinate(axis, to / 3.0));
            self.after(16, Steer::SetCoordinate(axis, to / 2.0));
            self.after(5000, Steer::SetCoordinate(axis, to));
            self.history.release();
        }

        /// A notch of the wheel, which multiplies the speed; no pointer is held.
        fn scroll(&mut self, milliseconds: u64, factor: f32) {
            self.now += Duration::from_millis(milliseconds);
            let speed = self.flight.get() * factor;
            set_and_record(&mut self.flight, &mut self.history, speed, self.now);
            self.history.release();
        }

        fn undo(&mut self) -> bool {
            self.history.undo(&mut self.steering, &mut self.flight)
        }

        fn redo(&mut self) -> bool {
            self.history.redo(&mut self.steering, &mut self.flight)
        }
    }

    #[test]
    fn a_drag_is_one_step_and_a_pause_begins_another() {
        let mut user = User::new();
        let start = user.steering.state();
        user.drag(3, 1.5);
        let between = user.steering.state();
        user.drag(3, -2.0);
        assert_eq!(user.history.next_undo(), Some(ChangeKind::Coordinate(3)));
        assert!(user.undo());
        assert_eq!(user.steering.state(), between);
        assert!(user.undo());
        assert_eq!(user.steering.state(), start);
        assert!(!user.undo(), "that is all");
    }

    #[test]
    fn a_click_and_a_double_click_soon_after_are_one_step_but_another_axis_is_another() {
        let mut user = User::new();
        let start = user.steering.state();
        user.after(1000, Steer::SetCoordinate(3, 2.0));
        user.history.release();
        user.after(200, Steer::SetCoordinate(3, 0.0));
        user.after(16, Steer::SetCoordinate(4, 1.0));
        user.undo();
        assert_eq!(user.steering.state().base[3], 0.0);
        user.undo();
        assert_eq!(user.steering.state(), start);
    }

    #[test]
    fn every_press_of_a_button_is_a_step() {
        let mut user = User::new();
        for _ in 0..3 {
            user.after(50, Steer::Randomize);
        }
        user.undo();
        assert_eq!(user.steering.seed, DEFAULT_SEED + 2);
    }

    #[test]
    fn redo_after_undo_is_identity_for_every_kind_of_change() {
        let mut user = User::new();
        let changes = [
            Steer::SetCoordinate(2, 1.25),
            Steer::Randomize,
            Steer::SetTruncation(1.1),
            Steer::SetSeed(77),
            Steer::SetSampler(SamplerChoice::Mixture),
            Steer::SetStep(0.9),
            Steer::SetLatticeAxis(1, 6),
            Steer::SetZone(3, crate::latent::Zone::Fine),
            Steer::SetZone(6, crate::latent::Zone::Coarse),
            Steer::ClearZones,
            Steer::SetZone(0, crate::latent::Zone::Middle),
            Steer::SetUnits(CodeUnits::Raw),
            Steer::Reset,
            Steer::SetLatent(crate::latent::Latent(vec![0.5; 8])),
        ];
        let mut states = vec![user.steering.state()];
        for change in changes {
            user.after(1000, change);
            states.push(user.steering.state());
        }
        for state in states.iter().rev().skip(1) {
            assert!(user.undo());
            assert_eq!(user.steering.state(), *state);
        }
        for state in &states[1..] {
            assert!(user.redo());
            assert_eq!(user.steering.state(), *state);
        }
        assert!(!user.redo());
    }

    #[test]
    fn a_new_change_clears_redo() {
        let mut user = User::new();
        user.drag(0, 1.0);
        user.drag(1, 1.0);
        user.undo();
        assert_eq!(user.history.next_redo(), Some(ChangeKind::Coordinate(1)));
        user.after(10, Steer::SetCoordinate(0, 1.0));
        assert!(user.history.next_redo().is_some(), "this changes nothing");
        user.after(10, Steer::SetCoordinate(0, 2.0));
        assert_eq!(user.history.next_redo(), None);
        user.undo();
        assert_eq!(user.steering.state().base[0], 1.0, "a change after undo joins no earlier drag");
    }

    #[test]
    fn a_hundred_steps_are_the_limit() {
        let mut user = User::new();
        for step in 0..HISTORY_STEPS + 20 {
            user.drag(0, 1.0 + step as f32 / 100.0);
        }
        assert_eq!((0..500).filter(|_| user.undo()).count(), HISTORY_STEPS);
        assert_eq!(user.steering.state().base[0], 1.0 + 19.0_f32 / 100.0, "the state after the twentieth drag");
    }

    #[test]
    fn what_is_dragged_back_leaves_no_step() {
        let mut user = User::new();
        user.after(0, Steer::SetCoordinate(0, 0.5));
        user.history.release();
        user.after(1000, Steer::SetCoordinate(0, 1.5));
        user.after(16, Steer::SetCoordinate(0, 0.5));
        user.after(16, Steer::SetCoordinate(0, 2.5));
        user.undo();
        assert_eq!(user.steering.state().base[0], 0.5);
        assert_eq!(user.history.next_undo(), Some(ChangeKind::Coordinate(0)));
    }

    #[test]
    fn another_sampler_is_a_step() {
        let mut user = User::new();
        user.steering.adopt(2, Some(mixture()));
        let start = user.steering.state();
        user.after(1000, Steer::SetSampler(SamplerChoice::Mixture));
        let drawn = user.steering.state();
        assert_ne!(drawn.base, start.base);
        assert_eq!(user.history.next_undo().map(|kind| kind.to_string()).as_deref(), Some("sampler"));
        assert!(user.undo());
        assert_eq!(user.steering.state(), start);
        assert!(user.redo());
        assert_eq!(user.steering.state(), drawn);
    }

    #[test]
    fn a_burst_of_scrolling_is_one_step_and_touches_no_slider() {
        let mut user = User::new();
        (0..3).for_each(|_| user.scroll(200, 1.2));
        let burst = user.flight;
        user.drag(0, 1.0);
        let dragged = user.steering.state();
        (0..3).for_each(|_| user.scroll(1000, 1.2));
        assert_eq!(user.history.next_undo(), Some(ChangeKind::FlightSpeed));
        assert!((0..3).all(|_| user.undo()), "each after a rest is a step");
        assert_eq!((user.flight, user.steering.state()), (burst, dragged.clone()));
        assert!(user.undo() && user.flight == burst, "the drag comes next");
        assert!(user.undo() && user.flight == FlightSpeed::default());
        assert!(!user.undo(), "the burst was one step");
        assert!(user.redo() && user.flight == burst && user.redo() && user.steering.state() == dragged);
    }

    #[test]
    fn what_is_scrolled_back_or_beyond_the_end_leaves_no_step() {
        let mut user = User::new();
        user.scroll(1000, 1.2);
        user.scroll(100, 1.0 / 1.2);
        assert_eq!(user.history.next_undo(), None);
        user.scroll(1000, 1000.0);
        user.scroll(1000, 1.2);
        assert!(user.undo() && !user.undo(), "it was as fast as it may be");
    }

    #[test]
    fn what_is_called_off_never_was() {
        let mut user = User::new();
        user.drag(0, 1.0);
        user.drag(1, 1.0);
        user.undo();
        let start = user.steering.state();
        user.steering.apply(&Steer::SetLatent(crate::latent::Latent(vec![0.5; 8])));
        user.history.begin(ChangeKind::Photo, start.clone(), &user.steering.state(), user.now);
        assert_eq!((user.history.next_undo(), user.history.next_redo()), (Some(ChangeKind::Photo), None));
        user.steering.set_state(&start);
        user.history.call_off(ChangeKind::Photo);
        assert_eq!(user.history.next_undo(), Some(ChangeKind::Coordinate(0)));
        assert_eq!(user.history.next_redo(), Some(ChangeKind::Coordinate(1)), "what could be done again still can");
        user.history.call_off(ChangeKind::Photo);
        assert!(user.redo() && user.undo() && user.undo() && !user.undo());
    }

    #[test]
    fn steps_are_named_as_users_know_them() {
        let kinds = [ChangeKind::Coordinate(2), ChangeKind::LatticeAxis(0), ChangeKind::Mean, ChangeKind::FlightSpeed];
        assert_eq!(kinds.map(|kind| kind.to_string()), ["axis 3", "axis along x", "reset", "speed of flight"]);
    }
}

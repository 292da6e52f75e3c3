//! Wakes the app from its rest: at once, at a time, or every now and then.
//!
//! Owns the thread that waits for times. Why the app wakes is the business of those who ask.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bevy::prelude::Resource;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::engine::Waker;

/// What a training or a job tells is looked at this often while nothing else happens.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How the app is woken. By itself it never is, which is right for an app that draws frame after frame.
#[derive(Clone, Default, Resource)]
pub struct Alarm {
    waker: Waker,
    times: Option<Sender<Time>>,
}

/// So many times may be on their way to the thread that waits for them; it only sorts them, so they never wait long.
const WAITING: usize = 256;

/// A time that is waited for.
enum Time {
    /// When the next frame is due; the one that was set before is forgotten.
    Frame(Option<Instant>),
    /// When something that has come is to be looked at.
    Event(Instant),
}

impl Alarm {
    /// One that wakes the app by this. Where the system starts no thread, every time has come at once.
    pub fn new(waker: Waker) -> Self {
        let (times, waited_for) = bounded(WAITING);
        let ring = waker.clone();
        let thread = std::thread::Builder::new().name("alarm".into()).spawn(move || wait(&waited_for, &ring));
        Self { waker, times: thread.is_ok().then_some(times) }
    }

    /// Sets when the app wakes if nothing comes before; `None`: not by itself.
    pub fn set(&self, at: Option<Instant>) {
        match &self.times {
            Some(times) => {
                times.send(Time::Frame(at)).ok();
            }
            None if at.is_some() => self.waker.wake(),
            None => {}
        }
    }

    /// What wakes the app at once.
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// What wakes the app for a training or a job: a few times in a second, however much it has to tell.
    pub fn patient_waker(&self) -> Waker {
        let Self { waker, times } = self.clone();
        Waker::at_most_every(LOOK_EVERY, move |at| match &times {
            Some(times) => {
                times.send(Time::Event(at)).ok();
            }
            None => waker.wake(),
        })
    }
}

fn wait(times: &Receiver<Time>, waker: &Waker) {
    let (mut frame, mut events) = (None, BTreeSet::new());
    loop {
        let received = match frame.into_iter().chain(events.first().copied()).min() {
            Some(at) => times.recv_deadline(at),
            None => times.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match received {
            Ok(Time::Frame(at)) => frame = at,
            Ok(Time::Event(at)) => {
                events.insert(at);
            }
            Err(RecvTimeoutError::Timeout) => {
                let now = Instant::now();
                frame = frame.filter(|at| *at > now);
                events.retain(|at| *at > now);
                waker.wake();
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::bounded;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn alarm() -> (Alarm, Receiver<Instant>) {
        let (sender, rings) = bounded(64);
        (
            Alarm::new(Waker::new(move || {
                sender.try_send(Instant::now()).ok();
            })),
            rings,
        )
    }

    #[test]
    fn a_time_that_is_set_anew_is_waited_for_in_place_of_the_one_before() {
        let (alarm, rings) = alarm();
        alarm.set(Some(Instant::now() + 2 * PATIENCE));
        let at = Instant::now() + Duration::from_millis(20);
        alarm.set(Some(at));
        assert!(rings.recv_timeout(PATIENCE).unwrap() >= at);
    }

    #[test]
    fn what_has_come_is_looked_at_though_no_frame_is_due() {
        let (alarm, rings) = alarm();
        let waker = alarm.patient_waker();
        (0..100).for_each(|_| waker.wake());
        alarm.set(None);
        let first = rings.recv_timeout(PATIENCE).unwrap();
        waker.wake();
        let second = rings.recv_timeout(PATIENCE).unwrap();
        assert!(second - first >= LOOK_EVERY / 2, "not at once again");
        assert!(rings.is_empty(), "and so often only");
    }

    #[test]
    fn an_app_without_an_alarm_is_left_alone() {
        let alarm = Alarm::default();
        alarm.set(Some(Instant::now()));
        alarm.patient_waker().wake();
        alarm.waker().wake();
    }
}

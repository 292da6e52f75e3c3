//! The end of the measurement: what the explorer costs while nothing happens, and how soon it answers.
//!
//! Owns the stages of the rest, without a training that goes on and beside one.

use std::time::Duration;

use bevy::prelude::KeyCode;

use super::probe::worked_seconds;
use super::stagehand::{Stagehand, newest_stretch};
use crate::engine::TrainingCommand;
use crate::session::{Train, TrainingStatus};

/// By then everything has come to rest.
const COMING_TO_REST_SECONDS: f32 = 2.0;
/// How long it rests before a key goes down.
const LULL: Duration = Duration::from_millis(400);

/// What was measured while the explorer rested, for as long as a leg.
#[derive(Clone, Copy, Debug, Default)]
pub struct RestResult {
    /// Whether the training went on.
    pub trains: bool,
    /// How many cores all threads took, the training's included; `None` where the system does not tell.
    pub cores: Option<f64>,
    /// Frames in a second that were drawn all the same.
    pub frames_per_second: f64,
    /// Milliseconds from a key that goes down to the first frame that has moved.
    pub first_frame_ms: f64,
    /// Faces that the training has learned from, and the seconds of training that took.
    pub trained: (u64, f64),
}

/// How the rest is measured.
#[derive(Clone, Copy)]
pub struct Rest {
    /// For so many seconds.
    pub seconds: f32,
    /// Also beside a training that goes on.
    pub has_training: bool,
}

/// Where the measurement of the rest stands.
#[derive(Clone, Copy, PartialEq)]
pub enum RestStage {
    /// Back at the start, until everything rests; whether the training goes on afterwards.
    ComingToRest(bool),
    /// The training was asked to go on beside a resting explorer.
    Resuming,
    /// Nothing happens: the seconds that were worked before, and the frames since then.
    Resting(bool, Option<f64>, u32),
    /// A key is about to go down.
    Waking(bool),
    /// It is down, and its frame is being drawn.
    Answering(bool),
    /// The training was asked to pause.
    Pausing,
}

impl RestStage {
    /// The first one.
    pub const BEGIN: Self = Self::ComingToRest(false);
}

/// What comes after a frame of a stage that has lasted for `age` seconds: `None` where the measurement is over; why it cannot go on.
pub fn next(
    stage: RestStage,
    Rest { seconds, has_training }: Rest,
    age: f32,
    hand: &mut Stagehand,
    results: &mut Vec<RestResult>,
) -> Result<Option<RestStage>, String> {
    let is_running = hand.training.status == TrainingStatus::Running;
    let begin = |trains| RestStage::Resting(trains, worked_seconds(), 0);
    Ok(Some(match stage {
        RestStage::ComingToRest(trains) => {
            hand.go_home();
            hand.activity.rests = true;
            hand.look_up_after(COMING_TO_REST_SECONDS - age);
            match trains {
                _ if age < COMING_TO_REST_SECONDS || hand.stats.waiting > 0 => stage,
                true => {
                    hand.train.write(Train::Command(TrainingCommand::Resume));
                    RestStage::Resuming
                }
                false => begin(false),
            }
        }
        RestStage::Resuming if is_running => begin(true),
        RestStage::Resting(trains, worked, frames) if age < seconds => {
            hand.look_up_after(seconds - age);
            RestStage::Resting(trains, worked, frames + 1)
        }
        RestStage::Resting(trains, worked, frames) => {
            let cores = worked_seconds().zip(worked).map(|(after, before)| (after - before) / f64::from(age));
            let frames_per_second = f64::from(frames) / f64::from(age);
            results.push(RestResult { trains, cores, frames_per_second, ..RestResult::default() });
            hand.first_frame.ask(LULL, hand.alarm.waker());
            RestStage::Waking(trains)
        }
        RestStage::Waking(trains) if hand.first_frame.has_come() => {
            hand.keys.press(KeyCode::KeyW);
            RestStage::Answering(trains)
        }
        RestStage::Answering(trains) => {
            let Some((after, rest)) = hand.first_frame.take().zip(results.last_mut()) else { return Ok(Some(stage)) };
            rest.first_frame_ms = after.as_secs_f64() * 1e3;
            hand.go_home();
            match trains {
                true => {
                    hand.train.write(Train::Command(TrainingCommand::Pause));
                    RestStage::Pausing
                }
                false if has_training => RestStage::ComingToRest(true),
                false => return Ok(None),
            }
        }
        RestStage::Pausing if !is_running => {
            let stretch = newest_stretch(&hand.training.events).ok_or("the training kept no record of its pauses")?;
            results.last_mut().ok_or("it has not rested")?.trained = stretch;
            return Ok(None);
        }
        RestStage::Resuming | RestStage::Waking(_) | RestStage::Pausing => stage,
    }))
}

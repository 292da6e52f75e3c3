//! Frame times of the explorer in a real window, standing and flying, and beside a training that goes on and one that is paused; and
//! what it costs at rest.
//!
//! Owns the script of the measurement: what is pressed, when frames count. The figures are printed by the command line.

mod at_rest;
mod probe;
mod stagehand;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bevy::prelude::*;

use super::error::AppError;
use super::{AppOptions, run_with};
use crate::engine::{TrainingCommand, TrainingRequest};
use crate::explorer::ExplorerSystems;
use crate::session::{Train, TrainingStatus};

pub use at_rest::RestResult;
use at_rest::{Rest, RestStage};
use probe::FirstFrame;
use stagehand::{Stagehand, newest_stretch};

/// Before this many faces are there, nothing is measured.
pub const ENOUGH_FACES: usize = 729;
/// Seconds after which the measurement gives up waiting for faces or for the training.
const PATIENCE: f32 = 60.0;
/// Frames at the beginning of a leg that still belong to what happened before.
const FIRST_FRAMES: u32 = 3;
/// By then the lattice shows the network of a training that has begun, in seconds.
const FIRST_NETWORK_SECONDS: f32 = 3.0;
/// How long the camera rests at the start before a leg at least, in seconds: what fades has faded.
const SETTLING_SECONDS: f32 = 1.0;

/// What is measured.
#[derive(Clone, Debug)]
pub struct BenchPlan {
    /// Timed rounds, after one untimed round.
    pub rounds: u32,
    /// Seconds of each leg of a round.
    pub seconds: f32,
    /// A training that goes on meanwhile, and its share of the machine.
    pub training: Option<(TrainingRequest, f32)>,
}

/// What the camera and the training do during a leg. Every leg begins at the same place and flies the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// The camera flies; otherwise it stands.
    pub flies: bool,
    /// The training goes on; otherwise it is paused, or there is none.
    pub trains: bool,
}

/// What was measured in all legs of one kind.
#[derive(Clone, Debug, Default)]
pub struct LegResult {
    /// Milliseconds of each frame.
    pub milliseconds: Vec<f64>,
    /// Faces drawn, summed over the frames.
    pub faces: usize,
    /// Faces that the training has learned from, and the seconds of training that took.
    pub trained: (u64, f64),
}

/// What was measured.
#[derive(Clone, Debug, Default)]
pub struct BenchResult {
    /// What drew.
    pub adapter: String,
    /// Seconds from the start of the program to the first frame with faces.
    pub first_faces_seconds: f64,
    /// Faces that had pixels when the measurement began.
    pub loaded: usize,
    /// Each kind of leg.
    pub legs: Vec<(Leg, LegResult)>,
    /// At rest: first without a training that goes on, then beside one.
    pub rests: Vec<RestResult>,
    /// Why there is not more.
    pub failure: Option<String>,
}

impl BenchResult {
    /// What was measured in legs of a kind.
    pub fn of(&self, leg: Leg) -> Option<&LegResult> {
        self.legs.iter().find(|(kind, _)| *kind == leg).map(|(_, result)| result)
    }

    fn of_mut(&mut self, leg: Leg) -> &mut LegResult {
        let index = self.legs.iter().position(|(kind, _)| *kind == leg).unwrap_or_else(|| {
            self.legs.push((leg, LegResult::default()));
            self.legs.len() - 1
        });
        &mut self.legs[index].1
    }
}

/// The legs of a round. Those with and without the training follow each other, so that whatever else changes meets both.
fn legs(has_training: bool) -> Vec<Leg> {
    let pairs = [false, true].map(|flies| [true, false].map(|trains| Leg { flies, trains }));
    pairs.into_iter().flatten().filter(|leg| has_training || !leg.trains).collect()
}

/// Opens the explorer, measures, and closes it.
///
/// # Errors
/// [`AppError`] where the window cannot be opened, no faces came, or the training failed.
pub fn measure(options: AppOptions, plan: BenchPlan, started: Instant) -> Result<BenchResult, AppError> {
    let result = Arc::new(Mutex::new(BenchResult::default()));
    let legs = legs(plan.training.is_some());
    let script = Script { plan, legs, started, stage: Stage::Waiting, since: 0.0, result: result.clone() };
    run_with(options, move |app| {
        FirstFrame::add_to(app);
        app.insert_resource(script).add_systems(Update, play.before(ExplorerSystems::Move));
    })?;
    let result = result.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match result.failure {
        Some(reason) => Err(AppError::Window(reason)),
        None => Ok(result),
    }
}

#[derive(Resource)]
struct Script {
    plan: BenchPlan,
    legs: Vec<Leg>,
    started: Instant,
    stage: Stage,
    /// When the stage began, in seconds of the app.
    since: f32,
    result: Arc<Mutex<BenchResult>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    /// For the first faces.
    Waiting,
    /// A training was asked for and has not shown its network yet.
    Starting,
    /// Back at the start, until the faces there have come. No training goes on.
    Settling(Place),
    /// The training of the leg was asked to go on.
    Resuming(Place),
    /// Frames are measured.
    Measuring(Place, u32),
    /// The training of the leg was asked to pause.
    Pausing(Place),
    /// Nothing happens.
    AtRest(RestStage),
    Over,
}

impl Stage {
    /// Whether only what it counts is different.
    fn is_same(self, other: Self) -> bool {
        match (self, other) {
            (Self::AtRest(stage), Self::AtRest(other)) => std::mem::discriminant(&stage) == std::mem::discriminant(&other),
            _ => std::mem::discriminant(&self) == std::mem::discriminant(&other),
        }
    }
}

/// Where a measurement stands.
#[derive(Clone, Copy, PartialEq)]
struct Place {
    /// 0 is the untimed round.
    round: u32,
    /// Which leg of the round.
    leg: usize,
}

fn play(mut script: ResMut<Script>, mut hand: Stagehand) {
    let now = hand.time.elapsed_secs();
    let (before, age) = (script.stage, now - script.since);
    let shared = script.result.clone();
    let mut result = shared.lock().unwrap_or_else(PoisonError::into_inner);
    if result.first_faces_seconds == 0.0 && !hand.scene.instances.is_empty() {
        result.first_faces_seconds = script.started.elapsed().as_secs_f64();
    }
    script.stage = match next(&script, age, &mut hand, &mut result) {
        Ok(stage) => stage,
        Err(reason) => {
            result.failure = Some(reason);
            Stage::Over
        }
    };
    if !script.stage.is_same(before) {
        script.since = now;
        if script.stage == Stage::Over {
            hand.exit.write(AppExit::Success);
        }
    }
}

fn ask(hand: &mut Stagehand, message: Train, then: Stage) -> Stage {
    hand.train.write(message);
    then
}

/// What comes after a frame of a stage that has lasted for `age` seconds; why it cannot go on.
fn next(script: &Script, age: f32, hand: &mut Stagehand, result: &mut BenchResult) -> Result<Stage, String> {
    let is_running = hand.training.status == TrainingStatus::Running;
    let stays = script.stage;
    let begin = Stage::Settling(Place { round: 0, leg: 0 });
    if let TrainingStatus::Failed(reason) = &hand.training.status {
        return Err(reason.clone());
    }
    if age > script.plan.seconds.max(PATIENCE) {
        return Err(format!("nothing came within {age:.0} seconds: {} faces, {} wait", hand.store.len(), hand.stats.waiting));
    }
    Ok(match script.stage {
        Stage::Waiting if hand.store.len() >= ENOUGH_FACES && hand.stats.waiting == 0 => {
            result.loaded = hand.store.len();
            result.adapter = hand.adapter.as_ref().map(|info| info.name.clone()).unwrap_or_default();
            match &script.plan.training {
                None => begin,
                Some((request, share)) => {
                    hand.train.write(Train::SetShare(*share));
                    ask(hand, Train::Start(Box::new(request.clone())), Stage::Starting)
                }
            }
        }
        Stage::Starting if is_running && age > FIRST_NETWORK_SECONDS && hand.stats.waiting == 0 => {
            ask(hand, Train::Command(TrainingCommand::Pause), begin)
        }
        Stage::Settling(place) => {
            hand.go_home();
            match script.legs[place.leg].trains {
                _ if is_running || hand.stats.waiting > 0 || age < SETTLING_SECONDS => stays,
                true => ask(hand, Train::Command(TrainingCommand::Resume), Stage::Resuming(place)),
                false => Stage::Measuring(place, 0),
            }
        }
        Stage::Resuming(place) if is_running => Stage::Measuring(place, 0),
        Stage::Measuring(place, frame) => {
            let leg = script.legs[place.leg];
            if place.round > 0 && frame >= FIRST_FRAMES {
                let result = result.of_mut(leg);
                result.milliseconds.push(hand.time.delta_secs_f64() * 1e3);
                result.faces += hand.scene.tile_count;
            }
            if leg.flies {
                hand.fly_on();
            }
            match leg.trains {
                _ if age < script.plan.seconds => Stage::Measuring(place, frame + 1),
                true => ask(hand, Train::Command(TrainingCommand::Pause), Stage::Pausing(place)),
                false => script.after(place),
            }
        }
        Stage::Pausing(place) if !is_running => {
            if place.round > 0 {
                let (faces, seconds) = newest_stretch(&hand.training.events).ok_or("the training kept no record of its pauses")?;
                let trained = &mut result.of_mut(script.legs[place.leg]).trained;
                *trained = (trained.0 + faces, trained.1 + seconds);
            }
            script.after(place)
        }
        Stage::Waiting | Stage::Starting | Stage::Resuming(_) | Stage::Pausing(_) | Stage::Over => stays,
        Stage::AtRest(stage) => {
            let rest = Rest { seconds: script.plan.seconds, has_training: script.plan.training.is_some() };
            let after = at_rest::next(stage, rest, age, hand, &mut result.rests)?;
            after.map_or(Stage::Over, Stage::AtRest)
        }
    })
}

impl Script {
    fn after(&self, place: Place) -> Stage {
        let Place { round, leg } = place;
        match (leg + 1 < self.legs.len(), round < self.plan.rounds) {
            (true, _) => Stage::Settling(Place { round, leg: leg + 1 }),
            (false, true) => Stage::Settling(Place { round: round + 1, leg: 0 }),
            (false, false) => Stage::AtRest(RestStage::BEGIN),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_has_the_same_legs_with_and_without_training() {
        let kinds = |has_training| legs(has_training).iter().map(|leg| (leg.flies, leg.trains)).collect::<Vec<_>>();
        assert_eq!(kinds(true), [(false, true), (false, false), (true, true), (true, false)]);
        assert_eq!(kinds(false), [(false, false), (true, false)]);
    }
}

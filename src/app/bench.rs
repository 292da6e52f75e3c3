//! Frame times of the explorer in a real window, standing and flying, and beside a training that goes on and one that is paused; and
//! what it costs at rest.
//!
//! Owns the script of the measurement: what is pressed, when frames count. The figures are printed by the command line.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;

use super::error::AppError;
use super::probe::{FirstFrame, worked_seconds};
use super::{AppOptions, run_with};
use crate::engine::TrainingRequest;
use crate::explorer::{ExplorerSystems, FlyCamera, LatticeScene, StreamingStats, TileStore, home, rotation};
use crate::session::{Activity, Alarm, Train, Training, TrainingStatus};
use crate::training::{EventKind, RunEvent};

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
/// By then everything has come to rest.
const COMING_TO_REST_SECONDS: f32 = 2.0;
/// How long it rests before a key goes down.
const LULL: Duration = Duration::from_millis(400);
/// Radians that the camera turns to the left in a second of flying.
const TURN: f32 = 0.25;

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
    /// Back at the start, until everything rests; whether the training goes on meanwhile.
    ComingToRest(bool),
    /// The training was asked to go on beside a resting explorer.
    ResumingAtRest,
    /// Nothing happens: the seconds that were worked before, and the frames since then.
    Resting(bool, Option<f64>, u32),
    /// A key is about to go down.
    Waking(bool),
    /// It is down, and its frame is being drawn.
    Answering(bool),
    /// The training of the rest was asked to pause.
    PausingAtRest,
    Over,
}

/// Where a measurement stands.
#[derive(Clone, Copy, PartialEq)]
struct Place {
    /// 0 is the untimed round.
    round: u32,
    /// Which leg of the round.
    leg: usize,
}

/// What the script sees and does.
#[derive(SystemParam)]
struct Stagehand<'w, 's> {
    keys: ResMut<'w, ButtonInput<KeyCode>>,
    camera: Query<'w, 's, (&'static mut Transform, &'static mut FlyCamera)>,
    time: Res<'w, Time<Real>>,
    store: Res<'w, TileStore>,
    stats: Res<'w, StreamingStats>,
    scene: Res<'w, LatticeScene>,
    adapter: Option<Res<'w, RenderAdapterInfo>>,
    training: Res<'w, Training>,
    train: MessageWriter<'w, Train>,
    activity: ResMut<'w, Activity>,
    alarm: Res<'w, Alarm>,
    first_frame: Res<'w, FirstFrame>,
    exit: MessageWriter<'w, AppExit>,
}

impl Stagehand<'_, '_> {
    fn go_home(&mut self) {
        let (position, yaw, pitch) = home();
        self.keys.release(KeyCode::KeyW);
        for (mut transform, mut camera) in &mut self.camera {
            *transform = Transform::from_translation(position).with_rotation(rotation(yaw, pitch));
            *camera = FlyCamera::default();
            (camera.yaw, camera.pitch) = (yaw, pitch);
        }
    }

    fn fly_on(&mut self) {
        self.keys.press(KeyCode::KeyW);
        let turn = TURN * self.time.delta_secs();
        for (mut transform, mut camera) in &mut self.camera {
            camera.yaw += turn;
            transform.rotation = rotation(camera.yaw, camera.pitch);
        }
    }

    /// Looks up again after so many seconds, though everything rests.
    fn look_up_after(&mut self, seconds: f32) {
        self.activity.by(Instant::now() + Duration::from_secs_f32(seconds.max(0.0)));
    }

    fn ask(&mut self, message: Train, then: Stage) -> Stage {
        self.train.write(message);
        then
    }
}

/// Faces and seconds of training between the newest two moments at which it went on and was paused.
fn newest_stretch(events: &[RunEvent]) -> Option<(u64, f64)> {
    let end = events.iter().rposition(|event| event.kind == EventKind::Paused)?;
    let end_of = &events[end];
    let begin = events[..end].iter().rfind(|event| event.kind == EventKind::Resumed)?;
    Some((end_of.images.checked_sub(begin.images)?, end_of.seconds - begin.seconds))
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
    if std::mem::discriminant(&script.stage) != std::mem::discriminant(&before) {
        script.since = now;
        if script.stage == Stage::Over {
            hand.exit.write(AppExit::Success);
        }
    }
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
                    hand.ask(Train::Start(Box::new(request.clone())), Stage::Starting)
                }
            }
        }
        Stage::Starting if is_running && age > FIRST_NETWORK_SECONDS && hand.stats.waiting == 0 => hand.ask(Train::Pause, begin),
        Stage::Settling(place) => {
            hand.go_home();
            match script.legs[place.leg].trains {
                _ if is_running || hand.stats.waiting > 0 || age < SETTLING_SECONDS => stays,
                true => hand.ask(Train::Resume, Stage::Resuming(place)),
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
                true => hand.ask(Train::Pause, Stage::Pausing(place)),
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
        Stage::ComingToRest(_)
        | Stage::ResumingAtRest
        | Stage::Resting(..)
        | Stage::Waking(_)
        | Stage::Answering(_)
        | Stage::PausingAtRest => next_at_rest(script, age, hand, result)?,
    })
}

/// [`next`], of the stages in which the explorer rests.
fn next_at_rest(script: &Script, age: f32, hand: &mut Stagehand, result: &mut BenchResult) -> Result<Stage, String> {
    let is_running = hand.training.status == TrainingStatus::Running;
    let stays = script.stage;
    let begin = |trains| Stage::Resting(trains, worked_seconds(), 0);
    Ok(match stays {
        Stage::ComingToRest(trains) => {
            hand.go_home();
            hand.activity.rests = true;
            hand.look_up_after(COMING_TO_REST_SECONDS - age);
            match trains {
                _ if age < COMING_TO_REST_SECONDS || hand.stats.waiting > 0 => stays,
                true => hand.ask(Train::Resume, Stage::ResumingAtRest),
                false => begin(false),
            }
        }
        Stage::ResumingAtRest if is_running => begin(true),
        Stage::Resting(trains, worked, frames) if age < script.plan.seconds => {
            hand.look_up_after(script.plan.seconds - age);
            Stage::Resting(trains, worked, frames + 1)
        }
        Stage::Resting(trains, worked, frames) => {
            let cores = worked_seconds().zip(worked).map(|(after, before)| (after - before) / f64::from(age));
            let frames_per_second = f64::from(frames) / f64::from(age);
            result.rests.push(RestResult { trains, cores, frames_per_second, ..RestResult::default() });
            hand.first_frame.ask(LULL, hand.alarm.waker());
            Stage::Waking(trains)
        }
        Stage::Waking(trains) if hand.first_frame.has_come() => {
            hand.keys.press(KeyCode::KeyW);
            Stage::Answering(trains)
        }
        Stage::Answering(trains) => match (hand.first_frame.take(), result.rests.last_mut()) {
            (Some(after), Some(rest)) => {
                rest.first_frame_ms = after.as_secs_f64() * 1e3;
                hand.go_home();
                if trains { hand.ask(Train::Pause, Stage::PausingAtRest) } else { after_rest(script, trains) }
            }
            _ => stays,
        },
        Stage::PausingAtRest if !is_running => {
            let stretch = newest_stretch(&hand.training.events).ok_or("the training kept no record of its pauses")?;
            result.rests.last_mut().ok_or("it has not rested")?.trained = stretch;
            Stage::Over
        }
        _ => stays,
    })
}

/// What comes after a rest: one beside the training, where there is one.
fn after_rest(script: &Script, trained: bool) -> Stage {
    if trained || script.plan.training.is_none() { Stage::Over } else { Stage::ComingToRest(true) }
}

impl Script {
    fn after(&self, place: Place) -> Stage {
        let Place { round, leg } = place;
        match (leg + 1 < self.legs.len(), round < self.plan.rounds) {
            (true, _) => Stage::Settling(Place { round, leg: leg + 1 }),
            (false, true) => Stage::Settling(Place { round: round + 1, leg: 0 }),
            (false, false) => Stage::ComingToRest(false),
        }
    }
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

    #[test]
    fn every_round_has_the_same_legs_with_and_without_training() {
        let kinds = |has_training| legs(has_training).iter().map(|leg| (leg.flies, leg.trains)).collect::<Vec<_>>();
        assert_eq!(kinds(true), [(false, true), (false, false), (true, true), (true, false)]);
        assert_eq!(kinds(false), [(false, false), (true, false)]);
    }
}

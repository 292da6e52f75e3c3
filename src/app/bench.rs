//! Frame times of the explorer in a real window, standing and flying.
//!
//! Owns the script of the measurement: what is pressed, when frames count. The figures are printed by the command line.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;

use super::{AppError, AppOptions, run_with};
use crate::engine::TrainingRequest;
use crate::explorer::{ExplorerSystems, FlyCamera, GoHome, LatticeScene, StreamingStats, TileStore, rotation};
use crate::session::{Train, Training, TrainingStatus};

/// Before this many faces are there, nothing is measured.
pub const ENOUGH_FACES: usize = 729;
/// Seconds after which the measurement gives up waiting for faces.
const PATIENCE: f32 = 60.0;

/// What is measured.
#[derive(Clone, Debug)]
pub struct BenchPlan {
    /// Timed rounds, after one untimed round.
    pub rounds: u32,
    /// Frames standing, and frames flying, in each round.
    pub frames: u32,
    /// A training that goes on meanwhile, and its share of the machine.
    pub training: Option<(TrainingRequest, f32)>,
}

/// What was measured.
#[derive(Clone, Debug, Default)]
pub struct BenchResult {
    /// What drew.
    pub adapter: String,
    /// Seconds from the start of the program to the first frame with faces.
    pub first_faces_seconds: f64,
    /// Milliseconds of each frame while standing.
    pub standing: Vec<f64>,
    /// Milliseconds of each frame while flying.
    pub flying: Vec<f64>,
    /// Faces drawn in the last frame.
    pub in_view: usize,
    /// Faces that had pixels when the measurement began.
    pub loaded: usize,
    /// Faces that the training has seen while frames were measured, and the seconds that took.
    pub trained: Option<(u64, f64)>,
}

/// Opens the explorer, measures, and closes it.
///
/// # Errors
/// [`AppError`] where the window cannot be opened or no faces came.
pub fn measure(options: AppOptions, plan: BenchPlan, started: Instant) -> Result<BenchResult, AppError> {
    let result = Arc::new(Mutex::new(BenchResult::default()));
    let script = Script { plan, started, stage: Stage::Waiting, first: None, result: result.clone() };
    run_with(options, move |app| {
        app.insert_resource(script).add_systems(Update, play.before(ExplorerSystems::Move));
    })?;
    let result = result.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    if result.standing.is_empty() {
        return Err(AppError::Window(format!("fewer than {ENOUGH_FACES} faces came within {PATIENCE} seconds")));
    }
    Ok(result)
}

#[derive(Resource)]
struct Script {
    plan: BenchPlan,
    started: Instant,
    stage: Stage,
    first: Option<(u64, Instant)>,
    result: Arc<Mutex<BenchResult>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Waiting,
    /// A training was asked for and has not learned yet.
    Starting,
    Standing {
        round: u32,
        frame: u32,
    },
    Flying {
        round: u32,
        frame: u32,
    },
}

/// Faces that the training has seen so far.
fn seen(training: &Training) -> u64 {
    training.curves.points.last().map_or(0, |point| point.images)
}

fn play(
    mut script: ResMut<Script>,
    mut keys: ResMut<ButtonInput<KeyCode>>,
    mut camera: Query<(&mut Transform, &mut FlyCamera)>,
    time: Res<Time<Real>>,
    store: Res<TileStore>,
    stats: Res<StreamingStats>,
    scene: Res<LatticeScene>,
    adapter: Option<Res<RenderAdapterInfo>>,
    training: Res<Training>,
    mut train: MessageWriter<Train>,
    mut homes: MessageWriter<GoHome>,
    mut exit: MessageWriter<AppExit>,
) {
    let milliseconds = time.delta_secs_f64() * 1e3;
    let (plan, started) = (script.plan.clone(), script.started);
    let result = script.result.clone();
    let Ok(mut result) = result.lock() else { return };
    result.in_view = scene.tile_count;
    if result.first_faces_seconds == 0.0 && !scene.instances.is_empty() {
        result.first_faces_seconds = started.elapsed().as_secs_f64();
    }
    script.stage = match script.stage {
        Stage::Waiting => {
            if time.elapsed_secs() > PATIENCE {
                exit.write(AppExit::Success);
            }
            if store.len() >= ENOUGH_FACES && stats.waiting == 0 {
                result.loaded = store.len();
                result.adapter = adapter.map(|info| info.name.clone()).unwrap_or_default();
                match &plan.training {
                    None => Stage::Standing { round: 0, frame: 0 },
                    Some((request, share)) => {
                        train.write(Train::SetShare(*share));
                        train.write(Train::Start(Box::new(request.clone())));
                        Stage::Starting
                    }
                }
            } else {
                Stage::Waiting
            }
        }
        Stage::Starting => match &training.status {
            TrainingStatus::Failed(_) => {
                exit.write(AppExit::Success);
                Stage::Starting
            }
            // The lattice shows the new model by then.
            _ if training.curves.points.len() > 1 && stats.waiting == 0 => Stage::Standing { round: 0, frame: 0 },
            _ => Stage::Starting,
        },
        Stage::Standing { round, frame } => {
            if round == 1 && frame == 0 {
                script.first = Some((seen(&training), Instant::now()));
            }
            // The first frames still belong to what happened before.
            if round > 0 && frame > 2 {
                result.standing.push(milliseconds);
            }
            if frame < plan.frames + 2 { Stage::Standing { round, frame: frame + 1 } } else { Stage::Flying { round, frame: 0 } }
        }
        Stage::Flying { round, frame } => {
            if round > 0 && frame > 2 {
                result.flying.push(milliseconds);
            }
            keys.press(KeyCode::KeyW);
            for (mut transform, mut camera) in &mut camera {
                camera.yaw += 0.25 * time.delta_secs();
                transform.rotation = rotation(camera.yaw, camera.pitch);
            }
            if frame < plan.frames + 2 {
                Stage::Flying { round, frame: frame + 1 }
            } else {
                keys.release(KeyCode::KeyW);
                homes.write(GoHome);
                if round == plan.rounds {
                    if let Some((first, since)) = script.first.filter(|_| plan.training.is_some()) {
                        result.trained = Some((seen(&training).saturating_sub(first), since.elapsed().as_secs_f64()));
                    }
                    exit.write(AppExit::Success);
                }
                Stage::Standing { round: round + 1, frame: 0 }
            }
        }
    };
}

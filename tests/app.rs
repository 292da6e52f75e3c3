//! The explorer as its user meets it, without a window: the real app on whatever driver can draw, the software one included.
//!
//! Input arrives as the window system would send it; what is checked is what a user would see happen.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(feature = "app")]

#[path = "app/company.rs"]
mod company;
#[path = "app/desktop.rs"]
mod desktop;
#[path = "app/evaluating.rs"]
mod evaluating;
#[path = "app/growing.rs"]
mod growing;
#[path = "app/newcomer.rs"]
mod newcomer;
#[path = "app/photo.rs"]
mod photo;
#[path = "app/recording.rs"]
mod recording;
#[path = "app/rest.rs"]
mod rest;
#[path = "app/shelf.rs"]
mod shelf;
#[path = "app/tripping.rs"]
mod tripping;
#[path = "app/zones.rs"]
mod zones;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::input::mouse::{MouseButtonInput, MouseScrollUnit, MouseWheel};
use bevy::input::touch::TouchPhase;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::window::{ExitCondition, PrimaryWindow, WindowEvent, WindowResolution};
use bevy::winit::WinitPlugin;
use company::{alone, in_company, small_model};
use facefield::backend::BackendChoice;
use facefield::data::SplitChoice;
use facefield::engine::{
    Beginning, Components, Evaluate, FitPca, Job, TilePixels, TrainingCommand, TrainingRequest, decode_tiles, open_model, run_job,
};
use facefield::explorer::{
    FlyCamera, InputFocus, LatticeScene, LatticeView, Select, Selection, StreamingStats, TileStore, driver_is_there, home, look,
    projection_of_aspect, rotation, wanted_cells,
};
use facefield::latent::{CellCoord, Latent, Lattice};
use facefield::models::{PlacedModel, Precision, StoredModel, catalog};
use facefield::progress::Silent;
use facefield::recorder::{Offscreen, Painter};
use facefield::session::{
    ChangeKind, CodeUnits, CurrentModel, Dataset, EvaluationRequest, Evaluations, FlightSpeed, History, JobKind, Jobs, Judge, Notice,
    RestoredSession, RunJob, Shelf, Shelve, Steer, Steering, Train, Training, TrainingStatus,
};
use facefield::training::{AutoencoderSettings, Budget, CheckpointPlan, Preset};
use facefield::ui::{ExplorePane, UiState};
use facefield::video::FrameSize;

const WIDTH: u32 = 1280;
const HEIGHT: u32 = 720;
/// How long anything may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(90);
/// Between two frames of those that wait for something. Threads in the background let frames go before them, so that they would hardly
/// come to work beside an app that draws as fast as it can.
const PAUSE: Duration = Duration::from_millis(10);

fn ensure_driver() {
    static IS_THERE: LazyLock<bool> = LazyLock::new(driver_is_there);
    assert!(*IS_THERE, "these tests draw; install a Vulkan driver, such as Debian's mesa-vulkan-drivers");
}

/// The whole explorer with a window that exists for the app only.
struct Explorer {
    app: App,
    window: Entity,
}

impl Explorer {
    /// With the model that it opens with, its faces made small: most tests look at something else.
    fn open() -> Self {
        Self::open_with(|app| facefield::app::add_explorer(app, small_model()))
    }

    /// With the model as it ships.
    fn open_as_shipped() -> Self {
        Self::open_with(|app| facefield::app::add_explorer(app, StoredModel::embedded().unwrap()))
    }

    /// The explorer as the file `session` has it, kept there.
    fn resume(session: &Path) -> Self {
        let session = RestoredSession::read(session);
        Self::open_with(|app| facefield::app::resume_explorer(app, session, small_model()))
    }

    fn open_with(add: impl FnOnce(&mut App)) -> Self {
        ensure_driver();
        let window = Window { resolution: WindowResolution::new(WIDTH, HEIGHT), ..default() };
        let mut app = App::new();
        app.add_plugins(
            DefaultPlugins
                .set(WindowPlugin { primary_window: Some(window), exit_condition: ExitCondition::DontExit, ..default() })
                .disable::<WinitPlugin>()
                .disable::<PipelinedRenderingPlugin>()
                .disable::<LogPlugin>(),
        );
        add(&mut app);
        app.finish();
        app.cleanup();
        app.update();
        let window = app.world_mut().query_filtered::<Entity, With<PrimaryWindow>>().single(app.world()).unwrap();
        let mut explorer = Self { app, window };
        explorer.update_until("all faces around the camera are there", |world| {
            world.resource::<TileStore>().len() >= 729 && world.resource::<StreamingStats>().waiting == 0
        });
        explorer
    }

    fn update_until(&mut self, what: &str, done: impl Fn(&World) -> bool) {
        let start = Instant::now();
        while !done(self.app.world()) {
            assert!(start.elapsed() < PATIENCE, "gave up waiting until {what}");
            self.draw_and_pause();
        }
    }

    /// A frame of those that wait for something.
    fn draw_and_pause(&mut self) {
        self.app.update();
        std::thread::sleep(PAUSE);
    }

    fn update(&mut self, frames: u32) {
        (0..frames).for_each(|_| self.app.update());
    }

    fn resource<R: Resource>(&self) -> &R {
        self.app.world().resource::<R>()
    }

    fn eye(&mut self) -> Vec3 {
        let mut camera = self.app.world_mut().query_filtered::<&Transform, With<FlyCamera>>();
        camera.single(self.app.world()).unwrap().translation
    }

    fn place_camera(&mut self, eye: Vec3) {
        let mut camera = self.app.world_mut().query_filtered::<&mut Transform, With<FlyCamera>>();
        camera.single_mut(self.app.world_mut()).unwrap().translation = eye;
    }

    /// Moves the pointer to a place in the window and lets two frames pass, so that everyone has noticed.
    fn point_at(&mut self, position: Vec2) {
        let window = self.window;
        let mut component = self.app.world_mut().get_mut::<Window>(window).unwrap();
        component.set_cursor_position(Some(position));
        self.send(CursorMoved { window, position, delta: None });
        self.update(3);
    }

    /// Input goes to the app and, through the window, to the panels.
    fn send<M: Message + Clone + Into<WindowEvent>>(&mut self, message: M) {
        self.app.world_mut().write_message::<WindowEvent>(message.clone().into());
        self.app.world_mut().write_message(message);
    }

    fn mouse(&mut self, state: ButtonState) {
        let window = self.window;
        self.send(MouseButtonInput { button: MouseButton::Left, state, window });
        self.update(2);
    }

    fn update_for(&mut self, seconds: f32) {
        self.is_so_within(seconds, |_| false);
    }

    /// Whether it becomes so within these seconds; draws frames until it does.
    fn is_so_within(&mut self, seconds: f32, done: impl Fn(&World) -> bool) -> bool {
        let start = Instant::now();
        while !done(self.app.world()) {
            if start.elapsed().as_secs_f32() >= seconds {
                return false;
            }
            self.draw_and_pause();
        }
        true
    }

    fn key(&mut self, key_code: KeyCode, character: &str, state: ButtonState) {
        self.any_key(key_code, Key::Character(character.into()), state);
    }

    fn any_key(&mut self, key_code: KeyCode, logical_key: Key, state: ButtonState) {
        let window = self.window;
        self.send(KeyboardInput { key_code, logical_key, state, text: None, repeat: false, window });
        self.update(1);
    }

    /// Z with the command key, and with Shift where `shift` is set.
    fn command_z(&mut self, shift: bool) {
        let command = if cfg!(target_os = "macos") { (KeyCode::SuperLeft, Key::Super) } else { (KeyCode::ControlLeft, Key::Control) };
        let mut held = vec![command];
        if shift {
            held.push((KeyCode::ShiftLeft, Key::Shift));
        }
        for (key_code, logical_key) in held.clone() {
            self.any_key(key_code, logical_key, ButtonState::Pressed);
        }
        for state in [ButtonState::Pressed, ButtonState::Released] {
            self.key(KeyCode::KeyZ, if shift { "Z" } else { "z" }, state);
        }
        for (key_code, logical_key) in held {
            self.any_key(key_code, logical_key, ButtonState::Released);
        }
        self.update(2);
    }

    /// Drags in the left panel, further and further down until a slider moves: where the rows stand to the pixel does not matter.
    fn drag_a_slider(&mut self) {
        let before = self.resource::<Steering>().lattice.base.clone();
        for y in (190..420).step_by(6) {
            self.point_at(Vec2::new(110.0, y as f32));
            self.mouse(ButtonState::Pressed);
            self.point_at(Vec2::new(140.0, y as f32));
            self.point_at(Vec2::new(170.0, y as f32));
            self.mouse(ButtonState::Released);
            if self.resource::<Steering>().lattice.base != before {
                return;
            }
        }
        panic!("no slider moved");
    }

    fn scroll(&mut self, y: f32) {
        let window = self.window;
        self.send(MouseWheel { unit: MouseScrollUnit::Line, x: 0.0, y, phase: TouchPhase::Moved, window });
        self.update(2);
    }
}

/// A place between the panels, and one on the first slider of the left panel.
const OPEN_SPACE: Vec2 = Vec2::new(700.0, 330.0);
const LEFT_PANEL: Vec2 = Vec2::new(120.0, 400.0);

#[test]
fn where_the_camera_goes_the_right_cells_follow() {
    let _seat = in_company();
    let mut explorer = Explorer::open();
    for eye in [Vec3::new(40.5, -7.5, 3.5), Vec3::new(41.5, -7.5, 3.5), Vec3::new(-1000.5, 0.5, 12.25)] {
        explorer.place_camera(eye);
        explorer.update(2);
        explorer.update_until("the neighbourhood is decoded", |world| world.resource::<StreamingStats>().waiting == 0);
        let store = explorer.resource::<TileStore>();
        let missing = wanted_cells(eye, Vec3::NEG_Z).into_iter().filter(|cell| store.get(*cell).is_none()).count();
        assert_eq!(missing, 0, "cells without a face around {eye}");
        let far = store.iter().filter(|(cell, _)| cell.distance(eye.to_array()) > look::FAR_END + 2.0).count();
        assert_eq!(far, 0, "faces kept far from {eye}");
    }
}

#[test]
fn a_key_flies_the_camera_and_the_wheel_sets_its_speed_which_can_be_undone() {
    let _seat = in_company();
    let mut explorer = Explorer::open();
    assert_eq!(explorer.resource::<Steering>().lattice.axes, [0, 1, 2], "the axes of the largest influence come first");
    explorer.point_at(OPEN_SPACE);
    let start = explorer.eye();
    explorer.key(KeyCode::KeyD, "d", ButtonState::Pressed);
    explorer.update_for(0.4);
    explorer.key(KeyCode::KeyD, "d", ButtonState::Released);
    let moved = explorer.eye() - start;
    assert!(moved.length() > 0.5, "the camera moved by {moved}");
    assert!(moved.x > 0.0, "D flies to the right: {moved}");
    let speed = *explorer.resource::<FlightSpeed>();
    explorer.scroll(2.0);
    let faster = *explorer.resource::<FlightSpeed>();
    assert!(faster.get() > speed.get());
    assert_eq!(explorer.resource::<History>().next_undo(), Some(ChangeKind::FlightSpeed));
    explorer.command_z(false);
    assert_eq!(*explorer.resource::<FlightSpeed>(), speed);
    explorer.command_z(true);
    assert_eq!(*explorer.resource::<FlightSpeed>(), faster);
}

#[test]
fn panels_take_the_pointer_and_the_lattice_takes_it_elsewhere() {
    let _seat = in_company();
    let mut explorer = Explorer::open();
    explorer.point_at(OPEN_SPACE);
    assert!(!explorer.resource::<InputFocus>().pointer_taken, "the space between the panels belongs to the lattice");
    explorer.point_at(LEFT_PANEL);
    assert!(explorer.resource::<InputFocus>().pointer_taken, "the panel holds the pointer");
    let speed = *explorer.resource::<FlightSpeed>();
    explorer.scroll(3.0);
    assert_eq!(*explorer.resource::<FlightSpeed>(), speed, "the wheel scrolls the panel, not the speed");
    explorer.mouse(ButtonState::Pressed);
    explorer.mouse(ButtonState::Released);
    assert_eq!(*explorer.resource::<Selection>(), Selection(None), "a click on a panel selects nothing behind it");
}

#[test]
fn a_dragged_slider_steers_and_the_lattice_follows() {
    let _seat = in_company();
    let mut explorer = Explorer::open();
    let (before, version) = (explorer.resource::<Steering>().lattice.base.clone(), explorer.resource::<Steering>().version());
    explorer.drag_a_slider();
    let steering = explorer.resource::<Steering>();
    let changed = steering.lattice.base.0.iter().zip(&before.0).filter(|(a, b)| a != b).count();
    assert_eq!(changed, 1, "one axis moved");
    assert!(steering.version() > version);
    let version = steering.version();
    explorer.update_until("the lattice shows the new face", move |world| {
        let store = world.resource::<TileStore>();
        world.resource::<StreamingStats>().waiting == 0 && store.iter().all(|(_, tile)| tile.version >= version)
    });
}

#[test]
fn a_drag_is_undone_at_once_and_done_again() {
    let _seat = in_company();
    let mut explorer = Explorer::open();
    let before = explorer.resource::<Steering>().state();
    assert_eq!(explorer.resource::<History>().next_undo(), None, "opening a model is no step");
    explorer.drag_a_slider();
    let dragged = explorer.resource::<Steering>().state();
    assert!(matches!(explorer.resource::<History>().next_undo(), Some(ChangeKind::Coordinate(_))));
    let version = explorer.resource::<Steering>().version();
    explorer.command_z(false);
    assert_eq!(explorer.resource::<Steering>().state(), before);
    assert!(explorer.resource::<Steering>().version() > version, "the lattice follows");
    assert_eq!(explorer.resource::<History>().next_undo(), None, "the whole drag was one step");
    explorer.command_z(true);
    assert_eq!(explorer.resource::<Steering>().state(), dragged);
}

#[test]
fn a_session_comes_back_after_a_restart() {
    let _seat = in_company();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.ron");
    let (eye, yaw, pitch) = (Vec3::new(-3.25, 0.1, 17.7), 0.3, -0.2);
    let cell = CellCoord::new(-4, 0, 14);

    let mut explorer = Explorer::resume(&file);
    assert_eq!(*explorer.resource::<Notice>(), Notice(None), "a first session is nothing to tell of");
    let world = explorer.app.world_mut();
    let changes = [
        Steer::SetTruncation(0.55),
        Steer::SetSeed(4711),
        Steer::SetCoordinate(6, 1.0 / 3.0),
        Steer::SetLatticeAxis(0, 9),
        Steer::SetStep(0.45),
        Steer::SetUnits(CodeUnits::Raw),
    ];
    world.write_message_batch(changes);
    world.write_message(Select(Some(cell)));
    world.resource_mut::<FlightSpeed>().set(7.5);
    world.resource_mut::<UiState>().visible = false;
    world.resource_mut::<UiState>().pane = "train";
    let mut camera = world.query::<(&mut Transform, &mut FlyCamera)>();
    let (mut transform, mut camera) = camera.single_mut(world).unwrap();
    *transform = Transform::from_translation(eye).with_rotation(rotation(yaw, pitch));
    (camera.yaw, camera.pitch) = (yaw, pitch);
    explorer.update(3);
    let left = explorer.resource::<Steering>().state();
    assert_eq!((left.axes[0], left.seed, left.step), (9, 4711, 0.45));
    drop(explorer);

    let mut explorer = Explorer::resume(&file);
    assert_eq!(explorer.resource::<Steering>().state(), left);
    let mut camera = explorer.app.world_mut().query::<(&Transform, &FlyCamera)>();
    let (transform, camera) = camera.single(explorer.app.world()).unwrap();
    assert_eq!((transform.translation, transform.rotation), (eye, rotation(yaw, pitch)));
    assert_eq!((camera.yaw, camera.pitch, explorer.resource::<FlightSpeed>().get()), (yaw, pitch, 7.5));
    assert_eq!(*explorer.resource::<Selection>(), Selection(Some(cell)));
    assert!(!explorer.resource::<UiState>().visible, "hidden panels stay hidden");
    assert_eq!(explorer.resource::<UiState>().pane, "train", "the left panel is for what it was for");
    assert_eq!(*explorer.resource::<Notice>(), Notice(None));
}

#[test]
fn a_damaged_session_is_told_of_and_the_explorer_starts() {
    let _seat = in_company();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.ron");
    std::fs::write(&file, "(version: 1, session: (camera: Some((posi").unwrap();
    let explorer = Explorer::resume(&file);
    let notice = explorer.resource::<Notice>().0.clone().unwrap();
    assert!(notice.contains("session.ron.damaged"), "{notice}");
    assert!(folder.path().join("session.ron.damaged").is_file());
    drop(explorer);
    assert!(file.is_file(), "the new session is kept");
    assert!(RestoredSession::read(&file).notice().is_none());
}

#[test]
fn dropped_pictures_are_imported_and_chosen_and_a_training_on_them_shows_in_the_lattice() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let zip = place.path().join("faces.zip");
    facefield::data::synth::write_zip(120, 1, &zip, &Silent).unwrap();
    let mut explorer = Explorer::open();
    let window = explorer.window;
    explorer.send(FileDragAndDrop::DroppedFile { window, path_buf: zip });
    explorer.update_until("the pictures are imported", |world| world.resource::<Dataset>().facts.is_some());
    let facts = explorer.resource::<Dataset>().facts.clone().unwrap();
    assert_eq!((facts.size, facts.faces), (32, 120));
    let request = TrainingRequest {
        data: explorer.resource::<Dataset>().path.clone().unwrap(),
        out: place.path().join("run"),
        settings: AutoencoderSettings { preset: Preset::Tiny, latent: 8, batch: 8, ..default() }.into(),
        budget: Some(Budget::Images(1_000_000)),
        checkpoints: CheckpointPlan { steps: 100, ..default() },
        half: false,
        beginning: Beginning::New,
        edits: Vec::new(),
        backend: BackendChoice::Cpu,
    };
    explorer.app.world_mut().write_message(Train::Start(Box::new(request)));
    explorer.update_until("the lattice shows the run", |world| {
        let model = world.resource::<CurrentModel>();
        model.stored.as_ref().is_some_and(|stored| stored.header.name == "run") && world.resource::<Training>().curves.points.len() > 2
    });
    let base = explorer.resource::<Steering>().lattice.base.clone();
    let version = explorer.resource::<Steering>().version();
    explorer.update_until("it is refreshed", move |world| world.resource::<Steering>().version() > version);
    assert_eq!(explorer.resource::<Steering>().lattice.base, base, "the user stays where they are");
    explorer.app.world_mut().write_message(Train::Command(TrainingCommand::Pause));
    explorer.update_until("it pauses", |world| world.resource::<Training>().status == TrainingStatus::Paused(None));
    explorer.app.world_mut().write_message(Train::Command(TrainingCommand::Stop));
    explorer.update_until("it stops", |world| world.resource::<Training>().status == TrainingStatus::Stopped);
    assert!(StoredModel::open(&place.path().join("run")).is_ok(), "what it learned is on the disk");
    explorer.send(FileDragAndDrop::DroppedFile { window, path_buf: place.path().join("run") });
    explorer
        .update_until("the run is opened again", |world| world.resource::<Training>().status == TrainingStatus::Following { live: false });
}

/// Faces of 16 pixels, and PCA of those of them that are for training.
fn faces_and_model(place: &Path) -> (PathBuf, PlacedModel) {
    let (data, out) = (place.join("faces.safetensors"), place.join("pca"));
    facefield::data::synth::write_cache(160, 7, 16, &data, &Silent).unwrap();
    let fit = FitPca {
        data: data.clone(),
        components: Components::Count(8),
        split: None,
        out: out.clone(),
        precision: Precision::Single,
        origin: None,
        licence: None,
    };
    run_job(&Job::FitPca(fit), &Silent).unwrap();
    (data, catalog::place(out.to_str().unwrap()).unwrap())
}

/// A training of a network so small that it learns in seconds; its codes have a mixture in the end.
fn tiny_training(place: &Path, images: u64) -> TrainingRequest {
    let data = place.join("small.safetensors");
    if !data.exists() {
        facefield::data::synth::write_cache(120, 1, 16, &data, &Silent).unwrap();
    }
    TrainingRequest {
        data,
        out: place.join("run"),
        settings: AutoencoderSettings { preset: Preset::Tiny, latent: 8, batch: 8, ..default() }.into(),
        budget: Some(Budget::Images(images)),
        checkpoints: CheckpointPlan { steps: 50, ..default() },
        half: false,
        beginning: Beginning::New,
        edits: Vec::new(),
        backend: BackendChoice::Cpu,
    }
}

#[test]
fn a_click_selects_the_face_under_the_pointer() {
    let _seat = in_company();
    let mut explorer = Explorer::open();
    let scene = explorer.resource::<LatticeScene>();
    let middle = scene
        .cells
        .iter()
        .rev()
        .filter(|cell| look::visibility(cell.distance(scene.view.eye.to_array())) > 0.9)
        .filter_map(|cell| Some((*cell, scene.view.project(Vec3::from(cell.centre()))?.0)))
        .find(|(_, position)| position.abs().max_element() < 0.35)
        .map(|(_, position)| (position * Vec2::new(1.0, -1.0) + 1.0) / 2.0 * Vec2::new(WIDTH as f32, HEIGHT as f32))
        .unwrap();
    let under_pointer = {
        let unit = middle / Vec2::new(WIDTH as f32, HEIGHT as f32) * 2.0 - 1.0;
        let position = Vec2::new(unit.x, -unit.y);
        let covers = |cell: &CellCoord| {
            scene.view.project(Vec3::from(cell.centre())).is_some_and(|(at, half)| ((position - at).abs() / half).max_element() <= 1.0)
        };
        scene.cells.iter().copied().filter(covers).collect::<Vec<_>>()
    };
    explorer.point_at(middle);
    explorer.mouse(ButtonState::Pressed);
    explorer.mouse(ButtonState::Released);
    let Selection(Some(selected)) = *explorer.resource::<Selection>() else { panic!("nothing is selected at {middle}") };
    assert!(under_pointer.contains(&selected), "{selected:?} does not lie under the pointer; these do: {under_pointer:?}");
}

#[test]
fn an_offscreen_frame_shows_the_faces_where_they_stand() {
    let _seat = in_company();
    ensure_driver();
    let (width, height) = (640, 360);
    let transform = Transform::from_xyz(0.0, 0.0, 2.2);
    let view = LatticeView::new(&transform, &projection_of_aspect(width as f32 / height as f32));
    let mut offscreen = Offscreen::new(width, height).unwrap();
    let empty = offscreen.draw(view, |_| {}).unwrap();
    let green = std::sync::Arc::new(TilePixels::from_face(64, &[40, 200, 90].repeat(64 * 64)));
    let frame = offscreen.draw(view, |store| store.insert(CellCoord::default(), 1, green)).unwrap();
    let pixel = |picture: &[u8], x: u32, y: u32| {
        let at = ((y * width + x) * 3) as usize;
        [picture[at], picture[at + 1], picture[at + 2]]
    };
    let is_dark = |[r, g, b]: [u8; 3]| r < 40 && g < 45 && b < 60;
    assert!(is_dark(pixel(&empty, width / 2, height / 2)), "without tiles there is the background only");
    let [r, g, b] = pixel(&frame, width / 2, height / 2);
    assert!(g > 120 && g > 2 * r && g > b, "the tile's own colour is in the middle: {r} {g} {b}");
    let (_, half) = view.project(Vec3::ZERO).unwrap();
    let edge = (half.x * width as f32 / 2.0) as u32;
    for x in [width / 2 - edge + 3, width / 2 + edge - 3] {
        assert!(pixel(&frame, x, height / 2)[1] > 90, "the tile reaches as far as it should");
    }
    for x in [width / 2 - edge - 3, width / 2 + edge + 3] {
        assert_eq!(pixel(&frame, x, height / 2), pixel(&empty, x, height / 2), "and no further");
    }
}

/// Two ways to draw the same: what recordings and software drivers get is what a graphics card shows.
#[test]
fn the_processor_draws_the_picture_of_the_driver() {
    let _seat = in_company();
    ensure_driver();
    let size = FrameSize { width: 640, height: 360 };
    let stored = StoredModel::embedded().unwrap();
    let (model, _) = open_model(&stored, BackendChoice::Cpu).unwrap();
    let lattice = Lattice { base: Latent::zeros(stored.frame.dim()), axes: [0, 1, 2], step: 0.6, zones: default() };
    let (position, yaw, pitch) = home();
    let (mut offscreen, mut painter) = (Offscreen::new(size.width, size.height).unwrap(), Painter::new(size));
    for forward in [0.0, 1.3, 2.6] {
        let rotation = rotation(yaw, pitch);
        let transform = Transform::from_translation(position + rotation * Vec3::NEG_Z * forward).with_rotation(rotation);
        let view = LatticeView::new(&transform, &projection_of_aspect(size.width as f32 / size.height as f32));
        let tiles = decode_tiles(model.as_ref(), &lattice, &view.visible_cells());
        assert!(tiles.len() > 300, "{} tiles", tiles.len());
        let fill = |store: &mut TileStore| tiles.iter().for_each(|(cell, pixels)| store.insert(*cell, 1, pixels.clone()));
        let (driver, processor) = (offscreen.draw(view, fill).unwrap(), painter.draw(view, fill));
        let apart: Vec<u32> = driver.iter().zip(&processor).map(|(a, b)| u32::from(a.abs_diff(*b))).collect();
        let (mean, most) = (f64::from(apart.iter().sum::<u32>()) / apart.len() as f64, apart.iter().max().copied().unwrap());
        assert!(mean <= 1.0 && most <= 8, "{forward} cells on: {mean:.3} of 255 apart, {most} at most");
    }
}

//! The explorer at rest: what keeps frames coming, what does not, and how it goes on after a rest.

use bevy::ecs::message::Messages;
use bevy::time::create_time_channels;
use bevy::window::RequestRedraw;
use facefield::session::Activity;

use super::*;

impl Explorer {
    /// The explorer as its user has it: where nothing happens, it would draw no frame.
    fn open_resting() -> Self {
        Self::open_with(|app| {
            app.add_plugins(facefield::app::rest).insert_resource(Activity::resting());
            // As a renderer of its own thread tells the time: that of the frame before the last one.
            let (sender, receiver) = create_time_channels();
            sender.0.try_send(Instant::now()).unwrap();
            app.insert_resource(receiver).add_systems(Last, move || sender.0.try_send(Instant::now()).unwrap());
            facefield::app::add_explorer(app, StoredModel::embedded().unwrap());
        })
    }

    fn rests(&self) -> bool {
        let rests = self.resource::<Activity>().follows_rest();
        assert_eq!(self.resource::<Messages<RequestRedraw>>().is_empty(), rests, "the window system is told the same");
        rests
    }

    fn come_to_rest(&mut self) {
        self.update_until("it rests", |world| world.resource::<Activity>().follows_rest());
    }
}

#[test]
fn it_rests_while_nothing_happens_and_goes_on_while_something_moves_or_fades() {
    let _seats = alone();
    let mut explorer = Explorer::open_resting();
    explorer.point_at(OPEN_SPACE);
    explorer.come_to_rest();
    assert!((0..20).all(|_| {
        explorer.update(1);
        explorer.rests()
    }));
    let start = explorer.eye();
    // As long as a user looks at something.
    let rest = Duration::from_secs(1);
    std::thread::sleep(rest);
    explorer.key(KeyCode::KeyW, "w", ButtonState::Pressed);
    let step = (explorer.eye() - start).length();
    assert!(!explorer.rests() && step > 0.0 && step < 0.06, "the first frame moves the camera by one frame, not by the rest: {step}");
    let flight = Instant::now();
    while flight.elapsed() < Duration::from_millis(300) {
        explorer.update(1);
        assert!(!explorer.rests(), "a key is held");
        assert!(explorer.resource::<Time<Real>>().delta() < rest / 2, "nor does the rest come a few frames later");
    }
    explorer.key(KeyCode::KeyW, "w", ButtonState::Released);
    assert!(!explorer.rests(), "it glides on");
    explorer.come_to_rest();
    let end = explorer.eye();
    explorer.update(3);
    assert_eq!(explorer.eye(), end, "at rest the camera stands");

    explorer.app.world_mut().write_message(Steer::Randomize);
    explorer.update(1);
    assert!(explorer.resource::<StreamingStats>().waiting > 0);
    explorer.update_until("the first faces come", |world| world.resource::<TileStore>().fades());
    while explorer.resource::<TileStore>().fades() {
        assert!(!explorer.rests(), "faces fade");
        explorer.draw_and_pause();
    }
    explorer.come_to_rest();
    explorer.update_until("all faces have come", |world| world.resource::<StreamingStats>().waiting == 0);
    explorer.come_to_rest();

    let window = explorer.window;
    explorer.send(CursorMoved { window, position: LEFT_PANEL, delta: None });
    explorer.update(1);
    assert!(!explorer.rests(), "what the pointer does may change anything");
    explorer.come_to_rest();
}

#[test]
fn a_training_draws_no_more_frames_than_it_wakes_for_and_shows_what_it_tells() {
    let _seats = alone();
    let place = tempfile::tempdir().unwrap();
    let request = TrainingRequest { checkpoints: CheckpointPlan { steps: 1000, ..default() }, ..tiny_training(place.path(), 1_000_000) };
    let mut explorer = Explorer::open_resting();
    explorer.app.world_mut().write_message(Train::FollowLattice(false));
    explorer.app.world_mut().write_message(Train::Start(Box::new(request)));
    explorer.update_until("it learns", |world| world.resource::<Training>().status == TrainingStatus::Running);
    assert!(!explorer.rests(), "a beginning changes whole panels");
    explorer.come_to_rest();
    let known = explorer.resource::<Training>().curves.points.len();
    explorer.update_until("a frame shows more and asks for no other", |world| {
        world.resource::<Activity>().follows_rest() && world.resource::<Training>().curves.points.len() > known
    });
    explorer.app.world_mut().write_message(Train::Command(TrainingCommand::Pause));
    explorer.update_until("it pauses", |world| world.resource::<Training>().status == TrainingStatus::Paused(None));
    assert!(!explorer.rests());
    explorer.come_to_rest();
}

#[test]
fn a_picture_is_kept_only_as_long_as_it_is_right() {
    let _seat = in_company();
    ensure_driver();
    let mut offscreen = Offscreen::new(320, 180).unwrap();
    let from = |z| LatticeView::new(&Transform::from_xyz(0.0, 0.0, z), &projection_of_aspect(16.0 / 9.0));
    let pixels = |color: [u8; 3]| std::sync::Arc::new(TilePixels::from_face(64, &color.repeat(64 * 64)));
    let [green, red] = [[40, 200, 90], [210, 60, 50]].map(pixels);
    let before = offscreen.draw(from(2.5), |store| store.insert(CellCoord::default(), 1, green)).unwrap();
    assert!(offscreen.draw(from(2.5), |_| {}).unwrap() == before, "nothing has changed");
    let other = offscreen.draw(from(2.5), |store| store.insert(CellCoord::default(), 2, red)).unwrap();
    assert!(other != before, "other pixels in the same place");
    assert!(offscreen.draw(from(3.0), |_| {}).unwrap() != other, "seen from elsewhere");
    assert!(offscreen.draw(from(2.5), |_| {}).unwrap() == other, "and from there again");
}

//! The first minutes: faces that are drawn where there are no photographs, the guide, and what a training says before one waits.

use bevy_egui::EguiContexts;
use bevy_egui::egui::{Id, LayerId, Order, Rect};
use facefield::data::synth::SynthOptions;
use facefield::files::Replace;
use facefield::session::ChooseDataset;
use facefield::training::GanSettings;
use facefield::ui::{Guide, GuideStep, Panes};

use super::*;

/// Where a panel stands, in points, if it does.
fn place_of(In(name): In<&'static str>, mut contexts: EguiContexts) -> Option<Rect> {
    let ctx = contexts.ctx_mut().unwrap();
    let id = Id::new(name);
    ctx.memory(|memory| memory.area_rect(id).filter(|_| memory.areas().is_visible(&LayerId::new(Order::Middle, id))))
}

impl Explorer {
    fn guide_card(&mut self) -> Option<Rect> {
        self.update(3);
        self.app.world_mut().run_system_cached_with(place_of, "guide").unwrap()
    }

    fn click_at(&mut self, position: Vec2) {
        self.point_at(position);
        self.mouse(ButtonState::Pressed);
        self.mouse(ButtonState::Released);
    }

    fn press(&mut self, key_code: KeyCode, letter: &str) {
        for state in [ButtonState::Pressed, ButtonState::Released] {
            self.key(key_code, letter, state);
        }
        self.update(2);
    }

    fn left(&self) -> Vec<GuideStep> {
        self.resource::<Guide>().left().to_vec()
    }
}

fn draw(options: SynthOptions, out: &Path) -> RunJob {
    RunJob::Start(Job::DrawFaces { options, out: out.to_path_buf(), replace: Replace::Nothing })
}

#[test]
fn draw_faces_asks_first_and_can_be_left() {
    let _seat = in_company();
    let mut explorer = Explorer::open();
    explorer.press(KeyCode::KeyT, "t");
    assert_eq!(explorer.resource::<UiState>().pane, "train");
    // The button is the last one of the row below what is said of the faces.
    let asks = (80..230).step_by(6).any(|y| {
        explorer.click_at(Vec2::new(265.0, y as f32));
        explorer.resource::<Panes>().ask()
    });
    assert!(asks, "no button asks what to draw");
    assert_eq!(explorer.resource::<Jobs>().title, None, "nothing is drawn before it is answered");
    for state in [ButtonState::Pressed, ButtonState::Released] {
        explorer.any_key(KeyCode::Escape, Key::Escape, state);
    }
    explorer.update(3);
    assert!(!explorer.resource::<Panes>().ask(), "Escape leaves all as it is");
    assert!(explorer.resource::<Jobs>().title.is_none() && explorer.resource::<Dataset>().path.is_none());
}

#[test]
fn drawn_faces_are_chosen_say_what_they_are_and_can_be_trained_on() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("faces/drawn.safetensors");
    let mut explorer = Explorer::open();
    let options = SynthOptions { count: 80, size: 16, seed: 3 };
    explorer.app.world_mut().write_message(draw(options, &out));
    explorer.update_until("the faces are drawn", |world| world.resource::<Dataset>().facts.is_some());
    let dataset = explorer.resource::<Dataset>();
    let facts = dataset.facts.clone().unwrap();
    assert_eq!((dataset.path.as_ref(), facts.size, facts.faces, facts.is_drawn), (Some(&out), 16, 80, true));
    let jobs = explorer.resource::<Jobs>();
    assert!(jobs.kind == Some(JobKind::Prepare) && jobs.message.as_ref().is_some_and(Result::is_ok), "{:?}", jobs.message);

    let before = std::fs::read(&out).unwrap();
    explorer.app.world_mut().write_message(draw(SynthOptions { seed: 4, ..options }, &out));
    explorer.update_until("it is refused", |world| world.resource::<Jobs>().message.as_ref().is_some_and(Result::is_err));
    assert!(std::fs::read(&out).unwrap() == before, "nothing is replaced");

    let many = place.path().join("many.safetensors");
    let world = explorer.app.world_mut();
    world.write_message_batch([draw(SynthOptions { count: 1_000_000, ..options }, &many), RunJob::Cancel]);
    explorer.update_until("it is cancelled", |world| {
        world.resource::<Jobs>().message.as_ref().is_some_and(|end| end.as_ref().is_ok_and(|text| text.starts_with("Cancelled")))
    });
    assert!(!many.exists() && explorer.resource::<Dataset>().path.as_ref() == Some(&out), "what was chosen stays so");

    let (zip, pictures) = (place.path().join("pictures.zip"), place.path().join("pictures.safetensors"));
    facefield::data::synth::write_zip(20, 1, &zip, &Silent).unwrap();
    facefield::data::import(&[zip], &pictures, facefield::data::ImportOptions { size: 16, ..default() }, &Silent).unwrap();
    explorer.app.world_mut().write_message(ChooseDataset(pictures));
    explorer.update(2);
    assert!(explorer.resource::<Dataset>().facts.as_ref().is_some_and(|facts| !facts.is_drawn), "pictures are not drawn");
    explorer.app.world_mut().write_message(ChooseDataset(out.clone()));
    explorer.update(2);
    assert!(explorer.resource::<Dataset>().facts.as_ref().is_some_and(|facts| facts.is_drawn), "a file that is opened says so as well");

    let request = TrainingRequest {
        data: out,
        out: place.path().join("run"),
        settings: GanSettings { preset: Preset::Tiny, latent: 4, batch: 8, ..default() }.into(),
        budget: Some(Budget::Images(1_000_000)),
        checkpoints: CheckpointPlan::default(),
        half: false,
        beginning: Beginning::New,
        edits: Vec::new(),
        backend: BackendChoice::Cpu,
    };
    assert_eq!(explorer.resource::<Training>().ahead(), None, "nothing is known of no training");
    explorer.app.world_mut().write_message(Train::Start(Box::new(request)));
    explorer.update_until("it is measured", |world| world.resource::<Training>().curves.points.len() > 3);
    let training = explorer.resource::<Training>();
    let ahead = training.ahead().unwrap();
    let is_early = ["Noise by now; at ", "Between noise and coloured blocks by now; at "].iter().any(|words| ahead.starts_with(words));
    assert!(is_early && ahead.contains("coloured blocks in "), "{ahead}");
    assert!(training.seconds_left().is_some_and(|left| left.is_finite() && left > 0.0), "{:?}", training.seconds_left());
    assert!(training.spec.as_ref().is_some_and(|spec| spec.origin.contains("drawn, not photographed")), "{:?}", training.spec);
    explorer.app.world_mut().write_message(Train::Command(TrainingCommand::Stop));
    explorer.update_until("it stops", |world| world.resource::<Training>().status == TrainingStatus::Stopped);
}

#[test]
fn the_guide_leaves_step_by_step_and_never_comes_back() {
    use GuideStep::{Fly, Random, Select as SelectFace, Steer as MoveSlider, Train as TrainModel};
    let _seat = in_company();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.ron");
    let mut explorer = Explorer::resume(&file);
    assert_eq!(explorer.left(), [Fly, MoveSlider, Random, SelectFace, TrainModel]);
    let card = explorer.guide_card().expect("a first start shows the guide");
    assert!(card.width() < 280.0 && card.height() < 260.0, "it is small: {card:?}");
    explorer.point_at(Vec2::new(card.center().x, card.top() - 30.0));
    assert!(!explorer.resource::<InputFocus>().pointer_taken, "what is beside it gets its clicks");
    assert!(!explorer.resource::<Panes>().ask(), "keys are nobody's but the app's");

    explorer.point_at(OPEN_SPACE);
    explorer.key(KeyCode::KeyD, "d", ButtonState::Pressed);
    explorer.update_for(0.3);
    explorer.key(KeyCode::KeyD, "d", ButtonState::Released);
    assert_eq!(explorer.left(), [MoveSlider, Random, SelectFace, TrainModel]);
    let shorter = explorer.guide_card().unwrap();
    assert!(shorter.height() < card.height() && (shorter.bottom() - card.bottom()).abs() < 1.0, "{card:?}, then {shorter:?}");
    explorer.drag_a_slider();
    explorer.update(1);
    assert_eq!(explorer.left(), [Random, SelectFace, TrainModel]);
    explorer.point_at(OPEN_SPACE);
    explorer.press(KeyCode::KeyR, "r");
    assert_eq!(explorer.left(), [SelectFace, TrainModel]);
    drop(explorer);

    let mut explorer = Explorer::resume(&file);
    assert_eq!(explorer.left(), [SelectFace, TrainModel], "the next start goes on where the last one ended");
    explorer.app.world_mut().write_message(Select(Some(CellCoord::default())));
    explorer.update(2);
    assert_eq!(explorer.left(), [TrainModel]);
    explorer.point_at(OPEN_SPACE);
    explorer.press(KeyCode::KeyT, "t");
    assert!(explorer.left().is_empty() && explorer.guide_card().is_none(), "all is done");
    drop(explorer);

    let mut explorer = Explorer::resume(&file);
    assert!(explorer.left().is_empty() && explorer.guide_card().is_none(), "once done it does not come back");
}

#[test]
fn the_guide_can_be_dismissed_and_who_knows_the_app_has_none() {
    let _seat = in_company();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.ron");
    let mut explorer = Explorer::resume(&file);
    let card = explorer.guide_card().expect("a first start shows the guide");
    explorer.click_at(Vec2::new(card.right() - 25.0, card.top() + 24.0));
    assert!(explorer.left().is_empty() && explorer.guide_card().is_none(), "dismissed in {card:?}");
    drop(explorer);
    let explorer = Explorer::resume(&file);
    assert!(explorer.left().is_empty(), "it stays dismissed");
    drop(explorer);

    let before = folder.path().join("before.ron");
    std::fs::write(&before, "(version: 1, session: (window: Some((1280, 720))))").unwrap();
    assert!(Explorer::resume(&before).left().is_empty(), "a session from before there was a guide");
    assert!(Explorer::open().left().is_empty(), "where no session is kept it would come back at every start");
}

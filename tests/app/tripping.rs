//! What somebody new to the explorer would trip over: what is seen, saved and said must be one thing.

use facefield::models::FaceModel;
use facefield::session::{ChooseDataset, DecodeFaces, FacesDecoded};
use facefield::training::EventKind;

use super::*;

/// A token that nothing else asks with.
const TOKEN: u64 = 0x0074_7269_7070_696e;

/// Waits until the model that is saved is the one on screen.
fn update_until_saved_is_shown(explorer: &mut Explorer, run: &Path) -> StoredModel {
    let saved = StoredModel::open(run).unwrap();
    let frame = saved.frame.clone();
    explorer.update_until("the saved model is on screen", move |world| {
        world.resource::<CurrentModel>().stored.as_ref().is_some_and(|stored| stored.header.name == "run" && stored.frame == frame)
    });
    saved
}

/// What the window shows where its sliders stand at these places.
fn faces_on_screen(explorer: &mut Explorer, latents: &[Latent]) -> Vec<u8> {
    let asked = DecodeFaces { token: TOKEN, latents: latents.to_vec(), zones: default(), largest_side: 16 };
    explorer.app.world_mut().write_message(asked);
    let start = Instant::now();
    loop {
        assert!(start.elapsed() < PATIENCE, "no faces came");
        explorer.draw_and_pause();
        let decoded = explorer.resource::<Messages<FacesDecoded>>();
        let found =
            decoded.iter_current_update_messages().find(|decoded| decoded.token == TOKEN).map(|found| found.faces.pixels().to_vec());
        if let Some(found) = found {
            return found;
        }
    }
}

#[test]
fn after_a_training_the_window_shows_the_model_that_was_saved() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let request = tiny_training(place.path(), 1600);
    let run = request.out.clone();
    let mut explorer = Explorer::open();
    explorer.app.world_mut().write_message(Train::Start(Box::new(request)));
    explorer.update_until("it ends", |world| world.resource::<Training>().status == TrainingStatus::Finished);
    let saved = update_until_saved_is_shown(&mut explorer, &run);
    let (model, _): (Box<dyn FaceModel>, _) = open_model(&saved, BackendChoice::Cpu).unwrap();
    let latents = [2.0, -2.0].map(|first| Latent([first, 0.5, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0].to_vec()));
    let (seen, kept) = (faces_on_screen(&mut explorer, &latents), model.decode_latents(&latents).pixels().to_vec());
    assert_eq!(seen.len(), kept.len());
    let differ = seen.iter().zip(&kept).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(differ <= Some(1), "the same sliders show another face than the saved model: {differ:?}");
    assert!(seen[..seen.len() / 2] != seen[seen.len() / 2..], "and they do move");
}

#[test]
fn a_changed_length_stands_in_the_events_and_a_stopped_training_shows_what_it_saved() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let request = tiny_training(place.path(), 1_000_000);
    let run = request.out.clone();
    let mut explorer = Explorer::open();
    explorer.app.world_mut().write_message(Train::Start(Box::new(request)));
    explorer.update_until("it runs", |world| world.resource::<Training>().curves.points.len() > 1);
    explorer.app.world_mut().write_message(Train::Command(TrainingCommand::Extend(Budget::Images(2_000_000))));
    let has_changed = |world: &World| {
        let events = &world.resource::<Training>().events;
        events.iter().any(|event| event.kind == EventKind::Changed && event.detail == "planned length 1000000 faces -> 2000000 faces")
    };
    explorer.update_until("the new length is noted", has_changed);
    assert_eq!(explorer.resource::<Training>().budget, Budget::Images(2_000_000));
    explorer.app.world_mut().write_message(Train::Command(TrainingCommand::Stop));
    explorer.update_until("it stops", |world| world.resource::<Training>().status == TrainingStatus::Stopped);
    update_until_saved_is_shown(&mut explorer, &run);
    let kept = std::fs::read_to_string(run.join("events.csv")).unwrap();
    assert!(kept.contains("planned length 1000000 faces -> 2000000 faces"), "{kept}");
}

#[test]
fn what_went_wrong_is_told_until_the_next_success() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let (data, _) = faces_and_model(place.path());
    std::fs::write(place.path().join("notes.txt"), "mine").unwrap();
    let mut explorer = Explorer::open();
    let window = explorer.window;
    explorer.app.world_mut().write_message(ChooseDataset(place.path().join("notes.txt")));
    explorer.update(3);
    assert!(explorer.resource::<Dataset>().error.is_some());
    explorer.send(FileDragAndDrop::DroppedFile { window, path_buf: place.path().join("notes.txt") });
    explorer.update(3);
    let told = explorer.resource::<Notice>().0.clone();
    assert!(told.as_ref().is_some_and(|text| text.starts_with("notes.txt is no archive")), "{told:?}");
    explorer.send(FileDragAndDrop::DroppedFile { window, path_buf: data.clone() });
    explorer.update(3);
    assert_eq!(*explorer.resource::<Notice>(), Notice(None));
    let dataset = explorer.resource::<Dataset>();
    assert_eq!((dataset.path.as_ref(), dataset.error.as_ref()), (Some(&data), None));
}

#[test]
fn the_table_of_many_models_takes_the_room_that_there_is() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let (data, model) = faces_and_model(place.path());
    let models: Vec<PlacedModel> = (0..6).map(|_| model.clone()).collect();
    let mut explorer = Explorer::open();
    let job = Job::Evaluate(Evaluate { models, data, split: None, train: None, seed: 1, resize: true, reuse: true, invert: 0 });
    explorer.app.world_mut().write_message(RunJob::Start(job));
    explorer.update_until("all are judged", |world| world.resource::<Evaluations>().found.len() == 6);
    explorer.app.world_mut().resource_mut::<UiState>().pane = "evaluate";
    explorer.update(5);
    // A dock for two models ends to the right of this place.
    explorer.point_at(Vec2::new(WIDTH as f32 - 600.0, 200.0));
    assert!(explorer.resource::<InputFocus>().pointer_taken, "the table reaches as far as its columns need");
    explorer.point_at(Vec2::new(420.0, 200.0));
    assert!(!explorer.resource::<InputFocus>().pointer_taken, "and no further");
}

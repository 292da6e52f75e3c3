//! Models are judged in the background, and the panel shows what was found.

use super::*;

fn evaluation(data: &Path, model: PlacedModel, split: Option<SplitChoice>) -> RunJob {
    let models = vec![model];
    RunJob::Start(Job::Evaluate(Evaluate {
        models,
        data: data.to_path_buf(),
        split,
        train: None,
        seed: 1,
        resize: true,
        reuse: true,
        invert: 0,
    }))
}

#[test]
fn models_are_judged_in_the_background_and_the_evaluation_panel_shows_what_was_found() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let (data, model) = faces_and_model(place.path());
    let folder = model.folder.clone().unwrap();
    let mut explorer = Explorer::open_as_shipped();
    for state in [ButtonState::Pressed, ButtonState::Released] {
        explorer.key(KeyCode::KeyV, "v", state);
    }
    assert_eq!(explorer.resource::<UiState>().pane, "evaluate");
    explorer.update_until("the models are listed", |world| world.resource::<Shelf>().is_listed());
    let shelf = explorer.resource::<Shelf>();
    let is_listed = |request: &String| shelf.models().any(|model| model.request == *request && model.size() == Some(64));
    assert!(shelf.current.as_ref().is_some_and(is_listed), "the open model is among them: {:?}", shelf.items);

    explorer.app.world_mut().write_message(evaluation(&data, model, Some(SplitChoice::Train)));
    explorer.update_until("the model is judged", |world| !world.resource::<Evaluations>().found.is_empty());
    explorer.update(3);
    let evaluations = explorer.resource::<Evaluations>();
    assert_eq!((evaluations.found.len(), evaluations.found[0].split.as_str(), evaluations.data.as_ref()), (1, "train", Some(&data)));
    assert!(evaluations.warnings.iter().any(|warning| warning.contains("are training faces")), "{:?}", evaluations.warnings);
    assert_eq!(*explorer.resource::<Notice>(), Notice(None), "the panel itself tells of it");
    let jobs = explorer.resource::<Jobs>();
    assert!(jobs.kind == Some(JobKind::Judge) && jobs.message.as_ref().is_some_and(Result::is_ok), "{:?}", jobs.message);
    assert_eq!(explorer.resource::<UiState>().pane, "evaluate", "training has nothing to do with it");
    explorer.point_at(Vec2::new(WIDTH as f32 - 150.0, 200.0));
    assert!(explorer.resource::<InputFocus>().pointer_taken, "the table is there");

    let request =
        EvaluationRequest { models: vec![Shelf::request_of(&folder)], data: data.clone(), split: None, train: None, seed: 1, reuse: true };
    explorer.app.world_mut().write_message(Shelve::Add(folder));
    explorer.app.world_mut().write_message(Judge::Evaluate(request.clone()));
    let asked = request.clone();
    explorer.update_until("it is judged again", move |world| world.resource::<Evaluations>().request.as_ref() == Some(&asked));
    let evaluations = explorer.resource::<Evaluations>();
    assert_eq!((evaluations.found[0].model.as_str(), evaluations.found[0].split.as_str()), ("pca", "valid"));
    assert!(evaluations.warnings.is_empty(), "{:?}", evaluations.warnings);
    assert!(explorer.resource::<Shelf>().models().any(|model| model.request == request.models[0]), "it was added");
}

#[test]
fn an_evaluation_that_is_cancelled_finds_nothing_and_moves_no_panel() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let (data, model) = faces_and_model(place.path());
    let mut explorer = Explorer::open();
    explorer.app.world_mut().write_message_batch([evaluation(&data, model, None), RunJob::Cancel]);
    explorer.update_until("it ends", |world| world.resource::<Jobs>().message.is_some());
    explorer.update(2);
    let jobs = explorer.resource::<Jobs>();
    assert!(jobs.message.as_ref().is_some_and(|end| end.as_ref().is_ok_and(|text| text.starts_with("Cancelled"))), "{:?}", jobs.message);
    assert!(explorer.resource::<Evaluations>().found.is_empty());
    assert_eq!(explorer.resource::<UiState>().pane, "explore");
}

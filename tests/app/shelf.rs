//! Models and runs, whoever made them: the shelf that the panels share, and what the lattice shows of a training.

use std::sync::Arc;

use facefield::engine::{FitMixture, ShelfFault, TrainShare, train};
use facefield::models::{MixtureWeights, Weights};
use facefield::session::{AverageChoice, ModelPlace, OpenModel, OpenState, SamplerChoice};
use facefield::training::solve_average;

use super::*;

impl Explorer {
    fn ask<M: Message>(&mut self, message: M) {
        self.app.world_mut().write_message(message);
        self.update(2);
    }

    /// Opens a model in the explorer and waits until its faces are shown.
    fn open_folder(&mut self, folder: &Path) {
        self.ask(OpenModel(folder.to_str().unwrap().to_owned()));
        self.wait_for_model_at(folder);
    }

    fn wait_for_model_at(&mut self, folder: &Path) {
        let folder = folder.to_path_buf();
        self.update_until("the model is open", move |world| {
            let model = world.resource::<CurrentModel>();
            model.state == OpenState::Open && model.place.as_ref().is_some_and(|place| place.stands_at(&folder))
        });
    }

    /// Looks at the shelf until it is as it should be.
    fn look_until(&mut self, what: &str, done: impl Fn(&Shelf) -> bool) {
        self.ask(Shelve::Look);
        self.update_until(what, |world| world.resource::<Shelf>().is_listed() && done(world.resource::<Shelf>()));
    }

    fn shows_run(&self) -> bool {
        self.resource::<Training>().lattice_shows_run
    }
}

/// A run as the command line leaves it.
fn finished_run(place: &Path) -> PathBuf {
    let request = tiny_training(place, 800);
    let (_commands, inbox) = crossbeam_channel::bounded(1);
    train(&request, false, &TrainShare::default(), &inbox, &Silent, &mut |_| {}).unwrap();
    request.out
}

#[test]
fn what_the_command_line_makes_beside_an_opened_model_is_on_the_shelf_with_face_name_and_figures() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let (_, model) = faces_and_model(place.path());
    let folder = model.folder.unwrap();
    let mut explorer = Explorer::open();
    explorer.open_folder(&folder);
    let run = finished_run(place.path());
    // Its header says the same as that of the first.
    let twin = place.path().join("twin");
    model.stored.save(&twin, &std::fs::read(folder.join("preview.png")).unwrap()).unwrap();
    let requests = [&run, &twin].map(|path| path.to_str().unwrap().to_owned());
    let awaited = requests.clone();
    explorer
        .look_until("both are found", move |shelf| awaited.iter().all(|request| shelf.items.iter().any(|item| item.request == *request)));
    let shelf = explorer.resource::<Shelf>();
    let of = |path: &Path| shelf.items.iter().find(|item| item.folder.as_deref() == Some(path)).unwrap();
    assert_eq!((of(&folder).name.as_str(), of(&twin).name.as_str()), ("pca", "twin"));
    assert_eq!(of(&folder).model, of(&twin).model, "what they say of themselves does not tell them apart");
    assert_eq!((of(&twin).size(), of(&twin).latent_dim()), (Some(16), Some(8)));
    assert!([&folder, &twin, &run].iter().all(|path| of(path).face.is_some()));
    let line = of(&run).run.as_ref().unwrap();
    assert!((line.preset, line.images, line.progress) == ("tiny", 800, 1.0) && line.error.is_some_and(|error| error > 0.0), "{line:?}");
    assert!(of(&twin).run.is_none());
    assert_eq!(shelf.current.as_deref(), folder.to_str());
    assert!(shelf.items.iter().any(|item| item.name == "gan-celeba32"), "and what ships");
}

#[test]
fn the_shelf_outlives_the_program_and_says_what_is_gone() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("session.ron");
    let (_, model) = faces_and_model(place.path());
    let folder = model.folder.unwrap();
    let request = folder.to_str().unwrap().to_owned();
    let mut explorer = Explorer::resume(&file);
    explorer.open_folder(&folder);
    explorer.ask(OpenModel("pca-celeba64".into()));
    explorer.update_until("another one is open", |world| {
        world.resource::<CurrentModel>().stored.as_ref().is_some_and(|stored| stored.header.name == "pca-celeba64")
    });
    explorer.update(2);
    drop(explorer);

    let moved = place.path().join("moved.elsewhere");
    std::fs::create_dir(&moved).unwrap();
    std::fs::rename(&folder, moved.join("pca")).unwrap();
    let mut explorer = Explorer::resume(&file);
    let fault_of = |shelf: &Shelf, request: &str| shelf.items.iter().find(|item| item.request == request).map(|item| item.fault.clone());
    let awaited = request.clone();
    explorer.look_until("it is said to be gone", move |shelf| fault_of(shelf, &awaited) == Some(Some(ShelfFault::Gone)));
    std::fs::rename(moved.join("pca"), &folder).unwrap();
    let awaited = request.clone();
    explorer.look_until("it is there again", move |shelf| fault_of(shelf, &awaited) == Some(None));
    explorer.ask(Shelve::Forget(request.clone()));
    drop(explorer);
    assert!(StoredModel::open(&folder).is_ok(), "what is forgotten stays where it is");
    let mut explorer = Explorer::resume(&file);
    explorer.look_until("the shelf is there", |_| true);
    assert!(!explorer.resource::<Shelf>().is_remembered(&request));
}

#[test]
fn a_model_that_is_picked_as_a_run_is_named_and_a_run_that_is_picked_as_a_model_opens() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let (_, model) = faces_and_model(place.path());
    let folder = model.folder.unwrap();
    let run = finished_run(place.path());
    let mut explorer = Explorer::open();
    explorer.ask(Train::OpenRun(folder.clone()));
    let training = explorer.resource::<Training>();
    let named = training.no_run.clone().unwrap();
    assert_eq!((named.name.as_str(), named.kind(), &training.status), ("pca", Some(model.stored.header.kind), &TrainingStatus::Idle));
    assert_eq!(*explorer.resource::<Notice>(), Notice(None), "the panel says it where it was asked");
    explorer.ask(OpenModel(named.request));
    explorer.wait_for_model_at(&folder);
    assert_eq!(explorer.resource::<Training>().no_run, None, "said and done");
    explorer.ask(Train::OpenRun(place.path().to_path_buf()));
    assert!(explorer.resource::<Notice>().0.is_some() && explorer.resource::<Training>().no_run.is_none(), "there is neither");

    explorer.open_folder(&run);
    let shown = explorer.resource::<CurrentModel>().stored.clone().unwrap();
    assert_eq!(shown.fingerprint(), StoredModel::open(&run).unwrap().fingerprint(), "its newest model");
    std::fs::remove_file(run.join("model.ron")).unwrap();
    explorer.ask(OpenModel(run.to_str().unwrap().to_owned()));
    let state = explorer.resource::<CurrentModel>().state.clone();
    assert!(matches!(&state, OpenState::Refused(reason) if reason.contains("has written no model yet")), "{state:?}");
}

/// The model of a run as it was before there were mixtures.
fn without_mixture(run: &Path, to: &Path) -> PathBuf {
    let stored = StoredModel::open(run).unwrap();
    let mut weights = Weights::default();
    for name in stored.weights.names().filter(|name| !name.starts_with("mixture.")) {
        weights.insert(name, stored.weights.shape(name).unwrap(), stored.weights.values(name).to_vec(), Precision::Single);
    }
    StoredModel { weights: Arc::new(weights), ..stored }.save(to, b"").unwrap();
    to.to_path_buf()
}

#[test]
fn a_mixture_is_offered_as_soon_as_it_is_fitted_and_moves_nobody() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let run = finished_run(place.path());
    let [of_job, of_command_line] = ["one", "other"].map(|name| without_mixture(&run, &place.path().join(name)));
    let fit = |model: &Path| Job::FitMixture(FitMixture { model: model.to_path_buf(), data: place.path().join("small.safetensors") });
    let mut explorer = Explorer::open();
    for (folder, by_job) in [(of_job, true), (of_command_line, false)] {
        explorer.open_folder(&folder);
        let before = (explorer.resource::<CurrentModel>().generation(), explorer.resource::<Steering>().state());
        assert!(!explorer.resource::<Steering>().has_mixture());
        if by_job {
            explorer.ask(RunJob::Start(fit(&folder)));
        } else {
            run_job(&fit(&folder), &Silent).unwrap();
        }
        explorer.update_until("it is offered", |world| world.resource::<Steering>().has_mixture());
        assert_eq!((explorer.resource::<CurrentModel>().generation(), explorer.resource::<Steering>().state()), before);
        explorer.ask(Steer::SetSampler(SamplerChoice::Mixture));
        explorer.ask(Steer::Randomize);
        assert_ne!(explorer.resource::<Steering>().lattice.base.0, before.1.base, "and can be drawn from");
        explorer.ask(Steer::SetSampler(SamplerChoice::Gaussian));
        assert!(StoredModel::open(&folder).unwrap().weights.mixture(8).unwrap().is_some());
    }
}

#[test]
fn a_training_that_ends_offers_the_mixture_of_its_codes() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let mut explorer = Explorer::open();
    explorer.ask(Train::Start(Box::new(tiny_training(place.path(), 1600))));
    explorer.update_until("it has ended", |world| world.resource::<Training>().status == TrainingStatus::Finished);
    explorer.update_until("the mixture is offered", |world| {
        world.resource::<Training>().lattice_shows_run && world.resource::<Steering>().has_mixture()
    });
}

#[test]
fn the_lattice_turns_to_the_run_and_back_and_says_what_it_shows() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let (_, model) = faces_and_model(place.path());
    let other = model.folder.unwrap();
    let mut explorer = Explorer::open();
    explorer.ask(Steer::SetSeed(77));
    let (before, place_before) = (explorer.resource::<Steering>().state(), explorer.resource::<CurrentModel>().place.clone());
    assert!(!explorer.shows_run());
    explorer.ask(Train::Start(Box::new(tiny_training(place.path(), 100_000_000))));
    assert!(!explorer.shows_run(), "there is nothing to show yet");
    explorer.update_until("the run is shown", |world| world.resource::<Training>().lattice_shows_run);
    let run = place.path().join("run");
    assert!(explorer.resource::<CurrentModel>().place.as_ref().is_some_and(|shown| shown.stands_at(&run)));

    // Back to the model before, which stays whatever is learned meanwhile.
    explorer.ask(Steer::SetCoordinate(2, 1.25));
    explorer.ask(Train::FollowLattice(false));
    let awaited = place_before.clone();
    explorer.update_until("the model before is back", move |world| world.resource::<CurrentModel>().place == awaited);
    assert!(!explorer.shows_run());
    assert_eq!(explorer.resource::<Steering>().state(), before, "as it was left");
    let generation = explorer.resource::<CurrentModel>().generation();
    let points = explorer.resource::<Training>().curves.points.len();
    explorer.update_until("it learns on", move |world| world.resource::<Training>().curves.points.len() > points + 3);
    assert_eq!(explorer.resource::<CurrentModel>().generation(), generation);

    // And to the run again, where the user was in it.
    explorer.ask(Train::FollowLattice(true));
    explorer.update_until("the run is shown again", |world| world.resource::<Training>().lattice_shows_run);
    assert_eq!(explorer.resource::<Steering>().lattice.base.0[2], 1.25);

    // What is opened in the explorer is not taken away by the next snapshot.
    explorer.open_folder(&other);
    assert!(!explorer.shows_run() && !explorer.resource::<Training>().follows_lattice);
    let points = explorer.resource::<Training>().curves.points.len();
    explorer.update_until("it learns on", move |world| world.resource::<Training>().curves.points.len() > points + 3);
    assert!(explorer.resource::<CurrentModel>().place.as_ref().is_some_and(|shown: &ModelPlace| shown.stands_at(&other)));

    // A run that waits has something to show as well: what it has written.
    explorer.ask(Train::Command(TrainingCommand::Pause));
    explorer.update_until("it pauses", |world| world.resource::<Training>().status == TrainingStatus::Paused(None));
    explorer.ask(Train::FollowLattice(true));
    explorer.update_until("the run is shown while it waits", |world| world.resource::<Training>().lattice_shows_run);
    assert_eq!(
        explorer.resource::<CurrentModel>().stored.as_ref().unwrap().weights,
        StoredModel::open(&run).unwrap().weights,
        "with the weights that it stands at"
    );
    explorer.ask(Train::FollowLattice(false));
    explorer.wait_for_model_at(&other);

    // What it has written in the end is what is shown.
    explorer.ask(Train::FollowLattice(true));
    explorer.ask(Train::Command(TrainingCommand::Resume));
    explorer.ask(Train::Command(TrainingCommand::Stop));
    explorer.update_until("it stops", |world| world.resource::<Training>().status == TrainingStatus::Stopped);
    let written = StoredModel::open(&run).unwrap();
    explorer.update_until("its last model is shown", move |world| {
        world.resource::<CurrentModel>().stored.as_ref().is_some_and(|shown| shown.weights == written.weights)
    });
    assert!(explorer.shows_run());
    assert!(explorer.resource::<Steering>().has_mixture(), "with the mixture of its codes");
}

#[test]
fn an_average_of_the_run_is_shown_and_the_way_back_leads_to_what_was_trained() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let (_, other) = faces_and_model(place.path());
    let request = tiny_training(place.path(), 2400);
    let (_commands, inbox) = crossbeam_channel::bounded(1);
    train(&request, false, &TrainShare::default(), &inbox, &Silent, &mut |_| {}).unwrap();
    let run = request.out;
    let mut explorer = Explorer::open();
    explorer.ask(Train::OpenRun(run.clone()));
    explorer.update_until("the run is shown", |world| world.resource::<Training>().lattice_shows_run);
    assert_eq!(explorer.resource::<Training>().snapshots, [125, 145, 167, 193, 223, 257, 297]);
    let weights = |world: &World| world.resource::<CurrentModel>().stored.as_ref().unwrap().weights.clone();
    let trained = weights(explorer.app.world());
    explorer.ask(Steer::SetCoordinate(2, 1.25));

    // Several wishes, as a drag of the slider makes them: the last one is shown.
    for length in [0.05, 0.1, 0.2] {
        explorer.app.world_mut().write_message(Train::Average(Some(length)));
        explorer.update(1);
    }
    let is_shown =
        |length: f64| move |world: &World| world.resource::<Training>().average.shown.as_ref().is_some_and(|(shown, _)| *shown == length);
    explorer.update_until("the average is found", is_shown(0.2));
    let solved = solve_average(&run, 0.2, None, &Silent).unwrap().weights;
    explorer.update_until("the average is on the lattice", |world| {
        solved.names().all(|name| weights(world).values(name) == solved.values(name))
    });
    let shown = weights(explorer.app.world());
    assert!(shown != trained && explorer.shows_run(), "other faces of the same run");
    assert_eq!(explorer.resource::<Steering>().lattice.base.0[2], 1.25, "seen from the same place");
    explorer.update_for(1.0);
    assert!(weights(explorer.app.world()) == shown, "what the run has written does not take its place");

    explorer.ask(Train::Average(None));
    explorer.update_until("it is shown as it was trained", |world| weights(world) == trained);
    assert_eq!(explorer.resource::<Training>().average, AverageChoice::default());

    // Another model on the lattice ends it.
    explorer.ask(Train::Average(Some(0.05)));
    explorer.update_until("the average is found", is_shown(0.05));
    explorer.open_folder(&other.folder.unwrap());
    assert_eq!(explorer.resource::<Training>().average, AverageChoice::default());
    explorer.update_for(0.5);
    assert!(!explorer.shows_run());
}

#[test]
fn a_model_that_does_not_open_leaves_the_run_on_the_lattice() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let run = finished_run(place.path());
    let mut explorer = Explorer::open();
    explorer.ask(Train::OpenRun(run.clone()));
    explorer.update_until("the run is shown", |world| world.resource::<Training>().lattice_shows_run);
    explorer.ask(OpenModel(place.path().join("nothing").to_str().unwrap().to_owned()));
    assert!(matches!(explorer.resource::<CurrentModel>().state, OpenState::Refused(_)));
    assert!(explorer.shows_run());
    // Picked in the explorer, it is still the run.
    explorer.ask(Train::FollowLattice(false));
    explorer.update_until("the model before is back", |world| !world.resource::<Training>().lattice_shows_run);
    explorer.open_folder(&run);
    explorer.update(2);
    assert!(explorer.shows_run() && explorer.resource::<Training>().follows_lattice);
}

#[test]
fn the_picker_opens_with_a_click_and_shows_what_is_there() {
    let _seat = in_company();
    let mut explorer = Explorer::open();
    assert!(!explorer.resource::<Shelf>().is_listed(), "nobody has looked");
    let click = |explorer: &mut Explorer, x: f32, y: i32| {
        explorer.point_at(Vec2::new(x, y as f32));
        explorer.mouse(ButtonState::Pressed);
        explorer.mouse(ButtonState::Released);
    };
    let picker = (52..90).step_by(8).find(|y| {
        click(&mut explorer, 120.0, *y);
        explorer.is_so_within(1.5, |world| world.resource::<Shelf>().is_listed())
    });
    let picker = picker.expect("the picker is at the top of the left panel");
    // The next click comes late enough to be one of its own, and not the second of two.
    explorer.update_for(0.5);
    let before = explorer.resource::<CurrentModel>().generation();
    // The list hangs below the picker, and closes with every click: one of its rows opens another model.
    let changed = (picker + 30..picker + 350).step_by(20).any(|y| {
        click(&mut explorer, 180.0, y);
        let has_changed = explorer.is_so_within(1.0, |world| world.resource::<CurrentModel>().generation() != before);
        if !has_changed {
            click(&mut explorer, 120.0, picker);
            explorer.update_for(0.5);
        }
        has_changed
    });
    assert!(changed, "a click on a row opens its model");
}

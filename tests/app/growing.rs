//! Networks that grow while somebody watches, and those that begin with the weights of a finished one.

use facefield::engine::{TrainShare, settings_to_begin_with, sizes_to_grow_to, train};
use facefield::training::{EventKind, GanSettings, RunFacts, TrainingSettings};

use super::*;

/// A training of a generator so small that it learns in seconds.
fn tiny_gan(place: &Path, size: usize, settings: GanSettings) -> TrainingRequest {
    let data = place.join(format!("faces-{size}.safetensors"));
    if !data.exists() {
        facefield::data::synth::write_cache(80, 1, size, &data, &Silent).unwrap();
    }
    TrainingRequest {
        data,
        out: place.join("run"),
        settings: GanSettings { preset: Preset::Tiny, latent: 4, batch: 8, ..settings }.into(),
        budget: Some(Budget::Images(80)),
        checkpoints: CheckpointPlan::default(),
        half: false,
        beginning: Beginning::New,
        edits: Vec::new(),
        backend: BackendChoice::Cpu,
    }
}

fn is_finished(world: &World) -> bool {
    world.resource::<Training>().status == TrainingStatus::Finished
}

fn lattice_is_of(size: usize) -> impl Fn(&World) -> bool {
    move |world| {
        let shown = world.resource::<CurrentModel>().stored.as_ref().map(|stored| stored.header.size);
        world.resource::<Training>().lattice_shows_run && shown == Some(size)
    }
}

#[test]
fn curves_pictures_and_lattice_follow_a_network_that_grows() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let request =
        TrainingRequest { budget: Some(Budget::Images(400)), ..tiny_gan(place.path(), 16, GanSettings { grow: vec![8, 16], ..default() }) };
    let mut explorer = Explorer::open();
    explorer.app.world_mut().write_message(Train::Start(Box::new(request)));
    explorer.update_until("it is finished", is_finished);
    explorer.update_until("the lattice shows what it has grown to", lattice_is_of(16));
    assert_eq!(explorer.resource::<UiState>().pane, "train", "its panel is drawn meanwhile");
    let training: &RunFacts = explorer.resource::<Training>();
    assert_eq!((training.size_at(0), training.size(), training.stages.len()), (Some(8), Some(16), 1));
    let grown: Vec<u64> = training.events.iter().filter(|event| event.kind == EventKind::Grown).map(|event| event.step).collect();
    assert_eq!(grown, [25], "half of its length, eight faces a step");
    let sizes: Vec<Option<usize>> = training.sheets.iter().map(|step| training.size_at(*step)).collect();
    assert!(sizes.is_sorted() && sizes.first() == Some(&Some(8)) && sizes.last() == Some(&Some(16)), "{sizes:?}");
}

#[test]
fn a_finished_network_grows_into_a_run_of_its_own_and_faces_that_are_too_small_are_refused() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let small = tiny_gan(place.path(), 16, GanSettings::default());
    let (_commands, inbox) = crossbeam_channel::bounded(1);
    train(&small, false, &TrainShare::default(), &inbox, &Silent, &mut |_| {}).unwrap();
    let before = std::fs::read(small.out.join("weights.safetensors")).unwrap();
    let mut explorer = Explorer::open();
    explorer.app.world_mut().write_message(Train::OpenRun(small.out.clone()));
    explorer.update_until("the lattice shows it", lattice_is_of(16));
    let training = explorer.resource::<Training>();
    assert!(training.status == TrainingStatus::Following { live: false } && training.is_finished, "nobody trains it, and it is whole");
    let learned: TrainingSettings = training.settings.clone().unwrap();
    assert_eq!(sizes_to_grow_to(&learned, training.size().unwrap()), [32, 64]);

    let request = TrainingRequest {
        out: place.path().join("grown"),
        settings: settings_to_begin_with(&learned, 16, 32),
        beginning: Beginning::WarmStart(small.out.clone(), None),
        ..small.clone()
    };
    explorer.app.world_mut().write_message(Train::Start(Box::new(request.clone())));
    explorer.update_until("it is refused", |world| matches!(world.resource::<Training>().status, TrainingStatus::Failed(_)));
    let TrainingStatus::Failed(reason) = explorer.resource::<Training>().status.clone() else { unreachable!("it was waited for") };
    assert!(reason.contains("the faces have 16 pixels, and 32 are grown to") && !request.out.exists(), "{reason}");

    let large = tiny_gan(place.path(), 32, GanSettings::default()).data;
    explorer.app.world_mut().write_message(Train::Start(Box::new(TrainingRequest { data: large, ..request.clone() })));
    explorer.update_until("it is finished", is_finished);
    explorer.update_until("the lattice shows what it has grown to", lattice_is_of(32));
    let training = explorer.resource::<Training>();
    assert_eq!((training.size(), training.stages.last().map(|stage| stage.size)), (Some(32), Some(32)));
    assert_eq!(training.spec.as_ref().unwrap().parent, Some((small.out.clone(), 10)));
    assert!(std::fs::read(small.out.join("weights.safetensors")).unwrap() == before, "the other run stays as it is");
}

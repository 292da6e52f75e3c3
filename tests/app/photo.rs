//! A photo that is dropped onto the window becomes a place, also in the space of a generator, which has to be searched for it.

use facefield::data::{face_png, load_face};
use facefield::engine::FitInverter;
use facefield::session::{OpenModel, OpenState, PhotoFlight};
use facefield::training::InverterPlan;

use super::*;

/// The generator that ships, under a name of its own, with an encoder that has hardly learned; and one of its samples as a photo.
fn generator_and_photo(place: &Path) -> (PathBuf, PathBuf) {
    let (folder, photo) = (place.join("mine"), place.join("me.png"));
    let mut stored = StoredModel::open(Path::new("models/gan-celeba32")).unwrap();
    stored.header.name = "mine".into();
    stored.save(&folder, b"").unwrap();
    let model = PlacedModel { stored, folder: Some(folder.clone()) };
    let sample = Latent((0..64).map(|axis| [0.9, -0.4, -1.2, 0.7][axis % 4]).collect());
    let face = open_model(&model.stored, BackendChoice::Cpu).unwrap().0.decode_latents(&[sample]);
    std::fs::write(&photo, face_png(face.size(), face.face(0))).unwrap();
    let plan = InverterPlan { images: 64, ..default() };
    run_job(&Job::FitInverter(Box::new(FitInverter { model, data: None, plan })), &Silent).unwrap();
    (folder, photo)
}

/// The mean squared difference of the face on screen to the photo, in [0, 1] units.
fn error(explorer: &Explorer, photo: &Path) -> f64 {
    let stored = explorer.resource::<CurrentModel>().stored.clone().unwrap();
    let base = explorer.resource::<Steering>().lattice.base.clone();
    let face = open_model(&stored, BackendChoice::Cpu).unwrap().0.decode_latents(&[base]);
    let wanted = load_face(photo, face.size(), facefield::data::Crop::Auto, facefield::data::Background::default()).unwrap();
    let squares = face.pixels().iter().zip(wanted.pixels()).map(|(a, b)| (f64::from(a.abs_diff(*b)) / 255.0).powi(2));
    squares.sum::<f64>() / wanted.pixels().len() as f64
}

fn open_generator(explorer: &mut Explorer, folder: &Path) {
    explorer.app.world_mut().write_message(OpenModel(folder.to_string_lossy().into_owned()));
    explorer.update_until("the generator is open", |world| {
        let model = world.resource::<CurrentModel>();
        model.state == OpenState::Open && model.stored.as_ref().is_some_and(|stored| stored.header.name == "mine")
    });
    explorer.app.world_mut().write_message(Steer::Reset);
    explorer.update(2);
}

/// A search that is called off leaves the user where they were.
fn call_off(explorer: &mut Explorer, photo: &Path) {
    explorer.app.world_mut().write_message(Steer::SetCoordinate(0, 1.5));
    explorer.update(2);
    let before = explorer.resource::<Steering>().state();
    let window = explorer.window;
    explorer.send(FileDragAndDrop::DroppedFile { window, path_buf: photo.to_path_buf() });
    explorer.update(2);
    explorer.app.world_mut().write_message(RunJob::Cancel);
    explorer.update_until("it is over", |world| !world.resource::<PhotoFlight>().is_under_way());
    let message = explorer.resource::<Jobs>().message.clone();
    assert!(matches!(&message, Some(Ok(text)) if text.starts_with("Cancelled")), "{message:?}");
    assert!(explorer.resource::<Steering>().state().looks_like(&before));
}

#[test]
fn a_dropped_photo_is_flown_to_in_the_space_of_a_generator_unless_it_is_called_off_and_can_be_undone() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let (folder, photo) = generator_and_photo(place.path());
    let mut explorer = Explorer::open();
    open_generator(&mut explorer, &folder);
    call_off(&mut explorer, &photo);
    explorer.app.world_mut().write_message(Steer::Reset);
    explorer.update(2);
    let (before, of_mean) = (explorer.resource::<Steering>().state(), error(&explorer, &photo));
    let window = explorer.window;
    explorer.app.world_mut().resource_mut::<UiState>().pane = "train";
    explorer.send(FileDragAndDrop::DroppedFile { window, path_buf: photo.clone() });
    explorer.update(3);
    assert!(explorer.resource::<PhotoFlight>().is_under_way());
    assert_eq!(explorer.resource::<Jobs>().kind, Some(JobKind::Place));
    assert_eq!(
        (explorer.resource::<UiState>().pane, *explorer.resource::<Selection>()),
        ("explore", Selection(Some(CellCoord::default())))
    );
    explorer.update_until("the place is reached", |world| !world.resource::<PhotoFlight>().is_under_way());
    let message = explorer.resource::<Jobs>().message.clone();
    assert!(matches!(&message, Some(Ok(text)) if text.starts_with("me.png has its place")), "{message:?}");
    let found = error(&explorer, &photo);
    assert!(found < 0.5 * of_mean, "{found} there, {of_mean} at the mean");
    assert_eq!(explorer.resource::<History>().next_undo(), Some(ChangeKind::Photo));
    explorer.command_z(false);
    assert!(explorer.resource::<Steering>().state().looks_like(&before));
}

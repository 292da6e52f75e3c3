//! The shelf that model picker, evaluation and training share: models and runs that were opened or made, and those found beside them.
//!
//! Owns what is remembered from one session to the next, and when it is looked for; where that is, and what is told of each, is the
//! engine's business.

use std::path::{Path, PathBuf};

use bevy::prelude::*;
use bevy::window::WindowFocused;

use super::activity::{Activity, Cause};
use super::alarm::Alarm;
use super::evaluations::request_of;
use super::model::{CurrentModel, ModelPlace};
use super::systems::SessionSystems;
use super::training::{Training, TrainingStatus};
use crate::engine::{ShelfFault, ShelfItem, ShelfReader};
use crate::models::ModelHeader;

/// So many folders are remembered; beyond that, those go that were opened or made longest ago.
const MOST: usize = 200;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Shelve>()
        .add_message::<WindowFocused>()
        .init_resource::<Shelf>()
        .init_resource::<ShelfLink>()
        .init_resource::<CurrentModel>()
        .init_resource::<Training>()
        .init_resource::<Activity>()
        .init_resource::<Alarm>()
        .add_systems(Update, receive.in_set(SessionSystems::Receive))
        .add_systems(Update, (obey, remember_model, remember_run, look).chain().in_set(SessionSystems::Steer));
}

/// What panels ask about the shelf.
#[derive(Clone, Debug, Message)]
pub enum Shelve {
    /// Look at what is there now.
    Look,
    /// Put the model folder or run folder at a path on it, and remember it.
    Add(PathBuf),
    /// Take something off that was remembered, by what it is asked for by. The folder itself stays as it is.
    Forget(String),
}

/// Models and runs.
#[derive(Default, Resource)]
pub struct Shelf {
    /// What was opened or made, the newest first; then its neighbours; then models that have a name.
    pub items: Vec<ShelfItem>,
    /// What the open model is asked for by.
    pub current: Option<String>,
    /// Why the folder that was named last cannot be put there.
    pub error: Option<String>,
    /// Folders that were opened or made, the newest first.
    remembered: Vec<PathBuf>,
    is_listed: bool,
    /// Whether anybody has looked at it in this session: before that, no folder is.
    is_wanted: bool,
    /// Whether there may be something else by now.
    is_stale: bool,
    /// The model that was open when `current` was told.
    place: Option<ModelPlace>,
    /// How the run stood that was remembered last.
    run: Option<(PathBuf, TrainingStatus)>,
}

impl Shelf {
    /// Whether it was looked for what is there.
    pub fn is_listed(&self) -> bool {
        self.is_listed
    }

    /// What the model in a folder is asked for by.
    pub fn request_of(folder: &Path) -> String {
        request_of(folder)
    }

    /// Those that are models and can be opened.
    pub fn models(&self) -> impl Iterator<Item = &ShelfItem> {
        self.items.iter().filter(|item| item.model.is_some())
    }

    /// Takes up what was remembered when the last session ended.
    pub(super) fn restore(&mut self, folders: &[String]) {
        self.remembered = folders.iter().map(PathBuf::from).collect();
    }

    /// What is to be remembered until the next session; a folder whose name is no text is not.
    pub(super) fn remembered(&self) -> Vec<String> {
        self.remembered.iter().filter_map(|folder| folder.to_str().map(str::to_owned)).collect()
    }

    /// Whether a folder is remembered, by what it is asked for by: it was opened or made here.
    pub fn is_remembered(&self, request: &str) -> bool {
        self.remembered.iter().any(|folder| folder.to_str() == Some(request))
    }

    fn add(&mut self, folder: &Path) {
        self.error = None;
        match ShelfItem::read(folder) {
            Some(item) => {
                self.error = why_no_model(&item);
                self.remember(folder);
                self.items.retain(|known| known.request != item.request);
                self.items.insert(0, item);
            }
            None => self.error = ModelHeader::read(folder).err().map(|error| error.to_string()),
        }
    }

    fn forget(&mut self, request: &str) {
        self.remembered.retain(|folder| folder.to_str() != Some(request));
        self.items.retain(|item| item.request != request);
        self.is_stale = true;
    }

    /// Remembers a folder as the newest one.
    fn remember(&mut self, folder: &Path) {
        let Ok(folder) = std::path::absolute(folder) else { return };
        self.is_stale = true;
        if self.remembered.first() != Some(&folder) {
            self.remembered.retain(|known| *known != folder);
            self.remembered.insert(0, folder);
            self.remembered.truncate(MOST);
        }
    }

    fn take(&mut self, items: Vec<ShelfItem>) {
        self.items = items;
        self.is_listed = true;
        self.tell_current();
    }

    fn tell_current(&mut self) {
        self.current = self.place.as_ref().map(|place| match &place.folder {
            Some(folder) => request_of(Path::new(folder)),
            // Folders may bear the name of a model of the program; it is listed as one of them only where it is found by name there.
            None => {
                let item = self.items.iter().filter(|item| item.name == place.name).max_by_key(|item| item.folder.is_none());
                item.map_or_else(|| place.name.clone(), |item| item.request.clone())
            }
        });
    }
}

/// Why something on the shelf opens as no model; `None` where it does.
fn why_no_model(item: &ShelfItem) -> Option<String> {
    match &item.fault {
        _ if item.model.is_some() => None,
        Some(ShelfFault::Unreadable(reason)) => Some(reason.clone()),
        Some(ShelfFault::Gone) | None => Some(format!("{} is a run that has written no model yet", item.name)),
    }
}

/// The thread that looks.
#[derive(Default, Resource)]
struct ShelfLink(Option<ShelfReader>);

fn obey(mut asked: MessageReader<Shelve>, mut focused: MessageReader<WindowFocused>, mut shelf: ResMut<Shelf>) {
    // Who comes back from another window may have made something there.
    if focused.read().filter(|event| event.focused).count() > 0 && shelf.is_wanted {
        shelf.is_stale = true;
    }
    for message in asked.read() {
        match message {
            Shelve::Look => (shelf.is_wanted, shelf.is_stale, shelf.error) = (true, true, None),
            Shelve::Add(folder) => shelf.add(folder),
            Shelve::Forget(request) => shelf.forget(request),
        }
    }
}

fn remember_model(mut shelf: ResMut<Shelf>, model: Res<CurrentModel>) {
    if shelf.place == model.place {
        return;
    }
    shelf.place.clone_from(&model.place);
    if let Some(folder) = model.place.as_ref().and_then(|place| place.folder.clone()) {
        shelf.remember(Path::new(&folder));
    }
    shelf.tell_current();
}

/// A run is remembered once it is under way or looked at, and looked at anew when it has come to something.
fn remember_run(mut shelf: ResMut<Shelf>, training: Res<Training>) {
    let is_there = !training.is_starting() && !matches!(training.status, TrainingStatus::Idle | TrainingStatus::Failed(_));
    let Some(run) = training.run_path().filter(|_| is_there) else { return };
    if shelf.run.as_ref().is_some_and(|(known, status)| known == run && *status == training.status) {
        return;
    }
    shelf.remember(run);
    shelf.run = Some((run.to_path_buf(), training.status.clone()));
}

fn look(mut shelf: ResMut<Shelf>, mut link: ResMut<ShelfLink>, alarm: Res<Alarm>) {
    if !shelf.is_wanted || !shelf.is_stale {
        return;
    }
    let started = if link.0.is_none() { ShelfReader::start(alarm.waker()).map(|reader| link.0 = Some(reader)) } else { Ok(()) };
    match (started, &link.0) {
        (Ok(()), Some(reader)) => shelf.is_stale = !reader.look(shelf.remembered.clone()),
        (Err(reason), _) => (shelf.error, shelf.is_stale) = (Some(reason), false),
        (Ok(()), None) => {}
    }
}

fn receive(mut shelf: ResMut<Shelf>, link: Res<ShelfLink>, mut activity: ResMut<Activity>) {
    let Some(found) = link.0.as_ref().and_then(|reader| reader.found().try_iter().last()) else { return };
    activity.because(Cause::Arrives);
    shelf.take(found);
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::models::StoredModel;
    use crate::models::catalog::EMBEDDED;

    fn model_at(folder: PathBuf) -> PathBuf {
        StoredModel::embedded().unwrap().save(&folder, b"").unwrap();
        folder
    }

    /// The shelf of an app without anything else.
    fn shelf_alone() -> App {
        let mut app = App::new();
        app.configure_sets(Update, (SessionSystems::Receive, SessionSystems::Steer).chain());
        app.add_plugins(plugin);
        app
    }

    fn shelf(app: &App) -> &Shelf {
        app.world().resource::<Shelf>()
    }

    fn update_until(app: &mut App, what: &str, done: impl Fn(&Shelf) -> bool) {
        let start = Instant::now();
        while !done(shelf(app)) {
            assert!(start.elapsed() < Duration::from_secs(60), "gave up waiting until {what}");
            std::thread::sleep(Duration::from_millis(5));
            app.update();
        }
    }

    fn open(app: &mut App, place: ModelPlace) {
        app.world_mut().resource_mut::<CurrentModel>().place = Some(place);
        app.update();
    }

    #[test]
    fn what_is_opened_is_remembered_and_what_stands_beside_it_is_found() {
        let place = tempfile::tempdir().unwrap();
        let [opened, beside] = ["opened", "beside"].map(|name| model_at(place.path().join(name)));
        let mut app = shelf_alone();
        open(&mut app, ModelPlace::of_folder(&opened));
        assert!(!shelf(&app).is_listed() && shelf(&app).items.is_empty(), "nobody has looked yet");
        assert_eq!(shelf(&app).remembered(), [opened.to_str().unwrap()]);
        app.world_mut().write_message(Shelve::Look);
        app.update();
        update_until(&mut app, "it is listed", Shelf::is_listed);
        let requests: Vec<&str> = shelf(&app).models().map(|item| item.request.as_str()).collect();
        assert_eq!(requests[..2], [opened.to_str().unwrap(), beside.to_str().unwrap()]);
        assert_eq!(shelf(&app).current.as_deref(), opened.to_str());
        open(&mut app, ModelPlace::named(EMBEDDED));
        let current = shelf(&app).current.clone();
        assert!(shelf(&app).models().any(|item| Some(&item.request) == current.as_ref() && item.name == EMBEDDED), "{current:?}");
        assert_eq!(shelf(&app).remembered().len(), 1, "a model of the program needs no memory");
    }

    #[test]
    fn what_was_opened_once_and_is_gone_says_so_until_it_is_forgotten() {
        let place = tempfile::tempdir().unwrap();
        let gone = place.path().join("gone");
        let mut app = shelf_alone();
        app.world_mut().resource_mut::<Shelf>().restore(&[gone.to_str().unwrap().to_owned()]);
        app.world_mut().write_message(Shelve::Look);
        app.update();
        update_until(&mut app, "it is listed", Shelf::is_listed);
        let first = shelf(&app).items[0].clone();
        assert_eq!((first.name.as_str(), first.fault), ("gone", Some(ShelfFault::Gone)));
        assert!(shelf(&app).is_remembered(&first.request));
        app.world_mut().write_message(Shelve::Forget(first.request.clone()));
        app.update();
        assert!(shelf(&app).remembered().is_empty() && shelf(&app).items.iter().all(|item| item.request != first.request));
    }

    #[test]
    fn a_folder_is_put_there_at_once_and_what_is_no_model_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let [older, newer] = ["older", "newer"].map(|name| model_at(place.path().join(name)));
        let mut app = shelf_alone();
        for folder in [older.clone(), newer.clone(), older.clone()] {
            app.world_mut().write_message(Shelve::Add(folder));
        }
        app.world_mut().write_message(Shelve::Add(place.path().join("nothing")));
        app.update();
        let requests: Vec<&str> = shelf(&app).items.iter().map(|item| item.request.as_str()).collect();
        assert_eq!(requests, [older.to_str().unwrap(), newer.to_str().unwrap()], "the newest first, and each once");
        assert_eq!(shelf(&app).remembered(), requests);
        assert!(shelf(&app).error.as_ref().is_some_and(|error| error.contains("nothing")));
    }

    #[test]
    fn what_holds_no_model_to_judge_says_why_until_the_shelf_is_looked_at_anew() {
        let place = tempfile::tempdir().unwrap();
        let mut app = shelf_alone();
        let broken = place.path().join("broken");
        std::fs::create_dir(&broken).unwrap();
        std::fs::write(broken.join("model.ron"), "(version: 1").unwrap();
        app.world_mut().write_message(Shelve::Add(broken));
        app.update();
        assert!(shelf(&app).error.as_ref().is_some_and(|error| error.contains("weights.safetensors")), "{:?}", shelf(&app).error);
        app.world_mut().write_message(Shelve::Look);
        app.update();
        assert_eq!(shelf(&app).error, None);
        let run = ShelfItem { fault: None, ..ShelfItem::gone(Path::new("/runs/mine")) };
        assert_eq!(why_no_model(&run).as_deref(), Some("mine is a run that has written no model yet"));
        assert_eq!(why_no_model(&ShelfItem::shipped(EMBEDDED).unwrap()), None);
    }

    #[test]
    fn a_folder_with_the_name_of_a_model_of_the_program_is_not_taken_for_it() {
        let run = ShelfItem::gone(&Path::new("/runs").join(EMBEDDED));
        let mut shelf = Shelf { place: Some(ModelPlace::named(EMBEDDED)), ..Shelf::default() };
        shelf.take(vec![run.clone(), ShelfItem::shipped(EMBEDDED).unwrap()]);
        assert_eq!(shelf.current.as_deref(), Some(EMBEDDED));
        shelf.take(vec![run.clone()]);
        assert_eq!(shelf.current, Some(run.request), "where it is found by name in a folder");
    }

    #[test]
    fn only_so_many_are_remembered() {
        let mut shelf = Shelf::default();
        (0..MOST + 3).for_each(|number| shelf.remember(Path::new(&format!("/models/{number}"))));
        assert_eq!((shelf.remembered().len(), shelf.remembered()[0].as_str()), (MOST, "/models/202"));
        shelf.remember(Path::new("/models/100"));
        assert_eq!((shelf.remembered().len(), shelf.remembered()[0].as_str()), (MOST, "/models/100"));
    }
}

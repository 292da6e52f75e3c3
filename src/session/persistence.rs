//! The session outlives the program, also one that crashes: it is read before the start and written while it changes.
//!
//! Owns the record that every layer puts its part into, when it is written, the thread that writes it, and taking up what was
//! left. Its format has a file of its own; where layers find their part at the start is their business.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bevy::prelude::*;
use crossbeam_channel::{Receiver, Sender, bounded};

use super::model::{Opening, open_on_start};
use super::notice::Complaint;
use super::saved::{self, SavedSession, SessionError};
use super::shelf::Shelf;
use super::{Activity, CurrentModel, DecoderLink, Notice, OpenModel, OpenState, SessionSystems, Steering, open_model_on_start};
use crate::files::write_atomically;
use crate::models::StoredModel;
use crate::models::catalog::EMBEDDED;
use crate::words::counted;

/// The environment variable that names the file; `off`: no session is kept.
const SETTING: &str = "FACEFIELD_SESSION";
/// Between two writes.
const PAUSE: Duration = Duration::from_secs(1);
/// What width and height of a window may be.
const WINDOW_SIDES: std::ops::RangeInclusive<u32> = 240..=16_384;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, open_embedded_when_refused.in_set(SessionSystems::Steer).run_if(resource_exists::<SessionRecord>))
        .add_systems(Last, ((record_model_and_steering, record_shelf).in_set(SessionSystems::Record), save.in_set(SessionSystems::Save)));
}

/// Where the user's session is kept; `None` where it shall not be, or the system has no place for it.
pub fn session_file() -> Option<PathBuf> {
    session_file_of(std::env::var_os(SETTING))
}

fn session_file_of(setting: Option<OsString>) -> Option<PathBuf> {
    match setting.filter(|value| !value.is_empty()) {
        Some(value) if value.to_str() == Some("off") => None,
        Some(value) => Some(PathBuf::from(value)),
        None => directories::ProjectDirs::from("", "", "facefield").map(|folders| folders.data_local_dir().join("session.ron")),
    }
}

/// What was left of the last session, read before the app starts.
pub struct RestoredSession {
    saved: SavedSession,
    model: Option<StoredModel>,
    notice: Option<String>,
    /// `None` where something stands there that must not be replaced.
    file: Option<PathBuf>,
}

impl RestoredSession {
    /// Reads what was left. Whatever stands there, there is a session to start with; what could not be taken up is a notice.
    pub fn read(file: &Path) -> Self {
        let mut session = Self { saved: SavedSession::default(), model: None, notice: None, file: Some(file.to_path_buf()) };
        match SavedSession::read(file) {
            Ok(Some(saved)) => {
                session.saved = saved;
                session.open_model();
            }
            Ok(None) => {}
            Err(error) => session.leave_alone(file, &error),
        }
        session
    }

    /// Width and height that the window had, in logical pixels.
    pub fn window_size(&self) -> Option<(u32, u32)> {
        self.saved.window.filter(|(width, height)| WINDOW_SIDES.contains(width) && WINDOW_SIDES.contains(height))
    }

    /// What could not be taken up, in the user's words.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    fn leave_alone(&mut self, file: &Path, error: &SessionError) {
        // There was a session, so that the app is known already.
        self.saved.guide = Some(Vec::new());
        let path = file.display();
        let kept = match error {
            SessionError::Unreadable(_) => None,
            SessionError::Damaged(_) | SessionError::Newer(_) => saved::set_aside(file).ok(),
        };
        self.notice = Some(match kept {
            Some(aside) => format!("The last session could not be taken up: {path}: {error}. That file is now {}", aside.display()),
            None => {
                self.file = None;
                format!("The last session could not be taken up: {path}: {error}. It is left as it is, and this session is not kept")
            }
        });
    }

    fn open_model(&mut self) {
        let Some(place) = self.saved.model.clone() else { return };
        let name = &place.name;
        match place.open() {
            Ok(stored) => {
                let dim = stored.header.latent_dim;
                self.model = Some(stored);
                if let Some(before) = self.saved.steering.as_ref().map(|state| state.base.len()).filter(|before| *before != dim) {
                    let axes = counted(dim as u64, "axis");
                    self.notice = Some(format!("`{name}` has {axes} now and had {before}, so its sliders start anew"));
                    self.forget_place_in_latent_space();
                }
            }
            Err(error) => {
                self.notice = Some(format!("`{name}` of the last session cannot be opened, so this is `{EMBEDDED}`: {error}"));
                self.saved.model = None;
                self.forget_place_in_latent_space();
            }
        }
    }

    /// Coordinates and cells mean something else in another model; everything else stays.
    fn forget_place_in_latent_space(&mut self) {
        self.saved.selected = None;
        if let Some(state) = &mut self.saved.steering {
            state.base.clear();
        }
    }
}

/// Takes up a session and keeps it from now on; where it has no model that opens, the app starts with `otherwise`. To be called when
/// the session's plugin is there.
pub fn resume(app: &mut App, session: RestoredSession, otherwise: StoredModel) {
    let RestoredSession { saved, model, notice, file } = session;
    if let Some(state) = &saved.steering {
        app.world_mut().resource_mut::<Steering>().set_state(state);
    }
    app.world_mut().resource_mut::<CurrentModel>().wanted_axes = saved.axes;
    app.world_mut().resource_mut::<Shelf>().restore(&saved.shelf);
    match (model, saved.model.clone()) {
        (Some(stored), Some(place)) => {
            open_on_start(app, Opening::as_left(stored, place, saved.steering.clone()));
        }
        _ => open_model_on_start(app, otherwise),
    }
    app.insert_resource(Notice(notice)).insert_resource(SessionRecord::new(saved, file));
}

/// The session that is kept. It is there only where one is.
#[derive(Resource)]
pub struct SessionRecord {
    /// The session as of this frame; before the first one, as it was left.
    pub saved: SavedSession,
    handed_over: SavedSession,
    handed_over_at: Option<Instant>,
    writer: Option<SessionWriter>,
    /// Why there is no writer where there should be one.
    unstarted: Option<String>,
    has_told_failure: bool,
}

impl SessionRecord {
    fn new(saved: SavedSession, file: Option<PathBuf>) -> Self {
        let writer = file.map(SessionWriter::spawn);
        let (writer, unstarted) = match writer {
            Some(Err(error)) => (None, Some(format!("the system starts no thread that writes it ({error})"))),
            writer => (writer.and_then(Result::ok), None),
        };
        Self { handed_over: saved.clone(), saved, handed_over_at: None, writer, unstarted, has_told_failure: false }
    }

    /// Passes what has changed to the writer, unless it has just got something, or is still at it.
    /// What remains to be passed is to be passed at the time that comes back.
    fn hand_over(&mut self, now: Instant) -> Option<Instant> {
        let is_due = self.handed_over_at.is_none_or(|at| now.duration_since(at) >= PAUSE);
        let writer = self.writer.as_ref()?;
        if self.saved == self.handed_over {
            return None;
        }
        if is_due && writer.sessions.try_send(self.saved.clone()).is_ok() {
            self.handed_over = self.saved.clone();
            self.handed_over_at = Some(now);
            return None;
        }
        Some(self.handed_over_at.filter(|_| !is_due).unwrap_or(now) + PAUSE)
    }

    /// How the last writing went, where that is news: why it failed, once; and that it goes well again.
    fn news(&mut self) -> Option<Result<(), String>> {
        let last = self.unstarted.take().map(Err).or_else(|| self.writer.as_ref()?.outcomes.try_iter().last())?;
        let is_news = last.is_err() != self.has_told_failure;
        self.has_told_failure = last.is_err();
        is_news.then_some(last)
    }

    /// Writes what is not written yet and waits for it.
    fn finish(&mut self) {
        let Some(SessionWriter { sessions, outcomes: _, thread }) = self.writer.take() else { return };
        if self.saved != self.handed_over {
            sessions.send(self.saved.clone()).ok();
        }
        drop(sessions);
        thread.join().ok();
    }
}

impl Drop for SessionRecord {
    fn drop(&mut self) {
        // Also where a panic takes the app down.
        self.finish();
    }
}

/// The thread that writes, so that no frame waits for a disk.
struct SessionWriter {
    sessions: Sender<SavedSession>,
    outcomes: Receiver<Result<(), String>>,
    thread: JoinHandle<()>,
}

impl SessionWriter {
    fn spawn(file: PathBuf) -> std::io::Result<Self> {
        let (sessions, to_write) = bounded::<SavedSession>(1);
        let (told, outcomes) = bounded(64);
        let work = move || {
            for session in to_write {
                told.try_send(write_atomically(&file, session.to_text().as_bytes()).map_err(|error| error.to_string())).ok();
            }
        };
        let thread = std::thread::Builder::new().name("session".into()).spawn(work)?;
        Ok(Self { sessions, outcomes, thread })
    }
}

/// Before the first model is open, the record stays as it was left.
fn record_model_and_steering(mut record: ResMut<SessionRecord>, model: Res<CurrentModel>, steering: Res<Steering>) {
    if model.stored.is_some() && (model.is_changed() || steering.is_changed()) {
        record.saved.model = model.place.clone();
        record.saved.steering = Some(steering.state());
        record.saved.axes = model.wanted_axes;
    }
}

fn record_shelf(mut record: ResMut<SessionRecord>, shelf: Res<Shelf>) {
    if shelf.is_changed() {
        record.saved.shelf = shelf.remembered();
    }
}

fn save(
    mut record: ResMut<SessionRecord>,
    mut exits: MessageReader<AppExit>,
    mut notice: ResMut<Notice>,
    mut activity: ResMut<Activity>,
    mut unkept: Local<Complaint>,
) {
    match record.news() {
        Some(Err(failure)) => unkept.make(&mut notice, format!("This session cannot be kept: {failure}")),
        Some(Ok(())) => unkept.settle(&mut notice),
        None => {}
    }
    if exits.read().last().is_some() {
        record.finish();
    } else if let Some(at) = record.hand_over(Instant::now()) {
        activity.by(at);
    }
}

/// A model of the last session that is there and yet does not start must not leave the user with none.
fn open_embedded_when_refused(
    mut record: ResMut<SessionRecord>,
    mut notice: ResMut<Notice>,
    model: Res<CurrentModel>,
    link: Res<DecoderLink>,
    mut has_tried: Local<bool>,
    mut open: MessageWriter<OpenModel>,
) {
    if let OpenState::Refused(reason) = &model.state
        && model.stored.is_none()
        && link.0.is_running()
        && !*has_tried
    {
        *has_tried = true;
        record.saved.selected = None;
        notice.0 = Some(format!("The model could not be opened, so this is `{EMBEDDED}`: {reason}"));
        open.write(OpenModel(EMBEDDED.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::ModelPlace;
    use super::super::saved::tests::session;
    use super::*;

    /// A session with the model of the program, in its latent space.
    fn session_of_embedded() -> SavedSession {
        let mut saved = session();
        saved.model = Some(ModelPlace::named(EMBEDDED));
        let dim = StoredModel::embedded().unwrap().header.latent_dim;
        saved.steering.as_mut().unwrap().base.resize(dim, 0.25);
        saved
    }

    fn read(text: &str) -> (tempfile::TempDir, RestoredSession) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("session.ron");
        fs::write(&file, text).unwrap();
        let session = RestoredSession::read(&file);
        (folder, session)
    }

    #[test]
    fn the_file_is_named_by_the_environment_or_there_is_none() {
        assert_eq!(session_file_of(Some("off".into())), None);
        assert_eq!(session_file_of(Some("/tmp/mine.ron".into())), Some(PathBuf::from("/tmp/mine.ron")));
        assert_eq!(session_file_of(Some("".into())), session_file_of(None));
    }

    #[test]
    fn what_was_left_is_taken_up() {
        let (_folder, session) = read(&session_of_embedded().to_text());
        assert_eq!((&session.saved, session.notice()), (&session_of_embedded(), None));
        assert_eq!(session.model.unwrap().header.name, EMBEDDED);
    }

    #[test]
    fn a_damaged_or_newer_file_is_set_aside_and_the_session_starts() {
        let newer = session().to_text().replace("version: 1", "version: 7");
        for text in ["(version: 1, session: (", newer.as_str()] {
            let (folder, session) = read(text);
            let aside = folder.path().join("session.ron.damaged");
            assert!(session.notice().unwrap().contains("session.ron.damaged"), "{:?}", session.notice());
            assert_eq!(
                (fs::read_to_string(&aside).unwrap().as_str(), &session.saved),
                (text, &SavedSession { guide: Some(Vec::new()), ..SavedSession::default() })
            );
            assert!(!folder.path().join("session.ron").exists() && session.file.is_some());
        }
    }

    #[test]
    fn what_cannot_be_read_at_all_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let session = RestoredSession::read(folder.path());
        assert!(folder.path().is_dir() && session.file.is_none() && session.notice().is_some());
    }

    #[test]
    fn a_model_that_is_gone_leaves_everything_but_the_place_in_its_latent_space() {
        let (_folder, session) = read(&SavedSession { model: Some(ModelPlace::named("a-model-of-a-test")), ..session() }.to_text());
        assert!(session.model.is_none() && session.notice().unwrap().contains("a-model-of-a-test"));
        let state = session.saved.steering.as_ref().unwrap();
        assert_eq!((state.base.len(), state.step, state.seed), (0, 0.35, u64::MAX));
        assert_eq!((session.saved.selected, session.saved.camera.is_some()), (None, true));
    }

    #[test]
    fn a_model_with_other_axes_starts_anew_and_says_so() {
        let (_folder, session) = read(&SavedSession { model: Some(ModelPlace::named(EMBEDDED)), ..session() }.to_text());
        assert!(session.model.is_some() && session.notice().unwrap().contains("had 6"), "{:?}", session.notice());
    }

    #[test]
    fn windows_of_no_use_are_not_restored() {
        let (_folder, mut session) = read(&session_of_embedded().to_text());
        assert_eq!(session.window_size(), Some((1600, 900)));
        session.saved.window = Some((3, 900));
        assert_eq!(session.window_size(), None);
    }

    #[test]
    fn the_record_is_written_at_most_once_a_second_and_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/session.ron");
        let mut record = SessionRecord::new(SavedSession::default(), Some(file.clone()));
        let start = Instant::now();
        record.hand_over(start);
        assert_eq!(record.handed_over_at, None, "nothing has changed");
        record.saved.window = Some((800, 600));
        record.hand_over(start);
        record.saved.window = Some((900, 600));
        record.hand_over(start + PAUSE / 2);
        assert_eq!(record.handed_over.window, Some((800, 600)));
        record.saved = session();
        drop(record);
        assert_eq!(SavedSession::read(&file).unwrap(), Some(session()));
    }

    #[test]
    fn a_place_that_cannot_be_written_is_told_once_and_that_it_can_be_again() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("file");
        fs::write(&blocked, "").unwrap();
        let mut record = SessionRecord::new(SavedSession::default(), Some(blocked.join("session.ron")));
        record.saved = session();
        record.hand_over(Instant::now());
        let wait = |record: &mut SessionRecord| {
            (0..2000).find_map(|_| {
                std::thread::sleep(Duration::from_millis(5));
                record.news()
            })
        };
        assert!(wait(&mut record).is_some_and(|news| news.is_err()));
        assert_eq!(record.news(), None);
        fs::remove_file(&blocked).unwrap();
        record.saved.window = Some((901, 601));
        record.hand_over(Instant::now() + 2 * PAUSE);
        assert_eq!(wait(&mut record), Some(Ok(())));
    }
}

//! The session as a file: RON with a version.
//!
//! Owns the plain data, how it is read and checked, and what becomes of a file that cannot be read. When it is written is
//! decided by the record; what its parts mean, by the layers they belong to.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{AxisChoice, ModelPlace, SteeringState};

/// The version that is written.
const VERSION: u32 = 1;
/// A larger file is no session.
const LARGEST: u64 = 16 << 20;

/// What of a session outlives the program. What is missing starts as in the first session.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct SavedSession {
    /// The open model.
    pub model: Option<ModelPlace>,
    /// Where in its latent space the user is.
    pub steering: Option<SteeringState>,
    /// Which directions of a GAN's latent space are the axes.
    #[serde(default)]
    pub axes: AxisChoice,
    /// The camera.
    pub camera: Option<SavedCamera>,
    /// The selected cell: i, j, k.
    pub selected: Option<[i32; 3]>,
    /// The panels.
    pub panels: Option<SavedPanels>,
    /// Width and height of the window in logical pixels.
    pub window: Option<(u32, u32)>,
    /// The folders of models and runs that were opened or made, from the root, the newest first.
    #[serde(default)]
    pub shelf: Vec<String>,
    /// The steps of the first guide that are left, by their names in files; `None` until it has begun. Who has a session from before
    /// there was a guide needs none.
    #[serde(default = "no_guide")]
    pub guide: Option<Vec<String>>,
}

fn no_guide() -> Option<Vec<String>> {
    Some(Vec::new())
}

/// The camera, and how fast it flies.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct SavedCamera {
    /// Position in cells.
    pub position: [f32; 3],
    /// Turn to the left in radians.
    pub yaw: f32,
    /// Tilt upwards in radians.
    pub pitch: f32,
    /// Speed in cells per second.
    pub speed: f32,
}

/// What the panels remember.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct SavedPanels {
    /// Whether they are shown.
    pub visible: bool,
    /// Whether the user has flown, so that the first hints are not needed any more.
    pub has_flown: bool,
    /// What the axes are filtered by.
    pub filter: String,
    /// The pane in the left panel, by its name in files.
    #[serde(default)]
    pane: String,
    /// How files from before panes had names say that it trains.
    #[serde(default, skip_serializing)]
    trains: bool,
    /// And that it evaluates.
    #[serde(default, skip_serializing)]
    evaluates: bool,
}

impl SavedPanels {
    /// Panels as they are.
    pub fn new(pane: &str, visible: bool, has_flown: bool, filter: String) -> Self {
        Self { visible, has_flown, filter, pane: pane.to_owned(), trains: false, evaluates: false }
    }

    /// The pane in the left panel, by its name in files.
    pub fn pane_word(&self) -> &str {
        match (self.pane.as_str(), self.trains, self.evaluates) {
            ("", _, true) => "evaluate",
            ("", true, false) => "train",
            ("", false, false) => "explore",
            (word, _, _) => word,
        }
    }
}

/// Why a file is not taken up as a session.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// What stands there cannot be read at all.
    #[error("{0}")]
    Unreadable(String),
    /// It is damaged, or something else than a session.
    #[error("{0}")]
    Damaged(String),
    /// A newer program has written it.
    #[error("it has version {0}, from a newer program, and this one reads version {known}", known = VERSION)]
    Newer(u32),
}

#[derive(Deserialize, Serialize)]
struct SessionFile {
    version: u32,
    session: SavedSession,
}

/// The part of the file that every version shares.
#[derive(Deserialize)]
struct AnyVersion {
    version: u32,
}

impl SavedSession {
    /// Reads a session; `None` where there is none yet.
    ///
    /// # Errors
    /// [`SessionError`] where something else stands there.
    pub fn read(file: &Path) -> Result<Option<Self>, SessionError> {
        let unreadable = |error: io::Error| SessionError::Unreadable(error.to_string());
        let length = match fs::metadata(file) {
            Ok(about) if about.is_file() => about.len(),
            Ok(_) => return Err(SessionError::Unreadable("it is not a file".into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        if length > LARGEST {
            return Err(SessionError::Damaged("it is too large for a session".into()));
        }
        let bytes = fs::read(file).map_err(unreadable)?;
        let text = str::from_utf8(&bytes).map_err(|_| SessionError::Damaged("it is not a text".into()))?;
        Self::parse(text).map(Some)
    }

    /// Reads the text of a session.
    ///
    /// # Errors
    /// [`SessionError::Damaged`] or [`SessionError::Newer`].
    pub fn parse(text: &str) -> Result<Self, SessionError> {
        let SessionFile { version, session } = ron::from_str(text).map_err(|error| match ron::from_str(text) {
            Ok(AnyVersion { version }) if version > VERSION => SessionError::Newer(version),
            _ => SessionError::Damaged(format!("line {}, column {}: {}", error.span.start.line, error.span.start.col, error.code)),
        })?;
        match version {
            VERSION => session.fault().map_or(Ok(session), |fault| Err(SessionError::Damaged(fault.into()))),
            newer if newer > VERSION => Err(SessionError::Newer(newer)),
            other => Err(SessionError::Damaged(format!("there is no version {other}"))),
        }
    }

    /// The text of the session, as it is written.
    pub fn to_text(&self) -> String {
        let file = SessionFile { version: VERSION, session: self.clone() };
        let pretty = ron::ser::PrettyConfig::default().compact_arrays(true);
        ron::ser::to_string_pretty(&file, pretty).expect("plain fields are always valid RON") + "\n"
    }

    /// What is well-formed and yet makes no sense.
    fn fault(&self) -> Option<&'static str> {
        let camera = self.camera.iter().flat_map(|camera| camera.position.into_iter().chain([camera.yaw, camera.pitch, camera.speed]));
        let steering = self.steering.iter().flat_map(|state| state.base.iter().copied().chain([state.step, state.truncation]));
        if !camera.chain(steering).all(f32::is_finite) {
            return Some("one of its numbers is not finite");
        }
        let repeats = |[x, y, z]: [usize; 3]| x == y || y == z || x == z;
        self.steering.iter().any(|state| repeats(state.axes)).then_some("the lattice cannot show an axis twice")
    }
}

/// Gives a file that is no session another name, so that nothing of it is lost: `.damaged` at the end.
///
/// # Errors
/// Where the operating system refuses; the file is still there then.
pub(super) fn set_aside(file: &Path) -> io::Result<PathBuf> {
    let mut name = file.as_os_str().to_owned();
    name.push(".damaged");
    let aside = PathBuf::from(name);
    fs::rename(file, &aside)?;
    Ok(aside)
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{CodeUnits, SamplerChoice};
    use super::*;

    pub(in crate::session) fn session() -> SavedSession {
        SavedSession {
            model: Some(ModelPlace { name: "mine \"quoted\"".into(), folder: Some("/models/mine".into()) }),
            steering: Some(SteeringState {
                base: vec![0.1, -2.5, 1e-7, f32::MIN_POSITIVE, 0.1 + 0.2, 3.0],
                axes: [0, 5, 2],
                step: 0.35,
                truncation: 0.7,
                seed: u64::MAX,
                sampler: SamplerChoice::Mixture,
                units: CodeUnits::Raw,
                is_sample: false,
                zones: [(1, crate::latent::Zone::Fine), (5, crate::latent::Zone::Coarse)].into_iter().collect(),
            }),
            axes: AxisChoice::Raw,
            camera: Some(SavedCamera { position: [-1000.53, 0.1, 1.0 / 3.0], yaw: 0.123_456_79, pitch: -1.5, speed: 3.6 }),
            selected: Some([-3, 0, 12]),
            panels: Some(SavedPanels::new("evaluate", false, true, "10-20".into())),
            window: Some((1600, 900)),
            shelf: vec!["/runs/newest".into(), "/models/mine".into()],
            guide: Some(vec!["random".into(), "train".into()]),
        }
    }

    #[test]
    fn a_session_reads_back_to_the_bit() {
        for session in [session(), SavedSession::default()] {
            let text = session.to_text();
            assert_eq!(SavedSession::parse(&text).unwrap(), session, "{text}");
        }
    }

    #[test]
    fn what_is_missing_or_unknown_in_a_file_of_this_version_is_no_fault() {
        let session = SavedSession::parse("(version: 1, session: (window: Some((800, 600)), mood: [1, 2]))").unwrap();
        assert_eq!(session, SavedSession { window: Some((800, 600)), guide: Some(Vec::new()), ..SavedSession::default() });
        let text = r#"(version: 1, session: (panels: Some((visible: true, has_flown: true, filter: "7"))))"#;
        let panels = |text: &str| SavedSession::parse(text).unwrap().panels.unwrap();
        let read = panels(text);
        assert_eq!((read.visible, read.has_flown, read.filter.as_str()), (true, true, "7"));
        assert_eq!(read.pane_word(), "explore", "panels of a session from before there was training");
        let text = text.replace("\"7\"", "\"7\", trains: true");
        assert_eq!(panels(&text).pane_word(), "train", "from before there were evaluations");
        let text = text.replace("true)", "true, evaluates: true)");
        assert_eq!(panels(&text).pane_word(), "evaluate", "and from before panes had names");
    }

    #[test]
    fn a_session_from_before_there_were_samplers_draws_from_the_gaussian() {
        let text: String = session().to_text().split_inclusive('\n').filter(|line| !line.contains(" sampler:")).collect();
        let mut before = session();
        before.steering.as_mut().unwrap().sampler = SamplerChoice::Gaussian;
        assert_eq!(SavedSession::parse(&text).unwrap(), before);
    }

    #[test]
    fn a_session_from_before_there_were_zones_has_axes_that_act_everywhere() {
        let text = session().to_text();
        let (start, end) = text.split_once(" zones: {").unwrap();
        let text = format!("{start}{}", end.split_once("},").unwrap().1);
        let mut before = session();
        before.steering.as_mut().unwrap().zones = crate::latent::Zones::default();
        assert_eq!(SavedSession::parse(&text).unwrap(), before, "{text}");
    }

    #[test]
    fn a_session_from_before_there_was_a_shelf_has_an_empty_one() {
        let text: String = session().to_text().split_inclusive('\n').filter(|line| !line.contains(" shelf:")).collect();
        assert_eq!(SavedSession::parse(&text).unwrap(), SavedSession { shelf: Vec::new(), ..session() });
    }

    #[test]
    fn damaged_files_are_told_from_newer_ones() {
        let text = session().to_text();
        let broken = [text[..text.len() / 2].to_owned(), text.replace("0.35", "inf"), text.replace("0.7", "NaN")];
        let foreign = ["", "hello", "(version: 0, session: ())", "(version: 1)"].map(str::to_owned);
        for damaged in broken.into_iter().chain(foreign) {
            assert!(matches!(SavedSession::parse(&damaged), Err(SessionError::Damaged(_))), "{damaged}");
        }
        for newer in [text.replace("version: 1", "version: 9"), "(version: 2, worlds: [1, 2], session: [])".to_owned()] {
            let error = SavedSession::parse(&newer).unwrap_err();
            assert!(matches!(error, SessionError::Newer(_)) && error.to_string().contains("newer program"), "{error}");
        }
        let mut twice = session();
        twice.steering.as_mut().unwrap().axes = [4, 1, 4];
        assert!(SavedSession::parse(&twice.to_text()).unwrap_err().to_string().contains("twice"));
    }

    #[test]
    fn a_folder_is_left_alone_and_a_missing_file_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(SavedSession::read(folder.path()), Err(SessionError::Unreadable(_))));
        assert!(SavedSession::read(&folder.path().join("session.ron")).unwrap().is_none());
        let picture = folder.path().join("picture.png");
        fs::write(&picture, [0x89, b'P', b'N', b'G', 0xFF]).unwrap();
        assert!(matches!(SavedSession::read(&picture), Err(SessionError::Damaged(_))));
    }
}

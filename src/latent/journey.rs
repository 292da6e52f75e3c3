//! A journey: keyframes through latent space, with a camera through the lattice, as one writes it by hand in RON.
//!
//! Owns the file format. A journey names axes by number and knows no model: the same one runs through any, and a model skips the axes
//! that it lacks. Where it stands at any frame is [`course`](super::course)'s business, what files people bring in its place
//! [`reading`](super::reading)'s.

use std::collections::BTreeMap;
use std::path::Path;

use ron::extensions::Extensions;
use serde::{Deserialize, Serialize};

use super::journey_error::JourneyError;
use super::lattice::Lattice;
use super::reading;

/// The version that is read and written.
const VERSION: u32 = 1;
/// The longest journey, in seconds.
const LONGEST: f64 = 3600.0;

/// A journey.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Journey {
    version: u32,
    /// What it is called.
    pub name: String,
    /// A sentence on what it shows.
    #[serde(default)]
    pub caption: String,
    /// How long it takes in all.
    pub seconds: f64,
    /// How it moves from keyframe to keyframe.
    #[serde(default)]
    pub easing: Easing,
    /// Whether it ends where it begins, so that it can be played without end.
    #[serde(default)]
    pub r#loop: bool,
    /// The lattice that the flight view shows.
    #[serde(default)]
    pub lattice: JourneyLattice,
    /// The stations, one or more.
    pub keyframes: Vec<Keyframe>,
}

/// How a journey moves from keyframe to keyframe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Easing {
    /// A smooth curve through all keyframes (Catmull-Rom).
    #[default]
    Smooth,
    /// Straight lines, each at constant speed: at a keyframe the direction turns and, where the shares differ, the speed changes too, as in any
    /// linear animation. `Smooth` and `EaseInOut` make no jump of speed.
    Linear,
    /// Straight lines that rest at every keyframe.
    EaseInOut,
}

/// The lattice of a flight.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct JourneyLattice {
    /// The axes shown as x, y and z, counted from 1.
    pub axes: (usize, usize, usize),
    /// Sigma units from one face to the next.
    pub step: f32,
}

impl Default for JourneyLattice {
    fn default() -> Self {
        Self { axes: (1, 2, 3), step: Lattice::DEFAULT_STEP }
    }
}

/// A station of a journey.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keyframe {
    /// Sigma units by axis, counted from 1; axes that are absent are 0.
    pub axes: BTreeMap<usize, f32>,
    /// Where the camera of the flight view stands; the keyframes that have none are passed by.
    pub camera: Option<CameraPose>,
    /// How long the way to the next keyframe takes, as a share of the whole: 2 takes twice as long as 1.
    pub share: Option<f64>,
    /// What is shown on the way to the next keyframe.
    pub caption: Option<String>,
}

/// Where a camera stands and looks, in cells of the lattice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct CameraPose {
    /// Cells along x (right), y (up) and z (towards the viewer).
    pub position: (f32, f32, f32),
    /// Degrees to the left; 0 looks along -z.
    pub yaw: f32,
    /// Degrees upwards.
    pub pitch: f32,
}

impl Journey {
    /// A journey from parts, checked like one from a file.
    ///
    /// # Errors
    /// What is wrong, as a sentence.
    pub fn new(name: &str, seconds: f64, easing: Easing, is_loop: bool, keyframes: Vec<Keyframe>) -> Result<Self, String> {
        let name = name.to_owned();
        let lattice = JourneyLattice::default();
        Self { version: VERSION, name, caption: String::new(), seconds, easing, r#loop: is_loop, lattice, keyframes }.checked()
    }

    /// Reads a journey.
    ///
    /// # Errors
    /// [`JourneyError`], naming the line and what would be right.
    pub fn open(path: &Path) -> Result<Self, JourneyError> {
        let text = reading::text_of(path)?;
        Self::parse(&text).map_err(|reason| JourneyError::Invalid { path: path.to_path_buf(), reason })
    }

    /// Reads a journey from its text.
    ///
    /// # Errors
    /// What is wrong and where, as a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let options = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
        let journey: Self = options.from_str(text).map_err(|error| {
            // Where a bracket is missing, the parser stumbles only later.
            let at_error =
                || format!("line {}, column {}: {}", error.span.start.line, error.span.start.col, reading::sentence(&error.code));
            reading::unpaired_bracket(text).unwrap_or_else(at_error)
        })?;
        journey.checked()
    }

    /// The text of a journey, as [`parse`](Self::parse) reads it.
    pub fn to_text(&self) -> String {
        let pretty = ron::ser::PrettyConfig::default().compact_arrays(true).extensions(Extensions::IMPLICIT_SOME);
        ron::ser::to_string_pretty(self, pretty).expect("plain fields are always valid RON") + "\n"
    }

    fn checked(self) -> Result<Self, String> {
        if self.version != VERSION {
            return Err(format!("it has version {}, and this program reads version {VERSION}", self.version));
        }
        if !(self.seconds > 0.0 && self.seconds <= LONGEST) {
            return Err(format!("seconds is {}; it must be more than 0 and at most {LONGEST}", self.seconds));
        }
        if self.keyframes.is_empty() {
            return Err("it has no keyframes; give at least one, such as (axes: {1: 1.5})".into());
        }
        let (x, y, z) = self.lattice.axes;
        if [x, y, z].contains(&0) || x == y || y == z || x == z {
            return Err(format!("the axes of its lattice are ({x}, {y}, {z}); they must differ and count from 1"));
        }
        if !(self.lattice.step.is_finite() && self.lattice.step > 0.0) {
            return Err(format!("the step of its lattice is {}; it must be more than 0", self.lattice.step));
        }
        for (index, keyframe) in self.keyframes.iter().enumerate() {
            keyframe.check().map_err(|reason| format!("keyframe {}: {reason}", index + 1))?;
        }
        Ok(self)
    }

    /// The axes that it moves, counted from 0, ascending.
    pub fn axes(&self) -> Vec<usize> {
        let mut axes: Vec<usize> = self.keyframes.iter().flat_map(|keyframe| keyframe.axes.keys().map(|axis| axis - 1)).collect();
        axes.sort_unstable();
        axes.dedup();
        axes
    }

    /// The axes that the lattice shows, counted from 0.
    pub fn lattice_axes(&self) -> [usize; 3] {
        let (x, y, z) = self.lattice.axes;
        [x - 1, y - 1, z - 1]
    }
}

impl Keyframe {
    fn check(&self) -> Result<(), String> {
        if self.axes.contains_key(&0) {
            return Err("axes count from 1, and it names axis 0".into());
        }
        if let Some((axis, value)) = self.axes.iter().find(|(_, value)| !value.is_finite()) {
            return Err(format!("axis {axis} is {value}; it must be a number of sigma units"));
        }
        if self.share.is_some_and(|share| !(share.is_finite() && share > 0.0)) {
            return Err("share must be more than 0".into());
        }
        let finite = self.camera.is_none_or(|camera| {
            let (x, y, z) = camera.position;
            [x, y, z, camera.yaw, camera.pitch].iter().all(|value| value.is_finite())
        });
        if finite { Ok(()) } else { Err("its camera must be numbers".into()) }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn keyframe(axes: &[(usize, f32)]) -> Keyframe {
        Keyframe { axes: axes.iter().copied().collect(), ..Keyframe::default() }
    }

    /// From axis 1 over axis 3 and axis 2 to the mean.
    pub fn journey(easing: Easing, is_loop: bool) -> Journey {
        let keyframes = vec![keyframe(&[(1, -2.0)]), keyframe(&[(1, 2.0), (3, 1.0)]), keyframe(&[(2, -1.0)]), keyframe(&[])];
        Journey::new("test", 4.0, easing, is_loop, keyframes).unwrap()
    }

    #[test]
    fn text_survives_the_round_trip_and_some_may_be_left_out() {
        let mut journey = journey(Easing::EaseInOut, true);
        journey.keyframes[2].caption = Some("turn".into());
        journey.keyframes[1].camera = Some(CameraPose::default());
        assert_eq!(Journey::parse(&journey.to_text()).unwrap(), journey);
        let short = r#"(version: 1, name: "n", seconds: 2, loop: true, keyframes: [(axes: {1: 2}, caption: "c", share: 2)])"#;
        assert_eq!(Journey::parse(short).unwrap().keyframes[0].caption.as_deref(), Some("c"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let reason = |fields: &str| Journey::parse(&format!("(version: 1, name: \"n\", {fields})")).unwrap_err();
        for (fields, part) in [
            ("seconds: 1, keyframes: []", "no keyframes"),
            ("seconds: 1, keyframes: [()], speed: 2", "speed"),
            ("seconds: 1, keyframes: [(axis: {1: 2})]", "axis"),
            ("seconds: 0, keyframes: [()]", "seconds"),
            ("seconds: 1, keyframes: [(axes: {0: 1})]", "keyframe 1"),
            ("seconds: 1, keyframes: [(share: -1)]", "share"),
            ("seconds: 1, keyframes: [()], lattice: (axes: (1, 1, 2))", "differ"),
            ("seconds: 1, keyframes: [", "line 1"),
        ] {
            assert!(reason(fields).contains(part), "{fields}: {}", reason(fields));
        }
        assert!(Journey::parse("(version: 2, name: \"n\", seconds: 1, keyframes: [()])").unwrap_err().contains("version"));
    }
}

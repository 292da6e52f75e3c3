//! A journey: keyframes through latent space, with a camera through the lattice, as one writes it by hand in RON.
//!
//! Owns the file format, version 2. A journey names axes by number and knows no model: the same one runs through any, and a model skips the axes
//! that it lacks. Where it stands at any frame is [`course`](super::course)'s business, what files people bring in its place
//! [`reading`](super::reading)'s.

use std::collections::BTreeMap;
use std::path::Path;

use ron::extensions::Extensions;
use serde::{Deserialize, Serialize};

use super::journey_error::JourneyError;
use super::lattice::Lattice;
use super::reading;
use super::training_step::TrainingStep;
use super::zone::Zone;

/// The version that is written; the one before, without zones and steps of a training, is read as well.
const VERSION: u32 = 2;
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
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct JourneyLattice {
    /// The axes shown as x, y and z, counted from 1.
    pub axes: (usize, usize, usize),
    /// Sigma units from one face to the next.
    pub step: f32,
    /// Where its axes act, by their numbers; those that are absent act everywhere.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub zones: BTreeMap<usize, Zone>,
}

impl Default for JourneyLattice {
    fn default() -> Self {
        Self { axes: (1, 2, 3), step: Lattice::DEFAULT_STEP, zones: BTreeMap::new() }
    }
}

impl JourneyLattice {
    /// Where one of its axes (counted from 1) acts.
    pub fn zone(&self, axis: usize) -> Zone {
        self.zones.get(&axis).copied().unwrap_or_default()
    }
}

/// A station of a journey.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keyframe {
    /// Sigma units by axis, counted from 1; axes that are absent are 0.
    pub axes: BTreeMap<usize, f32>,
    /// Where its axes act, by their numbers; those that are absent act everywhere.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub zones: BTreeMap<usize, Zone>,
    /// The step of a training whose model is shown; the keyframes that have none are passed by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<TrainingStep>,
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
        if !(1..=VERSION).contains(&self.version) {
            return Err(format!("it has version {}, and this program reads the versions 1 to {VERSION}", self.version));
        }
        if self.version < VERSION && (self.zones().any(|zones| !zones.is_empty()) || self.has_steps()) {
            return Err(format!(
                "zones and steps came with version {VERSION}, and it has version {}; write version: {VERSION}",
                self.version
            ));
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
        if let Some(axis) = self.lattice.zones.keys().find(|axis| ![x, y, z].contains(axis)) {
            return Err(format!("the zones of its lattice name axis {axis}, which is none of its axes ({x}, {y}, {z})"));
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

    /// Whether an axis of a keyframe or of the lattice acts in one zone only.
    pub fn has_zones(&self) -> bool {
        self.zones().any(|zones| zones.values().any(|zone| *zone != Zone::Whole))
    }

    /// Whatever is said of where axes act.
    fn zones(&self) -> impl Iterator<Item = &BTreeMap<usize, Zone>> {
        self.keyframes.iter().map(|keyframe| &keyframe.zones).chain([&self.lattice.zones])
    }

    /// The same journey, whose axes act everywhere.
    #[must_use]
    pub fn without_zones(&self) -> Self {
        let mut journey = self.clone();
        journey.keyframes.iter_mut().map(|keyframe| &mut keyframe.zones).chain([&mut journey.lattice.zones]).for_each(BTreeMap::clear);
        journey
    }

    /// Where an axis (counted from 0) acts at every keyframe that moves it; everywhere where they differ.
    pub fn zone_of(&self, axis: usize) -> Zone {
        let moving = self.keyframes.iter().filter(|keyframe| keyframe.axes.contains_key(&(axis + 1)));
        let mut zones = moving.map(|keyframe| keyframe.zone(axis + 1));
        let first = zones.next().unwrap_or_default();
        if zones.all(|zone| zone == first) { first } else { Zone::Whole }
    }
}

impl Keyframe {
    /// Where an axis (counted from 1) acts.
    pub fn zone(&self, axis: usize) -> Zone {
        self.zones.get(&axis).copied().unwrap_or_default()
    }

    fn check(&self) -> Result<(), String> {
        if self.axes.contains_key(&0) {
            return Err("axes count from 1, and it names axis 0".into());
        }
        if let Some((axis, value)) = self.axes.iter().find(|(_, value)| !value.is_finite()) {
            return Err(format!("axis {axis} is {value}; it must be a number of sigma units"));
        }
        if let Some(axis) = self.zones.keys().find(|axis| !self.axes.contains_key(axis)) {
            return Err(format!("its zones name axis {axis}, to which its axes give no value"));
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
        assert!(Journey::parse("(version: 3, name: \"n\", seconds: 1, keyframes: [()])").unwrap_err().contains("versions 1 to 2"));
    }

    #[test]
    fn version_2_has_zones_and_steps_and_says_where_they_are_wrong() {
        let fields = "seconds: 1, lattice: (axes: (1, 2, 5), zones: {5: Coarse}), keyframes: [\n\
                      (axes: {1: 2, 3: 1}, zones: {3: Fine}, step: \"first\"),\n(axes: {3: 1}, step: 500)]";
        let text = |version: u32, fields: &str| format!("(version: {version}, name: \"n\", {fields})");
        let journey = Journey::parse(&text(2, fields)).unwrap();
        assert_eq!((journey.keyframes[0].zone(3), journey.keyframes[0].zone(1)), (Zone::Fine, Zone::Whole));
        assert_eq!((journey.keyframes[0].step, journey.keyframes[1].step), (Some(TrainingStep::First), Some(TrainingStep::At(500))));
        assert_eq!((journey.zone_of(0), journey.zone_of(2), journey.zone_of(8)), (Zone::Whole, Zone::Whole, Zone::Whole));
        assert_eq!(Journey::parse(&journey.to_text()).unwrap(), journey);
        assert!(!journey.without_zones().has_zones() && !journey.without_zones().to_text().contains("zones"));
        let whole = text(2, "seconds: 1, lattice: (axes: (1, 2, 5), zones: {5: Whole}), keyframes: [(axes: {1: 2}, zones: {1: Whole})]");
        assert!(!Journey::parse(&whole).unwrap().has_zones(), "everywhere is no zone");
        assert!(Journey::parse(&whole.replace("version: 2", "version: 1")).unwrap_err().contains("write version: 2"));
        let reason = |version: u32, from: &str, to: &str| Journey::parse(&text(version, &fields.replace(from, to))).unwrap_err();
        for (from, to, parts) in [
            ("Fine", "Fin", &["line 2", "`Fin`", "did you mean `Fine`?"][..]),
            ("{3: Fine}", "{4: Fine}", &["keyframe 1", "zones name axis 4"]),
            ("{5: Coarse}", "{4: Coarse}", &["lattice", "axis 4", "(1, 2, 5)"]),
            ("step: 500", "step: -500", &["line 3", "a training step"]),
            ("\"first\"", "\"fist\"", &["line 2", "a training step", "fist"]),
            ("step: 500", "stepp: 500", &["line 3", "did you mean `step`?"]),
        ] {
            assert!(parts.iter().all(|part| reason(2, from, to).contains(part)), "{to}: {}", reason(2, from, to));
        }
        assert!(reason(1, " ", " ").contains("write version: 2"), "{}", reason(1, " ", " "));
        let without = "seconds: 1, keyframes: [(axes: {1: 2})]";
        let (old, new) = (Journey::parse(&text(1, without)).unwrap(), Journey::parse(&text(2, without)).unwrap());
        assert_eq!((old.keyframes, old.lattice), (new.keyframes, new.lattice), "what version 1 has, version 2 means alike");
    }
}

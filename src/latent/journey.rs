//! A journey: keyframes through latent space, with a camera through the lattice, as one writes it by hand in RON.
//!
//! Owns the file format and the pose at any frame. A journey names axes by number and knows no model: the same one runs through
//! any, and a model skips the axes that it lacks. Time is counted in frames, never taken from a clock.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ron::extensions::Extensions;
use serde::{Deserialize, Serialize};

use super::interpolation::{catmull_rom, ease_in_out, spherical};
use super::{Latent, Lattice};

/// The version that is read and written.
const VERSION: u32 = 1;
/// The longest journey, in seconds.
const LONGEST: f64 = 3600.0;
/// A smooth curve is moved away from the mean by at most this factor: enough to keep its distance over turns of up to 120 degrees.
const MOST_WIDENING: f32 = 2.0;

/// Why a journey cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JourneyError {
    /// The file cannot be read.
    #[error("cannot read the journey {path}: {source}. Check the spelling and the permissions", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file makes no sense.
    #[error("the journey {path}: {reason}", path = .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, where, and what would be right.
        reason: String,
    },
}

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
    /// Straight lines at constant speed.
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

/// Through which part of latent space a journey leads from keyframe to keyframe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Walk {
    /// Straight through: for codes that fill their space, as those of PCA and autoencoders.
    #[default]
    Straight,
    /// Around the mean, at the distance that the keyframes have: for latents that a generator only knows from far out, as those of GANs
    /// (White 2016, Sampling Generative Networks).
    Around,
}

/// A journey at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct JourneyPose {
    /// Sigma units by axis, counted from 0.
    pub axes: BTreeMap<usize, f32>,
    /// The camera; `None` where no keyframe has one.
    pub camera: Option<CameraPose>,
    /// The keyframe that was passed last.
    pub keyframe: usize,
    /// How much of the journey has passed, in [0, 1].
    pub progress: f64,
}

impl JourneyPose {
    /// The latent of a model with `dim` axes; axes that it lacks are left out.
    pub fn latent(&self, dim: usize) -> Latent {
        let mut latent = Latent::zeros(dim);
        for (axis, value) in &self.axes {
            latent.shift(*axis, *value);
        }
        latent
    }
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
        let text = fs::read_to_string(path).map_err(|source| JourneyError::Read { path: path.to_path_buf(), source })?;
        Self::parse(&text).map_err(|reason| JourneyError::Invalid { path: path.to_path_buf(), reason })
    }

    /// Reads a journey from its text.
    ///
    /// # Errors
    /// What is wrong and where, as a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let options = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
        let journey: Self = options
            .from_str(text)
            .map_err(|error| format!("line {}, column {}: {}", error.span.start.line, error.span.start.col, error.code))?;
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

    /// How many frames it has at a rate.
    pub fn frame_count(&self, fps: u32) -> u64 {
        (self.seconds * f64::from(fps)).round().max(1.0) as u64
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

    /// The pose at frame `frame` of `frames`. A loop comes round with the frame after the last; any other journey ends with the last.
    pub fn pose_at(&self, frame: u64, frames: u64, walk: Walk) -> JourneyPose {
        let span = if self.r#loop { frames } else { frames.saturating_sub(1) };
        let progress = if span == 0 { 0.0 } else { (frame as f64 / span as f64).min(1.0) };
        let position = self.position(progress);
        let axes = match walk {
            Walk::Straight => self.straight(position),
            Walk::Around => self.around(position),
        };
        let keyframe = (position as usize).min(self.keyframes.len() - 1);
        JourneyPose { axes, camera: self.camera(position), keyframe, progress }
    }

    /// The coordinate of every axis at every keyframe.
    fn coordinates(&self) -> Vec<(usize, Vec<f32>)> {
        let at = |axis: usize| self.keyframes.iter().map(|keyframe| keyframe.axes.get(&(axis + 1)).copied().unwrap_or(0.0)).collect();
        self.axes().into_iter().map(|axis| (axis, at(axis))).collect()
    }

    fn straight(&self, position: f64) -> BTreeMap<usize, f32> {
        self.coordinates().into_iter().map(|(axis, values)| (axis, self.value(&values, position))).collect()
    }

    /// On great circles where the easing is straight; the smooth curve at the distance from the mean that runs smoothly as well.
    fn around(&self, position: f64) -> BTreeMap<usize, f32> {
        let coordinates = self.coordinates();
        let point = |index: usize| coordinates.iter().map(|(_, values)| values[index]).collect::<Vec<f32>>();
        let norm = |point: &[f32]| point.iter().map(|x| x * x).sum::<f32>().sqrt();
        let radii: Vec<f32> = (0..self.keyframes.len()).map(|index| norm(&point(index))).collect();
        let values: Vec<f32> = match self.easing {
            Easing::Smooth => {
                let curve: Vec<f32> = coordinates.iter().map(|(_, values)| self.value(values, position)).collect();
                let (radius, wanted) = (norm(&curve), self.value(&radii, position).max(0.0));
                // Between opposite keyframes there is no way around: the bound leads through the mean without a jump.
                let scale = if radius > 0.0 { (wanted / radius).min(MOST_WIDENING) } else { 1.0 };
                curve.into_iter().map(|x| x * scale).collect()
            }
            Easing::Linear | Easing::EaseInOut => {
                let way = (position as usize).min(self.ways().saturating_sub(1));
                let t = (position - way as f64) as f32;
                let t = if self.easing == Easing::EaseInOut { ease_in_out(t) } else { t };
                let next = if self.r#loop { (way + 1) % self.keyframes.len() } else { (way + 1).min(self.keyframes.len() - 1) };
                spherical(&point(way), &point(next), t)
            }
        };
        coordinates.iter().map(|(axis, _)| *axis).zip(values).collect()
    }

    /// What is shown at a pose: the keyframe's caption, else the journey's.
    pub fn caption_at(&self, pose: &JourneyPose) -> &str {
        self.keyframes[pose.keyframe].caption.as_deref().unwrap_or(&self.caption)
    }

    /// The number of ways from keyframe to keyframe.
    fn ways(&self) -> usize {
        if self.r#loop { self.keyframes.len() } else { self.keyframes.len() - 1 }
    }

    /// Progress to a position along the keyframes: 2.25 is a quarter of the way from the third to the fourth.
    fn position(&self, progress: f64) -> f64 {
        let shares: Vec<f64> = self.keyframes.iter().take(self.ways()).map(|keyframe| keyframe.share.unwrap_or(1.0)).collect();
        let mut rest = progress * shares.iter().sum::<f64>();
        for (index, share) in shares.iter().enumerate() {
            if rest < *share {
                return index as f64 + rest / share;
            }
            rest -= share;
        }
        shares.len() as f64
    }

    /// A value that the keyframes give, at a position.
    fn value(&self, values: &[f32], position: f64) -> f32 {
        let count = values.len() as isize;
        let way = (position as isize).min(self.ways() as isize - 1).max(0);
        let t = (position - way as f64) as f32;
        let at = |index: isize| {
            let index = if self.r#loop { index.rem_euclid(count) } else { index.clamp(0, count - 1) };
            values[index as usize]
        };
        match self.easing {
            Easing::Smooth => catmull_rom(at(way - 1), at(way), at(way + 1), at(way + 2), t),
            Easing::Linear => at(way) + (at(way + 1) - at(way)) * t,
            Easing::EaseInOut => at(way) + (at(way + 1) - at(way)) * ease_in_out(t),
        }
    }

    /// The camera at a position: keyframes without one take the place between their neighbours.
    fn camera(&self, position: f64) -> Option<CameraPose> {
        let filled = self.filled_cameras()?;
        let along = |field: fn(&CameraPose) -> f32| self.value(&filled.iter().map(field).collect::<Vec<f32>>(), position);
        Some(CameraPose {
            position: (along(|c| c.position.0), along(|c| c.position.1), along(|c| c.position.2)),
            yaw: along(|c| c.yaw),
            pitch: along(|c| c.pitch),
        })
    }

    fn filled_cameras(&self) -> Option<Vec<CameraPose>> {
        let known: Vec<(usize, CameraPose)> =
            self.keyframes.iter().enumerate().filter_map(|(index, keyframe)| Some((index, keyframe.camera?))).collect();
        let (first, last) = (known.first()?, known.last()?);
        let between = |index: usize| {
            let before = known.iter().rev().find(|(at, _)| *at <= index).unwrap_or(first);
            let after = known.iter().find(|(at, _)| *at >= index).unwrap_or(last);
            let share = if after.0 == before.0 { 0.0 } else { (index - before.0) as f32 / (after.0 - before.0) as f32 };
            before.1.towards(&after.1, share)
        };
        Some((0..self.keyframes.len()).map(between).collect())
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

impl CameraPose {
    fn towards(&self, other: &Self, share: f32) -> Self {
        let mix = |a: f32, b: f32| a + (b - a) * share;
        let ((ax, ay, az), (bx, by, bz)) = (self.position, other.position);
        Self { position: (mix(ax, bx), mix(ay, by), mix(az, bz)), yaw: mix(self.yaw, other.yaw), pitch: mix(self.pitch, other.pitch) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyframe(axes: &[(usize, f32)]) -> Keyframe {
        Keyframe { axes: axes.iter().copied().collect(), ..Keyframe::default() }
    }

    fn journey(easing: Easing, is_loop: bool) -> Journey {
        let keyframes = vec![keyframe(&[(1, -2.0)]), keyframe(&[(1, 2.0), (3, 1.0)]), keyframe(&[(2, -1.0)]), keyframe(&[])];
        Journey::new("test", 4.0, easing, is_loop, keyframes).unwrap()
    }

    #[test]
    fn every_easing_meets_every_keyframe() {
        for easing in [Easing::Smooth, Easing::Linear, Easing::EaseInOut] {
            for (is_loop, frames, at) in [(false, 301, [0, 100, 200, 300]), (true, 400, [0, 100, 200, 300])] {
                let journey = journey(easing, is_loop);
                for (frame, keyframe) in at.into_iter().zip(&journey.keyframes) {
                    let pose = journey.pose_at(frame, frames, Walk::Straight);
                    for axis in 0..3 {
                        let wanted = keyframe.axes.get(&(axis + 1)).copied().unwrap_or(0.0);
                        assert!((pose.latent(3).0[axis] - wanted).abs() < 1e-4, "{easing:?}, frame {frame}, axis {axis}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_journey_is_continuous_and_a_loop_comes_round() {
        for easing in [Easing::Smooth, Easing::Linear, Easing::EaseInOut] {
            let journey = journey(easing, true);
            let poses: Vec<Latent> = (0..=600).map(|frame| journey.pose_at(frame % 600, 600, Walk::Straight).latent(3)).collect();
            for pair in poses.windows(2) {
                let step = pair[0].0.iter().zip(&pair[1].0).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(step < 0.06, "{easing:?} jumps by {step}");
            }
        }
    }

    #[test]
    fn shares_divide_the_time() {
        let mut journey = journey(Easing::Linear, false);
        journey.keyframes[0].share = Some(2.0);
        assert!((journey.pose_at(200, 401, Walk::Straight).latent(1).0[0] - 2.0).abs() < 1e-4, "the first way takes half of the time");
        assert_eq!(journey.frame_count(30), 120);
        assert_eq!(
            (
                journey.pose_at(0, 401, Walk::Straight).keyframe,
                journey.pose_at(250, 401, Walk::Straight).keyframe,
                journey.pose_at(400, 401, Walk::Straight).keyframe
            ),
            (0, 1, 3)
        );
    }

    #[test]
    fn cameras_are_passed_by_where_there_are_none() {
        let mut journey = journey(Easing::Linear, false);
        assert_eq!(journey.pose_at(3, 10, Walk::Straight).camera, None);
        let camera = |x: f32| Some(CameraPose { position: (x, 0.0, 0.0), yaw: x, pitch: 0.0 });
        journey.keyframes[1].camera = camera(2.0);
        journey.keyframes[3].camera = camera(6.0);
        let x = |frame| journey.pose_at(frame, 301, Walk::Straight).camera.unwrap().position.0;
        assert_eq!((x(0), x(100)), (2.0, 2.0));
        assert!((x(200) - 4.0).abs() < 1e-4 && (x(300) - 6.0).abs() < 1e-4);
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

    #[test]
    fn lacking_axes_are_named_and_skipped() {
        let journey = journey(Easing::Smooth, false);
        assert_eq!(journey.axes(), [0, 1, 2]);
        assert_eq!(journey.lattice_axes(), [0, 1, 2]);
        assert_eq!(journey.pose_at(100, 301, Walk::Straight).latent(2).dim(), 2);
    }

    #[test]
    fn around_the_mean_it_keeps_its_distance() {
        for easing in ["Smooth", "Linear", "EaseInOut"] {
            let text = format!(
                "(version: 1, name: \"circle\", seconds: 2, easing: {easing}, loop: true, \
                 keyframes: [(axes: {{1: 3.0}}), (axes: {{2: 3.0}}), (axes: {{1: -3.0, 3: 0.5}}), (axes: {{2: -3.0}})])"
            );
            let journey = Journey::parse(&text).unwrap();
            let latents: Vec<Latent> = (0..=400).map(|frame| journey.pose_at(frame, 400, Walk::Around).latent(3)).collect();
            for latent in &latents {
                let radius = latent.0.iter().map(|x| x * x).sum::<f32>().sqrt();
                assert!((radius - 3.0).abs() < 0.1, "{easing}: {radius}");
            }
            let far = |pair: &[Latent]| pair[0].0.iter().zip(&pair[1].0).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(latents.windows(2).all(|pair| far(pair) < 0.15), "{easing}: without a jump");
            assert_eq!(
                journey.pose_at(100, 400, Walk::Around).latent(3).0,
                [0.0, 3.0, 0.0].map(|x: f32| x),
                "{easing}: through its keyframes"
            );
        }
        let through = Journey::parse("(version: 1, name: \"mean\", seconds: 1, keyframes: [(axes: {1: 2}), (), (axes: {1: -2})])").unwrap();
        assert!(through.pose_at(50, 101, Walk::Around).latent(1).0[0].abs() < 1e-4, "where a keyframe is the mean, it is met");
    }

    #[test]
    fn from_a_face_to_its_opposite_nothing_jumps() {
        for easing in ["Smooth", "Linear", "EaseInOut"] {
            let ends = "(axes: {1: 3.0, 2: 0.01}), (axes: {1: -3.0}), (axes: {1: 3.0})";
            let text = format!("(version: 1, name: \"sweep\", seconds: 2, easing: {easing}, keyframes: [{ends}])");
            let journey = Journey::parse(&text).unwrap();
            let latents: Vec<Latent> = (0..=400).map(|frame| journey.pose_at(frame, 401, Walk::Around).latent(2)).collect();
            let far = |pair: &[Latent]| pair[0].0.iter().zip(&pair[1].0).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            let most = latents.windows(2).map(far).fold(0.0, f32::max);
            assert!(most < 0.15, "{easing}: a step of {most}");
        }
    }
}

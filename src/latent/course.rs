//! Where a journey stands at any frame: its timing, its way from keyframe to keyframe, its camera.
//!
//! Owns what happens between keyframes, each of which is met at its time. Time is counted in frames, never taken from a clock.

use std::collections::BTreeMap;

use super::interpolation::{catmull_rom, ease_in_out, monotone, spherical};
use super::{CameraPose, Easing, Journey, Keyframe, Latent, Zone, ZonedLatent};
use crate::words::grouped;

/// A smooth curve is moved away from the mean by at most this factor: enough to keep its distance over turns of up to 120 degrees.
const MOST_WIDENING: f32 = 2.0;

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
    /// The same as each of [`Zone::PARTS`] sees it; `None` where every axis acts everywhere.
    pub zoned: Option<[BTreeMap<usize, f32>; 3]>,
    /// The camera; `None` where no keyframe has one.
    pub camera: Option<CameraPose>,
    /// The step of the training whose model is shown, where it is a run that is seen.
    pub step: Option<u64>,
    /// The keyframe that was passed last.
    pub keyframe: usize,
    /// How much of the journey has passed, in [0, 1].
    pub progress: f64,
}

impl JourneyPose {
    /// The latent of a model with `dim` axes; axes that it lacks are left out.
    pub fn latent(&self, dim: usize) -> Latent {
        latent_of(&self.axes, dim)
    }

    /// The latents of a model with `dim` axes that has zones; `None` where every axis acts everywhere.
    pub fn zoned_latent(&self, dim: usize) -> Option<ZonedLatent> {
        Some(ZonedLatent::new(self.zoned.as_ref()?.each_ref().map(|axes| latent_of(axes, dim))))
    }
}

fn latent_of(axes: &BTreeMap<usize, f32>, dim: usize) -> Latent {
    let mut latent = Latent::zeros(dim);
    for (axis, value) in axes {
        latent.shift(*axis, *value);
    }
    latent
}

impl Journey {
    /// The pose at frame `frame` of `frames`. A loop comes round with the frame after the last; any other journey ends with the last.
    pub fn pose_at(&self, frame: u64, frames: u64, walk: Walk) -> JourneyPose {
        let progress = self.progress_at(frame, frames);
        let position = self.position(progress);
        let along = |part: Zone| match walk {
            Walk::Straight => self.straight(part, position),
            Walk::Around => self.around(part, position),
        };
        // What each zone sees goes its own way, so that nothing jumps where keyframes let an axis act elsewhere.
        let zoned = self.has_zones().then(|| Zone::PARTS.map(along));
        let keyframe = (position as usize).min(self.keyframes.len() - 1);
        JourneyPose { axes: along(Zone::Whole), zoned, camera: self.camera(position), step: None, keyframe, progress }
    }

    /// How much of the journey has passed at a frame, in [0, 1].
    pub(super) fn progress_at(&self, frame: u64, frames: u64) -> f64 {
        let span = if self.r#loop { frames } else { frames.saturating_sub(1) };
        if span == 0 { 0.0 } else { (frame as f64 / span as f64).min(1.0) }
    }

    /// The coordinate of every axis at every keyframe, as a part sees it; wherever they act for `Whole`.
    fn coordinates(&self, part: Zone) -> Vec<(usize, Vec<f32>)> {
        let of = |keyframe: &Keyframe, axis: usize| {
            let is_seen = part == Zone::Whole || keyframe.zone(axis).covers(part);
            keyframe.axes.get(&axis).copied().filter(|_| is_seen).unwrap_or(0.0)
        };
        let at = |axis: usize| self.keyframes.iter().map(|keyframe| of(keyframe, axis + 1)).collect();
        self.axes().into_iter().map(|axis| (axis, at(axis))).collect()
    }

    fn straight(&self, part: Zone, position: f64) -> BTreeMap<usize, f32> {
        self.coordinates(part).into_iter().map(|(axis, values)| (axis, self.value(&values, 0.0, position))).collect()
    }

    /// On great circles where the easing is straight; the smooth curve at the distance from the mean that runs smoothly as well.
    fn around(&self, part: Zone, position: f64) -> BTreeMap<usize, f32> {
        let coordinates = self.coordinates(part);
        let point = |index: usize| coordinates.iter().map(|(_, values)| values[index]).collect::<Vec<f32>>();
        let norm = |point: &[f32]| point.iter().map(|x| x * x).sum::<f32>().sqrt();
        let radii: Vec<f32> = (0..self.keyframes.len()).map(|index| norm(&point(index))).collect();
        let values: Vec<f32> = match self.easing {
            Easing::Smooth => {
                let curve: Vec<f32> = coordinates.iter().map(|(_, values)| self.value(values, 0.0, position)).collect();
                let (radius, wanted) = (norm(&curve), self.value(&radii, 0.0, position).max(0.0));
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

    /// What is shown at a pose: the keyframe's caption, else the journey's, and the step of a run.
    pub fn caption_at(&self, pose: &JourneyPose) -> String {
        let caption = self.keyframes[pose.keyframe].caption.as_deref().unwrap_or(&self.caption);
        match pose.step.map(grouped) {
            None => caption.to_owned(),
            Some(step) if caption.is_empty() => format!("Step {step}"),
            Some(step) => format!("{caption} · step {step}"),
        }
    }

    /// The number of ways from keyframe to keyframe.
    pub(super) fn ways(&self) -> usize {
        if self.r#loop { self.keyframes.len() } else { self.keyframes.len() - 1 }
    }

    /// How long each way takes, in shares.
    fn shares(&self) -> Vec<f64> {
        self.keyframes.iter().take(self.ways()).map(|keyframe| keyframe.share.unwrap_or(1.0)).collect()
    }

    /// Progress to a position along the keyframes: 2.25 is a quarter of the way from the third to the fourth. On a smooth journey the
    /// position gains and loses speed over the ways, so that nothing changes its speed at once where their shares differ.
    pub(super) fn position(&self, progress: f64) -> f64 {
        let shares = self.shares();
        let mut rest = progress * shares.iter().sum::<f64>();
        for (way, share) in shares.iter().enumerate() {
            if rest < *share {
                let t = rest / share;
                let pace = |keyframe| share * self.pace(&shares, keyframe);
                let within = if self.easing == Easing::Smooth { monotone(t, pace(way), pace(way + 1)) } else { t };
                return way as f64 + within;
            }
            rest -= share;
        }
        shares.len() as f64
    }

    /// How fast the position runs at a keyframe, in keyframes a share: between the paces of the two ways that meet there, nearer to the
    /// slower one (the weighted harmonic mean of Fritsch and Butland 1984).
    fn pace(&self, shares: &[f64], keyframe: usize) -> f64 {
        let ways = shares.len();
        let (before, after) = match keyframe {
            _ if self.r#loop => ((keyframe + ways - 1) % ways, keyframe % ways),
            0 => (0, 0),
            _ => (keyframe - 1, keyframe.min(ways - 1)),
        };
        let (a, b) = (shares[before], shares[after]);
        3.0 * (a + b) / ((2.0 * b + a) * a + (b + 2.0 * a) * b)
    }

    /// A value that the keyframes give, at a position; in a loop it comes back `turn` higher.
    fn value(&self, values: &[f32], turn: f32, position: f64) -> f32 {
        let count = values.len() as isize;
        let way = (position as isize).min(self.ways() as isize - 1).max(0);
        let t = (position - way as f64) as f32;
        let at = |index: isize| match self.r#loop {
            true => values[index.rem_euclid(count) as usize] + turn * index.div_euclid(count) as f32,
            false => values[index.clamp(0, count - 1) as usize],
        };
        match self.easing {
            Easing::Smooth => catmull_rom(at(way - 1), at(way), at(way + 1), at(way + 2), t),
            Easing::Linear => at(way) + (at(way + 1) - at(way)) * t,
            Easing::EaseInOut => at(way) + (at(way + 1) - at(way)) * ease_in_out(t),
        }
    }

    /// The camera at a position. In a loop it turns the short way from each keyframe to the next, also from the last to the first;
    /// elsewhere as far as the numbers say, so that a whole turn can be written.
    fn camera(&self, position: f64) -> Option<CameraPose> {
        let cameras = self.filled_cameras()?;
        let along = |field: fn(&CameraPose) -> f32| self.value(&cameras.iter().map(field).collect::<Vec<f32>>(), 0.0, position);
        let mut yaws: Vec<f32> = cameras.iter().map(|camera| camera.yaw).collect();
        let mut turn = 0.0;
        if self.r#loop {
            for index in 1..yaws.len() {
                yaws[index] = yaws[index - 1] + short_way(yaws[index - 1], yaws[index]);
            }
            let last = yaws[yaws.len() - 1];
            turn = last + short_way(last, yaws[0]) - yaws[0];
        }
        Some(CameraPose {
            position: (along(|c| c.position.0), along(|c| c.position.1), along(|c| c.position.2)),
            yaw: self.value(&yaws, turn, position),
            pitch: along(|c| c.pitch),
        })
    }

    /// A camera for every keyframe, where one has any.
    fn filled_cameras(&self) -> Option<Vec<CameraPose>> {
        let known: Vec<(usize, CameraPose)> =
            self.keyframes.iter().enumerate().filter_map(|(index, keyframe)| Some((index, keyframe.camera?))).collect();
        self.filled(&known, |from, to, share| self.mixed(from, to, share as f32))
    }

    /// What every keyframe has, where only some are `known`, ascending. Those without it stand between their neighbours that have it, as
    /// their times do; before the first and after the last there is a neighbour only in a loop, else nothing moves there. `mix` gives what
    /// lies a share of the way from one to another.
    pub(super) fn filled<T: Copy>(&self, known: &[(usize, T)], mix: impl Fn(&T, &T, f64) -> T) -> Option<Vec<T>> {
        let count = self.keyframes.len();
        let (first, last) = (known.first()?, known.last()?);
        let shares = self.shares();
        let time = |from: usize, to: usize| (from..to).map(|way| shares[way % shares.len()]).sum::<f64>();
        let mixed = |from: &T, to: &T, since: f64, left: f64| mix(from, to, since / (since + left));
        let between = |index: usize| {
            let before = known.iter().rev().find(|(at, _)| *at <= index);
            let after = known.iter().find(|(at, _)| *at >= index);
            match (before, after) {
                (Some(before), Some(after)) if before.0 == after.0 => before.1,
                (Some(before), Some(after)) => mixed(&before.1, &after.1, time(before.0, index), time(index, after.0)),
                (None, _) if self.r#loop => mixed(&last.1, &first.1, time(last.0, count + index), time(index, first.0)),
                (_, None) if self.r#loop => mixed(&last.1, &first.1, time(last.0, index), time(index, count + first.0)),
                (None, _) => first.1,
                (_, None) => last.1,
            }
        };
        Some((0..count).map(between).collect())
    }

    /// The camera a share of the way from one to another.
    fn mixed(&self, from: &CameraPose, to: &CameraPose, share: f32) -> CameraPose {
        let mix = |a: f32, b: f32| a + (b - a) * share;
        let ((ax, ay, az), (bx, by, bz)) = (from.position, to.position);
        let turn = if self.r#loop { short_way(from.yaw, to.yaw) } else { to.yaw - from.yaw };
        CameraPose { position: (mix(ax, bx), mix(ay, by), mix(az, bz)), yaw: from.yaw + turn * share, pitch: mix(from.pitch, to.pitch) }
    }
}

/// Degrees from one direction to another the short way: more than -180, at most 180.
fn short_way(from: f32, to: f32) -> f32 {
    let turn = (to - from).rem_euclid(360.0);
    if turn > 180.0 { turn - 360.0 } else { turn }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latent::Keyframe;
    use crate::latent::journey::tests::journey;

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
    fn the_step_of_a_run_stands_behind_the_caption() {
        let mut journey = journey(Easing::Smooth, false);
        let mut pose = journey.pose_at(0, 10, Walk::Straight);
        assert_eq!(journey.caption_at(&pose), "");
        pose.step = Some(31250);
        assert_eq!(journey.caption_at(&pose), "Step 31,250");
        journey.caption = "Sixteen faces".into();
        assert_eq!(journey.caption_at(&pose), "Sixteen faces · step 31,250");
    }

    #[test]
    fn each_zone_goes_its_own_way_and_nothing_jumps_where_an_axis_acts_elsewhere() {
        for (easing, walk) in [(Easing::Smooth, Walk::Straight), (Easing::Linear, Walk::Around), (Easing::EaseInOut, Walk::Straight)] {
            let mut journey = journey(easing, true);
            assert_eq!(journey.pose_at(3, 400, walk).zoned_latent(3), None, "every axis acts everywhere");
            let plain = journey.clone();
            journey.keyframes[1].zones = [(3, Zone::Fine), (1, Zone::Coarse)].into();
            let at = |frame: u64| journey.pose_at(frame % 400, 400, walk);
            assert_eq!(at(57).axes, plain.pose_at(57, 400, walk).axes, "what is told of the axes stays");
            let zoned = at(100).zoned_latent(3).unwrap();
            for (part, wanted) in zoned.parts().iter().zip([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]) {
                assert!(part.0.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-4), "{easing:?}: {zoned:?}");
            }
            // Where all keyframes agree, so do the zones.
            let parts = at(200).zoned_latent(3).unwrap();
            assert!(parts.parts().iter().all(|part| (part.0[1] + 1.0).abs() < 1e-4), "{parts:?}");
            let far = |frame: u64| {
                let [now, next] = [frame, frame + 1].map(|frame| at(frame).zoned_latent(3).unwrap());
                let pairs = now.parts().iter().zip(next.parts()).flat_map(|(a, b)| a.0.iter().zip(&b.0));
                pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
            };
            assert!((0..400).map(far).fold(0.0, f32::max) < 0.15, "{easing:?}: without a jump");
        }
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

    /// Seeded numbers in [-1, 1].
    fn numbers(seed: u64) -> impl FnMut() -> f32 {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        }
    }

    fn flight(is_loop: bool, easing: Easing, seed: u64) -> Journey {
        let mut next = numbers(seed);
        let mut stations: Vec<Keyframe> = (0..5)
            .map(|_| Keyframe {
                axes: [(1, next() * 2.0), (2, next() * 2.0)].into(),
                camera: (next() > -0.5).then(|| CameraPose {
                    position: (next(), next(), next()),
                    yaw: next() * 180.0,
                    pitch: next() * 40.0,
                }),
                share: Some(f64::from(next().abs()) * 4.0 + 0.2),
                ..Keyframe::default()
            })
            .collect();
        stations[2].camera = Some(CameraPose { position: (1.0, 0.0, 2.0), yaw: 170.0, pitch: 0.0 });
        Journey::new("flight", 5.0, easing, is_loop, stations).unwrap()
    }

    /// Everything that moves, with the yaw as a direction that knows no jump from 359 to 0 degrees.
    fn state(pose: &JourneyPose) -> Vec<f32> {
        let camera = pose.camera.unwrap();
        let (sin, cos) = camera.yaw.to_radians().sin_cos();
        let (x, y, z) = camera.position;
        pose.axes.values().copied().chain([x, y, z, sin, cos, camera.pitch / 40.0]).collect()
    }

    fn apart(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn unequal_shares_make_no_jump_of_speed_and_every_keyframe_is_met_at_its_time() {
        const FRAMES: u64 = 20_000;
        for (seed, is_loop) in (0..24).map(|seed| (seed, seed % 2 == 0)) {
            let journey = flight(is_loop, Easing::Smooth, seed);
            let span = if is_loop { FRAMES } else { FRAMES - 1 };
            let states: Vec<Vec<f32>> = (0..FRAMES).map(|frame| state(&journey.pose_at(frame, FRAMES, Walk::Straight))).collect();
            let speed = |frame: usize| -> Vec<f32> {
                let next = &states[(frame + 8) % states.len()];
                next.iter().zip(&states[frame]).map(|(a, b)| (a - b) * FRAMES as f32 / 8.0).collect()
            };
            let speeds: Vec<Vec<f32>> = (0..states.len() - if is_loop { 0 } else { 8 }).map(speed).collect();
            let most = speeds.iter().flatten().fold(0.0_f32, |most, speed| most.max(speed.abs()));
            let jump = speeds.windows(2).map(|pair| apart(&pair[0], &pair[1])).fold(0.0, f32::max);
            assert!(jump < most * 0.02, "seed {seed}, loop {is_loop}: the speed jumps by {jump} of {most}");
            let total: f64 = journey.shares().iter().sum();
            let mut time = 0.0;
            for (keyframe, share) in journey.keyframes.iter().zip(journey.shares().into_iter().chain([0.0])) {
                let pose = journey.pose_at((time / total * span as f64).round() as u64, FRAMES, Walk::Straight);
                for (axis, value) in &keyframe.axes {
                    assert!(
                        (pose.axes[&(axis - 1)] - value).abs() < 0.01,
                        "seed {seed}: axis {axis} is {} in place of {value}",
                        pose.axes[&(axis - 1)]
                    );
                }
                time += share;
            }
        }
    }

    #[test]
    fn a_looped_flight_closes_in_place_and_direction() {
        for easing in [Easing::Smooth, Easing::Linear, Easing::EaseInOut] {
            for seed in 0..12 {
                let journey = flight(true, easing, seed);
                let largest_step = |frames: u64| {
                    let at = |frame: u64| state(&journey.pose_at(frame % frames, frames, Walk::Straight));
                    let states: Vec<Vec<f32>> = (0..=frames).map(at).collect();
                    states.windows(2).map(|pair| apart(&pair[0], &pair[1])).fold(0.0, f32::max)
                };
                // What moves, however fast, moves half as far in half the time; what jumps does not.
                let [whole, half] = [4000, 8000].map(largest_step);
                assert!(half < 0.6 * whole, "{easing:?}, seed {seed}: steps of {whole} and {half}");
            }
        }
    }

    #[test]
    fn a_loop_turns_the_short_way_and_other_journeys_as_far_as_they_say() {
        let turned = |yaws: &[f32], is_loop: bool| {
            let camera = |yaw: f32| Some(CameraPose { yaw, ..CameraPose::default() });
            let stations = yaws.iter().map(|yaw| Keyframe { camera: camera(*yaw), ..Keyframe::default() }).collect();
            let journey = Journey::new("turn", 1.0, Easing::Linear, is_loop, stations).unwrap();
            let yaws: Vec<f32> = (0..=360)
                .map(|frame| journey.pose_at(frame, if is_loop { 360 } else { 361 }, Walk::Straight).camera.unwrap().yaw)
                .collect();
            yaws.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum::<f32>()
        };
        for (yaws, wanted) in [
            (&[350.0, 10.0][..], 40.0),
            (&[170.0, -170.0], 40.0),
            (&[0.0, 120.0, 240.0], 360.0),
            (&[0.0, 90.0, 180.0, 270.0], 360.0),
            (&[0.0, -90.0, -180.0, -270.0], 360.0),
            (&[10.0, 730.0], 0.0),
            (&[5.0], 0.0),
        ] {
            assert!((turned(yaws, true) - wanted).abs() < 0.1, "{yaws:?}: {} degrees", turned(yaws, true));
        }
        assert!((turned(&[0.0, 360.0], false) - 360.0).abs() < 0.1, "a whole turn can be written");
    }

    #[test]
    fn cameras_that_are_missing_in_a_loop_are_filled_from_both_ends_by_their_times() {
        let camera = |x: f32, yaw: f32| Some(CameraPose { position: (x, 0.0, 0.0), yaw, pitch: 0.0 });
        let mut journey = journey(Easing::Linear, true);
        journey.keyframes[1].camera = camera(2.0, 350.0);
        journey.keyframes[3].camera = camera(6.0, 10.0);
        let at = |journey: &Journey, frame| journey.pose_at(frame, 400, Walk::Straight).camera.unwrap();
        // The first keyframe lies half-way from the last one to the second.
        assert!((at(&journey, 0).position.0 - 4.0).abs() < 1e-4 && (at(&journey, 200).position.0 - 4.0).abs() < 1e-4);
        assert!((at(&journey, 0).yaw.rem_euclid(360.0) - 0.0).abs() < 1e-3 || (at(&journey, 0).yaw.rem_euclid(360.0) - 360.0).abs() < 1e-3);
        journey.keyframes[3].share = Some(3.0);
        assert!((at(&journey, 0).position.0 - 3.0).abs() < 1e-4, "three quarters of the way have passed by then");
        journey.keyframes[1].camera = None;
        assert!((0..400).all(|frame| at(&journey, frame) == at(&journey, 0)), "a single camera rests");
    }
}

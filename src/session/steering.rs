//! Where in latent space the user is: sliders, truncation, the axes and step of the lattice.
//!
//! Owns that state and the one message that changes it; what it looks like is decided elsewhere, and earlier states are kept by
//! the history.

use std::ops::RangeInclusive;

use bevy::prelude::*;
use serde::{Deserialize, Serialize};

use super::SamplerChoice;
use super::sampler::LatentMixture;
use crate::latent::{Latent, LatentSampler, Lattice, Zone, Zones};

/// The seed of the first face.
pub const DEFAULT_SEED: u64 = 11;
/// The truncation of the first face: around the mean everything looks alike.
pub const DEFAULT_TRUNCATION: f32 = 0.7;
/// Sliders reach this far, in sigma units.
pub const REACH: f32 = 4.0;
/// Typed numbers reach this far, in sigma units.
const FARTHEST: f32 = 99.0;
/// What the step of the lattice may be.
const STEPS: RangeInclusive<f32> = 0.01..=5.0;
/// What the truncation may be.
const TRUNCATIONS: RangeInclusive<f32> = 0.0..=1.5;

/// In which units codes are shown.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub enum CodeUnits {
    /// Sigma units along axes sorted by influence.
    #[default]
    Sigma,
    /// The model's raw codes.
    Raw,
}

/// A change of where in latent space the user is.
#[derive(Clone, Debug, Message, PartialEq)]
pub enum Steer {
    /// One coordinate, in sigma units; axes are counted from 0.
    SetCoordinate(usize, f32),
    /// All coordinates.
    SetLatent(Latent),
    /// The random face of the next seed, at the current truncation.
    Randomize,
    /// The mean.
    Reset,
    /// The seed of random faces.
    SetSeed(u64),
    /// The truncation of random faces; the current face is drawn again.
    SetTruncation(f32),
    /// What random faces are drawn from; the current face is drawn again where it is one.
    SetSampler(SamplerChoice),
    /// Which axis (counted from 0) the lattice shows along x, y or z (0 to 2).
    SetLatticeAxis(usize, usize),
    /// Where an axis (counted from 0) acts.
    SetZone(usize, Zone),
    /// Every axis acts everywhere again.
    ClearZones,
    /// Sigma units from one cell to the next.
    SetStep(f32),
    /// In which units codes are shown.
    SetUnits(CodeUnits),
}

/// [`Steering`] as plain data: what undo and a restart bring back.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct SteeringState {
    /// The sliders, in sigma units: the base of the lattice.
    pub base: Vec<f32>,
    /// The axes that the lattice shows along x, y and z, counted from 0.
    pub axes: [usize; 3],
    /// Sigma units from one cell to the next.
    pub step: f32,
    /// Multiplies sigma of random faces.
    pub truncation: f32,
    /// The seed of the next or current random face.
    pub seed: u64,
    /// What random faces are drawn from.
    #[serde(default)]
    pub sampler: SamplerChoice,
    /// In which units codes are shown.
    pub units: CodeUnits,
    /// Whether the sliders are the sample of the seed, so that the truncation redraws it.
    pub is_sample: bool,
    /// Where axes act, counted from 0; those that are absent act everywhere.
    #[serde(default)]
    pub zones: Zones,
}

impl SteeringState {
    /// True where the user sees no difference.
    pub fn looks_like(&self, other: &Self) -> bool {
        *self == Self { is_sample: self.is_sample, ..other.clone() }
    }
}

/// Where in latent space the user is.
#[derive(Clone, Debug, Resource)]
pub struct Steering {
    /// The lattice: the sliders are its base.
    pub lattice: Lattice,
    /// Multiplies sigma of random faces, 0 to 1.5.
    pub truncation: f32,
    /// The seed of the next or current random face.
    pub seed: u64,
    /// What random faces are drawn from, where the model has it.
    pub sampler: SamplerChoice,
    /// In which units codes are shown.
    pub units: CodeUnits,
    /// The mixture of the open model, if it has one.
    mixture: Option<LatentMixture>,
    /// True while the current face is the one of the seed, so that the truncation may redraw it.
    is_sample: bool,
    version: u64,
}

impl Default for Steering {
    fn default() -> Self {
        Self {
            lattice: Lattice { base: Latent::default(), axes: [0, 1, 2], step: Lattice::DEFAULT_STEP, zones: Zones::default() },
            truncation: DEFAULT_TRUNCATION,
            seed: DEFAULT_SEED,
            sampler: SamplerChoice::Gaussian,
            units: CodeUnits::Sigma,
            mixture: None,
            is_sample: true,
            version: 1,
        }
    }
}

impl Steering {
    /// Counts changes of the lattice.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether the open model has a mixture to draw random faces from.
    pub fn has_mixture(&self) -> bool {
        self.mixture.is_some()
    }

    /// Starts over in a latent space of `dim` axes, with the mixture of its model: the sample of the current seed, as before.
    pub(super) fn adopt(&mut self, dim: usize, mixture: Option<LatentMixture>) {
        self.mixture = mixture;
        self.draw_sample(dim);
        // All three, so that they stay different.
        if self.lattice.axes.iter().any(|axis| *axis >= dim) {
            self.lattice.axes = [0, 1, 2];
        }
        // Another model's axes are other ones, and it may have no zones at all.
        self.lattice.zones = Zones::default();
        self.version += 1;
    }

    /// Everything that undo and a restart bring back.
    pub fn state(&self) -> SteeringState {
        SteeringState {
            base: self.lattice.base.0.clone(),
            axes: self.lattice.axes,
            step: self.lattice.step,
            truncation: self.truncation,
            seed: self.seed,
            sampler: self.sampler,
            units: self.units,
            is_sample: self.is_sample,
            zones: self.lattice.zones.clone(),
        }
    }

    /// Goes back to a state of the same latent space.
    pub fn set_state(&mut self, state: &SteeringState) {
        let (base, zones) = (within_reach(&state.base), state.zones.clone());
        let lattice = Lattice { base, axes: state.axes, step: within(state.step, &STEPS), zones };
        if self.lattice != lattice {
            self.lattice = lattice;
            self.version += 1;
        }
        self.truncation = within(state.truncation, &TRUNCATIONS);
        self.seed = state.seed;
        self.sampler = state.sampler;
        self.units = state.units;
        self.is_sample = state.is_sample;
    }

    /// The same place looks different now, and its model has this mixture: everything is to be decoded anew.
    pub(super) fn renew(&mut self, mixture: Option<LatentMixture>) {
        self.mixture = mixture;
        self.version += 1;
    }

    /// Takes note that the open model has another mixture by now; no face changes by that.
    pub(super) fn offer(&mut self, mixture: Option<LatentMixture>) {
        self.mixture = mixture;
    }

    /// Puts a whole lattice in place, as recordings do.
    pub fn set_lattice(&mut self, lattice: Lattice) {
        if self.lattice != lattice {
            self.lattice = lattice;
            self.is_sample = false;
            self.version += 1;
        }
    }

    /// The face of the seed, with `dim` axes.
    fn draw_sample(&mut self, dim: usize) {
        self.lattice.base = match (self.sampler, &self.mixture) {
            // Along axes that codes hardly use, a sigma is so short that a sample may lie far out.
            (SamplerChoice::Mixture, Some(mixture)) => within_reach(&mixture.first_sample(self.seed, self.truncation).0),
            _ => LatentSampler::new(self.seed, self.truncation).sample(dim),
        };
        self.is_sample = true;
    }

    pub(super) fn apply(&mut self, change: &Steer) {
        let before = self.lattice.clone();
        let dim = before.base.dim();
        match change {
            Steer::SetCoordinate(axis, value) => {
                if let Some(coordinate) = self.lattice.base.0.get_mut(*axis) {
                    *coordinate = within(*value, &(-FARTHEST..=FARTHEST));
                    self.is_sample = false;
                }
            }
            Steer::SetLatent(latent) => {
                self.lattice.base = latent.clone();
                self.lattice.base.0.resize(dim, 0.0);
                self.is_sample = false;
            }
            Steer::Randomize => {
                self.seed = self.seed.wrapping_add(1);
                self.draw_sample(dim);
            }
            Steer::Reset => {
                self.lattice.base = Latent::zeros(dim);
                self.is_sample = false;
            }
            Steer::SetSeed(seed) => {
                self.seed = *seed;
                self.draw_sample(dim);
            }
            Steer::SetTruncation(truncation) => {
                self.truncation = within(*truncation, &TRUNCATIONS);
                if self.is_sample {
                    self.draw_sample(dim);
                }
            }
            Steer::SetSampler(sampler) => {
                self.sampler = *sampler;
                if self.is_sample {
                    self.draw_sample(dim);
                }
            }
            Steer::SetLatticeAxis(place, axis) => self.set_lattice_axis(*place, *axis),
            Steer::SetZone(axis, zone) if *axis < dim => self.lattice.zones.set(*axis, *zone),
            Steer::SetZone(..) => {}
            Steer::ClearZones => self.lattice.zones = Zones::default(),
            Steer::SetStep(step) => self.lattice.step = within(*step, &STEPS),
            Steer::SetUnits(units) => self.units = *units,
        }
        if self.lattice != before {
            self.version += 1;
        }
    }

    /// An axis that another place shows already changes places with it, so that the three stay different.
    fn set_lattice_axis(&mut self, place: usize, axis: usize) {
        if place >= 3 || axis >= self.lattice.base.dim() {
            return;
        }
        let axes = &mut self.lattice.axes;
        if let Some(other) = axes.iter().position(|shown| *shown == axis) {
            axes[other] = axes[place];
        }
        axes[place] = axis;
    }
}

/// Coordinates that sliders can show.
fn within_reach(base: &[f32]) -> Latent {
    Latent(base.iter().map(|coordinate| within(*coordinate, &(-FARTHEST..=FARTHEST))).collect())
}

fn within(value: f32, range: &RangeInclusive<f32>) -> f32 {
    value.clamp(*range.start(), *range.end())
}

#[cfg(test)]
mod tests {
    use super::super::sampler::tests::mixture;
    use super::*;

    fn steering() -> Steering {
        let mut steering = Steering::default();
        steering.adopt(8, None);
        steering
    }

    #[test]
    fn the_first_face_is_the_sample_of_the_seed() {
        assert_eq!(steering().lattice.base, LatentSampler::new(DEFAULT_SEED, DEFAULT_TRUNCATION).sample(8));
    }

    #[test]
    fn every_change_of_the_lattice_counts_and_nothing_else_does() {
        let mut steering = steering();
        for (change, counts) in [
            (Steer::SetCoordinate(3, 1.5), true),
            (Steer::SetCoordinate(3, 1.5), false),
            (Steer::SetCoordinate(99, 1.5), false),
            (Steer::SetUnits(CodeUnits::Raw), false),
            (Steer::SetTruncation(0.4), false),
            (Steer::SetSampler(SamplerChoice::Mixture), false),
            (Steer::Randomize, true),
            (Steer::SetTruncation(0.9), true),
            (Steer::SetStep(0.8), true),
            (Steer::SetZone(4, Zone::Fine), true),
            (Steer::SetZone(4, Zone::Fine), false),
            (Steer::SetZone(99, Zone::Fine), false),
            (Steer::ClearZones, true),
            (Steer::SetLatticeAxis(0, 5), true),
            (Steer::Reset, true),
        ] {
            let before = steering.version();
            steering.apply(&change);
            assert_eq!(steering.version() > before, counts, "{change:?}");
        }
    }

    #[test]
    fn the_three_axes_stay_different() {
        let mut steering = steering();
        steering.apply(&Steer::SetLatticeAxis(0, 2));
        assert_eq!(steering.lattice.axes, [2, 1, 0]);
        steering.apply(&Steer::SetLatticeAxis(1, 7));
        assert_eq!(steering.lattice.axes, [2, 7, 0]);
    }

    #[test]
    fn axes_that_the_next_model_lacks_give_way() {
        let mut steering = steering();
        steering.apply(&Steer::SetLatticeAxis(0, 1));
        steering.apply(&Steer::SetLatticeAxis(1, 6));
        steering.adopt(5, None);
        assert_eq!(steering.lattice.axes, [0, 1, 2]);
    }

    #[test]
    fn zones_are_those_of_one_model_and_outlive_all_else() {
        let mut steering = steering();
        steering.apply(&Steer::SetZone(2, Zone::Coarse));
        for change in [Steer::Randomize, Steer::Reset, Steer::SetLatticeAxis(0, 2)] {
            steering.apply(&change);
            assert_eq!(steering.lattice.zones.of(2), Zone::Coarse, "{change:?}");
        }
        steering.renew(None);
        assert_eq!(steering.lattice.zones.of(2), Zone::Coarse, "a model that learns keeps its axes");
        let left = steering.state();
        steering.adopt(8, None);
        assert!(steering.lattice.zones.are_whole(), "another model has other axes");
        steering.set_state(&left);
        assert_eq!(steering.lattice.zones.of(2), Zone::Coarse);
    }

    #[test]
    fn a_state_comes_back_as_it_was() {
        let mut before = steering();
        for change in [Steer::SetCoordinate(3, 1.5), Steer::SetStep(0.8), Steer::SetUnits(CodeUnits::Raw), Steer::SetLatticeAxis(2, 7)] {
            before.apply(&change);
        }
        before.apply(&Steer::SetSampler(SamplerChoice::Mixture));
        let mut after = steering();
        let version = after.version();
        after.set_state(&before.state());
        assert_eq!(after.state(), before.state());
        assert!(after.version() > version, "the lattice has changed");
        let version = after.version();
        after.set_state(&before.state());
        assert_eq!(after.version(), version, "nothing has changed");
    }

    #[test]
    fn random_goes_on_from_seed_to_seed() {
        let mut steering = steering();
        steering.apply(&Steer::Randomize);
        assert_eq!(steering.seed, DEFAULT_SEED + 1);
        steering.apply(&Steer::SetCoordinate(0, 0.0));
        steering.apply(&Steer::Randomize);
        assert_eq!(steering.seed, DEFAULT_SEED + 2, "another face than the one that was left");
        steering.apply(&Steer::Reset);
        steering.apply(&Steer::Randomize);
        assert_eq!(steering.seed, DEFAULT_SEED + 3);
    }

    #[test]
    fn random_faces_come_from_the_mixture_where_it_is_chosen() {
        let mut steering = Steering::default();
        steering.adopt(2, Some(mixture()));
        let gaussian = |truncation| LatentSampler::new(DEFAULT_SEED, truncation).sample(2);
        assert_eq!(steering.lattice.base, gaussian(DEFAULT_TRUNCATION), "the Gaussian is the default");
        let version = steering.version();
        steering.apply(&Steer::SetSampler(SamplerChoice::Mixture));
        assert!(steering.version() > version, "the face is drawn again");
        assert_eq!(steering.lattice.base, mixture().first_sample(DEFAULT_SEED, DEFAULT_TRUNCATION));
        steering.apply(&Steer::SetTruncation(1.1));
        assert_eq!(steering.lattice.base, mixture().first_sample(DEFAULT_SEED, 1.1));
        steering.apply(&Steer::Randomize);
        assert_eq!(steering.lattice.base, mixture().first_sample(DEFAULT_SEED + 1, 1.1));
        steering.apply(&Steer::SetSeed(DEFAULT_SEED));
        steering.apply(&Steer::SetSampler(SamplerChoice::Gaussian));
        assert_eq!(steering.lattice.base, gaussian(1.1));
        steering.apply(&Steer::SetCoordinate(0, 0.5));
        let placed = steering.lattice.base.clone();
        steering.apply(&Steer::SetSampler(SamplerChoice::Mixture));
        assert_eq!(steering.lattice.base, placed, "what is no sample stays");
    }

    #[test]
    fn a_model_without_a_mixture_draws_from_its_gaussian_and_the_choice_is_remembered() {
        let mut steering = steering();
        steering.apply(&Steer::SetSampler(SamplerChoice::Mixture));
        assert_eq!(steering.lattice.base, LatentSampler::new(DEFAULT_SEED, DEFAULT_TRUNCATION).sample(8));
        assert!(!steering.has_mixture());
        steering.adopt(2, Some(mixture()));
        assert_eq!(steering.lattice.base, mixture().first_sample(DEFAULT_SEED, DEFAULT_TRUNCATION));
        steering.renew(None);
        assert_eq!(steering.lattice.base, mixture().first_sample(DEFAULT_SEED, DEFAULT_TRUNCATION), "a refresh moves nobody");
        steering.apply(&Steer::SetTruncation(0.4));
        assert_eq!(steering.lattice.base, LatentSampler::new(DEFAULT_SEED, 0.4).sample(2));
        assert_eq!(steering.sampler, SamplerChoice::Mixture);
    }
}

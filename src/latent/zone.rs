//! Zones: at which resolutions of a network an axis acts, where a network has a part for each.
//!
//! Owns which axis acts where, and what each zone sees of a latent. Which resolutions a zone covers, and what is done with latents that
//! differ from zone to zone, is each network's business.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Latent;

/// Where an axis acts.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Zone {
    /// At every resolution.
    #[default]
    Whole,
    /// At the lowest resolutions: pose, outline and layout.
    Coarse,
    /// Between them: features and expression.
    Middle,
    /// At the highest resolutions: colours, light and texture.
    Fine,
}

impl Zone {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Whole, Self::Coarse, Self::Middle, Self::Fine];
    /// Those that a network is divided into, from the lowest resolution to the highest.
    pub const PARTS: [Self; 3] = [Self::Coarse, Self::Middle, Self::Fine];

    /// The word that users read and write.
    pub fn word(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Coarse => "coarse",
            Self::Middle => "middle",
            Self::Fine => "fine",
        }
    }

    /// The zone of a word; `None` for any other word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|zone| zone.word() == word)
    }

    /// Whether an axis of this zone acts in a part.
    pub fn covers(self, part: Self) -> bool {
        self == Self::Whole || self == part
    }
}

/// Where each axis acts: everywhere, unless something else is said of it.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Zones(BTreeMap<usize, Zone>);

impl Zones {
    /// The zone of an axis, counted from 0.
    pub fn of(&self, axis: usize) -> Zone {
        self.0.get(&axis).copied().unwrap_or_default()
    }

    /// Gives an axis, counted from 0, another zone.
    pub fn set(&mut self, axis: usize, zone: Zone) {
        match zone {
            Zone::Whole => self.0.remove(&axis),
            part => self.0.insert(axis, part),
        };
    }

    /// Whether every axis acts everywhere.
    pub fn are_whole(&self) -> bool {
        self.0.values().all(|zone| *zone == Zone::Whole)
    }
}

impl FromIterator<(usize, Zone)> for Zones {
    fn from_iter<I: IntoIterator<Item = (usize, Zone)>>(axes: I) -> Self {
        let mut zones = Self::default();
        axes.into_iter().for_each(|(axis, zone)| zones.set(axis, zone));
        zones
    }
}

/// A latent for each of [`Zone::PARTS`]: what the axes that act there say.
#[derive(Clone, Debug, PartialEq)]
pub struct ZonedLatent([Latent; 3]);

impl ZonedLatent {
    /// From one latent for each part, in the order of [`Zone::PARTS`].
    pub fn new(parts: [Latent; 3]) -> Self {
        Self(parts)
    }

    /// What each part sees of a latent whose axes act where `zones` say.
    pub fn of(latent: &Latent, zones: &Zones) -> Self {
        let seen = |part: Zone| {
            let coordinates = latent.0.iter().enumerate();
            Latent(coordinates.map(|(axis, value)| if zones.of(axis).covers(part) { *value } else { 0.0 }).collect())
        };
        Self(Zone::PARTS.map(seen))
    }

    /// The latents, in the order of [`Zone::PARTS`].
    pub fn parts(&self) -> &[Latent; 3] {
        &self.0
    }

    /// Adds `amount` sigma along `axis` (counted from 0) where the zone acts; an axis that is not there is left alone.
    pub fn shift(&mut self, axis: usize, amount: f32, zone: Zone) {
        let acting = Zone::PARTS.into_iter().zip(&mut self.0).filter(|(part, _)| zone.covers(*part));
        acting.for_each(|(_, latent)| latent.shift(axis, amount));
    }

    /// Puts a coordinate at `value` sigma where the zone acts; an axis that is not there is left alone.
    pub fn set(&mut self, axis: usize, value: f32, zone: Zone) {
        let acting = Zone::PARTS.into_iter().zip(&mut self.0).filter(|(part, _)| zone.covers(*part));
        acting.filter_map(|(_, latent)| latent.0.get_mut(axis)).for_each(|coordinate| *coordinate = value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_sees_the_axes_that_act_there() {
        let zones: Zones = [(1, Zone::Fine), (2, Zone::Coarse), (9, Zone::Middle)].into_iter().collect();
        let zoned = ZonedLatent::of(&Latent(vec![1.0, 2.0, 3.0]), &zones);
        assert_eq!(zoned.parts().clone().map(|latent| latent.0), [[1.0, 0.0, 3.0], [1.0, 0.0, 0.0], [1.0, 2.0, 0.0]]);
        assert!(!zones.are_whole() && Zones::default().are_whole());
        let latent = Latent(vec![0.5, -0.5]);
        assert_eq!(ZonedLatent::of(&latent, &Zones::default()), ZonedLatent::new([(); 3].map(|()| latent.clone())));
    }

    #[test]
    fn shifts_and_values_act_in_their_zone_only() {
        let mut zoned = ZonedLatent::of(&Latent::zeros(2), &Zones::default());
        zoned.shift(0, 1.5, Zone::Middle);
        zoned.shift(1, 0.5, Zone::Whole);
        zoned.shift(7, 9.0, Zone::Whole);
        zoned.set(1, -1.0, Zone::Fine);
        assert_eq!(zoned.parts().clone().map(|latent| latent.0), [[0.0, 0.5], [1.5, 0.5], [0.0, -1.0]]);
    }

    #[test]
    fn an_axis_that_acts_everywhere_again_leaves_no_trace_and_words_are_read_back() {
        let mut zones = Zones::default();
        zones.set(4, Zone::Fine);
        assert_eq!((zones.of(4), zones.of(5)), (Zone::Fine, Zone::Whole));
        zones.set(4, Zone::Whole);
        assert_eq!(zones, Zones::default());
        assert!(Zone::ALL.into_iter().all(|zone| Zone::from_word(zone.word()) == Some(zone)));
        assert_eq!(Zone::from_word("finest"), None);
    }
}

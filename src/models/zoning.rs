//! Which resolutions of a generator each zone covers.
//!
//! Owns the division only; what happens where zones meet is the network's business.

use std::ops::Range;

use crate::latent::Zone;

/// Pixels along each side of the first stage.
const FIRST: usize = 4;

/// How the stages of a generator, one for each resolution from 4x4 pixels up, are divided into zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zoning {
    stages: usize,
}

impl Zoning {
    /// That of a network with so many stages. From 32x32 pixels on, 4x4 and 8x8 are coarse, 16x16 is middle, and the rest is fine. Smaller
    /// networks give each zone one stage, fine before middle where there are not enough.
    pub fn of_stages(stages: usize) -> Self {
        Self { stages }
    }

    /// The stages of a zone, counted from 4x4; empty where the network has none for it.
    pub fn stages_of(self, zone: Zone) -> Range<usize> {
        let (middle, fine) = match self.stages {
            0..=2 => (1.min(self.stages), 1.min(self.stages)),
            3 => (1, 2),
            _ => (2, 3),
        };
        match zone {
            Zone::Whole => 0..self.stages,
            Zone::Coarse => 0..middle,
            Zone::Middle => middle..fine,
            Zone::Fine => fine..self.stages,
        }
    }

    /// The parts that have stages, from the lowest resolution to the highest.
    pub fn parts(self) -> impl Iterator<Item = Zone> {
        Zone::PARTS.into_iter().filter(move |zone| !self.stages_of(*zone).is_empty())
    }

    /// Its resolutions in words: "4x4 and 8x8".
    pub fn in_words(self, zone: Zone) -> String {
        let sizes: Vec<String> = self.stages_of(zone).map(|stage| FIRST << stage).map(|size| format!("{size}x{size}")).collect();
        match sizes.as_slice() {
            [] => "none".into(),
            [one] => one.clone(),
            [first @ .., last] => format!("{} and {last}", first.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::catalog;

    #[test]
    fn zones_follow_each_other_without_a_gap_and_have_a_stage_each_from_16_pixels_on() {
        for stages in 0..=6 {
            let zoning = Zoning::of_stages(stages);
            let all: Vec<usize> = Zone::PARTS.into_iter().flat_map(|zone| zoning.stages_of(zone)).collect();
            assert_eq!(all, (0..stages).collect::<Vec<_>>(), "{stages} stages");
            assert_eq!(zoning.parts().count(), stages.min(3));
        }
        let words = |stages, zone| Zoning::of_stages(stages).in_words(zone);
        assert_eq!([3, 4, 5].map(|stages| words(stages, Zone::Coarse)), ["4x4", "4x4 and 8x8", "4x4 and 8x8"]);
        assert_eq!([3, 4, 5].map(|stages| words(stages, Zone::Middle)), ["8x8", "16x16", "16x16"]);
        assert_eq!([3, 4, 5].map(|stages| words(stages, Zone::Fine)), ["16x16", "32x32", "32x32 and 64x64"]);
        assert_eq!((words(2, Zone::Middle).as_str(), words(2, Zone::Fine).as_str()), ("none", "8x8"));
        assert_eq!(words(4, Zone::Whole), "4x4, 8x8, 16x16 and 32x32");
    }

    #[test]
    fn only_generators_with_a_stage_for_each_resolution_have_zones() {
        for (name, has_zones) in [("gan-celeba32", true), ("autoencoder-celeba32", false), ("pca-celeba64", false)] {
            assert_eq!(catalog::resolve(name).unwrap().header.zoning().is_some(), has_zones, "{name}");
        }
    }
}

//! How well a model does: all figures of an evaluation, where there are some, under the names that JSON has for them and that model folders
//! keep. Whoever computes, keeps, compares or shows figures has them as this.
//!
//! Owns their shape; which faces they are of is the business of the job that evaluates.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::pyramid::level_sizes;

/// How well a model does. A figure that it does not have, or that lacks its faces, is absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The model's name.
    pub model: String,
    /// The word that files use for its kind.
    pub kind: String,
    /// Its faces, and those that it was judged by, are `size` x `size` pixels.
    pub size: usize,
    /// Number of latent axes K.
    pub latent_dim: usize,
    /// How many faces were reconstructed: all of the split.
    pub faces: usize,
    /// How many samples were compared with as many faces.
    pub n: usize,
    /// Of samples, patches and directions.
    pub seed: u64,
    /// Which faces it was judged by.
    pub split: String,
    /// How many training faces the neighbours were looked for among.
    pub training_faces: usize,
    /// Of the faces of the split.
    pub reconstruction: ReconstructionFigures,
    /// Of the faces of the split.
    pub likelihood: LikelihoodFigures,
    /// Of the samples.
    pub samples: SampleFigures,
    /// Of a few faces of the split, whichever way the model comes by their codes; absent where that was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way_back: Option<WayBackFigures>,
    /// Whether the figures were taken from the model's folder, which keeps them, instead of being computed.
    #[serde(skip)]
    pub is_kept: bool,
}

/// How far reconstructions are from their originals, on average; absent for a model without an encoder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReconstructionFigures {
    /// Mean squared error in [0, 1] units.
    pub mse: Option<f64>,
    /// Peak signal-to-noise ratio in dB.
    pub psnr: Option<f64>,
    /// Structural similarity, at most 1; absent for faces of less than 11 pixels.
    pub ssim: Option<f64>,
}

/// What comes back of the first faces of the split: of all models in the same way, so that they can be compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WayBackFigures {
    /// How many faces.
    pub faces: usize,
    /// Whether their places were searched for, by inversion of a generator; an encoder gave the codes otherwise.
    pub is_inversion: bool,
    /// Mean squared error in [0, 1] units.
    pub mse: f64,
    /// Peak signal-to-noise ratio in dB, on average.
    pub psnr: f64,
    /// Structural similarity, at most 1; absent for faces of less than 11 pixels.
    pub ssim: Option<f64>,
    /// Standard deviation of what comes back over that of the same faces.
    pub band_energy: LevelFigures,
    /// The PSNR of what the search began with, the encoder's places alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_psnr: Option<f64>,
}

/// How likely faces are under the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LikelihoodFigures {
    /// Bits for each number of an 8-bit picture; absent for models that have no density of pictures.
    pub bits_per_dim: Option<f64>,
}

/// Figures of the samples, and what they are to be read beside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleFigures {
    /// What the samples reach.
    #[serde(flatten)]
    pub figures: SetFigures,
    /// What as many training faces reach: no model can be expected to do better.
    pub floor: SetFigures,
    /// Median distance to the nearest training face over that of faces that were not trained on.
    pub neighbour_ratio: Option<f64>,
}

/// Figures of a set of pictures beside as many of the faces to judge by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetFigures {
    /// Sliced Wasserstein distance, times 1000.
    pub swd: LevelFigures,
    /// The same, both sets normalised by the real faces.
    pub swd_r: LevelFigures,
    /// Standard deviation over that of the real faces.
    pub band_energy: LevelFigures,
    /// The share of pictures that lie among the real faces.
    pub precision: Option<f64>,
    /// The share of real faces that lie among the pictures.
    pub recall: Option<f64>,
    /// How densely real faces lie around the pictures; 1 on average for equal sets.
    pub density: Option<f64>,
    /// The share of real faces with a picture near them.
    pub coverage: Option<f64>,
}

/// Figures by level of the Laplacian pyramid ("64", "32" and on), and for distances their "mean".
#[derive(Clone, Debug, PartialEq)]
pub struct LevelFigures(pub Vec<(String, Option<f64>)>);

impl LevelFigures {
    /// By the size of the level in pixels.
    pub fn of(levels: impl Iterator<Item = (usize, Option<f64>)>) -> Self {
        Self(levels.map(|(size, figure)| (size.to_string(), figure)).collect())
    }

    /// With the mean over the levels, where all of them have a figure.
    #[must_use]
    pub fn with_mean(mut self) -> Self {
        let figures: Option<Vec<f64>> = self.0.iter().map(|(_, figure)| *figure).collect();
        let mean = figures.filter(|figures| !figures.is_empty()).map(|figures| figures.iter().sum::<f64>() / figures.len() as f64);
        self.0.push(("mean".into(), mean));
        self
    }

    /// The figure of the finest level.
    pub fn finest(&self) -> Option<f64> {
        self.0.first().and_then(|(_, figure)| *figure)
    }

    /// The mean over the levels, where there is one.
    pub fn mean(&self) -> Option<f64> {
        self.of_level("mean")
    }

    /// The figure of a name, where there is one.
    pub fn of_level(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(known, _)| known == name).and_then(|(_, figure)| *figure)
    }

    /// Names and figures, from the finest level on.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<f64>)> {
        self.0.iter().map(|(name, figure)| (name.as_str(), *figure))
    }
}

impl Serialize for LevelFigures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for LevelFigures {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LevelVisitor)
    }
}

/// Takes the entries of a JSON object in the order in which they stand there.
struct LevelVisitor;

impl<'de> Visitor<'de> for LevelVisitor {
    type Value = LevelFigures;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("figures by level")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<LevelFigures, A::Error> {
        let mut levels = Vec::new();
        while let Some(level) = entries.next_entry()? {
            levels.push(level);
        }
        Ok(LevelFigures(levels))
    }
}

impl SetFigures {
    /// No figures of faces of a size.
    pub fn absent(size: usize) -> Self {
        let levels = || LevelFigures::of(level_sizes(size).into_iter().map(|size| (size, None)));
        let (swd, swd_r) = (levels().with_mean(), levels().with_mean());
        Self { swd, swd_r, band_energy: levels(), precision: None, recall: None, density: None, coverage: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_json_objects_and_absent_figures_null() {
        let json = |figures: &LevelFigures| serde_json::to_string(figures).unwrap();
        let levels = || LevelFigures::of([(32, Some(1.0)), (16, Some(2.0))].into_iter());
        assert_eq!(json(&levels()), r#"{"32":1.0,"16":2.0}"#);
        assert_eq!(json(&levels().with_mean()), r#"{"32":1.0,"16":2.0,"mean":1.5}"#);
        assert_eq!(json(&SetFigures::absent(32).swd_r), r#"{"32":null,"16":null,"mean":null}"#);
        assert_eq!(json(&SetFigures::absent(8).swd), r#"{"mean":null}"#);
        let (figures, floor) = (SetFigures::absent(16), SetFigures::absent(16));
        let samples = serde_json::to_value(SampleFigures { figures, floor, neighbour_ratio: Some(1.0) }).unwrap();
        assert!(samples["swd"]["16"].is_null() && samples["floor"]["density"].is_null() && samples["neighbour_ratio"] == 1.0, "{samples}");
    }

    #[test]
    fn figures_read_back_to_the_bit_and_in_order() {
        // Numbers with 17 digits, of all magnitudes: a parser that rounds twice loses the last bit of some of them.
        let awkward = |at: i32| (f64::from(at) + 0.1).sqrt() * 10.0_f64.powi(at % 40 - 20);
        let levels =
            |from: i32| LevelFigures::of((0..7_usize).zip(from..).map(|(at, number)| (128_usize >> at, Some(awkward(number))))).with_mean();
        for first in 0..200 {
            let figures = SetFigures { swd: levels(first), precision: Some(awkward(first)), ..SetFigures::absent(32) };
            let samples = SampleFigures { figures, floor: SetFigures::absent(32), neighbour_ratio: Some(-awkward(first)) };
            let text = serde_json::to_string_pretty(&samples).unwrap();
            assert_eq!(serde_json::from_str::<SampleFigures>(&text).unwrap(), samples);
        }
        let names: Vec<String> = levels(0).iter().map(|(name, _)| name.to_owned()).collect();
        assert_eq!(names, ["128", "64", "32", "16", "8", "4", "2", "mean"]);
    }
}

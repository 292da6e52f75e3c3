//! The figures of models side by side: which rows a table has, what each means, and which models do best.
//!
//! Owns names, units, directions and the reasons why a figure is absent; drawing is the table's business.

use std::collections::BTreeSet;

use crate::metrics::{Evaluation, LevelFigures};
use crate::metrics::{NEAREST, WINDOW};
use crate::models::{Density, ModelKind};

/// What figures are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// How well faces come back.
    Reconstruction,
    /// How likely the model finds faces.
    Likelihood,
    /// How much samples are like real faces.
    Samples,
}

impl Group {
    /// The title above its rows.
    pub fn title(self) -> &'static str {
        match self {
            Self::Reconstruction => "Reconstruction",
            Self::Likelihood => "Likelihood",
            Self::Samples => "Samples",
        }
    }
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The least figure is best.
    Less,
    /// The largest figure is best.
    More,
    /// The figure nearest to 1 is best.
    One,
}

impl Better {
    fn words(self) -> &'static str {
        match self {
            Self::Less => "Less is better.",
            Self::More => "More is better.",
            Self::One => "Nearest to 1 is best.",
        }
    }

    /// How far from the best a figure is; only for comparing.
    fn loss(self, value: f64) -> f64 {
        match self {
            Self::Less => value,
            Self::More => -value,
            Self::One => (value - 1.0).abs(),
        }
    }
}

type Get = fn(&Evaluation) -> Option<f64>;

/// A figure that models are compared by.
pub struct Figure {
    /// What it is about.
    pub group: Group,
    /// Its name in files.
    pub key: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Its unit, as tooltips tell it.
    pub unit: &'static str,
    /// Which way is better.
    pub better: Better,
    about: &'static str,
    get: Get,
    floor: Option<Get>,
}

const fn alone(group: Group, names: [&'static str; 3], better: Better, about: &'static str, get: Get) -> Figure {
    let [key, name, unit] = names;
    Figure { group, key, name, unit, better, about, get, floor: None }
}

const fn of_samples(names: [&'static str; 3], better: Better, about: &'static str, get: Get, floor: Get) -> Figure {
    let [key, name, unit] = names;
    Figure { group: Group::Samples, key, name, unit, better, about, get, floor: Some(floor) }
}

/// All figures, group by group.
pub static FIGURES: [Figure; 14] = [
    alone(
        Group::Reconstruction,
        ["mse", "MSE", "squared share of full brightness"],
        Better::Less,
        "Mean squared error of faces that are encoded and decoded again.",
        |found| found.reconstruction.mse,
    ),
    alone(
        Group::Reconstruction,
        ["psnr", "PSNR (dB)", "dB"],
        Better::More,
        "Peak signal-to-noise ratio of faces that are encoded and decoded again: the same error on a logarithmic scale.",
        |found| found.reconstruction.psnr,
    ),
    alone(
        Group::Reconstruction,
        ["ssim", "SSIM", "none, at most 1"],
        Better::More,
        "Structural similarity of faces and what comes back of them: 1 is the same picture.",
        |found| found.reconstruction.ssim,
    ),
    alone(
        Group::Reconstruction,
        ["way_back_psnr", "Back: PSNR (dB)", "dB"],
        Better::More,
        "Peak signal-to-noise ratio of the first faces and what comes back of them: through the encoder, or, of a GAN, from the places \
         that a search finds for them.",
        |found| found.way_back.as_ref().map(|back| back.psnr),
    ),
    alone(
        Group::Reconstruction,
        ["way_back_ssim", "Back: SSIM", "none, at most 1"],
        Better::More,
        "Structural similarity of the same faces and what comes back of them.",
        |found| found.way_back.as_ref()?.ssim,
    ),
    alone(
        Group::Reconstruction,
        ["way_back_band_energy", "Back: sharpness", "none"],
        Better::One,
        "Contrast of the finest details of what comes back, against that of the same faces: below 1 is blur, above it noise.",
        |found| found.way_back.as_ref()?.band_energy.finest(),
    ),
    alone(
        Group::Likelihood,
        ["bits_per_dim", "Bits per dimension", "bits for each number of an 8-bit picture"],
        Better::Less,
        "How many bits a face takes under the model: the fewer, the likelier the model finds faces that it was not fitted to.",
        |found| found.likelihood.bits_per_dim,
    ),
    of_samples(
        ["swd", "SWD", "thousandths"],
        Better::Less,
        "Sliced Wasserstein distance between samples and real faces, the mean over all levels of detail.",
        |found| mean_of(&found.samples.figures.swd),
        |found| mean_of(&found.samples.floor.swd),
    ),
    of_samples(
        ["swd_r", "SWD-R", "thousandths"],
        Better::Less,
        "The same distance with both sets normalised by the real faces, so that blur counts.",
        |found| mean_of(&found.samples.figures.swd_r),
        |found| mean_of(&found.samples.floor.swd_r),
    ),
    of_samples(
        ["precision", "Precision", "share, 0 to 1"],
        Better::More,
        "The share of samples that lie among real faces: how faithful they are.",
        |found| found.samples.figures.precision,
        |found| found.samples.floor.precision,
    ),
    of_samples(
        ["recall", "Recall", "share, 0 to 1"],
        Better::More,
        "The share of real faces that lie among the samples: how varied they are.",
        |found| found.samples.figures.recall,
        |found| found.samples.floor.recall,
    ),
    of_samples(
        ["density", "Density", "none"],
        Better::More,
        "How densely real faces lie around the samples; about 1 for sets that are alike.",
        |found| found.samples.figures.density,
        |found| found.samples.floor.density,
    ),
    of_samples(
        ["coverage", "Coverage", "share, 0 to 1"],
        Better::More,
        "The share of real faces with a sample near them.",
        |found| found.samples.figures.coverage,
        |found| found.samples.floor.coverage,
    ),
    alone(
        Group::Samples,
        ["neighbour_ratio", "Neighbour ratio", "none"],
        Better::One,
        "How near samples are to training faces, against how near faces are that were not trained on. Far below 1 samples copy training \
         faces, far above they lie away from all faces.",
        |found| found.samples.neighbour_ratio,
    ),
];

impl Figure {
    /// What it means, its unit, and which way is better.
    pub fn tooltip(&self) -> String {
        let floor = if self.floor.is_some() { "\nThe floor is what as many training faces reach." } else { "" };
        format!("{}\nUnit: {}. {}{floor}", self.about, self.unit, self.better.words())
    }

    /// What real faces reach, where there is such a thing.
    pub fn floor(&self, found: &Evaluation) -> Option<f64> {
        self.floor.and_then(|floor| floor(found)).filter(|value| value.is_finite())
    }

    /// Whether the floor says something about it.
    pub fn has_floor(&self) -> bool {
        self.floor.is_some()
    }

    /// What a model reaches, where that was measured.
    pub fn value(&self, found: &Evaluation) -> Option<f64> {
        (self.get)(found).filter(|value| value.is_finite())
    }

    /// Why a model lacks this figure, and what helps.
    pub fn why_absent(&self, found: &Evaluation) -> String {
        match self.key {
            "ssim" if found.reconstruction.mse.is_some() => {
                format!("Faces of {} pixels are too small for SSIM, which needs {WINDOW}", found.size)
            }
            "mse" | "psnr" | "ssim" if found.way_back.is_some() => {
                "It has no encoder; what a search finds of the first faces stands below".into()
            }
            "mse" | "psnr" | "ssim" => "It has no encoder, so no face comes back".into(),
            "way_back_psnr" | "way_back_ssim" | "way_back_band_energy" if found.way_back.is_some() => {
                format!("Faces of {} pixels are too small for it", found.size)
            }
            "way_back_psnr" | "way_back_ssim" | "way_back_band_energy" => "No face was sent there and back".into(),
            "bits_per_dim" if ModelKind::from_key(&found.kind).is_some_and(|kind| kind.facts().density == Density::Pictures) => {
                "Its axes leave no variance for other faces, so it gives no density; fit it with fewer axes, or on more faces".into()
            }
            "bits_per_dim" => "It gives no density of pictures; PCA does".into(),
            "swd" | "swd_r" => format!("Faces of {} pixels have no levels of detail to compare; from 16 pixels on they do", found.size),
            _ if found.training_faces < 2 => "It needs training faces: choose some at Training faces".into(),
            "neighbour_ratio" => "The faces to judge by are training faces themselves; choose another split".into(),
            _ => format!("{} faces are too few; more than {NEAREST} are needed", found.n),
        }
    }
}

/// One figure of all models.
pub struct Row {
    /// Which.
    pub figure: &'static Figure,
    /// What each model reaches.
    pub values: Vec<Option<f64>>,
    /// What real faces of each model's size reach.
    pub floors: Vec<Option<f64>>,
    /// The model that does best of each size of faces that has at least two to compare: other faces have other levels and floors.
    pub best: Vec<usize>,
}

impl Row {
    /// How many times the floor a model's figure is.
    pub fn ratio(&self, model: usize) -> Option<f64> {
        let (value, floor) = (self.values.get(model).copied().flatten()?, self.floors.get(model).copied().flatten()?);
        (floor > 0.0).then(|| value / floor)
    }
}

/// The rows of a table.
pub fn rows(found: &[Evaluation]) -> Vec<Row> {
    let groups = of_one_size(found);
    let row = |figure: &'static Figure| {
        let values: Vec<Option<f64>> = found.iter().map(|found| figure.value(found)).collect();
        let floors = found.iter().map(|found| figure.floor(found)).collect();
        let best = groups.iter().filter_map(|models| best(&values, models, figure.better)).collect();
        Row { figure, values, floors, best }
    };
    FIGURES.iter().map(row).collect()
}

/// Which models have faces of the same size, the smallest size first.
fn of_one_size(found: &[Evaluation]) -> Vec<Vec<usize>> {
    let sizes: BTreeSet<usize> = found.iter().map(|found| found.size).collect();
    sizes.into_iter().map(|size| (0..found.len()).filter(|at| found[*at].size == size).collect()).collect()
}

/// Which of `models` does best, where at least two of them have the figure.
fn best(values: &[Option<f64>], models: &[usize], better: Better) -> Option<usize> {
    let losses: Vec<(usize, f64)> = models.iter().filter_map(|at| Some((*at, better.loss(values[*at]?)))).collect();
    if losses.len() < 2 {
        return None;
    }
    losses.iter().min_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| *at)
}

/// Whether all models are judged by faces of one size, so that they have one floor.
pub fn share_size(found: &[Evaluation]) -> bool {
    found.windows(2).all(|pair| pair[0].size == pair[1].size)
}

/// The mean over the levels of a distance.
pub fn mean_of(levels: &LevelFigures) -> Option<f64> {
    levels.iter().find(|(name, _)| *name == "mean").and_then(|(_, figure)| figure)
}

/// The sizes of the levels that models were compared at, the finest first.
pub fn level_sizes(found: &[Evaluation]) -> Vec<usize> {
    let names = found.iter().flat_map(|found| found.samples.figures.band_energy.iter().map(|(name, _)| name));
    let mut sizes: Vec<usize> = names.filter_map(|name| name.parse().ok()).collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    sizes.dedup();
    sizes
}

/// The band energy of a model's samples at the level of a size.
pub fn energy_at(found: &Evaluation, size: usize) -> Option<f64> {
    let levels = found.samples.figures.band_energy.iter();
    levels.filter(|(name, _)| name.parse::<usize>().is_ok_and(|level| level == size)).find_map(|(_, figure)| figure)
}

/// Three figures that count, zeros at the end included, so that a column reads well: "0.00507", "22.9", "119".
pub fn three(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".into() } else { "–".into() };
    }
    let decimals = usize::try_from(2 - value.abs().log10().floor() as i32).unwrap_or(0).min(6);
    format!("{value:.decimals$}").replace('-', "\u{2212}")
}

#[cfg(test)]
pub mod example {
    //! Figures of models that do not exist.

    use super::*;

    /// A model of `size` pixels; a GAN has no reconstructions and no likelihood.
    pub fn evaluation(kind: &str, size: usize) -> Evaluation {
        let levels = |figure: f64, mean: Option<f64>| {
            let sizes = [64, 32, 16].into_iter().filter(|level| *level <= size);
            let entries = sizes.map(|level| format!("\"{level}\": {figure}")).chain(mean.map(|mean| format!("\"mean\": {mean}")));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        };
        let set = |swd: f64, energy: f64, share: f64| {
            let (distances, blurred, energies) = (levels(swd, Some(swd)), levels(2.0 * swd, Some(2.0 * swd)), levels(energy, None));
            format!(
                r#""swd": {distances}, "swd_r": {blurred}, "band_energy": {energies}, "precision": {share}, "recall": 0.7,
                "density": 0.95, "coverage": 0.9"#
            )
        };
        let of_encoder = |figure: &str| if kind == "gan" { "null".to_owned() } else { figure.to_owned() };
        let text = format!(
            r#"{{"model": "{kind}-{size}", "kind": "{kind}", "size": {size}, "latent_dim": 8, "faces": 50, "n": 40, "seed": 1,
            "split": "valid", "training_faces": 100,
            "reconstruction": {{"mse": {}, "psnr": {}, "ssim": {}}}, "likelihood": {{"bits_per_dim": {}}},
            "samples": {{{}, "floor": {{{}}}, "neighbour_ratio": 0.95}}}}"#,
            of_encoder("0.005"),
            of_encoder("23.0"),
            of_encoder("0.8"),
            if kind == "pca" { "6.5" } else { "null" },
            set(20.0, 0.75, 0.8),
            set(5.0, 1.0, 0.9)
        );
        serde_json::from_str(&text).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::example::evaluation;
    use super::*;

    fn row<'a>(rows: &'a [Row], key: &str) -> &'a Row {
        rows.iter().find(|row| row.figure.key == key).unwrap()
    }

    #[test]
    fn the_best_is_the_least_the_largest_or_the_nearest_to_one() {
        let mut found = [evaluation("pca", 32), evaluation("autoencoder", 32), evaluation("autoencoder", 32)];
        found[1].reconstruction.mse = Some(0.004);
        found[2].samples.figures.precision = Some(0.85);
        found[0].samples.neighbour_ratio = Some(0.5);
        found[1].samples.neighbour_ratio = Some(1.01);
        let rows = rows(&found);
        let best = |key: &str| row(&rows, key).best.clone();
        assert_eq!(["mse", "precision", "neighbour_ratio"].map(best), [[1], [2], [1]]);
        assert!(best("bits_per_dim").is_empty(), "one figure is not compared with anything");
        assert_eq!(rows.len(), FIGURES.len());
    }

    #[test]
    fn every_size_has_its_own_best() {
        let models = [("pca", 64), ("pca", 32), ("autoencoder", 64), ("gan", 32), ("pca", 16)];
        let mut found = models.map(|(kind, size)| evaluation(kind, size));
        found[1].reconstruction.mse = Some(0.001);
        found[2].reconstruction.mse = Some(0.004);
        found[3].samples.figures.coverage = Some(0.95);
        found[4].samples.figures.coverage = Some(0.99);
        let rows = rows(&found);
        assert_eq!(row(&rows, "mse").best, [2], "of 32 pixels only one has it");
        assert_eq!(row(&rows, "coverage").best, [3, 0], "of 16 pixels there is only one");
        assert!(row(&rows, "bits_per_dim").best.is_empty(), "one of each size is not compared with anything");
    }

    #[test]
    fn alone_nothing_is_best_and_what_is_not_finite_is_absent() {
        let mut found = [evaluation("pca", 32), evaluation("pca", 32)];
        assert!(rows(&found[..1]).iter().all(|row| row.best.is_empty()));
        found[0].reconstruction.mse = Some(f64::NAN);
        let rows = rows(&found);
        assert!(row(&rows, "mse").values[0].is_none() && row(&rows, "mse").best.is_empty());
    }

    #[test]
    fn figures_stand_beside_their_floor() {
        let found = [evaluation("gan", 32), evaluation("pca", 64)];
        let rows = rows(&found);
        let swd = row(&rows, "swd");
        assert_eq!((swd.values[0], swd.floors[0], swd.ratio(0)), (Some(20.0), Some(5.0), Some(4.0)));
        assert_eq!((row(&rows, "swd_r").values[1], row(&rows, "mse").ratio(1), row(&rows, "mse").values[0]), (Some(40.0), None, None));
        assert!(!share_size(&found) && share_size(&found[..1]));
        assert!(swd.figure.tooltip().ends_with("Less is better.\nThe floor is what as many training faces reach."));
    }

    #[test]
    fn levels_of_all_models_are_listed_once() {
        let found = [evaluation("gan", 32), evaluation("pca", 64)];
        assert_eq!(level_sizes(&found), [64, 32, 16]);
        assert_eq!((energy_at(&found[0], 64), energy_at(&found[0], 16)), (None, Some(0.75)));
        assert!(level_sizes(&[]).is_empty());
    }

    #[test]
    fn what_is_absent_has_a_reason() {
        let mut gan = evaluation("gan", 32);
        let why = |found: &Evaluation, key: &str| FIGURES.iter().find(|figure| figure.key == key).unwrap().why_absent(found);
        assert!(why(&gan, "ssim").contains("no encoder") && why(&gan, "bits_per_dim").contains("density"));
        assert!(why(&gan, "recall").contains("40 faces are too few"), "{}", why(&gan, "recall"));
        assert!(why(&gan, "way_back_ssim").contains("No face"));
        gan.training_faces = 0;
        assert!(why(&gan, "recall").contains("Training faces") && why(&gan, "neighbour_ratio").contains("Training faces"));
        assert!(why(&evaluation("pca", 8), "ssim").contains("8 pixels"));
        assert!(why(&evaluation("pca", 32), "bits_per_dim").contains("fewer axes"), "PCA has a density unless its axes leave nothing");
    }

    #[test]
    fn three_figures_count() {
        let shown = [0.005_071, 22.93, 119.4, 0.8, 1.0, 1234.4, 0.0, f64::INFINITY].map(three);
        assert_eq!(shown, ["0.00507", "22.9", "119", "0.800", "1.00", "1234", "0", "–"]);
        assert_eq!(three(-0.25), "−0.250");
    }
}

//! What a report shows, as plain data: figures, curves and pictures of some models.
//!
//! Owns the shapes only. Where the numbers come from is the engine's business, what is said about them that of the sentences.

use crate::data::Faces;
use crate::metrics::{Evaluation, LikelihoodCurve};
use crate::models::ModelHeader;
use crate::training::RunFacts;

/// Everything that a report shows.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportContent {
    /// The faces that the models are judged by, in a sentence.
    pub judged_by: String,
    /// Of samples, patches and directions.
    pub seed: u64,
    /// Which faces stand for real ones in the pictures.
    pub real: RealFaces,
    /// The models, in the order asked for.
    pub models: Vec<ModelContent>,
    /// Likelihood over the number of axes of a PCA.
    pub likelihood: Option<LikelihoodContent>,
    /// Errors over the number of axes of a PCA, one for each size of faces.
    pub pca_errors: Vec<PcaErrors>,
    /// What readers should know before they compare.
    pub notes: Vec<String>,
}

/// Which faces stand for real ones in the pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RealFaces {
    /// Drawn by the program: nobody's face.
    Synthetic,
    /// Those of the data.
    OfData {
        /// Under which terms.
        licence: String,
    },
}

/// One model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelContent {
    /// What it is and where it comes from.
    pub header: ModelHeader,
    /// Share of the variance along each axis.
    pub explained_variance_ratio: Vec<f32>,
    /// How many numbers it has learned.
    pub parameters: Option<usize>,
    /// How well it does.
    pub evaluation: Evaluation,
    /// What it draws.
    pub pictures: ModelPictures,
    /// What lies half way between two faces.
    pub walks: WalkFigures,
    /// How likely held-out codes are, for a model with codes of its own.
    pub codes: Option<CodeLikelihood>,
    /// How it was trained, where curves were kept.
    pub run: Option<RunFacts>,
    /// How well averages of other lengths do, by rising length; none where that was not asked, or there is no run.
    pub averages: Vec<AverageContent>,
}

/// An average of a run's weights of another length.
#[derive(Clone, Debug, PartialEq)]
pub struct AverageContent {
    /// Its relative length.
    pub length: f64,
    /// How far its profile is from that of the length, as a share of its size.
    pub residual: f64,
    /// How well it does.
    pub evaluation: Evaluation,
}

/// What a model draws. Every set has the model's own size.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelPictures {
    /// Faces, what the model makes of them, and the difference around grey; `None` for a model without an encoder.
    pub reconstructions: Option<Reconstructions>,
    /// The same of a generator, whose places for the faces were searched for; `None` where that was not asked for.
    pub inversions: Option<Reconstructions>,
    /// Samples by truncation; the same latents, scaled.
    pub samples: Vec<(f32, Faces)>,
    /// Ways between pairs of faces: the first face, the way, the second face.
    pub walks: Option<Walks>,
    /// One column for each axis, at -3, 0 and +3 sigma: row by row.
    pub axes: Option<AxisPictures>,
}

/// Faces and what a model makes of them, in the same order.
#[derive(Clone, Debug, PartialEq)]
pub struct Reconstructions {
    /// The faces.
    pub originals: Faces,
    /// What comes back.
    pub reconstructed: Faces,
    /// Twice the difference, around grey.
    pub differences: Faces,
}

/// Ways between pairs of faces.
#[derive(Clone, Debug, PartialEq)]
pub struct Walks {
    /// Row by row.
    pub faces: Faces,
    /// Faces in a row.
    pub columns: usize,
    /// For a model without an encoder: among how many samples the nearest to each end was looked for.
    pub nearest_of: Option<usize>,
}

/// Axes at -3, 0 and +3 sigma.
#[derive(Clone, Debug, PartialEq)]
pub struct AxisPictures {
    /// Three rows.
    pub faces: Faces,
    /// How many axes.
    pub axes: usize,
}

/// What lies half way between two faces, over many pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WalkFigures {
    /// How far the picture half way is from the mean of both pictures, over how far those are from it: 0 is a cross-fade.
    pub bend: Option<f64>,
    /// Finest band energy half way over that at the ends.
    pub detail: Option<f64>,
}

/// Mean log-likelihoods of held-out codes, in nats per code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CodeLikelihood {
    /// Under one Gaussian.
    pub gaussian: f64,
    /// Under a mixture.
    pub mixture: f64,
    /// Components of the mixture.
    pub components: usize,
    /// How many codes they were fitted to.
    pub training_codes: usize,
    /// How many codes were held out.
    pub held_out_codes: usize,
}

/// Likelihood over the number of axes.
#[derive(Clone, Debug, PartialEq)]
pub struct LikelihoodContent {
    /// The faces' height and width.
    pub size: usize,
    /// The curve.
    pub curve: LikelihoodCurve,
}

/// Mean squared errors of held-out faces over the number of axes, from one fit.
#[derive(Clone, Debug, PartialEq)]
pub struct PcaErrors {
    /// The faces' height and width.
    pub size: usize,
    /// K and the error, by rising K.
    pub points: Vec<(usize, f64)>,
    /// K and PSNR in dB, the mean over those faces that go there and back through every model, by rising K; empty where none do.
    pub psnr: Vec<(usize, f64)>,
    /// How many faces the axes were fitted on.
    pub training_faces: usize,
}

impl PcaErrors {
    /// The error with `axes` axes, between the points that are known.
    pub fn at(&self, axes: usize) -> Option<f64> {
        between(&self.points, axes)
    }

    /// PSNR with `axes` axes, in dB, between the points that are known.
    pub fn psnr_at(&self, axes: usize) -> Option<f64> {
        between(&self.psnr, axes)
    }

    /// The fewest axes whose error is at most `error`, of those that are known.
    pub fn axes_for(&self, error: f64) -> Option<usize> {
        self.points.iter().find(|(_, known)| *known <= error).map(|(k, _)| *k)
    }
}

/// The figure of so many axes, between the points that are known.
fn between(points: &[(usize, f64)], axes: usize) -> Option<f64> {
    let after = points.iter().position(|(k, _)| *k >= axes)?;
    let (high, figure_high) = points[after];
    if high == axes || after == 0 {
        return (high == axes).then_some(figure_high);
    }
    let (low, figure_low) = points[after - 1];
    Some(figure_low + (figure_high - figure_low) * (axes - low) as f64 / (high - low) as f64)
}

#[cfg(test)]
pub mod example {
    //! Contents to test with.

    use super::*;
    use crate::metrics::{LevelFigures, LikelihoodFigures, ReconstructionFigures, SampleFigures, SetFigures};
    use crate::models::ModelKind;

    /// A model of a kind with ordinary figures.
    pub fn model(kind: ModelKind) -> ModelContent {
        let levels = |figure: f64| LevelFigures::of([32, 16].into_iter().map(|size| (size, Some(figure))));
        let set = |swd: f64, energy: f64, share: f64| SetFigures {
            swd: levels(swd).with_mean(),
            swd_r: levels(swd).with_mean(),
            band_energy: levels(energy),
            precision: Some(share),
            recall: Some(share),
            density: Some(share),
            coverage: Some(share),
        };
        let has_encoder = kind != ModelKind::Gan;
        ModelContent {
            header: ModelHeader {
                name: format!("{}-test", kind.key()),
                kind,
                size: 32,
                latent_dim: 4,
                faces: 100,
                origin: "drawn".into(),
                licence: "free".into(),
                noise_variance: None,
                network: None,
                training: None,
            },
            explained_variance_ratio: vec![0.4, 0.2, 0.1, 0.05],
            parameters: None,
            evaluation: Evaluation {
                model: format!("{}-test", kind.key()),
                kind: kind.key().into(),
                size: 32,
                latent_dim: 4,
                faces: 50,
                n: 50,
                seed: 1,
                split: "valid".into(),
                training_faces: 100,
                reconstruction: ReconstructionFigures {
                    mse: has_encoder.then_some(0.01),
                    psnr: has_encoder.then_some(20.0),
                    ssim: has_encoder.then_some(0.7),
                },
                likelihood: LikelihoodFigures { bits_per_dim: (kind == ModelKind::Pca).then_some(4.0) },
                samples: SampleFigures { figures: set(8.0, 0.9, 0.8), floor: set(4.0, 1.0, 0.9), neighbour_ratio: Some(0.95) },
                way_back: None,
                is_kept: false,
            },
            pictures: ModelPictures::default(),
            walks: WalkFigures { bend: Some(0.3), detail: Some(0.95) },
            codes: None,
            run: None,
            averages: Vec::new(),
        }
    }

    /// An average of a length with these figures.
    pub fn average(length: f64, precision: f64, recall: f64, swd_r: f64) -> AverageContent {
        let mut evaluation = model(ModelKind::Gan).evaluation;
        let figures = &mut evaluation.samples.figures;
        (figures.precision, figures.recall) = (Some(precision), Some(recall));
        figures.swd_r = LevelFigures::of([(32, Some(swd_r))].into_iter()).with_mean();
        AverageContent { length, residual: 0.01, evaluation }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_between_known_numbers_of_axes_are_interpolated() {
        let errors =
            PcaErrors { size: 32, points: vec![(1, 0.4), (2, 0.3), (4, 0.1)], psnr: vec![(2, 20.0), (4, 24.0)], training_faces: 9 };
        assert_eq!((errors.at(1), errors.at(2), errors.at(5)), (Some(0.4), Some(0.3), None));
        assert!((errors.at(3).unwrap() - 0.2).abs() < 1e-12);
        assert_eq!((errors.psnr_at(1), errors.psnr_at(3), errors.psnr_at(5)), (None, Some(22.0), None));
        assert_eq!((errors.axes_for(0.3), errors.axes_for(0.25), errors.axes_for(0.01)), (Some(2), Some(4), None));
    }
}

//! What models of one size are measured with: the space of the training faces, the floor, and the figures of a model beside it.
//!
//! Owns which samples are drawn and what is compared with what; the figures themselves are those of [`metrics`](crate::metrics). Samples
//! are the 8-bit pictures that `facefield sample` writes for the same seed.

use super::job::Evaluate;
use super::sized::TrainingFaces;
use super::subjects::Subjects;
use super::way_back::way_back;
use crate::data::Faces;
use crate::engine::EngineError;
use crate::latent::{Latent, LatentSampler};
use crate::metrics::{
    BandDeviation, Distances, FeatureSpace, Features, TrainingNeighbours, band_deviations, band_energy, bits_per_dim_of, face_errors,
    mean_error, precision_recall, sliced_wasserstein,
};
use crate::metrics::{Evaluation, LevelFigures, LikelihoodFigures, ReconstructionFigures, SampleFigures, SetFigures, WayBackFigures};
use crate::models::{FaceModel, PlacedModel, StoredModel};
use crate::progress::{Monitor, Noted, Progress};

/// Faces decoded or encoded at a time: as many as for `facefield sample`, so that the samples are the same to the last bit.
pub const BATCH: usize = 256;
/// Faces whose median distance to the nearest training face is less, in [0, 1] units, are training faces but for rounding.
const LEAST_DISTANCE: f64 = 1e-3;

/// What models of one size are measured with. Making it takes as long as judging a model.
pub struct Yardstick<'a> {
    subjects: &'a Subjects,
    seed: u64,
    /// So many faces go there and back.
    invert: usize,
    /// The first N faces of the split.
    real: Faces,
    deviations: Vec<BandDeviation>,
    space: Option<Space>,
    floor: SetFigures,
    /// What was warned of while it was made.
    warnings: Vec<String>,
}

/// The space of the training faces.
struct Space {
    features: FeatureSpace,
    neighbours: TrainingNeighbours,
    /// Where the first N faces to judge by lie.
    real: Features,
    /// Their median distance to the nearest training face.
    unit: f64,
}

impl Space {
    fn new(training: &TrainingFaces, real: &Faces, monitor: &dyn Monitor) -> Result<Self, EngineError> {
        let features = FeatureSpace::fit(&training.cache, &training.indices, monitor)?;
        let neighbours = TrainingNeighbours::new(&features, &training.cache, &training.indices, monitor)?;
        let real = features.project(real);
        let unit = neighbours.median_distance(&real, monitor)?;
        if unit <= LEAST_DISTANCE {
            monitor.warn("most faces to judge by are training faces, so there is no neighbour ratio".into());
        }
        Ok(Self { features, neighbours, real, unit })
    }
}

impl<'a> Yardstick<'a> {
    /// Fits the space and measures the floor, for a job.
    ///
    /// # Errors
    /// [`EngineError`] where the space cannot be fitted, or the monitor cancels.
    pub fn new(subjects: &'a Subjects, job: &Evaluate, monitor: &dyn Monitor) -> Result<Self, EngineError> {
        let (cache, n) = (&subjects.cache, subjects.n);
        let monitor = Noted::new(monitor);
        let real = cache.gather(&subjects.indices[..n])?;
        let (deviations, floor) = (band_deviations(&real), SetFigures::absent(cache.size()));
        let mut yardstick =
            Self { subjects, seed: job.seed, invert: job.invert, real, deviations, space: None, floor, warnings: Vec::new() };
        if let Some(training) = subjects.training() {
            yardstick.space = Some(Space::new(training, &yardstick.real, &monitor)?);
            let faces = training.cache.gather(&training.indices[..n])?;
            yardstick.floor = yardstick.compare(&faces, yardstick.place(&faces).as_ref(), "measuring the floor", &monitor)?;
        }
        yardstick.warnings = monitor.into_warnings();
        Ok(yardstick)
    }

    /// The figures of a model, and all warnings that belong to them.
    ///
    /// # Errors
    /// [`EngineError`] where the monitor cancels.
    ///
    /// # Panics
    /// Where the model's faces have another size.
    pub fn judge(
        &self,
        placed: &PlacedModel,
        model: &dyn FaceModel,
        monitor: &dyn Monitor,
    ) -> Result<(Evaluation, Vec<String>), EngineError> {
        let monitor = Noted::new(monitor);
        let header = &placed.stored.header;
        let reconstruction = self.reconstruct(model, &monitor)?;
        let samples = draw(model, self.real.count(), self.seed, &monitor)?;
        let points = self.place(&samples);
        let figures = self.compare(&samples, points.as_ref(), "comparing", &monitor)?;
        let evaluation = Evaluation {
            model: header.name.clone(),
            kind: header.kind.key().to_owned(),
            size: header.size,
            latent_dim: header.latent_dim,
            faces: self.subjects.indices.len(),
            n: self.real.count(),
            seed: self.seed,
            split: self.subjects.split.word().to_owned(),
            training_faces: self.subjects.training_faces(),
            reconstruction,
            likelihood: self.likelihood(&placed.stored, &monitor)?,
            samples: SampleFigures {
                figures,
                floor: self.floor.clone(),
                neighbour_ratio: self.neighbour_ratio(points.as_ref(), &monitor)?,
            },
            way_back: self.way_back(placed, model, &monitor)?,
            is_kept: false,
        };
        let mut warnings = self.warnings.clone();
        warnings.extend(monitor.into_warnings());
        Ok((evaluation, warnings))
    }

    /// Of the faces of the split; a model that gives none is no reason to fail.
    fn likelihood(&self, stored: &StoredModel, monitor: &dyn Monitor) -> Result<LikelihoodFigures, EngineError> {
        let title = stored.header.title();
        match bits_per_dim_of(stored, &self.subjects.cache.gather(&self.subjects.indices)?) {
            Ok(Some(bits)) => return Ok(LikelihoodFigures { bits_per_dim: Some(bits) }),
            Ok(None) => monitor.warn(format!("{title} gives no density of pictures, so it has no likelihood")),
            Err(error) => monitor.warn(format!("{title} has no likelihood: {error}")),
        }
        Ok(LikelihoodFigures::default())
    }

    /// The mean errors of all faces of the split.
    fn reconstruct(&self, model: &dyn FaceModel, monitor: &dyn Monitor) -> Result<ReconstructionFigures, EngineError> {
        let indices = &self.subjects.indices;
        let mut errors = Vec::with_capacity(indices.len());
        for batch in indices.chunks(BATCH) {
            let originals = self.subjects.cache.gather(batch)?;
            let Some(codes) = model.encode(&originals) else {
                // What a search finds of some of them is measured by itself.
                if self.invert > 0 && model.header().kind.facts().is_inverted {
                    return Ok(ReconstructionFigures::default());
                }
                monitor.warn(format!("{} has no encoder, so it has no reconstructions to judge", model.header().title()));
                return Ok(ReconstructionFigures::default());
            };
            errors.extend(face_errors(&originals, &model.decode(&codes)));
            advance("reconstructing", errors.len(), indices.len(), monitor)?;
        }
        let mean = mean_error(&errors);
        let ssim = mean.and_then(|mean| mean.ssim);
        Ok(ReconstructionFigures { mse: mean.map(|mean| mean.mse), psnr: mean.map(|mean| mean.psnr), ssim })
    }

    /// What comes back of the first faces, if that is asked for and there is a way.
    fn way_back(&self, placed: &PlacedModel, model: &dyn FaceModel, monitor: &dyn Monitor) -> Result<Option<WayBackFigures>, EngineError> {
        let indices = &self.subjects.indices;
        let faces = self.subjects.cache.gather(&indices[..self.invert.min(indices.len())])?;
        if faces.count() == 0 { Ok(None) } else { way_back(placed, model, &faces, monitor) }
    }

    /// Where pictures lie in the space of the training faces, if there is one.
    fn place(&self, pictures: &Faces) -> Option<Features> {
        self.space.as_ref().map(|space| space.features.project(pictures))
    }

    /// Compares pictures, and where they lie, with the first N faces of the split.
    fn compare(
        &self,
        pictures: &Faces,
        points: Option<&Features>,
        stage: &'static str,
        monitor: &dyn Monitor,
    ) -> Result<SetFigures, EngineError> {
        let levels = sliced_wasserstein(&self.real, pictures, self.seed, stage, monitor)?;
        let distances =
            |of: fn(&Distances) -> f64| LevelFigures::of(levels.iter().map(|level| (level.size, Some(of(&level.distances))))).with_mean();
        let energy = band_energy(&self.deviations, &band_deviations(pictures));
        let overlap = self.space.as_ref().zip(points).and_then(|(space, points)| precision_recall(&space.real, points));
        Ok(SetFigures {
            swd: distances(|distances| distances.swd),
            swd_r: distances(|distances| distances.swd_r),
            band_energy: LevelFigures::of(energy.into_iter()),
            precision: overlap.map(|overlap| overlap.precision),
            recall: overlap.map(|overlap| overlap.recall),
            density: overlap.map(|overlap| overlap.density),
            coverage: overlap.map(|overlap| overlap.coverage),
        })
    }

    /// Absent where there is no space, or where most faces of the split are training faces themselves.
    fn neighbour_ratio(&self, points: Option<&Features>, monitor: &dyn Monitor) -> Result<Option<f64>, EngineError> {
        match self.space.as_ref().zip(points) {
            Some((space, points)) if space.unit > LEAST_DISTANCE => {
                Ok(Some(space.neighbours.median_distance(points, monitor)? / space.unit))
            }
            _ => Ok(None),
        }
    }
}

/// Samples of a model, as `facefield sample` draws them.
///
/// # Errors
/// [`EngineError::Cancelled`].
pub fn draw(model: &dyn FaceModel, count: usize, seed: u64, monitor: &dyn Monitor) -> Result<Faces, EngineError> {
    let mut sampler = LatentSampler::new(seed, 1.0);
    let mut pixels = Vec::new();
    for first in (0..count).step_by(BATCH) {
        let latents: Vec<Latent> = (first..count.min(first + BATCH)).map(|_| sampler.sample(model.frame().dim())).collect();
        pixels.extend_from_slice(model.decode_latents(&latents).pixels());
        advance("sampling", first + latents.len(), count, monitor)?;
    }
    Ok(Faces::new(model.header().size, pixels))
}

fn advance(stage: &'static str, done: usize, total: usize, monitor: &dyn Monitor) -> Result<(), EngineError> {
    monitor.report(Progress { stage, unit: "faces", done: done as u64, total: total as u64, part: None });
    Ok(monitor.ensure_wanted()?)
}

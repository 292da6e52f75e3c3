//! The job that judges models: their reconstructions of held-out faces, and their samples beside them.
//!
//! Owns which faces are compared, which figures a model lacks, and what is said about it; the figures themselves are those of
//! [`metrics`](crate::metrics). Samples are the 8-bit pictures that `facefield sample` writes for the same seed.

use std::fs;
use std::path::PathBuf;

use super::evaluation::{Evaluation, LevelFigures, LikelihoodFigures, ReconstructionFigures, SampleFigures, SetFigures};
use super::{EngineError, open_model};
use crate::backend::BackendChoice;
use crate::data::{FaceCache, Faces, SplitChoice, split};
use crate::latent::{Latent, LatentSampler};
use crate::metrics::{
    BandDeviation, Distances, FeatureSpace, Features, NEAREST, Stopped, TrainingNeighbours, WINDOW, band_deviations, band_energy,
    bits_per_dim_of, face_errors, level_sizes, mean_error, precision_recall, sliced_wasserstein,
};
use crate::models::{FaceModel, StoredModel};
use crate::progress::{Monitor, Progress};

/// Faces decoded or encoded at a time: as many as for `facefield sample`, so that the samples are the same to the last bit.
const BATCH: usize = 256;
/// Faces whose median distance to the nearest training face is less, in [0, 1] units, are training faces but for rounding.
const LEAST_DISTANCE: f64 = 1e-3;

/// Judges models.
#[derive(Clone, Debug)]
pub struct Evaluate {
    /// The models, all for faces of one size.
    pub models: Vec<StoredModel>,
    /// The face cache with the faces to judge by.
    pub data: PathBuf,
    /// Which of them; by default those marked for validation where there are any, else those for testing, else all.
    pub split: Option<SplitChoice>,
    /// The face cache with the faces that the models were trained on; by default the training faces of `data`.
    pub train: Option<PathBuf>,
    /// Of the samples, and of the patches and directions that they are compared along.
    pub seed: u64,
}

/// Why models cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// A model makes faces of another size.
    #[error(
        "the model {model} makes faces of {model_size} pixels, and those in {data} have {size}. \
         Import the pictures with --size {model_size}, or name another model",
        data = .data.display()
    )]
    Size {
        /// The model.
        model: String,
        /// The size of its faces.
        model_size: usize,
        /// The face cache.
        data: PathBuf,
        /// The size of the faces there.
        size: usize,
    },
    /// The training faces have another size than those to judge by.
    #[error("the training faces in {train} have {train_size} pixels, and those in {data} have {size}. Import both at one size",
        train = .train.display(), data = .data.display())]
    TrainingSize {
        /// The face cache with the training faces.
        train: PathBuf,
        /// Their size.
        train_size: usize,
        /// The face cache with the faces to judge by.
        data: PathBuf,
        /// The size of the faces there.
        size: usize,
    },
}

impl From<Stopped> for EngineError {
    fn from(_: Stopped) -> Self {
        Self::Cancelled
    }
}

/// Runs the job: one result for each model, in order.
///
/// # Errors
/// [`EngineError`] where a model or the faces cannot be used, or the monitor cancels.
pub fn evaluate(job: &Evaluate, monitor: &dyn Monitor) -> Result<Vec<Evaluation>, EngineError> {
    // Before anything that takes long: a model that cannot be used is known at once.
    let open = |stored: &StoredModel| open_model(stored, BackendChoice::Cpu).map(|(model, _)| model);
    let models = job.models.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let yardstick = Yardstick::new(job, monitor)?;
    job.models.iter().zip(models).map(|(stored, model)| yardstick.judge(stored, model.as_ref())).collect()
}

/// What models are measured with.
struct Yardstick<'a> {
    job: &'a Evaluate,
    monitor: &'a dyn Monitor,
    cache: FaceCache,
    split: SplitChoice,
    /// The faces of the split.
    indices: Vec<usize>,
    training_faces: usize,
    /// The first N faces of the split.
    real: Faces,
    deviations: Vec<BandDeviation>,
    space: Option<Space>,
    floor: SetFigures,
}

/// Faces that models were trained on.
struct TrainingFaces {
    cache: FaceCache,
    indices: Vec<usize>,
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
    fn new(job: &'a Evaluate, monitor: &'a dyn Monitor) -> Result<Self, EngineError> {
        let cache = FaceCache::open(&job.data)?;
        let split = job.split.unwrap_or_else(|| default_split(cache.marks()));
        let indices = cache.select(split)?;
        ensure_sizes(job, &cache)?;
        let training = training_faces(job, &cache, &indices, monitor)?;
        let training_faces = training.as_ref().map_or(0, |training| training.indices.len());
        let n = if training.is_some() { indices.len().min(training_faces) } else { indices.len() };
        warn_of_small(cache.size(), n, monitor);
        let real = cache.gather(&indices[..n]);
        let (deviations, floor) = (band_deviations(&real), SetFigures::absent(cache.size()));
        let mut yardstick = Self { job, monitor, cache, split, indices, training_faces, real, deviations, space: None, floor };
        if let Some(training) = training {
            yardstick.space = Some(Space::new(&training, &yardstick.real, monitor)?);
            let faces = training.cache.gather(&training.indices[..n]);
            yardstick.floor = yardstick.compare(&faces, yardstick.place(&faces).as_ref(), "measuring the floor")?;
        }
        Ok(yardstick)
    }

    fn judge(&self, stored: &StoredModel, model: &dyn FaceModel) -> Result<Evaluation, EngineError> {
        let reconstruction = self.reconstruct(model)?;
        let samples = draw(model, self.real.count(), self.job.seed, self.monitor)?;
        let points = self.place(&samples);
        let figures = self.compare(&samples, points.as_ref(), "comparing")?;
        Ok(Evaluation {
            model: stored.header.name.clone(),
            kind: stored.header.kind.key(),
            latent_dim: stored.header.latent_dim,
            faces: self.indices.len(),
            n: self.real.count(),
            seed: self.job.seed,
            split: self.split.word(),
            training_faces: self.training_faces,
            reconstruction,
            likelihood: self.likelihood(stored),
            samples: SampleFigures { figures, floor: self.floor.clone(), neighbour_ratio: self.neighbour_ratio(points.as_ref())? },
        })
    }

    /// Of the faces of the split; a model that gives none is no reason to fail.
    fn likelihood(&self, stored: &StoredModel) -> LikelihoodFigures {
        let title = stored.header.title();
        match bits_per_dim_of(stored, &self.cache.gather(&self.indices)) {
            Ok(Some(bits)) => return LikelihoodFigures { bits_per_dim: Some(bits) },
            Ok(None) => self.monitor.warn(format!("{title} gives no density of pictures, so it has no likelihood")),
            Err(error) => self.monitor.warn(format!("{title} has no likelihood: {error}")),
        }
        LikelihoodFigures::default()
    }

    /// The mean errors of all faces of the split.
    fn reconstruct(&self, model: &dyn FaceModel) -> Result<ReconstructionFigures, EngineError> {
        let mut errors = Vec::with_capacity(self.indices.len());
        for batch in self.indices.chunks(BATCH) {
            let originals = self.cache.gather(batch);
            let Some(codes) = model.encode(&originals) else {
                self.monitor.warn(format!("{} has no encoder, so it has no reconstructions to judge", model.header().title()));
                return Ok(ReconstructionFigures::default());
            };
            errors.extend(face_errors(&originals, &model.decode(&codes)));
            advance("reconstructing", errors.len(), self.indices.len(), self.monitor)?;
        }
        let mean = mean_error(&errors);
        let ssim = mean.and_then(|mean| mean.ssim);
        Ok(ReconstructionFigures { mse: mean.map(|mean| mean.mse), psnr: mean.map(|mean| mean.psnr), ssim })
    }

    /// Where pictures lie in the space of the training faces, if there is one.
    fn place(&self, pictures: &Faces) -> Option<Features> {
        self.space.as_ref().map(|space| space.features.project(pictures))
    }

    /// Compares pictures, and where they lie, with the first N faces of the split.
    fn compare(&self, pictures: &Faces, points: Option<&Features>, stage: &'static str) -> Result<SetFigures, EngineError> {
        let levels = sliced_wasserstein(&self.real, pictures, self.job.seed, stage, self.monitor)?;
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
    fn neighbour_ratio(&self, points: Option<&Features>) -> Result<Option<f64>, EngineError> {
        match self.space.as_ref().zip(points) {
            Some((space, points)) if space.unit > LEAST_DISTANCE => {
                Ok(Some(space.neighbours.median_distance(points, self.monitor)? / space.unit))
            }
            _ => Ok(None),
        }
    }
}

/// Samples of a model, as `facefield sample` draws them.
fn draw(model: &dyn FaceModel, count: usize, seed: u64, monitor: &dyn Monitor) -> Result<Faces, EngineError> {
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
    monitor.report(Progress { stage, unit: "faces", done: done as u64, total: total as u64 });
    if monitor.cancelled() { Err(EngineError::Cancelled) } else { Ok(()) }
}

pub(super) fn default_split(marks: &[u8]) -> SplitChoice {
    match marks {
        marks if marks.contains(&split::VALID) => SplitChoice::Valid,
        marks if marks.contains(&split::TEST) => SplitChoice::Test,
        _ => SplitChoice::All,
    }
}

fn ensure_sizes(job: &Evaluate, cache: &FaceCache) -> Result<(), EvaluateError> {
    match job.models.iter().map(|stored| &stored.header).find(|header| header.size != cache.size()) {
        None => Ok(()),
        Some(header) => {
            let (model, data) = (header.name.clone(), job.data.clone());
            Err(EvaluateError::Size { model, model_size: header.size, data, size: cache.size() })
        }
    }
}

/// The faces that the models were trained on; none, and a warning, where there are fewer than two.
fn training_faces(
    job: &Evaluate,
    data: &FaceCache,
    evaluated: &[usize],
    monitor: &dyn Monitor,
) -> Result<Option<TrainingFaces>, EngineError> {
    let path = job.train.as_ref().unwrap_or(&job.data);
    let cache = FaceCache::open(path)?;
    if cache.size() != data.size() {
        let (train, train_size) = (path.clone(), cache.size());
        return Err(EvaluateError::TrainingSize { train, train_size, data: job.data.clone(), size: data.size() }.into());
    }
    // Whoever names a cache means its faces, also where none is marked.
    let choice = if job.train.is_some() { SplitChoice::default_for_fitting(cache.marks()) } else { SplitChoice::Train };
    let indices: Vec<usize> = (0..cache.count()).filter(|index| choice.takes(cache.marks()[*index])).collect();
    if indices.len() < 2 {
        monitor.warn(format!(
            "{} holds {} training faces, so there is no floor, no precision, recall, density and coverage, and no neighbour ratio; \
             name the faces that the models were trained on with --train",
            path.display(),
            indices.len()
        ));
        return Ok(None);
    }
    let same = fs::canonicalize(path).is_ok_and(|path| fs::canonicalize(&job.data).is_ok_and(|data| data == path));
    let shared = evaluated.iter().filter(|index| same && indices.binary_search(index).is_ok()).count();
    if shared > 0 {
        monitor.warn(format!(
            "{shared} of the {} faces to judge by are training faces, so floor and neighbour ratio say little; choose another --split",
            evaluated.len()
        ));
    }
    Ok(Some(TrainingFaces { cache, indices }))
}

/// Says which figures small faces and few faces do not have.
fn warn_of_small(size: usize, n: usize, monitor: &dyn Monitor) {
    if size < WINDOW {
        monitor.warn(format!("faces of {size} pixels are too small for SSIM, which needs {WINDOW}"));
    }
    if level_sizes(size).is_empty() {
        monitor.warn(format!("faces of {size} pixels have no Laplacian pyramid down to 16 pixels, so no SWD, SWD-R and band energy"));
    }
    if n <= NEAREST {
        monitor.warn(format!("{n} faces are too few for precision, recall, density and coverage, which need more than {NEAREST}"));
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::backend::Cpu;
    use crate::data::{CacheInfo, CacheWriter, FaceRecord, synth};
    use crate::engine::{Components, FitPca, Job, run_job};
    use crate::latent::LatentFrame;
    use crate::models::gan::{GanConfig, Generator};
    use crate::models::layers::store_parameters;
    use crate::models::{ModelKind, NetworkConfig, Precision, Weights};
    use crate::progress::{CancelFlag, Silent};

    /// Keeps what it is warned of, and stops at a stage.
    #[derive(Default)]
    struct Listener {
        warnings: Mutex<Vec<String>>,
        stop_at: Option<&'static str>,
        cancel: CancelFlag,
    }

    impl Monitor for Listener {
        fn report(&self, progress: Progress) {
            if self.stop_at == Some(progress.stage) {
                self.cancel.raise();
            }
        }
        fn warn(&self, message: String) {
            self.warnings.lock().unwrap().push(message);
        }
        fn cancelled(&self) -> bool {
            self.cancel.is_raised()
        }
    }

    /// 160 synthetic faces of 16 pixels (144 for training, 8 for validation), and a PCA with 8 axes of them.
    fn faces_and_model(place: &Path) -> (PathBuf, StoredModel) {
        let (data, out) = (place.join("faces.safetensors"), place.join("model"));
        synth::write_cache(160, 7, 16, &data, &Silent).unwrap();
        let fit = FitPca {
            data: data.clone(),
            components: Components::Count(8),
            split: None,
            out: out.clone(),
            precision: Precision::Single,
            origin: None,
            licence: None,
        };
        run_job(&Job::FitPca(fit), &Silent).unwrap();
        (data, StoredModel::open(&out).unwrap())
    }

    /// A generator that has learned nothing, in the place of a PCA.
    fn gan(mut stored: StoredModel) -> StoredModel {
        let config = GanConfig { size: 16, widths: vec![8, 6, 4], latent_dim: 8, minibatch_deviation: false };
        let mut generator = Weights::default();
        store_parameters(&Generator::<Cpu>::new(&config, 1, &Default::default()), Precision::Single, &mut generator);
        let mut weights = Weights::default();
        weights.extend("generator.", generator);
        stored.header.kind = ModelKind::Gan;
        stored.header.network = Some(NetworkConfig::Gan(config));
        stored.frame = LatentFrame::diagonal(vec![1.0; 8], vec![0.125; 8]).unwrap();
        stored.weights = Arc::new(weights);
        stored
    }

    fn job(models: Vec<StoredModel>, data: &Path) -> Evaluate {
        Evaluate { models, data: data.to_path_buf(), split: None, train: None, seed: 3 }
    }

    #[test]
    fn every_model_has_its_figures_and_the_same_floor() {
        let place = tempfile::tempdir().unwrap();
        let (data, pca) = faces_and_model(place.path());
        let listener = Listener::default();
        let found = evaluate(&job(vec![pca.clone(), gan(pca)], &data), &listener).unwrap();
        let [pca, gan] = &found[..] else { panic!("one result for each model, in order") };
        assert_eq!((pca.kind, pca.faces, pca.n, pca.split, pca.training_faces), ("pca", 8, 8, "valid", 144));
        assert_eq!((gan.kind, gan.seed, &gan.samples.floor), ("gan", 3, &pca.samples.floor));
        let (mse, psnr, ssim) = (pca.reconstruction.mse.unwrap(), pca.reconstruction.psnr.unwrap(), pca.reconstruction.ssim.unwrap());
        assert!(mse < 0.03 && psnr > 15.0 && ssim > 0.3 && ssim < 1.0, "{:?}", pca.reconstruction);
        assert_eq!(gan.reconstruction, ReconstructionFigures::default());
        assert!(listener.warnings.lock().unwrap().iter().any(|warning| warning.contains("no encoder")));
        for evaluation in &found {
            let samples = &evaluation.samples;
            for figures in [&samples.figures, &samples.floor] {
                let levels = [&figures.swd, &figures.swd_r, &figures.band_energy].into_iter().flat_map(LevelFigures::iter);
                assert!(levels.map(|(_, figure)| figure.unwrap()).all(f64::is_finite), "{figures:?}");
                assert!(figures.coverage.is_some_and(|share| (0.0..=1.0).contains(&share)), "{figures:?}");
            }
            assert!(samples.neighbour_ratio.is_some_and(|ratio| ratio > 0.1), "{samples:?}");
        }
    }

    #[test]
    fn a_seed_means_the_same_figures_and_samples_in_batches_are_the_same() {
        let place = tempfile::tempdir().unwrap();
        let (data, pca) = faces_and_model(place.path());
        let evaluate = |seed: u64| evaluate(&Evaluate { seed, ..job(vec![pca.clone()], &data) }, &Silent).unwrap();
        assert_eq!(evaluate(1), evaluate(1));
        assert_ne!(evaluate(1), evaluate(2));
        let (model, _) = open_model(&pca, BackendChoice::Cpu).unwrap();
        let mut sampler = LatentSampler::new(5, 1.0);
        let latents: Vec<Latent> = (0..BATCH + 20).map(|_| sampler.sample(8)).collect();
        assert_eq!(draw(model.as_ref(), BATCH + 20, 5, &Silent).unwrap(), model.decode_latents(&latents));
    }

    #[test]
    fn faces_that_lack_are_named_and_their_figures_absent() {
        let place = tempfile::tempdir().unwrap();
        let (data, pca) = faces_and_model(place.path());
        let unmarked = place.path().join("unmarked.safetensors");
        let mut writer = CacheWriter::create(&unmarked, 16, CacheInfo::default(), ["a", "b", "c"].into_iter()).unwrap();
        let record = |name: &str| FaceRecord { name: name.into(), split: split::NONE, ..FaceRecord::default() };
        let pixels: Vec<u8> = (0..3).flat_map(|index| synth::FaceFactors::random(99, index).draw(16)).collect();
        writer.push(&pixels, ["a", "b", "c"].map(record)).unwrap();
        writer.finish().unwrap();
        let run = |job: &Evaluate| {
            let listener = Listener::default();
            let found = evaluate(job, &listener).unwrap().remove(0);
            (found, listener.warnings.into_inner().unwrap().join("\n"))
        };
        let alone = job(vec![pca], &unmarked);
        let (found, warnings) = run(&alone);
        assert_eq!((found.faces, found.n, found.split, found.training_faces), (3, 3, "all", 0));
        assert_eq!((&found.samples.floor, found.samples.neighbour_ratio), (&SetFigures::absent(16), None));
        assert!(found.samples.figures.swd.iter().all(|(_, figure)| figure.is_some()), "{found:?}");
        assert!(warnings.contains("--train") && warnings.contains("too few for precision"), "{warnings}");
        let (found, _) = run(&Evaluate { train: Some(data.clone()), ..alone.clone() });
        assert!((found.n, found.training_faces) == (3, 144) && found.samples.neighbour_ratio.is_some(), "{found:?}");
        let (found, warnings) = run(&Evaluate { data, split: Some(SplitChoice::Train), ..alone });
        assert!(warnings.contains("144 of the 144") && warnings.contains("no neighbour ratio"), "{warnings}");
        assert_eq!((found.n, found.samples.neighbour_ratio), (144, None));
    }

    #[test]
    fn bad_input_is_named_and_the_user_can_stop() {
        let place = tempfile::tempdir().unwrap();
        let (data, pca) = faces_and_model(place.path());
        let larger = place.path().join("larger.safetensors");
        synth::write_cache(20, 1, 32, &larger, &Silent).unwrap();
        let message = |job: Evaluate| evaluate(&job, &Silent).unwrap_err().to_string();
        let good = || job(vec![pca.clone()], &data);
        let message_of_size = message(job(vec![pca.clone()], &larger));
        assert!(message_of_size.contains("--size 16") && message_of_size.contains("larger.safetensors"), "{message_of_size}");
        assert!(message(Evaluate { train: Some(larger), ..good() }).contains("at one size"));
        assert!(message(Evaluate { data: place.path().join("nowhere"), ..good() }).contains("nowhere"));
        let few = place.path().join("few.safetensors");
        synth::write_cache(4, 1, 16, &few, &Silent).unwrap();
        let message_of_split = message(Evaluate { split: Some(SplitChoice::Valid), data: few, ..good() });
        assert!(message_of_split.contains("no faces of the split `valid`"), "{message_of_split}");
        for stage in ["fitting", "measuring the floor", "reconstructing", "sampling", "comparing"] {
            let listener = Listener { stop_at: Some(stage), ..Listener::default() };
            assert!(evaluate(&good(), &listener).is_err(), "stopped at {stage}");
        }
    }

    #[test]
    fn the_split_to_judge_by_is_one_that_was_held_out() {
        assert_eq!(default_split(&[split::TRAIN, split::TEST, split::VALID]), SplitChoice::Valid);
        assert_eq!(default_split(&[split::TRAIN, split::TEST]), SplitChoice::Test);
        assert_eq!(default_split(&[split::TRAIN, split::NONE]), SplitChoice::All);
    }
}

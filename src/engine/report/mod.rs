//! The job that compares models in one HTML file.
//!
//! Owns which figures, curves and pictures a report has; how they look and what is said about them is the business of
//! [`report`](crate::report). Models may be of different sizes: each is judged by the faces at its own, resized where they are larger.

mod averages;
mod curves;
mod pictures;

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;

use self::averages::judge_averages;
use self::curves::{code_likelihood, likelihood_of, pca_errors};
use self::pictures::{Scene, draw_pictures, inversions, walk_figures};
use super::evaluate::{Candidate, SizedFaces, ToldOnce, by_size, default_split, ensure_sizes, judge_by, stages_of, titles_of};
use super::{EngineError, Evaluate};
use crate::data::{DataError, FaceCache};
use crate::files::{OutputFile, Replace, same_file, write_output};
use crate::models::{Density, ModelError, NetworkConfig, PlacedModel};
use crate::progress::{Monitor, Progress, Staged};
use crate::report::{self, LikelihoodContent, ModelContent, ModelPictures, RealFaces, ReportContent};
use crate::training::{RunFacts, run_kept_in};

/// Where a model folder keeps the run that made it.
const RESUME: &str = "resume";
/// The likelihood curve is measured on faces of at most so many pixels: at more, fits of many axes take minutes.
const LIKELIHOOD_SIZE: usize = 32;

/// What a report takes beside judging: drawing, two fits and their errors.
const OF_A_REPORT: usize = 4;

/// Compares models in one HTML file.
#[derive(Clone, Debug)]
pub struct WriteReport {
    /// The models, in the order of the report. Where one has a folder, the curves of its training may stand there.
    pub models: Vec<PlacedModel>,
    /// The face cache with the faces to judge by.
    pub data: PathBuf,
    /// The face cache with the faces that the models were trained on; by default the training faces of `data`.
    pub train: Option<PathBuf>,
    /// Of samples, patches and directions.
    pub seed: u64,
    /// Whether faces of the data stand for real ones in the pictures, instead of synthetic faces.
    pub with_faces: bool,
    /// Whether averages of other lengths are judged of models that are runs: each takes as long as a model.
    pub lengths: bool,
    /// The file to write.
    pub out: PathBuf,
    /// What it may take the place of.
    pub replace: Replace,
    /// Whether figures that the models' folders keep are taken from there.
    pub reuse: bool,
    /// So many faces go there and back through every model; 0 leaves that out.
    pub invert: usize,
}

/// What was written.
#[derive(Clone, Debug, Serialize)]
pub struct ReportSummary {
    /// The models' names.
    pub models: Vec<String>,
    /// The length of the file.
    pub bytes: usize,
    /// How long it took.
    pub seconds: f64,
    /// The file.
    pub path: PathBuf,
}

/// Runs the job.
///
/// # Errors
/// [`EngineError`] where a model, the faces or the output cannot be used, or the monitor cancels; nothing is written then.
pub fn write_report(job: &WriteReport, monitor: &dyn Monitor) -> Result<ReportSummary, EngineError> {
    let start = Instant::now();
    let output = OutputFile { path: &job.out, replace: job.replace };
    if let Some(source) = [Some(&job.data), job.train.as_ref()].into_iter().flatten().find(|source| same_file(source, &job.out)) {
        return Err(DataError::OutputIsSource { path: source.clone() }.into());
    }
    report::REPORT.ensure_replaceable(output).map_err(ModelError::from)?;
    let content = content(job, monitor)?;
    monitor.ensure_wanted()?;
    let page = report::html(&content);
    write_output(output, report::REPORT, page.as_bytes()).map_err(ModelError::from)?;
    let models = content.models.into_iter().map(|model| model.header.name).collect();
    Ok(ReportSummary { models, bytes: page.len(), seconds: start.elapsed().as_secs_f64(), path: job.out.clone() })
}

fn content(job: &WriteReport, monitor: &dyn Monitor) -> Result<ReportContent, EngineError> {
    // Before anything that takes long: what cannot be used is known at once.
    ensure_sizes(&job.models, &job.data, job.train.as_deref(), true)?;
    let candidates = Candidate::open_all(&job.models)?;
    let staged = Staged::new(monitor, stages_of(&job.models, job.invert) + OF_A_REPORT);
    let monitor: &dyn Monitor = &ToldOnce::new(&staged, titles_of(&candidates));
    let mut models: Vec<Option<ModelContent>> = candidates.iter().map(|_| None).collect();
    let (mut errors, mut likelihood, mut notes) = (Vec::new(), None, Vec::new());
    for (size, places) in by_size(&job.models) {
        let faces = SizedFaces::new(&job.data, job.train.as_deref(), size, monitor)?;
        let of_size: Vec<&Candidate<'_>> = places.iter().map(|at| &candidates[*at]).collect();
        for (at, model) in places.iter().zip(judge(job, &of_size, &faces, monitor)?) {
            models[*at] = Some(model);
        }
        let is_only_size = of_size.len() == candidates.len();
        errors.extend(if compares_with_pca(&of_size, is_only_size) { pca_errors(&faces, job.invert, monitor)? } else { None });
        if faces.is_resized() {
            notes.push(format!("Models of {size}x{size} pixels are judged by the same faces, resized to that."));
        }
    }
    if job.lengths && models.iter().flatten().all(|model| model.averages.is_empty()) {
        monitor.warn("none of the models is a run that keeps averages which can be used, so there are none of other lengths".into());
    }
    let cache = FaceCache::open(&job.data)?;
    let curve_size = LIKELIHOOD_SIZE.min(cache.size());
    if job.models.iter().any(|model| model.stored.header.kind.facts().density == Density::Pictures) {
        let faces = SizedFaces::new(&job.data, job.train.as_deref(), curve_size, monitor)?;
        likelihood = likelihood_of(&faces, job.seed, monitor)?.map(|curve| LikelihoodContent { size: curve_size, curve });
    }
    Ok(ReportContent {
        judged_by: judged_by(&cache)?,
        seed: job.seed,
        real: real_faces(job, &cache),
        models: models.into_iter().flatten().collect(),
        likelihood,
        pca_errors: errors,
        notes,
    })
}

/// Whether errors over the number of axes say something about models of a size: beside an autoencoder, or where all have the same size.
fn compares_with_pca(of_size: &[&Candidate<'_>], is_only_size: bool) -> bool {
    let mut facts = of_size.iter().map(|candidate| candidate.header().kind.facts());
    facts.any(|facts| facts.has_encoder && (is_only_size || !facts.is_linear))
}

/// Models of one size, in order.
fn judge(
    job: &WriteReport,
    of_size: &[&Candidate<'_>],
    faces: &SizedFaces,
    monitor: &dyn Monitor,
) -> Result<Vec<ModelContent>, EngineError> {
    let found = judge_by(&evaluation_of(job), of_size, faces, monitor)?;
    let cache = FaceCache::open(faces.data())?;
    let indices = cache.select(default_split(cache.marks()))?;
    let scene = Scene::new(&cache, &indices, job.seed, job.with_faces)?;
    let mut models = Vec::new();
    for ((done, candidate), evaluation) in of_size.iter().enumerate().zip(found) {
        monitor.report(Progress { stage: "drawing", unit: "models", done: done as u64, total: of_size.len() as u64, part: None });
        monitor.ensure_wanted()?;
        let Candidate { of, model, .. } = candidate;
        let inversions = if job.invert > 0 { inversions(of, model.as_ref(), &scene, monitor)? } else { None };
        models.push(ModelContent {
            header: of.stored.header.clone(),
            explained_variance_ratio: of.stored.frame.explained_variance_ratio().to_vec(),
            parameters: of.stored.header.network.as_ref().map(NetworkConfig::parameters),
            evaluation,
            pictures: ModelPictures { inversions, ..draw_pictures(model.as_ref(), &scene) },
            walks: walk_figures(model.as_ref(), &cache, &indices, job.seed)?,
            codes: code_likelihood(model.as_ref(), faces, &indices, job.seed, monitor)?,
            run: of.folder.as_deref().and_then(run_of),
            averages: match of.folder.as_deref().filter(|_| job.lengths) {
                Some(folder) => judge_averages(&evaluation_of(job), candidate, &run_places(folder), faces, monitor)?,
                None => Vec::new(),
            },
        });
    }
    Ok(models)
}

/// How the models of a report are judged.
fn evaluation_of(job: &WriteReport) -> Evaluate {
    Evaluate {
        models: job.models.clone(),
        data: job.data.clone(),
        split: None,
        train: job.train.clone(),
        seed: job.seed,
        resize: true,
        reuse: job.reuse,
        invert: job.invert,
    }
}

/// The run that a folder is or keeps; `None` where there are no curves.
fn run_of(folder: &Path) -> Option<RunFacts> {
    let found = |place: &PathBuf| Some(run_kept_in(place)).filter(|run| !run.curves.points.is_empty());
    run_places(folder).iter().find_map(found)
}

/// Where the run of a model folder may stand.
fn run_places(folder: &Path) -> [PathBuf; 2] {
    [folder.to_path_buf(), folder.join(RESUME)]
}

fn judged_by(cache: &FaceCache) -> Result<String, EngineError> {
    let split = default_split(cache.marks());
    Ok(super::fit_pca::origin(cache, split, cache.select(split)?.len()))
}

fn real_faces(job: &WriteReport, cache: &FaceCache) -> RealFaces {
    if !job.with_faces {
        return RealFaces::Synthetic;
    }
    let is_celeba = |text: &str| text.to_lowercase().contains("celeba");
    let headers = || job.models.iter().map(|model| &model.stored.header);
    let from_celeba = cache.info().sources.iter().any(|source| is_celeba(source)) || headers().any(|header| is_celeba(&header.origin));
    let licence = if from_celeba {
        "CelebA's pictures are for non-commercial research only and must not be copied, published or passed on: keep this file to yourself."
    } else {
        "Its pictures come under the terms of their source: see whether they allow that this file is passed on."
    };
    RealFaces::OfData { licence: licence.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::data::synth;
    use crate::engine::{Components, FitPca, Job, run_job};
    use crate::models::{FIGURES, Precision, StoredModel};
    use crate::progress::Silent;
    use crate::training::CURVES;

    fn faces_and_model(place: &Path, size: usize) -> (PathBuf, PlacedModel) {
        let (data, out) = (place.join(format!("faces{size}.safetensors")), place.join(format!("pca-{size}")));
        synth::write_cache(160, 7, size, &data, &Silent).unwrap();
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
        (data, PlacedModel { stored: StoredModel::open(&out).unwrap(), folder: Some(out) })
    }

    #[test]
    fn models_of_two_sizes_come_into_one_report() {
        let place = tempfile::tempdir().unwrap();
        let (data, large) = faces_and_model(place.path(), 32);
        let (_, small) = faces_and_model(place.path(), 16);
        let folder = small.folder.clone().unwrap().join(RESUME);
        fs::create_dir(&folder).unwrap();
        let head = "step,images,seconds,images_per_second,learning_rate,batch,mse,held_out_mse";
        let curves = format!("{head}\n1,32,1,1,0.1,32,0.5,0.4\n2,64,2,1,0.1,32,0.3,0.2\n");
        fs::write(folder.join(CURVES), curves).unwrap();
        let out = place.path().join("report.html");
        let models = vec![large, small];
        let job = WriteReport {
            models,
            data,
            train: None,
            seed: 1,
            with_faces: false,
            lengths: false,
            out: out.clone(),
            replace: Replace::Own,
            reuse: true,
            invert: 4,
        };
        let summary = write_report(&job, &Silent).unwrap();
        assert_eq!(summary.models, ["pca-32", "pca-16"]);
        let page = fs::read_to_string(&out).unwrap();
        for part in ["16x16 pixels", "resized to that", "Likelihood", "Between two faces", "How they learned", "nobody"] {
            assert!(page.contains(part), "{part}");
        }
        assert!(job.models.iter().all(|model| model.folder.as_ref().is_some_and(|folder| folder.join(FIGURES).is_file())));
        let found = content(&job, &Silent).unwrap();
        let anew = content(&WriteReport { reuse: false, ..job.clone() }, &Silent).unwrap();
        let mut kept = found.models.clone();
        for model in &mut kept {
            assert!(std::mem::take(&mut model.evaluation.is_kept), "{}", model.header.name);
        }
        assert_eq!(anew.models, kept, "kept figures are those that were computed");
        assert!(found.models[0].walks.bend.unwrap() < 0.1, "PCA superposes: {:?}", found.models[0].walks);
        assert!(found.models[1].run.is_some() && found.models[0].run.is_none());
        assert_eq!(write_report(&job, &Silent).unwrap().bytes, page.len(), "a report is replaced by another one");
        fs::write(&out, "mine").unwrap();
        assert!(write_report(&job, &Silent).unwrap_err().to_string().contains("is not a report"));
    }
}

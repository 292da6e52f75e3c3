//! What judging gives, what it refuses, and that nothing is computed twice.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::yardstick::{BATCH, draw};
use super::*;
use crate::backend::Cpu;
use crate::data::{CacheInfo, CacheWriter, FaceRecord, SplitChoice, split, synth};
use crate::engine::{Components, FitInverter, FitPca, Job, run_job};
use crate::latent::{Latent, LatentFrame, LatentSampler};
use crate::metrics::{LevelFigures, ReconstructionFigures, SetFigures};
use crate::models::gan::{GanConfig, Generator};
use crate::models::layers::store_parameters;
use crate::models::{FIGURES, ModelKind, NetworkConfig, Precision, StoredModel, Weights};
use crate::progress::{CancelFlag, Progress, Silent};
use crate::training::InverterPlan;

/// Keeps what it is told, and stops at a stage.
#[derive(Default)]
struct Listener {
    warnings: Mutex<Vec<String>>,
    stages: Mutex<Vec<&'static str>>,
    /// The shares of the whole that it is told.
    shares: Mutex<Vec<f64>>,
    stop_at: Option<&'static str>,
    cancel: CancelFlag,
}

impl Monitor for Listener {
    fn report(&self, progress: Progress) {
        self.stages.lock().unwrap().push(progress.stage);
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
    fn stand_at(&self, share: f64) {
        self.shares.lock().unwrap().push(share);
    }
}

#[test]
fn of_an_evaluation_as_a_whole_progress_never_goes_back() {
    let place = tempfile::tempdir().unwrap();
    let (data, model) = faces_and_model(place.path());
    let other = gan(PlacedModel { folder: None, ..model.clone() });
    let job = Evaluate { models: vec![model, other], data, split: None, train: None, seed: 1, resize: true, reuse: false, invert: 0 };
    let listener = Listener::default();
    evaluate(&job, &listener).unwrap();
    let (shares, stages) = (listener.shares.into_inner().unwrap(), listener.stages.into_inner().unwrap());
    let begun = 1 + stages.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!(shares.len() == stages.len() && shares.is_sorted() && begun > 4, "{stages:?}: {shares:?}");
    let last = *shares.last().unwrap();
    assert!((0.9..=1.0).contains(&last), "all stages are known of before: {stages:?}: {last}");
}

/// Results, warnings and stages.
fn run(job: &Evaluate) -> (Vec<Evaluation>, Vec<String>, Vec<&'static str>) {
    let listener = Listener::default();
    let found = evaluate(job, &listener).unwrap();
    (found, listener.warnings.into_inner().unwrap(), listener.stages.into_inner().unwrap())
}

/// 160 synthetic faces (144 for training, 8 for validation, 8 for testing), and a PCA with 8 axes of them.
fn faces_and_model_of(place: &Path, size: usize) -> (PathBuf, PlacedModel) {
    let (data, out) = (place.join(format!("faces{size}.safetensors")), place.join(format!("model{size}")));
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

/// Those of 16 pixels.
fn faces_and_model(place: &Path) -> (PathBuf, PlacedModel) {
    faces_and_model_of(place, 16)
}

/// A generator that has learned nothing, in the place of a PCA; without a folder.
fn gan(placed: PlacedModel) -> PlacedModel {
    let mut stored = placed.stored;
    let config = GanConfig { size: 16, widths: vec![8, 6, 4], latent_dim: 8, ..GanConfig::default() };
    let mut generator = Weights::default();
    store_parameters(&Generator::<Cpu>::new(&config, 1, &Default::default()), Precision::Single, &mut generator);
    let mut weights = Weights::default();
    weights.extend("generator.", generator);
    stored.header.kind = ModelKind::Gan;
    stored.header.network = Some(NetworkConfig::Gan(config));
    stored.frame = LatentFrame::diagonal(vec![1.0; 8], vec![0.125; 8]).unwrap();
    stored.weights = Arc::new(weights);
    PlacedModel { stored, folder: None }
}

fn job(models: Vec<PlacedModel>, data: &Path) -> Evaluate {
    Evaluate { models, data: data.to_path_buf(), split: None, train: None, seed: 3, resize: false, reuse: false, invert: 0 }
}

/// The same, with figures that were kept.
fn reusing(models: Vec<PlacedModel>, data: &Path) -> Evaluate {
    Evaluate { reuse: true, ..job(models, data) }
}

/// The figures alone, wherever they come from.
fn figures(found: &[Evaluation]) -> Vec<Evaluation> {
    found.iter().map(|found| Evaluation { is_kept: false, ..found.clone() }).collect()
}

#[test]
fn every_model_has_its_figures_and_the_same_floor() {
    let place = tempfile::tempdir().unwrap();
    let (data, pca) = faces_and_model(place.path());
    let (found, warnings, _) = run(&job(vec![pca.clone(), gan(pca)], &data));
    let [pca, gan] = &found[..] else { panic!("one result for each model, in order") };
    assert_eq!((pca.kind.as_str(), pca.size, pca.faces, pca.n), ("pca", 16, 8, 8));
    assert_eq!((pca.split.as_str(), pca.training_faces), ("valid", 144));
    assert_eq!((gan.kind.as_str(), gan.seed, &gan.samples.floor), ("gan", 3, &pca.samples.floor));
    let (mse, psnr, ssim) = (pca.reconstruction.mse.unwrap(), pca.reconstruction.psnr.unwrap(), pca.reconstruction.ssim.unwrap());
    assert!(mse < 0.03 && psnr > 15.0 && ssim > 0.3 && ssim < 1.0, "{:?}", pca.reconstruction);
    assert_eq!(gan.reconstruction, ReconstructionFigures::default());
    assert!(warnings.iter().any(|warning| warning.contains("no encoder")));
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
fn faces_go_there_and_back_through_every_model() {
    let place = tempfile::tempdir().unwrap();
    let (data, pca) = faces_and_model(place.path());
    let gan = PlacedModel { folder: Some(place.path().to_path_buf()), ..gan(pca.clone()) };
    // So that none is trained at length, and kept in the cache of whoever runs this.
    let plan = InverterPlan { images: 64, ..InverterPlan::default() };
    run_job(&Job::FitInverter(Box::new(FitInverter { model: gan.clone(), data: None, plan })), &Silent).unwrap();
    let asked = Evaluate { invert: 3, ..job(vec![pca, gan], &data) };
    let (found, warnings, _) = run(&asked);
    let [pca, gan] = [0, 1].map(|at| found[at].way_back.clone().unwrap());
    assert_eq!((pca.faces, pca.is_inversion, gan.faces, gan.is_inversion), (3, false, 3, true));
    assert!(pca.start_psnr.is_none() && pca.psnr > 15.0 && pca.ssim.is_some(), "{pca:?}");
    assert!(gan.psnr > gan.start_psnr.unwrap(), "the search comes nearer than its start: {gan:?}");
    assert!(gan.band_energy.finest().is_some_and(|energy| energy > 0.0), "{gan:?}");
    assert!(!warnings.iter().any(|warning| warning.contains("no encoder")), "{warnings:?}");
    assert_eq!(run(&asked).0, found, "the same places again");
    let all = Evaluate { invert: 99, ..asked.clone() };
    assert_eq!(
        run(&Evaluate { models: all.models[..1].to_vec(), ..all }).0[0].way_back.as_ref().unwrap().faces,
        8,
        "no more than there are"
    );
    let reused = Evaluate { reuse: true, ..asked };
    assert!(run(&reused).0[0].is_kept, "the same question was answered before");
    assert!(!run(&Evaluate { invert: 0, ..reused }).0[0].is_kept, "that is another question");
}

#[test]
fn figures_of_a_search_are_those_of_one_encoder() {
    let place = tempfile::tempdir().unwrap();
    let (data, pca) = faces_and_model(place.path());
    let gan = PlacedModel { folder: Some(place.path().to_path_buf()), ..gan(pca) };
    let fit = |images: u64| {
        let plan = InverterPlan { images, ..InverterPlan::default() };
        run_job(&Job::FitInverter(Box::new(FitInverter { model: gan.clone(), data: None, plan })), &Silent).unwrap();
    };
    fit(64);
    let asked = Evaluate { invert: 2, ..reusing(vec![gan.clone()], &data) };
    let is_kept = |asked: &Evaluate| run(asked).0[0].is_kept;
    assert!(!is_kept(&asked) && is_kept(&asked));
    fit(128);
    assert!(!is_kept(&asked), "the search begins elsewhere");
    assert!(is_kept(&asked));
    fit(64);
    assert!(is_kept(&asked), "that is the encoder of before");
}

#[test]
fn figures_of_a_search_in_a_model_that_is_being_trained_are_not_kept() {
    let place = tempfile::tempdir().unwrap();
    let (data, pca) = faces_and_model(place.path());
    let gan = PlacedModel { folder: Some(place.path().to_path_buf()), ..gan(pca) };
    let lock = fs::File::create(place.path().join("run.lock")).unwrap();
    lock.lock().unwrap();
    let asked = Evaluate { invert: 1, ..reusing(vec![gan], &data) };
    for _ in 0..2 {
        assert!(!run(&asked).0[0].is_kept);
    }
    assert!(!place.path().join(FIGURES).exists());
}

#[test]
fn a_seed_means_the_same_figures_and_samples_in_batches_are_the_same() {
    let place = tempfile::tempdir().unwrap();
    let (data, pca) = faces_and_model(place.path());
    let evaluate = |seed: u64| evaluate(&Evaluate { seed, ..job(vec![pca.clone()], &data) }, &Silent).unwrap();
    assert_eq!(evaluate(1), evaluate(1));
    assert_ne!(evaluate(1), evaluate(2));
    let (model, _) = open_model(&pca.stored, BackendChoice::Cpu).unwrap();
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
        let (mut found, warnings, _) = run(job);
        (found.remove(0), warnings.join("\n"))
    };
    let alone = job(vec![pca], &unmarked);
    let (found, warnings) = run(&alone);
    assert_eq!((found.faces, found.n, found.split.as_str(), found.training_faces), (3, 3, "all", 0));
    assert_eq!((&found.samples.floor, found.samples.neighbour_ratio), (&SetFigures::absent(16), None));
    assert!(found.samples.figures.swd.iter().all(|(_, figure)| figure.is_some()), "{found:?}");
    assert!(
        warnings.contains("name the faces that the models were trained on") && warnings.contains("too few for precision"),
        "{warnings}"
    );
    let (found, _) = run(&Evaluate { train: Some(data.clone()), ..alone.clone() });
    assert!((found.n, found.training_faces) == (3, 144) && found.samples.neighbour_ratio.is_some(), "{found:?}");
    let of_training_faces = Evaluate { data, split: Some(SplitChoice::Train), ..alone };
    let (found, warnings) = run(&of_training_faces);
    assert!(warnings.contains("144 of the 144") && warnings.contains("no neighbour ratio"), "{warnings}");
    assert_eq!((found.n, found.samples.neighbour_ratio), (144, None));
    let (kept, repeated) = run(&Evaluate { reuse: true, ..of_training_faces });
    assert!(kept.is_kept && repeated == warnings, "what was warned of belongs to the figures: {repeated}");
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
    assert!(message_of_size.contains("at 16 pixels") && message_of_size.contains("larger.safetensors"), "{message_of_size}");
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
    assert!(!pca.folder.unwrap().join(FIGURES).exists(), "what is stopped keeps nothing");
}

#[test]
fn kept_figures_are_taken_and_nothing_is_computed_again() {
    let place = tempfile::tempdir().unwrap();
    let (data, pca) = faces_and_model(place.path());
    // Where it stands does not matter, as long as there is a folder.
    let gan = PlacedModel { folder: Some(place.path().to_path_buf()), ..gan(pca.clone()) };
    let asked = reusing(vec![gan.clone(), pca.clone()], &data);
    let (first, warnings, stages) = run(&asked);
    assert!(first.iter().all(|found| !found.is_kept) && stages.contains(&"fitting"), "{stages:?}");
    let (second, repeated, stages) = run(&asked);
    assert!(second.iter().all(|found| found.is_kept) && stages.is_empty(), "{stages:?}");
    assert_eq!(figures(&second), first);
    assert!(warnings.iter().any(|warning| warning.contains("no encoder")), "{warnings:?}");
    assert!(warnings.iter().all(|warning| repeated.contains(warning)) && repeated.len() == warnings.len(), "{repeated:?}");
    // One whose figures are not kept is judged beside others whose figures are.
    fs::remove_file(place.path().join(FIGURES)).unwrap();
    let (third, _, _) = run(&asked);
    assert_eq!(third.iter().map(|found| found.is_kept).collect::<Vec<_>>(), [false, true]);
    assert_eq!(figures(&third), first);
    let nowhere = PlacedModel { folder: None, ..pca };
    assert!(!run(&reusing(vec![nowhere], &data)).0[0].is_kept, "a model without a folder keeps nothing");
}

#[test]
fn another_question_is_answered_anew() {
    let place = tempfile::tempdir().unwrap();
    let (data, pca) = faces_and_model(place.path());
    let others = place.path().join("others.safetensors");
    synth::write_cache(160, 8, 16, &others, &Silent).unwrap();
    let is_kept = |asked: &Evaluate| run(asked).0[0].is_kept;
    let asked = reusing(vec![pca.clone()], &data);
    let changed = |change: &dyn Fn(&mut StoredModel)| {
        let mut model = pca.clone();
        change(&mut model.stored);
        Evaluate { models: vec![model], ..asked.clone() }
    };
    assert!(!is_kept(&asked));
    for other in [
        Evaluate { seed: 4, ..asked.clone() },
        Evaluate { split: Some(SplitChoice::Test), ..asked.clone() },
        Evaluate { data: others.clone(), ..asked.clone() },
        Evaluate { train: Some(others), ..asked.clone() },
        changed(&|model| Arc::make_mut(&mut model.weights).insert("unused", &[1], vec![0.5], Precision::Single)),
        changed(&|model| model.header.noise_variance = Some(0.5)),
        Evaluate { reuse: false, ..asked.clone() },
    ] {
        assert!(!is_kept(&other), "{:?}, seed {}, reuse {}", other.split, other.seed, other.reuse);
        assert!(is_kept(&Evaluate { reuse: true, ..other }), "and its figures are kept too");
    }
    for same in [
        Evaluate { split: Some(SplitChoice::Valid), ..asked.clone() },
        Evaluate { train: Some(data.clone()), ..asked.clone() },
        changed(&|model| model.header.origin = "told otherwise".into()),
    ] {
        assert!(is_kept(&same), "{:?}, {:?}", same.split, same.train);
    }
}

#[test]
fn files_that_are_no_figures_are_named_and_left_alone() {
    let place = tempfile::tempdir().unwrap();
    let (data, pca) = faces_and_model(place.path());
    let file = pca.folder.clone().unwrap().join(FIGURES);
    let asked = reusing(vec![pca], &data);
    let (first, _, _) = run(&asked);
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let (found, warnings, _) = run(&asked);
    assert!(found == first && warnings.len() == 1 && warnings[0].contains("figures.json is damaged"), "{warnings:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), whole, "what was cut short is replaced");
    for (text, word) in [("{\"mine\": [1, 2]}".to_owned(), "no figures"), (whole.replace("\"version\": 1", "\"version\": 2"), "newer")] {
        fs::write(&file, &text).unwrap();
        let (found, warnings, _) = run(&asked);
        assert!(found == first && warnings.len() == 1, "{warnings:?}");
        assert!(warnings[0].contains("figures.json") && warnings[0].contains(word), "{warnings:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), text, "it is left as it is");
    }
    // Figures of a file that was changed by hand are not taken where they contradict the question.
    fs::write(&file, whole.replace("\"training_faces\": 144", "\"training_faces\": 143")).unwrap();
    assert_eq!(run(&asked).0, first);
}

#[test]
fn where_nothing_can_be_kept_the_figures_are_given_all_the_same() {
    let place = tempfile::tempdir().unwrap();
    let (data, pca) = faces_and_model(place.path());
    let folder = pca.folder.clone().unwrap();
    fs::create_dir(folder.join(FIGURES)).unwrap();
    let (found, warnings, _) = run(&reusing(vec![pca.clone()], &data));
    assert!(!found[0].is_kept && warnings.len() == 1 && warnings[0].contains("figures.json cannot be read"), "{warnings:?}");
    for place in [data.clone(), folder.join("nowhere")] {
        let odd = PlacedModel { folder: Some(place.clone()), ..pca.clone() };
        let (found, warnings, _) = run(&reusing(vec![odd], &data));
        assert!(!found[0].is_kept && warnings.len() == 1, "{warnings:?}");
        assert!(warnings[0].contains(&place.display().to_string()), "{warnings:?}");
        assert!(!folder.join("nowhere").exists(), "no folder is made for figures");
    }
}

#[test]
fn models_of_smaller_faces_are_judged_by_resized_ones() {
    let place = tempfile::tempdir().unwrap();
    let (small_data, small) = faces_and_model_of(place.path(), 16);
    let (large_data, large) = faces_and_model_of(place.path(), 32);
    let asked = Evaluate { resize: true, ..reusing(vec![large.clone(), small.clone()], &large_data) };
    let (first, _, stages) = run(&asked);
    assert_eq!(first.iter().map(|found| (found.size, found.faces)).collect::<Vec<_>>(), [(32, 8), (16, 8)], "in the order of the models");
    assert!(stages.contains(&"resizing") && first.iter().all(|found| found.reconstruction.mse.is_some()), "{stages:?}");
    let (second, _, stages) = run(&asked);
    assert!(second.iter().all(|found| found.is_kept) && stages.iter().all(|stage| *stage == "resizing"), "{stages:?}");
    assert_eq!(figures(&second), first);
    let refused = |job: &Evaluate| evaluate(job, &Silent).unwrap_err().to_string();
    let message = refused(&Evaluate { resize: true, ..reusing(vec![small.clone(), large], &small_data) });
    assert!(message.contains("model32") && message.contains("at 32 pixels"), "{message}");
    assert!(refused(&reusing(vec![small.clone()], &large_data)).contains("at 16 pixels"));
    // What is said of faces names the file that the user named, not its smaller copy.
    let few = place.path().join("few.safetensors");
    synth::write_cache(4, 1, 32, &few, &Silent).unwrap();
    let message = refused(&Evaluate { resize: true, split: Some(SplitChoice::Valid), ..reusing(vec![small], &few) });
    assert!(message.contains("few.safetensors"), "{message}");
}

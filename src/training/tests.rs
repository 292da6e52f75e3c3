//! A whole run with a learner that does what a test wants, so that everything around the learning is seen.

mod averages;

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use super::power_average::KeptAverages;
use super::run::RunReport;
use super::watch::{LossWatch, Watch};
use super::*;
use crate::backend::Cpu;
use crate::data::{FaceCache, Faces, synth};
use crate::latent::LatentFrame;
use crate::models::autoencoder::{Autoencoder, AutoencoderConfig, AutoencoderModel};
use crate::models::gan::FrameCare;
use crate::models::{FaceModel, ModelHeader, NetworkConfig, Precision, StoredModel, WeightError, Weights};
use crate::progress::Silent;

/// Learns nothing; its loss at each step is what the test says, and its one weight counts steps.
struct Scripted {
    steps: f32,
    loss: Rc<RefCell<dyn FnMut(u64) -> f32>>,
    /// So many numbers has each of its averages, which no checkpoint keeps; none where it has no averages.
    averaged: usize,
}

impl Learner for Scripted {
    fn figures(&self) -> &'static [Figure] {
        const LOSS: &[Figure] = &[Figure::loss("loss", "loss", "What the test says")];
        LOSS
    }

    fn watch(&self) -> Box<dyn Watch> {
        Box::new(LossWatch::default())
    }

    fn step(&mut self, _pictures: Vec<f32>, _batch: usize, _moment: &StepMoment) -> Vec<Option<f32>> {
        self.steps += 1.0;
        vec![Some((self.loss.borrow_mut())(self.steps as u64))]
    }

    fn adopt(&mut self, _stands: &[Edit]) {}

    fn state(&self) -> LearnerState {
        let mut weights = Weights::default();
        weights.insert("steps", &[1], vec![self.steps], Precision::Single);
        LearnerState { weights: weights.clone(), ema: weights, ..LearnerState::default() }
    }

    fn restore(&mut self, state: &LearnerState, _size: usize) -> Result<(), WeightError> {
        self.steps = state.weights.get("steps", &[1])?[0];
        Ok(())
    }

    fn ema_weights(&self) -> Weights {
        self.state().ema
    }

    fn averages(&self) -> Option<KeptAverages> {
        let mut weights = Weights::default();
        weights.insert("steps", &[self.averaged], vec![self.steps; self.averaged], Precision::Half);
        let kept = KeptAverages { faces: self.averaged_faces(), pending: 0, weights: [weights.clone(), weights] };
        (self.averaged > 0).then_some(kept)
    }

    fn averaged_faces(&self) -> u64 {
        if self.averaged > 0 { 10 * self.steps as u64 } else { 0 }
    }

    fn frame(&self, _faces: &Faces, _care: FrameCare, _is_wanted: &dyn Fn() -> bool) -> LatentFrame {
        // The first two axes turn by 50 degrees at every step.
        let (sin, cos) = (50.0 * self.steps).to_radians().sin_cos();
        let axes = [[cos, sin, 0.0, 0.0], [-sin, cos, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]].concat();
        LatentFrame::rotated(vec![0.0; 4], axes, vec![1.0; 4], vec![0.25; 4]).unwrap()
    }

    fn model(&self, header: ModelHeader, frame: LatentFrame) -> Box<dyn FaceModel> {
        let network = Autoencoder::<Cpu>::new(&shape(&header), 1, &Default::default());
        Box::new(AutoencoderModel::from_network(header, frame, network, Default::default()))
    }
}

fn shape(header: &ModelHeader) -> AutoencoderConfig {
    match header.network {
        Some(NetworkConfig::Autoencoder(config)) => config,
        _ => panic!("the header of an autoencoder names its network"),
    }
}

fn open(place: &Path, images: u64, loss: impl FnMut(u64) -> f32 + 'static) -> TrainingRun {
    open_with(place, images, 0, loss, &mut |_| {})
}

/// A run whose learner has averages of so many numbers.
fn open_with(
    place: &Path,
    images: u64,
    averaged: usize,
    loss: impl FnMut(u64) -> f32 + 'static,
    tell: &mut dyn FnMut(RunReport),
) -> TrainingRun {
    let data = place.join("faces.safetensors");
    if !data.exists() {
        synth::write_cache(60, 1, 8, &data, &Silent).unwrap();
    }
    let cache = FaceCache::open(&data).unwrap();
    let fingerprint = cache.fingerprint().unwrap();
    let settings = AutoencoderSettings { preset: Preset::Tiny, latent: 4, batch: 10, ..Default::default() };
    let faces = TrainingFaces::new(cache, 1).unwrap();
    let spec = RunSpec {
        version: RunSpec::VERSION,
        data,
        fingerprint,
        size: 8,
        faces: faces.count(),
        held_out: faces.held_out_count(),
        origin: "synthetic faces".into(),
        settings: settings.into(),
        checkpoints: CheckpointPlan { steps: 10, ..CheckpointPlan::default() },
        half: false,
        parent: None,
        earlier: Vec::new(),
    };
    let out = place.join("run");
    let (folder, spec) = if out.exists() { RunFolder::open(&out).unwrap() } else { (RunFolder::create(&out, &spec, false).unwrap(), spec) };
    let learner = Box::new(Scripted { steps: 0.0, loss: Rc::new(RefCell::new(loss)), averaged });
    TrainingRun::open(folder, spec, Budget::Images(images), learner, faces, None, &Silent, tell).unwrap()
}

fn step(run: &mut TrainingRun) -> StepOutcome {
    run.step(&Silent, &mut |_| {}).unwrap()
}

#[test]
fn a_run_ends_with_a_model_and_goes_on_when_it_is_extended() {
    let place = tempfile::tempdir().unwrap();
    let mut run = open(place.path(), 400, |step| 1.0 / step as f32);
    let mut steps = 0;
    while step(&mut run) == StepOutcome::Learned {
        steps += 1;
    }
    assert_eq!((steps, run.state().images, run.state().finished), (40, 400, true));
    let summary = run.summary();
    assert!(summary.losses.contains_key("loss") && summary.losses.contains_key("held_out_mse"));
    assert!(run.path().join(SAMPLES).join("000000040-samples.png").is_file());
    run.extend(Budget::Images(500), &mut |_| {}).unwrap();
    let events = parse_events(&std::fs::read_to_string(run.path().join(EVENTS)).unwrap());
    let changed = events.iter().find(|event| event.kind == EventKind::Changed).map(|event| (event.step, event.detail.as_str()));
    assert_eq!(changed, Some((40, "planned length 400 faces -> 500 faces")), "the curves show where the schedule moved");
    while step(&mut run) == StepOutcome::Learned {}
    assert_eq!(run.state().step, 50);
    let kept = list_checkpoints(&run.path().join(CHECKPOINTS));
    assert!(kept.len() <= 4 && kept.contains(&50), "the newest three and the best: {kept:?}");
}

#[test]
fn a_loss_that_is_no_number_takes_the_run_back_and_is_written_down() {
    let place = tempfile::tempdir().unwrap();
    let mut broken = false;
    let mut run = open(place.path(), 1000, move |step| {
        let breaks = step == 27 && !broken;
        broken |= breaks;
        if breaks { f32::NAN } else { 0.5 }
    });
    let outcome = (0..40).map(|_| step(&mut run)).find(|outcome| *outcome != StepOutcome::Learned).unwrap();
    let StepOutcome::Restored { step: at, to, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!((at, to, run.state().step, run.state().images), (27, 20, 20, 200));
    let events = parse_events(&std::fs::read_to_string(run.path().join(EVENTS)).unwrap());
    assert!(events.iter().any(|event| event.kind == EventKind::Restored && event.detail.contains("27")), "{events:?}");
    let curves = Curves::parse(&std::fs::read_to_string(run.path().join(CURVES)).unwrap());
    assert!(curves.points.iter().all(|point| point.step <= 20));
    while step(&mut run) == StepOutcome::Learned {}
    assert!(run.state().finished, "and it can go on");
}

#[test]
fn an_explosion_takes_the_run_back_too() {
    let place = tempfile::tempdir().unwrap();
    let mut run = open(place.path(), 10_000, |step| if step >= 75 { 90.0 } else { 0.5 });
    let outcome = (0..100).map(|_| step(&mut run)).find(|outcome| *outcome != StepOutcome::Learned).unwrap();
    assert!(matches!(&outcome, StepOutcome::Restored { step: 75, to: 70, .. }), "{outcome:?}");
}

#[test]
fn a_run_folder_that_vanishes_is_named_and_its_state_is_saved_beside_it() {
    let place = tempfile::tempdir().unwrap();
    let mut run = open(place.path(), 10_000, |_| 0.5);
    (0..15).for_each(|_| drop(step(&mut run)));
    std::fs::remove_dir_all(place.path().join("run")).unwrap();
    let error = (0..30).find_map(|_| run.step(&Silent, &mut |_| {}).err()).unwrap().to_string();
    assert!(error.contains("is gone") && error.contains("run-rescued"), "{error}");
    let rescued = place.path().join("run-rescued");
    let newest = list_checkpoints(&rescued.join(CHECKPOINTS)).pop().unwrap();
    assert_eq!(newest, run.state().step, "nothing was lost");
    drop(read_spec(&rescued).unwrap());
}

#[test]
fn a_damaged_checkpoint_is_passed_over() {
    let place = tempfile::tempdir().unwrap();
    let mut run = open(place.path(), 10_000, |_| 0.5);
    (0..25).for_each(|_| drop(step(&mut run)));
    drop(run);
    let weights = place.path().join("run/checkpoints/000000020/weights.safetensors");
    std::fs::write(&weights, &std::fs::read(&weights).unwrap()[..10]).unwrap();
    let run = open(place.path(), 10_000, |_| 0.5);
    assert_eq!(run.state().step, 10);
    let events = parse_events(&std::fs::read_to_string(run.path().join(EVENTS)).unwrap());
    assert!(events.iter().any(|event| event.kind == EventKind::Warned && event.detail.contains("weights.safetensors")));
}

#[test]
fn a_branch_begins_where_it_left_and_the_original_stays() {
    let place = tempfile::tempdir().unwrap();
    let mut run = open(place.path(), 10_000, |_| 0.5);
    (0..30).for_each(|_| drop(step(&mut run)));
    let to = place.path().join("branch");
    let (state, _) = branch(run.path(), Some(20), &to).unwrap();
    assert_eq!((state.step, state.images), (20, 200));
    assert_eq!(read_spec(&to).unwrap().parent, Some((run.path().to_path_buf(), 20)));
    assert!(Curves::parse(&std::fs::read_to_string(to.join(CURVES)).unwrap()).points.iter().all(|point| point.step <= 20));
    assert!(branch(run.path(), Some(7), &place.path().join("other")).unwrap_err().to_string().contains("20"), "known steps are named");
    assert!(list_checkpoints(&run.path().join(CHECKPOINTS)).contains(&30));
}

#[test]
fn which_way_axes_face_follows_from_the_run_and_not_from_who_looks_or_stops() {
    let frame_after = |looks: bool, stops: bool| {
        let place = tempfile::tempdir().unwrap();
        let mut run = open(place.path(), 400, |_| 0.5);
        for made in 1..=36 {
            assert_eq!(step(&mut run), StepOutcome::Learned);
            if looks {
                drop(run.snapshot());
            }
            if stops && [10, 24].contains(&made) {
                run.stop(&mut |_| {}).unwrap();
                drop(run);
                run = open(place.path(), 400, |_| 0.5);
            }
        }
        run.snapshot().frame
    };
    let alone = frame_after(false, false);
    let raw = Scripted { steps: 36.0, loss: Rc::new(RefCell::new(|_: u64| 0.5_f32)), averaged: 0 }.frame(
        &Faces::default(),
        FrameCare::Quick,
        &|| true,
    );
    assert_ne!(alone, raw, "axes that turn far are turned back");
    for (looks, stops) in [(true, false), (false, true), (true, true)] {
        assert_eq!(frame_after(looks, stops), alone, "looks {looks}, stops {stops}");
    }
}

#[test]
fn a_run_cannot_be_trained_twice_at_once_and_nothing_foreign_is_replaced() {
    let place = tempfile::tempdir().unwrap();
    let run = open(place.path(), 10_000, |_| 0.5);
    assert!(is_locked(run.path()));
    assert!(matches!(RunFolder::open(run.path()), Err(TrainingError::Busy { .. })));
    let spec = read_spec(run.path()).unwrap();
    assert!(matches!(RunFolder::create(run.path(), &spec, false), Err(TrainingError::Exists { .. })));
    std::fs::create_dir(place.path().join("thesis")).unwrap();
    std::fs::write(place.path().join("thesis/thesis.tex"), "mine").unwrap();
    assert!(RunFolder::create(&place.path().join("thesis"), &spec, true).is_err());
}

#[test]
fn a_run_folder_is_a_model_folder() {
    let place = tempfile::tempdir().unwrap();
    let settings = AutoencoderSettings { preset: Preset::Tiny, latent: 4, ..Default::default() };
    let mut learner = AutoencoderLearner::<Cpu>::new(&settings, 8, Default::default());
    let mut run = open(place.path(), 200, |_| 0.5);
    drop(step(&mut run));
    let stored = run.snapshot();
    assert_eq!((stored.header.latent_dim, stored.frame.dim()), (4, 4));
    // A real learner's state survives its files, and another shape is refused.
    let pictures = vec![0.1; 10 * 3 * 64];
    let moment = StepMoment { step: 0, images: 0, progress: 0.0, learning_rate: 1e-3, ema_decay: 0.9, stage: StageMoment::only(8, 0.0) };
    let first = learner.step(pictures.clone(), 10, &moment);
    let state = learner.state();
    let mut other = AutoencoderLearner::<Cpu>::new(&AutoencoderSettings { seed: 9, ..settings.clone() }, 8, Default::default());
    other.restore(&state, 8).unwrap();
    assert_eq!(other.state(), state);
    assert_eq!(other.step(pictures.clone(), 10, &moment), learner.step(pictures, 10, &moment), "and learns the same");
    assert_eq!(other.state(), learner.state());
    assert!(first.iter().all(|figure| figure.is_some_and(f32::is_finite)));
    let mut narrow = AutoencoderLearner::<Cpu>::new(&AutoencoderSettings { latent: 3, ..settings }, 8, Default::default());
    assert!(narrow.restore(&state, 8).is_err());
    let _: Faces = run_faces(&stored);
}

/// What a stored snapshot decodes to, through the same door as every model.
fn run_faces(stored: &StoredModel) -> Faces {
    // The scripted learner keeps no network weights; the shape is what counts here.
    let network = Autoencoder::<Cpu>::new(&shape(&stored.header), 1, &Default::default());
    let model = AutoencoderModel::<Cpu>::from_network(stored.header.clone(), stored.frame.clone(), network, Default::default());
    model.decode(&[0.0; 4])
}

/// Puts a file where checkpoints would be written, or takes it away again.
fn obstruct(run: &TrainingRun, is_in_the_way: bool) {
    let (checkpoints, kept) = (run.path().join(CHECKPOINTS), run.path().join("kept"));
    if is_in_the_way {
        std::fs::rename(&checkpoints, kept).unwrap();
        std::fs::write(checkpoints, "in the way").unwrap();
    } else {
        std::fs::remove_file(&checkpoints).unwrap();
        std::fs::rename(kept, checkpoints).unwrap();
    }
}

#[test]
fn a_run_has_ended_only_where_that_stands_on_the_disk() {
    let place = tempfile::tempdir().unwrap();
    let mut run = open(place.path(), 40, |_| 0.5);
    (0..4).for_each(|_| drop(step(&mut run)));
    obstruct(&run, true);
    assert!(run.step(&Silent, &mut |_| {}).is_err());
    assert!(!run.state().finished && run.summary().trained, "trained to its end, and not complete");
    obstruct(&run, false);
    assert_eq!(step(&mut run), StepOutcome::Finished);
    let state = read_state(&run.path().join(CHECKPOINTS), 4).unwrap();
    assert!(state.finished && state == *run.state(), "the disk knows what the memory knows");
    obstruct(&run, true);
    assert!(run.extend(Budget::Images(80), &mut |_| {}).is_err());
    assert!(run.state().finished && run.state().budget == Budget::Images(40), "what could not be written is not so");
    obstruct(&run, false);
    let text = |name: &str| std::fs::read_to_string(place.path().join("run").join(name)).unwrap();
    let without: Vec<String> = text(EVENTS).lines().filter(|line| !line.contains(",finished,")).map(str::to_owned).collect();
    drop(run);
    std::fs::write(place.path().join("run").join(EVENTS), without.join("\n") + "\n").unwrap();
    drop(open(place.path(), 40, |_| 0.5));
    assert!(text(EVENTS).contains(",finished,"), "killed between the two, it is noted afterwards");
}

#[test]
fn a_checkpoint_is_the_best_only_once_it_is_written() {
    let place = tempfile::tempdir().unwrap();
    let mut run = open(place.path(), 10_000, |_| 0.5);
    assert!(run.state().best.is_some_and(|(best, _)| best == 0));
    let other = FacesUsed { fingerprint: 9, data: "other".into(), faces: 7, ..run.spec().faces_used() };
    run.use_faces(other, &mut |_| {}).unwrap();
    assert_eq!(
        (run.state().best, run.spec().earlier[0].best.map(|(best, _)| best)),
        (None, Some(0)),
        "errors on other faces do not compare"
    );
    (0..5).for_each(|_| drop(step(&mut run)));
    obstruct(&run, true);
    assert!(run.checkpoint(&mut |_| {}).is_err());
    assert_eq!(run.state().best, None);
    obstruct(&run, false);
    run.checkpoint(&mut |_| {}).unwrap();
    assert_eq!(run.state().best.map(|(best, _)| best), Some(5));
    (0..60).for_each(|_| drop(step(&mut run)));
    let kept = list_checkpoints(&run.path().join(CHECKPOINTS));
    assert_eq!(kept, [0, 5, 40, 50, 60], "the newest three, and the best by either faces");
}

#[test]
fn a_best_checkpoint_that_is_gone_is_none() {
    let place = tempfile::tempdir().unwrap();
    let mut run = open(place.path(), 10_000, |_| 0.5);
    (0..25).for_each(|_| drop(step(&mut run)));
    assert!(run.state().best.is_some_and(|(best, _)| best == 0));
    drop(run);
    std::fs::remove_dir_all(place.path().join("run/checkpoints/000000000")).unwrap();
    let run = open(place.path(), 10_000, |_| 0.5);
    assert!(run.state().best.is_some_and(|(best, _)| [10, 20].contains(&best)), "the best of those that are there");
}

/// Wants to stop from the beginning.
struct Impatient;

impl crate::progress::Monitor for Impatient {
    fn report(&self, _progress: crate::progress::Progress) {}
    fn warn(&self, _message: String) {}
    fn cancelled(&self) -> bool {
        true
    }
}

#[test]
fn the_end_of_a_training_can_be_interrupted_and_comes_again() {
    let place = tempfile::tempdir().unwrap();
    let mut run = open(place.path(), 40, |_| 0.5);
    (0..4).for_each(|_| drop(step(&mut run)));
    for _ in 0..2 {
        assert_eq!(run.step(&Impatient, &mut |_| {}).unwrap(), StepOutcome::Interrupted);
    }
    run.stop(&mut |_| {}).unwrap();
    assert!(!run.state().finished && read_state(&run.path().join(CHECKPOINTS), 4).is_ok());
    assert_eq!(step(&mut run), StepOutcome::Finished);
    let curves = Curves::parse(&std::fs::read_to_string(run.path().join(CURVES)).unwrap());
    assert_eq!(curves.points.iter().map(|point| (point.step, point.held_out.is_some())).collect::<Vec<_>>(), [(0, true), (4, true)]);
}

#[test]
fn a_learner_takes_up_a_penalty_that_is_none_again() {
    let settings = GanSettings { preset: Preset::Tiny, latent: 4, batch: 4, ..Default::default() };
    let moment = StepMoment { step: 0, images: 0, progress: 0.0, learning_rate: 1e-3, ema_decay: 0.9, stage: StageMoment::only(16, 0.0) };
    let after = |settings: &[GanSettings]| {
        let mut learner = GanLearner::<Cpu>::new(&settings[0], 16, Default::default());
        settings[1..].iter().for_each(|settings| learner.adopt(&settings.stands()));
        learner.step(vec![0.1; 4 * 3 * 256], 4, &moment);
        learner.state().weights
    };
    let heavy = GanSettings { penalty: Some(9.0), ..settings.clone() };
    let plain = after(std::slice::from_ref(&settings));
    assert!(after(&[settings.clone(), heavy.clone()]) != plain);
    assert!(after(&[settings.clone(), heavy, settings]) == plain);
}

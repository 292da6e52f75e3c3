//! Runs whose one weight is its time, so that every average of it is known; and runs of which something cannot be read.

use super::*;
use crate::progress::{CancelFlag, Progress, Silent};
use crate::training::run::snapshots::{AverageSnapshot, write_snapshot};
use crate::training::run::spec::RunSpec;
use crate::training::run::state::RunState;
use crate::training::{Budget, CheckpointPlan, GanSettings};

/// A run whose one weight is its time: every average of it is the mean of its profile.
fn run(place: &Path, moments: &[(u64, u64, usize)]) -> PathBuf {
    let run = place.join("run");
    let spec = RunSpec {
        version: RunSpec::VERSION,
        data: "faces.safetensors".into(),
        fingerprint: 1,
        size: 16,
        faces: 10,
        held_out: 0,
        origin: "10 faces".into(),
        settings: GanSettings::default().into(),
        checkpoints: CheckpointPlan::default(),
        half: false,
        parent: None,
        earlier: Vec::new(),
    };
    fs::create_dir_all(&run).unwrap();
    spec.write(&run).unwrap();
    for (step, began, size) in moments {
        let faces = 10 * step - began;
        let weights = TRACKED.map(|length| {
            // As the beginning of a profile's mean does, in thousands, so that half precision holds it.
            let exponent = if length == TRACKED[0] { 16.972_199 } else { 6.937_204 };
            let mut weights = Weights::default();
            let mean = faces as f32 / 1000.0 * (exponent + 1.0) / (exponent + 2.0);
            weights.insert("generator.basis", &[2, 1], vec![mean, 1.5], Precision::Single);
            weights
        });
        let averages = KeptAverages { faces, pending: 0, weights };
        let snapshot = AverageSnapshot { step: *step, images: 10 * step, size: *size, averages, frame: None };
        write_snapshot(&run, *step, &snapshot.to_safetensors()).unwrap();
    }
    run
}

/// 40 steps of one network, then of another one that has begun at 20,000 faces.
fn grown(place: &Path) -> PathBuf {
    let first = (0..30).map(|n| ((100.0 * 1.155_f64.powi(n)) as u64, 0, 16)).filter(|(step, ..)| *step <= 2000);
    let second = (0..20).map(|n| (2000 + (100.0 * 1.155_f64.powi(n)) as u64, 20_000, 32));
    run(place, &first.chain(second).collect::<Vec<_>>())
}

#[test]
fn any_length_is_put_together_of_the_network_that_is_asked_for() {
    let place = tempfile::tempdir().unwrap();
    let run = grown(place.path());
    let mut before = f32::MAX;
    for length in [0.04, 0.05, 0.08, 0.1, 0.15, 0.2] {
        let solved = solve_average(&run, length, None, &Silent).unwrap();
        let [mean, constant] = *solved.weights.values("generator.basis") else { panic!("{solved:?}") };
        assert!(mean < before && (constant - 1.5).abs() < 5e-3, "{length}: {mean} {constant}");
        assert!((solved.header.size, solved.moment.began, solved.first_step) == (32, 20_000, 2100), "{:?}", solved.moment);
        assert!(solved.header.training.as_ref().is_some_and(|text| text.contains(&format!("length of {length}"))));
        before = mean;
    }
    let early = solve_average(&run, 0.1, Some(2050), &Silent).unwrap();
    assert!(early.header.size == 16 && early.moment.step <= 2000 && early.moments > 15, "the network before it grew: {early:?}");
    let whole = solve_average(&run, 0.05, None, &Silent).unwrap();
    let wanted = whole.moment.faces as f32 / 1000.0 * 17.972_2 / 18.972_2;
    let found = whole.weights.values("generator.basis")[0];
    assert!((found - wanted).abs() < 2e-3 * wanted && whole.residual < 1e-3, "one that was kept is itself: {found} {wanted}");
}

#[test]
fn what_cannot_be_had_is_said() {
    let place = tempfile::tempdir().unwrap();
    let told = |run: &Path, length, at| solve_average(run, length, at, &Silent).unwrap_err().to_string();
    assert!(told(place.path(), 0.1, None).contains("no run folder"));
    let run = run(place.path(), &[]);
    assert!(told(&run, 0.1, None).contains("keeps no averages"));
    let run = grown(place.path());
    assert!(told(&run, 0.01, None).contains("0.02 to 0.25") && told(&run, f64::NAN, None).contains("0.02 to 0.25"));
    let last = list_snapshots(&run).pop().unwrap();
    let message = told(&run, 0.1, Some(last + 1));
    assert!(message.contains(&format!("from step 100 to step {last}")) && message.contains(&format!("step {}", last + 1)), "{message}");
    assert!(told(&run, 0.1, Some(99)).contains("from step 100"));
    // A run that stands behind its last moment has one up to there.
    fs::write(
        run.join("curves.csv"),
        format!("{}\n{},90,1,90,0.1,1,0.5,0.5\n", "step,images,seconds,images_per_second,learning_rate,batch,loss,held_out_mse", last + 9),
    )
    .unwrap();
    assert_eq!(solve_average(&run, 0.1, Some(last + 9), &Silent).unwrap().moment.step, last);
    assert!(told(&run, 0.1, Some(last + 10)).contains(&format!("none of step {}", last + 10)));
}

/// Gives a file of averages a tensor of another shape, behind what tells its moment.
fn damage(path: &Path) {
    let mut damaged = Weights::from_safetensors(&fs::read(path).unwrap()).unwrap();
    damaged.insert("short.generator.basis", &[1], vec![1.0], Precision::Half);
    fs::write(path, damaged.to_safetensors()).unwrap();
}

#[test]
fn files_that_cannot_be_read_are_left_out_and_named() {
    let place = tempfile::tempdir().unwrap();
    let run = grown(place.path());
    let whole = solve_average(&run, 0.1, None, &Silent).unwrap();
    let steps: Vec<u64> = list_snapshots(&run).into_iter().filter(|step| *step > 2000).collect();
    let [first, .., old, _, wanted] = *steps else { panic!("{steps:?}") };
    for step in [first, old] {
        damage(&snapshot_path(&run, step));
    }
    let solved = solve_average(&run, 0.1, None, &Silent).unwrap();
    assert_eq!((solved.moment, solved.moments), (whole.moment, whole.moments - 2));
    let left_out: Vec<&Path> = solved.left_out.iter().map(|(path, _)| path.as_path()).collect();
    assert!(left_out.len() == 2 && [first, old].iter().all(|step| left_out.contains(&snapshot_path(&run, *step).as_path())));
    // That of the moment itself is named with what to do, unless not even its moment can be read.
    damage(&snapshot_path(&run, wanted));
    let message = solve_average(&run, 0.1, None, &Silent).unwrap_err().to_string();
    assert!(message.contains(&format!("{wanted:09}.safetensors")) && message.contains("Remove that file"), "{message}");
    fs::write(snapshot_path(&run, wanted), "half").unwrap();
    let solved = solve_average(&run, 0.1, None, &Silent).unwrap();
    assert!(solved.moment.step < wanted && solved.left_out.len() == 3, "{:?}", solved.left_out);
}

#[test]
fn averages_of_a_checkpoint_that_cannot_be_used_are_passed_over_and_never_to_be_removed() {
    let place = tempfile::tempdir().unwrap();
    let run = grown(place.path());
    let last = list_snapshots(&run).pop().unwrap();
    let checkpoint = checkpoint_folder(&run.join(CHECKPOINTS), last + 5);
    fs::create_dir_all(&checkpoint).unwrap();
    let settings = GanSettings::default();
    let state = RunState { step: last + 5, images: 10 * (last + 5), ..RunState::new(settings.into(), Budget::default()) };
    fs::write(checkpoint.join("state.ron"), state.text()).unwrap();
    fs::copy(snapshot_path(&run, last), checkpoint.join(AVERAGES)).unwrap();
    damage(&checkpoint.join(AVERAGES));
    let solved = solve_average(&run, 0.1, None, &Silent).unwrap();
    assert!(solved.moment.step == last && solved.left_out[0].0 == checkpoint.join(AVERAGES), "{:?}", solved.left_out);
}

/// Has had enough after so many questions.
struct Impatient(std::sync::atomic::AtomicUsize, CancelFlag);

impl Monitor for Impatient {
    fn report(&self, _progress: Progress) {}
    fn warn(&self, _message: String) {}
    fn cancelled(&self) -> bool {
        if self.0.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) == 0 {
            self.1.raise();
        }
        self.1.is_raised()
    }
}

#[test]
fn what_is_not_wanted_any_more_ends_between_two_files() {
    let place = tempfile::tempdir().unwrap();
    let run = grown(place.path());
    for questions in [0, 5, list_snapshots(&run).len() + 3] {
        let monitor = Impatient(questions.into(), CancelFlag::default());
        let error = solve_average(&run, 0.1, None, &monitor).unwrap_err();
        assert!(crate::progress::is_cancelled(&error), "{questions}: {error}");
    }
}

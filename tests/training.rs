//! Training from outside: the real program on small synthetic faces, stopped, killed, starved and misled.
//!
//! Owns what users rely on when they leave it alone: it goes on where it was, bit for bit, and no checkpoint is ever lost. What stands
//! in the way of going on has a file of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "training/growing.rs"]
mod growing;
#[path = "training/kinds.rs"]
mod kinds;
#[path = "training/resuming.rs"]
mod resuming;
#[path = "training/snapshots.rs"]
mod snapshots;
#[path = "training/versions.rs"]
mod versions;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use safetensors::SafeTensors;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Options of every training here that does not name them itself.
const OPTIONS: &str = "--data faces.safetensors --preset tiny --latent 8 --batch 8 --checkpoint-every 20 --backend cpu";
const AUTOENCODER: &str = "autoencoder --warm-up 20";
const GAN: &str = "gan";
/// A GAN that grows twice, and learns in its new layers alone at first.
const GROWING: &str = "gan --grow 4,8,16 --stage-rest 0.2 --stage-warm-up 40";
const PATIENCE: Duration = Duration::from_secs(180);
const TENSORS: [&str; 4] = ["weights.safetensors", "ema.safetensors", "optimizer.safetensors", "averages.safetensors"];

type Snapshot = BTreeMap<PathBuf, Option<Vec<u8>>>;

/// A folder to work in, with 300 faces of 16 x 16 pixels.
struct Place(TempDir, &'static str);

impl Place {
    fn new() -> Self {
        Self::training(AUTOENCODER)
    }

    fn training(what: &'static str) -> Self {
        let place = Self(tempfile::tempdir().unwrap(), what);
        place.done("synth --count 300 --seed 1 --size 16 --out faces.safetensors");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).and_then(|()| fs::write(path, content)).unwrap();
    }

    fn start(&self, line: &str) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_facefield"));
        command.arg("--json").args(line.split_whitespace()).current_dir(self.0.path()).stdin(Stdio::null());
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", self.0.path());
        Process(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// Runs a command that must succeed and has nothing to warn of. Returns its one JSON value.
    fn done(&self, line: &str) -> Value {
        let (code, out, message) = self.start(line).end();
        assert!(code == Some(0) && !message.contains("warning"), "{line}: {code:?}: {message}");
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{line}: {error} in {out}"))
    }

    fn train(&self, options: &str) -> Value {
        let report = self.done(&training_of(self.1, options));
        assert_eq!(report["finished"], true, "{options}: {report}");
        report
    }

    /// Runs a command that must fail: with this exit code, nothing on standard output, one message that holds these words.
    fn failed(&self, code: i32, line: &str, words: &[&str]) -> String {
        let (found, out, message) = self.start(line).end();
        assert_eq!((found, out.as_str()), (Some(code), ""), "{line}: {message}");
        let start = if code == 2 { "error: " } else { "facefield: " };
        assert_eq!(message.lines().filter(|line| line.starts_with(start)).count(), 1, "{line}: {message}");
        words.iter().for_each(|word| assert!(message.contains(word), "{line}: no `{word}` in: {message}"));
        message
    }

    /// The same, and nothing may change on disk.
    fn refused(&self, code: i32, line: &str, words: &[&str]) {
        let before = snapshot(self.0.path());
        self.failed(code, line, words);
        assert_unchanged(&before, self.0.path(), line);
    }

    /// The whole rows of a CSV file without its header.
    fn rows(&self, name: &str) -> Vec<String> {
        let text = fs::read(self.path(name)).map(|bytes| text(&bytes)).unwrap_or_default();
        text.split_inclusive('\n').filter(|line| line.ends_with('\n')).skip(1).map(|line| line.trim_end().to_owned()).collect()
    }

    fn curve_steps(&self, run: &str) -> Vec<u64> {
        self.rows(&format!("{run}/curves.csv")).iter().map(|row| row.split(',').next().unwrap().parse().unwrap()).collect()
    }

    fn checkpoints(&self, run: &str) -> Vec<u64> {
        let entries = fs::read_dir(self.path(run).join("checkpoints")).into_iter().flatten().flatten();
        let mut steps: Vec<u64> = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        steps.sort_unstable();
        steps
    }

    /// Whether every file of a checkpoint can be read and holds finite numbers only.
    fn is_whole(&self, run: &str, step: u64) -> bool {
        let file = |name: &str| fs::read(self.path(&format!("{run}/checkpoints/{step:09}/{name}"))).unwrap_or_default();
        let is_finite = |four: &[u8]| f32::from_le_bytes(four.try_into().unwrap()).is_finite();
        let are_finite = |file: SafeTensors| file.tensors().iter().all(|(_, tensor)| tensor.data().chunks_exact(4).all(is_finite));
        text(&file("state.ron")).contains(&format!("    step: {step},"))
            && TENSORS.iter().all(|name| SafeTensors::deserialize(&file(name)).is_ok_and(are_finite))
    }

    /// Starts a training and waits until it has a checkpoint of this step or a later one.
    fn start_until(&self, options: &str, run: &str, step: u64) -> Process {
        let mut process = self.start(&training(options));
        process.wait(|| self.checkpoints(run).last().is_some_and(|last| *last >= step));
        assert!(process.0.try_wait().unwrap().is_none(), "{options}: it ended too early");
        process
    }

    /// Both runs ended at this step with the same model, weights, averaged weights and moments, bit for bit.
    fn assert_same(&self, one: &str, other: &str, step: u64) {
        let checkpoint = TENSORS.map(|name| format!("checkpoints/{step:09}/{name}"));
        let frame = format!("checkpoints/{step:09}/frame.safetensors");
        for name in checkpoint.iter().map(String::as_str).chain([frame.as_str(), "weights.safetensors"]) {
            assert!(self.read(&format!("{one}/{name}")) == self.read(&format!("{other}/{name}")), "{name} of {one} and {other} differ");
        }
    }
}

/// A program under way; it never outlives the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Process {
    /// Waits until it is so or the program has ended, but not for ever.
    fn wait(&mut self, is_so: impl Fn() -> bool) {
        let start = Instant::now();
        while !is_so() && self.0.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < PATIENCE, "nothing happens");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Exit code, standard output, standard error.
    fn end(&mut self) -> (Option<i32>, String, String) {
        self.wait(|| false);
        let (mut out, mut message) = (Vec::new(), Vec::new());
        self.0.stdout.take().unwrap().read_to_end(&mut out).unwrap();
        self.0.stderr.take().unwrap().read_to_end(&mut message).unwrap();
        (self.0.wait().unwrap().code(), text(&out), text(&message))
    }
}

/// The command line of a training: these options, and those of [`OPTIONS`] that are not among them.
fn training(options: &str) -> String {
    training_of(AUTOENCODER, options)
}

fn training_of(what: &str, options: &str) -> String {
    let (kind, more) = what.split_once(' ').unwrap_or((what, ""));
    let words: Vec<&str> = more.split_whitespace().chain(OPTIONS.split(' ')).collect();
    let others = words.chunks(2).filter(|pair| !options.split(' ').any(|word| word == pair[0]));
    others.fold(format!("train {kind} {options}"), |line, pair| format!("{line} {}", pair.join(" ")))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn snapshot(folder: &Path) -> Snapshot {
    fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).fold(Snapshot::new(), |mut found, path| {
        found.extend(path.is_dir().then(|| snapshot(&path)).into_iter().flatten());
        found.insert(path.clone(), fs::read(&path).ok());
        found
    })
}

fn assert_unchanged(before: &Snapshot, folder: &Path, line: &str) {
    let after = snapshot(folder);
    let changed: Vec<&PathBuf> = before.keys().chain(after.keys()).filter(|path| before.get(*path) != after.get(*path)).collect();
    assert!(changed.is_empty(), "{line}: changed on disk: {changed:?}");
}

fn half_written(folder: &Path) -> Vec<PathBuf> {
    snapshot(folder).into_keys().filter(|path| path.to_string_lossy().contains("partial")).collect()
}

#[cfg(unix)]
#[test]
fn one_process_trains_a_run_and_goes_on_where_it_was_stopped() {
    let place = Place::new();
    let whole = place.train("--images 3200 --out whole");
    let mut process = place.start_until("--images 3200 --out run", "run", 20);
    let pid = process.0.id();
    let signals = |names: &str| Command::new("sh").args(["-c", &format!("for s in {names}; do kill -$s {pid}; done")]).status().unwrap();
    assert!(signals("STOP").success());
    for beginning in ["--resume", "--overwrite", &format!("--roll-back {}", place.checkpoints("run")[0])] {
        place.refused(1, &training(&format!("{beginning} --out run")), &["run", "another process"]);
    }
    assert!(signals("INT CONT").success());
    let (code, out, message) = process.end();
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {message}"));
    assert!(code == Some(130) && report["finished"] == false && report["steps"].as_u64() == place.checkpoints("run").pop(), "{report}");
    let resumed = place.train("--images 3200 --out run --resume");
    place.assert_same("whole", "run", 400);
    ["images_seen", "steps", "losses", "best_step"].iter().for_each(|field| assert_eq!(whole[field], resumed[field], "{field}"));
    assert!(place.curve_steps("run").windows(2).all(|pair| pair[0] < pair[1]), "a step stands twice in the curves");
}

#[test]
fn killed_at_any_moment_an_autoencoder_goes_on_from_its_last_checkpoint() {
    kill_and_resume(AUTOENCODER, 8, 100);
}

#[test]
fn killed_at_any_moment_a_gan_goes_on_from_its_last_checkpoint() {
    kill_and_resume(GAN, 5, 30);
}

#[test]
fn killed_at_any_moment_a_gan_that_grows_goes_on_from_its_last_checkpoint() {
    // Snapshots are kept from 1,000 faces of a stage on, and the first stage is half of the run.
    kill_and_resume(GROWING, 8, 38);
}

/// `FACEFIELD_KILLS=50 FACEFIELD_SEED=7` kills more often, and at other moments.
fn kill_and_resume(what: &'static str, usual_kills: u64, steps_of_a_kill: u64) {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let (kills, seed) = (number("FACEFIELD_KILLS", usual_kills), number("FACEFIELD_SEED", 1));
    eprintln!("{what}: {kills} kills, seed {seed}");
    let place = &Place::training(what);
    let steps = steps_of_a_kill * kills.max(usual_kills);
    let (mut random, mut killed) = (ChaCha8Rng::seed_from_u64(seed), 0);
    place.train(&format!("--images {} --out whole", 8 * steps));
    let options = format!("--images {} --out run --resume", 8 * steps);
    while killed < kills {
        let (rows, rest) = (random.random_range(0..=2), Duration::from_millis(random.random_range(0..80)));
        let wanted = place.curve_steps("run").len() + rows;
        let mut process = place.start(&training_of(place.1, &options));
        process.wait(|| rows == 0 || place.curve_steps("run").len() >= wanted);
        std::thread::sleep(rest);
        process.0.kill().unwrap();
        let (code, _, message) = process.end();
        if code.is_some() {
            // It came to its end between two kills: as many as were asked for are made, in a run that begins anew.
            assert_eq!(code, Some(0), "after {killed} kills: {message}");
            fs::remove_dir_all(place.path("run")).unwrap();
            continue;
        }
        killed += 1;
        let last = place.curve_steps("run").pop().unwrap_or_default();
        let newest = place.checkpoints("run").into_iter().rfind(|step| place.is_whole("run", *step)).unwrap_or_default();
        assert!(newest + 20 >= last, "kill {killed} of seed {seed}: it was at step {last}, and {newest} is the newest checkpoint");
    }
    place.train(&options);
    place.assert_same("whole", "run", steps);
    snapshots::assert_same_snapshots(place, "whole", "run");
    assert_eq!(half_written(&place.path("run")), [] as [PathBuf; 0]);
}

#[test]
fn a_killed_run_leaves_the_model_of_its_newest_checkpoint() {
    let place = Place::new();
    let mut process = place.start(&training("--images 80000 --checkpoint-every 500 --out run"));
    process.wait(|| place.path("run/samples/000000500-reconstructions.png").exists());
    drop(process);
    let killed = place.read("run/weights.safetensors");
    place.train("--roll-back 500 --images 4000 --out run");
    let ended = place.read("run/weights.safetensors");
    let (killed, ended) = (SafeTensors::deserialize(&killed).unwrap(), SafeTensors::deserialize(&ended).unwrap());
    // Its frame too, whose axes face the same way.
    let differ = |name: &&str| killed.tensor(name).unwrap().data() != ended.tensor(name).unwrap().data();
    assert_eq!(killed.names().into_iter().filter(differ).collect::<Vec<_>>(), [] as [&str; 0]);
}

#[test]
fn a_run_that_stands_there_is_only_replaced_when_asked() {
    let place = Place::new();
    let first = place.train("--images 800 --out run");
    place.refused(1, &training("--images 800 --out run"), &["run already exists", "--resume", "--overwrite"]);
    let before = snapshot(&place.path("run"));
    for options in ["--resume --out run", "--resume --images 800 --out run"] {
        assert_eq!(place.train(options), first, "a finished run says again what it came to");
        assert_unchanged(&before, &place.path("run"), options);
    }
    let absent = if cfg!(target_os = "macos") { "cuda" } else { "metal" };
    for options in ["--overwrite --out run", "--out new", "--branch run@60 --out new"] {
        place.refused(1, &training(&format!("{options} --backend {absent}")), &[absent, "--backend cpu"]);
    }
    place.write("foreign/thesis.tex", "three years of work");
    place.write("notes.txt", "my notes");
    for beginning in ["", "--overwrite", "--resume", "--branch run@60", "--roll-back 60"] {
        ["foreign", "notes.txt"].iter().for_each(|out| place.refused(1, &training(&format!("{beginning} --out {out}")), &[out]));
    }
    place.write("run/.facefield-aBc123.partial", "half a curve, left by a kill");
    let again = place.train("--images 160 --overwrite --seed 2 --out run");
    assert_eq!((&again["steps"], place.checkpoints("run"), place.curve_steps("run")), (&json!(20), vec![0, 20], vec![0, 20]));
    place.write("run/thesis.tex", "three years of work");
    place.refused(1, &training("--images 160 --overwrite --out run"), &["thesis.tex", "left as it is"]);
}

#[test]
fn a_loss_that_goes_wrong_is_named_and_the_run_stands_at_its_last_checkpoint() {
    let place = Place::new();
    for (run, options, go_on) in [
        ("number", "--learning-rate 1 --warm-up 0 --weight-decay 100", "--resume"),
        ("late", "--learning-rate 0.1 --warm-up 300", "--resume"),
        ("early", "--learning-rate 1 --warm-up 0", "--resume"),
        ("moments", "--learning-rate 1 --warm-up 0 --weight-decay 40 --checkpoint-every 1", "--roll-back 0"),
    ] {
        let message = place.failed(1, &training(&format!("{options} --images 4000 --out {run}")), &["--resume", "lower --learning-rate"]);
        let steps = place.checkpoints(run);
        let good = *steps.last().unwrap();
        let is_named = (good + 1..good + 99).any(|wrong| message.contains(&format!(" at step {wrong};")));
        assert!(is_named && message.contains(&format!("checkpoint of step {good} again")), "{run}: {steps:?}, but: {message}");
        assert!(steps.iter().all(|step| place.is_whole(run, *step)), "{run}: every checkpoint can be read and is finite");
        let is_noted = |row: &String| row.contains(",restored,") && row.contains(&format!("back to step {good}"));
        assert!(place.rows(&format!("{run}/events.csv")).iter().any(is_noted), "{run}: no event tells it");
        let length = 8 * (good + 100);
        let resumed = place.train(&format!("{go_on} --learning-rate 0.0005 --weight-decay 0 --images {length} --out {run}"));
        assert!(resumed["images_seen"] == length && resumed["losses"]["mse"].is_number(), "{run}: {resumed}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_full_disk_it_ends_and_goes_on_once_there_is_room() {
    struct Mounted(PathBuf);
    impl Drop for Mounted {
        fn drop(&mut self) {
            Command::new("umount").arg(&self.0).status().ok();
        }
    }
    let place = Place::new();
    fs::create_dir(place.path("disk")).unwrap();
    let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=12m", "tmpfs"]).arg(place.path("disk")).output();
    if !mount.as_ref().is_ok_and(|output| output.status.success()) {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "no disk could be mounted: {mount:?}");
        return eprintln!("skipped: this user may not mount a small disk");
    }
    let _disk = Mounted(place.path("disk"));
    place.write("disk/filler", vec![0; 10 << 20]);
    place.failed(1, &training("--images 2400 --out disk/run"), &["disk/run", "No space left", "Free some space"]);
    let steps = place.checkpoints("disk/run");
    assert!(!steps.is_empty() && steps.iter().all(|step| place.is_whole("disk/run", *step)), "{steps:?}");
    assert_eq!(half_written(&place.path("disk")), [] as [PathBuf; 0]);
    fs::remove_file(place.path("disk/filler")).unwrap();
    place.train("--images 2400 --resume --out disk/run");
    place.train("--images 2400 --out whole");
    place.assert_same("whole", "disk/run", 300);
}

#[cfg(unix)]
#[test]
fn a_run_folder_that_vanishes_is_saved_beside_it() {
    let place = Place::new();
    for (round, rescued) in ["run-rescued", "run-rescued-2", "run-rescued-3", "run-rescued-4"].iter().enumerate() {
        let mut process = place.start_until("--images 800000 --out run", "run", 40);
        std::thread::sleep(Duration::from_millis(7 * round as u64));
        fs::rename(place.path("run"), place.path("trash")).unwrap();
        fs::remove_dir_all(place.path("trash")).unwrap();
        let (code, _, message) = process.end();
        let told = format!("the run folder run is gone. Its state was saved in {rescued} instead; go on there with --resume");
        assert!(code == Some(1) && message.contains(&told), "{code:?}: {message}");
        let steps = place.checkpoints(rescued);
        assert!(steps.len() == 1 && steps[0] >= 40 && place.is_whole(rescued, steps[0]), "{steps:?}");
        assert!(!place.path("run").exists(), "something is written where the run stood");
    }
    let length = 8 * (place.checkpoints("run-rescued")[0] + 100);
    assert_eq!(place.train(&format!("--images {length} --resume --out run-rescued"))["images_seen"], length);
}

#[test]
fn branches_leave_the_original_and_roll_backs_forget_what_came_after() {
    let place = Place::new();
    place.train("--images 800 --keep 9 --out run");
    let (before, curves) = (snapshot(&place.path("run")), place.rows("run/curves.csv"));
    place.train("--images 800 --branch run@60 --out twin");
    place.assert_same("run", "twin", 100);
    place.train("--images 800 --branch run@60 --learning-rate 0.0005 --out other");
    let (rows, spec) = (place.rows("other/curves.csv"), text(&place.read("other/run.ron")));
    assert!(rows[..4] == curves[..4] && rows[4] != curves[4], "shared up to the step, and its own after it: {rows:?}");
    assert!(place.curve_steps("other") == [0, 20, 40, 60, 80, 100] && spec.contains("parent: Some((\"run\", 60))"), "{spec}");
    assert_eq!(place.train("--images 960 --branch run --out longer")["steps"], 120, "without a step it is the newest");
    for (options, words) in [
        ("--branch run@70 --out new", ["run", "step 70", "60, 80, 100"]),
        ("--branch run@60 --latent 32 --out new", ["run", "k 8", "k 32"]),
        ("--branch run@60 --data nowhere.safetensors --out new", ["nowhere", "safetensors", "spelling"]),
        ("--roll-back 70 --out run", ["run", "step 70", "60, 80, 100"]),
    ] {
        place.refused(1, &training(options), &words);
    }
    assert_unchanged(&before, &place.path("run"), "branches");
    place.train("--images 800 --keep 9 --roll-back 60 --learning-rate 0.0005 --out run");
    place.assert_same("other", "run", 100);
    place.train("--images 320 --roll-back 40 --out run");
    assert_eq!((place.curve_steps("run"), place.checkpoints("run")), (vec![0, 20, 40], vec![0, 20, 40]));
    let is_later = |path: &PathBuf| path.file_name().unwrap() > "000000041";
    assert!(!snapshot(&place.path("run/samples")).keys().any(is_later), "a picture of a step that is forgotten");
}

#[test]
fn of_damaged_checkpoints_the_one_before_is_taken() {
    let place = Place::new();
    place.train("--images 800 --out run");
    place.train("--images 1600 --resume --weight-decay 20 --out run");
    let damaged = "run/checkpoints/000000200/weights.safetensors";
    let (newest, ended) = (place.read(damaged), place.read("run/weights.safetensors"));
    place.write(damaged, &newest[..newest.len() / 2]);
    let (_, _, message) = place.start(&training("--resume --out run")).end();
    ["warning: ", damaged, "the one before is taken"].iter().for_each(|word| assert!(message.contains(word), "{message}"));
    assert!(place.read(damaged) == newest && place.read("run/weights.safetensors") == ended, "it learned as at the beginning");
    for step in place.checkpoints("run") {
        place.write(&format!("run/checkpoints/{step:09}/optimizer.safetensors"), "");
    }
    place.refused(1, &training("--resume --out run"), &["optimizer.safetensors", "cannot be used"]);
}

#[test]
fn a_run_folder_is_a_model_and_its_report_is_complete() {
    let place = Place::new();
    let report = place.train("--images 800 --checkpoint-every 40 --out run");
    assert_eq!((&report["images_seen"], &report["steps"], &report["model"]), (&json!(800), &json!(100), &json!("run")));
    let losses = ["loss", "mse", "latent_penalty", "absolute_error", "held_out_mse"].map(|name| &report["losses"][name]);
    for value in losses.into_iter().chain([&report["seconds"], &report["images_per_second"]]) {
        assert!(value.as_f64().is_some_and(|value| value > 0.0), "{report}");
    }
    place.done("sample run --count 4 --seed 1 --out s.png");
    place.done("sample run --count 2 --seed 1 --out pictures");
    let report = place.done("encode run pictures/000000.png pictures/000001.png --out codes.ron");
    assert_eq!(report["faces"][1]["coordinates"].as_array().unwrap().len(), 8, "{report}");
}

#[test]
fn wrong_usage_is_refused_and_a_run_that_goes_on_keeps_what_is_not_named() {
    let place = Place::new();
    place.train("--images 800 --keep 99 --out run");
    place.refused(2, &training("--images 800"), &["--out"]);
    for options in ["--latent 0", "--latent many", "--images 0", "--minutes 1 --images 8", "--learning-rate 2", "--overwrite --resume"] {
        place.refused(2, &training(&format!("{options} --out run")), &options.split(' ').take(1).collect::<Vec<_>>());
    }
    place.done("synth --count 30 --seed 1 --size 24 --out faces24.safetensors");
    place.done("synth --count 30 --seed 1 --size 32 --out faces32.safetensors");
    for (options, words) in [
        ("--out new --data nowhere.safetensors", ["nowhere.safetensors", "spelling"]),
        ("--out new --data faces24.safetensors", ["24 x 24", "16, 32 and 64"]),
        ("--out run --resume --data faces32.safetensors", ["16 x 16", "32 x 32"]),
        ("--out run --resume --latent 32", ["k 8", "k 32"]),
        ("--out run --resume --preset small", ["preset tiny", "preset small"]),
    ] {
        place.refused(1, &training(&format!("{options} --images 1600")), &words);
    }
    let line = "train autoencoder --data faces.safetensors --resume --out run --backend cpu";
    place.write("run/.facefield-aBc123.partial", "half a curve, left by a kill");
    place.write("run/checkpoints/.facefield-dEf456.partial/ema.safetensors", "half a checkpoint");
    place.done(&format!("{line} --images 1200 --learning-rate 0.0005"));
    assert_eq!(half_written(&place.path("run")), [] as [PathBuf; 0], "what a kill left goes, and is in nobody's way");
    let changes = place.rows("run/events.csv").into_iter().filter(|row| row.contains("learning rate 0.002 -> 0.0005"));
    assert!(changes.map(|row| row.starts_with("100,800,") && row.contains(",changed,")).eq([true]), "noted once, where it happened");
    place.done(&format!("{line} --images 1600"));
    let state = text(&place.read("run/checkpoints/000000200/state.ron"));
    assert!(state.contains("learning_rate: 0.0005") && state.contains("latent: 8"), "{state}");
    let mut expected: Vec<u64> = (0..=10).map(|n| n * 20).chain([150]).collect();
    expected.sort_unstable();
    assert_eq!(place.checkpoints("run"), expected, "as often, and as many, as it began with, and the one of the first end");
    for (options, word) in [("--seed 9", "seed"), ("--ema 0.5", "ema"), ("--shift 2", "shift"), ("--final-rate 0.5", "final")] {
        let (_, _, message) = place.start(&format!("{line} {options} --images 1600")).end();
        assert!(message.contains(word), "{options} is passed over in silence: {message}");
    }
}

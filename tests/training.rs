//! Training from outside: the real program on small synthetic faces, stopped, killed, starved and misled.
//!
//! Owns what users rely on when they leave a training alone: it goes on where it was, bit for bit, and nothing that was learned up
//! to the last checkpoint is ever lost. How well it learns is tested where that is computed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

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

/// Options of every training here that does not name them itself: a few hundred steps take a second.
const OPTIONS: [(&str, &str); 7] = [
    ("--data", "faces.safetensors"),
    ("--preset", "tiny"),
    ("--latent", "8"),
    ("--batch", "8"),
    ("--warm-up", "20"),
    ("--checkpoint-every", "20"),
    ("--backend", "cpu"),
];
/// Far more than a slow machine needs.
const PATIENCE: Duration = Duration::from_secs(180);
/// The tensors' files of a checkpoint.
const TENSORS: [&str; 3] = ["weights.safetensors", "ema.safetensors", "optimizer.safetensors"];

/// Every path below a folder with its bytes; folders have none.
type Snapshot = BTreeMap<PathBuf, Option<Vec<u8>>>;

/// A folder to work in, with 300 faces of 16 x 16 pixels, and an environment that knows nothing of this machine.
struct Place {
    folder: TempDir,
    home: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap(), home: tempfile::tempdir().unwrap() };
        place.done("synth --count 300 --seed 1 --size 16 --out faces.safetensors");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn text(&self, name: &str) -> String {
        text(&self.read(name))
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), content).unwrap();
    }

    fn start(&self, line: &str) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_facefield"));
        command.arg("--json").args(line.split_whitespace()).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for variable in ["HOME", "XDG_RUNTIME_DIR", "FACEFIELD_MODELS"] {
            command.env(variable, self.home.path());
        }
        Process { child: command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap(), line: line.to_owned() }
    }

    /// Runs a command that must succeed. Returns its one JSON value and what it said on standard error.
    fn done_saying(&self, line: &str) -> (Value, String) {
        let (code, out, message) = self.start(line).end();
        assert_eq!(code, Some(0), "{line}: {message}");
        (serde_json::from_str(&out).unwrap_or_else(|error| panic!("{line}: {error} in {out}")), message)
    }

    /// Runs a command that must succeed and has nothing to warn of.
    fn done(&self, line: &str) -> Value {
        let (value, message) = self.done_saying(line);
        assert!(!message.contains("warning"), "{line}: {message}");
        value
    }

    /// Trains to the planned end.
    fn train(&self, options: &str) -> Value {
        let report = self.done(&training(options));
        assert_eq!(report["finished"], true, "{options}: {report}");
        report
    }

    /// Runs a command that must fail: with this exit code, nothing on standard output, one message that holds these words.
    fn failed(&self, code: i32, line: &str, words: &[&str]) -> String {
        let (found, out, message) = self.start(line).end();
        assert!(!message.contains("panicked"), "{line}: {message}");
        assert_eq!((found, out.as_str()), (Some(code), ""), "{line}: {message}");
        let start = if code == 2 { "error: " } else { "facefield: " };
        assert_eq!(message.lines().filter(|line| line.starts_with(start)).count(), 1, "{line}: not one message: {message}");
        words.iter().for_each(|word| assert!(message.contains(word), "{line}: no `{word}` in: {message}"));
        message
    }

    /// Runs a command that must fail and change nothing on disk.
    fn refused(&self, code: i32, line: &str, words: &[&str]) {
        let before = snapshot(self.folder.path());
        self.failed(code, line, words);
        assert_unchanged(&before, &snapshot(self.folder.path()), line);
    }

    /// The whole rows of a CSV file without its header.
    fn rows(&self, name: &str) -> Vec<String> {
        let text = fs::read(self.path(name)).map(|bytes| text(&bytes)).unwrap_or_default();
        text.split_inclusive('\n').filter(|line| line.ends_with('\n')).skip(1).map(|line| line.trim_end().to_owned()).collect()
    }

    fn curve_steps(&self, run: &str) -> Vec<u64> {
        self.rows(&format!("{run}/curves.csv")).iter().map(|row| row.split(',').next().unwrap().parse().unwrap()).collect()
    }

    /// The steps of all checkpoints, ascending.
    fn checkpoints(&self, run: &str) -> Vec<u64> {
        let entries = fs::read_dir(self.path(run).join("checkpoints")).into_iter().flatten().flatten();
        let mut steps: Vec<u64> = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        steps.sort_unstable();
        steps
    }

    /// Whether every file of a checkpoint can be read and holds finite numbers only.
    fn is_whole(&self, run: &str, step: u64) -> bool {
        let folder = self.path(run).join(format!("checkpoints/{step:09}"));
        let is_finite = |name: &&str| fs::read(folder.join(name)).is_ok_and(|bytes| !numbers_of(&bytes).is_some_and(|n| n.contains(&false)));
        let state = fs::read_to_string(folder.join("state.ron")).unwrap_or_default();
        state.contains(&format!("    step: {step},")) && TENSORS.iter().all(is_finite)
    }

    /// Waits until a run has a checkpoint of this step or a later one.
    fn reached(&self, process: &mut Process, run: &str, step: u64) {
        process.until(|| self.checkpoints(run).last().is_some_and(|last| *last >= step));
    }

    /// Both runs ended at this step with the same model, weights, averaged weights and moments, bit for bit.
    fn assert_same(&self, one: &str, other: &str, step: u64) {
        let inner = TENSORS.iter().map(|name| format!("checkpoints/{step:09}/{name}"));
        for name in inner.chain(["weights.safetensors".to_owned()]) {
            assert!(self.read(&format!("{one}/{name}")) == self.read(&format!("{other}/{name}")), "{name} of {one} and {other} differ");
        }
    }
}

/// A program under way; it never outlives the test.
struct Process {
    child: Child,
    line: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Process {
    fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits, but not for ever, and not for a program that has ended.
    fn until(&mut self, is_so: impl Fn() -> bool) {
        let start = Instant::now();
        while !is_so() {
            if self.has_ended() {
                let (code, _, message) = self.end();
                panic!("{}: it ended too early with {code:?}: {message}", self.line);
            }
            assert!(start.elapsed() < PATIENCE, "{}: nothing happens", self.line);
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.child.id())]).status();
        assert!(sent.unwrap().success(), "{}: no signal could be sent", self.line);
    }

    /// Exit code, standard output, standard error.
    fn end(&mut self) -> (Option<i32>, String, String) {
        let start = Instant::now();
        while !self.has_ended() {
            assert!(start.elapsed() < PATIENCE, "{}: it does not end", self.line);
            std::thread::sleep(Duration::from_millis(1));
        }
        let (mut out, mut message) = (Vec::new(), Vec::new());
        self.child.stdout.take().unwrap().read_to_end(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_end(&mut message).unwrap();
        (self.child.wait().unwrap().code(), text(&out), text(&message))
    }
}

/// The command line of a training.
fn training(options: &str) -> String {
    let mut line = format!("train autoencoder {options}");
    OPTIONS.iter().filter(|(name, _)| !options.contains(name)).for_each(|(name, value)| line.push_str(&format!(" {name} {value}")));
    line
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Whether this is a whole safetensors file of finite single-precision numbers.
fn is_finite(bytes: &[u8]) -> bool {
    let number = |four: &[u8]| f32::from_le_bytes(four.try_into().unwrap());
    SafeTensors::deserialize(bytes)
        .is_ok_and(|file| file.tensors().iter().all(|(_, tensor)| tensor.data().chunks_exact(4).all(|four| number(four).is_finite())))
}

fn snapshot(folder: &Path) -> Snapshot {
    let mut found = Snapshot::new();
    for path in fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            found.append(&mut snapshot(&path));
        }
        let bytes = fs::read(&path).ok();
        found.insert(path, bytes);
    }
    found
}

fn assert_unchanged(before: &Snapshot, after: &Snapshot, line: &str) {
    let changed: Vec<&PathBuf> = before.keys().chain(after.keys()).filter(|path| before.get(*path) != after.get(*path)).collect();
    assert!(changed.is_empty(), "{line}: changed on disk: {changed:?}");
}

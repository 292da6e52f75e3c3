//! The commands from outside: the real program on synthetic data, with good input and with bad.
//!
//! Owns what users and scripts rely on: exit codes, exactly one JSON value, one clear message, nothing half-written. What the
//! commands compute is tested where it is computed. Averages, judging and comparing models, pictures and labels, places in the space of a
//! GAN, videos, what outputs replace, what the killed leave, damaged files, what documents name, what things are called, zones of axes, runs
//! that grow, and what a newcomer meets have files of their own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "commands/averages.rs"]
mod averages;
#[path = "commands/changing.rs"]
mod changing;
#[path = "commands/desktop.rs"]
mod desktop;
#[path = "commands/documents.rs"]
mod documents;
#[path = "commands/growth.rs"]
mod growth;
#[path = "commands/inverting.rs"]
mod inverting;
#[path = "commands/judging.rs"]
mod judging;
#[path = "commands/killed.rs"]
mod killed;
#[path = "commands/labels.rs"]
mod labels;
#[path = "commands/mutants.rs"]
mod mutants;
#[cfg(feature = "app")]
#[path = "commands/names.rs"]
mod names;
#[path = "commands/newcomer.rs"]
mod newcomer;
#[path = "commands/ownership.rs"]
mod ownership;
#[path = "commands/pictures.rs"]
mod pictures;
#[path = "commands/video.rs"]
mod video;
#[path = "commands/zones.rs"]
mod zones;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use safetensors::SafeTensors;
use serde_json::{Value, json};
use tempfile::TempDir;
use zip::ZipArchive;

/// Five frames at ten a second.
const JOURNEY: &str = "(version: 1, name: \"Test\", seconds: 0.5, keyframes: [(axes: {1: -2.0}), (axes: {1: 2.0, 2: 1.0})])";
/// Commands that write, in the place below, with the name of what they write.
const WRITERS: [(&str, &str); 12] = [
    ("import pictures.zip --size 16 --out", "x.safetensors"),
    ("synth --count 20 --seed 1 --size 16 --out", "synth.safetensors"),
    ("synth --count 4 --seed 1 --out", "synth.zip"),
    ("fit pca --data faces.safetensors --components 6 --out", "new-model"),
    ("sample pca-celeba64 --count 6 --out", "sheet.png"),
    ("sample pca-celeba64 --count 6 --seed 2 --out", "samples"),
    ("encode pca-celeba64 pictures/img_align_celeba --out", "codes.ron"),
    ("encode pca-celeba64 model/preview.png --out", "pairs.png"),
    ("encode pca-celeba64 pictures/img_align_celeba --out", "seen"),
    ("render journey.ron --fps 10 --size 320x240 --out", "video.mp4"),
    ("render journey.ron --fps 10 --size 128x96 --out", "video.gif"),
    ("render journey.ron --fps 4 --size 128x96 --out", "frames"),
];

/// Every path below a folder with its bytes; folders have none.
type Snapshot = BTreeMap<PathBuf, Option<Vec<u8>>>;

/// A folder to work in, and an environment that knows nothing of this machine.
struct Place {
    folder: TempDir,
    home: TempDir,
    variables: Vec<(&'static str, &'static str)>,
}

impl Place {
    fn empty() -> Self {
        let folder = || tempfile::tempdir().expect("temporary folders can be made");
        Self { folder: folder(), home: folder(), variables: Vec::new() }
    }

    /// With 20 faces as pictures.zip, unpacked in pictures/, and as faces.safetensors; their model with 4 axes; journey.ron.
    fn new() -> Self {
        let place = Self::empty();
        place.done("synth --count 20 --seed 7 --out pictures.zip");
        let archive = fs::File::open(place.path("pictures.zip")).expect("it was just written");
        ZipArchive::new(archive).and_then(|mut archive| archive.extract(place.path("pictures"))).expect("it is a zip");
        place.done("import pictures.zip --size 16 --out faces.safetensors");
        place.done("fit pca --data faces.safetensors --components 4 --out model");
        place.write("journey.ron", JOURNEY);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it is in the place")).and_then(|()| fs::write(path, content)).expect(name);
    }

    /// The names in a folder, sorted.
    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).expect(folder).flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_facefield"));
        command.args(line.split_whitespace()).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for variable in ["HOME", "XDG_RUNTIME_DIR", "FACEFIELD_MODELS"] {
            command.env(variable, self.home.path());
        }
        command.envs(self.variables.iter().copied());
        command
    }

    /// Exit code, standard output, standard error.
    fn run(&self, line: &str) -> (Option<i32>, String, String) {
        let output = self.command(line).output().expect("the program starts");
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }

    /// Runs a command that must succeed. Returns its one JSON value and what it said on standard error.
    fn done_saying(&self, line: &str) -> (Value, String) {
        let (code, out, message) = self.run(&format!("--json {line}"));
        assert_eq!(code, Some(0), "{line}: {message}");
        (serde_json::from_str(&out).unwrap_or_else(|error| panic!("{line}: {error} in {out}")), message)
    }

    /// Runs a command that must succeed and has nothing to warn of.
    fn done(&self, line: &str) -> Value {
        let (value, message) = self.done_saying(line);
        assert!(!message.contains("warning"), "{line}: {message}");
        value
    }

    /// Runs a command that must fail: with this exit code, one message that holds these words, and nothing changed on disk.
    fn refused(&self, code: i32, line: &str, words: &[&str]) {
        let before = snapshot(self.folder.path());
        let (found, out, message) = self.run(&format!("--json {line}"));
        assert!(!message.contains("panicked") && !message.contains("fault of the program"), "{line}: {message}");
        assert_eq!((found, out.as_str()), (Some(code), ""), "{line}: {message}");
        words.iter().for_each(|word| assert!(message.contains(word), "{line}: no `{word}` in: {message}"));
        let complaints: Vec<&str> = message.lines().filter(|line| !line.starts_with("warning: ")).collect();
        let start = if code == 2 { "error: " } else { "facefield: " };
        assert!(complaints.first().is_some_and(|first| first.starts_with(start)), "{line}: {message}");
        assert!(code == 2 || complaints.len() == 1, "{line}: more than one message: {message}");
        assert!(message.matches("(os error").count() < 2, "{line}: the reason is given twice: {message}");
        assert_unchanged(&before, &snapshot(self.folder.path()), line);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn snapshot(folder: &Path) -> Snapshot {
    let mut found = Snapshot::new();
    for path in fs::read_dir(folder).expect("the folder is there").flatten().map(|entry| entry.path()) {
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

fn positive(value: &Value, field: &str) -> bool {
    value[field].as_f64().unwrap_or_else(|| panic!("no number `{field}` in {value}")) > 0.0
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("{index:06}.png")).collect()
}

#[test]
fn pictures_become_a_cache_a_model_faces_and_videos() {
    let place = Place::new();
    let report = place.done("import pictures.zip pictures --size 32 --limit 35 --out deep/er/x.safetensors");
    assert_eq!((&report["faces"], &report["attributes"], &report["damaged"]), (&json!(35), &json!(14), &json!([])));
    assert!(report["path"] == "deep/er/x.safetensors" && positive(&report, "seconds") && positive(&report, "faces_per_second"));
    let bytes = place.read("deep/er/x.safetensors");
    let cache = SafeTensors::deserialize(&bytes).unwrap();
    let shape = |name: &str| cache.tensor(name).unwrap().shape().to_vec();
    assert_eq!((shape("faces"), shape("attributes"), shape("split")), (vec![35, 32, 32, 3], vec![35, 14], vec![35]));
    let report = place.done("fit pca --data faces.safetensors --components 6 --out six");
    assert_eq!((&report["latent_dim"], &report["faces"]), (&json!(6), &json!(18)), "only training faces are used");
    let ratios: Vec<f64> = report["explained_variance_ratio"].as_array().unwrap().iter().map(|ratio| ratio.as_f64().unwrap()).collect();
    assert!(ratios.len() == 6 && ratios.windows(2).all(|pair| pair[0] >= pair[1]) && ratios[5] > 0.0, "{ratios:?}");
    assert!(ratios.iter().sum::<f64>() <= 1.0 && positive(&report, "noise_variance") && positive(&report, "seconds"));
    assert_eq!(place.names("six"), ["model.ron", "preview.png", "weights.safetensors"]);
    place.done("sample six --count 5 --seed 2 --truncation 0.5 --out samples");
    assert_eq!(place.names("samples"), numbered(5));
    assert_eq!(image::image_dimensions(place.path("samples/000004.png")).unwrap(), (16, 16), "one face at the model's own size");
    place.done("sample six --count 5 --out sheet.png");
    assert!(image::image_dimensions(place.path("sheet.png")).unwrap() > (32, 16), "several faces on one sheet");
    let report = place.done("encode six pictures/img_align_celeba pictures/img_align_celeba/000001.jpg --out codes.ron");
    assert_eq!(report["faces"].as_array().unwrap().len(), 21);
    assert_eq!(report["faces"][0], report["faces"][20], "the same picture has the same coordinates");
    assert_eq!(text(&place.read("codes.ron")).matches("coordinates:").count(), 21);
    place.done("encode six pictures/img_align_celeba --out seen");
    assert_eq!(place.names("seen"), (1..=20).map(|number| format!("{number:06}.png")).collect::<Vec<_>>(), "stems are kept");
    for out in ["a.mp4", "a.gif", "frames"] {
        let report = place.done(&format!("render journey.ron --model six --view portrait --size 128x96 --fps 10 --out {out}"));
        assert_eq!((&report["frames"], &report["path"]), (&json!(5), &json!(out)));
        assert!(positive(&report, "seconds"));
    }
    assert_eq!((&place.read("a.mp4")[4..8], &place.read("a.gif")[..6]), (&b"ftyp"[..], &b"GIF89a"[..]));
    assert_eq!(place.names("frames"), numbered(5));
    assert_eq!(image::image_dimensions(place.path("frames/000000.png")).unwrap(), (128, 96));
    assert_ne!(place.read("frames/000000.png"), place.read("frames/000004.png"), "the journey moves");
}

#[test]
fn same_seed_same_bytes_also_over_what_stood_there() {
    let place = Place::new();
    let all = || {
        WRITERS.iter().for_each(|(line, out)| drop(place.done(&format!("{line} {out}"))));
        snapshot(place.folder.path())
    };
    assert_unchanged(&all(), &all(), "the same commands again");
    place.done("synth --count 20 --seed 2 --size 16 --out other.safetensors");
    assert_ne!(place.read("other.safetensors"), place.read("synth.safetensors"));
    place.done("sample pca-celeba64 --count 6 --seed 2 --out other.png");
    assert_ne!(place.read("other.png"), place.read("sheet.png"));
}

#[test]
fn wrong_usage_exits_2() {
    let place = Place::new();
    for (line, word) in [
        ("explode", "explode"),
        ("import pictures.zip", "--out"),
        ("import pictures.zip --out x.safetensors --sise 16", "--sise"),
        ("import pictures.zip --out x.safetensors --crop round", "celeba"),
        ("synth --count 5", "--out"),
        ("synth --count 0 --out x.safetensors", "--count"),
        ("synth --size 2000 --out x.safetensors", "--size"),
        ("fit pca --data faces.safetensors --components 0 --out x", "--components"),
        ("sample model --count 4 --truncation nan --out x.png", "--truncation"),
        ("encode model --out x.ron", "PICTURE"),
        ("render journey.ron --out x.mov", ".mov"),
        ("render journey.ron --out x.mp4 --size 1280", "1280x720"),
        ("sample model --seed -1 --out x.png", "invalid value '-1' for '--seed"),
        ("import pictures.zip --crop -1,0,5,5 --out x.safetensors", "X,Y,W,H"),
        ("synth --count 1e3 --seed 1 --out x.safetensors", "a whole number is wanted"),
        ("sample model --out -", "standard output"),
        ("train gan --data faces.safetensors --out=-", "standard output"),
    ] {
        place.refused(2, line, &[word]);
    }
    place.done("sample model --count 1 --out=~/at-home.png");
    assert!(place.home.path().join("at-home.png").is_file(), "a shell that leaves ~ as it is means the home folder");
    for line in ["--help", "--version", "render --help"] {
        let (code, out, message) = place.run(line);
        assert!(code == Some(0) && message.is_empty() && out.contains("facefield"), "{line}: {message}");
    }
}

#[test]
fn paths_that_cannot_be_used_are_named() {
    let place = Place::new();
    fs::create_dir(place.path("bare")).unwrap();
    place.write("notes.txt", "my notes");
    for (line, words) in [
        ("import nowhere.zip --out x.safetensors", ["nowhere.zip", "spelling"]),
        ("import bare --out x.safetensors", ["bare", "no pictures"]),
        ("import model/preview.png --out x.safetensors", ["preview.png", "Name the folder"]),
        ("fit pca --data nowhere.safetensors --components 4 --out x", ["nowhere.safetensors", "spelling"]),
        ("sample ./nowhere --out x.png", ["nowhere", "spelling"]),
        ("encode model notes.txt --out x.ron", ["notes.txt", "neither a JPEG nor a PNG"]),
        ("render nowhere.ron --out x.mp4", ["nowhere.ron", "spelling"]),
        ("render journey.ron --model nowhere --out x.mp4", ["`nowhere`", "pca-celeba64"]),
        ("render journey.ron --out x.mp4 --size 129x96", ["129x96", "even"]),
        ("synth --count 4 --seed 1 --out notes.txt/x.safetensors", ["notes.txt", "cannot"]),
    ] {
        place.refused(1, line, &words);
    }
}

#[test]
fn archives_that_are_none_are_named() {
    let place = Place::new();
    let whole = place.read("pictures.zip");
    let half = &whole[..whole.len() / 2];
    for (content, word) in [(&b"<!DOCTYPE html>\n<title>Quota exceeded</title>"[..], "HTML"), (half, "cut short"), (b"", "empty")] {
        place.write("img_align_celeba.zip", content);
        place.refused(1, "import img_align_celeba.zip --out x.safetensors", &["img_align_celeba.zip", word, "ownload"]);
    }
}

#[test]
fn damaged_pictures_are_named_and_the_rest_is_kept() {
    let place = Place::new();
    let picture = |number: usize| format!("pictures/img_align_celeba/{number:06}.jpg");
    let whole = place.read(&picture(3));
    place.write(&picture(3), &whole[..whole.len() / 2]);
    place.write(&picture(5), "");
    place.write(&picture(8), "<html>not found</html>");
    place.write(&picture(13), "these are my notes, whatever they are called");
    place.write("pictures/img_align_celeba/broken.png", b"\x89PNG\r\n\x1a\n and no more");
    let report = place.done("import pictures --size 16 --out faces.safetensors");
    assert_eq!(report["faces"], 16);
    let damaged: Vec<&str> = report["damaged"].as_array().unwrap().iter().map(|one| one["file"].as_str().unwrap()).collect();
    assert_eq!(damaged, ["000003.jpg", "000005.jpg", "000008.jpg", "000013.jpg", "broken.png"]);
    for (index, word) in ["cut short", "empty", "HTML", "neither", "PNG"].iter().enumerate() {
        assert!(report["damaged"][index]["reason"].as_str().unwrap().contains(word), "{report}");
    }
    let bytes = place.read("faces.safetensors");
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let names: Vec<String> = serde_json::from_str(&header.metadata().as_ref().unwrap()["file_names"]).unwrap();
    assert_eq!((names.len(), names[2].as_str()), (16, "000004.jpg"), "names and faces go together");
    let (report, message) = place.done_saying("encode pca-celeba64 pictures/img_align_celeba --out seen");
    assert_eq!((report["faces"].as_array().unwrap().len(), place.names("seen").len()), (16, 16));
    assert!(damaged.iter().all(|name| message.contains(name)), "{message}");

    let mut archive = place.read("pictures.zip");
    let start = archive.windows(10).position(|bytes| bytes == b"000002.jpg").unwrap() + 1000;
    archive[start..start + 200].fill(0);
    place.write("scratched.zip", archive);
    let report = place.done("import scratched.zip --size 16 --out faces.safetensors");
    assert_eq!((&report["faces"], &report["damaged"][0]["file"]), (&json!(19), &json!("000002.jpg")));

    place.write("none/1.jpg", &whole[..whole.len() / 2]);
    place.write("none/2.jpg", "");
    place.refused(1, "import none --out x.safetensors", &["none of the 2 pictures", "1.jpg"]);
    place.refused(1, "encode pca-celeba64 none/1.jpg --out x.ron", &["1.jpg", "cut short"]);
    place.refused(1, &format!("import pictures.zip --crop {},0,1,1 --out x.safetensors", usize::MAX), &["smaller than the crop"]);
    place.refused(1, "import pictures.zip --crop 100,100,100,100 --out x.safetensors", &["smaller than the crop"]);
}

#[test]
fn annotations_of_absent_pictures_are_a_warning_and_wrong_ones_are_refused() {
    let place = Place::new();
    for number in [2, 11, 20] {
        fs::remove_file(place.path(&format!("pictures/img_align_celeba/{number:06}.jpg"))).unwrap();
    }
    let (report, message) = place.done_saying("import pictures --size 16 --out faces.safetensors");
    assert_eq!((&report["faces"], &report["attributes"]), (&json!(17), &json!(14)));
    assert!(message.starts_with("warning: ") && message.contains("3 pictures that are not there"), "{message}");
    let partition = text(&place.read("pictures/list_eval_partition.txt"));
    place.write("pictures/list_eval_partition.txt", partition + "000021.jpg 7\r\n");
    place.refused(1, "import pictures --out x.safetensors", &["list_eval_partition.txt", "line 21", "0, 1 or 2"]);
}

#[test]
fn data_of_another_kind_and_too_many_axes_are_refused() {
    let place = Place::new();
    let whole = place.read("faces.safetensors");
    place.write("short.safetensors", &whole[..whole.len() - 1]);
    for (data, word) in [
        ("model/weights.safetensors", "another kind"),
        ("short.safetensors", "cut short"),
        ("pictures.zip", "Import it first"),
        ("model", "folder"),
    ] {
        place.refused(1, &format!("fit pca --data {data} --components 2 --out x"), &[data, "no face cache", word]);
    }
    place.refused(1, "fit pca --data faces.safetensors --components 18 --out x", &["18 components", "at most 17", "--components"]);
    place.done("synth --count 4 --seed 1 --size 16 --out few.safetensors");
    place.refused(1, "fit pca --data few.safetensors --components 2 --split valid --out x", &["`valid`", "4 train"]);
}

#[test]
fn faces_that_do_not_differ_make_a_model_all_the_same() {
    let place = Place::new();
    let picture = place.read("pictures/img_align_celeba/000001.jpg");
    ["1", "2", "3"].iter().for_each(|name| place.write(&format!("same/{name}.jpg"), &picture));
    place.done("import same --size 16 --out same.safetensors");
    let report = place.done("fit pca --data same.safetensors --components 2 --split all --out flat");
    assert!(report["explained_variance_ratio"][0].as_f64().is_some_and(|ratio| (0.0..=1.0).contains(&ratio)), "{report}");
    place.done("sample flat --count 2 --out x.png");
}

#[test]
fn broken_models_say_what_is_wrong_with_them() {
    let place = Place::new();
    place.done("fit pca --data faces.safetensors --components 3 --out three");
    let (header, weights) = (text(&place.read("model/model.ron")), place.read("model/weights.safetensors"));
    let (three, faces) = (place.read("three/weights.safetensors"), place.read("faces.safetensors"));
    for (header, weights, words) in [
        (Some(header.as_str()), None, ["weights.safetensors is missing", "fetch its folder anew"]),
        (None, Some(weights.as_slice()), ["no model.ron", "model folder"]),
        (Some("(version: 1,"), Some(&weights), ["model.ron", "line 1"]),
        (Some(&header.replace("version: 1", "version: 99")), Some(&weights), ["model.ron", "version 99"]),
        (Some(&header.replace("\"pca\"", "\"crystal ball\"")), Some(&weights), ["model.ron", "crystal ball"]),
        (Some(&header), Some(&three), ["weights.safetensors", "[3, 16, 16, 3]"]),
        (Some(&header), Some(&weights[..weights.len() - 1]), ["weights.safetensors", "cut short"]),
        (Some(&header), Some(&faces), ["weights.safetensors", "F16 or F32"]),
    ] {
        fs::remove_dir_all(place.path("broken")).ok();
        fs::create_dir(place.path("broken")).unwrap();
        header.iter().for_each(|header| place.write("broken/model.ron", header));
        weights.iter().for_each(|weights| place.write("broken/weights.safetensors", weights));
        for line in ["sample broken --out x.png", "encode broken pictures --out x.ron", "render journey.ron --model broken --out x"] {
            place.refused(1, line, &words);
        }
    }
}

#[test]
fn wrong_journeys_are_refused_and_axes_that_a_model_lacks_are_skipped() {
    let place = Place::new();
    for (journey, word) in [
        (JOURNEY.replace("seconds: 0.5", "seconds: 0.5, sekonds: 3"), "sekonds"),
        (JOURNEY.replace("axes: {1: -2.0}", "axis: {1: -2.0}"), "axis"),
        (JOURNEY.replace("(axes: {1: -2.0}), (axes: {1: 2.0, 2: 1.0})", ""), "no keyframes"),
        (JOURNEY.replace("1: -2.0", "0: -2.0"), "keyframe 1"),
    ] {
        place.write("wrong.ron", journey);
        place.refused(1, "render wrong.ron --model model --out x.gif", &["wrong.ron", word]);
    }
    place.write("further.ron", JOURNEY.replace("2: 1.0", "2: 1.0, 5: 3.0, 500: -1.0"));
    let (report, message) = place.done_saying("render further.ron --model model --size 128x96 --fps 10 --out further.gif");
    assert_eq!(report["frames"], 5);
    assert!(message.starts_with("warning: ") && message.contains("has 4 axes") && message.contains("5, 500"), "{message}");
    place.done("render journey.ron --model model --size 128x96 --fps 10 --out plain.gif");
    assert_eq!(place.read("further.gif"), place.read("plain.gif"), "nothing else changes");
}

#[test]
fn what_is_of_another_kind_is_left_as_it_is() {
    let place = Place::new();
    for (line, out) in WRITERS {
        place.write(out, "these are my notes");
        place.refused(1, &format!("{line} {out}"), &[out, "left as it is"]);
        fs::remove_file(place.path(out)).unwrap();
        place.write(&format!("{out}/thesis.tex"), "three years of work");
        place.refused(1, &format!("{line} {out}"), &[out, "left as it is"]);
        fs::remove_dir_all(place.path(out)).unwrap();
    }
}

#[test]
fn without_display_or_driver_it_says_how_to_go_on() {
    let mut place = Place::new();
    let no_driver = [("VK_DRIVER_FILES", "/nowhere.json"), ("VK_ICD_FILENAMES", "/nowhere.json")];
    if cfg!(not(feature = "app")) {
        place.refused(1, "", &["no explorer", "facefield --help"]);
        place.refused(1, "render journey.ron --view flight --out x.mp4", &["--view portrait"]);
    } else if cfg!(target_os = "linux") {
        place.refused(1, "", &["no display", "xvfb-run", "facefield --help"]);
        place.variables = vec![("DISPLAY", ":4711")];
        let (code, out, message) = place.run("");
        assert_eq!((code, out.as_str()), (Some(1), ""), "{message}");
        assert!(!message.contains("panicked") && (message.contains("DISPLAY") || message.contains("no Vulkan driver")), "{message}");
        place.variables.extend(no_driver);
        place.refused(1, "", &["no Vulkan driver", "mesa-vulkan-drivers", "facefield --help"]);
        // A recording is drawn without one.
        let (code, _, message) = place.run("render journey.ron --view flight --out x.gif --size 160x90 --fps 2");
        assert_eq!(code, Some(0), "{message}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_nothing_behind() {
    use std::process::Child;
    use std::time::{Duration, Instant};
    let place = Place::new();
    place.write("long.ron", JOURNEY.replace("0.5", "600"));
    let import = format!("import {} --size 16 --out faces.safetensors", "pictures.zip ".repeat(3000));
    // Not for ever, and the program never outlives the test.
    let wait = |child: &mut Child, line: &str, until: &dyn Fn(&mut Child) -> bool| {
        let start = Instant::now();
        while !until(child) {
            if start.elapsed() > Duration::from_secs(30) {
                child.kill().ok();
                panic!("{line}: nothing happens");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    let ended = |child: &mut Child| child.try_wait().unwrap().is_some();
    let is_writing = || place.names(".").iter().any(|name| name.ends_with(".partial"));
    for (line, signal) in [
        (import.as_str(), "INT"),
        ("synth --count 300000 --seed 1 --out x.safetensors", "INT"),
        ("synth --count 300000 --seed 1 --out x.zip", "INT"),
        ("sample pca-celeba64 --count 1000000 --out x", "INT"),
        ("render long.ron --out x.mp4 --size 640x480", "INT"),
        ("render long.ron --out x.gif --size 640x480", "INT"),
        ("render long.ron --out x --size 640x480", "TERM"),
    ] {
        let before = snapshot(place.folder.path());
        let mut child = place.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait(&mut child, line, &|child| is_writing() || ended(child));
        std::thread::sleep(Duration::from_millis(100));
        assert!(!ended(&mut child), "{line}: it ended before it could be stopped");
        Command::new("sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status().unwrap();
        wait(&mut child, line, &ended);
        let output = child.wait_with_output().unwrap();
        let message = text(&output.stderr);
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(130), ""), "{line}: {message}");
        assert!(message.contains("facefield: stopped") && !message.contains("panicked"), "{line}: {message}");
        assert_unchanged(&before, &snapshot(place.folder.path()), line);
    }
}

/// Unmounts a disk at the end of a test.
#[cfg(target_os = "linux")]
struct Mounted(PathBuf);

#[cfg(target_os = "linux")]
impl Drop for Mounted {
    fn drop(&mut self) {
        Command::new("umount").arg(&self.0).status().ok();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named_and_what_stood_there_stays() {
    let place = Place::new();
    fs::create_dir(place.path("disk")).unwrap();
    let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(place.path("disk")).output();
    if !mount.as_ref().is_ok_and(|output| output.status.success()) {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "no disk could be mounted: {mount:?}");
        return eprintln!("skipped: this user may not mount a small disk");
    }
    let _disk = Mounted(place.path("disk"));
    WRITERS.iter().for_each(|(line, out)| drop(place.done(&format!("{line} disk/{out}"))));
    // All but one page is filled, so that writing begins and cannot end.
    let mut filler = fs::File::create(place.path("disk/filler")).unwrap();
    while std::io::Write::write_all(&mut filler, &[0; 4096]).is_ok() {}
    filler.set_len(filler.metadata().unwrap().len() - 4096).unwrap();
    for (line, out) in WRITERS {
        place.refused(1, &format!("{line} disk/{out}"), &[&format!("disk/{out}"), "No space left", "Free some space"]);
    }
}

#[test]
fn devices_are_tested_and_measured() {
    let place = Place::new();
    let report = place.done("self-test --backend cpu --short");
    let checks = report["checks"].as_array().unwrap();
    assert!(report["backend"] == "cpu" && checks.len() > 30, "{report}");
    assert!(checks.iter().all(|check| check["pass"] == true && check["error"].as_f64() <= check["limit"].as_f64()), "{report}");
    let rates = place.done("bench train --channels 4 --size 16 --batch 2 --steps 1 --repeats 2 --backend cpu");
    assert!(rates["images_per_second"].as_f64().is_some_and(|rate| rate > 0.0), "{rates}");
    assert_eq!((rates["seconds"].as_array().unwrap().len(), &rates["threads"]), (2, &report["threads"]));
    let decoded = place.done("bench decode --channels 4 --size 16 --batch 2 --steps 1 --repeats 1 --backend cpu");
    assert_eq!((&decoded["parameters"], &decoded["simd"]), (&rates["parameters"], &rates["simd"]));
    let shapes = place.done("bench conv --channels 4 --size 16 --batch 2 --steps 1 --repeats 1 --backend cpu");
    assert!(shapes["shapes"][0]["forward"]["median_gflops"].as_f64().is_some_and(|rate| rate > 0.0), "{shapes}");
    let critic = place.done("bench critic --preset tiny --size 16 --fade 0.5 --batch 2 --steps 1 --repeats 1 --backend cpu");
    let gan = place.done("bench gan --preset tiny --size 16 --fade 0.5 --batch 2 --steps 1 --repeats 2 --backend cpu");
    assert_eq!((&gan["parameters"], &gan["fade"], &gan["objective"]), (&critic["parameters"], &0.5.into(), &"rpgan".into()));
    assert!(gan["images_per_second"].as_f64().is_some_and(|rate| rate > 0.0) && gan["seconds"].as_array().unwrap().len() == 2, "{gan}");
    let parts = gan["parts"].as_array().unwrap();
    let shares: f64 = parts.iter().map(|part| part["share"].as_f64().unwrap()).sum();
    assert!((shares - 1.0).abs() < 1e-6 && parts.iter().any(|part| part["part"] == "penalty"), "{gan}");
    let direct = place.done("bench critic --preset tiny --size 16 --batch 2 --steps 1 --repeats 1 --backend cpu");
    assert!(direct["fade"].is_null() && direct["parameters"].as_u64() < critic["parameters"].as_u64(), "{direct}");
    place.refused(2, "bench gan --fade 1", &["--fade", "below 1"]);
    let pca = place.done("bench pca faces.safetensors --components 4 --repeats 1");
    assert_eq!((&pca["components"], &pca["faces"]), (&4.into(), &18.into()));
    place.refused(1, "self-test --backend metal", &["metal", "--backend cpu"]);
    place.done("render first-axes --size 128x96 --fps 1 --out sample.gif");
}

//! Inputs that change while they are read end in a sentence, with the work so far kept; never in a signal.

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::{Place, text};

const TRAIN: &str = "train autoencoder --data faces.safetensors --out run --preset tiny --latent 4 --batch 8 --backend cpu";

/// Waits until the program ends by itself: exit code and what it said.
fn end(mut child: Child) -> (Option<i32>, String) {
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().ok();
            panic!("it goes on for ever");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    (output.status.code(), text(&output.stderr))
}

/// Begins a training and waits until it has learned something.
fn training(place: &Place) -> Child {
    fs::remove_dir_all(place.path("run")).ok();
    let child = place.command(&format!("{TRAIN} --images 10000000")).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    let rows = || fs::read_to_string(place.path("run/curves.csv")).map_or(0, |text| text.lines().count());
    while rows() < 3 {
        assert!(start.elapsed() < Duration::from_secs(60), "nothing is learned");
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

#[test]
fn a_cache_that_is_written_over_ends_a_training_with_a_sentence_and_its_work_is_kept() {
    let place = Place::new();
    place.done("synth --count 300 --seed 2 --size 16 --out faces.safetensors");
    place.done("synth --count 300 --seed 3 --size 16 --out others.safetensors");
    place.done("synth --count 6 --seed 1 --size 16 --out few.safetensors");
    let (whole, others, few) = (place.read("faces.safetensors"), place.read("others.safetensors"), place.read("few.safetensors"));
    for (written, what) in [(few.as_slice(), "fewer faces"), (&[], "nothing"), (&others, "other faces of the same length")] {
        let child = training(&place);
        // In place, as `cp` does it: the file stays, and its content changes.
        fs::write(place.path("faces.safetensors"), written).unwrap();
        let (code, message) = end(child);
        assert_eq!(code, Some(1), "{what}: {message}");
        assert!(message.contains("faces.safetensors") && message.contains("changed by another program"), "{what}: {message}");
        assert!(!message.contains("panicked"), "{what}: {message}");
        fs::write(place.path("faces.safetensors"), &whole).unwrap();
        let kept = fs::read_to_string(place.path("run/curves.csv")).unwrap();
        let last: u64 = kept.lines().last().unwrap().split(',').next().unwrap().parse().unwrap();
        let images = (last + 10) * 8;
        let summary = place.done(&format!("{TRAIN} --resume --images {images}"));
        assert_eq!((&summary["images_seen"], &summary["steps"]), (&images.into(), &(last + 10).into()), "{what}: it goes on from there");
    }
}

#[test]
fn a_cache_that_is_only_touched_goes_on() {
    let place = Place::new();
    place.done("synth --count 300 --seed 2 --size 16 --out faces.safetensors");
    let mut child = training(&place);
    let before = fs::read_to_string(place.path("run/curves.csv")).unwrap().lines().count();
    fs::File::options().append(true).open(place.path("faces.safetensors")).unwrap().set_modified(std::time::SystemTime::now()).unwrap();
    let start = Instant::now();
    while fs::read_to_string(place.path("run/curves.csv")).unwrap().lines().count() < before + 3 {
        assert!(child.try_wait().unwrap().is_none(), "{}", end(child).1);
        assert!(start.elapsed() < Duration::from_secs(60), "nothing is learned any more");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn other_readers_of_a_cache_that_shrinks_end_in_a_sentence_too() {
    let place = Place::new();
    place.done("synth --count 6000 --seed 2 --size 32 --out large.safetensors");
    place.done("fit pca --data large.safetensors --components 4 --out large");
    let whole = place.read("large.safetensors");
    for line in ["fit pca --data large.safetensors --components 64 --out x", "evaluate large --data large.safetensors --fresh"] {
        let mut ended = 0;
        for pause in [5, 20, 60, 150, 300] {
            fs::write(place.path("large.safetensors"), &whole).unwrap();
            let child = place.command(line).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(pause));
            fs::File::options().write(true).open(place.path("large.safetensors")).unwrap().set_len(whole.len() as u64 / 10).unwrap();
            let (code, message) = end(child);
            assert!(matches!(code, Some(0 | 1)) && !message.contains("panicked"), "{line} after {pause} ms: {code:?} {message}");
            ended += i32::from(code == Some(1));
        }
        assert!(ended > 0, "{line}: never while it was read");
    }
}

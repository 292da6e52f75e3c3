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
    place.done("synth --count 4000 --seed 2 --size 32 --out large.safetensors");
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

#[test]
fn an_archive_that_changes_while_it_is_imported_ends_in_a_sentence_and_keeps_the_faces_so_far() {
    const COUNT: usize = 300;
    let place = Place::empty();
    let drawn = image::RgbImage::from_fn(480, 480, |x, y| image::Rgb([(x / 2) as u8, (y / 2) as u8, ((x ^ y) / 2) as u8]));
    let mut picture = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut picture, 90).encode_image(&drawn).unwrap();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut tar = tar::Builder::new(Vec::new());
    for number in 0..COUNT {
        let name = format!("{number:03}.jpg");
        let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file(&name, stored).unwrap();
        std::io::Write::write_all(&mut zip, &picture).unwrap();
        let mut header = tar::Header::new_gnu();
        header.set_size(picture.len() as u64);
        tar.append_data(&mut header, &name, &picture[..]).unwrap();
    }
    let mut kept = 0;
    for (name, whole) in [("faces.zip", zip.finish().unwrap().into_inner()), ("faces.tar", tar.into_inner().unwrap())] {
        for (pause, written) in [(20, whole.len() / 3), (60, 0), (120, whole.len() / 3), (300, whole.len() / 2), (300, whole.len())] {
            fs::remove_file(place.path("x.safetensors")).ok();
            place.write(name, &whole);
            let line = format!("--json import {name} --size 16 --out x.safetensors");
            let child = place.command(&line).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(pause));
            // In place, as `cp` and a second download do it.
            if written == whole.len() {
                fs::write(place.path(name), vec![0x5A; written]).unwrap();
            } else {
                fs::File::options().write(true).open(place.path(name)).unwrap().set_len(written as u64).unwrap();
            }
            let (code, message) = end(child);
            let what = format!("{name} with {written} bytes after {pause} ms: {code:?} {message}");
            assert!(matches!(code, Some(0 | 1)) && !message.contains("panicked"), "{what}");
            assert_eq!(code == Some(0), place.path("x.safetensors").exists(), "{what}");
            assert!(code == Some(0) || message.contains(name), "{what}");
            kept += i32::from(code == Some(0) && message.contains("changed by another program"));
        }
    }
    assert!(kept > 0, "never while it was read");
}

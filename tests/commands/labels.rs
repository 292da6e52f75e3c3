//! `facefield import` from outside: attributes and the official split reach the faces however CelebA came, or it is said that they do not.

use std::io::Write;

use serde_json::{Value, json};

use super::{Place, text};

const ATTRIBUTES: &str = "list_attr_celeba.txt";
const PARTITION: &str = "list_eval_partition.txt";

/// With 20 faces and their texts below `official`, as CelebA's own folders lie.
fn official() -> Place {
    let place = Place::new();
    for (from, to) in [
        ("pictures/img_align_celeba", "official/Img/img_align_celeba"),
        ("pictures/list_attr_celeba.txt", "official/Anno/list_attr_celeba.txt"),
        ("pictures/list_eval_partition.txt", "official/Eval/list_eval_partition.txt"),
    ] {
        std::fs::create_dir_all(place.path(to).parent().expect("it is in the place")).expect("folders can be made");
        std::fs::rename(place.path(from), place.path(to)).expect("it was unpacked there");
    }
    place
}

fn zipped(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("memory takes a zip");
        zip.write_all(&bytes).expect("memory takes a zip");
    }
    zip.finish().expect("memory takes a zip").into_inner()
}

fn labelled(report: &Value, count: usize) {
    assert_eq!(report["labelled"], json!(count), "{report}");
    let split = &report["split"];
    assert!(split["from"].as_str().is_some_and(|from| from.contains("list_eval_partition")), "{report}");
    assert_eq!((&split["train"], &split["valid"], &split["test"]), (&json!(18), &json!(1), &json!(1)), "{report}");
}

#[test]
fn texts_are_found_wherever_they_lie() {
    let place = official();
    for source in ["official", "official/Img", "official/Img/img_align_celeba"] {
        labelled(&place.done(&format!("import {source} --size 16 --out x.safetensors")), 20);
    }
    let (code, out, message) = place.run("import official --size 16 --out x.safetensors");
    assert_eq!((code, message.as_str()), (Some(0), ""), "{message}");
    let last: Vec<&str> = out.lines().rev().take(2).collect();
    assert!(last[1].starts_with("labels: 20 of 20 faces") && last[0].starts_with("split: 18 train, 1 valid, 1 test, from"), "{out}");
}

#[test]
fn texts_and_pictures_meet_whatever_their_names() {
    let place = official();
    let (attributes, partition) = (place.read("official/Anno/list_attr_celeba.txt"), place.read("official/Eval/list_eval_partition.txt"));
    let picture = |number: usize| place.read(&format!("official/Img/img_align_celeba/{number:06}.jpg"));
    let with = |name: &dyn Fn(usize) -> String, texts: [(&str, Vec<u8>); 2]| {
        let pictures = (1..=20).map(|number| (name(number), picture(number)));
        zipped(pictures.chain(texts.map(|(name, bytes)| (name.to_owned(), bytes))))
    };
    let rows = |bytes: &[u8], skipped: usize| {
        let lines: Vec<String> =
            text(bytes).lines().skip(skipped).map(|line| line.split_whitespace().collect::<Vec<_>>().join(",")).collect();
        lines.join("\n")
    };
    let names = text(&attributes).lines().nth(1).expect("it has names").split_whitespace().collect::<Vec<_>>().join(",");
    let table = format!("image_id,{names}\n{}\n", rows(&attributes, 2)).into_bytes();
    let parts = format!("image_id,partition\n{}\n", rows(&partition, 0)).into_bytes();
    let utf16: Vec<u8> = text(&attributes).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let same = [(ATTRIBUTES, attributes.clone()), (PARTITION, partition.clone())];
    for (kind, bytes) in [
        ("png", with(&|n| format!("img_align_celeba_png/{n:06}.png"), same.clone())),
        ("backslash", with(&|n| format!("img_align_celeba\\{n:06}.jpg"), same.clone())),
        ("capitals", with(&|n| format!("{n:06}.JPG"), same.clone())),
        ("tables", with(&|n| format!("a/b/{n:06}.jpg"), [("list_attr_celeba.csv", table), ("list_eval_partition.csv", parts)])),
        (
            "copies",
            with(
                &|n| format!("{n:06}.jpg"),
                [("LIST_ATTR_CELEBA (1).TXT", attributes), ("x/list_eval_partition(2).txt", partition.clone())],
            ),
        ),
        ("UTF-16", with(&|n| format!("{n:06}.jpg"), [(ATTRIBUTES, utf16), (PARTITION, partition)])),
    ] {
        place.write("in.zip", bytes);
        let (code, out, message) = place.run("--json import in.zip --size 16 --out x.safetensors");
        assert_eq!((code, message.as_str()), (Some(0), ""), "{kind}: {message}");
        labelled(&serde_json::from_str(&out).expect("one value"), 20);
    }
}

#[test]
fn of_the_same_names_the_aligned_ones_are_taken_else_all() {
    let place = official();
    let other = image::RgbImage::from_pixel(300, 200, image::Rgb([9, 90, 200]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    other.write_to(&mut bytes, image::ImageFormat::Jpeg).expect("memory takes a JPEG");
    let wild = bytes.into_inner();
    for number in 1..=20 {
        place.write(&format!("official/Img/img_celeba/{number:06}.jpg"), &wild);
    }
    let report = place.done("import official --size 16 --out x.safetensors");
    labelled(&report, 20);
    assert_eq!((&report["faces"], &report["left_out"][0]["count"]), (&json!(20), &json!(20)), "{report}");
    for number in 1..=20 {
        let aligned = place.read(&format!("official/Img/img_align_celeba/{number:06}.jpg"));
        place.write(&format!("official/Img/img_celeba/{number:06}.jpg"), aligned);
    }
    let report = place.done("import official --size 16 --out x.safetensors");
    assert_eq!((&report["faces"], &report["labelled"]), (&json!(40), &json!(40)));
}

#[test]
fn labels_that_do_not_reach_the_faces_are_said_to() {
    let place = official();
    let says = |words: &[&str]| {
        let (code, out, message) = place.run("--json import official --size 16 --out x.safetensors");
        assert_eq!(code, Some(0), "{message}");
        words.iter().for_each(|word| assert!(message.contains("warning: ") && message.contains(word), "no `{word}` in: {message}"));
        let report: Value = serde_json::from_str(&out).expect("one value");
        assert!(report["warnings"].as_array().is_some_and(|warnings| !warnings.is_empty()), "{report}");
        report
    };
    let (attributes, partition) = ("official/Anno/list_attr_celeba.txt", "official/Eval/list_eval_partition.txt");
    let (known, parts) = (text(&place.read(attributes)), text(&place.read(partition)));
    place.write(attributes, known.replace("-1", "0"));
    assert_eq!(says(&["0 is taken for no"])["labelled"], 20);
    place.write(attributes, known.replace(".jpg", "x.jpg"));
    assert_eq!(says(&["names none of the pictures", "no face gets attributes"])["labelled"], 0);
    place.write(attributes, &known);
    place.write(partition, parts.replace(".jpg", "x.jpg"));
    assert_eq!(says(&["a random split takes the place"])["split"]["from"], "random");
    std::fs::remove_file(place.path(partition)).expect("it is there");
    says(&["list_eval_partition.txt", "a random split takes the place"]);
    let refused = |content: &str, words: &[&str]| {
        place.write(attributes, content);
        place.refused(1, "import official --out x.safetensors", words);
    };
    refused("<!DOCTYPE html><title>Quota exceeded</title>", &["list_attr_celeba.txt", "web page"]);
    refused(&known.replacen("-1", " 7", 1), &["list_attr_celeba.txt", "line 3", "\"7\""]);
    refused("", &["line 1", "empty"]);
}

#[test]
fn sources_with_other_attributes_keep_both() {
    let place = official();
    let picture = place.read("official/Img/img_align_celeba/000001.jpg");
    for (folder, name, value) in [("a", "Smiling", "1"), ("b", "Bald", "-1")] {
        place.write(&format!("{folder}/{folder}.jpg"), &picture);
        place.write(&format!("{folder}/{ATTRIBUTES}"), format!("1\n{name}\n{folder}.jpg {value}\n"));
    }
    let (report, _) = place.done_saying("import a b --size 16 --out both.safetensors");
    assert_eq!((&report["attributes"], &report["labelled"]), (&json!(2), &json!(2)), "{report}");
    let bytes = place.read("both.safetensors");
    let faces = safetensors::SafeTensors::deserialize(&bytes).expect("the cache is whole");
    assert_eq!(faces.tensor("attributes").expect("there are two").data(), [1, 0, 0, -1_i8 as u8], "what a source does not say is unknown");
}

//! `facefield evaluate`, `facefield report` and `facefield bench evaluate` from outside, on synthetic faces of 16 and 32 pixels.
//!
//! Owns what their users rely on: figures that can be checked, that are computed once and kept, and that are absent with a reason; a page
//! that needs nothing else; messages that name the file. What the metrics measure is tested where they are computed.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use safetensors::SafeTensors;
use serde_json::{Value, json};

use super::killed::number;
use super::{Place, positive, text};

/// Of the figures of the model of [`place`].
const EVALUATE: &str = "evaluate model --data faces.safetensors";
const REPORT: &str = "report model --data faces.safetensors --out";

/// With 120 faces of 16 pixels (108 for training, 6 for validation) as faces.safetensors, and their PCA with 8 axes as model.
fn place() -> Place {
    let place = Place::empty();
    place.done("synth --count 120 --seed 7 --size 16 --out faces.safetensors");
    place.done("fit pca --data faces.safetensors --components 8 --out model");
    place
}

/// What a command that must succeed prints, and what it says.
fn printed(place: &Place, line: &str) -> (String, String) {
    let (code, out, message) = place.run(line);
    assert!(code == Some(0) && !message.contains("panicked"), "{line}: {message}");
    (out, message)
}

/// Whether the figures of the first model are those that its folder kept.
fn is_kept(place: &Place, line: &str) -> bool {
    let (out, message) = printed(place, line);
    assert!(!message.contains("warning"), "{line}: {message}");
    out.lines().next().expect("figures are printed").ends_with("kept from before")
}

/// The means over the validation faces of squared error and PSNR, computed anew from the weights of the model in f64.
fn errors(place: &Place) -> [f64; 2] {
    let (weights, faces) = (place.read("model/weights.safetensors"), place.read("faces.safetensors"));
    let weights = SafeTensors::deserialize(&weights).expect("weights are whole");
    let faces = SafeTensors::deserialize(&faces).expect("the cache is whole");
    let numbers = |name: &str| -> Vec<f64> {
        let bytes = weights.tensor(name).expect(name).data();
        bytes.chunks_exact(4).map(|four| f64::from(f32::from_le_bytes(four.try_into().expect("four bytes")))).collect()
    };
    let (mean, axes) = (numbers("mean"), numbers("axes"));
    let error = |face: &[u8]| {
        let centred: Vec<f64> = face.iter().zip(&mean).map(|(byte, mean)| f64::from(*byte) / 255.0 - mean).collect();
        let mut made = mean.clone();
        for axis in axes.chunks_exact(mean.len()) {
            let code: f64 = axis.iter().zip(&centred).map(|(axis, number)| axis * number).sum();
            made.iter_mut().zip(axis).for_each(|(made, axis)| *made += code * axis);
        }
        let square = |(made, byte): (&f64, &u8)| ((made * 255.0).round().clamp(0.0, 255.0) - f64::from(*byte)).powi(2);
        made.iter().zip(face).map(square).sum::<f64>() / mean.len() as f64 / 255.0_f64.powi(2)
    };
    let (pixels, marks) = (faces.tensor("faces").expect("faces").data(), faces.tensor("split").expect("split").data());
    let held_out = pixels.chunks_exact(mean.len()).zip(marks).filter(|(_, mark)| **mark == 1);
    let errors: Vec<f64> = held_out.map(|(face, _)| error(face)).collect();
    let count = errors.len() as f64;
    [errors.iter().sum::<f64>() / count, errors.iter().map(|error| -10.0 * error.log10()).sum::<f64>() / count]
}

/// The section of a page that holds the tables of figures.
fn tables(page: &str) -> &str {
    let (_, rest) = page.split_once("<section id=\"figures\">").expect("a report has figures");
    rest.split_once("</section>").expect("sections end").0
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect()
}

#[test]
fn the_figures_of_a_pca_are_plausible_and_its_errors_those_of_its_weights() {
    let place = place();
    let found = place.done(EVALUATE);
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    let found = &found[0];
    for (field, wanted) in [
        ("model", json!("model")),
        ("kind", json!("pca")),
        ("size", json!(16)),
        ("latent_dim", json!(8)),
        ("faces", json!(6)),
        ("n", json!(6)),
        ("seed", json!(1)),
        ("split", json!("valid")),
        ("training_faces", json!(108)),
    ] {
        assert_eq!(found[field], wanted, "{field}");
    }
    let (reconstruction, [mse, psnr]) = (&found["reconstruction"], errors(&place));
    let figure = |name: &str| reconstruction[name].as_f64().unwrap();
    // Products in f32 move a few bytes by one.
    assert!((figure("mse") / mse - 1.0).abs() < 1e-3 && (figure("psnr") - psnr).abs() < 0.01, "{mse}, {psnr}: {reconstruction}");
    assert!((0.3..1.0).contains(&figure("ssim")), "{reconstruction}");
    let bits = found["likelihood"]["bits_per_dim"].as_f64().unwrap();
    assert!(0.0 < bits && bits < 8.0, "less than the picture itself: {bits}");
    assert!(positive(&found["samples"], "neighbour_ratio"), "{found}");
    for figures in [&found["samples"], &found["samples"]["floor"]] {
        assert_eq!((keys(&figures["swd"]), keys(&figures["swd_r"])), (vec!["16", "mean"], vec!["16", "mean"]));
        assert!(positive(&figures["swd"], "16") && positive(&figures["swd_r"], "mean") && positive(&figures["band_energy"], "16"));
        for share in ["precision", "recall", "coverage"] {
            assert!(figures[share].as_f64().is_some_and(|share| (0.0..=1.0).contains(&share)), "{share}: {figures}");
        }
        assert!(figures["density"].as_f64().is_some_and(|density| density >= 0.0), "{figures}");
    }
}

#[test]
fn figures_are_kept_for_the_same_question_and_computed_anew_for_any_other() {
    let place = place();
    let json = format!("--json {EVALUATE}");
    let (first, _) = printed(&place, &json);
    assert_eq!(place.names("model"), ["figures.json", "model.ron", "preview.png", "weights.safetensors"]);
    assert!(is_kept(&place, EVALUATE));
    assert_eq!(printed(&place, &json).0, first, "to the last digit");
    assert!(!is_kept(&place, &format!("{EVALUATE} --fresh")));
    assert_eq!(printed(&place, &format!("{json} --fresh")).0, first);

    let other = format!("{EVALUATE} --seed 2");
    assert!(!is_kept(&place, &other) && is_kept(&place, &other) && is_kept(&place, EVALUATE));
    let (second, _) = printed(&place, &format!("--json {other}"));
    let [one, two]: [Value; 2] = [&first, &second].map(|out| serde_json::from_str(out).unwrap());
    assert_eq!(one[0]["reconstruction"], two[0]["reconstruction"]);
    assert_ne!(one[0]["samples"]["swd"], two[0]["samples"]["swd"]);
    assert!(!is_kept(&place, &format!("{EVALUATE} --split test")));

    fs::remove_file(place.path("model/figures.json")).unwrap();
    assert!(!is_kept(&place, EVALUATE));
    place.done("synth --count 120 --seed 8 --size 16 --out faces.safetensors");
    assert!(!is_kept(&place, EVALUATE), "of other faces");
    assert_ne!(printed(&place, &json).0, first);
    place.done("fit pca --data faces.safetensors --components 6 --out model");
    assert!(!is_kept(&place, EVALUATE), "of another model");
}

#[test]
fn kept_figures_that_are_damaged_or_foreign_are_named_and_computed_anew() {
    let place = place();
    let (first, _) = printed(&place, &format!("--json {EVALUATE}"));
    let whole = text(&place.read("model/figures.json"));
    let newer = json!({ "version": 99, "figures": [] }).to_string();
    for (content, is_foreign) in [(&whole[..whole.len() / 2], false), (newer.as_str(), true), ("these are my notes", true)] {
        place.write("model/figures.json", content);
        let (found, message) = printed(&place, &format!("--json {EVALUATE}"));
        assert!(message.contains("warning: ") && message.contains("figures.json"), "{content}: {message}");
        assert_eq!(found, first);
        let left = if is_foreign { content } else { whole.as_str() };
        assert_eq!(text(&place.read("model/figures.json")), left, "ours is replaced, and nothing else");
    }
}

#[test]
fn faces_that_lack_are_said_and_their_figures_absent() {
    let place = Place::new();
    let partition = text(&place.read("pictures/list_eval_partition.txt"));
    let all_valid: String = partition.lines().filter_map(|line| line.split_once(' ')).map(|(name, _)| format!("{name} 1\n")).collect();
    place.write("pictures/list_eval_partition.txt", all_valid);
    place.done("import pictures --size 16 --out valid.safetensors");
    let (found, message) = place.done_saying("evaluate model --data valid.safetensors");
    assert!(message.contains("warning: ") && message.contains("valid.safetensors") && message.contains("--train"), "{message}");
    let samples = &found[0]["samples"];
    assert_eq!((&found[0]["faces"], &found[0]["n"], &found[0]["training_faces"]), (&json!(20), &json!(20), &json!(0)));
    assert!(positive(&samples["swd"], "mean") && samples["floor"]["swd"]["mean"].is_null(), "{samples}");
    assert!(["precision", "recall", "density", "coverage", "neighbour_ratio"].iter().all(|name| samples[name].is_null()), "{samples}");
    let (_, message) = place.done_saying("report model --data valid.safetensors --out report.html");
    assert!(message.contains("--train"), "{message}");
    assert!(tables(&text(&place.read("report.html"))).contains("<table"));
    let (found, _) = place.done_saying("evaluate model --data valid.safetensors --train faces.safetensors");
    assert!(found[0]["training_faces"] == 18 && found[0]["n"] == 18 && positive(&found[0]["samples"]["floor"]["swd"], "mean"), "{found}");

    let (found, message) = place.done_saying("evaluate model --data faces.safetensors --split train");
    assert!(message.contains("18 of the 18 faces to judge by are training faces") && message.contains("--split"), "{message}");
    assert!(found[0]["split"] == "train" && found[0]["samples"]["neighbour_ratio"].is_null(), "{found}");

    place.done("synth --count 40 --seed 1 --size 8 --out small.safetensors");
    place.done("fit pca --data small.safetensors --components 3 --out small");
    let (found, message) = place.done_saying("evaluate small --data small.safetensors");
    assert!(message.contains("too small for SSIM") && message.contains("too few for precision"), "{message}");
    assert!(found[0]["reconstruction"]["ssim"].is_null() && found[0]["samples"]["swd"] == json!({ "mean": null }), "{found}");
    place.done_saying("report small --data small.safetensors --out small.html");
}

#[test]
fn what_cannot_be_judged_is_named() {
    let place = place();
    let [header, weights, faces] = ["model/model.ron", "model/weights.safetensors", "faces.safetensors"].map(|name| place.read(name));
    ["bare/model.ron", "cut/model.ron"].iter().for_each(|name| place.write(name, &header));
    place.write("cut/weights.safetensors", &weights[..weights.len() - 1]);
    place.write("short.safetensors", &faces[..faces.len() - 1]);
    place.done("synth --count 4 --seed 1 --out pictures.zip");
    place.done("synth --count 4 --seed 1 --size 16 --out few.safetensors");
    place.done("synth --count 40 --seed 1 --size 32 --out larger.safetensors");
    place.done("fit pca --data larger.safetensors --components 4 --out large");
    for (line, words) in [
        ("nobody --data faces.safetensors", ["`nobody`", "pca-celeba64"]),
        ("bare --data faces.safetensors", ["at bare", "weights.safetensors is missing"]),
        ("model cut --data faces.safetensors", ["weights.safetensors", "cut short"]),
        ("model large --data faces.safetensors", ["large makes faces of 32 pixels", "--size 32"]),
        ("model --data pictures.zip", ["pictures.zip", "Import it first"]),
        ("model --data short.safetensors", ["short.safetensors", "cut short"]),
        ("model --data nowhere.safetensors", ["nowhere.safetensors", "spelling"]),
        ("model --data model", ["model is no face cache", "folder"]),
        ("model --data faces.safetensors --train pictures.zip", ["pictures.zip", "Import it first"]),
        ("model --data faces.safetensors --train short.safetensors", ["short.safetensors", "cut short"]),
    ] {
        place.refused(1, &format!("evaluate {line}"), &words);
        place.refused(1, &format!("report {line} --out x.html"), &words);
    }
    for (line, words) in [
        ("model --data larger.safetensors", ["model makes faces of 16 pixels", "--size 16"]),
        ("model --data faces.safetensors --train larger.safetensors", ["larger.safetensors", "at one size"]),
        ("model --data few.safetensors --split test", ["few.safetensors holds no faces of the split `test`", "4 train"]),
    ] {
        place.refused(1, &format!("evaluate {line}"), &words);
    }
    for (line, word) in [
        ("evaluate --data faces.safetensors", "MODEL"),
        ("evaluate model", "--data"),
        ("evaluate model --data faces.safetensors --split late", "valid"),
        ("report --data faces.safetensors --out x.html", "MODEL"),
        ("report model --data faces.safetensors", "--out"),
        ("report model --data faces.safetensors --out x.pdf", ".html"),
    ] {
        place.refused(2, line, &[word]);
    }
}

#[test]
fn a_report_is_one_page_that_needs_nothing_else_and_follows_its_seed() {
    let place = place();
    let summary = place.done(&format!("{REPORT} deep/er/report.html"));
    let page = text(&place.read("deep/er/report.html"));
    assert_eq!((&summary["models"], &summary["path"]), (&json!(["model"]), &json!("deep/er/report.html")));
    assert!(summary["bytes"] == page.len() && positive(&summary, "seconds"), "{summary}");
    assert_eq!(place.names("deep/er"), ["report.html"]);
    for part in ["<!DOCTYPE html>", "PCA · model · k 8", "src=\"data:image/png;base64,", "<svg", "seed 1", "</html>"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(tables(&page).contains("<table") && tables(&page).contains(">model</th>"));
    for outside in ["http://", "https://", "<script", "<link", "@import", "<iframe"] {
        assert!(!page.contains(outside), "{outside}");
    }
    place.done(&format!("{REPORT} deep/er/report.html"));
    assert!(text(&place.read("deep/er/report.html")) == page, "a report is replaced, and kept figures make the same one");
    place.done(&format!("{REPORT} fresh.html --fresh"));
    assert!(text(&place.read("fresh.html")) == page, "as do those that are computed anew");
    place.done(&format!("{REPORT} other.html --seed 2"));
    assert_ne!(tables(&text(&place.read("other.html"))), tables(&page));
}

#[test]
fn a_report_replaces_nothing_but_a_report() {
    let place = place();
    // So that figures are kept, and no command below has a reason to write any.
    place.done(&format!("{REPORT} report.html"));
    place.write("notes.html", "<!DOCTYPE html><html><body>three years of work</body></html>");
    fs::create_dir(place.path("folder.html")).unwrap();
    for out in ["notes.html", "folder.html"] {
        place.refused(1, &format!("{REPORT} {out}"), &[out, "a report", "left as it is"]);
    }
    place.refused(1, &format!("{REPORT} notes.html/report.html"), &["cannot write notes.html/report.html", "is a file and no folder"]);
}

#[test]
fn faces_that_are_made_smaller_for_a_model_go_again() {
    let place = place();
    place.done("synth --count 60 --seed 3 --size 32 --out larger.safetensors");
    place.done("fit pca --data larger.safetensors --components 5 --out large");
    place.write("notes.txt", "my notes");
    fs::create_dir(place.path("temporary")).unwrap();
    for (out, wanted) in [("both.html", 0), ("notes.txt/both.html", 1)] {
        let mut command = place.command(&format!("report large model --data larger.safetensors --out {out}"));
        let output = command.env("TMPDIR", place.path("temporary")).output().unwrap();
        assert_eq!(output.status.code(), Some(wanted), "{}", text(&output.stderr));
        assert_eq!(place.names("temporary"), [""; 0], "{out}");
        assert!(!place.names(".").iter().any(|name| name.ends_with(".partial")), "{out}");
    }
    let page = text(&place.read("both.html"));
    assert!(page.contains("<h3>32x32 pixels</h3>") && page.contains("resized to that"), "figures of two sizes stand apart");
}

#[test]
fn figures_of_models_that_ship_are_kept_for_the_user_and_the_models_stay_as_they_are() {
    let place = place();
    let shipped = place.path("shipped");
    fs::create_dir(&shipped).unwrap();
    for file in ["model.ron", "weights.safetensors"] {
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("models/pca-celeba64").join(file), shipped.join(file)).unwrap();
    }
    place.done("synth --count 60 --seed 3 --size 64 --out large.safetensors");
    let line = "evaluate shipped pca-celeba64 --data large.safetensors --split train";
    let kept = || printed(&place, line).0.matches("kept from before").count();
    assert_eq!((kept(), kept()), (0, 2));
    assert_eq!(place.names("shipped"), ["model.ron", "weights.safetensors"]);
}

#[test]
fn a_killed_evaluation_leaves_models_that_open_and_figures_that_are_whole() {
    let place = place();
    let models = ["a", "b", "c"];
    for (model, components) in models.iter().zip(3..) {
        place.done(&format!("fit pca --data faces.safetensors --components {components} --out {model}"));
    }
    let figures = |model: &str| place.path(&format!("{model}/figures.json"));
    let line = "--json evaluate a b c --data faces.safetensors --split train";
    // At first as soon as the first figures are kept, then at any time.
    let mut random = ChaCha8Rng::seed_from_u64(number("FACEFIELD_SEED", 1));
    let further = (0..number("FACEFIELD_KILLS", 0)).map(|_| Some(random.random_range(1..900)));
    for pause in [None, Some(3), Some(50), Some(150), Some(400)].into_iter().chain(further) {
        let mut child = place.command(&format!("{line} --fresh")).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let start = Instant::now();
        let is_time = || match pause {
            None => figures("a").exists() || start.elapsed() > Duration::from_secs(30),
            Some(milliseconds) => start.elapsed() >= Duration::from_millis(milliseconds),
        };
        while !is_time() {
            std::thread::sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(pause.is_some() || figures("a").exists(), "no figures come");
        for model in models {
            if let Ok(bytes) = fs::read(figures(model)) {
                let kept: Value = serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{model}: {error}: {}", text(&bytes)));
                assert_eq!(kept["version"], 1);
            }
            place.done(&format!("sample {model} --count 1 --out face.png"));
        }
    }
    let (kept, message) = printed(&place, line);
    assert!(!message.contains("figures.json"), "{message}");
    assert_eq!(kept, printed(&place, &format!("{line} --fresh")).0);
}

#[test]
fn the_time_that_judging_takes_is_told_stage_by_stage() {
    let place = place();
    let bench = place.done("bench evaluate model --data faces.safetensors --repeats 2");
    assert_eq!(bench["models"], json!([{ "model": "model", "size": 16, "faces": 6, "samples": 6, "training_faces": 108 }]));
    assert!(positive(&bench, "threads") && positive(&bench, "median_seconds"), "{bench}");
    assert!(!cfg!(target_os = "linux") || positive(&bench, "peak_anonymous_mib"), "{bench}");
    let (seconds, stages) = (bench["seconds"].as_array().unwrap(), bench["stages"].as_array().unwrap());
    assert_eq!((seconds.len(), stages.len()), (2, 2));
    for (seconds, stages) in seconds.iter().zip(stages) {
        let stages = stages.as_array().unwrap();
        let sum: f64 = stages.iter().map(|stage| stage["seconds"].as_f64().unwrap()).sum();
        assert!((sum - seconds.as_f64().unwrap()).abs() < 1e-6, "{bench}");
        let names: Vec<&str> = stages.iter().map(|stage| stage["stage"].as_str().unwrap()).collect();
        assert_eq!(names[0], "opening");
        assert!(["fitting", "measuring the floor", "reconstructing", "sampling", "comparing"].iter().all(|name| names.contains(name)));
    }
    assert_eq!(place.names("model"), ["model.ron", "preview.png", "weights.safetensors"], "nothing is kept of it");
    place.refused(1, "bench evaluate model --data nowhere.safetensors", &["nowhere.safetensors", "spelling"]);
}

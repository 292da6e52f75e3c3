//! `facefield average` from outside: a model of any length from what a run keeps, or a sentence that says why not.

use super::*;

const OPTIONS: &str =
    "--data faces.safetensors --preset tiny --latent 4 --batch 8 --checkpoint-every 50 --images 2400 --backend cpu --out run";

fn trained(kind: &str) -> Place {
    let place = Place::new();
    place.done(&format!("train {kind} {OPTIONS}"));
    place
}

/// The weights of a model, without its frame.
fn weights(place: &Place, model: &str) -> BTreeMap<String, Vec<u8>> {
    let bytes = place.read(&format!("{model}/weights.safetensors"));
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let network = file.tensors().into_iter().filter(|(name, _)| !name.starts_with("latent."));
    network.map(|(name, tensor)| (name, tensor.data().to_vec())).collect()
}

#[test]
fn a_run_of_any_kind_becomes_models_of_any_length() {
    for (kind, frame) in [("gan", "network"), ("autoencoder", "faces")] {
        let place = trained(kind);
        let report = place.done("average run --length 0.05 --out short");
        assert_eq!((&report["step"], &report["images"], &report["frame"]), (&json!(300), &json!(2400), &json!(frame)), "{kind}: {report}");
        assert!(report["residual"].as_f64().is_some_and(|residual| residual < 1e-3), "{kind}: one that is kept is met: {report}");
        assert!(report["moments"].as_u64().is_some_and(|moments| moments >= 7), "{kind}: {report}");
        let whole = place.read("run/checkpoints/000000300/averages.safetensors");
        let whole = SafeTensors::deserialize(&whole).unwrap();
        for (name, bytes) in weights(&place, "short") {
            let wanted = whole.tensor(&format!("short.{name}")).unwrap();
            let numbers = |bytes: &[u8]| bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect::<Vec<_>>();
            let differ = numbers(&bytes).iter().zip(numbers(wanted.data())).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(differ < 1e-3, "{kind}, {name}: {differ}");
        }
        place.done("average run --length 0.2 --out long");
        place.done("average run --length 0.2 --out again");
        assert!(weights(&place, "long") == weights(&place, "again"), "{kind}: the same every time");
        assert!(weights(&place, "long") != weights(&place, "short"), "{kind}: the length counts");
        place.done("average run --length 0.2 --half --out half");
        let bytes = |model: &str| place.read(&format!("{model}/weights.safetensors")).len();
        assert!(bytes("half") < bytes("long") * 3 / 5, "{kind}");
        let early = place.done("average run --length 0.1 --at 200 --out early");
        assert!(
            early["step"].as_u64().is_some_and(|step| (193..=200).contains(&step)),
            "{kind}: the last that is kept until then: {early}"
        );
        for model in ["short", "long", "half", "early"] {
            assert_eq!(place.names(model), ["model.ron", "preview.png", "weights.safetensors"]);
            place.done(&format!("sample {model} --count 4 --out sheet.png --overwrite"));
            let header = text(&place.read(&format!("{model}/model.ron")));
            assert!(header.contains(&format!("name: \"{model}\"")) && header.contains("averaged over a relative length of 0."), "{header}");
        }
        place.done("average run --length 0.15 --out short");
        let (_, out, _) = place.run("average run --length 0.07 --out more");
        assert!(out.contains("averaged over a length of 0.07") && out.contains("put together from"), "{out}");
    }
}

#[test]
fn an_autoencoder_whose_faces_are_gone_keeps_the_axes_of_its_run() {
    let place = trained("autoencoder");
    fs::remove_file(place.path("faces.safetensors")).unwrap();
    let (report, message) = place.done_saying("average run --length 0.1 --out average");
    assert_eq!(report["frame"], "run");
    assert!(message.contains("warning") && message.contains("faces.safetensors") && message.contains("those of the run"), "{message}");
    place.done("sample average --count 4 --out sheet.png");
    let place = trained("gan");
    fs::remove_file(place.path("faces.safetensors")).unwrap();
    assert_eq!(place.done("average run --length 0.1 --out average")["frame"], "network");
}

#[test]
fn a_report_judges_averages_of_other_lengths_where_that_is_asked() {
    let place = trained("gan");
    place.done("synth --count 200 --seed 3 --size 16 --out many.safetensors");
    place.done_saying("report run model --data many.safetensors --out plain.html");
    let (_, message) = place.done_saying("report run model --data many.safetensors --lengths --out lengths.html");
    let (plain, page) = (text(&place.read("plain.html")), text(&place.read("lengths.html")));
    assert!(!plain.contains("Averages of other lengths") && page.contains("Averages of other lengths"), "{message}");
    for part in ["0.02</th>", "0.25</th>", "as trained</th>", "Distances over the length", "From a length of"] {
        assert!(page.contains(part), "no `{part}`");
    }
    let (_, message) = place.done_saying("report model --data many.safetensors --lengths --out none.html");
    assert!(message.contains("none of the models is a run"), "{message}");
}

#[test]
fn what_cannot_be_averaged_is_a_sentence() {
    let place = trained("gan");
    place.refused(1, "average nowhere --length 0.1 --out x", &["nowhere", "no run folder"]);
    place.refused(1, "average model --length 0.1 --out x", &["model", "no run folder"]);
    for length in ["0.01", "0.3", "0", "nan", "long"] {
        place.refused(2, &format!("average run --length {length} --out x"), &["0.02 to 0.25"]);
    }
    place.refused(1, "average run --length 0.1 --at 301 --out x", &["run", "to step 300", "step 301"]);
    place.refused(1, "average run --length 0.1 --at 3 --out x", &["run", "step 3", "Name a step"]);
    place.write("mine/thesis.tex", "three years of work");
    place.refused(1, "average run --length 0.1 --out mine", &["mine", "thesis.tex"]);
    place.refused(1, "average run --length 0.1 --out run", &["run"]);
    place.refused(1, "average run --length 0.1 --out run/snapshots", &["belongs to the run"]);
    place.refused(1, "average run --length 0.1 --out faces.safetensors", &["faces.safetensors"]);
    let newest = "run/snapshots/000000297.safetensors";
    let bytes = place.read(newest);
    place.write(newest, &bytes[..bytes.len() / 2]);
    let (report, message) = place.done_saying("average run --length 0.1 --out x");
    assert_eq!(report["step"], 300, "the others are enough");
    assert!(message.contains("warning") && message.contains("000000297.safetensors") && message.contains("left out"), "{message}");
    for folder in ["run/snapshots", "run/checkpoints"] {
        fs::remove_dir_all(place.path(folder)).unwrap();
    }
    place.refused(1, "average run --length 0.1 --out y", &["run", "keeps no averages", "1,000 faces"]);
}

//! Every kind of network that can be trained, from its first step to a page of a report.
//!
//! Owns that a kind is at home everywhere as soon as it is one; what its figures are worth is tested where they are computed.

use facefield::training::TrainingSettings;

use super::*;

#[test]
fn every_kind_learns_goes_on_is_opened_judged_and_told_of() {
    let place = Place::new();
    let works = |line: &str| {
        let (code, out, message) = place.start(line).end();
        assert_eq!(code, Some(0), "{line}: {message}");
        out
    };
    for settings in TrainingSettings::defaults() {
        let facts = settings.kind().facts();
        let (kind, run) = (facts.key, format!("run-{}", facts.key));
        let train = format!("train {kind} {OPTIONS} --out {run}");
        place.done(&format!("{train} --images 80"));
        assert_eq!(place.done(&format!("{train} --resume --images 160"))["steps"], 20, "{kind}");
        let curves = text(&place.read(&format!("{run}/curves.csv")));
        let columns: Vec<&str> = curves.lines().next().unwrap().split(',').collect();
        assert!(settings.figures().iter().all(|figure| columns.contains(&figure.name)), "{kind}: {columns:?}");
        assert!(text(&place.read(&format!("{run}/model.ron"))).contains(&format!("kind: \"{kind}\"")), "{kind}");

        works(&format!("sample {run} --count 4 --out {kind}.png"));
        if facts.has_encoder {
            works(&format!("encode {run} {kind}.png --out {kind}.ron"));
        }
        if facts.is_inverted {
            // A short one, so that none is trained at length.
            works(&format!("fit inverter --model {run} --images 64"));
            works(&format!("encode {run} {kind}.png --steps 4 --out {kind}.ron"));
        }
        let found: Value = serde_json::from_str(&works(&format!("evaluate {run} --data faces.safetensors --invert 2"))).unwrap();
        assert_eq!(found[0]["kind"], kind, "{found}");
        assert_eq!(found[0]["reconstruction"]["mse"].is_number(), facts.has_encoder, "{found}");
        assert_eq!(found[0]["way_back"]["faces"], 2, "{found}");
        works(&format!("report {run} --data faces.safetensors --invert 2 --out {kind}.html"));
        assert!(text(&place.read(&format!("{kind}.html"))).contains(facts.label), "{kind}");
        assert_eq!(place.done(&format!("{train} --resume --images 240"))["steps"], 30, "{kind}: it is still a run");
    }
}

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
        let found: Value = serde_json::from_str(&works(&format!("evaluate {run} --data faces.safetensors"))).unwrap();
        assert_eq!(found[0]["kind"], kind, "{found}");
        assert_eq!(found[0]["reconstruction"]["mse"].is_number(), facts.has_encoder, "{found}");
        works(&format!("report {run} --data faces.safetensors --out {kind}.html"));
        assert!(text(&place.read(&format!("{kind}.html"))).contains(facts.label), "{kind}");
    }
}

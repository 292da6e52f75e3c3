//! Runs that other versions wrote: whatever came out of one is read, and goes on.
//!
//! `versions/` holds a small run of each format that there was, without the numbers of its network; the run of a GAN is the one that
//! comes with the shipped model.

use facefield::training::{Budget, EventKind, RunFacts, TrainingSettings, read_run};

use super::*;

fn run_of(name: &str) -> RunFacts {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    read_run(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn settings_of(facts: &RunFacts) -> &TrainingSettings {
    facts.settings.as_ref().unwrap()
}

#[test]
fn runs_of_every_version_are_read() {
    for (name, budget, best, is_finished, batch, last) in [
        ("1-autoencoder", Budget::Images(800), Some((20, 0.030912)), false, 8, EventKind::Stopped),
        ("2-autoencoder", Budget::Seconds(1.25), Some((20, 0.030912)), true, 4, EventKind::Finished),
        ("2-other-faces", Budget::Images(800), None, false, 8, EventKind::Stopped),
    ] {
        let run = run_of(&format!("tests/training/versions/{name}"));
        let (spec, settings) = (run.spec.as_ref().unwrap(), settings_of(&run));
        assert_eq!((spec.size, spec.faces, spec.held_out, spec.settings.learning_rate()), (16, 270, 15, 0.002), "{name}");
        assert_eq!((settings.learning_rate(), settings.batch(), settings.seed()), (0.001, batch, 1), "{name}: those of the checkpoint");
        assert_eq!((run.budget, run.best, run.is_finished, run.is_live), (budget, best, is_finished, false), "{name}");
        assert_eq!((run.step, run.images, run.seconds, run.size()), (40, 320, 1.282, Some(16)), "{name}: curves go on behind a checkpoint");
        assert_eq!(run.curves.loss_names, ["loss", "mse", "latent_penalty", "absolute_error"], "{name}");
        let points: Vec<_> = run.curves.points.iter().map(|point| (point.step, point.losses[1], point.held_out)).collect();
        assert!(points[0].1.is_nan() && points[1..] == [(20, 0.0326, Some(0.030912)), (40, 0.03, None)], "{name}: {points:?}");
        let kinds: Vec<EventKind> = run.events.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [EventKind::Started, EventKind::Changed, last], "{name}");
    }
    let first = run_of("tests/training/versions/1-autoencoder");
    assert_eq!(first.checkpoints, [20]);
    let branched = run_of("tests/training/versions/2-autoencoder").spec.unwrap();
    assert_eq!(branched.parent, Some(("other".into(), 20)));
    let others = run_of("tests/training/versions/2-other-faces").spec.unwrap();
    assert_eq!((others.earlier[0].until, others.earlier[0].faces.faces), (20, 10));
}

#[test]
fn the_run_of_the_shipped_gan_is_read() {
    let run = run_of("models/gan-celeba32/resume");
    assert_eq!((run.size(), settings_of(&run).batch(), run.has_encoder()), (Some(32), 32, false));
    assert_eq!((run.checkpoints.as_slice(), run.step, run.images), ([31250].as_slice(), 31250, 1_000_000));
    assert!(run.curves.points.len() > 100 && run.curves.loss_names.iter().any(|name| name == "critic_loss"));
    assert_eq!(run.events.first().map(|event| event.kind), Some(EventKind::Started));
}

/// Writes a run as version 1 did: no kind in its settings, and one optimiser.
fn as_version_1(place: &Place, run: &str) {
    let older = |name: &str| {
        let text = text(&place.read(name)).replace("version: 2", "version: 1").replace("settings: Autoencoder((", "settings: (");
        text.replace("    )),", "    ),")
    };
    let spec = older(&format!("{run}/run.ron")).replace("    data:", "    kind: \"autoencoder\",\n    data:");
    place.write(&format!("{run}/run.ron"), spec);
    for step in place.checkpoints(run) {
        let name = format!("{run}/checkpoints/{step:09}/state.ron");
        let one = older(&name).replace(&format!("optimizer_steps: [\n        {step},\n    ]"), &format!("optimizer_steps: {step}"));
        assert!(one.contains(&format!("optimizer_steps: {step},")), "{one}");
        place.write(&name, one);
    }
}

#[test]
fn a_run_of_version_1_goes_on_bit_for_bit() {
    let place = Place::new();
    place.train("--images 480 --out run");
    place.train("--images 480 --out whole");
    as_version_1(&place, "run");
    let layout = |text: &[u8]| text_lines(text).iter().map(|line| line.split(':').next().unwrap().to_owned()).collect::<Vec<_>>();
    let fixture = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/training/versions/1-autoencoder/run.ron")).unwrap();
    assert_eq!(layout(&place.read("run/run.ron")), layout(&fixture), "what this test writes is what version 1 wrote");
    for run in ["run", "whole"] {
        place.train(&format!("--resume --images 800 --out {run}"));
    }
    place.assert_same("whole", "run", 100);
    assert_eq!(place.curve_steps("run"), place.curve_steps("whole"));
    place.train("--branch run@60 --images 800 --out twin");
    assert!(text(&place.read("twin/run.ron")).contains("version: 2"), "what is written anew is of this version");
}

fn text_lines(bytes: &[u8]) -> Vec<String> {
    text(bytes).lines().map(str::to_owned).collect()
}

#[test]
fn a_version_that_comes_later_is_named() {
    let place = Place::new();
    place.train("--images 160 --out run");
    let state = "run/checkpoints/000000020/state.ron";
    let newer = text(&place.read(state)).replace("version: 2", "version: 9");
    place.write(state, newer);
    place.refused(1, &training("--roll-back 20 --out run"), &["state.ron", "version 9", "version 2"]);
}

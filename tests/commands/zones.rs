//! Axes and their zones from outside: samples that are put at places on axes, and in zones of a generator only.

use super::Place;

#[test]
fn samples_are_put_on_axes_and_in_zones() {
    let place = Place::empty();
    let sampled = |options: &str| {
        let report = place.done(&format!("sample gan-celeba32 --count 4 --seed 3 {options} --out a.png"));
        (place.read("a.png"), report)
    };
    let (plain, report) = sampled("");
    assert!(report.get("axes").is_none());
    let (fine, report) = sampled("--axis 2=2.5@fine");
    assert_eq!(report["axes"], serde_json::json!(["2=2.5@fine"]));
    let (coarse, _) = sampled("--axis 2=2.5@coarse");
    let (whole, _) = sampled("--axis 2=2.5");
    let (also_whole, _) = sampled("--axis 2=2.5@whole");
    assert_eq!(whole, also_whole);
    let pictures = [&plain, &fine, &coarse, &whole];
    for (index, picture) in pictures.iter().enumerate() {
        assert!(pictures[..index].iter().all(|other| other != picture), "picture {index} is like one before");
    }
    let (everywhere, _) = sampled("--axis 2=2.5@coarse --axis 2=2.5@middle --axis 2=2.5@fine");
    assert_eq!(everywhere, whole, "in all zones is everywhere");
}

#[test]
fn the_mean_with_an_axis_is_the_same_face_for_every_seed() {
    let place = Place::empty();
    for model in ["pca-celeba64", "autoencoder-celeba32", "gan-celeba32"] {
        for seed in [1, 2] {
            place.done(&format!("sample {model} --count 1 --truncation 0 --seed {seed} --axis 1=-2 --out {seed}.png"));
        }
        place.done(&format!("sample {model} --count 1 --truncation 0 --out mean.png"));
        assert_eq!(place.read("1.png"), place.read("2.png"), "{model}");
        assert_ne!(place.read("1.png"), place.read("mean.png"), "{model}");
    }
}

#[test]
fn zones_and_axes_that_are_not_there_are_refused() {
    let place = Place::empty();
    let line = |model: &str, axis: &str| format!("sample {model} --count 1 --axis {axis} --out x.png");
    for (model, kind) in [("pca-celeba64", "PCA"), ("autoencoder-celeba32", "Autoencoder")] {
        place.refused(1, &line(model, "3=2.5@fine"), &["--axis 3=2.5@fine", "has no zones", kind, "Leave out @fine"]);
    }
    place.refused(1, &line("gan-celeba32", "65=1"), &["--axis 65=1", "64 axes", "from 1 to 64"]);
    for (axis, words) in [
        ("3", &["NUMBER=SIGMA", "3=2.5@fine"][..]),
        ("3=1@sharp", &["no zone `sharp`", "whole, coarse, middle or fine"]),
        ("0=1", &["count from 1"]),
        ("3=much", &["NUMBER=SIGMA"]),
    ] {
        place.refused(2, &line("gan-celeba32", axis), words);
    }
}

//! `facefield render` from outside: runs that are seen growing, and journeys of version 2, whose keyframes name steps and zones.

use image::RgbImage;

use super::Place;

/// A second with a single face at a step.
const AT_STEP: &str = "(version: 2, name: \"x\", seconds: 1, keyframes: [(axes: {1: 1.5, 2: -1.0}, step: STEP)])";
/// Half a second with an axis that may have a zone.
const ZONED: &str =
    "(version: 2, name: \"x\", seconds: 0.5, keyframes: [\n(axes: {1: -2.0, 2: 1.0}ZONES),\n(axes: {1: 2.0, 2: 1.0}ZONES)])";

/// A place with a run of a GAN of ten steps that keeps every second one.
fn place() -> Place {
    let place = Place::empty();
    place.done("synth --count 24 --seed 3 --size 16 --out faces.safetensors");
    place.done(
        "train gan --data faces.safetensors --out run --preset tiny --latent 12 --batch 4 --images 40 --checkpoint-every 2 --keep 20 \
         --learning-rate 0.01 --backend cpu",
    );
    place
}

/// What lies within the portrait's face, at 320 x 180 pixels.
fn face(place: &Place, frame: &str) -> RgbImage {
    let picture = image::open(place.path(frame)).unwrap().into_rgb8();
    assert_eq!(picture.dimensions(), (320, 180));
    image::imageops::crop_imm(&picture, 25, 25, 130, 130).to_image()
}

#[test]
fn a_run_is_seen_growing_from_its_first_checkpoint_to_its_last() {
    let place = place();
    let checkpoints = place.names("run/checkpoints");
    assert!(checkpoints.len() >= 5, "{checkpoints:?}");
    for out in ["frames", "again"] {
        let report = place.done(&format!("render --run run --size 320x180 --fps 1 --out {out}"));
        assert_eq!(report["frames"], 14);
    }
    for frame in place.names("frames") {
        assert_eq!(place.read(&format!("frames/{frame}")), place.read(&format!("again/{frame}")), "{frame}");
    }
    let faces: Vec<RgbImage> = (0..14).map(|frame| face(&place, &format!("frames/{frame:06}.png"))).collect();
    assert!((0..6).all(|frame| faces[frame] != faces[frame + 1]), "it learns all along");
    let differ = faces[12].iter().zip(faces[13].iter()).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(differ <= Some(2), "and rests in the end: {differ:?}");
}

#[test]
fn at_a_step_a_run_is_the_model_that_it_was_and_at_the_last_one_its_own() {
    let place = place();
    let render = |name: &str, step: &str, options: &str| {
        place.write("at.ron", AT_STEP.replace("STEP", step));
        let (_, message) = place.done_saying(&format!("render at.ron {options} --size 320x180 --fps 1 --out {name}"));
        (face(&place, &format!("{name}/000000.png")), message)
    };
    let (last, message) = render("last", "\"last\"", "--run run");
    assert!(!message.contains("warning"), "{message}");
    let (fourth, _) = render("fourth", "4", "--run run");
    let (first, _) = render("first", "\"first\"", "--run run");
    assert!(last != fourth && fourth != first);
    let (model, message) = render("model", "\"last\"", "--model run");
    assert!(message.contains("warning") && message.contains("only a run has"), "{message}");
    assert_eq!(last, model, "the last checkpoint is the model of the run");
    let (beyond, message) = render("beyond", "5000", "--run run");
    assert!(message.contains("5,000") && message.contains("nearest is shown"), "{message}");
    assert_eq!(beyond, last);
}

#[cfg(feature = "app")]
#[test]
fn the_lattice_of_a_run_grows_in_a_flight() {
    let place = place();
    for out in ["frames", "again"] {
        place.done(&format!("render --run run --view flight --size 128x96 --fps 1 --out {out}"));
    }
    let pictures: Vec<Vec<u8>> = place.names("frames").iter().map(|frame| place.read(&format!("frames/{frame}"))).collect();
    assert_eq!(pictures.len(), 14);
    assert_ne!(pictures[0], pictures[6]);
    assert_eq!(pictures[6], place.read("again/000006.png"));
}

#[test]
fn what_is_no_run_or_has_nothing_to_show_is_refused() {
    let place = place();
    place.refused(1, "render --run pca-celeba64 --out x.gif", &["pca-celeba64", "no run folder"]);
    place.refused(2, "render --run run --model pca-celeba64 --out x.gif", &["--run", "--model"]);
    place.refused(2, "render --out x.gif", &["JOURNEY.ron"]);
    std::fs::remove_dir_all(place.path("run/checkpoints")).unwrap();
    place.refused(1, "render --run run --out x.gif", &["run has no checkpoint"]);
}

#[test]
fn axes_of_a_journey_act_in_their_zones() {
    let place = Place::empty();
    let render = |zones: &str, model: &str| {
        place.write("zoned.ron", ZONED.replace("ZONES", zones));
        let (_, message) = place.done_saying(&format!("render zoned.ron --model {model} --size 128x96 --fps 4 --out frames"));
        (place.names("frames").iter().map(|frame| place.read(&format!("frames/{frame}"))).collect::<Vec<_>>(), message)
    };
    let (whole, message) = render("", "gan-celeba32");
    assert!(!message.contains("warning"), "{message}");
    let (said, _) = render(", zones: {1: Whole}", "gan-celeba32");
    let (fine, message) = render(", zones: {1: Fine}", "gan-celeba32");
    assert!(!message.contains("warning"), "{message}");
    let (coarse, _) = render(", zones: {1: Coarse}", "gan-celeba32");
    assert!(whole == said && whole != fine && fine != coarse && coarse != whole);
    let (plain, _) = render("", "pca-celeba64");
    let (warned, message) = render(", zones: {1: Fine}", "pca-celeba64");
    assert!(message.contains("warning") && message.contains("pca-celeba64 has no zones"), "{message}");
    assert_eq!(plain, warned, "its axes act everywhere");
    let (_, message) = render(", zones: {1: Whole}", "pca-celeba64");
    assert!(!message.contains("warning"), "which they may be said to do: {message}");
}

#[test]
fn files_of_version_1_are_what_they_were_and_newer_words_need_version_2() {
    let place = Place::empty();
    let old = ZONED.replace("ZONES", "").replace("version: 2", "version: 1");
    for (name, text) in [("one", &old), ("two", &ZONED.replace("ZONES", ""))] {
        place.write("journey.ron", text);
        place.done(&format!("render journey.ron --size 64x64 --fps 4 --out {name}.gif"));
    }
    assert_eq!(place.read("one.gif"), place.read("two.gif"));
    let zoned = |zones: &str| ZONED.replacen("ZONES", zones, 1).replace("ZONES", "");
    for (text, words) in [
        (zoned(", zones: {1: Fine}").replace("version: 2", "version: 1"), &["version 2", "write version: 2"][..]),
        (zoned(", zones: {1: Fin}"), &["line 2", "`Fin`", "did you mean `Fine`?"]),
        (zoned(", zones: {7: Fine}"), &["keyframe 1", "axis 7"]),
        (zoned(", step: -1"), &["line 2", "a training step"]),
        (ZONED.replace("ZONES", "").replace("version: 2", "version: 3"), &["version 3", "versions 1 to 2"]),
    ] {
        place.write("wrong.ron", text);
        place.refused(1, "render wrong.ron --out x.gif", words);
    }
}

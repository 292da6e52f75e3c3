//! `facefield fit inverter`, and `encode` and `evaluate` with a GAN, from outside: the shipped one, with an encoder that has hardly learned.
//!
//! Owns what their users rely on: places that are the same each time, within bounds, and nearer after more steps; that an encoder is
//! found again, and is the one that counts; what is said of pictures that a generator cannot say.

use std::fs;

use serde_json::Value;

use super::Place;

/// A place whose user has such an encoder, and a sample of the generator as faces/0001.png or the like.
fn place() -> Place {
    let place = Place::empty();
    let found = place.done("fit inverter --model gan-celeba32 --images 64");
    assert_eq!((&found["images"], &found["faces"]), (&Value::from(64), &Value::from(0)), "{found}");
    let path = std::path::PathBuf::from(found["path"].as_str().unwrap());
    assert!(path.starts_with(place.home.path()) && path.is_file(), "what is installed stays as it is: {}", path.display());
    place.done("sample gan-celeba32 --count 1 --seed 5 --out faces");
    place
}

/// Encodes the sample: what is printed as JSON.
fn encoded(place: &Place, options: &str) -> Value {
    place.done_saying(&format!("encode gan-celeba32 faces {options}")).0
}

#[test]
fn a_picture_has_one_place_within_bounds_and_more_steps_come_nearer() {
    let place = place();
    let first = encoded(&place, "--starts 2 --steps 40 --out first.ron");
    let again = encoded(&place, "--starts 2 --steps 40 --out second.ron");
    assert_eq!(first["faces"], again["faces"]);
    assert_eq!(place.read("first.ron"), place.read("second.ron"), "to the last byte");
    let face = &first["faces"][0];
    assert_eq!(face["coordinates"].as_array().map(Vec::len), Some(64));
    assert!(face["distance"].as_f64().is_some_and(|distance| distance > 0.0 && distance <= 12.01), "1.5 times the root of 64: {face}");
    let few = encoded(&place, "--starts 2 --steps 1 --out third.ron");
    let psnr = |found: &Value| found["psnr"].as_f64().unwrap();
    assert!(psnr(&first) > psnr(&few) + 1.0, "{} after 40 steps, {} after one", psnr(&first), psnr(&few));
    encoded(&place, "--starts 2 --steps 4 --out pairs.png");
    let sheet = image::open(place.path("pairs.png")).unwrap();
    assert!(sheet.height() >= 2 * 32 && sheet.width() < sheet.height(), "the original over what was found");
}

#[test]
fn a_picture_that_the_generator_cannot_say_is_placed_with_a_warning_and_its_own_sample_without() {
    let place = place();
    let stripes = image::RgbImage::from_fn(32, 32, |x, y| image::Rgb(if (x / 2 + y / 3) % 2 == 0 { [0, 255, 0] } else { [255, 0, 255] }));
    stripes.save(place.path("stripes.png")).unwrap();
    let (found, message) = place.done_saying("encode gan-celeba32 stripes.png faces --out codes.ron");
    assert!(message.contains("stripes.png is hardly a face that") && message.contains("can say"), "{message}");
    assert_eq!(message.matches("hardly a face").count(), 1, "the sample is one that it can say: {message}");
    assert_eq!(found["faces"].as_array().map(Vec::len), Some(2), "both are placed all the same");
    let (_, message) = place.done_saying("encode gan-celeba32 stripes.png --starts 2 --steps 4 --out few.ron");
    assert!(message.contains("as short as this") && message.contains("200 steps from 4 places"), "{message}");
}

#[test]
fn an_encoder_that_was_trained_is_where_the_search_begins_from_then_on() {
    let place = Place::empty();
    place.done("sample gan-celeba32 --count 1 --seed 5 --out faces");
    let first = |name: &str| {
        let face = encoded(&place, &format!("--starts 1 --steps 1 --out {name}"))["faces"][0].clone();
        (face["psnr"].as_f64().unwrap(), face["coordinates"].clone())
    };
    let (psnr_shipped, shipped) = first("shipped.ron");
    place.done("fit inverter --model gan-celeba32 --images 64");
    let (psnr_hardly, hardly) = first("hardly.ron");
    assert_ne!(shipped, hardly);
    assert!(psnr_hardly < psnr_shipped - 0.5, "one that has hardly learned begins farther away: {psnr_hardly} and {psnr_shipped} dB");
}

#[test]
fn evaluate_inverts_as_many_faces_as_are_asked_for() {
    let place = place();
    place.done("synth --count 60 --seed 7 --size 32 --out faces.safetensors");
    place.done("fit pca --data faces.safetensors --components 8 --out pca");
    let found = place.done_saying("evaluate gan-celeba32 pca --data faces.safetensors --invert 2").0;
    let [gan, pca] = [0, 1].map(|at| found[at]["way_back"].clone());
    assert_eq!((&gan["faces"], &gan["is_inversion"]), (&Value::from(2), &Value::from(true)), "{gan}");
    assert_eq!((&pca["faces"], &pca["is_inversion"]), (&Value::from(2), &Value::from(false)), "{pca}");
    for figure in ["mse", "psnr", "ssim"] {
        assert!(gan[figure].is_number() && pca[figure].is_number(), "{figure}: {gan} {pca}");
    }
    assert!(gan["start_psnr"].is_number() && gan["band_energy"]["32"].is_number() && pca.get("start_psnr").is_none(), "{gan} {pca}");
    assert!(found[0]["reconstruction"]["mse"].is_null(), "figures of all faces there are none");
    let (_, out, _) = place.run("evaluate gan-celeba32 pca --data faces.safetensors --invert 2");
    assert!(out.contains("2 faces inverted, PSNR") && out.contains("2 faces there and back, PSNR"), "{out}");
    let without = place.done_saying("evaluate pca --data faces.safetensors --invert 0").0;
    assert!(without[0].get("way_back").is_none(), "{without}");
    place.done_saying("report gan-celeba32 pca --data faces.safetensors --invert 2 --out report.html");
    let page = fs::read_to_string(place.path("report.html")).unwrap();
    assert!(page.contains("What the generator cannot say") && page.contains("inversions of gan-celeba32"));
}

#[test]
fn what_cannot_be_asked_is_refused_in_a_sentence() {
    let place = Place::empty();
    for (line, wanted_code, wanted) in [
        ("fit inverter --model pca-celeba64", 1, "is a PCA"),
        ("fit inverter --model nowhere", 1, "nowhere"),
        ("fit inverter --model gan-celeba32 --images 0", 2, "images"),
        ("encode gan-celeba32 me.png --starts 0 --out codes.ron", 2, "1 to 64"),
        ("encode gan-celeba32 me.png --steps 0 --out codes.ron", 2, "steps"),
    ] {
        let (code, _, message) = place.run(line);
        assert!(code == Some(wanted_code) && message.contains(wanted), "{line}: {code:?} {message}");
    }
}

//! What somebody meets who has no photographs yet: faces that are drawn, what import reads, and what a training is expected to show.

use facefield::data::FaceCache;
use facefield::data::synth::SynthOptions;

use super::Place;

#[test]
fn drawn_faces_need_only_a_name_and_say_that_they_are_drawn() {
    let place = Place::new();
    let (code, help, _) = place.run("synth --help");
    let SynthOptions { count, size, seed } = SynthOptions::default();
    assert_eq!(code, Some(0));
    for default in [count.to_string(), size.to_string(), seed.to_string()] {
        assert!(help.contains(&format!("[default: {default}]")), "{default} in {help}");
    }
    place.done("synth --count 12 --out drawn.safetensors");
    place.done("synth --count 12 --seed 1 --size 32 --out same.safetensors");
    assert!(place.read("drawn.safetensors") == place.read("same.safetensors"), "the defaults are what the help says");
    let is_drawn = |name: &str| FaceCache::open(&place.path(name)).unwrap().info().is_drawn();
    assert!(is_drawn("drawn.safetensors") && !is_drawn("faces.safetensors"), "the file itself says so, and one of pictures does not");
    place.done("fit pca --data drawn.safetensors --components 4 --out drawn");
    let model = String::from_utf8(place.read("drawn/model.ron")).unwrap();
    assert!(model.contains("drawn, not photographed"), "and what is made of them: {model}");
}

#[test]
fn the_help_of_import_names_all_that_it_reads() {
    let place = Place::empty();
    let (_, help, _) = place.run("import --help");
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in ["folders", "zips", "tars", "tar.gz", "JPEG"] {
        assert!(help.contains(word), "{word} in {help}");
    }
    assert_eq!(help.contains("Hugging Face parquet files"), cfg!(feature = "parquet"), "{help}");
}

#[test]
fn a_training_says_what_comes_before_one_waits_for_it() {
    let place = Place::new();
    let line = "train gan --data faces.safetensors --out run --preset tiny --latent 4 --batch 4 --images 640 --backend cpu";
    let (_, message) = place.done_saying(line);
    assert!(message.contains("Noise at first; coloured blocks after 16,000 images"), "{message}");
    assert!(message.contains("The planned length ends after 640 images, with noise."), "{message}");
    assert!(message.contains("known once it runs"), "nothing is promised before anything was measured: {message}");
    let measured = message.lines().find(|line| line.starts_with("Noise by now; at ")).unwrap_or_else(|| panic!("{message}"));
    assert!(measured.contains("images/s coloured blocks in ") && measured.contains("people in "), "{measured}");
    let again = place.done_saying(&format!("{line} --resume")).1;
    assert!(!again.contains("known once it runs"), "nothing comes of a run that is finished: {again}");
}

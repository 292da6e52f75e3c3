//! Networks that grow while they learn, and those that begin with the weights of others.
//!
//! Owns that a stage is nothing that can be lost: it is kept, gone back to, left for a run of its own, and told of. That kills in the middle
//! of one change no bit stands with those of other runs.

use super::*;

/// 240 images with faces of 8 a step: 15 steps at 4 pixels, 7 or 8 each at 8 and 16.
fn with_grown(options: &str) -> Place {
    let place = Place::training(GROWING);
    place.train(&format!("--images 240 --out run {options}"));
    place
}

fn state(place: &Place, run: &str, step: u64) -> String {
    text(&place.read(&format!("{run}/checkpoints/{step:09}/state.ron")))
}

fn sizes(place: &Place, run: &str) -> Vec<String> {
    place.rows(&format!("{run}/events.csv")).into_iter().filter(|row| row.contains(",grown,")).collect()
}

#[test]
fn a_run_grows_stage_by_stage_and_each_end_is_kept_and_told_of() {
    let place = with_grown("--keep 1");
    assert_eq!(place.checkpoints("run"), [15, 23, 30], "where it grew, and the end");
    let grown = sizes(&place, "run");
    assert!(grown.len() == 2 && grown[0].starts_with("15,") && grown[0].contains("8 x 8") && grown[1].contains("16 x 16"), "{grown:?}");
    assert!(!state(&place, "run", 15).contains("stages") && state(&place, "run", 30).matches("since").count() == 2);
    let model = text(&place.read("run/model.ron")).split_whitespace().collect::<String>();
    assert!(model.contains("size:16") && model.contains("widths:[32,32,24,]"), "{model}");
    let (code, _, message) = place.start("sample run --count 4 --out four.png").end();
    assert_eq!(code, Some(0), "{message}");
}

#[test]
fn a_run_that_is_stopped_in_the_middle_of_a_fade_ends_with_the_same_bits() {
    for objective in ["rpgan", "wgan-gp", "hinge"] {
        let place = with_grown(&format!("--objective {objective}"));
        // A run that was planned shorter would have grown earlier: this one is cut off where it writes a checkpoint, and goes on; and
        // again, further and further back.
        let options = format!("--images 240 --objective {objective} --checkpoint-every 1 --keep 99 --out part");
        place.train(&options);
        for images in [200, 144, 128] {
            let step = images / 8;
            for later in place.checkpoints("part").into_iter().filter(|later| *later > step) {
                fs::remove_dir_all(place.path(&format!("part/checkpoints/{later:09}"))).unwrap();
            }
            assert_eq!(place.checkpoints("part").pop(), Some(step));
            place.train(&format!("{options} --resume"));
            for name in TENSORS {
                let of = |run: &str| place.read(&format!("{run}/checkpoints/000000030/{name}"));
                assert!(of("run") == of("part"), "{objective}, from step {step}: {name}");
            }
        }
    }
}

#[test]
fn it_goes_back_over_a_stage_and_leaves_for_a_run_of_its_own() {
    let place = with_grown("");
    let whole = place.read("run/weights.safetensors");
    place.train("--images 240 --branch run@15 --out twin");
    assert!(place.read("twin/weights.safetensors") == whole, "a branch grows as the run did");
    place.train("--images 240 --roll-back 15 --out run");
    assert!(place.read("run/weights.safetensors") == whole && sizes(&place, "run").len() == 2, "and so does one that went back");
    // From a checkpoint before it grew, with another length: what was noted of a growth at that step is not true any more.
    place.train("--images 480 --branch run@15 --out later");
    place.train("--images 240 --out early");
    place.train("--images 480 --roll-back 15 --out early");
    for run in ["later", "early"] {
        let grown = sizes(&place, run);
        assert!(grown.len() == 2 && grown[0].starts_with("30,") && grown[1].starts_with("45,"), "{run}: {grown:?}");
    }
    // With another length it is where it is, and nothing shrinks.
    let longer = place.train("--images 480 --resume --out run");
    assert_eq!((&longer["steps"], sizes(&place, "run").len()), (&json!(60), 2));
}

#[test]
fn a_finished_network_grows_with_a_fresh_optimiser_and_a_schedule_of_its_own() {
    let place = Place::training(GAN);
    place.done("synth --count 40 --seed 2 --size 32 --out large.safetensors");
    place.train("--images 80 --out small");
    let before = snapshot(&place.path("small"));
    let warm = |options: &str| format!("train gan --backend cpu --branch small {options}");
    place.done(&warm("--data large.safetensors --size 32 --images 80 --out grown"));
    assert_unchanged(&before, &place.path("small"), "the other run");
    assert!(text(&place.read("grown/model.ron")).contains("size: 32"));
    let events = place.rows("grown/events.csv").join("\n");
    assert!(events.contains("branched") && events.contains("small at step 10") && events.contains("32 x 32"), "{events}");
    assert!(place.read("grown/checkpoints/000000000/weights.safetensors") == place.read("small/checkpoints/000000010/weights.safetensors"));
    place.done(&warm("--data faces.safetensors --warm-start --learning-rate 0.0001 --images 40 --out again"));
    let refused = |options: &str, words: &[&str]| place.refused(1, &warm(options), words);
    refused("--data faces.safetensors --size 32 --out x", &["the faces have 16 pixels, and 32 are grown to"]);
    refused("--data large.safetensors --size 16 --out x", &["grow by doubling: 32 would be next"]);
    refused("--data large.safetensors --warm-start --out x", &["small", "faces of 16 pixels", "to have 32"]);
    refused("--data large.safetensors --size 32 --latent 9 --out x", &["small", "k 8", "k 9"]);
    place.refused(
        1,
        "train autoencoder --backend cpu --branch small --warm-start --data faces.safetensors --out x",
        &["small", "GAN", "utoencoder"],
    );
}

#[test]
fn a_size_that_no_network_can_grow_to_is_refused_with_what_to_do() {
    let place = Place::training(GAN);
    place.done("synth --count 40 --seed 2 --size 32 --out large.safetensors");
    place.done("synth --count 12 --seed 3 --size 64 --out largest.safetensors");
    place.train("--images 16 --out small");
    place.done(&training_of(GAN, "--images 4 --batch 4 --data largest.safetensors --out huge"));
    place.done(&training_of("autoencoder", "--images 16 --out coder"));
    let refused =
        |kind: &str, options: &str, words: &[&str]| place.refused(1, &format!("train {kind} --backend cpu --out x {options}"), words);
    refused("autoencoder", "--branch coder --size 32 --data large.safetensors", &["--size 32", "utoencoder", "cannot grow", "anew"]);
    refused("gan", "--branch small --size 32 --grow 16,32 --data large.safetensors", &["--size 32 and --grow", "leave out"]);
    refused("gan", "--branch huge --size 64 --data largest.safetensors", &["64 pixels, the most there are", "--warm-start"]);
}

#[test]
fn a_run_beside_a_model_is_begun_with_and_that_it_is_a_warm_start_is_said() {
    let place = Place::training(GAN);
    let (code, _, message) = place.start(&training_of(GAN, "--images 80 --turns critic --out small")).end();
    assert_eq!(code, Some(0), "{message}");
    fs::create_dir(place.path("model")).unwrap();
    fs::rename(place.path("small"), place.path("model/resume")).unwrap();
    let begin = |options: &str, out: &str| {
        let (code, _, message) = place.start(&format!("train gan --backend cpu --data faces.safetensors {options} --out {out}")).end();
        assert_eq!(code, Some(0), "{message}");
        message
    };
    let message = begin("--branch model --images 40", "warm");
    assert!(message.contains("this is a warm start") && message.contains("--branch model/resume"), "{message}");
    assert!(state(&place, "warm", 5).contains("turns: both"), "both networks learn in a run of its own");
    assert!(!begin("--branch model --warm-start --images 40", "asked").contains("this is a warm start"));
    let message = begin("--branch model/resume --images 120", "on");
    assert!(!message.contains("this is a warm start") && place.checkpoints("on").contains(&15), "{message}");
    assert!(state(&place, "on", 15).contains("turns: critic"), "a branch goes on as it was");
}

#[test]
fn ways_to_grow_that_lead_nowhere_are_refused_with_what_is_wrong() {
    let place = Place::training(GAN);
    for (options, words) in [
        ("--grow 8,32", "8,32 is no such way"),
        ("--grow 16,8", "16,8 is no such way"),
        ("--grow 8,16,32", "the faces have 16 pixels, and 32 are grown to"),
        ("--grow 8,16 --stage-shares 0.5", "2 sizes and 1 shares"),
        ("--grow 8,16 --stage-shares 0.7,0.7", "add up to 1.4"),
    ] {
        place.refused(1, &training_of(GAN, &format!("{options} --out run")), &[words]);
    }
    place.refused(2, &training_of(GAN, "--grow 8,x --out run"), &["with commas between them"]);
    place.refused(2, &training_of(GAN, "--grow 8,128 --out run"), &["from 4 to 64"]);
}

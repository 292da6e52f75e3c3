//! The averages that a run keeps for good: the same however often it was killed, forgotten with the steps that are, taken along by branches.

use super::*;

fn snapshots(place: &Place, run: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(place.path(run).join("snapshots")).into_iter().flatten().flatten();
    entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap())).collect()
}

fn steps(place: &Place, run: &str) -> Vec<u64> {
    snapshots(place, run).keys().map(|name| name.strip_suffix(".safetensors").unwrap().parse().unwrap()).collect()
}

/// Both runs have kept the same, bit for bit.
pub fn assert_same_snapshots(place: &Place, one: &str, other: &str) {
    let (one, other) = (snapshots(place, one), snapshots(place, other));
    assert!(!one.is_empty() && one.keys().eq(other.keys()), "{:?} and {:?}", one.keys(), other.keys());
    one.iter().for_each(|(name, bytes)| assert!(*bytes == other[name], "{name} differs"));
}

#[test]
fn averages_are_kept_evenly_and_follow_roll_backs_and_branches() {
    for what in [AUTOENCODER, GAN] {
        let place = Place::training(what);
        place.train("--images 2400 --keep 99 --out run");
        // From 1,000 faces on, 16 for each tenfold: 1,000, 1,155, 1,334, 1,540, 1,778, 2,054, 2,371.
        assert_eq!(steps(&place, "run"), [125, 145, 167, 193, 223, 257, 297], "{what}");
        let kept = snapshots(&place, "run");
        let (first, checkpoint) = (&kept["000000223.safetensors"], place.read("run/checkpoints/000000220/averages.safetensors"));
        let (first, checkpoint) = (SafeTensors::deserialize(first).unwrap(), SafeTensors::deserialize(&checkpoint).unwrap());
        for name in checkpoint.names() {
            let (kept, whole) = (first.tensor(name).unwrap(), checkpoint.tensor(name).unwrap());
            assert_eq!(kept.shape(), whole.shape(), "{name}");
            assert_eq!(
                whole.data().len(),
                if name.starts_with("averages.") { 1 } else { 2 } * kept.data().len(),
                "in half precision: {name}"
            );
        }
        assert!(first.tensor("latent.axes").is_ok(), "with a frame along which latents keep their places");
        place.train("--branch run@200 --images 2400 --out twin");
        assert_same_snapshots(&place, "run", "twin");
        place.train("--roll-back 200 --images 1600 --out run");
        assert_eq!(steps(&place, "run"), [125, 145, 167, 193]);
        place.train("--resume --images 2400 --out run");
        assert_eq!(snapshots(&place, "run"), kept, "steps that are made again keep the same");
        place.train("--images 160 --overwrite --out run");
        assert_eq!(steps(&place, "run"), [0; 0], "a run that takes the place of another one begins without");
    }
}

#[test]
fn a_training_goes_on_where_none_can_be_kept_and_says_so_once() {
    let place = Place::new();
    place.train("--images 1600 --keep 10 --out run");
    fs::remove_dir_all(place.path("run/snapshots")).unwrap();
    place.write("run/snapshots", "in the way");
    let (code, _, message) = place.start(&training("--roll-back 100 --images 1600 --out run")).end();
    assert!(code == Some(0) && message.matches("a snapshot could not be kept").count() == 1, "{code:?}: {message}");
    let events = place.rows("run/events.csv");
    assert_eq!(events.iter().filter(|row| row.contains("a snapshot could not be kept")).count(), 1, "{events:?}");
    place.train("--images 1600 --out whole");
    place.assert_same("whole", "run", 200);
}

#[test]
fn a_run_of_an_earlier_version_begins_its_averages_where_it_goes_on() {
    let place = Place::new();
    place.train("--images 3200 --keep 20 --out run");
    fs::remove_dir_all(place.path("run/snapshots")).unwrap();
    for step in place.checkpoints("run") {
        fs::remove_file(place.path(&format!("run/checkpoints/{step:09}/averages.safetensors"))).unwrap();
    }
    place.train("--roll-back 200 --images 3200 --out run");
    assert_eq!(steps(&place, "run"), [325, 345, 367, 393], "1,000 faces after it went on");
    place.train("--images 3200 --keep 20 --out whole");
    let model = |run: &str| place.read(&format!("{run}/checkpoints/000000400/ema.safetensors"));
    assert!(model("run") == model("whole"), "and nothing else is another");
}

/// The size of the faces of a snapshot.
fn size(bytes: &[u8]) -> usize {
    let file = SafeTensors::deserialize(bytes).unwrap();
    let halves = file.tensor("snapshot.size").unwrap().data().to_vec();
    f32::from_le_bytes(halves[4..8].try_into().unwrap()) as usize
}

#[test]
fn a_run_that_grows_keeps_averages_of_every_stage() {
    let place = Place::training(GROWING);
    place.train("--images 4800 --out run");
    let sizes: Vec<usize> = snapshots(&place, "run").values().map(|bytes| size(bytes)).collect();
    assert!(sizes.is_sorted(), "{sizes:?}");
    for wanted in [4, 8, 16] {
        assert!(sizes.iter().filter(|size| **size == wanted).count() >= 2, "places are counted from the beginning of a stage: {sizes:?}");
    }
    // The averages of a stage begin with it: none of a network before it is among those that are put together.
    for (options, wanted) in [("", 16), ("--at 290", 4)] {
        let report = place.done(&format!("average run --length 0.1 {options} --out average-{wanted}"));
        assert!(text(&place.read(&format!("average-{wanted}/model.ron"))).contains(&format!("size: {wanted},")), "{report}");
        assert!(report["moments"].as_u64().is_some_and(|moments| (2..12).contains(&moments)), "{report}");
        place.done(&format!("sample average-{wanted} --count 4 --out {wanted}.png"));
    }
    let (code, _, message) = place.start("render --run run --view portrait --size 128x96 --fps 2 --out growth").end();
    assert_eq!(code, Some(0), "snapshots are places in time: {message}");
}

//! SIGKILL at random moments: the old output stays whole, or the new one is there.
//!
//! `FACEFIELD_KILLS` says how often each command is killed, `FACEFIELD_SEED` when.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Place, assert_unchanged, snapshot};

/// A number from the environment.
pub fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Commands that write, what they write, and what two versions of it are made with.
const KILLED: [(&str, &str, [&str; 2]); 7] = [
    ("import pictures.zip pictures.zip pictures.zip --out out/x.safetensors --size", "out/x.safetensors", ["32", "48"]),
    ("render journey.ron --size 320x240 --out out/x.mp4 --fps", "out/x.mp4", ["20", "30"]),
    ("render journey.ron --size 160x120 --out out/x.gif --fps", "out/x.gif", ["20", "25"]),
    ("render journey.ron --size 128x96 --out out/frames --fps", "out/frames", ["20", "30"]),
    ("fit pca --data faces.safetensors --out out/model --components", "out/model", ["4", "9"]),
    ("sample pca-celeba64 --out out/samples --count", "out/samples", ["300", "400"]),
    ("report model --data faces.safetensors --out out/report.html --seed", "out/report.html", ["1", "2"]),
];

/// What stands at an output, without what a killed write has left beside it.
fn output(place: &Place, out: &str) -> super::Snapshot {
    let path = place.path(out);
    let all = snapshot(&place.path("out"));
    all.into_iter().filter(|(found, _)| found.starts_with(&path)).collect()
}

fn left(place: &Place) -> Vec<String> {
    place.names("out").into_iter().filter(|name| name.ends_with(".partial")).collect()
}

#[test]
fn killed_at_any_moment_the_old_output_or_the_new_one_is_whole() {
    let (kills, seed) = (number("FACEFIELD_KILLS", 3), number("FACEFIELD_SEED", 1));
    let place = Place::new();
    place.done("synth --count 60 --seed 3 --size 16 --out faces.safetensors");
    place.done("fit pca --data faces.safetensors --components 4 --out model");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for (line, out, versions) in KILLED {
        let start = Instant::now();
        let whole = versions.map(|version| {
            place.done_saying(&format!("{line} {version}"));
            output(&place, out)
        });
        let usual = start.elapsed().as_secs_f64() / 2.0;
        assert!(whole[0] != whole[1], "{line}: the versions differ");
        for round in 0..kills {
            let version = versions[round as usize % 2];
            let mut command = place.command(&format!("{line} {version}"));
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_secs_f64(random.random_range(0.0..1.1) * usual));
            child.kill().ok();
            child.wait().unwrap();
            let found = output(&place, out);
            assert!(whole.contains(&found), "{line} {version}: neither the old one nor the new one, but {:?}", names(&found));
        }
        // The next write removes what the killed have left, and gives the same as ever.
        place.done_saying(&format!("{line} {}", versions[0]));
        assert_unchanged(&whole[0], &output(&place, out), line);
        assert_eq!(left(&place), [""; 0], "{line}");
    }
    println!("each of {} commands was killed {kills} times", KILLED.len());
}

fn names(found: &super::Snapshot) -> Vec<(&PathBuf, usize)> {
    found.iter().map(|(path, bytes)| (path, bytes.as_ref().map_or(0, Vec::len))).collect()
}

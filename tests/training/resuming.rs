//! Runs that go on: with checkpoints that are gone or damaged, curves that others have edited, options of every kind, other faces.
//!
//! Owns that nothing of a run is lost or replaced unasked, and that nothing is passed over in silence.

use super::*;

/// With a run of 100 steps and checkpoints of the steps 60, 80 and 100, besides the best.
fn with_run() -> Place {
    let place = Place::new();
    place.train("--images 800 --out run");
    place
}

fn newest_state(place: &Place, run: &str) -> String {
    let step = place.checkpoints(run).pop().unwrap();
    text(&place.read(&format!("{run}/checkpoints/{step:09}/state.ron")))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &to) } else { drop(fs::copy(entry.path(), to).unwrap()) }
    }
}

#[test]
fn a_run_without_a_readable_checkpoint_is_left_as_it_is() {
    let place = with_run();
    copy(&place.path("run"), &place.path("whole"));
    let each = |place: &Place, write: &dyn Fn(&Path)| {
        for step in place.checkpoints("run") {
            write(&place.path(&format!("run/checkpoints/{step:09}")));
        }
    };
    let ways: [(&str, &dyn Fn(&Place)); 8] = [
        ("no checkpoint any more", &|place| each(place, &|path| fs::remove_dir_all(path).unwrap())),
        ("no checkpoint any more", &|place| fs::remove_dir_all(place.path("run/checkpoints")).unwrap()),
        ("cannot be read", &|place| {
            fs::remove_dir_all(place.path("run/checkpoints")).unwrap();
            place.write("run/checkpoints", "no folder");
        }),
        ("state.ron", &|place| each(place, &|path| fs::remove_file(path.join("state.ron")).unwrap())),
        ("state.ron", &|place| each(place, &|path| fs::write(path.join("state.ron"), "(version: 2, step: ").unwrap())),
        ("ema.safetensors", &|place| each(place, &|path| fs::write(path.join("ema.safetensors"), vec![0xff; 99]).unwrap())),
        ("weights.safetensors", &|place| each(place, &|path| fs::remove_file(path.join("weights.safetensors")).unwrap())),
        ("no checkpoint any more", &|place| {
            fs::remove_dir_all(place.path("run/checkpoints")).unwrap();
            fs::remove_file(place.path("run/weights.safetensors")).unwrap();
        }),
    ];
    for (word, damage) in ways {
        damage(&place);
        for options in ["--resume", "--resume --images 1600", "--resume --images 1600 --batch 4"] {
            let words = ["run cannot go on", word, "Nothing was changed", "--branch", "--overwrite", "copy"];
            place.refused(1, &training(&format!("{options} --out run")), &words);
        }
        place.refused(1, &training("--branch run --images 1600 --out new"), &["run", word]);
        fs::remove_dir_all(place.path("run")).unwrap();
        copy(&place.path("whole"), &place.path("run"));
    }
    assert_eq!(place.train("--resume --images 960 --out run")["steps"], 120, "a checkpoint that is copied back is enough");
    fs::remove_dir_all(place.path("run")).unwrap();
    copy(&place.path("whole"), &place.path("run"));
    for name in ["checkpoints", "samples"] {
        fs::remove_dir_all(place.path("run").join(name)).unwrap();
    }
    ["curves.csv", "weights.safetensors", "model.ron", "preview.png"].iter().for_each(|name| fs::remove_file(place.path("run").join(name)).unwrap());
    assert_eq!(place.train("--resume --images 160 --out run")["steps"], 20, "a run that was killed before its first checkpoint begins");
}

#[test]
fn a_run_file_that_is_damaged_or_newer_is_named() {
    let place = with_run();
    let spec = text(&place.read("run/run.ron"));
    for (content, word) in [(&spec[..40], "damaged at line"), (&spec.replace("version: 2", "version: 9"), "newer program")] {
        place.write("run/run.ron", content);
        for options in ["--resume --out run", "--roll-back 60 --out run", "--branch run --out new"] {
            place.refused(1, &training(options), &["run.ron", word]);
        }
    }
}

#[test]
fn what_could_not_be_read_is_set_aside_and_never_removed() {
    let place = with_run();
    let damaged = b"half a file".to_vec();
    place.write("run/checkpoints/000000100/weights.safetensors", &damaged);
    fs::remove_file(place.path("run/checkpoints/000000080/state.ron")).unwrap();
    place.refused(1, &training("--roll-back 100 --out run"), &["weights.safetensors", "Nothing was changed", "60"]);
    let before = snapshot(&place.path("run"));
    let (code, _, message) = place.start(&training("--branch run --images 800 --out twin")).end();
    assert!(code == Some(0) && message.contains("the one before is taken"), "{message}");
    assert_unchanged(&before, &place.path("run"), "a branch sets nothing aside in the other run");
    assert_eq!(place.checkpoints("twin"), [60, 80, 100]);
    let (code, _, message) = place.start(&training("--resume --out run --images 2400 --keep 1")).end();
    for word in ["warning: ", "the one before is taken", "000000100-unreadable", "000000080-unreadable"] {
        assert!(code == Some(0) && message.contains(word), "no `{word}` in {message}");
    }
    assert!(place.read("run/checkpoints/000000100-unreadable/weights.safetensors") == damaged);
    assert!(place.path("run/checkpoints/000000080-unreadable/ema.safetensors").is_file());
    assert!(!place.checkpoints("run").contains(&100), "the steps after it were pruned as ever: {:?}", place.checkpoints("run"));
    // An old one is not removed either, by pruning or by going back.
    let oldest = place.checkpoints("run")[0];
    place.train("--out run --resume --images 2560 --keep 9");
    place.write("run/checkpoints/000000320/ema.safetensors", &damaged);
    let (_, _, message) = place.start(&training(&format!("--roll-back {oldest} --images 2400 --out run"))).end();
    assert!(message.contains("000000320-unreadable"), "{message}");
    assert!(place.read("run/checkpoints/000000320-unreadable/ema.safetensors") == damaged);
}

#[test]
fn a_branch_that_fails_leaves_nothing() {
    let place = with_run();
    fs::create_dir(place.path("empty")).unwrap();
    place.write("mine/notes.txt", "mine");
    place.write("run/checkpoints/000000060/optimizer.safetensors", "");
    for out in ["new", "empty", "deep/er/new"] {
        place.refused(1, &training(&format!("--branch run@60 --out {out}")), &["optimizer.safetensors", "80"]);
        place.refused(1, &training(&format!("--branch run@61 --out {out}")), &["step 61"]);
        place.refused(1, &training(&format!("--branch run@80 --seed 5 --out {out}")), &["--seed 5"]);
    }
    place.refused(1, &training("--branch run@80 --out mine"), &["mine"]);
    place.refused(1, &training("--branch run@80 --out run"), &["run"]);
    fs::remove_file(place.path("run/curves.csv")).unwrap();
    place.write("run/events.csv", [0xff, 0xfe, 0, 1]);
    let (code, _, message) = place.start(&training("--branch run@80 --images 800 --out empty")).end();
    assert!(code == Some(0) && message.contains("empty/events-unreadable.csv"), "{message}");
    assert_eq!(place.read("empty/events-unreadable.csv"), [0xff, 0xfe, 0, 1]);
}

#[test]
fn curves_and_events_that_others_have_edited_keep_every_row_and_column() {
    let place = with_run();
    let rows = place.rows("run/curves.csv");
    let header = text(&place.read("run/curves.csv")).lines().next().unwrap().to_owned();
    let steps = place.curve_steps("run");
    let turned = |row: &str| row.split(',').rev().collect::<Vec<_>>().join(",");
    let without = |row: &str| row.split(',').enumerate().filter(|(place, _)| ![5, 8].contains(place)).map(|(_, field)| field).collect::<Vec<_>>().join(",");
    let more = |row: &str, extra: &str| format!("{row},{extra}");
    let edits: [(&str, Vec<String>); 4] = [
        ("more columns", std::iter::once(more(&header, "note")).chain(rows.iter().map(|row| more(row, "\"by hand, later\""))).collect()),
        ("fewer columns", std::iter::once(&header).chain(&rows).map(|row| without(row)).collect()),
        ("another order", std::iter::once(&header).chain(&rows).map(|row| turned(row)).collect()),
        ("the ends of Windows' lines", std::iter::once(&header).chain(&rows).map(|row| format!("{row}\r")).collect()),
    ];
    let events = place.rows("run/events.csv");
    for (round, (what, lines)) in edits.into_iter().enumerate() {
        let run = format!("run{round}");
        copy(&place.path("run"), &place.path(&run));
        place.write(&format!("{run}/curves.csv"), lines.join("\n") + "\n");
        place.write(&format!("{run}/events.csv"), format!("step,images,seconds,kind,detail\n{}\n3,24,0.1,celebrated,\"a party\"\n", events.join("\n")));
        place.train(&format!("--resume --images 960 --out {run}"));
        let after = text(&place.read(&format!("{run}/curves.csv")));
        for line in &lines[1..] {
            assert!(after.lines().any(|row| row.starts_with(line.trim_end())), "{what}: {line} is gone from\n{after}");
        }
        let column = |name: &str| after.lines().next().unwrap().split(',').position(|column| column == name).unwrap_or_else(|| panic!("{what}: no {name} in {after}"));
        let step_of = |row: &str| row.split(',').nth(column("step")).and_then(|step| step.parse::<u64>().ok()).unwrap();
        let all: Vec<u64> = steps.iter().copied().chain([120]).collect();
        assert_eq!(after.lines().skip(1).map(step_of).collect::<Vec<_>>(), all, "{what}");
        let last: Vec<&str> = after.lines().last().unwrap().split(',').collect();
        for name in header.split(',') {
            assert!(last[column(name)].parse::<f64>().is_ok(), "{what}: {name} of the last row in {after}");
        }
        assert!(place.rows(&format!("{run}/events.csv")).iter().any(|row| row.contains("celebrated")), "{what}: an event is gone");
        place.done(&format!("report {run} --data faces.safetensors --out {run}.html"));
    }
}

#[test]
fn curves_that_cannot_be_understood_are_set_aside_with_a_warning() {
    let place = with_run();
    for (round, content) in [b"step;images;loss\n20;160;0.1\n".to_vec(), vec![0xff, 0xfe, 0x73, 0], b"<html><body>no</body></html>".to_vec()].into_iter().enumerate() {
        place.write("run/curves.csv", &content);
        let (code, _, message) = place.start(&training(&format!("--resume --images {} --out run", 960 + 160 * round))).end();
        let name = if round == 0 { "curves-unreadable.csv".to_owned() } else { format!("curves-unreadable-{}.csv", round + 1) };
        assert!(code == Some(0) && message.contains("warning: ") && message.contains(&name), "{message}");
        assert_eq!(place.read(&format!("run/{name}")), content);
    }
    assert_eq!(place.train("--overwrite --images 160 --out run")["steps"], 20, "it is a run still, that may be overwritten");
}

#[test]
fn going_back_gives_back_every_setting() {
    let place = Place::training(GAN);
    let train = |options: &str| place.train(&format!("{options} --checkpoint-every 5"));
    train("--images 80 --keep 9 --out run");
    train("--images 160 --keep 9 --out never");
    train("--images 120 --resume --penalty 3 --augment 0.9 --final-penalty 0.5 --critic-steps 2 --penalty-every 3 --out run");
    assert!(newest_state(&place, "run").contains("penalty: Some(3.0)"));
    train("--images 160 --roll-back 10 --out run");
    let state = newest_state(&place, "run");
    assert!(state.contains("penalty: None") && state.contains("augment: 0.2"), "{state}");
    place.assert_same("never", "run", 20);
}

/// What `--resume` does with an option that has another value than at the beginning.
enum Fate {
    /// It is obeyed; the events say it in these words.
    Noted(&'static str),
    /// It is refused by name.
    Refused,
    /// It is no matter of the run: where it stands, how it begins, what is printed.
    Apart,
}

#[test]
fn every_option_is_obeyed_and_noted_or_refused() {
    use Fate::{Apart, Noted, Refused};
    let place = Place::new();
    for kind in ["autoencoder", "gan"] {
        let line = format!("train {kind} --data faces.safetensors --preset tiny --latent 8 --batch 8 --backend cpu --out {kind}");
        place.done(&format!("{line} --images 16"));
        let (_, help, _) = place.start(&format!("train {kind} --help")).end();
        let options: Vec<&str> = help.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2).map(|word| word.trim_end_matches([',', ']', '.', ':'])).collect();
        let mut seen = Vec::new();
        for option in options {
            if seen.contains(&option) {
                continue;
            }
            seen.push(option);
            let (value, fate) = match option {
                "--images" => ("24", Noted("planned length 16 faces -> 24 faces")),
                "--minutes" => ("0.01", Noted("planned length")),
                "--checkpoint-every" => ("7", Noted("checkpoint every 500 -> 7 steps")),
                "--keep" => ("5", Noted("checkpoints kept 3 -> 5")),
                "--half" => ("", Noted("half precision")),
                "--batch" => ("4", Noted("batch 8 -> 4")),
                "--learning-rate" => ("0.0001", Noted("learning rate")),
                "--final-rate" => ("0.5", Noted("final rate")),
                "--warm-up" => ("3", Noted("warm-up")),
                "--weight-decay" => ("0.3", Noted("weight decay")),
                "--latent-penalty" => ("0.3", Noted("latent penalty")),
                "--absolute-error" => ("0.3", Noted("absolute error")),
                "--penalty" => ("3", Noted("penalty by size -> 3")),
                "--final-penalty" => ("0.7", Noted("final penalty")),
                "--penalty-every" => ("3", Noted("penalty every")),
                "--critic-steps" => ("2", Noted("critic steps")),
                "--augment" => ("0.7", Noted("augmentation")),
                "--turns" => ("critic", Noted("turns")),
                "--preset" => ("small", Refused),
                "--width" => ("16", Refused),
                "--latent" => ("16", Refused),
                "--objective" => ("hinge", Refused),
                "--ema" => (if kind == "gan" { "1000" } else { "0.5" }, Refused),
                "--flips" => ("false", Refused),
                "--shift" => ("2", Refused),
                "--drift" => ("0.5", Refused),
                "--minibatch-deviation" => ("", Refused),
                "--seed" => ("9", Refused),
                "--data" | "--out" | "--resume" | "--overwrite" | "--roll-back" | "--branch" | "--backend" | "--json" | "--help" | "--version" => ("", Apart),
                new => panic!("what does --resume do with {new}? It must be obeyed and noted, or refused"),
            };
            let others = line.split(' ').collect::<Vec<_>>();
            let place_of = others.iter().position(|word| *word == option);
            let others: Vec<&str> = others.iter().enumerate().filter(|(at, _)| place_of.is_none_or(|place| *at != place && *at != place + 1)).map(|(_, word)| *word).collect();
            let line = format!("{} --resume {option} {value}", others.join(" "));
            match fate {
                Apart => {}
                Refused => place.refused(1, &line, &[option.trim_start_matches('-').split('-').next().unwrap()].map(|word| if word == "latent" { "k 16" } else if word == "width" { "channels" } else { word })),
                Noted(words) => {
                    place.done(&line);
                    let events = place.rows(&format!("{kind}/events.csv")).join("\n");
                    assert!(events.contains(words), "{line}: no `{words}` in {events}");
                    fs::remove_dir_all(place.path(kind)).unwrap();
                    place.done(&line.replace(" --resume", "").replace(&format!(" {option} {value}"), "").replace("train", "train").as_str().replace("--out", "--batch 8 --images 16 --out").replacen("--batch 8 ", if place_of.is_some() { "--batch 8 " } else { "" }, 1));
                }
            }
        }
        assert!(seen.len() > 20, "{kind}: these are not all: {seen:?}");
    }
}

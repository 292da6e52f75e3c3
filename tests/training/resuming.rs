//! Runs that go on: with checkpoints that are gone or damaged, curves that others have edited, options of every kind, other faces.
//!
//! Owns that nothing of a run is lost or replaced unasked, and that nothing is passed over in silence.

use facefield::training::{Dial, Range, TrainingSettings, Value as Setting, When};

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
        if entry.path().is_dir() { copy(&entry.path(), &to) } else { fs::copy(entry.path(), to).map(|_| ()).unwrap() }
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
    let ways: [(&str, &dyn Fn(&Place)); 9] = [
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
        ("no checkpoint any more", &|place| {
            fs::remove_dir_all(place.path("run/checkpoints")).unwrap();
            ["weights.safetensors", "curves.csv"].iter().for_each(|name| fs::remove_file(place.path("run").join(name)).unwrap());
            place.write("run/snapshots/000000099.safetensors", "averages that nobody can make again");
        }),
    ];
    for (word, damage) in ways {
        damage(&place);
        for options in ["--resume", "--resume --images 1600", "--resume --images 1600 --batch 4"] {
            let words = ["run cannot go on", word, "Nothing was changed", "--branch", "--overwrite", "Copy a checkpoint"];
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
    ["curves.csv", "weights.safetensors", "model.ron", "preview.png"]
        .iter()
        .for_each(|name| fs::remove_file(place.path("run").join(name)).unwrap());
    assert_eq!(place.train("--resume --images 160 --out run")["steps"], 20, "a run that was killed before its first checkpoint begins");
}

#[test]
fn a_run_file_that_is_damaged_or_newer_is_named() {
    let place = with_run();
    let spec = text(&place.read("run/run.ron"));
    for (content, word) in [(spec[..40].to_owned(), "damaged at line"), (spec.replace("version: 2", "version: 9"), "newer program")] {
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
    place.write("run/events.csv", [0xff_u8, 0xfe, 0, 1]);
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
    let without =
        |row: &str| row.split(',').enumerate().filter(|(at, _)| ![5, 8].contains(at)).map(|(_, field)| field).collect::<Vec<_>>().join(",");
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
        place.write(
            &format!("{run}/events.csv"),
            format!("step,images,seconds,kind,detail\n{}\n3,24,0.1,celebrated,\"a party\"\n", events.join("\n")),
        );
        place.train(&format!("--resume --images 960 --out {run}"));
        let after = text(&place.read(&format!("{run}/curves.csv")));
        for line in &lines[1..] {
            assert!(after.lines().any(|row| row.starts_with(line.trim_end())), "{what}: {line} is gone from\n{after}");
        }
        let column = |name: &str| {
            after
                .lines()
                .next()
                .unwrap()
                .split(',')
                .position(|column| column == name)
                .unwrap_or_else(|| panic!("{what}: no {name} in {after}"))
        };
        let step_of = |row: &str| row.split(',').nth(column("step")).and_then(|step| step.parse::<u64>().ok()).unwrap();
        let all: Vec<u64> = steps.iter().copied().chain([120]).collect();
        assert_eq!(after.lines().skip(1).map(step_of).collect::<Vec<_>>(), all, "{what}");
        let last: Vec<&str> = after.lines().last().unwrap().split(',').collect();
        for name in header.split(',') {
            assert!(last[column(name)].parse::<f64>().is_ok(), "{what}: {name} of the last row in {after}");
        }
        assert!(place.rows(&format!("{run}/events.csv")).iter().any(|row| row.contains("celebrated")), "{what}: an event is gone");
    }
}

#[test]
fn curves_that_cannot_be_understood_are_set_aside_with_a_warning() {
    let place = with_run();
    for (round, content) in
        [b"step;images;loss\n20;160;0.1\n".to_vec(), vec![0xff, 0xfe, 0x73, 0], b"<html><body>no</body></html>".to_vec()]
            .into_iter()
            .enumerate()
    {
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
    let train = |options: &str| place.train(&format!("{options} --images 160 --keep 9 --checkpoint-every 5 --out run"));
    train("");
    copy(&place.path("run"), &place.path("never"));
    train("--roll-back 15 --penalty 3 --augment 0.9 --final-penalty 0.5 --critic-steps 2 --penalty-every 3");
    let state = newest_state(&place, "run");
    assert!(state.contains("penalty: Some(3.0)") && state.contains("augment: 0.9"), "{state}");
    train("--roll-back 10");
    let state = newest_state(&place, "run");
    assert!(state.contains("penalty: None") && state.contains("augment: 0.2"), "{state}");
    place.assert_same("never", "run", 20);
}

/// What `--resume` does with an option that has another value than at the beginning.
#[derive(Clone, Copy)]
enum Fate {
    /// It is obeyed; the events say it in these words.
    Noted(&'static str),
    /// It is refused in these words.
    Refused(&'static str),
    /// It is no matter of the run's settings: where it stands, how it begins, what is printed.
    Apart,
}

/// Options of a training, another value for each, and its fate. What is not among them is a knob that does as its row says.
const OPTIONS_OF_A_RUN: [(&str, &str, Fate); 51] = [
    ("--images", "24", Fate::Noted("planned length 16 faces -> 24 faces")),
    ("--minutes", "0.01", Fate::Noted("planned length 16 faces -> 1 s")),
    ("--checkpoint-every", "7", Fate::Noted("checkpoint every 500 -> 7 steps")),
    ("--keep", "5", Fate::Noted("checkpoints kept 3 -> 5")),
    ("--half", "", Fate::Noted("half precision")),
    ("--batch", "4", Fate::Noted("batch 8 -> 4")),
    ("--learning-rate", "0.0001", Fate::Noted("learning rate 0.00")),
    ("--final-rate", "0.5", Fate::Noted("final learning rate 0.")),
    ("--warm-up", "3", Fate::Noted("warm-up 200 -> 3")),
    ("--weight-decay", "0.3", Fate::Noted("weight decay 0.0001 -> 0.3")),
    ("--latent-penalty", "0.3", Fate::Noted("latent penalty 0.0001 -> 0.3")),
    ("--absolute-error", "0.3", Fate::Noted("absolute error 0 -> 0.3")),
    ("--penalty", "3", Fate::Noted("penalty automatic -> 3")),
    ("--final-penalty", "0.7", Fate::Noted("final penalty 0.1 -> 0.7")),
    ("--penalty-every", "3", Fate::Noted("penalty every 1 -> 3 steps")),
    ("--critic-steps", "2", Fate::Noted("critic steps 1 -> 2")),
    ("--augment", "0.7", Fate::Noted("augmentation 0.2 -> 0.7")),
    ("--turns", "critic", Fate::Noted("turns both -> critic")),
    ("--preset", "small", Fate::Refused("preset small")),
    ("--width", "16", Fate::Refused("channels 16")),
    ("--latent", "16", Fate::Refused("k 16")),
    ("--widths", "16,8", Fate::Refused("channels 16, 8, 8")),
    ("--block", "plain", Fate::Refused("plain blocks")),
    ("--noise", "", Fate::Refused("noise")),
    ("--objective", "hinge", Fate::Refused("--objective hinge cannot be changed any more")),
    ("--ema", "1", Fate::Refused("--ema 1")),
    ("--flips", "false", Fate::Refused("--flips false cannot be changed any more: the run was begun with true")),
    ("--shift", "2", Fate::Refused("--shift 2 cannot be changed any more: the run was begun with 0")),
    ("--drift", "0.5", Fate::Refused("--drift 0.5 cannot be changed any more")),
    ("--minibatch-deviation", "", Fate::Refused("--minibatch-deviation true cannot be changed any more")),
    ("--seed", "9", Fate::Refused("--seed 9 cannot be changed any more: the run was begun with 1")),
    ("--grow", "8,16", Fate::Refused("--grow 8,16 cannot be changed any more: the run was begun with none")),
    ("--stage-shares", "0.5,0.5", Fate::Refused("--stage-shares 0.5,0.5 cannot be changed any more")),
    ("--stage-fade", "0.3", Fate::Refused("--stage-fade 0.3 cannot be changed any more")),
    ("--stage-rest", "0.3", Fate::Refused("--stage-rest 0.3 cannot be changed any more")),
    ("--stage-warm-up", "9", Fate::Refused("--stage-warm-up 9 cannot be changed any more")),
    ("--stage-batch", "2", Fate::Noted("stage batch 1 -> 2")),
    ("--stage-penalty", "2", Fate::Noted("stage penalty 4 -> 2")),
    ("--stage-augment", "2", Fate::Noted("stage augmentation 1 -> 2")),
    ("--warm-start", "", Fate::Apart),
    ("--size", "", Fate::Apart),
    ("--data", "", Fate::Apart),
    ("--out", "", Fate::Apart),
    ("--resume", "", Fate::Apart),
    ("--overwrite", "", Fate::Apart),
    ("--roll-back", "", Fate::Apart),
    ("--branch", "", Fate::Apart),
    ("--backend", "", Fate::Apart),
    ("--json", "", Fate::Apart),
    ("--help", "", Fate::Apart),
    ("--version", "", Fate::Apart),
];

/// The options that a help text lists, each at the beginning of its line.
fn options_in(help: &str) -> Vec<String> {
    let option = |line: &str| {
        let at = line.trim_start();
        let at = at.split_once(", ").filter(|(short, _)| short.len() == 2).map_or(at, |(_, long)| long);
        at.starts_with("--").then(|| at.split_whitespace().next().unwrap_or_default().to_owned())
    };
    help.lines().filter_map(option).collect()
}

/// Another value for a knob, and the fate that its row promises; `None` for what makes the shape of a network, which is refused as a whole.
fn fate_of(dial: &Dial) -> Option<(&'static str, Fate)> {
    let values = match dial.range {
        Range::Number(least, most) => vec![Setting::Number((least + most) / 4.0), Setting::Number((least + most) / 2.0)],
        Range::Count(least, _) => vec![Setting::Count(least + 1), Setting::Count(least + 2)],
        Range::Flag => vec![Setting::Flag(true), Setting::Flag(false)],
        Range::Words(choices) => choices.iter().map(|choice| Setting::Word(choice.word.into())).collect(),
        Range::Numbers(least, most) => vec![Setting::Numbers(vec![least, most])],
    };
    let other = values.into_iter().find(|value| *value != dial.value)?;
    let before =
        dial.automatic.as_ref().filter(|_| dial.value == Setting::Auto).map_or(dial.value.to_string(), |(label, _)| (*label).into());
    let fate = match dial.when {
        When::Live => Fate::Noted(format!("{} {before} -> {other}", dial.label.to_lowercase()).leak()),
        When::Begin => Fate::Refused(format!("--{} {other} cannot be changed any more", dial.name.replace('_', "-")).leak()),
        When::Shape => return None,
    };
    // An option that says yes by standing there takes no value.
    let is_switch = dial.default == Setting::Flag(false);
    Some((if is_switch { "" } else { other.to_string().leak() }, fate))
}

#[test]
fn every_option_is_obeyed_and_noted_or_refused() {
    let place = Place::new();
    for settings in TrainingSettings::defaults() {
        let (kind, dials) = (settings.kind().key(), settings.dials(16));
        let words = "--data faces.safetensors --preset tiny --latent 8 --batch 8 --backend cpu --out run";
        place.done(&format!("train {kind} {words} --images 16"));
        copy(&place.path("run"), &place.path("first"));
        let (_, help, _) = place.start(&format!("train {kind} --help")).end();
        let options = options_in(&help);
        assert!(options.len() > 20, "{kind}: these are not all: {options:?}");
        for option in options {
            let listed = OPTIONS_OF_A_RUN.iter().find(|(name, ..)| *name == option).map(|(_, value, fate)| (*value, *fate));
            let of_knob = || fate_of(dials.iter().find(|dial| format!("--{}", dial.name.replace('_', "-")) == option)?);
            let (value, fate) = listed
                .or_else(of_knob)
                .unwrap_or_else(|| panic!("what does --resume do with {option}? It is obeyed and noted, or refused"));
            let words: Vec<&str> = words.split(' ').collect();
            let others = words.chunks(2).filter(|pair| pair[0] != option).map(|pair| pair.join(" ")).collect::<Vec<_>>();
            let line = format!("train {kind} {} --resume {option} {value}", others.join(" "));
            match fate {
                Fate::Apart => {}
                Fate::Refused(words) => place.refused(1, &line, &[words]),
                Fate::Noted(words) => {
                    place.done(&line);
                    let events = place.rows("run/events.csv").join("\n");
                    assert!(events.contains(words), "{line}: no `{words}` in {events}");
                    fs::remove_dir_all(place.path("run")).unwrap();
                    copy(&place.path("first"), &place.path("run"));
                }
            }
        }
        ["run", "first"].iter().for_each(|run| fs::remove_dir_all(place.path(run)).unwrap());
    }
}

#[test]
fn other_faces_are_shown_counted_and_kept() {
    let place = with_run();
    place.done("synth --count 12 --seed 2 --size 16 --out few.safetensors");
    let few = "--data few.safetensors";
    let before = snapshot(&place.path("run"));
    let (code, _, message) = place.start(&training(&format!("--resume --out run {few}"))).end();
    assert!(code == Some(0) && message.contains("they are not used"), "{message}");
    assert_unchanged(&before, &place.path("run"), "a run that has ended");
    let best = place.train("--resume --out run")["best_step"].as_u64().unwrap();
    let (code, _, message) = place.start(&training(&format!("--resume --out run {few} --images 2400 --keep 1"))).end();
    assert!(code == Some(0) && message.contains("warning: the run goes on with other faces"), "{message}");
    assert!(message.contains("few.safetensors, 10 faces") && message.contains("faces.safetensors, 270 faces"), "{message}");
    assert!(message.lines().any(|line| line.contains(" 10 faces, ") && line.contains(" held out")), "{message}");
    let (spec, header) = (text(&place.read("run/run.ron")), text(&place.read("run/model.ron")));
    for words in ["few.safetensors", "faces.safetensors", "faces: 10,", "faces: 270,", "until: 100,"] {
        assert!(spec.contains(words), "no `{words}` in {spec}");
    }
    assert!(header.contains("faces: 10,") && header.contains("until step 100 270 faces"), "{header}");
    let events = place.rows("run/events.csv");
    assert!(events.iter().any(|row| row.starts_with("100,800,") && row.contains("other faces:") && row.contains("10 faces")), "{events:?}");
    assert!(place.checkpoints("run").contains(&best), "the best by the faces before stays");
    place.train(&format!("--resume --out run {few} --images 2560"));
    let noted = |words: &str| place.rows("run/events.csv").iter().filter(|row| row.contains(words)).count();
    assert_eq!(noted("other faces:"), 1, "only the first time are they others");
    let (_, _, message) = place.start(&training("--branch run --out back --images 2720")).end();
    assert!(message.contains("goes on with other faces") && message.contains("270 faces"), "{message}");
}

#[test]
fn rows_have_the_learning_rate_of_their_step() {
    let place = Place::new();
    place.train("--images 800 --final-rate 0.2 --out run");
    let rate = |step: u64| {
        // A linear rise over 20 steps times half a cosine over 100, of the step that was made last.
        let made = step.saturating_sub(1);
        let rise = ((made + 1) as f64 / 20.0).min(1.0);
        2e-3 * rise * (0.2 + 0.8 * 0.5 * (1.0 + (std::f64::consts::PI * made as f64 / 100.0).cos()))
    };
    let rows = place.rows("run/curves.csv");
    assert_eq!(rows.len(), 6);
    for row in rows {
        let fields: Vec<&str> = row.split(',').collect();
        let (step, found): (u64, f64) = (fields[0].parse().unwrap(), fields[4].parse().unwrap());
        assert!((found - rate(step)).abs() < 1e-6 * rate(step), "step {step}: {found}, and not {}", rate(step));
    }
}

#[cfg(unix)]
#[test]
fn an_end_that_is_interrupted_is_taken_up_again() {
    let place = Place(tempfile::tempdir().unwrap(), AUTOENCODER);
    place.done("synth --count 10000 --seed 1 --size 16 --out faces.safetensors");
    let mut process = place.start(&training("--images 160 --out run"));
    let pid = process.0.id();
    process.wait(|| place.path("run/checkpoints/000000020/state.ron").exists());
    assert!(Command::new("kill").args(["-INT", &pid.to_string()]).status().unwrap().success());
    let (code, out, message) = process.end();
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {message}"));
    assert_eq!((code, &report["finished"], &report["trained"]), (Some(130), &json!(false), &json!(true)), "{message}");
    assert!(message.contains("the model is not complete") && message.contains("--resume"), "{message}");
    place.done("sample run --count 2 --seed 1 --out s.png");
    let whole = place.train("--images 160 --out whole");
    assert_eq!(place.train("--resume --out run")["losses"], whole["losses"]);
    place.assert_same("whole", "run", 20);
    assert_eq!(place.curve_steps("run"), [0, 20]);
}

#[cfg(unix)]
#[test]
fn a_long_command_ends_with_130_when_it_is_interrupted() {
    let place = Place::new();
    let mut process = place.start("sample pca-celeba64 --count 20000 --seed 1 --out new");
    process.wait(|| !half_written(place.0.path()).is_empty());
    assert!(Command::new("kill").args(["-INT", &process.0.id().to_string()]).status().unwrap().success());
    let (code, out, message) = process.end();
    assert!((code, out.as_str()) == (Some(130), "") && message.contains("once more"), "{code:?}: {message}");
    assert!(!place.path("new").exists() && half_written(place.0.path()).is_empty(), "something is left");
}

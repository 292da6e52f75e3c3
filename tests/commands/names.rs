//! Panels, help and documents call things alike: options and the rows that stand for them, and the words to choose from.
//!
//! Rows of the panels that come from knobs carry their label with them, the others stand in a list; both are held against the help.

use facefield::backend::BackendChoice;
use facefield::models::ModelKind;
use facefield::training::{AutoencoderSettings, GanSettings, Knobs, Objective, Preset, Range, TrainingSettings};
use facefield::ui::{LABELS, SAMPLERS, SPLITS};

use super::Place;

/// What the help says of an option, on one line and in lower case; `None` where it does not have it.
fn described(help: &str, option: &str) -> Option<String> {
    let wanted = format!("--{option}");
    let names = |line: &str| line.split_whitespace().find(|word| word.starts_with("--")).map(|word| word.trim_end_matches(',').to_owned());
    let begins = |line: &str| line.trim_start().starts_with("--") || line.trim_start().starts_with("-h,");
    let mut lines = help.lines().skip_while(|line| !(begins(line) && names(line).as_ref() == Some(&wanted)));
    let first = lines.next()?;
    let block: Vec<&str> = std::iter::once(first).chain(lines.take_while(|line| !begins(line))).flat_map(str::split_whitespace).collect();
    Some(block.join(" ").to_lowercase())
}

/// Whether a label and an option are called alike, or the help of the option says what the label says.
fn is_alike(label: &str, option: &str, described: &str) -> bool {
    let (label, option) = (label.to_lowercase(), option.replace('-', " "));
    let plain = label.replace('-', " ");
    described.contains(&label) || option.contains(&plain) || plain.contains(&option)
}

/// What speaks against a label.
fn complaint(help: &str, label: &str, command: &str, option: &str) -> Option<String> {
    match described(help, option) {
        None => Some(format!("`{command}` has no --{option}, which the panel calls {label}")),
        Some(text) if is_alike(label, option, &text) => None,
        Some(text) => Some(format!("the panel calls --{option} of `{command}` {label}, and its help is: {text}")),
    }
}

fn help(place: &Place, command: &str) -> String {
    let (code, help, message) = place.run(&format!("{command} --help"));
    assert_eq!(code, Some(0), "{command}: {message}");
    help
}

#[test]
fn rows_of_the_panels_are_called_what_the_help_calls_them() {
    let place = Place::empty();
    let complaints = LABELS.iter().filter_map(|row| complaint(&help(&place, row.command), row.text, row.command, row.option));
    let complaints: Vec<String> = complaints.collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// What speaks against the labels of a kind's knobs, and of the words that they can stand at.
fn complaints_of<S: Knobs>(place: &Place, key: &str) -> Vec<String> {
    let command = format!("train {key}");
    let help = help(place, &command);
    let rows = S::KNOBS.iter().filter_map(|knob| complaint(&help, knob.label, &command, &knob.name.replace('_', "-")));
    let words = S::KNOBS.iter().flat_map(|knob| if let Range::Words(words) = knob.range { words } else { &[] });
    let words = words.filter(|choice| !choice.label.to_lowercase().starts_with(choice.word));
    rows.chain(words.map(|choice| format!("the panel calls {} {}", choice.word, choice.label))).collect()
}

#[test]
fn knobs_and_their_words_are_called_in_panels_what_the_help_calls_them() {
    let place = Place::empty();
    let keys: Vec<&str> = TrainingSettings::defaults().iter().map(|settings| settings.kind().key()).collect();
    assert_eq!(keys, ["autoencoder", "gan"], "a kind more is to be looked at here");
    let found = [complaints_of::<AutoencoderSettings>(&place, keys[0]), complaints_of::<GanSettings>(&place, keys[1])].concat();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn devices_splits_samplers_and_kinds_are_called_alike() {
    let place = Place::empty();
    use BackendChoice::{Auto, Cpu, Cuda, Metal, Vulkan};
    let training = help(&place, "train autoencoder");
    let device = described(&training, "backend").unwrap();
    for choice in [Auto, Cpu, Vulkan, Metal, Cuda] {
        let word = serde_json::to_value(choice).unwrap().as_str().unwrap().to_owned();
        assert!(choice.label().to_lowercase().starts_with(&word), "{word}: {}", choice.label());
        assert!(device.contains(&format!("- {word}: {}", choice.help().to_lowercase())), "{word} in {device}");
    }
    for (split, label, _) in SPLITS {
        assert!(split.is_none_or(|split| label.to_lowercase().starts_with(split.word())), "{label}");
    }
    let sampler = described(&help(&place, "sample"), "sampler").unwrap();
    for (_, label, _) in SAMPLERS {
        assert!(sampler.contains(&format!("- {}:", label.to_lowercase())), "{label} in {sampler}");
    }
    for kind in ModelKind::ALL {
        assert_eq!(kind.label().to_lowercase(), kind.key());
    }
}

#[test]
fn documents_name_presets_and_objectives_as_they_are_written() {
    let folder = std::path::PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let text = read("docs/training.md");
    let words = Preset::ALL.map(Preset::word).into_iter().chain(Objective::ALL.map(Objective::word));
    for word in words {
        assert!(text.contains(&format!("`{word}`")), "docs/training.md does not name {word}");
    }
    for document in [text, read("README.md")] {
        for named in document.split("preset `").skip(1).filter_map(|rest| rest.split('`').next()) {
            assert!(Preset::ALL.map(Preset::word).contains(&named), "there is no preset {named}");
        }
    }
}

#[test]
fn names_that_differ_are_found() {
    let help = "Options:\n      --ema <DECAY>\n          How much of the weights\n          stays\n\n      --warm-up <STEPS>  Steps\n  -h, --help  Print help\n";
    assert_eq!(described(help, "ema").unwrap(), "--ema <decay> how much of the weights stays");
    assert_eq!(described(help, "warm-up").unwrap(), "--warm-up <steps> steps");
    assert!(complaint(help, "Averaging", "train", "ema").is_some_and(|text| text.contains("Averaging")));
    assert!(complaint(help, "Warm-up", "train", "warm-up").is_none() && complaint(help, "Weights", "train", "ema").is_none());
    assert!(complaint(help, "Drift", "train", "drift").is_some_and(|text| text.contains("has no --drift")));
}

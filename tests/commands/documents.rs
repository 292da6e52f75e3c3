//! README.md, CONTRIBUTING.md, CHANGELOG.md and docs/*.md name commands and options that there are.
//!
//! Reads what stands in code there, and asks the program's own help. What the commands do is tested elsewhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::Place;

/// Options of cargo, and of scripts, that documents name.
const OF_OTHERS: [&str; 3] = ["--features", "--locked", "--no-default-features"];

/// What stands in code: lines of fenced blocks, and spans between backticks.
fn code(text: &str) -> Vec<String> {
    let mut is_code = false;
    let mut found = Vec::new();
    for line in text.lines() {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        match is_code {
            true => found.push(line.to_owned()),
            false => found.extend(line.split('`').skip(1).step_by(2).map(|span| span.replace("\\|", "|"))),
        }
    }
    found
}

/// The options that a line names, without what stands around them.
fn options(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split([' ', '[', ']', '=', ',']);
    words.filter(|word| word.starts_with("--") && word.len() > 2)
}

/// The options that a help lists.
fn listed(help: &str) -> BTreeSet<String> {
    help.lines().map(str::trim_start).filter(|line| line.starts_with('-')).flat_map(options).map(str::to_owned).collect()
}

/// The commands that a line calls, one for each choice such as `train autoencoder|gan`: at most two words, more are no commands.
fn commands(line: &str) -> Vec<String> {
    let Some(rest) = line.strip_prefix("facefield ") else { return Vec::new() };
    let is_command =
        |word: &&str| word.chars().all(|letter| letter.is_ascii_lowercase() || matches!(letter, '-' | '|')) && !word.starts_with('-');
    let mut words = rest.split_whitespace().take_while(is_command);
    let first = words.next().into_iter().flat_map(|word| word.split('|'));
    let seconds: Vec<&str> = words.next().unwrap_or_default().split('|').collect();
    first.flat_map(|first| seconds.iter().map(move |second| format!("{first} {second}").trim_end().to_owned())).collect()
}

/// What a line of code names that the program does not know.
fn complaints(place: &Place, line: &str, known: &BTreeSet<String>) -> Vec<String> {
    let calls = commands(line);
    let mut wrong = Vec::new();
    for call in &calls {
        match place.run(&format!("{call} --help")) {
            (Some(0), help, _) => {
                let listed = listed(&help);
                wrong.extend(options(line).filter(|option| !listed.contains(*option)).map(|option| format!("`{call}` has no {option}")));
            }
            (_, _, message) => wrong.push(format!("`{line}`: {}", message.lines().next().unwrap_or_default())),
        }
    }
    if calls.is_empty() && line.starts_with("--") {
        let foreign = options(line).filter(|option| !known.contains(*option) && !OF_OTHERS.contains(option));
        wrong.extend(foreign.map(|option| format!("no command has {option}")));
    }
    wrong
}

/// All commands by the lists of their helps, such as `fit pca`.
fn all_commands(place: &Place) -> Vec<String> {
    let below = |call: &str| -> Vec<String> {
        let (_, help, _) = place.run(&format!("{call} --help"));
        let list = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        // Names stand two places in, what wraps further.
        let names = list.filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next().filter(|_| !line.starts_with("   ")));
        names.filter(|name| *name != "help").map(|name| format!("{call} {name}").trim().to_owned()).collect()
    };
    below("").into_iter().flat_map(|call| [vec![call.clone()], below(&call)].concat()).collect()
}

fn documents() -> Vec<(PathBuf, String)> {
    let folder = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo test sets it"));
    let entries = fs::read_dir(folder.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let named = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| folder.join(name));
    let paths = named.into_iter().chain(entries.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    paths.map(|path| (path.clone(), fs::read_to_string(&path).expect("it was just listed"))).collect()
}

#[test]
#[cfg_attr(not(feature = "app"), ignore = "documents name commands of the app")]
fn documents_name_commands_and_options_that_there_are() {
    let place = Place::empty();
    let all = all_commands(&place);
    let known: BTreeSet<String> = all.iter().flat_map(|call| listed(&place.run(&format!("{call} --help")).1)).collect();
    let mut wrong = Vec::new();
    let mut named = BTreeSet::new();
    for (path, text) in documents() {
        let lines = code(&text);
        let at = |complaint: String| format!("{}: {complaint}", path.display());
        wrong.extend(lines.iter().flat_map(|line| complaints(&place, line, &known)).map(at));
        if path.ends_with(Path::new("docs/commands.md")) {
            named.extend(lines.iter().flat_map(|line| commands(line)));
        }
    }
    let is_named = |call: &str| named.iter().any(|named| named == call || named.starts_with(&format!("{call} ")));
    wrong.extend(all.iter().filter(|call| !is_named(call)).map(|call| format!("docs/commands.md does not name `{call}`")));
    assert!(all.len() > 10 && known.len() > 30, "{all:?}, {known:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_misspelt_is_found() {
    let place = Place::empty();
    let told = |text: &str| {
        let known = BTreeSet::from(["--out".to_owned()]);
        code(text).iter().flat_map(|line| complaints(&place, line, &known)).collect::<Vec<_>>().join("; ")
    };
    for good in [
        "`facefield synth --count 3 --seed 1 --out FACES\\|ZIP`",
        "```\nfacefield sample me --out x.png\n```",
        "`--out`",
        "facefield is --odd",
        "`scripts/run --odd`",
    ] {
        assert_eq!(told(good), "", "{good}");
    }
    for (bad, complaint) in [
        ("`facefield simple MODEL`", "simple"),
        ("```\nfacefield fit pac --data FACES\n```", "pac"),
        ("`facefield train autoencoder\\|gam`", "gam"),
        ("`facefield synth [--cuont N]`", "`synth` has no --cuont"),
        ("`facefield train autoencoder\\|gan --objective rpgan`", "`train autoencoder` has no --objective"),
        ("`--uot`", "no command has --uot"),
    ] {
        assert!(told(bad).contains(complaint), "{bad}: {}", told(bad));
    }
}

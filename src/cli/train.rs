//! `facefield train`: trains a network into a run folder, with a live display on the terminal.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};
use clap::error::ErrorKind;
use clap::{ArgGroup, ArgMatches, Args, Command, FromArgMatches, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Output;
use super::bar::Bar;
use super::knobs::Options;
use super::output::say;
use crate::backend::BackendChoice;
use crate::engine::{
    Beginning, GROW, STAGE_SHARES, TrainShare, TrainingEvent, TrainingMeans, TrainingRequest, TrainingStart, settings_to_begin_with,
    sizes_to_grow_to, train,
};
use crate::training::{
    Beginnings, Budget, CheckpointPlan, EachKind, EventKind, Fixed, InLine, Knobs, RUN, RunEvent, RunFacts, RunReport, RunSummary,
    TrainingSettings, read_beginnings, read_spec,
};
use crate::words::{counted, duration, grouped};

/// A log that is no terminal gets a line this often.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// The run that comes with a model, to go on with it.
const RESUME: &str = "resume";

/// After so many points of a sitting the rate is that of the machine.
const POINTS_OF_RATE: usize = 3;

/// What is trained, and how its run goes: a sub-command for every kind of network.
#[derive(Debug)]
pub struct TrainCommand {
    run: RunArgs,
    settings: TrainingSettings,
}

impl Subcommand for TrainCommand {
    fn augment_subcommands(command: Command) -> Command {
        struct Offered(Command);
        impl EachKind for Offered {
            fn see<S: Knobs + Into<TrainingSettings>>(&mut self) {
                let kind = Options::<S>::augment_args(RunArgs::augment_args(Command::new(key_of::<S>())));
                // What the arguments are described by is no description of what is trained.
                self.0 = std::mem::take(&mut self.0).subcommand(kind.about(S::ABOUT).long_about(None));
            }
        }
        let mut offered = Offered(command);
        TrainingSettings::show_kinds(&mut offered);
        offered.0
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        TrainingSettings::defaults().iter().any(|settings| settings.kind().key() == name)
    }
}

impl FromArgMatches for TrainCommand {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        struct Asked<'a> {
            name: &'a str,
            matches: &'a ArgMatches,
            read: Option<Result<TrainingSettings, clap::Error>>,
        }
        impl EachKind for Asked<'_> {
            fn see<S: Knobs + Into<TrainingSettings>>(&mut self) {
                if key_of::<S>() == self.name {
                    self.read = Some(Options::<S>::from_arg_matches(self.matches).map(|options| options.0.into()));
                }
            }
        }
        let missing = || clap::Error::raw(ErrorKind::MissingSubcommand, "say what to train");
        let (name, matches) = matches.subcommand().ok_or_else(missing)?;
        let mut asked = Asked { name, matches, read: None };
        TrainingSettings::show_kinds(&mut asked);
        Ok(Self { run: RunArgs::from_arg_matches(matches)?, settings: asked.read.ok_or_else(missing)?? })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The word for a kind.
fn key_of<S: Knobs + Into<TrainingSettings>>() -> &'static str {
    S::default().into().kind().key()
}

/// Arguments of every training.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("length").args(["images", "minutes"])))]
#[command(group(ArgGroup::new("beginning").args(["resume", "overwrite", "roll_back", "branch"])))]
struct RunArgs {
    /// The face cache; faces marked valid are held out.
    #[arg(long, value_name = "FACES.safetensors")]
    data: PathBuf,
    /// The run folder: curves, events, samples, checkpoints, and the model.
    #[arg(long, value_name = "RUN")]
    out: PathBuf,
    /// Length in images: faces to see over the whole run [default: 500000].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    images: Option<u64>,
    /// Length in minutes of training over the whole run; the learning rate follows the share of them that is used.
    #[arg(long, value_name = "M", value_parser = minutes)]
    minutes: Option<f64>,
    /// Steps between checkpoints; after a minute there is one in any case.
    #[arg(long, value_name = "STEPS", default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..))]
    checkpoint_every: u64,
    /// Checkpoints kept, besides the best.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    keep: u32,
    /// Go on where the run was left, or begin it where there is none. Ctrl-C leaves it with a checkpoint of the step just made.
    #[arg(long)]
    resume: bool,
    /// Begin anew in place of a run that stands there.
    #[arg(long)]
    overwrite: bool,
    /// Go on from the checkpoint of this step of the run; what came after is forgotten.
    #[arg(long, value_name = "STEP")]
    roll_back: Option<u64>,
    /// Begin with a checkpoint of another run, which stays as it is: RUN, or RUN@STEP. A model that comes with its run is one too; such a
    /// beginning is a warm start.
    #[arg(long, value_name = "RUN[@STEP]")]
    branch: Option<String>,
    /// With --branch: begin at step 0 with the weights of the other run and nothing else of it: fresh optimisers, a schedule of its own.
    #[arg(long, requires = "branch")]
    warm_start: bool,
    /// With --branch of a GAN: grow its finished network to so many pixels, with a warm start.
    #[arg(long, value_name = "PIXELS", requires = "branch", value_parser = clap::value_parser!(u32).range(4..=64))]
    size: Option<u32>,
    /// Store the model's weights in half precision: half the size, no visible difference. Checkpoints stay in single.
    #[arg(long)]
    half: bool,
    /// Device to train on.
    #[arg(long, value_enum, default_value_t = BackendChoice::Auto)]
    backend: BackendChoice,
}

fn minutes(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value <= 1e6 => Ok(value),
        _ => Err("a number of minutes above 0 is wanted".into()),
    }
}

/// Trains. `given`: the options that stand on the command line, so that a run that goes on keeps the others.
///
/// # Errors
/// What the data, the device or the run folder refuse; a loss that went wrong.
pub fn run(command: &TrainCommand, given: &dyn Fn(&str) -> bool, output: &Output) -> anyhow::Result<()> {
    let TrainCommand { run: args, settings: asked } = command;
    let mut settings = asked.clone();
    let beginning = match (&args.branch, args.roll_back) {
        (Some(branch), _) => warm_where_asked(branch_of(branch)?, args.warm_start || args.size.is_some()),
        (None, Some(step)) => Beginning::RollBack(step),
        (None, None) if args.resume => Beginning::Resume,
        (None, None) if args.overwrite => Beginning::Overwrite,
        (None, None) => Beginning::New,
    };
    let begun = match &beginning {
        Beginning::Resume | Beginning::RollBack(_) if args.out.join("run.ron").is_file() => Some(read_spec(&args.out)?),
        Beginning::Branch(from, _) => Some(read_spec(from)?),
        _ => None,
    };
    if let Beginning::WarmStart(from, step) = &beginning {
        if !args.warm_start && args.size.is_none() {
            // Nobody has asked for less than a branch.
            say(format!(
                "{} lies beside a model: this is a warm start, at step 0 with its weights and with fresh optimisers. To go on where it stood, \
                 give --branch {0}",
                from.display()
            ));
        }
        settings = warm_settings(&read_beginnings(from, *step)?, asked, given, args.size)?;
    }
    let mut edits = Vec::new();
    let mut checkpoints = CheckpointPlan { steps: args.checkpoint_every, newest: args.keep as usize, ..CheckpointPlan::default() };
    if let Some(spec) = begun {
        (settings, edits) = spec.settings.obeying(asked, given).map_err(|fixed| anyhow!(fixed_text(&fixed)))?;
        checkpoints.steps = if given("checkpoint_every") { checkpoints.steps } else { spec.checkpoints.steps };
        checkpoints.newest = if given("keep") { checkpoints.newest } else { spec.checkpoints.newest };
    }
    let request = TrainingRequest {
        data: args.data.clone(),
        out: args.out.clone(),
        settings,
        budget: args.images.map(Budget::Images).or(args.minutes.map(|minutes| Budget::Seconds(minutes * 60.0))),
        checkpoints,
        half: args.half,
        beginning,
        edits,
        backend: args.backend,
    };
    let bar = Bar::new();
    let mut display = Display::new();
    // Nobody sends commands here; Ctrl-C comes through the monitor.
    let (_commands, inbox) = crossbeam_channel::bounded(1);
    let summary = train(&request, false, &TrainShare::default(), &inbox, &bar, &mut |event| display.show(event));
    display.bar.finish_and_clear();
    let summary = summary?;
    output.result(&summary, text)?;
    if summary.finished {
        return Ok(());
    }
    let left = if summary.trained { "trained to the end, but the model is not complete" } else { "stopped before the end" };
    bail!("{left}: what was learned is kept in {}, and --resume goes on with it", summary.model.display())
}

fn fixed_text(fixed: &Fixed) -> String {
    let Fixed { knob, asked, kept } = fixed;
    let option = knob.replace('_', "-");
    format!(
        "--{option} {asked} cannot be changed any more: the run was begun with {kept}. Begin a run of its own for it, with another --out"
    )
}

/// The beginning that is asked for, where only weights are wanted: of a run, or of the one that came with a model, of which no more is taken.
fn warm_where_asked(beginning: Beginning, is_asked: bool) -> Beginning {
    match beginning {
        Beginning::Branch(from, step) if !from.join(RUN).is_file() && from.join(RESUME).join(RUN).is_file() => {
            Beginning::WarmStart(from.join(RESUME), step)
        }
        Beginning::Branch(from, step) if is_asked => Beginning::WarmStart(from, step),
        other => other,
    }
}

/// The settings of a run that begins with the weights of another one: those of the other, but for what is given, and for how it grew.
fn warm_settings(
    beginnings: &Beginnings,
    asked: &TrainingSettings,
    given: &dyn Fn(&str) -> bool,
    size: Option<u32>,
) -> anyhow::Result<TrainingSettings> {
    if beginnings.settings.kind() != asked.kind() {
        // The engine says what is wrong with that.
        return Ok(asked.clone());
    }
    let (learned, from) = (&beginnings.settings, beginnings.size);
    let mut settings = settings_to_begin_with(learned, from, from);
    for edit in asked.stands().iter().filter(|edit| given(&edit.knob)) {
        settings.turn(edit);
    }
    if let Some(size) = size.map(|size| size as usize) {
        ensure_grows_to(size, learned, from, given(GROW))?;
        let grown = settings_to_begin_with(learned, from, size).stands();
        for edit in grown.iter().filter(|edit| [GROW, STAGE_SHARES].contains(&edit.knob.as_str()) && !given(&edit.knob)) {
            settings.turn(edit);
        }
    }
    Ok(settings)
}

/// Refuses a size to which networks that make faces of `from` pixels cannot grow. `is_told`: whether an option says how they grow.
fn ensure_grows_to(size: usize, learned: &TrainingSettings, from: usize, is_told: bool) -> anyhow::Result<()> {
    if !learned.stands().iter().any(|edit| edit.knob == GROW) {
        let kind = learned.kind().label();
        bail!("--size {size}: a network of the kind {kind} cannot grow. Leave --size out, or train one of that size anew");
    }
    if is_told {
        bail!("--size {size} and --grow both say how the networks grow: leave out --size, or --grow");
    }
    let sizes = sizes_to_grow_to(learned, from);
    let Some(next) = sizes.first() else {
        bail!(
            "--size {size}: the networks make faces of {from} pixels, the most there are. Leave --size out: --warm-start begins with their weights"
        );
    };
    if !sizes.contains(&size) {
        bail!("--size {size}: the networks make faces of {from} pixels, and grow by doubling: {next} would be next");
    }
    Ok(())
}

fn branch_of(text: &str) -> anyhow::Result<Beginning> {
    Ok(match text.rsplit_once('@') {
        Some((run, step)) if !PathBuf::from(text).exists() => match step.parse() {
            Ok(step) => Beginning::Branch(run.into(), Some(step)),
            Err(_) => bail!("--branch {text}: a step is a whole number"),
        },
        _ => Beginning::Branch(text.into(), None),
    })
}

/// The live display: one line that changes on a terminal, a line now and then elsewhere.
struct Display {
    bar: ProgressBar,
    is_terminal: bool,
    last_line: Option<Instant>,
    /// What is known of the run.
    facts: RunFacts,
    /// So many points were measured before it was under way, and are not drawn.
    before: usize,
    /// Whether it was told what comes when, at the rate that was measured.
    has_told_ahead: bool,
}

impl Display {
    fn new() -> Self {
        let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
        let bar = ProgressBar::with_draw_target(
            Some(1000),
            if is_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() },
        );
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {msg}") {
            bar.set_style(style);
        }
        Self { bar, is_terminal, last_line: None, facts: RunFacts::default(), before: 0, has_told_ahead: false }
    }

    fn show(&mut self, event: TrainingEvent) {
        match event {
            TrainingEvent::Started(start) => {
                self.line(&start_text(&start));
                if start.facts.is_finished {
                    self.line(&format!(
                        "it came to its end before, after {}, and nothing changes. A greater --images or --minutes goes on with it",
                        counted(start.facts.images, "face")
                    ));
                }
                // What an earlier sitting has measured may have been another machine's.
                if let Some(text) = start.facts.ahead_at(None).filter(|_| !start.facts.is_finished) {
                    self.line(&text);
                }
                let curves = std::mem::take(&mut self.facts.curves);
                self.before = curves.points.len();
                self.facts = RunFacts { curves, ..start.facts };
            }
            TrainingEvent::Reported(report) => {
                if let RunReport::Noted(event) = &report {
                    self.noted(event);
                }
                let is_measured = matches!(report, RunReport::Measured(_));
                self.facts.take(report);
                if is_measured {
                    self.measured();
                }
            }
            _ => {}
        }
    }

    fn noted(&self, event: &RunEvent) {
        match event.kind {
            EventKind::Warned => self.line(&format!("warning: {}", event.detail)),
            EventKind::Branched => self.line(&event.detail),
            EventKind::Changed | EventKind::Grown => self.line(&format!("step {}: {}", event.step, event.detail)),
            _ => {}
        }
    }

    fn line(&self, text: &str) {
        self.bar.suspend(|| say(text));
    }

    /// Draws the newest point, once it is under way.
    fn measured(&mut self) {
        let figures = self.facts.settings.as_ref().map_or(&[][..], TrainingSettings::figures);
        let points = &self.facts.curves.points;
        let (Some(point), Some(at)) = (points.last(), figures.iter().position(|figure| matches!(figure.in_line, InLine::Course))) else {
            return;
        };
        let losses = points[self.before.min(points.len())..].iter().filter_map(|point| point.losses.get(at).copied());
        let course: Vec<f32> = losses.filter(|now| now.is_finite()).collect();
        if course.is_empty() {
            return;
        }
        let (label, now) = (figures[at].label, point.losses[at]);
        let others = figures.iter().zip(&point.losses).filter_map(|(figure, now)| match figure.in_line {
            InLine::Words(words) => Some(words(*now)),
            InLine::Course | InLine::Absent => None,
        });
        let others = others.collect::<Vec<_>>().join(", ");
        let others = if others.is_empty() { String::new() } else { format!(" · {others}") };
        let share = self.facts.progress();
        let held_out = points.iter().rev().find_map(|point| point.held_out);
        let held_out = held_out.map(|error| format!(" · held out {error:.5}")).unwrap_or_default();
        let text = format!(
            "step {} · {label} {now:.5} {}{others}{held_out} · {} images/s · {}",
            point.step,
            sparkline(&course),
            grouped(self.facts.images_per_second().round() as u64),
            self.facts.time_left()
        );
        // Earlier the rate is still that of a device that warms up, or of pictures that are smaller than those to come.
        let is_rate_known = self.facts.size_to_come().is_none() && course.len().min(self.facts.points_of_size()) >= POINTS_OF_RATE;
        if !self.has_told_ahead && is_rate_known {
            self.has_told_ahead = true;
            if let Some(ahead) = self.facts.ahead() {
                self.line(&ahead);
            }
        }
        self.bar.set_position((share * 1000.0) as u64);
        self.bar.set_message(text.clone());
        if !self.is_terminal && self.last_line.is_none_or(|last| last.elapsed() >= LINE_EVERY) {
            self.last_line = Some(Instant::now());
            say(&text);
        }
    }
}

fn start_text(start: &TrainingStart) -> String {
    let TrainingStart { facts, means } = start;
    let (Some(spec), Some(settings)) = (&facts.spec, &facts.settings) else { return String::new() };
    let skipped: String = means.skipped.iter().map(|reason| format!("\n  not on {reason}")).collect();
    format!(
        "{} {} of {} numbers, k {}, on {} ({}); {}, {} held out, {}; {}{skipped}",
        settings.preset().word(),
        settings.kind().label(),
        means.parameters,
        settings.latent(),
        means.device.label(),
        means.device.device,
        counted(spec.faces as u64, "face"),
        spec.held_out,
        size_text(facts.size().unwrap_or(spec.size), settings),
        memory_text(means)
    )
}

/// How much memory a step takes at most, and at which size.
fn memory_text(means: &TrainingMeans) -> String {
    let at = means.memory_size.map(|size| format!(" at {size} x {size}")).unwrap_or_default();
    format!("a step takes about {} MiB{at}", grouped(means.memory_bytes.div_ceil(1 << 20)))
}

/// "64 x 64", or how it comes to that.
fn size_text(size: usize, settings: &TrainingSettings) -> String {
    let growth = settings.growth().filter(|growth| growth.last() > size);
    let growth = growth.map(|growth| format!(", growing to {0} x {0}", growth.last())).unwrap_or_default();
    format!("{size} x {size}{growth}")
}

/// The course of a loss in sixteen characters, on a logarithmic scale.
fn sparkline(losses: &[f32]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let width = losses.len().min(16);
    let logs: Vec<f32> = (0..width)
        .map(|n| losses[n * losses.len() / width..(n + 1) * losses.len() / width].iter().sum::<f32>())
        .zip(0..)
        .map(|(sum, n)| {
            let count = (n + 1) * losses.len() / width - n * losses.len() / width;
            (sum / count.max(1) as f32).max(1e-9).ln()
        })
        .collect();
    let (least, most) = logs.iter().fold((f32::MAX, f32::MIN), |(least, most), x| (least.min(*x), most.max(*x)));
    logs.iter().map(|x| BARS[(((x - least) / (most - least).max(1e-6)) * 7.0).round().clamp(0.0, 7.0) as usize]).collect()
}

fn text(summary: &RunSummary) -> String {
    let losses: Vec<String> = summary.losses.iter().map(|(name, value)| format!("{} {value:.5}", name.replace('_', " "))).collect();
    format!(
        "{} in {} ({} images/s on average), {}{}\n{}\nthe model: {}",
        counted(summary.images_seen, "face"),
        duration(summary.seconds),
        grouped(summary.images_per_second.round() as u64),
        counted(summary.steps, "step"),
        match (summary.finished, summary.trained) {
            (true, _) => "",
            (false, true) => "; the model is not complete, --resume completes it",
            (false, false) => "; stopped before the end, go on with --resume",
        },
        losses.join(", "),
        summary.model.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_read_as_written() {
        assert_eq!(branch_of("runs/a@500").unwrap(), Beginning::Branch("runs/a".into(), Some(500)));
        assert_eq!(branch_of("runs/a").unwrap(), Beginning::Branch("runs/a".into(), None));
        assert!(branch_of("runs/a@x").is_err());
        assert_eq!(sparkline(&[1.0, 0.1]), "█▁");
    }
}

//! `facefield bench evaluate`: where the time goes when models are judged, stage by stage, and the most memory that it takes.
//!
//! Owns the stopwatch that listens to the job. Unlike the other benchmarks it has no untimed repeat, as one takes about a minute; and it
//! neither reads nor writes the figures that model folders keep. Reports are all that it knows of a stage: the time between two of them
//! counts as the earlier one's, so that all stages together last as long as the job. What a stage does before its first report counts as
//! the stage before, and what comes before any report as `opening`.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::bail;
use clap::Args;
use serde::Serialize;

use super::super::Output;
use super::super::bar::Bar;
use super::super::judging::JudgingArgs;
use super::timing::{Timing, with_peak_memory};
use crate::backend::DeviceInfo;
use crate::backend::cpu::simd_level;
use crate::engine::{Evaluate, Job, JobOutcome, run_job};
use crate::metrics::Evaluation;
use crate::models::{ModelError, PlacedModel};
use crate::progress::{Monitor, Progress};

/// What goes on before the first report: models and faces are opened.
const OPENING: &str = "opening";

/// Arguments of `facefield bench evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    #[command(flatten)]
    judging: JudgingArgs,
    /// Timed repeats, without an untimed one before them: each takes about a minute for thousands of faces.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeats: u32,
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    device: DeviceInfo,
    simd: &'static str,
    seed: u64,
    models: Vec<Judged>,
    #[serde(flatten)]
    timing: Timing,
    /// Of each repeat: its stages, which together last as long as it does.
    stages: Vec<Vec<Stage>>,
    /// The most anonymous memory of the process, sampled every 5 ms: mapped face caches do not count. Absent where nobody tells.
    peak_anonymous_mib: Option<f64>,
}

/// How much work a model was.
#[derive(Serialize)]
struct Judged {
    model: String,
    /// Height and width of its faces in pixels.
    size: usize,
    /// How many faces were reconstructed.
    faces: usize,
    /// How many samples were compared with as many faces.
    samples: usize,
    /// How many training faces neighbours were looked for among.
    training_faces: usize,
}

impl Judged {
    fn of(found: &Evaluation) -> Self {
        let model = found.model.clone();
        Self { model, size: found.size, faces: found.faces, samples: found.n, training_faces: found.training_faces }
    }
}

/// Runs the benchmark.
///
/// # Errors
/// What a model or the data refuse.
pub fn run(args: &EvaluateArgs, output: &Output) -> anyhow::Result<()> {
    let job = job(&args.judging)?;
    let bar = Bar::new();
    let (runs, peak) = with_peak_memory(|| (0..args.repeats).map(|_| timed(&job, &bar)).collect::<anyhow::Result<Vec<Run>>>());
    drop(bar);
    let runs = runs?;
    let report = Report {
        device: DeviceInfo::cpu(),
        simd: simd_level().name(),
        seed: args.judging.seed,
        models: runs.first().into_iter().flat_map(|run| run.found.iter()).map(Judged::of).collect(),
        timing: Timing::of(runs.iter().map(|run| run.seconds).collect()),
        stages: runs.into_iter().map(|run| run.stages).collect(),
        peak_anonymous_mib: peak.map(|bytes| bytes as f64 / f64::from(1 << 20)),
    };
    output.result(&report, |report| serde_json::to_string_pretty(report).unwrap_or_default())
}

fn job(args: &JudgingArgs) -> Result<Job, ModelError> {
    // A model without a folder keeps no figures: nothing is left behind, and no repeat is spared its work.
    let models = args.places()?.into_iter().map(|placed| PlacedModel { folder: None, ..placed }).collect();
    let (data, train, seed) = (args.data.clone(), args.train.clone(), args.seed);
    Ok(Job::Evaluate(Evaluate { models, data, split: None, train, seed, resize: true, reuse: false, invert: 0 }))
}

/// One repeat.
struct Run {
    seconds: f64,
    stages: Vec<Stage>,
    found: Vec<Evaluation>,
}

fn timed(job: &Job, monitor: &dyn Monitor) -> anyhow::Result<Run> {
    let watch = Stopwatch::start(monitor);
    let JobOutcome::Evaluated(found) = run_job(job, &watch)? else { bail!("the engine answered another job") };
    let (seconds, stages) = watch.stop();
    Ok(Run { seconds, stages, found })
}

/// Notes when stages are reported, and passes everything on.
struct Stopwatch<'a> {
    onward: &'a dyn Monitor,
    start: Instant,
    laps: Mutex<Laps>,
}

impl<'a> Stopwatch<'a> {
    fn start(onward: &'a dyn Monitor) -> Self {
        Self { onward, start: Instant::now(), laps: Mutex::new(Laps::new()) }
    }

    /// The seconds since the start, and how they were spent.
    fn stop(self) -> (f64, Vec<Stage>) {
        let seconds = self.start.elapsed().as_secs_f64();
        let laps = self.laps.into_inner().unwrap_or_else(PoisonError::into_inner);
        (seconds, laps.end(seconds))
    }
}

impl Monitor for Stopwatch<'_> {
    fn report(&self, progress: Progress) {
        if let Ok(mut laps) = self.laps.lock() {
            laps.note(progress.stage, self.start.elapsed().as_secs_f64());
        }
        self.onward.report(progress);
    }

    fn warn(&self, message: String) {
        self.onward.warn(message);
    }

    fn cancelled(&self) -> bool {
        self.onward.cancelled()
    }
}

/// A stage, all its times together where it comes more than once. Moments are in seconds from the start.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Stage {
    stage: &'static str,
    seconds: f64,
    first_report_at: f64,
    last_report_at: f64,
}

impl Stage {
    fn new(stage: &'static str, at: f64) -> Self {
        Self { stage, seconds: 0.0, first_report_at: at, last_report_at: at }
    }
}

/// The stages so far, in the order of their first reports.
struct Laps {
    stages: Vec<Stage>,
    /// Which of them is under way.
    current: usize,
    /// The last moment that is counted.
    since: f64,
}

impl Laps {
    fn new() -> Self {
        Self { stages: vec![Stage::new(OPENING, 0.0)], current: 0, since: 0.0 }
    }

    fn note(&mut self, stage: &'static str, at: f64) {
        self.count_until(at);
        let known = self.stages.iter().position(|known| known.stage == stage);
        self.current = known.unwrap_or(self.stages.len());
        if known.is_none() {
            self.stages.push(Stage::new(stage, at));
        }
        self.stages[self.current].last_report_at = at;
    }

    fn end(mut self, at: f64) -> Vec<Stage> {
        self.count_until(at);
        self.stages
    }

    /// What passed since the last report belongs to the stage that made it.
    fn count_until(&mut self, at: f64) {
        self.stages[self.current].seconds += at - self.since;
        self.since = at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::CancelFlag;

    #[test]
    fn time_counts_as_that_of_the_stage_reported_last_and_nothing_is_lost() {
        let mut laps = Laps::new();
        for (stage, at) in [("fitting", 0.5), ("fitting", 1.0), ("comparing", 4.0), ("fitting", 5.0), ("comparing", 5.5)] {
            laps.note(stage, at);
        }
        let stage = |stage, seconds, first_report_at, last_report_at| Stage { stage, seconds, first_report_at, last_report_at };
        assert_eq!(laps.end(8.0), [stage(OPENING, 0.5, 0.0, 0.0), stage("fitting", 4.0, 0.5, 5.0), stage("comparing", 3.5, 4.0, 5.5)]);
        assert_eq!(Laps::new().end(2.0), [stage(OPENING, 2.0, 0.0, 0.0)], "a job that reports nothing");
    }

    /// Counts what it hears, and can be cancelled.
    #[derive(Default)]
    struct Listener {
        heard: Mutex<Vec<String>>,
        cancel: CancelFlag,
    }

    impl Monitor for Listener {
        fn report(&self, progress: Progress) {
            self.heard.lock().unwrap().push(progress.stage.to_owned());
        }
        fn warn(&self, message: String) {
            self.heard.lock().unwrap().push(message);
        }
        fn cancelled(&self) -> bool {
            self.cancel.is_raised()
        }
    }

    #[test]
    fn the_stopwatch_passes_everything_on_and_adds_up() {
        let listener = Listener::default();
        let watch = Stopwatch::start(&listener);
        let report = |stage| watch.report(Progress { stage, unit: "faces", done: 1, total: 2, part: None });
        report("fitting");
        watch.warn("few faces".into());
        report("sampling");
        report("fitting");
        assert!(!watch.cancelled());
        listener.cancel.raise();
        assert!(watch.cancelled());
        std::thread::sleep(std::time::Duration::from_millis(20));
        let (seconds, stages) = watch.stop();
        assert_eq!(stages.iter().map(|stage| stage.stage).collect::<Vec<_>>(), [OPENING, "fitting", "sampling"]);
        assert!((stages.iter().map(|stage| stage.seconds).sum::<f64>() - seconds).abs() < 1e-9, "{seconds}: {stages:?}");
        assert!(stages[1].seconds >= 0.02 && stages[1].last_report_at >= stages[2].last_report_at, "{stages:?}");
        assert_eq!(*listener.heard.lock().unwrap(), ["fitting", "few faces", "sampling", "fitting"]);
    }
}

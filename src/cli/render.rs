//! `facefield render`: a journey to a video, without a window.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::Output;
use super::bar::Bar;
use super::target::OverwriteArgs;
use crate::engine::{Job, JobOutcome, JourneyView, PortraitView, RecordJourney, Subject, run_job};
use crate::latent::Journey;
use crate::models::{StoredModel, catalog};
use crate::video::{FrameRate, FrameSize, Recorded, Recording, VideoTarget};
use crate::words::counted;

/// The journey through a run where none is named.
const GROWTH: &str = "growth";

/// What a video shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum View {
    /// One large face that changes along the way, with its coordinates; works everywhere.
    Portrait,
    /// The lattice through the camera; works everywhere, too.
    Flight,
}

/// Arguments of `facefield render`.
#[derive(Debug, Args)]
pub struct RenderArgs {
    /// The journey: a file (.ron), or a sample: first-axes, flight, portraits, growth [default with --run: growth].
    #[arg(value_name = "JOURNEY.ron", required_unless_present = "run")]
    journey: Option<PathBuf>,
    /// The model it runs through: a folder, or a name [default: the one that is part of the program].
    #[arg(long)]
    model: Option<String>,
    /// The run that is seen growing in place of a model: keyframes say at which step, and where none does, time passes from its first
    /// checkpoint to its last.
    #[arg(long, value_name = "RUN", conflicts_with = "model")]
    run: Option<PathBuf>,
    /// What the video shows.
    #[arg(long, value_enum, default_value_t = View::Portrait)]
    view: View,
    /// Where it goes: .mp4, .gif, or a folder of PNG frames.
    #[arg(long, value_name = "FILE.mp4|FILE.gif|FOLDER")]
    out: VideoTarget,
    #[command(flatten)]
    overwrite: OverwriteArgs,
    /// Width and height in pixels.
    #[arg(long, default_value = "1280x720")]
    size: FrameSize,
    /// Frames a second, from 1 to 120: 30, 29.97, or a fraction such as 24000/1001.
    #[arg(long, value_name = "RATE", default_value = "30")]
    fps: FrameRate,
}

/// Renders the journey.
///
/// # Errors
/// What the journey, the model or the output refuse.
pub fn run(args: &RenderArgs, output: &Output) -> anyhow::Result<()> {
    let journey = Journey::open_or_sample(args.journey.as_deref().unwrap_or(Path::new(GROWTH)))?;
    let subject = match (&args.run, &args.model) {
        (Some(run), _) => Subject::Run(run.clone()),
        (None, Some(name)) => catalog::resolve(name)?.into(),
        (None, None) => StoredModel::embedded()?.into(),
    };
    let recording = Recording { target: args.out.clone(), size: args.size, rate: args.fps, replace: args.overwrite.replace() };
    let view: Arc<dyn JourneyView> = match args.view {
        View::Portrait => Arc::new(PortraitView),
        View::Flight => flight()?,
    };
    let job = Job::Record(Box::new(RecordJourney { journey, subject, view, recording }));
    let bar = Bar::new();
    let JobOutcome::Recorded(summary) = run_job(&job, &bar)? else { bail!("the engine answered another job") };
    drop(bar);
    output.result(&summary, |summary: &Recorded| {
        let rate = summary.frames as f64 / summary.seconds;
        let frames = counted(summary.frames, "frame");
        format!("{frames} in {} ({:.1} s, {rate:.1} a second)", summary.path.display(), summary.seconds)
    })
}

#[cfg(feature = "app")]
#[expect(clippy::unnecessary_wraps, reason = "a build without the app draws no flights")]
fn flight() -> anyhow::Result<Arc<dyn JourneyView>> {
    Ok(Arc::new(crate::recorder::FlightView))
}

#[cfg(not(feature = "app"))]
fn flight() -> anyhow::Result<Arc<dyn JourneyView>> {
    bail!("this build draws no lattice; build it with the cargo feature `app`, or use --view portrait")
}

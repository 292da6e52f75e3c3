//! The training of the session: the run that is trained here, or one that another process writes.
//!
//! Owns the trainer and the follower, and what is known of the run as plain data. Panels read it and write [`Train`] messages.

use std::path::{Path, PathBuf};

use bevy::prelude::*;

use super::model::{CurrentModel, show_run};
use super::unveiling::Unveiling;
use super::{Activity, Alarm, Cause, DecoderLink, Notice, SessionSystems};
use crate::engine::{
    RunFollower, RunView, TrainShare, Trainer, TrainingCommand, TrainingEvent, TrainingRequest, TrainingStart, Waker, list_sheets,
};
use crate::training::{
    Budget, CHECKPOINTS, Curves, Edit, EventKind, RunEvent, RunReport, RunSummary, TrainingSettings, branch, list_checkpoints,
};

/// The share of the machine that training takes at first: the view stays usable.
const DEFAULT_SHARE: f32 = 0.6;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Train>()
        .init_resource::<Training>()
        .init_resource::<TrainingLink>()
        .init_resource::<Activity>()
        .init_resource::<Alarm>()
        .init_resource::<Unveiling>()
        .add_systems(Update, (receive_training, receive_follower).in_set(SessionSystems::Receive))
        .add_systems(Update, obey.in_set(SessionSystems::Steer));
}

/// What panels ask of the training.
#[derive(Clone, Debug, Message)]
pub enum Train {
    /// Begin a run, or go on with one.
    Start(Box<TrainingRequest>),
    /// Call off a start that is not under way yet; no new run is left, but for one that took an old one's place already.
    Cancel,
    /// Pause within one step.
    Pause,
    /// Go on.
    Resume,
    /// Write a checkpoint and end.
    Stop,
    /// Write a checkpoint now.
    Save,
    /// Turn a knob.
    Turn(Edit),
    /// Plan another length, and go on.
    Extend(Budget),
    /// Go back to the checkpoint of a step; what came after is forgotten.
    RollBack(u64),
    /// Copy a checkpoint into a new run.
    Branch {
        /// Its step.
        step: u64,
        /// The new run folder.
        to: PathBuf,
    },
    /// How much of the machine training takes, 0.05 to 1.
    SetShare(f32),
    /// Whether the lattice shows the model in training.
    FollowLattice(bool),
    /// Look at a run folder, and follow it while another process writes it.
    OpenRun(PathBuf),
    /// Look away from the run that is shown.
    Close,
}

/// How the training stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum TrainingStatus {
    /// There is none.
    #[default]
    Idle,
    /// Device and run folder are being opened.
    Starting,
    /// The start was called off, and ends once what is being opened is open.
    Cancelling,
    /// It learns.
    Running,
    /// It waits; why, where it was not asked to.
    Paused(Option<String>),
    /// It reached its planned length, and can be extended.
    Finished,
    /// It was stopped; everything is written.
    Stopped,
    /// It could not begin or go on.
    Failed(String),
    /// A run folder is looked at.
    Following {
        /// Whether a process trains it now.
        live: bool,
    },
}

/// What is known of the run.
#[derive(Resource)]
pub struct Training {
    /// How it stands.
    pub status: TrainingStatus,
    /// What it is, once it is under way.
    pub start: Option<TrainingStart>,
    /// The settings by now.
    pub settings: Option<TrainingSettings>,
    /// The planned length.
    pub budget: Budget,
    /// Its curves.
    pub curves: Curves,
    /// What happened.
    pub events: Vec<RunEvent>,
    /// The steps that have pictures, ascending.
    pub sheets: Vec<u64>,
    /// The steps that have checkpoints, ascending.
    pub checkpoints: Vec<u64>,
    /// What it came to.
    pub summary: Option<RunSummary>,
    /// How much of the machine training takes.
    pub share: f32,
    /// Whether the lattice shows the model in training.
    pub follows_lattice: bool,
    /// Counts changes of curves, events and pictures.
    pub version: u64,
    path: Option<PathBuf>,
}

impl Default for Training {
    fn default() -> Self {
        Self {
            status: TrainingStatus::Idle,
            start: None,
            settings: None,
            budget: Budget::default(),
            curves: Curves::default(),
            events: Vec::new(),
            sheets: Vec::new(),
            checkpoints: Vec::new(),
            summary: None,
            share: DEFAULT_SHARE,
            follows_lattice: true,
            version: 0,
            path: None,
        }
    }
}

impl Training {
    /// The run folder that is shown.
    pub fn run_path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Whether a trainer of this program holds the run.
    pub fn is_active(&self) -> bool {
        use TrainingStatus::{Finished, Paused, Running};
        self.is_starting() || matches!(self.status, Running | Paused(_) | Finished)
    }

    /// Whether it is not under way yet.
    pub fn is_starting(&self) -> bool {
        matches!(self.status, TrainingStatus::Starting | TrainingStatus::Cancelling)
    }

    /// Whether the network finds codes of faces, as all but GANs do. True also while nothing is known of it.
    pub fn has_encoder(&self) -> bool {
        self.settings.as_ref().is_none_or(TrainingSettings::has_encoder)
    }

    /// The newest warning, until a setting is changed or steps are taken back: then it has been heard.
    pub fn warning(&self) -> Option<&RunEvent> {
        use EventKind::{Changed, Restored, RolledBack, Warned};
        let newest = self.events.iter().rev().find(|event| matches!(event.kind, Warned | Changed | RolledBack | Restored));
        newest.filter(|event| event.kind == Warned)
    }

    /// The share of the planned length that is done, 0 to 1.
    pub fn progress(&self) -> f64 {
        self.curves.points.last().map_or(0.0, |point| self.budget.share(point.images, point.seconds).min(1.0))
    }

    /// About how many seconds of training are left.
    pub fn seconds_left(&self) -> Option<f64> {
        let (share, point) = (self.progress(), self.curves.points.last()?);
        match self.budget {
            Budget::Seconds(total) => Some((total - point.seconds).max(0.0)),
            Budget::Images(total) if share < 1.0 => {
                let rate = self.images_per_second();
                (rate > 0.0).then(|| total.saturating_sub(point.images) as f64 / rate)
            }
            Budget::Images(_) => Some(0.0),
        }
    }

    /// Faces in a second, over the last few points.
    pub fn images_per_second(&self) -> f64 {
        let points = &self.curves.points;
        let Some(last) = points.last() else { return 0.0 };
        let first = &points[points.len().saturating_sub(6)];
        let seconds = last.seconds - first.seconds;
        if seconds > 0.0 { (last.images - first.images) as f64 / seconds } else { last.images_per_second }
    }

    /// Shows no run any more; what the user has set for every run stays.
    fn clear(&mut self) {
        *self = Self { share: self.share, follows_lattice: self.follows_lattice, ..Self::default() };
    }

    fn show(&mut self, view: RunView) {
        self.settings = Some(view.settings);
        self.budget = view.budget;
        self.curves = view.curves;
        self.events = view.events;
        self.sheets = view.sheets;
        self.checkpoints = view.checkpoints;
        self.path = Some(view.path);
        self.version += 1;
    }

    fn note(&mut self, report: RunReport) {
        match report {
            RunReport::Measured(mut point) => {
                // The file may have columns that the learner does not fill.
                point.losses.resize(point.losses.len().max(self.curves.loss_names.len()), f32::NAN);
                self.curves.points.retain(|known| known.step < point.step);
                self.curves.points.push(point);
            }
            RunReport::Noted(event) => {
                if matches!(event.kind, EventKind::RolledBack | EventKind::Restored) {
                    self.reread();
                } else {
                    self.events.push(event);
                }
            }
            RunReport::Saved { .. } => {
                self.checkpoints = self.path.as_ref().map(|path| list_checkpoints(&path.join(CHECKPOINTS))).unwrap_or_default();
            }
            RunReport::Pictured { step } => {
                self.sheets.retain(|known| *known < step);
                self.sheets.push(step);
            }
        }
        self.version += 1;
    }

    /// Takes curves and events from the folder again, after they were cut.
    fn reread(&mut self) {
        let Some(path) = self.path.clone() else { return };
        if let Ok(view) = RunView::read(&path) {
            self.show(view);
            let last = self.curves.points.last().map_or(0, |point| point.step);
            self.sheets.retain(|step| *step <= last);
        }
    }
}

/// The threads behind the training.
#[derive(Default, Resource)]
struct TrainingLink {
    trainer: Option<Trainer>,
    follower: Option<RunFollower>,
    share: TrainShare,
}

fn obey(
    mut asked: MessageReader<Train>,
    mut training: ResMut<Training>,
    mut link: ResMut<TrainingLink>,
    mut notice: ResMut<Notice>,
    mut unveiling: ResMut<Unveiling>,
    alarm: Res<Alarm>,
) {
    for message in asked.read() {
        let command = match message {
            Train::Start(request) => {
                *unveiling = Unveiling::default();
                start(&mut training, &mut link, request.as_ref().clone(), alarm.patient_waker());
                continue;
            }
            Train::Cancel => {
                if let Some(trainer) = link.trainer.as_ref().filter(|_| training.status == TrainingStatus::Starting) {
                    trainer.cancel();
                    training.status = TrainingStatus::Cancelling;
                }
                continue;
            }
            Train::SetShare(share) => {
                link.share.set(*share);
                training.share = link.share.get();
                continue;
            }
            Train::FollowLattice(follows) => {
                training.follows_lattice = *follows;
                *unveiling = Unveiling::default();
                continue;
            }
            Train::OpenRun(path) => {
                *unveiling = Unveiling::default();
                open_run(&mut training, &mut link, path, alarm.patient_waker(), &mut notice);
                continue;
            }
            Train::Close => {
                if !training.is_active() {
                    link.follower = None;
                    training.clear();
                }
                continue;
            }
            Train::Branch { step, to } => {
                notice.0 = Some(match training.run_path().map(|from| branch(from, Some(*step), to)) {
                    Some(Ok(_)) => format!("Step {step} now stands in {} too: open it there to go on", to.display()),
                    Some(Err(error)) => error.to_string(),
                    None => "There is no run to branch from".into(),
                });
                continue;
            }
            Train::Pause => TrainingCommand::Pause,
            Train::Resume => TrainingCommand::Resume,
            Train::Stop => TrainingCommand::Stop,
            Train::Save => TrainingCommand::Save,
            Train::Turn(edit) => {
                if let Some(settings) = &mut training.settings {
                    settings.turn_live(edit);
                }
                TrainingCommand::Turn(edit.clone())
            }
            Train::Extend(budget) => {
                training.budget = *budget;
                TrainingCommand::Extend(*budget)
            }
            Train::RollBack(step) => TrainingCommand::RollBack(*step),
        };
        if let Some(trainer) = &link.trainer
            && !trainer.command(command)
        {
            notice.0 = Some("The training is busy; try again in a moment".into());
        }
    }
}

fn start(training: &mut Training, link: &mut TrainingLink, request: TrainingRequest, waker: Waker) {
    // The trainer before, if any, writes its checkpoint first.
    link.trainer = None;
    link.follower = None;
    let (share, follows_lattice) = (training.share, training.follows_lattice);
    link.share.set(share);
    *training = Training { status: TrainingStatus::Starting, share, follows_lattice, path: Some(request.out.clone()), ..default() };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    link.trainer = Some(Trainer::start(request, link.share.clone(), threads, waker));
}

fn open_run(training: &mut Training, link: &mut TrainingLink, path: &Path, waker: Waker, notice: &mut Notice) {
    if training.is_active() {
        notice.0 = Some("Stop the training before you open another run".into());
        return;
    }
    match RunView::read(path) {
        Ok(view) => {
            let (share, follows_lattice) = (training.share, training.follows_lattice);
            *training = Training { status: TrainingStatus::Following { live: view.is_live }, share, follows_lattice, ..default() };
            training.show(view);
            link.follower = Some(RunFollower::start(path.to_path_buf(), waker));
        }
        Err(error) => notice.0 = Some(error.to_string()),
    }
}

fn receive_training(
    mut training: ResMut<Training>,
    mut link: ResMut<TrainingLink>,
    mut model: ResMut<CurrentModel>,
    mut notice: ResMut<Notice>,
    mut unveiling: ResMut<Unveiling>,
    mut activity: ResMut<Activity>,
    decoder: Res<DecoderLink>,
) {
    let Some(trainer) = &link.trainer else { return };
    let (mut is_over, before) = (false, training.status.clone());
    for event in trainer.events().try_iter() {
        match event {
            TrainingEvent::Started(start) => {
                // What was called off too late has begun: it stops, and stays on the disk.
                if training.status != TrainingStatus::Cancelling {
                    training.status = TrainingStatus::Running;
                }
                training.path = Some(start.path.clone());
                training.reread();
                training.settings = Some(start.settings.clone());
                training.budget = start.budget;
                training.sheets = list_sheets(&start.path);
                training.start = Some(*start);
            }
            TrainingEvent::Reported(report) => training.note(report),
            TrainingEvent::Snapshot(_) => {}
            TrainingEvent::Paused(reason) => training.status = TrainingStatus::Paused(reason),
            TrainingEvent::Resumed => training.status = TrainingStatus::Running,
            TrainingEvent::Finished(summary) => {
                training.status = TrainingStatus::Finished;
                training.summary = Some(*summary);
            }
            TrainingEvent::Stopped(summary) => {
                training.status = TrainingStatus::Stopped;
                training.summary = Some(*summary);
                is_over = true;
            }
            TrainingEvent::Cancelled => {
                training.clear();
                is_over = true;
            }
            TrainingEvent::Settings(settings) => training.settings = Some(*settings),
            TrainingEvent::Warned(message) => notice.0 = Some(message),
            TrainingEvent::Failed(reason) => {
                training.status = TrainingStatus::Failed(reason);
                is_over = true;
            }
        }
    }
    if training.status != before {
        activity.because(Cause::Arrives);
    }
    if training.follows_lattice && unveiling.may_show(training.status == TrainingStatus::Running, &mut activity) {
        link.share.want_model();
    }
    if training.follows_lattice
        && let (Some(stored), Some(path)) = (trainer.take_model(), training.run_path())
    {
        unveiling.shows_now();
        show_run(&mut model, &decoder, path, *stored);
    }
    if is_over {
        link.trainer = None;
    }
}

fn receive_follower(
    mut training: ResMut<Training>,
    link: Res<TrainingLink>,
    mut model: ResMut<CurrentModel>,
    mut unveiling: ResMut<Unveiling>,
    mut activity: ResMut<Activity>,
    decoder: Res<DecoderLink>,
) {
    let Some(follower) = &link.follower else { return };
    if let Some(view) = follower.views().try_iter().last() {
        match view {
            Ok(view) => {
                training.status = TrainingStatus::Following { live: view.is_live };
                training.show(view);
            }
            Err(reason) => training.status = TrainingStatus::Failed(reason),
        }
    }
    let is_live = training.status == TrainingStatus::Following { live: true };
    if training.follows_lattice
        && unveiling.may_show(is_live, &mut activity)
        && let (Some(stored), Some(path)) = (follower.take_model(), training.run_path())
    {
        unveiling.shows_now();
        show_run(&mut model, &decoder, path, *stored);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::backend::BackendChoice;
    use crate::data::synth;
    use crate::engine::{Beginning, Decoder};
    use crate::progress::Silent;
    use crate::training::{AutoencoderSettings, CheckpointPlan, CurvePoint, GanSettings, Preset};

    fn point(step: u64) -> CurvePoint {
        CurvePoint {
            step,
            images: step * 10,
            seconds: step as f64,
            images_per_second: 10.0,
            learning_rate: 1e-3,
            batch: 10,
            losses: vec![0.1],
            held_out: None,
        }
    }

    #[test]
    fn progress_and_time_left_follow_the_curves() {
        let mut training = Training { budget: Budget::Images(1000), ..default() };
        assert_eq!((training.progress(), training.seconds_left()), (0.0, None));
        (1..=5).for_each(|n| training.note(RunReport::Measured(point(n * 10))));
        assert_eq!((training.progress(), training.images_per_second()), (0.5, 10.0));
        assert_eq!(training.seconds_left(), Some(50.0));
        training.budget = Budget::Seconds(80.0);
        assert_eq!(training.seconds_left(), Some(30.0));
    }

    #[test]
    fn points_of_steps_that_are_made_again_replace_the_old_ones() {
        let mut training = Training::default();
        [10, 20, 30, 15].into_iter().for_each(|step| training.note(RunReport::Measured(point(step))));
        assert_eq!(training.curves.points.iter().map(|point| point.step).collect::<Vec<_>>(), [10, 15]);
    }

    #[test]
    fn a_warning_stands_until_something_is_done() {
        let mut training = Training::default();
        let event = |step, kind, detail: &str| RunEvent { step, images: 0, seconds: 0.0, kind, detail: detail.into() };
        let newest = |training: &Training| training.warning().map(|event| event.detail.clone());
        assert_eq!(newest(&training), None);
        for (step, detail) in [(300, "the critic wins"), (400, "modes collapse")] {
            training.note(RunReport::Noted(event(step, EventKind::Warned, detail)));
        }
        training.note(RunReport::Noted(event(410, EventKind::Paused, "")));
        assert_eq!(newest(&training).as_deref(), Some("modes collapse"));
        training.note(RunReport::Noted(event(420, EventKind::Changed, "augmentation 0.2 -> 0.4")));
        assert_eq!(newest(&training), None);
    }

    /// The training of an app without anything else.
    fn training_alone() -> App {
        let mut app = App::new();
        app.configure_sets(Update, (SessionSystems::Receive, SessionSystems::Steer).chain());
        app.init_resource::<CurrentModel>().init_resource::<Notice>().insert_resource(DecoderLink(Decoder::spawn(1, Waker::default())));
        app.add_plugins(plugin);
        app
    }

    fn send(app: &mut App, messages: impl IntoIterator<Item = Train>) {
        app.world_mut().write_message_batch(messages);
        app.update();
    }

    fn update_until(app: &mut App, wanted: &TrainingStatus) {
        let start = Instant::now();
        while app.world().resource::<Training>().status != *wanted {
            assert!(start.elapsed() < Duration::from_secs(60), "gave up waiting for {wanted:?}");
            std::thread::sleep(Duration::from_millis(5));
            app.update();
        }
    }

    fn tiny_request(place: &Path) -> Box<TrainingRequest> {
        let data = place.join("faces.safetensors");
        synth::write_cache(120, 1, 16, &data, &Silent).unwrap();
        Box::new(TrainingRequest {
            data,
            out: place.join("run"),
            settings: AutoencoderSettings { preset: Preset::Tiny, latent: 8, batch: 8, ..default() }.into(),
            budget: Some(Budget::Images(1_000_000)),
            checkpoints: CheckpointPlan::default(),
            half: false,
            beginning: Beginning::New,
            edits: Vec::new(),
            backend: BackendChoice::Cpu,
        })
    }

    #[test]
    fn a_start_that_is_cancelled_leaves_nothing_and_can_be_asked_for_again() {
        let place = tempfile::tempdir().unwrap();
        let (mut app, request) = (training_alone(), tiny_request(place.path()));
        send(&mut app, [Train::FollowLattice(false), Train::Cancel, Train::Start(request.clone()), Train::Cancel]);
        assert_eq!(app.world().resource::<Training>().status, TrainingStatus::Cancelling);
        update_until(&mut app, &TrainingStatus::Idle);
        let training = app.world().resource::<Training>();
        assert!(training.run_path().is_none() && !training.follows_lattice, "what is set for every run stays");
        assert!(!request.out.exists());
        send(&mut app, [Train::Start(request.clone())]);
        update_until(&mut app, &TrainingStatus::Running);
        send(&mut app, [Train::Cancel]);
        assert!(app.world().resource::<Training>().is_active(), "what has begun is stopped instead");
        send(&mut app, [Train::Stop]);
        update_until(&mut app, &TrainingStatus::Stopped);
        assert!(RunView::read(&request.out).is_ok());
    }

    #[test]
    fn only_a_gan_has_no_encoder() {
        let of = |settings: TrainingSettings| Training { settings: Some(settings), ..default() };
        assert!(Training::default().has_encoder() && of(AutoencoderSettings::default().into()).has_encoder());
        assert!(!of(GanSettings::default().into()).has_encoder());
    }
}

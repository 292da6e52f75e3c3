//! The threads behind the training of the session: a trainer, or a follower of a run that another process writes.
//!
//! Owns the way of what panels ask to the trainer, and of what is told back to the one view of the run.

use std::path::Path;

use bevy::prelude::*;

use super::model::{CurrentModel, OpenModel, open_models};
use super::notice::Complaint;
use super::run_on_lattice::{RunOnLattice, tell_what_is_shown, turn_with_the_explorer};
use super::shelf::Shelve;
use super::steering::Steering;
use super::training::{Train, Training, TrainingStatus};
use super::unveiling::Unveiling;
use super::{Activity, Alarm, Cause, DecoderLink, Notice, SessionSystems};
use crate::engine::{RunFollower, ShelfItem, TrainShare, Trainer, TrainingCommand, TrainingEvent, TrainingRequest, Waker};
use crate::training::{RunFacts, branch, read_run};
use crate::words::grouped;

/// So many axes are named in a notice.
const NAMED_AXES: usize = 6;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Train>()
        .add_message::<OpenModel>()
        .add_message::<Shelve>()
        .init_resource::<Training>()
        .init_resource::<TrainingLink>()
        .init_resource::<Activity>()
        .init_resource::<Alarm>()
        .init_resource::<Unveiling>()
        .init_resource::<RunOnLattice>()
        .init_resource::<Steering>()
        .add_systems(Update, (receive_training, receive_follower).in_set(SessionSystems::Receive))
        .add_systems(Update, (obey, turn_with_the_explorer, tell_what_is_shown).chain().after(open_models).in_set(SessionSystems::Steer));
}

/// The threads behind the training.
#[derive(Default, Resource)]
struct TrainingLink {
    trainer: Option<Trainer>,
    follower: Option<RunFollower>,
    share: TrainShare,
    /// Why a run could not be opened.
    unopened: Complaint,
    /// That the axes on screen became others.
    turned: Complaint,
    /// Why a checkpoint became no run of its own.
    unbranched: Complaint,
    /// That a command found no room.
    unheard: Complaint,
}

fn obey(
    mut asked: MessageReader<Train>,
    mut training: ResMut<Training>,
    mut link: ResMut<TrainingLink>,
    mut notice: ResMut<Notice>,
    mut unveiling: ResMut<Unveiling>,
    mut lattice: ResMut<RunOnLattice>,
    mut model: ResMut<CurrentModel>,
    mut shelve: MessageWriter<Shelve>,
    steering: Res<Steering>,
    decoder: Res<DecoderLink>,
    alarm: Res<Alarm>,
) {
    for message in asked.read() {
        let command = match message {
            Train::Start(request) => {
                (*unveiling, *lattice) = default();
                start(&mut training, &mut link, request.as_ref().clone(), alarm.patient_waker());
                link.unopened.settle(&mut notice);
                link.turned.settle(&mut notice);
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
                *unveiling = Unveiling::default();
                if *follows {
                    lattice.turn_to_run(&training, &mut model, &decoder, &steering);
                } else {
                    lattice.turn_away(training.run_path(), &mut model, &decoder, &steering);
                }
                (training.follows_lattice, training.wants_lattice) = (*follows, *follows);
                continue;
            }
            Train::OpenRun(path) => {
                if open_run(&mut training, &mut link, path, alarm.patient_waker(), &mut notice) {
                    (*unveiling, *lattice) = default();
                }
                continue;
            }
            Train::Close => {
                if !training.is_active() || training.status == TrainingStatus::Finished {
                    // One that has reached its length has written everything.
                    link.trainer = None;
                    link.follower = None;
                    training.show(TrainingStatus::Idle, RunFacts::default());
                    *lattice = RunOnLattice::default();
                }
                continue;
            }
            Train::Branch { step, to } => {
                match training.run_path().map(|from| branch(from, Some(*step), to)) {
                    Some(Ok(_)) => {
                        shelve.write(Shelve::Add(to.clone()));
                        notice.0 = Some(format!("Step {step} now stands in {} too: open it there to go on", to.display()));
                        link.unbranched = Complaint::default();
                    }
                    Some(Err(error)) => link.unbranched.make(&mut notice, error.to_string()),
                    None => link.unbranched.make(&mut notice, "There is no run to branch from".into()),
                }
                continue;
            }
            // Has a system of its own.
            Train::Average(_) => continue,
            Train::Command(command) => command,
        };
        show_at_once(&mut training, command);
        match link.trainer.as_ref().map(|trainer| trainer.command(command.clone())) {
            Some(true) => link.unheard.settle(&mut notice),
            Some(false) => link.unheard.make(&mut notice, "The training is busy; try again in a moment".into()),
            None => {}
        }
    }
}

/// What a command changes is on screen at once; the trainer takes it up before the next step.
fn show_at_once(training: &mut Training, command: &TrainingCommand) {
    match command {
        TrainingCommand::Turn(edit) => {
            if let Some(settings) = &mut training.settings {
                settings.turn_live(edit);
            }
        }
        TrainingCommand::Extend(budget) => training.budget = *budget,
        _ => {}
    }
}

fn start(training: &mut Training, link: &mut TrainingLink, request: TrainingRequest, waker: Waker) {
    // The trainer before, if any, writes its checkpoint first.
    link.trainer = None;
    link.follower = None;
    link.share.set(training.share);
    training.show(TrainingStatus::Starting, RunFacts { path: Some(request.out.clone()), ..default() });
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    link.trainer = Some(Trainer::start(request, link.share.clone(), threads, waker));
}

/// Looks at a run from now on; whether there is one.
fn open_run(training: &mut Training, link: &mut TrainingLink, path: &Path, waker: Waker, notice: &mut Notice) -> bool {
    training.no_run = None;
    if training.is_active() {
        link.unopened.make(notice, "Stop the training before you open another run".into());
        return false;
    }
    match read_run(path) {
        Ok(facts) => {
            training.show(TrainingStatus::Following { live: facts.is_live }, facts);
            link.follower = Some(RunFollower::start(path.to_path_buf(), waker));
            link.unopened.settle(notice);
            link.turned.settle(notice);
            true
        }
        Err(error) => {
            match ShelfItem::read(path).filter(|item| item.model.is_some() && item.run.is_none()) {
                Some(model) => training.no_run = Some(model),
                None => link.unopened.make(notice, error.to_string()),
            }
            false
        }
    }
}

fn receive_training(
    mut training: ResMut<Training>,
    mut link: ResMut<TrainingLink>,
    mut model: ResMut<CurrentModel>,
    mut notice: ResMut<Notice>,
    mut unveiling: ResMut<Unveiling>,
    mut activity: ResMut<Activity>,
    mut lattice: ResMut<RunOnLattice>,
    steering: Res<Steering>,
    decoder: Res<DecoderLink>,
) {
    let Some(trainer) = &link.trainer else { return };
    let (mut is_over, mut turned, before) = (false, None, training.status.clone());
    for event in trainer.events().try_iter() {
        match event {
            TrainingEvent::Started(start) => {
                // What was called off too late has begun: it stops, and stays on the disk.
                if training.status != TrainingStatus::Cancelling {
                    training.status = TrainingStatus::Running;
                }
                (training.facts, training.means) = (start.facts, Some(start.means));
                training.version += 1;
            }
            TrainingEvent::Reported(report) => {
                training.facts.take(report);
                training.version += 1;
            }
            TrainingEvent::Snapshot(_) => {}
            TrainingEvent::FrameFixed { moved, of } => {
                turned = training.shows_newest().then(|| frame_fixed(&moved, of));
            }
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
                training.show(TrainingStatus::Idle, RunFacts::default());
                is_over = true;
            }
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
    if training.shows_newest() && unveiling.may_show(training.status == TrainingStatus::Running, &mut activity) {
        link.share.want_model();
    }
    if let (Some(stored), Some(path)) = (trainer.take_model(), training.run_path()) {
        lattice.keep(stored.as_ref().clone());
        if training.shows_newest() {
            unveiling.shows_now();
            lattice.show(&mut model, &decoder, &steering, path, *stored);
        }
    }
    if before == TrainingStatus::Finished && matches!(training.status, TrainingStatus::Running | TrainingStatus::Paused(_)) {
        // What is shown from now on is no longer the saved model.
        link.turned.settle(&mut notice);
    }
    if let Some(text) = turned {
        link.turned.make(&mut notice, text);
    }
    if is_over {
        link.trainer = None;
    }
}

/// What is said of axes that are others than a moment ago, counted from 0.
fn frame_fixed(moved: &[usize], of: usize) -> String {
    let named = moved.iter().take(NAMED_AXES).map(|axis| (axis + 1).to_string()).collect::<Vec<_>>().join(", ");
    let more = moved.len().saturating_sub(NAMED_AXES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!(
        "The axes on screen are those of the saved model now: {} of {of} point elsewhere than a moment ago ({named}{more})",
        grouped(moved.len() as u64)
    )
}

fn receive_follower(
    mut training: ResMut<Training>,
    link: Res<TrainingLink>,
    mut model: ResMut<CurrentModel>,
    mut unveiling: ResMut<Unveiling>,
    mut activity: ResMut<Activity>,
    mut lattice: ResMut<RunOnLattice>,
    steering: Res<Steering>,
    decoder: Res<DecoderLink>,
) {
    let Some(follower) = &link.follower else { return };
    if let Some(seen) = follower.views().try_iter().last() {
        match seen {
            Ok(facts) => {
                training.status = TrainingStatus::Following { live: facts.is_live };
                training.facts = facts;
                training.version += 1;
            }
            Err(reason) => training.status = TrainingStatus::Failed(reason),
        }
    }
    let is_live = training.status == TrainingStatus::Following { live: true };
    let may_take = !training.shows_newest() || unveiling.may_show(is_live, &mut activity);
    if may_take && let (Some(stored), Some(path)) = (follower.take_model(), training.run_path()) {
        lattice.keep(stored.as_ref().clone());
        if training.shows_newest() {
            unveiling.shows_now();
            lattice.show(&mut model, &decoder, &steering, path, *stored);
        }
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
    use crate::training::{AutoencoderSettings, Budget, CheckpointPlan, Preset};

    #[test]
    fn axes_that_moved_are_named_as_users_count_them() {
        assert!(frame_fixed(&[0, 3], 8).ends_with("2 of 8 point elsewhere than a moment ago (1, 4)"));
        assert!(
            frame_fixed(&(0..64).collect::<Vec<_>>(), 64)
                .ends_with("64 of 64 point elsewhere than a moment ago (1, 2, 3, 4, 5, 6 and 58 more)")
        );
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
    fn why_a_run_could_not_be_opened_is_told_until_one_is() {
        let place = tempfile::tempdir().unwrap();
        let (mut app, request) = (training_alone(), tiny_request(place.path()));
        let notice = |app: &App| app.world().resource::<Notice>().0.clone();
        send(&mut app, [Train::OpenRun(place.path().join("nowhere"))]);
        assert!(notice(&app).is_some());
        send(&mut app, [Train::Start(request.clone())]);
        assert_eq!(notice(&app), None);
        update_until(&mut app, &TrainingStatus::Running);
        send(&mut app, [Train::OpenRun(request.out.clone())]);
        assert!(notice(&app).is_some_and(|text| text.starts_with("Stop the training")));
        send(&mut app, [Train::Command(TrainingCommand::Stop)]);
        update_until(&mut app, &TrainingStatus::Stopped);
        app.world_mut().resource_mut::<Notice>().0 = Some("Stop the training before you open another run".into());
        send(&mut app, [Train::OpenRun(request.out.clone())]);
        assert_eq!(notice(&app), None);
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
        send(&mut app, [Train::Command(TrainingCommand::Stop)]);
        update_until(&mut app, &TrainingStatus::Stopped);
        assert!(read_run(&request.out).is_ok());
    }
}

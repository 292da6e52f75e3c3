//! The average of a run that the lattice shows in place of its newest network, with a length that the user has chosen.
//!
//! Owns the way of the wish to the thread that puts averages together, and of what is found to the lattice.

use bevy::prelude::*;

use super::model::{CurrentModel, open_models};
use super::run_on_lattice::RunOnLattice;
use super::steering::Steering;
use super::training::{AverageChoice, Train, Training};
use super::{Activity, Alarm, Cause, DecoderLink, SessionSystems};
use crate::engine::{AverageSeeker, AverageWish};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<AverageLink>()
        .add_systems(Update, show_average.in_set(SessionSystems::Receive))
        .add_systems(Update, choose_average.after(open_models).in_set(SessionSystems::Steer));
}

/// The thread that puts averages together, once one was wanted.
#[derive(Default, Resource)]
struct AverageLink {
    seeker: Option<AverageSeeker>,
    /// What is sought, and the newest averages that the run had then.
    sought: Option<(AverageWish, Newest)>,
}

/// The newest snapshot of a run and its newest checkpoint, either of which may keep its newest averages.
type Newest = (Option<u64>, Option<u64>);

impl AverageLink {
    fn forget(&mut self) {
        self.sought = None;
        if let Some(seeker) = &self.seeker {
            seeker.forget();
        }
    }
}

fn choose_average(
    mut asked: MessageReader<Train>,
    mut training: ResMut<Training>,
    mut link: ResMut<AverageLink>,
    mut lattice: ResMut<RunOnLattice>,
    mut model: ResMut<CurrentModel>,
    steering: Res<Steering>,
    decoder: Res<DecoderLink>,
    alarm: Res<Alarm>,
) {
    for message in asked.read() {
        match message {
            Train::Average(Some(length)) => training.average = AverageChoice { wanted: Some(*length), ..training.average.clone() },
            Train::Average(None) if training.average.wanted.is_some() => {
                training.average = AverageChoice::default();
                lattice.show_as_trained(&training, &mut model, &decoder, &steering);
            }
            _ => {}
        }
    }
    // With the lattice turned to another model, or the pane to another run, nobody sees it any more.
    if training.average.wanted.is_some() && !training.follows_lattice {
        training.average = AverageChoice::default();
    }
    let wish = training.average.wanted.zip(training.run_path()).map(|(length, run)| AverageWish { run: run.to_path_buf(), length });
    let sought = wish.map(|wish| (wish, (training.snapshots.last().copied(), training.checkpoints.last().copied())));
    if sought == link.sought {
        return;
    }
    let Some((wish, newest)) = sought else { return link.forget() };
    if link.seeker.is_none() {
        match AverageSeeker::start(alarm.waker()) {
            Ok(seeker) => link.seeker = Some(seeker),
            Err(reason) => training.average.error = Some(reason),
        }
    }
    if let Some(seeker) = &link.seeker {
        // Why there was none before is no word about this one.
        training.average.error = None;
        seeker.seek(wish.clone());
    }
    link.sought = Some((wish, newest));
}

fn show_average(
    mut training: ResMut<Training>,
    link: Res<AverageLink>,
    mut lattice: ResMut<RunOnLattice>,
    mut model: ResMut<CurrentModel>,
    mut activity: ResMut<Activity>,
    steering: Res<Steering>,
    decoder: Res<DecoderLink>,
) {
    let Some(found) = link.seeker.as_ref().and_then(AverageSeeker::take) else { return };
    let is_wanted = training.average.wanted == Some(found.wish.length) && training.run_path() == Some(&found.wish.run);
    if !is_wanted || !training.follows_lattice {
        return;
    }
    activity.because(Cause::Arrives);
    match found.outcome {
        Ok((stored, facts)) => {
            training.average = AverageChoice { wanted: Some(found.wish.length), shown: Some((found.wish.length, facts)), error: None };
            lattice.show(&mut model, &decoder, &steering, &found.wish.run, *stored);
        }
        Err(reason) => training.average.error = Some(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Decoder, Waker};
    use crate::training::RunFacts;

    /// The choice of an average in an app without anything else, of a run that is nowhere.
    fn choosing() -> App {
        let mut app = App::new();
        app.configure_sets(Update, (SessionSystems::Receive, SessionSystems::Steer).chain());
        app.add_message::<Train>().init_resource::<RunOnLattice>().init_resource::<CurrentModel>().init_resource::<Steering>();
        app.init_resource::<Activity>().init_resource::<Alarm>().insert_resource(DecoderLink(Decoder::spawn(1, Waker::default())));
        let facts = RunFacts { path: Some("nowhere".into()), snapshots: vec![125], checkpoints: vec![100], ..default() };
        app.insert_resource(Training { facts, ..default() });
        app.init_resource::<AverageLink>().add_systems(Update, choose_average);
        app
    }

    fn sought(app: &App) -> (f64, Newest) {
        let (wish, newest) = app.world().resource::<AverageLink>().sought.clone().unwrap();
        (wish.length, newest)
    }

    #[test]
    fn it_is_put_together_anew_after_every_snapshot_and_every_checkpoint() {
        let mut app = choosing();
        app.world_mut().write_message(Train::Average(Some(0.1)));
        app.update();
        assert_eq!(sought(&app), (0.1, (Some(125), Some(100))));
        app.world_mut().resource_mut::<Training>().checkpoints.push(150);
        app.update();
        assert_eq!(sought(&app), (0.1, (Some(125), Some(150))));
        app.world_mut().resource_mut::<Training>().snapshots.push(167);
        app.update();
        assert_eq!(sought(&app), (0.1, (Some(167), Some(150))));
    }

    #[test]
    fn why_there_was_none_is_not_said_of_another_length() {
        let mut app = choosing();
        app.world_mut().write_message(Train::Average(Some(0.1)));
        app.update();
        app.world_mut().resource_mut::<Training>().average.error = Some("its file is damaged".into());
        app.update();
        assert!(app.world().resource::<Training>().average.error.is_some(), "it stays as long as nothing else is sought");
        app.world_mut().write_message(Train::Average(Some(0.2)));
        app.update();
        assert_eq!(app.world().resource::<Training>().average, AverageChoice { wanted: Some(0.2), ..default() });
    }
}

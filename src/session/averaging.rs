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
    /// What is sought, and the newest snapshot that there was then.
    sought: Option<(AverageWish, Option<u64>)>,
}

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
    let sought = wish.map(|wish| (wish, training.snapshots.last().copied()));
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

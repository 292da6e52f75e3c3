//! Whose faces the lattice shows beside a training: those of the run, or those of the model that was open before.
//!
//! Owns the way there and back, and what is known of it as the training's facts. How often new weights of the run are shown is the
//! business of `unveiling`.

use std::path::Path;

use bevy::prelude::*;

use super::decoder_link::DecoderLink;
use super::model::{CurrentModel, ModelPlace, OpenModel, OpenState, Opening, show_run, start_opening};
use super::steering::{Steering, SteeringState};
use super::training::{Training, TrainingStatus};
use crate::models::StoredModel;

/// A model as the user left it.
struct Left {
    stored: StoredModel,
    place: ModelPlace,
    steering: Option<SteeringState>,
}

/// The lattice between the run and other models.
#[derive(Default, Resource)]
pub(super) struct RunOnLattice {
    /// Whether the lattice was turned to the run.
    is_turned: bool,
    /// The newest network that the run has told of.
    newest: Option<StoredModel>,
    /// What was open before the lattice was turned to the run.
    before: Option<Left>,
    /// Where in the latent space of the run the user was when the lattice was turned away from it.
    left_run: Option<SteeringState>,
}

impl RunOnLattice {
    /// Takes note of the newest network of the run.
    pub(super) fn keep(&mut self, stored: StoredModel) {
        self.newest = Some(stored);
    }

    /// Shows a network of the run.
    pub(super) fn show(&mut self, model: &mut CurrentModel, link: &DecoderLink, steering: &Steering, run: &Path, stored: StoredModel) {
        let left_run = self.left_run.take().filter(|_| !self.is_turned);
        let grown = has_grown(model, run, &stored).then(|| steering.state());
        self.turn(run, model, steering);
        show_run(model, link, run, stored, left_run.or(grown));
    }

    /// Shows the run again: what it has told of last, and where nothing more will come, what it has written.
    pub(super) fn turn_to_run(&mut self, training: &Training, model: &mut CurrentModel, link: &DecoderLink, steering: &Steering) {
        if !training.lattice_shows_run {
            self.show_as_trained(training, model, link, steering);
        }
    }

    /// Shows what the run has told of last, also where something else of it is shown.
    pub(super) fn show_as_trained(&mut self, training: &Training, model: &mut CurrentModel, link: &DecoderLink, steering: &Steering) {
        // What stands in the folder of a run that is not under way yet may be another run's.
        let Some(run) = training.run_path().filter(|_| !training.is_starting()) else { return };
        let has_told = matches!(training.status, TrainingStatus::Running | TrainingStatus::Finished | TrainingStatus::Following { .. });
        let told = self.newest.clone().filter(|_| has_told);
        let stored = told.or_else(|| StoredModel::open(run).ok()).or_else(|| self.newest.clone());
        if let Some(stored) = stored {
            self.show(model, link, steering, run, stored);
        }
    }

    /// Goes back to the model before, as it was left. Where there was none, what is on screen stays, and learns no more.
    pub(super) fn turn_away(&mut self, run: Option<&Path>, model: &mut CurrentModel, link: &DecoderLink, steering: &Steering) {
        if let Some(Left { stored, place, steering: left }) = self.leave(run, model, steering) {
            start_opening(model, link, Opening::as_left(stored, place, left));
        }
    }

    /// Takes note that the lattice shows the run from now on, and of what is open, or about to be.
    fn turn(&mut self, run: &Path, model: &CurrentModel, steering: &Steering) {
        if std::mem::replace(&mut self.is_turned, true) {
            return;
        }
        let coming = model.coming().filter(|opening| !opening.place.stands_at(run)).cloned();
        let coming = coming.map(|Opening { stored, place, steering, .. }| Left { stored, place, steering });
        let open = model.original().zip(model.place.clone());
        let open = open.map(|(stored, place)| Left { stored, place, steering: Some(steering.state()) });
        self.before = coming.or(open);
    }

    /// Takes note that the lattice shows something else from now on; what was open before the run.
    fn leave(&mut self, run: Option<&Path>, model: &CurrentModel, steering: &Steering) -> Option<Left> {
        if !std::mem::take(&mut self.is_turned) {
            return None;
        }
        let is_there = run.zip(model.place.as_ref()).is_some_and(|(run, place)| place.stands_at(run));
        self.left_run = is_there.then(|| steering.state());
        self.before.take()
    }
}

/// Whether a network of the run that is shown makes pictures of another size than a moment ago: what means the same place in both.
fn has_grown(model: &CurrentModel, run: &Path, stored: &StoredModel) -> bool {
    let is_shown = model.place.as_ref().is_some_and(|place| place.stands_at(run));
    let of = |stored: &StoredModel| (stored.header.latent_dim, stored.header.size);
    is_shown && model.stored.as_ref().is_some_and(|shown| of(shown).0 == of(stored).0 && of(shown).1 != of(stored).1)
}

/// What is opened in the explorer takes the lattice from the run; the run itself, opened there, gives it back.
pub(super) fn turn_with_the_explorer(
    mut opened: MessageReader<OpenModel>,
    mut training: ResMut<Training>,
    mut lattice: ResMut<RunOnLattice>,
    model: Res<CurrentModel>,
    steering: Res<Steering>,
) {
    if opened.read().last().is_none() {
        return;
    }
    training.no_run = None;
    if matches!(model.state, OpenState::Refused(_)) {
        return;
    }
    let Some(run) = training.run_path().map(Path::to_path_buf) else { return };
    let is_run = model.heads_for().is_some_and(|place| place.stands_at(&run));
    if is_run {
        lattice.turn(&run, &model, &steering);
    } else {
        lattice.leave(Some(&run), &model, &steering);
    }
    training.follows_lattice = is_run;
}

/// Tells what is on screen, which a wish alone does not.
pub(super) fn tell_what_is_shown(mut training: ResMut<Training>, lattice: Res<RunOnLattice>, model: Res<CurrentModel>) {
    let is_open = || training.run_path().zip(model.place.as_ref()).is_some_and(|(run, place)| place.stands_at(run));
    let shows_run = training.follows_lattice && lattice.is_turned && is_open();
    if training.lattice_shows_run != shows_run {
        training.lattice_shows_run = shows_run;
    }
}

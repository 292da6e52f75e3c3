//! The mixture that the open model gets while it is open, from a job or from the command line: it is offered at once.
//!
//! Owns when that is so. What a mixture is drawn by is the business of the sampler.

use std::path::PathBuf;

use bevy::prelude::*;

use super::activity::{Activity, Cause};
use super::alarm::Alarm;
use super::model::CurrentModel;
use super::sampler::LatentMixture;
use super::steering::Steering;
use super::systems::SessionSystems;
use crate::engine::ModelWatch;
use crate::models::{MixtureFact, MixtureWeights};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<MixtureWatch>()
        .init_resource::<CurrentModel>()
        .init_resource::<Steering>()
        .init_resource::<Activity>()
        .init_resource::<Alarm>()
        .add_systems(Update, (watch_open_model, adopt_mixture).chain().in_set(SessionSystems::Steer));
}

/// The watch over the folder of the open model, where a mixture can stand for its codes.
#[derive(Default, Resource)]
struct MixtureWatch {
    folder: Option<PathBuf>,
    watch: Option<ModelWatch>,
}

fn watch_open_model(model: Res<CurrentModel>, mut watch: ResMut<MixtureWatch>, alarm: Res<Alarm>) {
    if !model.is_changed() {
        return;
    }
    let can_have_one = model.stored.as_ref().is_some_and(|stored| stored.header.kind.facts().mixture == MixtureFact::Fits);
    let folder = model.place.as_ref().filter(|_| can_have_one).and_then(|place| place.folder.clone()).map(PathBuf::from);
    if watch.folder != folder {
        // Without a thread the mixture is there when the model is opened again.
        watch.watch = folder.clone().and_then(|folder| ModelWatch::start(folder, alarm.waker()).ok());
        watch.folder = folder;
    }
}

/// Where nothing but the mixture has changed on the disk, faces and sliders stay as they are.
fn adopt_mixture(
    watch: Res<MixtureWatch>,
    mut model: ResMut<CurrentModel>,
    mut steering: ResMut<Steering>,
    mut activity: ResMut<Activity>,
) {
    let Some(found) = watch.watch.as_ref().and_then(ModelWatch::take_model) else { return };
    let is_new = model.stored.as_ref().is_some_and(|shown| {
        shown.header.network == found.header.network && shown.weights != found.weights && shown.weights.agree_beside_mixture(&found.weights)
    });
    if is_new && let Some(shown) = &mut model.stored {
        shown.weights = found.weights;
        steering.offer(LatentMixture::of(shown));
        activity.because(Cause::Arrives);
    }
}

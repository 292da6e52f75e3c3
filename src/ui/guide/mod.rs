//! A short guide on the first start: five things to try, each of which leaves once it is done, in whatever order.
//!
//! Owns when it is there, and what of it a session keeps: `steps` is its state, `watch` sees what is done, `card` draws it. It is no
//! dialog, and nothing waits for it.

mod card;
mod steps;
mod watch;

use bevy::prelude::*;
use bevy_egui::EguiPrimaryContextPass;

use super::UiSystems;
use crate::session::{SessionRecord, SessionSystems};

pub use steps::{Guide, GuideStep};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Guide>()
        .add_systems(Startup, restore.run_if(resource_exists::<SessionRecord>))
        .add_systems(Update, watch::watch.run_if(is_left))
        .add_systems(EguiPrimaryContextPass, card::show.in_set(UiSystems::Keys).run_if(is_left))
        .add_systems(Last, record.in_set(SessionSystems::Record));
}

fn is_left(guide: Res<Guide>) -> bool {
    !guide.is_over()
}

fn restore(record: Res<SessionRecord>, mut guide: ResMut<Guide>) {
    *guide = Guide::resumed(record.saved.guide.as_deref());
}

fn record(mut record: ResMut<SessionRecord>, guide: Res<Guide>) {
    if guide.is_changed() {
        record.saved.guide = Some(guide.kept());
    }
}

//! What of the panels outlives the program.

use bevy::prelude::*;

use super::{ExplorePane, Panes, UiState};
use crate::session::{Notice, SavedPanels, SessionRecord, SessionSystems};

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Startup, restore.run_if(resource_exists::<SessionRecord>)).add_systems(Last, record.in_set(SessionSystems::Record));
}

/// Panels that were hidden come back as well where there is something to tell.
fn restore(
    record: Res<SessionRecord>,
    notice: Res<Notice>,
    panes: Res<Panes>,
    mut state: ResMut<UiState>,
    mut explore: ResMut<ExplorePane>,
) {
    let Some(saved) = &record.saved.panels else { return };
    if let Some(facts) = panes.facts(saved.pane_word()) {
        state.pane = facts.word;
    }
    state.visible = saved.visible || notice.0.is_some();
    state.has_flown = saved.has_flown;
    explore.filter.clone_from(&saved.filter);
}

fn record(mut record: ResMut<SessionRecord>, state: Res<UiState>, explore: Res<ExplorePane>) {
    if state.is_changed() || explore.is_changed() {
        let saved = SavedPanels::new(state.pane, state.visible, state.has_flown, explore.filter.clone());
        // Drawing borrows what a pane remembers in every frame.
        if record.saved.panels.as_ref() != Some(&saved) {
            record.saved.panels = Some(saved);
        }
    }
}

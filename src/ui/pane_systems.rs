//! The systems that draw a pane, of whatever kind it is.
//!
//! Owns when they run; where panes stand is the frames' business.

use bevy::ecs::system::StaticSystemParam;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};

use super::frame;
use super::pane::{Pane, Panes};
use super::state::{ShowPane, UiState};
use super::{UiCommands, UiSystems};

pub(super) fn plugin(app: &mut App) {
    app.add_message::<ShowPane>().add_systems(Update, show_wanted);
}

/// Shows the pane that something asks for; panels that are hidden come back.
fn show_wanted(mut wanted: MessageReader<ShowPane>, mut state: ResMut<UiState>) {
    if let Some(ShowPane(word)) = wanted.read().last() {
        (state.pane, state.visible) = (*word, true);
    }
}

/// Puts a pane into the window, behind those that are there.
pub fn add<P: Pane>(app: &mut App) {
    app.init_resource::<P>();
    app.world_mut().get_resource_or_init::<Panes>().add(P::FACTS);
    app.add_systems(
        EguiPrimaryContextPass,
        (
            look::<P>.in_set(UiSystems::Look),
            show_left::<P>.in_set(UiSystems::Left),
            show_dock::<P>.in_set(UiSystems::Dock),
            show_dialogs::<P>.in_set(UiSystems::Dialogs),
            note_dialogs::<P>.in_set(UiSystems::Note),
        ),
    );
}

/// The condition under which systems draw what a dock would cover.
pub fn no_dock_is_open(panes: Res<Panes>) -> bool {
    !panes.have_dock()
}

fn look<P: Pane>(state: Res<UiState>, pane: Res<P>, view: StaticSystemParam<P::View>, mut panes: ResMut<Panes>) {
    panes.show(state.pane);
    let (is_busy, has_dock) = (pane.is_busy(&view), pane.has_dock(&view));
    let known = panes.state_of(P::FACTS.word);
    (known.is_busy, known.has_dock) = (is_busy, has_dock);
}

fn note_dialogs<P: Pane>(pane: Res<P>, mut panes: ResMut<Panes>) {
    panes.state_of(P::FACTS.word).asks = pane.asks();
}

fn show_left<P: Pane>(
    mut contexts: EguiContexts,
    panes: Res<Panes>,
    view: StaticSystemParam<P::View>,
    mut state: ResMut<UiState>,
    mut pane: ResMut<P>,
    mut commands: UiCommands,
) -> Result {
    if panes.is_shown(P::FACTS.word) {
        let ctx = contexts.ctx_mut()?.clone();
        frame::left(&ctx, &panes, &mut state, |ui| pane.left(ui, &view, &mut commands));
    }
    Ok(())
}

fn show_dock<P: Pane>(
    mut contexts: EguiContexts,
    panes: Res<Panes>,
    view: StaticSystemParam<P::View>,
    mut pane: ResMut<P>,
    mut commands: UiCommands,
) -> Result {
    if panes.is_shown(P::FACTS.word) && panes.have_dock() {
        let ctx = contexts.ctx_mut()?.clone();
        let width = pane.dock_width(&view);
        frame::dock(&ctx, P::FACTS.word, width, |ui, room| pane.dock(ui, room, &view, &mut commands));
    }
    Ok(())
}

fn show_dialogs<P: Pane>(
    mut contexts: EguiContexts,
    view: StaticSystemParam<P::View>,
    mut pane: ResMut<P>,
    mut commands: UiCommands,
) -> Result {
    if pane.asks() {
        let ctx = contexts.ctx_mut()?.clone();
        pane.dialogs(&ctx, &view, &mut commands);
    }
    Ok(())
}

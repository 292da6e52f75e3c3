//! Evaluation: models, faces, Evaluate; then a table of figures beside what real faces reach, plots, and a report.
//!
//! Owns what the pane looks like and what the user has filled into it. Evaluations run in the session; this pane reads their resources
//! and writes their messages.

mod csv;
mod dock;
mod files;
mod form;
mod pane;
mod plots;
mod report;
mod rows;
mod setup;
mod table;
mod warnings;

use bevy::prelude::{App, IntoScheduleConfigs, Local, MessageWriter, Res, Update};
use bevy_egui::egui::{Context, Ui, Vec2};

use super::pane::{Pane, PaneFacts, View};
use super::{UiCommands, draw_faces, frame};
use crate::session::{JobKind, SessionSystems, Shelve};
use crate::ui::UiState;

pub use form::SPLITS;
pub use pane::EvaluatePane;
use pane::EvaluateView;

/// What the pane does beside being drawn.
pub fn plugin(app: &mut App) {
    // Nothing else may wake an app that rests to hear of it a frame later.
    app.add_systems(Update, look_at_shelf.before(SessionSystems::Steer));
}

/// Looks at what there is to judge each time that the pane comes up.
fn look_at_shelf(state: Res<UiState>, mut was_shown: Local<bool>, mut shelve: MessageWriter<Shelve>) {
    let is_shown = state.pane == EvaluatePane::FACTS.word;
    if is_shown && !*was_shown {
        shelve.write(Shelve::Look);
    }
    *was_shown = is_shown;
}

impl Pane for EvaluatePane {
    const FACTS: PaneFacts = PaneFacts {
        word: "evaluate",
        title: "Evaluate",
        purpose: "Measure how well models do, beside what real faces reach",
        letter: Some('v'),
        takes_faces: true,
    };
    const DOCK_WIDTH: f32 = 420.0;
    type View = EvaluateView<'static>;

    fn left(&mut self, ui: &mut Ui, view: &View<Self>, commands: &mut UiCommands) {
        frame::scrolling(ui, Self::FACTS.word, |ui| setup::show(ui, view, self, commands));
    }

    fn has_dock(&self, view: &View<Self>) -> bool {
        !view.evaluations.found.is_empty()
    }

    fn dock_width(&self, view: &View<Self>) -> f32 {
        dock::width(&view.evaluations.found).max(Self::DOCK_WIDTH)
    }

    fn dock(&mut self, ui: &mut Ui, _: Vec2, view: &View<Self>, _: &mut UiCommands) {
        dock::show(ui, view, self);
    }

    fn asks(&self) -> bool {
        self.drawing.is_some() || self.picker.is_open()
    }

    fn dialogs(&mut self, ctx: &Context, view: &View<Self>, commands: &mut UiCommands) {
        files::show(ctx, view, self, commands);
        draw_faces::show(ctx, &mut self.drawing, commands);
    }

    fn is_busy(&self, view: &View<Self>) -> bool {
        view.jobs.title.is_some() && view.jobs.kind == Some(JobKind::Judge)
    }
}

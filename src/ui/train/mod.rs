//! Training: faces, model, options, start; then controls, curves and pictures of what is learned.
//!
//! Owns what the pane looks like and what the user has typed into it. Trainings and jobs run in the session; this pane reads their
//! resources and writes their messages.

mod ahead;
mod ask_warm_start;
mod average;
mod confirm;
mod confirmation;
mod controls;
mod curves;
mod dock;
mod files;
mod form;
mod live;
mod next;
mod pane;
mod question;
mod reveal;
mod runs;
mod series;
mod setup;
mod sheets;
mod stage;
mod stages;
mod warm_start;

use bevy::prelude::{App, Update};
use bevy_egui::egui::{Context, Ui, Vec2};

use super::pane::{Pane, PaneFacts, View};
use super::{UiCommands, draw_faces, frame};
use crate::session::JobKind;
use reveal::shows_run;

pub use pane::TrainPane;
use pane::TrainView;

/// What the pane does beside being drawn.
pub fn plugin(app: &mut App) {
    app.add_systems(Update, reveal::reveal);
}

impl Pane for TrainPane {
    const FACTS: PaneFacts = PaneFacts {
        word: "train",
        title: "Train",
        purpose: "Train a model on faces, and watch it learn",
        letter: Some('t'),
        takes_faces: true,
    };
    type View = TrainView<'static>;

    fn left(&mut self, ui: &mut Ui, view: &View<Self>, commands: &mut UiCommands) {
        if shows_run(&view.training) {
            frame::scrolling(ui, Self::FACTS.word, |ui| controls::show(ui, view, self, commands));
        } else {
            frame::scrolling_above(ui, Self::FACTS.word, setup::START, |ui| setup::show(ui, view, self, commands));
            setup::start_ui(ui, view, self, commands);
        }
    }

    fn has_dock(&self, view: &View<Self>) -> bool {
        shows_run(&view.training)
    }

    fn dock(&mut self, ui: &mut Ui, room: Vec2, view: &View<Self>, _: &mut UiCommands) {
        dock::show(ui, room, &view.training, self);
    }

    fn asks(&self) -> bool {
        self.confirmation.is_some() || self.drawing.is_some() || self.picker.is_open()
    }

    fn dialogs(&mut self, ctx: &Context, view: &View<Self>, commands: &mut UiCommands) {
        let is_picking = self.picker.is_open();
        files::show(ctx, view, self, commands);
        if !is_picking {
            confirm::show(ctx, view, self, commands);
        } else if self.confirmation.is_some() {
            // The question from which files are picked waits until the dialog is gone, with the key that closed it.
            ctx.request_repaint();
        }
        draw_faces::show(ctx, &mut self.drawing, commands);
    }

    fn is_busy(&self, view: &View<Self>) -> bool {
        let is_preparing = view.jobs.title.is_some() && view.jobs.kind == Some(JobKind::Prepare);
        is_preparing || view.training.is_active()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_form_knows_the_rate_of_a_network_like_the_last_one() {
        use crate::training::{AutoencoderSettings, GanSettings, TrainingSettings};
        let (gan, other): (TrainingSettings, TrainingSettings) = (GanSettings::default().into(), AutoencoderSettings::default().into());
        let pane = TrainPane { pace: Some((gan.network(32), 120.0)), ..TrainPane::default() };
        assert_eq!((pane.known_rate(&gan, 32), pane.known_rate(&gan, 64), pane.known_rate(&other, 32)), (Some(120.0), None, None));
    }

    #[test]
    fn a_start_that_comes_to_nothing_leaves_the_name_that_was_typed() {
        let mut pane = TrainPane::default();
        pane.form.suggest_out(32);
        pane.form.out = "mine".into();
        pane.message = Some(Ok("The curves are in curves.csv".into()));
        pane.forget_run();
        pane.form.suggest_out(32);
        assert_eq!((pane.form.out.as_str(), &pane.message), ("mine", &None));
    }
}

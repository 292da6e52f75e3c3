//! What a pane is: something to do in the left panel, with a dock on the right and dialogs of its own where it wants them.
//!
//! Owns what panes have in common. Which there are is listed by [`plugin`](super::plugin); what each looks like is its own business.

use bevy::ecs::component::Mutable;
use bevy::ecs::system::{SystemParam, SystemParamItem};
use bevy::prelude::*;
use bevy_egui::egui::{Context, Ui, Vec2};

use super::commands::UiCommands;

/// What is known of a pane without drawing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaneFacts {
    /// How it is called in files.
    pub word: &'static str,
    /// How it is called on screen.
    pub title: &'static str,
    /// What it is for, as a sentence without its full stop.
    pub purpose: &'static str,
    /// The letter that leads there and back, as it is typed and in lower case.
    pub letter: Option<char>,
    /// Whether it does something with faces that are dropped onto the window.
    pub takes_faces: bool,
}

/// What a pane sees.
pub type View<'w, 's, P> = SystemParamItem<'w, 's, <P as Pane>::View>;

/// A pane: what it remembers between frames, and how it is drawn.
pub trait Pane: Resource<Mutability = Mutable> + Default {
    /// What is known of it.
    const FACTS: PaneFacts;
    /// Width of its dock where there is room for it, in points.
    const DOCK_WIDTH: f32 = 400.0;
    /// What it sees; what it causes goes through [`UiCommands`].
    type View: SystemParam + 'static;

    /// Draws it into the left panel.
    fn left(&mut self, ui: &mut Ui, view: &View<Self>, commands: &mut UiCommands);

    /// Whether there is something to show in the dock.
    fn has_dock(&self, _view: &View<Self>) -> bool {
        false
    }

    /// Width of its dock for what there is to show now, in points; it gets less where the window is too narrow.
    fn dock_width(&self, _view: &View<Self>) -> f32 {
        Self::DOCK_WIDTH
    }

    /// Draws the dock, which scrolls where `room`, in points, does not hold it.
    fn dock(&mut self, _ui: &mut Ui, _room: Vec2, _view: &View<Self>, _commands: &mut UiCommands) {}

    /// Whether a dialog waits for an answer: until then keys belong to it.
    fn asks(&self) -> bool {
        false
    }

    /// Draws the dialog that waits for an answer.
    fn dialogs(&mut self, _ctx: &Context, _view: &View<Self>, _commands: &mut UiCommands) {}

    /// Whether something of it runs while others are looked at.
    fn is_busy(&self, _view: &View<Self>) -> bool {
        false
    }
}

/// What is known of a pane in this frame.
#[derive(Clone, Copy, Debug)]
pub struct PaneState {
    /// What is known of it at any time.
    pub facts: PaneFacts,
    /// Whether something of it runs.
    pub is_busy: bool,
    /// Whether there is something to show in its dock.
    pub has_dock: bool,
    /// Whether a dialog of it waits for an answer.
    pub asks: bool,
}

/// All panes in the order of their titles on screen. The first is where one comes back to.
#[derive(Debug, Default, Resource)]
pub struct Panes {
    list: Vec<PaneState>,
    /// The one that this frame shows: a click may already have chosen another.
    shown: &'static str,
}

impl Panes {
    /// All of them.
    pub fn list(&self) -> &[PaneState] {
        &self.list
    }

    /// What is known of the pane with this name in files; of the first where there is none.
    pub fn facts(&self, word: &str) -> Option<PaneFacts> {
        let found = self.list.iter().find(|pane| pane.facts.word == word);
        found.or(self.list.first()).map(|pane| pane.facts)
    }

    /// Where the letter of a pane leads to: there, or from there back to the first.
    pub fn toggled(&self, now: &'static str, wanted: &'static str) -> &'static str {
        if now == wanted { self.list.first().map_or(now, |first| first.facts.word) } else { wanted }
    }

    /// Whether a dialog of any pane waits for an answer.
    pub fn ask(&self) -> bool {
        self.list.iter().any(|pane| pane.asks)
    }

    /// Whether a dock takes the right side.
    pub fn have_dock(&self) -> bool {
        self.list.iter().any(|pane| pane.facts.word == self.shown && pane.has_dock)
    }

    /// Puts a pane behind those that are there.
    pub(super) fn add(&mut self, facts: PaneFacts) {
        self.list.push(PaneState { facts, is_busy: false, has_dock: false, asks: false });
    }

    /// Has a frame show this one.
    pub(super) fn show(&mut self, word: &'static str) {
        self.shown = word;
    }

    /// Whether the frame shows this one.
    pub(super) fn is_shown(&self, word: &str) -> bool {
        self.shown == word
    }

    /// What is known of a pane.
    pub(super) fn state_of(&mut self, word: &str) -> &mut PaneState {
        let found = self.list.iter_mut().find(|pane| pane.facts.word == word);
        found.expect("a pane is on the list before its systems run")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panes() -> Panes {
        let mut panes = Panes::default();
        for word in ["home", "a", "b"] {
            panes.add(PaneFacts { word, title: word, purpose: "", letter: None, takes_faces: false });
        }
        panes
    }

    #[test]
    fn the_letter_of_a_pane_leads_there_and_back() {
        let panes = panes();
        for word in ["a", "b"] {
            assert_eq!((panes.toggled("home", word), panes.toggled(word, word)), (word, "home"));
        }
        assert_eq!(panes.toggled("a", "b"), "b");
    }

    #[test]
    fn only_the_pane_that_is_shown_has_a_dock_and_any_may_ask() {
        let mut panes = panes();
        panes.show("a");
        panes.state_of("b").has_dock = true;
        assert!(!panes.have_dock() && !panes.ask());
        panes.state_of("b").asks = true;
        panes.show("b");
        assert!(panes.have_dock() && panes.ask());
    }

    #[test]
    fn a_pane_that_is_not_there_any_more_is_the_first() {
        assert_eq!(panes().facts("studio").map(|facts| facts.word), Some("home"));
        assert_eq!(panes().facts("b").map(|facts| facts.word), Some("b"));
    }
}

//! The steps of the first guide: which there are, which are left, and what a session keeps of them.
//!
//! Owns the state only. What ends a step is seen by `watch`, how it looks is the business of `card`.

use bevy::prelude::Resource;

/// Something to try once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuideStep {
    /// Move through the lattice.
    Fly,
    /// Move a slider.
    Steer,
    /// Draw a random face.
    Random,
    /// Select a face.
    Select,
    /// Look at what trains a model.
    Train,
}

impl GuideStep {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Fly, Self::Steer, Self::Random, Self::Select, Self::Train];

    /// How it is called in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fly => "fly",
            Self::Steer => "steer",
            Self::Random => "random",
            Self::Select => "select",
            Self::Train => "train",
        }
    }
}

/// What of the guide is left. Without a session that is kept there is none: it would come back at every start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Resource)]
pub struct Guide {
    left: Vec<GuideStep>,
}

impl Guide {
    /// The guide as a session has left it; all of it where there was no session before.
    pub fn resumed(kept: Option<&[String]>) -> Self {
        let is_left = |step: &GuideStep| kept.is_none_or(|kept| kept.iter().any(|word| word == step.word()));
        Self { left: GuideStep::ALL.into_iter().filter(is_left).collect() }
    }

    /// The steps that are left, in their order.
    pub fn left(&self) -> &[GuideStep] {
        &self.left
    }

    /// Whether nothing is left.
    pub fn is_over(&self) -> bool {
        self.left.is_empty()
    }

    /// Whether a step is left.
    pub fn asks_for(&self, step: GuideStep) -> bool {
        self.left.contains(&step)
    }

    /// Ends a step, in whatever order.
    pub fn end(&mut self, step: GuideStep) {
        self.left.retain(|left| *left != step);
    }

    /// Ends all of them.
    pub fn dismiss(&mut self) {
        self.left.clear();
    }

    /// What a session keeps: the names of the steps that are left.
    pub fn kept(&self) -> Vec<String> {
        self.left.iter().map(|step| step.word().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_leaves_once_and_in_any_order() {
        let mut guide = Guide::resumed(None);
        assert_eq!(guide.left(), GuideStep::ALL);
        guide.end(GuideStep::Select);
        guide.end(GuideStep::Select);
        assert_eq!(guide.left(), [GuideStep::Fly, GuideStep::Steer, GuideStep::Random, GuideStep::Train]);
        for step in GuideStep::ALL {
            assert_eq!(guide.asks_for(step), step != GuideStep::Select);
            guide.end(step);
            assert!(!guide.asks_for(step));
        }
        assert!(guide.is_over());
    }

    #[test]
    fn a_session_keeps_what_is_left() {
        let mut guide = Guide::resumed(None);
        guide.end(GuideStep::Fly);
        assert_eq!(Guide::resumed(Some(&guide.kept())), guide);
        guide.dismiss();
        assert!(guide.kept().is_empty() && Guide::resumed(Some(&guide.kept())).is_over(), "once dismissed it never comes back");
        let of_another_version = ["train".to_owned(), "sing".to_owned()];
        assert_eq!(Guide::resumed(Some(&of_another_version)).left(), [GuideStep::Train]);
    }

    #[test]
    fn without_a_session_there_is_none() {
        assert!(Guide::default().is_over());
    }
}

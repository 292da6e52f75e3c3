//! How a GAN learns: a critic tells real faces from fake ones, a generator learns to pass.
//!
//! Owns objectives, exact gradient penalties, augmentation, the two optimisers, where the time of a step goes, and what is watched. The
//! networks are the models' own.

mod adversaries;
mod augment;
mod choices;
mod clock;
mod expectation;
mod figures;
mod inversion;
mod learner;
mod objective;
mod penalty;
mod random;
mod settings;
mod spectral;
mod watch;

#[cfg(test)]
mod tests;

pub use adversaries::{Adversaries, CriticRules, Painter, StepFigures};
pub use augment::Augmentation;
pub use choices::{Objective, Turns};
pub use clock::{StepClock, StepPart};
pub use expectation::GAN_EXPECTATION;
pub use figures::GAN_FIGURES;
pub use inversion::{GanInverter, Inversion, InversionSettings, Invert, InverterPlan, LearnedEncoder};
pub use learner::GanLearner;
pub use penalty::{PenaltyKind, penalty_of};
pub use random::Draws;
pub use settings::GanSettings;
pub use watch::GanWatch;

//! The training of the session: the run that is trained here, or one that another process writes.
//!
//! Owns what panels ask of it and what they read of it, as plain data. The threads behind it are the business of `training_link`.

use std::path::PathBuf;

use bevy::prelude::*;

use crate::engine::{AverageFacts, ShelfItem, TrainingCommand, TrainingMeans, TrainingRequest};
use crate::training::{RunFacts, RunSummary};

/// The share of the machine that training takes at first: the view stays usable.
const DEFAULT_SHARE: f32 = 0.6;

/// What panels ask of the training.
#[derive(Clone, Debug, Message)]
pub enum Train {
    /// Begin a run, or go on with one.
    Start(Box<TrainingRequest>),
    /// Call off a start that is not under way yet; no new run is left, but for one that took an old one's place already.
    Cancel,
    /// What a training under way is told.
    Command(TrainingCommand),
    /// Copy a checkpoint into a new run.
    Branch {
        /// Its step.
        step: u64,
        /// The new run folder.
        to: PathBuf,
    },
    /// How much of the machine training takes, 0.05 to 1.
    SetShare(f32),
    /// Whether the lattice shows the model in training.
    FollowLattice(bool),
    /// Let the lattice show an average of the run of this relative length, put together from its snapshots; `None`: as it is trained.
    Average(Option<f64>),
    /// Look at a run folder, and follow it while another process writes it.
    OpenRun(PathBuf),
    /// Look away from the run that is shown.
    Close,
}

/// How the training stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum TrainingStatus {
    /// There is none.
    #[default]
    Idle,
    /// Device and run folder are being opened.
    Starting,
    /// The start was called off, and ends once what is being opened is open.
    Cancelling,
    /// It learns.
    Running,
    /// It waits; why, where it was not asked to.
    Paused(Option<String>),
    /// It reached its planned length, and can be extended.
    Finished,
    /// It was stopped; everything is written.
    Stopped,
    /// It could not begin or go on.
    Failed(String),
    /// A run folder is looked at.
    Following {
        /// Whether a process trains it now.
        live: bool,
    },
}

/// The average of the run that the lattice shows in place of its newest network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AverageChoice {
    /// The relative length that the user has chosen; `None`: the run is shown as it is trained.
    pub wanted: Option<f64>,
    /// The length of the average on screen, and what that was put together from.
    pub shown: Option<(f64, AverageFacts)>,
    /// Why there is none of the length that is wanted.
    pub error: Option<String>,
}

/// What is known of the run, and how it stands here. Reads as [`RunFacts`].
#[derive(Resource, Deref, DerefMut)]
pub struct Training {
    /// How it stands.
    pub status: TrainingStatus,
    /// All that is known of it.
    #[deref]
    pub facts: RunFacts,
    /// What it learns with, once it is under way here.
    pub means: Option<TrainingMeans>,
    /// What it came to.
    pub summary: Option<RunSummary>,
    /// How much of the machine training takes.
    pub share: f32,
    /// Whether the lattice is to show the model in training.
    pub follows_lattice: bool,
    /// Whether it does: the faces on screen are those of the run.
    pub lattice_shows_run: bool,
    /// The average that it shows, where one was chosen.
    pub average: AverageChoice,
    /// Whether the user wants it of every run; opening another model is no word about the next run.
    pub(super) wants_lattice: bool,
    /// The model that was asked for as a run last, where it is none.
    pub no_run: Option<ShelfItem>,
    /// Counts changes of curves, events and pictures.
    pub version: u64,
}

impl Default for Training {
    fn default() -> Self {
        Self {
            status: TrainingStatus::Idle,
            facts: RunFacts::default(),
            means: None,
            summary: None,
            share: DEFAULT_SHARE,
            follows_lattice: true,
            lattice_shows_run: false,
            average: AverageChoice::default(),
            wants_lattice: true,
            no_run: None,
            version: 0,
        }
    }
}

impl Training {
    /// Whether a trainer of this program holds the run.
    pub fn is_active(&self) -> bool {
        use TrainingStatus::{Finished, Paused, Running};
        self.is_starting() || matches!(self.status, Running | Paused(_) | Finished)
    }

    /// Whether the lattice is to show what the run learns as it comes.
    pub(super) fn shows_newest(&self) -> bool {
        self.follows_lattice && self.average.wanted.is_none()
    }

    /// Whether it is not under way yet.
    pub fn is_starting(&self) -> bool {
        matches!(self.status, TrainingStatus::Starting | TrainingStatus::Cancelling)
    }

    /// Shows another run, of which this is known, or none; what the user has set for every run stays.
    pub(super) fn show(&mut self, status: TrainingStatus, facts: RunFacts) {
        let (share, wants_lattice, version) = (self.share, self.wants_lattice, self.version + 1);
        *self = Self { status, facts, share, follows_lattice: wants_lattice, wants_lattice, version, ..default() };
    }
}

//! All that is known of a run: the one view that its trainer, whoever follows it, the session, reports and the command line share.
//!
//! Owns plain data and what follows from it. Where it comes from, a folder or the reports of a training, is left to others.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::curves::Curves;
use super::events::{EventKind, RunEvent};
use super::spec::RunSpec;
use super::state::{Stage, size_at};
use crate::training::kinds::TrainingSettings;
use crate::training::plan::Budget;

/// The pace is that of so many of the last points.
const POINTS_OF_PACE: usize = 6;

/// All that is known of a run; nothing at first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunFacts {
    /// The run folder, on the machine that writes it.
    pub path: Option<PathBuf>,
    /// How it was begun, and with which faces it goes on.
    pub spec: Option<RunSpec>,
    /// The settings by now.
    pub settings: Option<TrainingSettings>,
    /// The planned length.
    pub budget: Budget,
    /// How many steps were made.
    pub step: u64,
    /// How many faces were seen.
    pub images: u64,
    /// Seconds of training; pauses do not count.
    pub seconds: f64,
    /// The best checkpoint, and its mean squared error on held-out faces.
    pub best: Option<(u64, f64)>,
    /// Stretches with pictures of other sizes than at the beginning.
    pub stages: Vec<Stage>,
    /// Whether the planned length was reached and everything is written.
    pub is_finished: bool,
    /// Whether a process trains it now.
    pub is_live: bool,
    /// Its curves.
    pub curves: Curves,
    /// What happened.
    pub events: Vec<RunEvent>,
    /// The steps that have pictures, ascending; of what size, [`size_at`](Self::size_at) knows.
    pub sheets: Vec<u64>,
    /// The steps that have checkpoints, ascending.
    pub checkpoints: Vec<u64>,
}

impl RunFacts {
    /// The run folder, where it is known.
    pub fn run_path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Faces are of so many pixels by now.
    pub fn size(&self) -> Option<usize> {
        self.size_at(self.step)
    }

    /// Faces were of so many pixels after `step` steps.
    pub fn size_at(&self, step: u64) -> Option<usize> {
        self.spec.as_ref().map(|spec| size_at(spec.size, &self.stages, step))
    }

    /// Whether the network finds codes of faces, as all but GANs do. True also while nothing is known of it.
    pub fn has_encoder(&self) -> bool {
        self.settings.as_ref().is_none_or(TrainingSettings::has_encoder)
    }

    /// The newest warning, until a setting is changed or steps are taken back: then it has been heard.
    pub fn warning(&self) -> Option<&RunEvent> {
        use EventKind::{Changed, Restored, RolledBack, Warned};
        let newest = self.events.iter().rev().find(|event| matches!(event.kind, Warned | Changed | RolledBack | Restored));
        newest.filter(|event| event.kind == Warned)
    }

    /// The share of the planned length that is done, 0 to 1.
    pub fn progress(&self) -> f64 {
        self.budget.share(self.images, self.seconds).min(1.0)
    }

    /// About how many seconds of training are left; `None` while nothing was measured.
    pub fn seconds_left(&self) -> Option<f64> {
        self.curves.points.last()?;
        match self.budget {
            Budget::Seconds(total) => Some((total - self.seconds).max(0.0)),
            Budget::Images(total) if self.progress() < 1.0 => {
                let rate = self.images_per_second();
                (rate > 0.0).then(|| total.saturating_sub(self.images) as f64 / rate)
            }
            Budget::Images(_) => Some(0.0),
        }
    }

    /// Faces in a second, over the last few points.
    pub fn images_per_second(&self) -> f64 {
        let points = &self.curves.points;
        let Some(last) = points.last() else { return 0.0 };
        let first = &points[points.len().saturating_sub(POINTS_OF_PACE)];
        let seconds = last.seconds - first.seconds;
        if seconds > 0.0 { (last.images - first.images) as f64 / seconds } else { last.images_per_second }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::{AutoencoderSettings, GanSettings};

    #[test]
    fn only_a_gan_has_no_encoder() {
        let of = |settings: TrainingSettings| RunFacts { settings: Some(settings), ..RunFacts::default() };
        assert!(RunFacts::default().has_encoder() && of(AutoencoderSettings::default().into()).has_encoder());
        assert!(!of(GanSettings::default().into()).has_encoder());
    }
}

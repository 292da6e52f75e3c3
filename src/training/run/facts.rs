//! All that is known of a run: the one view that its trainer, whoever follows it, the session, reports and the command line share.
//!
//! Owns plain data and what follows from it. Where it comes from, a folder or the reports of a training, is left to others.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::curves::Curves;
use super::events::{EventKind, RunEvent};
use super::spec::RunSpec;
use crate::training::expectation::Pace;
use crate::training::growth::{Stage, size_at};
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
    /// The steps whose averages are kept for good, ascending.
    #[serde(default)]
    pub snapshots: Vec<u64>,
    /// The steps whose checkpoints keep averages too, ascending.
    #[serde(default)]
    pub averaged: Vec<u64>,
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

    /// At how many steps there are averages of which one of any length is put together: those of snapshots, and those of checkpoints, but for
    /// that of the beginning, which has seen nothing.
    pub fn moments(&self) -> usize {
        self.snapshots.iter().chain(&self.averaged).filter(|step| **step > 0).collect::<BTreeSet<_>>().len()
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
                (rate > 0.0).then(|| self.faces_left(total) / rate)
            }
            Budget::Images(_) => Some(0.0),
        }
    }

    /// The faces that are left of so many, counted at the pace of those of now: larger ones to come take longer.
    fn faces_left(&self, total: u64) -> f64 {
        let plan = self.settings.as_ref().and_then(|settings| Some((settings, settings.growth()?, self.size()?)));
        match plan {
            Some((settings, growth, size)) => growth.left(size, self.progress(), |size| settings.work_at(size)) * total as f64,
            None => total.saturating_sub(self.images) as f64,
        }
    }

    /// What comes next and when, at the rate that was measured, in sentences; `None` where nothing more is known to come.
    pub fn ahead(&self) -> Option<String> {
        let rate = Some(self.images_per_second()).filter(|rate| *rate > 0.0);
        let pace = Pace { images: self.images, seconds: self.seconds, rate, budget: self.budget };
        self.settings.as_ref()?.expectation().ahead(&pace)
    }

    /// Faces in a second, over the last few points.
    pub fn images_per_second(&self) -> f64 {
        let points = &self.curves.points;
        let Some(last) = points.last() else { return 0.0 };
        let first = &points[points.len().saturating_sub(POINTS_OF_PACE)];
        let seconds = last.seconds - first.seconds;
        if seconds > 0.0 { last.images.saturating_sub(first.images) as f64 / seconds } else { last.images_per_second }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::{AutoencoderSettings, CurvePoint, GanSettings};

    fn measured(images: u64, seconds: f64) -> CurvePoint {
        let learning_rate = 1e-3;
        CurvePoint { step: images, images, seconds, images_per_second: 0.0, learning_rate, batch: 1, losses: Vec::new(), held_out: None }
    }

    #[test]
    fn what_is_not_known_is_not_told_as_a_time() {
        let settings = Some(GanSettings::default().into());
        let mut facts = RunFacts { settings, images: 32, seconds: 1.0, ..RunFacts::default() };
        assert!(facts.seconds_left().is_none() && facts.ahead().is_some_and(|text| text.contains("known once it runs")));
        facts.curves.points = vec![measured(32, 1.0), measured(32, 2.0)];
        assert_eq!((facts.images_per_second(), facts.seconds_left()), (0.0, None), "nothing was learned meanwhile");
        facts.curves.points = vec![measured(64, 1.0), measured(32, 2.0)];
        assert_eq!(facts.seconds_left(), None, "curves that go back, as when somebody has changed them");
        facts.curves.points = vec![measured(0, 0.0), measured(3200, 10.0)];
        (facts.images, facts.seconds) = (3200, 10.0);
        assert_eq!(facts.seconds_left(), Some(1552.5));
        assert!(facts.ahead().is_some_and(|text| text.contains("at 320 images/s coloured blocks in 40 s")), "{:?}", facts.ahead());
    }

    #[test]
    fn only_a_gan_has_no_encoder() {
        let of = |settings: TrainingSettings| RunFacts { settings: Some(settings), ..RunFacts::default() };
        assert!(RunFacts::default().has_encoder() && of(AutoencoderSettings::default().into()).has_encoder());
        assert!(!of(GanSettings::default().into()).has_encoder());
    }
}

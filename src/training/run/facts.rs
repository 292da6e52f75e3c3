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
use crate::words::time_left;

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
    /// The steps that have pictures, ascending.
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

    /// The next step after `step` steps learned from faces of so many pixels; pictures of a step at which the network grew are smaller.
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

    /// About how many seconds of training are left; `None` while nothing was measured, and as long as larger pictures are to come, of which
    /// nobody knows yet how long they take.
    pub fn seconds_left(&self) -> Option<f64> {
        self.curves.points.last()?;
        match self.budget {
            Budget::Seconds(total) => Some((total - self.seconds).max(0.0)),
            Budget::Images(total) if self.progress() < 1.0 => Some(total.saturating_sub(self.images) as f64 / self.rate_to_the_end()?),
            Budget::Images(_) => Some(0.0),
        }
    }

    /// How long it still takes, in words, or when that will be known.
    pub fn time_left(&self) -> String {
        match (self.seconds_left(), self.size_to_come()) {
            (None, Some(size)) => format!("time left known once it draws {size} x {size}"),
            (seconds, _) => time_left(seconds),
        }
    }

    /// The size that faces come to later, where the network still grows.
    pub fn size_to_come(&self) -> Option<usize> {
        let last = self.settings.as_ref()?.growth()?.last();
        self.size().is_none_or(|size| size < last).then_some(last)
    }

    /// What comes next and when, at the rate that was measured, in sentences; `None` where nothing more is known to come.
    pub fn ahead(&self) -> Option<String> {
        self.ahead_at(self.rate_to_the_end())
    }

    /// The same at a rate: images in a second. What is known of networks that begin with nothing says nothing of one that begins with the
    /// weights of another.
    pub fn ahead_at(&self, rate: Option<f64>) -> Option<String> {
        let settings = self.settings.as_ref().filter(|_| !self.began_with_weights())?;
        settings.expectation().ahead(&self.pace(rate))
    }

    /// Whether the first weights are those of another run, but nothing else is.
    fn began_with_weights(&self) -> bool {
        let has_parent = self.spec.as_ref().is_some_and(|spec| spec.parent.is_some());
        has_parent && self.stages.first().is_some_and(|stage| stage.since == 0)
    }

    /// How far it is, at a rate: images in a second.
    fn pace(&self, rate: Option<f64>) -> Pace {
        let known_at = self.settings.as_ref().and_then(|settings| Some(settings.growth()?.last()));
        Pace { images: self.images, seconds: self.seconds, rate, budget: self.budget, known_at }
    }

    /// The rate at which it goes on to the end; `None` as long as none was measured at the size that faces have in the end.
    fn rate_to_the_end(&self) -> Option<f64> {
        let is_known = self.size_to_come().is_none() && self.points_of_size() > 0;
        Some(self.images_per_second()).filter(|rate| is_known && *rate > 0.0)
    }

    /// How many points were measured at the size that faces have by now.
    pub fn points_of_size(&self) -> usize {
        let points = self.curves.points.iter().rev();
        points.take_while(|point| self.stages.last().is_none_or(|stage| point.step > stage.since)).count()
    }

    /// Faces in a second, over the last few points; only those of the size of now, where there are any.
    pub fn images_per_second(&self) -> f64 {
        let points = &self.curves.points;
        let Some(last) = points.last() else { return 0.0 };
        // From the end of the point before the first of them on.
        let of_size = (self.points_of_size() + 1).min(POINTS_OF_PACE);
        let first = &points[points.len().saturating_sub(of_size)];
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
    fn a_rate_of_small_pictures_promises_nothing_of_larger_ones() {
        let settings: TrainingSettings = GanSettings { grow: vec![16, 32], ..Default::default() }.into();
        let spec = RunSpec::example(settings.clone(), 16);
        let mut facts = RunFacts { settings: Some(settings), spec: Some(spec), budget: Budget::Images(2000), ..RunFacts::default() };
        let pass = |facts: &mut RunFacts, images: u64, seconds: f64| {
            facts.curves.points.push(measured(images, seconds));
            (facts.step, facts.images, facts.seconds) = (images, images, seconds);
        };
        (0..=10).for_each(|n| pass(&mut facts, n * 100, n as f64));
        assert_eq!((facts.images_per_second(), facts.seconds_left(), facts.size_to_come()), (100.0, None, Some(32)));
        assert_eq!(facts.time_left(), "time left known once it draws 32 x 32");
        let unknown = |facts: &RunFacts| facts.ahead().filter(|ahead| !ahead.contains("images/s"));
        assert!(unknown(&facts).is_some_and(|ahead| ahead.contains("known once it draws 32 x 32 pixels")), "{:?}", facts.ahead());
        let minutes = RunFacts { budget: Budget::Seconds(30.0), ..facts.clone() };
        assert_eq!(minutes.seconds_left(), Some(20.0), "minutes are minutes");
        facts.stages = vec![Stage { since: 1000, size: 32, images: 1000, seconds: 10.0, faded: 0.0 }];
        assert_eq!((facts.points_of_size(), facts.seconds_left()), (0, None), "nothing was measured yet");
        assert!(unknown(&facts).is_some_and(|ahead| ahead.contains("known once it draws 32 x 32 pixels")), "{:?}", facts.ahead());
        pass(&mut facts, 1100, 20.0);
        assert_eq!((facts.points_of_size(), facts.images_per_second()), (1, 10.0), "the fast ones before are not among them");
        assert_eq!((facts.seconds_left(), facts.time_left().as_str()), (Some(90.0), "1 min 30 s left"));
        assert!(facts.ahead().is_some_and(|ahead| ahead.contains("at 10 images/s coloured blocks in")), "{:?}", facts.ahead());
        facts.spec.as_mut().unwrap().parent = Some(("other".into(), 7));
        assert!(facts.ahead().is_some(), "a branch that was made on the way");
        facts.stages[0].since = 0;
        assert_eq!(facts.ahead(), None, "it begins with faces");
    }

    #[test]
    fn only_a_gan_has_no_encoder() {
        let of = |settings: TrainingSettings| RunFacts { settings: Some(settings), ..RunFacts::default() };
        assert!(RunFacts::default().has_encoder() && of(AutoencoderSettings::default().into()).has_encoder());
        assert!(!of(GanSettings::default().into()).has_encoder());
    }
}

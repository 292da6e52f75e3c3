//! What a training tells while it goes on, what it came to, and how the view of a run takes that in; plain data.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::curves::CurvePoint;
use super::events::{EventKind, RunEvent};
use super::facts::RunFacts;
use crate::training::growth::Stage;
use crate::training::kinds::TrainingSettings;
use crate::training::knob::Edit;
use crate::training::plan::Budget;

/// What a step came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    /// The network has learned.
    Learned,
    /// The planned length was reached, and everything is written.
    Finished,
    /// Something was asked for while faces were encoded for figures or for the model: that begins again with the next step.
    Interrupted,
    /// The loss went wrong; the training stands at this earlier step again.
    Restored {
        /// What went wrong.
        reason: String,
        /// When.
        step: u64,
        /// The step of the checkpoint.
        to: u64,
    },
}

/// What a training tells while it goes on. Who takes all of it in, from what was known at its start on, knows as much as its folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RunReport {
    /// All that is known of it by now: after steps were taken back, so that curves and events are shorter.
    Stands(Box<RunFacts>),
    /// The curves have a new point, or more is known of their last one.
    Measured(CurvePoint),
    /// Something happened.
    Noted(RunEvent),
    /// A knob was turned.
    Turned(Edit),
    /// The settings are these, as after a turn that was refused.
    Settled(Box<TrainingSettings>),
    /// The planned length is another.
    Planned(Budget),
    /// The network makes larger pictures from now on.
    Grown(Stage),
    /// A checkpoint was written.
    Saved {
        /// Its step.
        step: u64,
        /// The best checkpoint by now, and its mean squared error on held-out faces.
        best: Option<(u64, f64)>,
        /// The steps that have checkpoints now, ascending.
        checkpoints: Vec<u64>,
        /// Those of them that keep averages.
        #[serde(default)]
        averaged: Vec<u64>,
    },
    /// The averages of a step are kept for good.
    SnapshotKept {
        /// The step.
        step: u64,
    },
    /// There are new pictures.
    Pictured {
        /// Their step.
        step: u64,
    },
}

impl RunFacts {
    /// Takes in what a training tells.
    pub fn take(&mut self, report: RunReport) {
        match report {
            RunReport::Stands(facts) => *self = *facts,
            RunReport::Measured(mut point) => {
                // The file may have columns that the learner does not fill.
                point.losses.resize(point.losses.len().max(self.curves.loss_names.len()), f32::NAN);
                self.stand_at(point.step, point.images, point.seconds);
                self.curves.points.retain(|known| known.step < point.step);
                self.curves.points.push(point);
            }
            RunReport::Noted(event) => {
                self.stand_at(event.step, event.images, event.seconds);
                match event.kind {
                    EventKind::Finished => self.is_finished = true,
                    EventKind::Started | EventKind::Resumed => self.is_finished = false,
                    _ => {}
                }
                self.events.push(event);
            }
            RunReport::Turned(edit) => {
                if let Some(settings) = &mut self.settings {
                    settings.turn_live(&edit);
                }
            }
            RunReport::Settled(settings) => self.settings = Some(*settings),
            RunReport::Planned(budget) => self.budget = budget,
            RunReport::Grown(stage) => {
                // One that begins with the weights of another run may grow at once, and its first stage was one all the same.
                self.stages.retain(|known| (known.since, known.size) < (stage.since, stage.size));
                self.stages.push(stage);
            }
            RunReport::Saved { best, checkpoints, averaged, .. } => {
                (self.best, self.checkpoints, self.averaged) = (best, checkpoints, averaged);
            }
            RunReport::SnapshotKept { step } => {
                self.snapshots.retain(|known| *known < step);
                self.snapshots.push(step);
            }
            RunReport::Pictured { step } => {
                self.sheets.retain(|known| *known < step);
                self.sheets.push(step);
            }
        }
    }

    fn stand_at(&mut self, step: u64, images: u64, seconds: f64) {
        (self.step, self.images, self.seconds) = (step, images, seconds);
    }
}

/// What a training came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// Faces seen over all sittings.
    pub images_seen: u64,
    /// Seconds of training over all sittings; pauses do not count.
    pub seconds: f64,
    /// Their quotient.
    pub images_per_second: f64,
    /// The model folder: the run folder itself.
    pub model: PathBuf,
    /// The last losses by name, and `held_out_mse` where faces are held out.
    pub losses: std::collections::BTreeMap<String, f64>,
    /// How many steps were made.
    pub steps: u64,
    /// The step of the best checkpoint on held-out faces, where there are any.
    pub best_step: Option<u64>,
    /// Whether the planned length was reached and the model is complete.
    pub finished: bool,
    /// Whether the planned length was reached; where the model is not complete yet, going on completes it.
    pub trained: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::{AutoencoderSettings, Value};

    fn point(step: u64) -> CurvePoint {
        CurvePoint {
            step,
            images: step * 10,
            seconds: step as f64,
            images_per_second: 10.0,
            learning_rate: 1e-3,
            batch: 10,
            losses: vec![0.1],
            held_out: None,
        }
    }

    fn event(step: u64, kind: EventKind, detail: &str) -> RunEvent {
        RunEvent { step, images: step * 10, seconds: step as f64, kind, detail: detail.into() }
    }

    #[test]
    fn progress_and_time_left_follow_the_curves() {
        let mut facts = RunFacts { budget: Budget::Images(1000), ..RunFacts::default() };
        assert_eq!((facts.progress(), facts.seconds_left()), (0.0, None));
        (1..=5).for_each(|n| facts.take(RunReport::Measured(point(n * 10))));
        assert_eq!((facts.progress(), facts.images_per_second()), (0.5, 10.0));
        assert_eq!(facts.seconds_left(), Some(50.0));
        facts.take(RunReport::Planned(Budget::Seconds(80.0)));
        assert_eq!(facts.seconds_left(), Some(30.0));
    }

    #[test]
    fn points_and_pictures_of_steps_that_are_made_again_replace_the_old_ones() {
        let mut facts = RunFacts::default();
        for step in [10, 20, 30, 15] {
            facts.take(RunReport::Measured(point(step)));
            facts.take(RunReport::Pictured { step });
            facts.take(RunReport::SnapshotKept { step });
        }
        assert_eq!(facts.curves.points.iter().map(|point| point.step).collect::<Vec<_>>(), [10, 15]);
        assert_eq!((facts.sheets.as_slice(), facts.step), ([10, 15].as_slice(), 15));
        assert_eq!(facts.snapshots, [10, 15]);
        facts.take(RunReport::Stands(Box::new(RunFacts { step: 7, ..RunFacts::default() })));
        assert_eq!(facts, RunFacts { step: 7, ..RunFacts::default() });
    }

    #[test]
    fn a_stage_that_grows_at_once_leaves_the_one_before_and_one_that_grows_again_takes_its_place() {
        let stage = |since, size| Stage { since, size, images: 8 * since, seconds: 0.5, faded: 0.0 };
        let mut facts = RunFacts { stages: vec![stage(0, 16)], ..RunFacts::default() };
        let mut after = |grown: Stage| {
            facts.take(RunReport::Grown(grown));
            facts.stages.iter().map(|stage| (stage.since, stage.size)).collect::<Vec<_>>()
        };
        assert_eq!(after(stage(0, 32)), [(0, 16), (0, 32)], "after a warm start");
        assert_eq!(after(stage(9, 64)), [(0, 16), (0, 32), (9, 64)]);
        assert_eq!(after(stage(9, 64)), [(0, 16), (0, 32), (9, 64)], "told twice");
        assert_eq!(after(stage(7, 64)), [(0, 16), (0, 32), (7, 64)], "steps are made again");
    }

    #[test]
    fn a_warning_stands_until_something_is_done() {
        let mut facts = RunFacts::default();
        let newest = |facts: &RunFacts| facts.warning().map(|event| event.detail.clone());
        assert_eq!(newest(&facts), None);
        for (step, detail) in [(300, "the critic wins"), (400, "modes collapse")] {
            facts.take(RunReport::Noted(event(step, EventKind::Warned, detail)));
        }
        facts.take(RunReport::Noted(event(410, EventKind::Paused, "")));
        assert_eq!(newest(&facts).as_deref(), Some("modes collapse"));
        facts.take(RunReport::Noted(event(420, EventKind::Changed, "augmentation 0.2 -> 0.4")));
        assert_eq!(newest(&facts), None);
    }

    #[test]
    fn reports_and_facts_survive_the_way_to_another_machine() {
        let settings = TrainingSettings::from(AutoencoderSettings::default());
        let mut facts = RunFacts { settings: Some(settings.clone()), path: Some("run".into()), ..RunFacts::default() };
        let saved = RunReport::Saved { step: 20, best: Some((10, 0.25)), checkpoints: vec![10, 20], averaged: vec![20] };
        for report in [
            RunReport::Measured(point(20)),
            RunReport::Noted(event(20, EventKind::RolledBack, "from step 40, \"by hand\"")),
            RunReport::Turned(Edit::new("learning_rate", Value::Number(0.25))),
            RunReport::Planned(Budget::Seconds(1.5)),
            saved,
            RunReport::Pictured { step: 20 },
            RunReport::SnapshotKept { step: 20 },
            RunReport::Grown(Stage { since: 20, size: 32, images: 640, seconds: 1.5, faded: 0.0 }),
            RunReport::Settled(Box::new(settings)),
        ] {
            let text = ron::to_string(&report).unwrap();
            assert_eq!(ron::from_str::<RunReport>(&text).unwrap(), report);
            facts.take(report);
        }
        let text = ron::to_string(&RunReport::Stands(Box::new(facts.clone()))).unwrap();
        assert_eq!(ron::from_str::<RunReport>(&text).unwrap(), RunReport::Stands(Box::new(facts)));
    }
}

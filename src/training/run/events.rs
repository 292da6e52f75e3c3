//! What happened in a training, and at which step: `events.csv`.
//!
//! The curves show these events as marks; reports tell from them what went wrong where.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::log_file::{LogFile, Table, fields};
use crate::files::FileError;

const COLUMNS: [&str; 5] = ["step", "images", "seconds", "kind", "detail"];

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventKind {
    /// It began.
    Started,
    /// It went on after a pause, a stop or a crash.
    Resumed,
    /// It was paused.
    Paused,
    /// It was stopped before its end.
    Stopped,
    /// It reached its end.
    Finished,
    /// A setting was changed.
    Changed,
    /// It was taken back to an earlier step.
    RolledBack,
    /// The network has grown, and makes larger pictures.
    Grown,
    /// It left another run at a step.
    Branched,
    /// It went wrong and was taken back to the last good checkpoint.
    Restored,
    /// Something that the user should know.
    Warned,
    /// It cannot go on.
    Failed,
}

impl EventKind {
    const ALL: [Self; 12] = [
        Self::Started,
        Self::Resumed,
        Self::Paused,
        Self::Stopped,
        Self::Finished,
        Self::Changed,
        Self::RolledBack,
        Self::Grown,
        Self::Branched,
        Self::Restored,
        Self::Warned,
        Self::Failed,
    ];

    /// The word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Resumed => "resumed",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::Finished => "finished",
            Self::Changed => "changed",
            Self::RolledBack => "rolled back",
            Self::Grown => "grown",
            Self::Branched => "branched",
            Self::Restored => "restored",
            Self::Warned => "warned",
            Self::Failed => "failed",
        }
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEvent {
    /// After how many steps.
    pub step: u64,
    /// After how many faces.
    pub images: u64,
    /// After how many seconds of training.
    pub seconds: f64,
    /// What kind of thing.
    pub kind: EventKind,
    /// What exactly, as users read it.
    pub detail: String,
}

impl RunEvent {
    fn values(&self) -> [(&'static str, String); 5] {
        let detail = self.detail.replace('"', "\"\"").replace(['\n', '\r'], " ");
        let values = [self.step.to_string(), self.images.to_string(), format!("{:.3}", self.seconds), self.kind.word().to_owned()];
        let [step, images, seconds, kind] = values;
        let [first, second, third, fourth, fifth] = COLUMNS;
        [(first, step), (second, images), (third, seconds), (fourth, kind), (fifth, format!("\"{detail}\""))]
    }

    fn parse(table: &Table, row: &str) -> Option<Self> {
        let fields = fields(row);
        let of = |name: &str| fields.get(table.column(name)?).map(|field| field.trim());
        let kind = of(COLUMNS[3])?;
        Some(Self {
            step: of(COLUMNS[0])?.parse().ok()?,
            images: of(COLUMNS[1])?.parse().ok()?,
            seconds: of(COLUMNS[2])?.parse().ok()?,
            kind: EventKind::ALL.into_iter().find(|known| known.word() == kind)?,
            detail: of(COLUMNS[4])?.to_owned(),
        })
    }
}

/// Reads the text of `events.csv` by the names of its columns; rows that are not whole, or of a kind that is not known, are passed over.
pub fn parse_events(text: &str) -> Vec<RunEvent> {
    let Some(table) = Table::parse(text) else { return Vec::new() };
    table.rows.iter().filter_map(|row| RunEvent::parse(&table, row)).collect()
}

/// The point of a run that it goes on from: what happened later is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastSeen {
    /// Its step.
    pub step: u64,
    /// How often the network had grown at this very step by then.
    pub grown: usize,
}

impl LastSeen {
    /// The point after a step at which nothing has grown.
    pub fn step(step: u64) -> Self {
        Self { step, grown: 0 }
    }
}

/// `events.csv`, open for more.
pub struct EventFile(LogFile);

impl EventFile {
    /// Opens the file, without what comes after a point of the run. Rows and columns that are not understood stay.
    ///
    /// # Errors
    /// [`FileError`] where it cannot be written.
    pub fn open(path: &Path, last: LastSeen) -> Result<Self, FileError> {
        let mut grown = 0;
        // A network grows after the checkpoint of a step and before the next one.
        let is_unseen_growth = |table: &Table, row: &str| {
            let is_growth = RunEvent::parse(table, row).is_some_and(|event| event.kind == EventKind::Grown && event.step == last.step);
            grown += usize::from(is_growth);
            is_growth && grown > last.grown
        };
        LogFile::open_without(path, &COLUMNS, last.step, is_unseen_growth).map(Self)
    }

    /// What the user should know of how it was found, once.
    pub fn take_warning(&mut self) -> Option<String> {
        self.0.take_warning()
    }

    /// Adds an event.
    ///
    /// # Errors
    /// [`FileError`] where the disk refuses.
    pub fn push(&mut self, event: &RunEvent) -> Result<(), FileError> {
        self.0.push(&event.values())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_survive_the_round_trip() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("events.csv");
        let event = |step, kind, detail: &str| RunEvent { step, images: step * 32, seconds: 1.5, kind, detail: detail.into() };
        let all = [
            event(0, EventKind::Started, ""),
            event(5, EventKind::Changed, "learning rate 0.002 -> 0.001, \"by hand\""),
            event(9, EventKind::RolledBack, "to step 5"),
        ];
        let mut file = EventFile::open(&path, LastSeen::step(0)).unwrap();
        all.iter().for_each(|event| file.push(event).unwrap());
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(parse_events(&text), all);
        assert_eq!(parse_events(&text[..text.len() - 4]).len(), 2, "a cut row is passed over");
        drop(EventFile::open(&path, LastSeen::step(5)).unwrap());
        assert_eq!(parse_events(&std::fs::read_to_string(&path).unwrap()), all[..2]);
        assert!(EventKind::ALL.iter().all(|kind| !kind.word().contains(',')));
        std::fs::write(&path, "detail,kind,step,images,seconds,by\n\"a, b\",changed,3,96,1.5,me\n,celebrated,4,128,2,me\n").unwrap();
        EventFile::open(&path, LastSeen::step(5)).unwrap().push(&all[1]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("celebrated") && text.contains(",me\n"), "what a newer program noted stays: {text}");
        assert_eq!(parse_events(&text), [event(3, EventKind::Changed, "a, b"), all[1].clone()]);
    }
    #[test]
    fn a_growth_after_the_point_that_one_goes_on_from_is_forgotten_also_at_its_step() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("events.csv");
        let event = |step, kind| RunEvent { step, images: step * 32, seconds: 1.5, kind, detail: String::new() };
        let all = [
            event(4, EventKind::Grown),
            event(9, EventKind::Changed),
            event(9, EventKind::Grown),
            event(9, EventKind::Grown),
            event(9, EventKind::Stopped),
        ];
        let mut file = EventFile::open(&path, LastSeen::step(0)).unwrap();
        all.iter().for_each(|event| file.push(event).unwrap());
        let left = |last: LastSeen| {
            drop(EventFile::open(&path, last).unwrap());
            parse_events(&std::fs::read_to_string(&path).unwrap())
        };
        assert_eq!(left(LastSeen { step: 9, grown: 2 }), all, "what the checkpoint has seen stays");
        assert_eq!(left(LastSeen { step: 9, grown: 1 }), [&all[..3], &all[4..]].concat());
        assert_eq!(left(LastSeen::step(9)), [&all[..2], &all[4..]].concat(), "a growth at an earlier step, and what the user did");
    }
}

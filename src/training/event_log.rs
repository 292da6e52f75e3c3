//! What happened in a training, and at which step: `events.csv`.
//!
//! The curves show these events as marks; reports tell from them what went wrong where.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::files::{FileError, write_atomically};

const HEADER: &str = "step,images,seconds,kind,detail\n";

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    const ALL: [Self; 11] = [
        Self::Started,
        Self::Resumed,
        Self::Paused,
        Self::Stopped,
        Self::Finished,
        Self::Changed,
        Self::RolledBack,
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
            Self::Branched => "branched",
            Self::Restored => "restored",
            Self::Warned => "warned",
            Self::Failed => "failed",
        }
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
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
    fn row(&self) -> String {
        let detail = self.detail.replace('"', "\"\"").replace(['\n', '\r'], " ");
        format!("{},{},{:.3},{},\"{detail}\"\n", self.step, self.images, self.seconds, self.kind.word())
    }

    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.splitn(5, ',');
        let (step, images, seconds) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        let word = fields.next()?;
        let kind = EventKind::ALL.into_iter().find(|kind| kind.word() == word)?;
        let detail = fields.next()?.strip_prefix('"')?.strip_suffix('"')?.replace("\"\"", "\"");
        Some(Self { step, images, seconds, kind, detail })
    }
}

/// Reads the text of `events.csv`; rows that are not whole are passed over.
pub fn parse_events(text: &str) -> Vec<RunEvent> {
    text.split_inclusive('\n').filter(|line| line.ends_with('\n')).filter_map(|line| RunEvent::parse(line.trim_end())).collect()
}

/// `events.csv`, open for more.
pub struct EventFile {
    path: PathBuf,
    file: File,
}

impl EventFile {
    /// Opens the file, without the rows after `last_step`.
    ///
    /// # Errors
    /// [`FileError`] where it cannot be written.
    pub fn open(path: &Path, last_step: u64) -> Result<Self, FileError> {
        let events = parse_events(&std::fs::read_to_string(path).unwrap_or_default());
        let kept = events.iter().filter(|event| event.step <= last_step).map(RunEvent::row);
        let text: String = std::iter::once(HEADER.to_owned()).chain(kept).collect();
        write_atomically(path, text.as_bytes())?;
        let file = OpenOptions::new().append(true).open(path).map_err(FileError::io("write", path))?;
        Ok(Self { path: path.to_path_buf(), file })
    }

    /// Adds an event.
    ///
    /// # Errors
    /// [`FileError`] where the disk refuses.
    pub fn push(&mut self, event: &RunEvent) -> Result<(), FileError> {
        let length = self.file.metadata().map_or(0, |metadata| metadata.len());
        self.file.write_all(event.row().as_bytes()).map_err(|error| {
            // Half a row would spoil the next one.
            self.file.set_len(length).ok();
            FileError::io("write", &self.path)(error)
        })
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
        let mut file = EventFile::open(&path, 0).unwrap();
        all.iter().for_each(|event| file.push(event).unwrap());
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(parse_events(&text), all);
        assert_eq!(parse_events(&text[..text.len() - 4]).len(), 2, "a cut row is passed over");
        drop(EventFile::open(&path, 5).unwrap());
        assert_eq!(parse_events(&std::fs::read_to_string(&path).unwrap()), all[..2]);
        assert!(EventKind::ALL.iter().all(|kind| !kind.word().contains(',')));
    }
}

//! What a source holds and an import leaves out: counted by reason, the first few named.

use serde::Serialize;

/// Names that are kept for each reason.
const NAMED: usize = 5;

/// Files that were left out for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// What they are, in the singular: "AVIF picture", "folder that may not be entered".
    pub reason: String,
    /// How many there are.
    pub count: usize,
    /// The first few of them.
    pub files: Vec<String>,
}

/// Everything that was left out, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOuts(pub Vec<LeftOut>);

impl LeftOuts {
    /// Takes note of a file.
    pub fn add(&mut self, reason: &str, file: &str) {
        let place = self.0.iter().position(|known| known.reason == reason).unwrap_or_else(|| {
            self.0.push(LeftOut { reason: reason.to_owned(), count: 0, files: Vec::new() });
            self.0.len() - 1
        });
        let known = &mut self.0[place];
        known.count += 1;
        if known.files.len() < NAMED {
            known.files.push(file.to_owned());
        }
    }

    /// Takes note of what another list holds.
    pub fn join(&mut self, others: &Self) {
        for other in &others.0 {
            match self.0.iter_mut().find(|known| known.reason == other.reason) {
                Some(known) => {
                    known.count += other.count;
                    known.files.extend(other.files.iter().cloned());
                    known.files.truncate(NAMED);
                }
                None => self.0.push(other.clone()),
            }
        }
    }
}

//! What commands print: text or one JSON value on standard output, everything else on standard error.

use std::io::Write;

use anyhow::Context;
use serde::Serialize;

/// Prints a line on standard error. Whoever reads there may have gone, which is no reason to end hours of work.
pub fn say(line: impl std::fmt::Display) {
    writeln!(std::io::stderr().lock(), "{line}").ok();
}

/// Where a command's result goes.
pub struct Output {
    json: bool,
}

impl Output {
    /// `json`: exactly one JSON value on standard output instead of text.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints a command's result: `value` as JSON, or the text that `text` makes of it.
    ///
    /// # Errors
    /// Where standard output is full or the value is no JSON; a reader that has gone is none.
    pub fn result<T: Serialize>(&self, value: &T, text: impl FnOnce(&T) -> String) -> anyhow::Result<()> {
        let line = if self.json { serde_json::to_string(value)? } else { text(value) };
        match writeln!(std::io::stdout().lock(), "{line}") {
            // The work is done, and whoever reads of it has heard enough.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            printed => printed.context("the work is done, but standard output takes no more"),
        }
    }

    /// Prints an error with its causes on standard error.
    pub fn error(&self, error: &anyhow::Error) {
        let mut message = error.to_string();
        for cause in error.chain().skip(1).map(ToString::to_string) {
            // Most messages name their cause where it reads best.
            if !message.contains(&cause) {
                message = format!("{message}: {cause}");
            }
        }
        say(format_args!("facefield: {message}"));
    }
}

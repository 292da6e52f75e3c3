//! Progress on standard error: a bar with rate and time left on a terminal, a line now and then elsewhere; Ctrl-C cancels, and pressed
//! again ends at once.

use std::fmt::Write;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::output::say;
use crate::progress::{CancelFlag, Monitor, Progress};
use crate::words::time_left;

/// How long a log that is no terminal stays quiet between two lines.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows progress and obeys Ctrl-C.
pub struct Bar {
    bar: ProgressBar,
    terminal: bool,
    state: Mutex<State>,
    cancel: CancelFlag,
}

struct State {
    stage: String,
    started: Instant,
    last_line: Instant,
}

impl Bar {
    /// A bar that shows nothing until the first report. From here on Ctrl-C asks the work to stop instead of killing it.
    pub fn new() -> Self {
        let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
        let bar = ProgressBar::with_draw_target(None, if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() });
        let now = Instant::now();
        Self {
            bar,
            terminal,
            state: Mutex::new(State { stage: String::new(), started: now, last_line: now }),
            cancel: cancel_on_interrupt(),
        }
    }

    fn begin_stage(&self, progress: Progress) {
        if let Ok(style) = ProgressStyle::with_template(&format!(
            "{{prefix}} {{bar:32}} {{human_pos}} / {{human_len}} {}, {{per_sec}}, {{left}}",
            progress.unit
        )) {
            let left = |state: &ProgressState, out: &mut dyn Write| {
                let todo = state.len().map_or(0, |all| all.saturating_sub(state.pos()));
                out.write_str(&left_in_words(state.pos(), todo, state.per_sec())).ok();
            };
            self.bar.set_style(style.with_key("left", left));
        }
        self.bar.set_prefix(progress.title());
        self.bar.set_length(progress.total);
        self.bar.reset();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Monitor for Bar {
    fn report(&self, progress: Progress) {
        let Ok(mut state) = self.state.lock() else { return };
        if state.stage != progress.title() {
            *state = State { stage: progress.title(), started: Instant::now(), last_line: Instant::now() };
            self.begin_stage(progress);
        }
        self.bar.set_length(progress.total);
        self.bar.set_position(progress.done);
        if !self.terminal && state.last_line.elapsed() >= LINE_EVERY {
            state.last_line = Instant::now();
            let rate = progress.done as f64 / state.started.elapsed().as_secs_f64();
            let Progress { unit, done, total, .. } = progress;
            let left = left_in_words(done, total.saturating_sub(done), rate);
            say(format_args!("{} {done} / {total} {unit}, {rate:.0}/s, {left}", progress.title()));
        }
    }

    fn warn(&self, message: String) {
        self.bar.suspend(|| say(format_args!("warning: {message}")));
    }

    fn cancelled(&self) -> bool {
        self.cancel.is_raised()
    }
}

/// How long `todo` take at this rate a second; before the first one is done nobody knows.
fn left_in_words(done: u64, todo: u64, rate: f64) -> String {
    time_left((done > 0 && rate > 0.0).then(|| todo as f64 / rate))
}

/// The exit code of a command that the user has interrupted.
pub const INTERRUPTED: u8 = 130;

static FLAG: OnceLock<CancelFlag> = OnceLock::new();

/// Whether the user has asked the work to stop.
pub fn was_interrupted() -> bool {
    FLAG.get().is_some_and(CancelFlag::is_raised)
}

fn cancel_on_interrupt() -> CancelFlag {
    FLAG.get_or_init(|| {
        let flag = CancelFlag::default();
        let handled = flag.clone();
        let interrupt = move || {
            if handled.is_raised() {
                // Files and folders appear whole or not at all, so that nothing is half-written.
                std::process::exit(INTERRUPTED.into());
            }
            handled.raise();
            say("stopping; once more (Ctrl-C) ends at once, without what is not yet written");
        };
        // Where a handler cannot be set, Ctrl-C ends the process at once, which leaves nothing half-written either.
        ctrlc::set_handler(interrupt).ok();
        flag
    })
    .clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_anything_is_done_nobody_knows_how_long_it_takes() {
        assert_eq!(left_in_words(0, 100, 5.0), "time left unknown");
        assert_eq!(left_in_words(5, 100, 0.0), "time left unknown");
        assert_eq!(left_in_words(5, 100, 50.0), "2 s left");
    }
}

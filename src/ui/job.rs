//! The session's job as panels show it: how far, how fast, how long still, and how the last one ended.
//!
//! Owns the card; the job itself runs in the session.

use bevy_egui::egui::{Align, Label, Layout, Ui};

use super::widgets::{bar, link, words};
use super::{UiCommands, theme};
use crate::progress::Progress;
use crate::session::{JobKind, Jobs, RunJob};
use crate::words::{duration, unbroken};

/// Draws the job that runs, whatever it is for, or what became of the last one: if it was of this kind, or why it failed; nothing where
/// there was none.
pub fn show(ui: &mut Ui, jobs: &Jobs, kind: JobKind, commands: &mut UiCommands) {
    if let Some(title) = &jobs.title {
        ui.horizontal(|ui| {
            ui.label(theme::strong(format!("{title}…")));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if link(ui, "Cancel").on_hover_text("Stop it; nothing half-done is left").clicked() {
                    commands.job.write(RunJob::Cancel);
                }
            });
        });
        bar(ui, filled(jobs) as f32);
        let text = jobs.progress.map_or_else(|| "Starting…".into(), |progress| figures(&progress, rate(jobs)));
        ui.add(Label::new(theme::quiet(unbroken(&text))).wrap()).on_hover_text("Rate and time left are those of this stage of the work");
    }
    match &jobs.message {
        Some(Ok(text)) if jobs.kind == Some(kind) => words(ui, text, theme::TYPICAL),
        Some(Err(text)) => words(ui, text, theme::ACCENT_HOVERED),
        _ => return,
    };
}

/// How far the bar is filled: along all stages of the work where that is known, else along the one that it is at.
fn filled(jobs: &Jobs) -> f64 {
    jobs.whole.or_else(|| jobs.progress.map(|progress| share(&progress))).unwrap_or(0.0)
}

fn share(progress: &Progress) -> f64 {
    if progress.total == 0 { 0.0 } else { (progress.done as f64 / progress.total as f64).min(1.0) }
}

/// How many are done in a second of this stage; 0 while that is not known.
fn rate(jobs: &Jobs) -> f64 {
    let (Some(progress), Some((began, before))) = (jobs.progress, jobs.stage_began) else { return 0.0 };
    let seconds = began.elapsed().as_secs_f64();
    if seconds > 0.5 { progress.done.saturating_sub(before) as f64 / seconds } else { 0.0 }
}

/// "importing · 12,400 of 50,000 faces · 3,100/s · 12 s left".
fn figures(progress: &Progress, rate: f64) -> String {
    let Progress { unit, done, total, .. } = *progress;
    let mut text = format!("{} · {} of {} {unit}", progress.title(), theme::grouped(done), theme::grouped(total));
    if rate >= 1.0 {
        text += &format!(" · {}/s", theme::grouped(rate.round() as u64));
    }
    if rate > 0.0 && done > 0 && done < total {
        text += &format!(" · {} left", duration((total - done) as f64 / rate));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Part;

    #[test]
    fn a_job_tells_how_far_how_fast_and_how_long() {
        let progress = Progress { stage: "importing", unit: "faces", done: 2000, total: 6000, part: None };
        assert_eq!(figures(&progress, 1000.0), "importing · 2,000 of 6,000 faces · 1,000/s · 4 s left");
        assert_eq!(figures(&progress, 0.0), "importing · 2,000 of 6,000 faces");
        let part = Some(Part { noun: "model", number: 4, of: 9 });
        assert_eq!(figures(&Progress { part, ..progress }, 0.0), "model 4 of 9, importing · 2,000 of 6,000 faces");
        assert_eq!(share(&Progress { total: 0, ..progress }), 0.0);
        let jobs = Jobs { progress: Some(progress), ..Jobs::default() };
        assert_eq!((filled(&Jobs::default()), filled(&jobs)), (0.0, 2000.0 / 6000.0));
        assert_eq!(filled(&Jobs { whole: Some(0.8), ..jobs }), 0.8, "one bar for all stages");
    }

    #[test]
    fn the_rate_is_that_of_the_stage() {
        let progress = Progress { stage: "sampling", unit: "faces", done: 600, total: 6000, part: None };
        let mut jobs = Jobs { progress: Some(progress), ..Jobs::default() };
        assert_eq!(rate(&jobs), 0.0, "nothing is known of when it began");
        let began = std::time::Instant::now().checked_sub(std::time::Duration::from_secs(10)).unwrap();
        jobs.stage_began = Some((began, 100));
        assert!((45.0..=50.0).contains(&rate(&jobs)), "{}", rate(&jobs));
    }
}

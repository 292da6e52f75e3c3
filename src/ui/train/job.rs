//! Import and PCA fit as the panel shows them: how far, how fast, how long still, and how the last one ended.
//!
//! Owns the card; the job itself runs in the session.

use bevy_egui::egui::{Align, Layout, Ui};

use super::widgets::{bar, duration, link, words};
use crate::progress::Progress;
use crate::session::{Jobs, RunJob};
use crate::ui::{UiCommands, theme};

/// Draws the job that runs, or what became of the last one; nothing where there was none.
pub fn show(ui: &mut Ui, jobs: &Jobs, commands: &mut UiCommands) {
    if let Some(title) = &jobs.title {
        ui.horizontal(|ui| {
            ui.label(theme::strong(format!("{title}…")));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if link(ui, "Cancel").on_hover_text("Stop it; nothing half-done is left").clicked() {
                    commands.job.write(RunJob::Cancel);
                }
            });
        });
        let seconds = jobs.started.map_or(0.0, |started| started.elapsed().as_secs_f64());
        bar(ui, jobs.progress.map_or(0.0, |progress| share(&progress)) as f32);
        ui.label(theme::quiet(jobs.progress.map_or_else(|| "Starting…".into(), |progress| figures(&progress, seconds))));
    }
    match &jobs.message {
        Some(Ok(text)) => words(ui, text, theme::TYPICAL),
        Some(Err(text)) => words(ui, text, theme::ACCENT_HOVERED),
        None => return,
    };
}

fn share(progress: &Progress) -> f64 {
    if progress.total == 0 { 0.0 } else { (progress.done as f64 / progress.total as f64).min(1.0) }
}

/// "importing · 12,400 of 50,000 faces · 3,100/s · 12 s left".
fn figures(progress: &Progress, seconds: f64) -> String {
    let Progress { stage, unit, done, total } = *progress;
    let rate = if seconds > 0.5 { done as f64 / seconds } else { 0.0 };
    let mut text = format!("{stage} · {} of {} {unit}", theme::grouped(done), theme::grouped(total));
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

    #[test]
    fn a_job_tells_how_far_how_fast_and_how_long() {
        let progress = Progress { stage: "importing", unit: "faces", done: 2000, total: 6000 };
        assert_eq!(figures(&progress, 2.0), "importing · 2,000 of 6,000 faces · 1,000/s · 4 s left");
        assert_eq!(figures(&progress, 0.0), "importing · 2,000 of 6,000 faces");
        assert_eq!(share(&Progress { total: 0, ..progress }), 0.0);
    }
}

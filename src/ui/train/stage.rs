//! In which stage a network stands that grows while it learns: its size, how far that has faded in, and when the next one comes.
//!
//! Owns the line and its words; the plan is the settings' own, and what has happened the run knows.

use bevy_egui::egui::{RichText, Ui};

use crate::session::Training;
use crate::training::{Budget, Growth, RunFacts, Stage};
use crate::ui::theme;
use crate::ui::widgets::words;
use crate::words::{duration, grouped};

/// Draws all sizes with the one of now, and below what becomes of it; nothing for a network that does not grow.
pub fn show(ui: &mut Ui, training: &Training) {
    let Some(now) = Now::of(&training.facts) else { return };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.label(theme::quiet("Grows through"));
        for size in now.growth.sizes() {
            let color = match size.cmp(&now.size) {
                std::cmp::Ordering::Less => theme::TEXT,
                std::cmp::Ordering::Equal => theme::ACCENT,
                std::cmp::Ordering::Greater => theme::TEXT_QUIET,
            };
            let font = if *size == now.size { theme::semi_bold(12.0) } else { theme::body() };
            ui.label(RichText::new(size.to_string()).font(font).color(color));
        }
        ui.label(theme::quiet("px"));
    });
    let tooltip =
        "New layers fade in over the first part of a stage, and real faces are blended alike; the curves have a mark where it grew";
    words(ui, &now.in_words(), theme::TEXT).on_hover_text(tooltip);
}

/// Where a run stands in its plan.
struct Now {
    growth: Growth,
    /// Pictures are `size` x `size` pixels.
    size: usize,
    /// By which share the layers of this stage have faded in.
    faded: f64,
    /// Whether all other layers rest.
    rests: bool,
    /// The size that comes next, and what is left until then; a length of nothing is that it comes once this one has faded in.
    next: Option<(usize, Budget)>,
}

impl Now {
    fn of(facts: &RunFacts) -> Option<Self> {
        let growth = facts.settings.as_ref()?.growth()?;
        let size = facts.size()?;
        let stage: Option<&Stage> = facts.stages.iter().rev().find(|stage| stage.since <= facts.step);
        let begun = stage.map_or(0.0, |stage| facts.budget.share(stage.images, stage.seconds));
        let progress = facts.progress();
        let end = growth.end_from(size, begun);
        let left = match facts.budget {
            Budget::Images(total) => Budget::Images(((end * total as f64).ceil() as u64).saturating_sub(facts.images)),
            Budget::Seconds(total) => Budget::Seconds((end * total - facts.seconds).max(0.0)),
        };
        Some(Self {
            size,
            faded: stage.map_or(1.0, |stage| growth.faded(stage, begun, progress)),
            rests: growth.moment(stage, begun, facts.images, progress).rests,
            next: growth.after(size).map(|size| (size, left)),
            growth,
        })
    }

    /// "32 × 32 pixels, fading in: 40 %. 64 × 64 in 12,400 images."
    fn in_words(&self) -> String {
        let size = self.size;
        let fading = if self.faded < 1.0 { format!(", fading in: {:.0} %", (self.faded * 100.0).floor()) } else { String::new() };
        let rests = if self.rests { "; its new layers learn, and all others rest" } else { "" };
        let next = self.next.map_or_else(String::new, |(next, left)| {
            let when = match left {
                Budget::Images(images) if images > 0 => format!("in {} images", grouped(images)),
                Budget::Seconds(seconds) if seconds > 0.0 => format!("in {} of training", duration(seconds)),
                _ => "with the next step".into(),
            };
            format!(" {next} × {next} {when}.")
        });
        format!("{size} × {size} pixels{fading}{rests}.{next}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::{GanSettings, RunSpec};

    fn facts(images: u64, stages: Vec<Stage>, settings: GanSettings) -> RunFacts {
        let spec = format!(
            "(version: 2, data: \"a\", fingerprint: 1, size: {}, faces: 9, held_out: 1, origin: \"a\", settings: {}, checkpoints: (steps: 5, \
             seconds: 1.0, newest: 3), half: false, parent: None)",
            settings.grow.first().copied().unwrap_or(16),
            ron::to_string(&crate::training::TrainingSettings::from(settings.clone())).unwrap()
        );
        let spec: RunSpec = ron::from_str(&spec).unwrap();
        let budget = Budget::Images(1_000_000);
        RunFacts { spec: Some(spec), settings: Some(settings.into()), budget, images, step: images, stages, ..RunFacts::default() }
    }

    fn grown(images: u64, stages: Vec<Stage>) -> String {
        Now::of(&facts(images, stages, GanSettings { grow: vec![16, 32, 64], stage_rest: 0.1, ..Default::default() })).unwrap().in_words()
    }

    fn stage(images: u64, size: usize) -> Stage {
        Stage { since: images, size, images, seconds: 0.0, faded: 0.0 }
    }

    #[test]
    fn it_says_how_large_pictures_are_how_far_they_have_faded_in_and_what_comes_when() {
        assert_eq!(grown(100_000, Vec::new()), "16 × 16 pixels. 32 × 32 in 400,000 images.");
        let second = vec![stage(500_000, 32)];
        let early = grown(510_000, second.clone());
        assert!(early.starts_with("32 × 32 pixels, fading in: 8 %; its new layers learn, and all others rest. 64 × 64 in 2"), "{early}");
        assert_eq!(grown(550_000, second.clone()), "32 × 32 pixels, fading in: 40 %. 64 × 64 in 200,000 images.");
        assert_eq!(grown(700_000, second.clone()), "32 × 32 pixels. 64 × 64 in 50,000 images.");
        assert_eq!(grown(1_000_000, [second, vec![stage(750_000, 64)]].concat()), "64 × 64 pixels.");
    }

    #[test]
    fn a_length_in_time_is_told_as_a_time_and_who_does_not_grow_has_no_stage() {
        let settings = GanSettings { grow: vec![16, 32], ..Default::default() };
        let timed = RunFacts { budget: Budget::Seconds(600.0), seconds: 100.0, ..facts(5000, Vec::new(), settings) };
        assert_eq!(Now::of(&timed).unwrap().in_words(), "16 × 16 pixels. 32 × 32 in 3 min 20 s of training.");
        assert!(Now::of(&facts(5000, Vec::new(), GanSettings::default())).is_none());
        let warm = GanSettings { grow: vec![16, 32], stage_shares: vec![0.0, 1.0], ..Default::default() };
        let first = Stage { faded: 1.0, ..stage(0, 16) };
        assert_eq!(Now::of(&facts(0, vec![first], warm)).unwrap().in_words(), "16 × 16 pixels. 32 × 32 with the next step.");
    }
}
